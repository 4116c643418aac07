"""What is kept of each finished scan, so that a broken-off run goes on where it stopped, to the last digit.

The files that the user sees are rounded, and may be corrected by hand; a record beside them holds the exact numbers,
and tells by content, not by name, which scan it is of.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Contour, Measurements, Origin, Particle, ParticleMap, Scan, TipFigures
from particlesnn.core.writing import write_whole
from particlesnn.files import read_labelme, write_labelme
from particlesnn.pipeline import Analysis
from particlesnn.report.late import draw_overlay, draw_picture, draw_tip, prepare_report
from particlesnn.results.job import Analysed, Job

RECORDS = ".particlesnn"
"""Hidden folder of the records, inside the folder of results."""
_ORIGINS: tuple[Origin, ...] = get_args(Origin)


@dataclass(frozen=True, eq=False)
class Finished:
    """A scan that an earlier run finished."""

    particles: ParticleMap
    """Its contours."""
    measurements: Measurements | None
    """Their measurements; None where the contours were corrected by hand since, so that they must be measured."""


def overlay_of(folder: Path, stem: str) -> Path:
    """Return where the picture of a scan stands."""
    return folder / f"{stem}.overlay.png"


def picture_of(folder: Path, stem: str) -> Path:
    """Return where the picture of a scan stands that the report lays contours on; hidden, nobody else needs it."""
    return folder / RECORDS / f"{stem}.jpg"


def labelme_of(folder: Path, stem: str) -> Path:
    """Return where the contours of a scan stand."""
    return folder / f"{stem}.labelme.json"


def tip_of(folder: Path, stem: str) -> Path:
    """Return where the picture of the tip of a scan stands."""
    return folder / f"{stem}.tip.png"


@contextmanager
def overlay_drawn(folder: Path, job: Job, scan: Scan, particles: ParticleMap, drawing: Executor) -> Iterator[None]:
    """Have the pictures of a scan drawn while its particles are measured; where that fails, there are none."""
    (folder / RECORDS).mkdir(exist_ok=True)
    overlay, picture = overlay_of(folder, job.stem), picture_of(folder, job.stem)
    drawn = [drawing.submit(draw_overlay, overlay, scan, particles), drawing.submit(draw_picture, picture, scan)]
    drawing.submit(prepare_report)  # not before: until now the network wanted all cores
    try:
        yield
    except Exception:
        wait(drawn)
        overlay.unlink(missing_ok=True)
        picture.unlink(missing_ok=True)
        raise
    for future in drawn:
        future.result()


def write_single(folder: Path, job: Job, analysis: Analysis, drawing: Executor) -> Analysed:
    """Write the files of one scan beside its overlay; its record comes last, and where it stands the scan is done."""
    if analysis.reconstruction:
        tip = tip_of(folder, job.stem)
        drawing.submit(draw_tip, tip, analysis.scan, analysis.particles, analysis.reconstruction).result()
    write_labelme(labelme_of(folder, job.stem), analysis.particles, Path(job.scan).name)
    digests = {"scan": digest(Path(job.scan)), "labelme": digest(labelme_of(folder, job.stem))}
    write_whole(_record_of(folder, job.stem), pack(analysis.particles, analysis.measurements, **digests))
    return analysis.particles, analysis.measurements


def finished_before(folder: Path, job: Job) -> Finished | None:
    """Return what an earlier run found on this very scan, or None where it must be done.

    Raises
    ------
    AnnotationError
        When the contours were corrected by hand and cannot be read.
    """
    labelme = labelme_of(folder, job.stem)
    try:
        content = BytesIO(_record_of(folder, job.stem).read_bytes())
        with np.load(content, allow_pickle=False) as record:
            drawn = overlay_of(folder, job.stem).exists() and picture_of(folder, job.stem).exists()
            if str(record["scan"]) != digest(Path(job.scan)) or not drawn:
                return None
            if str(record["labelme"]) != digest(labelme):
                return Finished(read_labelme(labelme), None)
            return Finished(_particles(record), _measurements(record))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
        return None  # never finished, or damaged: done again


def pack(particles: ParticleMap, measurements: Measurements, **notes: str) -> bytes:
    """Keep particles and their measurements to the last digit, with short notes beside them; see `unpack`."""
    record: dict[str, Any] = {**notes, **_packed_particles(particles), **_packed_measurements(measurements)}
    buffer = BytesIO()
    np.savez_compressed(buffer, **record)
    return buffer.getvalue()


def unpack(content: bytes) -> Analysed:
    """Return what `pack` kept; nothing in it is run, so that a strange file can do no harm."""
    with np.load(BytesIO(content), allow_pickle=False) as record:
        return _particles(record), _measurements(record)


def remove_records(folder: Path) -> None:
    """Remove all records and the files that they stand for."""
    for record in (folder / RECORDS).glob("*.npz"):
        overlay_of(folder, record.stem).unlink(missing_ok=True)
        labelme_of(folder, record.stem).unlink(missing_ok=True)
        tip_of(folder, record.stem).unlink(missing_ok=True)
        picture_of(folder, record.stem).unlink(missing_ok=True)
        record.unlink()


def _record_of(folder: Path, stem: str) -> Path:
    return folder / RECORDS / f"{stem}.npz"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packed_particles(particles: ParticleMap) -> dict[str, Any]:
    contours = [particle.contour.points_px for particle in particles.particles]
    nothing = np.zeros((0, 2))
    before = [each.unrefined.points_px if each.unrefined else nothing for each in particles.particles]
    scores = [np.nan if particle.score is None else particle.score for particle in particles.particles]
    return {
        "shape": np.array(particles.shape_px),
        "source": particles.source,
        "atoms": np.array(particles.atoms),
        "twins": np.array(particles.twins),
        **_packed_contours("points", contours),
        **_packed_contours("unrefined", before),
        "scores": np.array(scores, dtype=np.float64),
        "origins": np.array([_ORIGINS.index(particle.origin) for particle in particles.particles], dtype=np.int64),
        "ids": np.array([particle.id for particle in particles.particles], dtype=np.int64),
    }


def _particles(record: Any) -> ParticleMap:
    contours, before = _contours(record, "points"), _contours(record, "unrefined")
    rows = zip(contours, record["scores"], record["origins"], record["ids"], before, strict=True)
    particles = tuple(
        Particle(
            contour=Contour(points),
            score=None if np.isnan(score) else float(score),
            origin=_ORIGINS[origin],
            id=int(number),
            unrefined=Contour(old) if len(old) else None,
        )
        for points, score, origin, number, old in rows
    )
    rows_px, columns_px = (int(side) for side in record["shape"])
    # Records of earlier versions know of none that were left out.
    atoms, twins = (int(record[name]) if name in record else 0 for name in ("atoms", "twins"))
    return ParticleMap((rows_px, columns_px), particles, str(record["source"]), atoms, twins)


def _packed_contours(name: str, contours: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    return {
        name: np.concatenate([np.zeros((0, 2)), *contours]),
        f"{name}_lengths": np.array([len(points) for points in contours], dtype=np.int64),
    }


def _contours(record: Any, name: str) -> list[NDArray[np.float64]]:
    lengths = record[f"{name}_lengths"]
    return np.split(record[name], np.cumsum(lengths)[:-1]) if len(lengths) else []


def _packed_measurements(measurements: Measurements) -> dict[str, Any]:
    return {
        "measured": np.array(measurements.ids, dtype=np.int64),
        "names": np.array(list(measurements.columns), dtype=np.str_),
        "columns": np.array(list(measurements.columns.values()), dtype=np.float64),
        "kind": np.array([measurements.scaled, measurements.heights]),
        "touches_border": measurements.touches_border,
        "touches_particle": measurements.touches_particle,
        "size_scan": np.array(measurements.size_scan),
        **({"tip": json.dumps(asdict(measurements.tip))} if measurements.tip else {}),
    }


def _measurements(record: Any) -> Measurements:
    columns: NDArray[np.float64] = record["columns"]
    scaled, heights = (bool(flag) for flag in record["kind"])
    height, width = (float(side) for side in record["size_scan"])
    return Measurements(
        ids=tuple(int(number) for number in record["measured"]),
        columns={str(name): column for name, column in zip(record["names"], columns, strict=True)},
        scaled=scaled,
        heights=heights,
        touches_border=record["touches_border"],
        touches_particle=record["touches_particle"],
        size_scan=(height, width),
        tip=TipFigures(**json.loads(str(record["tip"]))) if "tip" in record else None,
    )
