"""Numbers and files of chosen scans: statistics, comparisons, exports."""

import shutil
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from particlesnn.pipeline import AnalysisSettings
from particlesnn.service import wire
from particlesnn.service.access import Here, ReadingSet, access_to
from particlesnn.service.admission import AdmittingRoute
from particlesnn.service.answers import KEYED, problems
from particlesnn.service.service import Service
from particlesnn.service.tasks.bench import ScanRef
from particlesnn.service.tasks.count import compare, quantity_named, statistics
from particlesnn.service.tasks.export import EXPORTS, export
from particlesnn.service.tasks.sieve import AtBorder, Sieve
from particlesnn.service.views import ref_of
from particlesnn.statistics import BorderRule

router = APIRouter(tags=["numbers"], route_class=AdmittingRoute)
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "zip": "application/zip",
    "png": "image/png",
    "html": "text/html; charset=utf-8",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.split(";")[0]: _BINARY for media in _MEDIA.values()}, "description": "The file."}
}

Which = Annotated[
    list[str] | None, Query(alias="scan", max_length=1000, description="Id of a scan; may be given several times.")
]
Height = Annotated[float | None, Query(ge=-1e9, le=1e9, description="In nm, of scans with heights.")]
Diameter = Annotated[float | None, Query(gt=0, le=1e9, description="In nm, or in px without a scale.")]


def chosen_sieve(
    border: BorderRule = "keep",
    min_diameter: Diameter = None,
    max_diameter: Diameter = None,
    bins: Annotated[int | None, Query(ge=1, le=1000)] = None,
    metal: Annotated[str | None, Query(max_length=2, description="Count the atoms of this metal, such as Pt.")] = None,
    shape: Literal["cap", "hemisphere"] = "cap",
    min_height: Height = None,
    max_height: Height = None,
    min_score: Annotated[float, Query(ge=0, le=1, description="Of particles that have a score.")] = 0.0,
    at_border: Annotated[
        AtBorder, Query(description="Particles wholly inside the scan, those that its border touches, or all.")
    ] = "all",
) -> Sieve:
    """Read border rule, bins and metal, as of the command line, and the filters of the page."""
    settings = AnalysisSettings(
        border=border, min_diameter=min_diameter, max_diameter=max_diameter, bins=bins, metal=metal, shape=shape
    )
    return Sieve(settings, min_height, max_height, min_score, at_border)


Wanted = Annotated[Sieve, Depends(chosen_sieve)]


@router.get("/sets/{set_id}/statistics", responses=KEYED | problems(503))
async def show_statistics(
    service: Here,
    access: ReadingSet,
    sieve: Wanted,
    scan: Which = None,
    quantity: Annotated[str, Query(max_length=40, description="Of the histogram.")] = "diameter",
) -> wire.StatisticsView:
    """Summarise chosen scans jointly, all finished ones by default."""
    quantity_named(quantity)
    refs = [ref for ref in await run_in_threadpool(_refs, service, access.set.id, scan) if ref.contours]
    groups = await service.assist(statistics, refs, sieve, quantity)
    return wire.StatisticsView.model_validate({"groups": groups})


@router.post("/compare", responses=KEYED | problems(503))
async def compare_choices(request: Request, service: Here, wanted: wire.CompareSets) -> wire.ComparisonView:
    """Compare two choices of scans, of one set or of two, in one quantity."""
    quantity_named(wanted.quantity)
    sides = []
    for side in (wanted.first, wanted.second):
        key = side.key or request.headers.get("x-set-key")
        access = await run_in_threadpool(access_to, request, service, side.set, key)
        service.limits.hit("heavy_per_set", access.set.id)
        refs = await run_in_threadpool(_refs, service, access.set.id, side.scans)
        sides.append([ref for ref in refs if ref.contours])
    if not all(sides):
        raise HTTPException(422, "each side needs a finished scan at least; choose more")
    settings = AnalysisSettings(border=wanted.border)
    return wire.ComparisonView.model_validate(await service.assist(compare, *sides, wanted.quantity, settings))


@router.get(
    "/sets/{set_id}/export/{name}", response_class=FileResponse, responses={**_FILE, **KEYED, **problems(404, 503)}
)
async def export_file(
    service: Here,
    access: ReadingSet,
    sieve: Wanted,
    name: Annotated[str, Path(max_length=40, json_schema_extra={"enum": list(EXPORTS)})],
    scan: Which = None,
) -> FileResponse:
    """Take a file away: a table, contours, pictures, the report or a data set, of chosen scans or of all."""
    if name not in EXPORTS:
        raise HTTPException(404, f"there is no such export; choose one of {', '.join(EXPORTS)}")
    service.limits.hit("heavy_per_set", access.set.id)
    refs = await run_in_threadpool(_refs, service, access.set.id, scan)
    path = await service.carry(export, refs, name, sieve)
    return FileResponse(
        path,
        media_type=_MEDIA[name.rsplit(".", 1)[1]],
        filename=name,
        content_disposition_type="attachment",
        background=BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True),
    )


def _refs(service: Service, set_id: str, chosen: list[str] | None) -> list[ScanRef]:
    """List the chosen scans of a set in its order; those of other sets are not found."""
    row = service.ledger.set_with_scans(set_id)
    scans = list(row.scans) if row else []
    if chosen is not None:
        unknown = set(chosen) - {scan.id for scan in scans}
        if unknown:
            raise HTTPException(404, f"this set has no scan {sorted(unknown)[0][:40]!r}")
        scans = [scan for scan in scans if scan.id in chosen]
    return [ref_of(scan) for scan in scans]
