"""Scans: uploaded, shown, given a scale, recognised anew, deleted."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, HTTPException, Query, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from particlesnn.service import wire
from particlesnn.service.access import Here, OwningScan, OwningSet, ReadingScan
from particlesnn.service.admission import AdmittingRoute
from particlesnn.service.answers import KEYED, OWNED, problems
from particlesnn.service.intake import passing_folder, receive, take_in
from particlesnn.service.keys import hash_of, new_id
from particlesnn.service.service import Service
from particlesnn.service.store import contours_object
from particlesnn.service.tables import ScanRow
from particlesnn.service.tasks.edit import measure_again
from particlesnn.service.tasks.show import overlay, picture
from particlesnn.service.views import file_pixel_of, ref_of, scan_view, step_back

router = APIRouter(tags=["scans"], route_class=AdmittingRoute)
Palette = Literal["julio", "grey", "negative"]
_PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}, "description": "A PNG."}
}


async def _view(service: Service, scan_id: str) -> wire.ScanView:
    scan = await run_in_threadpool(service.ledger.scan_of, scan_id)
    if scan is None:
        raise HTTPException(404, "this scan was deleted")
    queue = await run_in_threadpool(service.ledger.queue)
    return scan_view(scan, {each: number for number, each in enumerate(queue)})


@router.post("/sets/{set_id}/scans", status_code=202, responses=OWNED | problems(413, 503, 507))
async def upload_scans(
    service: Here,
    access: OwningSet,
    files: Annotated[list[UploadFile], File(description="Scans of any readable format, or zips of them.")],
) -> list[wire.Accepted]:
    """Take in scans; each is put into the queue. What is refused is in the list, too, with the reason."""
    with passing_folder(service) as folder:
        return await take_in(service, access.set.id, await receive(service, files, folder))


@router.get("/scans/{scan_id}", responses=KEYED)
async def show_scan(service: Here, access: ReadingScan) -> wire.ScanView:
    """Show a scan, and how far it is."""
    return await _view(service, access.scan.id)


@router.patch("/scans/{scan_id}", responses=OWNED | problems(409, 412, 503))
async def change_scan(service: Here, access: OwningScan, change: wire.ScanChange) -> wire.ScanView:
    """Change name, scale, channel or refinement of a scan.

    With another scale its particles are measured anew; with another channel or refinement it is recognised anew, and
    with another scale too where nothing was found on it.
    """
    scan = access.scan
    if change.name is not None:
        await run_in_threadpool(service.ledger.rename_scan, scan.id, change.name)
    if change.scale is not None:
        await _rescale(service, scan, change.scale)
    if change.channel is not None or change.refine is not None:
        await _recognise_anew(service, scan, change)
    service.hub.tell(scan.set_id)
    return await _view(service, scan.id)


@router.delete("/scans/{scan_id}", status_code=204, responses=OWNED)
def delete_scan(service: Here, access: OwningScan) -> None:
    """Delete a scan and all that was made of it."""
    service.delete_scan(access.scan.set_id, access.scan.id)


@router.post("/scans/{scan_id}/recognise", status_code=202, responses=OWNED | problems(409))
async def recognise_again(service: Here, access: OwningScan) -> wire.ScanView:
    """Recognise a scan anew: one that failed, or one whose contours shall be as the network drew them."""
    await _recognise_anew(service, access.scan, wire.ScanChange())
    service.hub.tell(access.scan.set_id)
    return await _view(service, access.scan.id)


@router.get(
    "/scans/{scan_id}/picture.png", response_class=Response, responses={**_PNG, **KEYED, **problems(404, 409, 503)}
)
async def show_picture(
    request: Request,
    service: Here,
    access: ReadingScan,
    palette: Palette = "julio",
    level: Annotated[bool, Query(description="Take off the plane of the substrate.")] = True,
    low: Annotated[float, Query(ge=0, lt=100, description="Percentile of the darkest colour.")] = 0.3,
    high: Annotated[float, Query(gt=0, le=100, description="Percentile of the brightest colour.")] = 99.7,
    within: Annotated[int | None, Query(ge=16, le=4096, description="Longest side that it may have, in px.")] = None,
) -> Response:
    """Show a scan as a PNG, one pixel a pixel unless a smaller one is asked for."""
    if low >= high:
        raise HTTPException(422, "the percentile of the darkest colour must be below that of the brightest")
    _check_read(access.scan)
    # The same heights looked at alike are the same picture; another channel of the scan is another one.
    etag = f'"{hash_of(f"{access.scan.values} {palette} {level} {low} {high} {within}")[:32]}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    content = await service.assist(picture, ref_of(access.scan), palette, level, low, high, within)
    return Response(content, media_type="image/png", headers=headers)


@router.get(
    "/scans/{scan_id}/overlay.png", response_class=Response, responses={**_PNG, **KEYED, **problems(404, 409, 503)}
)
async def show_overlay(service: Here, access: ReadingScan) -> Response:
    """Show a scan with its contours and a scale bar, as in the report."""
    _check_read(access.scan)
    return Response(await service.assist(overlay, ref_of(access.scan)), media_type="image/png")


def _check_read(scan: ScanRow) -> None:
    if not scan.revision:
        raise HTTPException(409, "this scan is not recognised yet; wait for its state to be done")


async def _rescale(service: Service, scan: ScanRow, wanted: wire.NewScale | Literal["file"]) -> None:
    if wanted == "file":
        pixel, source = file_pixel_of(scan), "file"
    else:
        side = wanted.pixel_nm
        pixel, source = ((side, side) if isinstance(side, float) else side), wanted.source
    if scan.state == "running":
        raise HTTPException(409, "this scan is being recognised; set its scale when it is done")
    untouched_empty = not scan.particles and step_back(scan) is None
    if not scan.revision or untouched_empty:
        await run_in_threadpool(service.ledger.set_user_scale, scan.id, pixel, source)
        if scan.revision:  # what was left out as atoms may be particles with another scale
            await _recognise_anew(service, scan, wire.ScanChange())
        return
    await remeasure(service, scan, scan.revision, pixel, source)


async def remeasure(
    service: Service, scan: ScanRow, number: int, pixel_nm: tuple[float, float] | None, source: str
) -> ScanRow:
    """Measure one state of the contours with a scale, and make it the current one.

    Raises
    ------
    HTTPException
        412 when the contours were changed meanwhile.
    """
    contours = next(each.object for each in scan.revisions if each.number == number)
    target = contours_object(scan.set_id, scan.id, new_id())
    await service.assist(measure_again, replace(ref_of(scan), pixel_nm=pixel_nm), target, contours)
    replaced = await run_in_threadpool(service.ledger.replace_measurements, scan, number, target, pixel_nm, source)
    if replaced is None:
        await run_in_threadpool(service.store.delete, target)
        raise HTTPException(412, "the contours were changed meanwhile; load them anew")
    # An export that began before may still be reading; what a stop forgets here goes with the set.
    loop = asyncio.get_running_loop()
    loop.call_later(service.settings.carrying_s, loop.run_in_executor, None, service.store.delete, replaced[1])
    return replaced[0]


async def _recognise_anew(service: Service, scan: ScanRow, change: wire.ScanChange) -> None:
    channel = change.channel or scan.channel
    if change.channel is not None and scan.channels and change.channel not in scan.channels:
        raise HTTPException(422, f"the file has no channel {change.channel[:60]!r}; choose one of {scan.channels}")
    queued = await run_in_threadpool(
        lambda: service.ledger.queue_again(scan.id, channel=channel, refine=change.refine or scan.refine)
    )
    if not queued:
        raise HTTPException(409, "this scan is being recognised; wait until it is done")
    service.foreman.wake()
