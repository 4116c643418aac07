"""Contours of a scan: shown, changed, undone, proposed, brought back from other programs."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Header, HTTPException, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from particlesnn.core import ParticleMap, ParticlesNNError
from particlesnn.results import Analysed, unpack
from particlesnn.service import wire
from particlesnn.service.access import Here, OwningScan, OwningSet, ReadingScan
from particlesnn.service.admission import AdmittingRoute
from particlesnn.service.answers import KEYED, OWNED, problems
from particlesnn.service.intake import Incoming, copy_upload, passing_folder, shown_name
from particlesnn.service.keys import new_id
from particlesnn.service.routes.scans import remeasure
from particlesnn.service.service import Service
from particlesnn.service.store import contours_object
from particlesnn.service.tables import ScanRow
from particlesnn.service.tasks.edit import carry_out, propose, put_particles
from particlesnn.service.tasks.intake import Unpacked, contour_files, fitting, read_contours
from particlesnn.service.views import (
    contours_of,
    edit_from,
    edited_view,
    particles_from,
    particles_view,
    pixel_of,
    points_list,
    ref_of,
    step_back,
    step_forward,
)

router = APIRouter(tags=["contours"], route_class=AdmittingRoute)
_CHANGED = "the contours were changed in between, perhaps in another tab; load them anew"
_EDITED = OWNED | problems(409, 412, 428, 503)

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of the contours that the change starts from.")
]
EditId = Annotated[
    str | None,
    Header(
        alias="X-Edit-Id",
        max_length=40,
        description="A name of your choice, never used twice. Where the answer got lost the same edits may be sent "
        "again with it: if they were carried out already, all particles are answered as changed, and nothing is done.",
    ),
]


@router.get("/scans/{scan_id}/particles", responses=KEYED | problems(409))
def show_particles(response: Response, service: Here, access: ReadingScan) -> wire.ParticlesView:
    """Show all particles of a scan with what was measured of them."""
    _check_done(access.scan)
    return _all(response, service, access.scan)


@router.put("/scans/{scan_id}/particles", responses=_EDITED)
async def put_all(
    response: Response, service: Here, access: OwningScan, given: wire.NewParticles, if_match: IfMatch = None
) -> wire.ParticlesView:
    """Replace all particles of a scan; they are measured anew. If-Match must carry the ETag that they started from."""
    scan = access.scan
    _check_match(scan, if_match)
    _check_amount(service, given)

    async def make(target: str) -> Analysed:
        most = service.settings.max_particles
        return await service.assist(put_particles, ref_of(scan), target, particles_from(given.particles), most)

    after, analysed = await _changed(service, scan, "replaced", make)
    response.headers["ETag"] = after.etag
    return particles_view(after, *analysed)


@router.post("/scans/{scan_id}/particles/edits", responses=_EDITED)
async def edit_particles(
    response: Response,
    service: Here,
    access: OwningScan,
    given: wire.Edits,
    if_match: IfMatch = None,
    edit_id: EditId = None,
) -> wire.EditedView:
    """Add, remove, move, split or merge particles; all edits of a request are undone together."""
    scan = access.scan
    if edit_id and edit_id == _current_edit(scan):  # it was carried out, and the answer got lost
        response.headers["ETag"] = scan.etag
        particles, measured = await run_in_threadpool(_contours, service, scan)
        return edited_view(scan, ParticleMap(particles.shape_px, (), ""), particles, measured)
    _check_match(scan, if_match)
    edits = [edit_from(edit) for edit in given.edits]
    before, _ = await run_in_threadpool(_contours, service, scan)

    async def make(target: str) -> Analysed:
        return await service.assist(carry_out, ref_of(scan), target, edits, service.settings.max_particles)

    kinds = list(dict.fromkeys(edit.do for edit in edits))
    after, (particles, measured) = await _changed(service, scan, ", ".join(kinds), make, edit_id or "")
    response.headers["ETag"] = after.etag
    return edited_view(after, before, particles, measured)


@router.post("/scans/{scan_id}/undo", responses=_EDITED)
async def undo(response: Response, service: Here, access: OwningScan, if_match: IfMatch = None) -> wire.ParticlesView:
    """Take back the last edit."""
    return await _step(response, service, access.scan, if_match, step_back(access.scan), "undo")


@router.post("/scans/{scan_id}/redo", responses=_EDITED)
async def redo(response: Response, service: Here, access: OwningScan, if_match: IfMatch = None) -> wire.ParticlesView:
    """Carry out again the edit that was taken back last."""
    return await _step(response, service, access.scan, if_match, step_forward(access.scan), "redo")


@router.get("/scans/{scan_id}/history", responses=KEYED)
def show_history(access: ReadingScan) -> list[wire.RevisionView]:
    """List all states of the contours that are kept, the oldest first."""
    return [
        wire.RevisionView(
            number=each.number,
            created=each.created,
            what=each.what,
            particles=each.particles,
            current=each.number == access.scan.revision,
        )
        for each in access.scan.revisions
    ]


@router.post("/scans/{scan_id}/propose", responses=KEYED | problems(409, 503))
async def propose_contour(service: Here, access: ReadingScan, where: wire.Where) -> wire.Proposal:
    """Propose a contour around a point, by the network or by the surface itself. Nothing is changed."""
    service.limits.hit("heavy_per_set", access.scan.set_id)
    _check_done(access.scan)
    found = await service.assist(propose, ref_of(access.scan), where.at, where.by)
    return wire.Proposal(contour=points_list(found.contour.points_px), score=found.score, by=where.by)


@router.post("/sets/{set_id}/contours", responses=OWNED | problems(413, 503))
async def import_contours(
    service: Here,
    access: OwningSet,
    files: Annotated[
        list[UploadFile],
        File(description="LabelMe, COCO, VIA, ImageJ ROIs or label pictures, or a zip of them; paired by name."),
    ],
) -> list[wire.Imported]:
    """Take over contours that were corrected elsewhere; each image is paired with the scan of its name."""
    row = await run_in_threadpool(service.ledger.set_with_scans, access.set.id)
    scans = [scan for scan in row.scans if scan.revision and scan.state == "done"] if row else []
    if len(files) > service.settings.max_scans:
        raise HTTPException(413, f"{len(files)} files are more than can be taken at once; pack them into a zip")
    imported: list[wire.Imported] = []
    with passing_folder(service) as folder:
        for number, file in enumerate(files):
            path, name = folder / f"{number}", shown_name(file.filename)
            await run_in_threadpool(copy_upload, file.file, path)
            for one in await _opened(service, Incoming(name, path), folder / f"{number}-files"):
                imported += await _import(service, scans, one)
    service.hub.tell(access.set.id)
    return imported


async def _opened(service: Service, file: Incoming, folder: Path) -> list[Incoming]:
    limits = service.settings
    most = (limits.max_scans, limits.max_upload_bytes, limits.max_file_bytes)
    try:
        folder.mkdir()
        unpacked: list[Unpacked] = await service.carry(contour_files, file.path, folder, most)
    except ParticlesNNError as error:
        return [Incoming(file.name, file.path, str(error))]
    return [Incoming(shown_name(each.name), each.path or file.path, each.error) for each in unpacked] or [file]


async def _import(service: Service, scans: list[ScanRow], file: Incoming) -> list[wire.Imported]:
    names = [scan.name for scan in scans]
    (named,) = fitting([file.name], file.name, names)
    # ImageJ and VIA do not say how large the picture was.
    shapes = {(scan.rows_px, scan.columns_px) for scan in (scans if named is None else [scans[named]])}
    shape = shapes.pop() if len(shapes) == 1 else None
    try:
        if file.error:
            raise ParticlesNNError(file.error)
        maps = await service.carry(read_contours, file.path, file.name, shape, service.settings.max_particles)
    except ParticlesNNError as error:
        return [wire.Imported(name=file.name, scan=None, particles=None, error=str(error))]
    places = fitting([each.source for each in maps], file.name, names)
    if len(scans) == 1 and len(maps) == 1:
        places = [0]
    return [
        await _take_over(service, scans[place] if place is not None else None, each, file.name)
        for each, place in zip(maps, places, strict=True)
    ]


async def _take_over(service: Service, scan: ScanRow | None, particles: ParticleMap, name: str) -> wire.Imported:
    name = particles.source[:200] or name
    if scan is None:
        error = "no scan of this set has this name, or several have; contours and scans are paired by name"
        return wire.Imported(name=name, scan=None, particles=None, error=error)
    if particles.shape_px != (scan.rows_px, scan.columns_px):
        rows, columns = particles.shape_px
        error = f"it was drawn on {columns} x {rows} px but {scan.name} has {scan.columns_px} x {scan.rows_px}"
        return wire.Imported(name=name, scan=scan.id, particles=None, error=error)

    async def make(target: str) -> Analysed:
        most = service.settings.max_particles
        return await service.carry(put_particles, ref_of(scan), target, particles.particles, most)

    try:
        after, _ = await _changed(service, scan, "imported", make)
    except (ParticlesNNError, HTTPException) as error:
        detail = error.detail if isinstance(error, HTTPException) else str(error)
        return wire.Imported(name=name, scan=scan.id, particles=None, error=detail)
    return wire.Imported(name=name, scan=scan.id, particles=after.particles, error=None)


async def _changed(
    service: Service, scan: ScanRow, what: str, make: Callable[[str], Awaitable[Analysed]], edit_id: str = ""
) -> tuple[ScanRow, Analysed]:
    """Make new contours and let them be the current ones, unless others were quicker."""
    target = contours_object(scan.set_id, scan.id, new_id())
    analysed = await make(target)
    kept = await run_in_threadpool(service.ledger.add_revision, scan, target, what[:40], len(analysed[0]), edit_id)
    for name in [target] if kept is None else kept[1]:
        await run_in_threadpool(service.store.delete, name)
    if kept is None:
        raise HTTPException(412, _CHANGED)
    service.hub.tell(scan.set_id)
    return kept[0], analysed


def _current_edit(scan: ScanRow) -> str:
    return next((each.edit_id for each in scan.revisions if each.number == scan.revision), "")


async def _step(
    response: Response, service: Service, scan: ScanRow, if_match: str | None, number: int | None, what: str
) -> wire.ParticlesView:
    _check_match(scan, if_match)
    if number is None:
        raise HTTPException(409, f"there is nothing to {what}")
    revision = next(each for each in scan.revisions if each.number == number)
    if (revision.dy_nm, revision.dx_nm) == (scan.dy_nm, scan.dx_nm):
        after = await run_in_threadpool(service.ledger.step_to, scan, number)
    else:  # it was measured with a scale that counts no longer
        after = await remeasure(service, scan, number, pixel_of(scan), scan.scale_source)
    if after is None:
        raise HTTPException(412, _CHANGED)
    service.hub.tell(scan.set_id)
    return await run_in_threadpool(_all, response, service, after)


def _all(response: Response, service: Service, scan: ScanRow) -> wire.ParticlesView:
    particles, measured = _contours(service, scan)
    response.headers["ETag"] = scan.etag
    return particles_view(scan, particles, measured)


def _contours(service: Service, scan: ScanRow) -> Analysed:
    try:
        return unpack(service.store.get(contours_of(scan)))
    except FileNotFoundError as error:  # replaced or deleted between two looks
        raise HTTPException(409, "the contours are being changed; load them again") from error


def _check_done(scan: ScanRow) -> None:
    if not scan.revision:
        raise HTTPException(409, "this scan is not recognised yet; wait for its state to be done")


def _check_match(scan: ScanRow, if_match: str | None) -> None:
    _check_done(scan)
    if scan.state != "done":
        raise HTTPException(409, "this scan is being recognised anew; wait for its state to be done")
    if if_match is None:
        raise HTTPException(428, "say by If-Match which contours the change starts from; GET gives their ETag")
    if if_match.strip() != scan.etag:
        raise HTTPException(412, _CHANGED)


def _check_amount(service: Service, given: wire.NewParticles) -> None:
    vertices = sum(len(particle.contour) for particle in given.particles)
    if vertices > service.settings.max_vertices:
        raise HTTPException(413, f"{vertices} vertices are more than this scan may have; draw simpler contours")
