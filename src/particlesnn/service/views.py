"""From rows and contours to what goes over the wire, and back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, Contour, Measurements, Particle, ParticleMap
from particlesnn.pipeline import RefinementChoice
from particlesnn.service import wire
from particlesnn.service.store import source_object
from particlesnn.service.tables import ScaleSource, ScanRow, SetRow, Stage, State
from particlesnn.service.tasks.bench import ScanRef
from particlesnn.service.tasks.edit import Edit

_PLACES = 4
"""Decimal places of a coordinate in px, as in the contour files."""


def set_view(
    row: SetRow,
    role: Literal["owner", "reader"],
    queue: Sequence[str],
    summary: dict[str, Any] | None,
) -> wire.SetView:
    """Show a set."""
    waiting = {scan_id: number for number, scan_id in enumerate(queue)}
    return wire.SetView(
        id=row.id,
        name=row.name,
        created=row.created,
        expires=row.expires,
        consent=row.consent,
        access=role,
        shared=row.share_hash is not None,
        scans=[scan_view(scan, waiting) for scan in row.scans],
        summary=summary,
    )


def scan_view(scan: ScanRow, waiting: Mapping[str, int]) -> wire.ScanView:
    """Show a scan."""
    shape = (scan.rows_px, scan.columns_px) if scan.rows_px and scan.columns_px else None
    return wire.ScanView(
        id=scan.id,
        set=scan.set_id,
        name=scan.name,
        state=cast(State, scan.state),
        stage=cast(Stage, scan.stage),
        waiting=waiting.get(scan.id) if scan.state == "queued" else None,
        error=scan.error,
        created=scan.created,
        finished=scan.finished,
        shape_px=shape,
        value_unit="nm" if scan.value_unit == "nm" else None,
        channel=scan.channel,
        channels=scan.channels,
        scale=scale_view(scan),
        refine=cast(RefinementChoice, scan.refine),
        weights=scan.weights,
        particles=scan.particles,
        etag=scan.etag if scan.revision else None,
        can_undo=bool(_steps(scan)[0]),
        can_redo=bool(_steps(scan)[1]),
    )


def scale_view(scan: ScanRow) -> wire.ScaleView:
    """Show the scale of a scan and where it comes from."""
    return wire.ScaleView(
        pixel_nm=pixel_of(scan), source=cast(ScaleSource, scan.scale_source), file_pixel_nm=file_pixel_of(scan)
    )


def pixel_of(scan: ScanRow) -> tuple[float, float] | None:
    """Return the scale that counts."""
    return (scan.dy_nm, scan.dx_nm) if scan.dy_nm and scan.dx_nm else None


def file_pixel_of(scan: ScanRow) -> tuple[float, float] | None:
    """Return the scale that the file gives."""
    return (scan.file_dy_nm, scan.file_dx_nm) if scan.file_dy_nm and scan.file_dx_nm else None


def step_back(scan: ScanRow) -> int | None:
    """Return the number of the revision before the current one."""
    return max(_steps(scan)[0], default=None)


def step_forward(scan: ScanRow) -> int | None:
    """Return the number of the revision that was undone last."""
    return min(_steps(scan)[1], default=None)


def _steps(scan: ScanRow) -> tuple[list[int], list[int]]:
    numbers = [revision.number for revision in scan.revisions]
    return [n for n in numbers if n < scan.revision], [n for n in numbers if n > scan.revision]


def contours_of(scan: ScanRow) -> str:
    """Name the object of the current contours; "" where there are none."""
    return next((each.object for each in scan.revisions if each.number == scan.revision), "")


def ref_of(scan: ScanRow) -> ScanRef:
    """Tell a worker process where all of a scan is."""
    source = {"typed": "user", "drawn": "user"}.get(scan.scale_source, scan.scale_source)
    return ScanRef(
        id=scan.id,
        name=scan.name,
        source=source_object(scan.set_id, scan.id),
        values=scan.values,
        contours=contours_of(scan),
        pixel_nm=pixel_of(scan),
        value_unit=scan.value_unit,
        channel=scan.channel or "",
        scale_from=source,
        refine=cast(RefinementChoice, scan.refine),
        sha256=scan.sha256,
        error=scan.error or (None if scan.revision else "it is not recognised yet"),
    )


def particles_view(scan: ScanRow, particles: ParticleMap, measured: Measurements) -> wire.ParticlesView:
    """Show all particles of a scan."""
    return wire.ParticlesView.model_construct(
        scan=scan.id,
        etag=scan.etag,
        shape_px=particles.shape_px,
        scale=scale_view(scan),
        can_undo=step_back(scan) is not None,
        can_redo=step_forward(scan) is not None,
        atoms=particles.atoms,
        twins=particles.twins,
        particles=[particle_view(particle) for particle in particles.particles],
        measured=measured_view(measured),
    )


def edited_view(scan: ScanRow, before: ParticleMap, after: ParticleMap, measured: Measurements) -> wire.EditedView:
    """Show what an edit changed."""
    old = {particle.id: particle for particle in before.particles}
    kept = {particle.id for particle in after.particles}
    changed = [particle for particle in after.particles if not _same(old.get(particle.id), particle)]
    return wire.EditedView.model_construct(
        scan=scan.id,
        etag=scan.etag,
        can_undo=step_back(scan) is not None,
        can_redo=step_forward(scan) is not None,
        changed=[particle_view(particle) for particle in changed],
        removed=[number for number in old if number not in kept],
        measured=measured_view(measured),
    )


def particle_view(particle: Particle) -> wire.ParticleView:
    """Show one particle."""
    return wire.ParticleView.model_construct(
        id=particle.id,
        contour=points_list(particle.contour.points_px),
        score=particle.score,
        origin=particle.origin,
    )


def points_list(points_px: NDArray[np.float64]) -> list[list[float]]:
    """Write points, shape (K, 2), as pairs of numbers."""
    return cast("list[list[float]]", np.round(points_px, _PLACES).tolist())


def measured_view(measured: Measurements) -> wire.MeasuredView:
    """Show what was measured."""
    columns = [
        wire.Column.model_construct(
            name=quantity.name,
            unit=quantity.unit(scaled=measured.scaled, heights=measured.heights),
            values=_numbers(measured.columns[quantity.name]),
        )
        for quantity in QUANTITIES
        if quantity.name in measured.columns
    ]
    return wire.MeasuredView.model_construct(
        ids=list(measured.ids),
        columns=columns,
        touches_border=measured.touches_border.tolist(),
        touches_particle=measured.touches_particle.tolist(),
    )


def particles_from(given: Iterable[wire.NewParticle]) -> list[Particle]:
    """Read particles as a client sends them; id 0 stands for a new one."""
    return [Particle(Contour(np.array(each.contour)), each.score, each.origin, id=each.id or 0) for each in given]


def edit_from(given: wire.Add | wire.Remove | wire.Move | wire.Split | wire.Merge) -> Edit:
    """Read an edit as a client sends it."""
    if isinstance(given, wire.Add):
        return Edit("add", points=np.array(given.contour))
    if isinstance(given, wire.Move):
        return Edit("move", (given.id,), np.array(given.contour))
    if isinstance(given, wire.Split):
        return Edit("split", (given.id,), np.array(given.line))
    return Edit(given.do, tuple(dict.fromkeys(given.ids)))


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    # Six digits as in the tables: more were a quarter of the answer and no microscope is calibrated better.
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values.tolist()]


def _same(old: Particle | None, new: Particle) -> bool:
    return old is not None and old.origin == new.origin and np.array_equal(old.contour.points_px, new.contour.points_px)
