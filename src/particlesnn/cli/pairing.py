"""Which contours belong to which scan."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from particlesnn.cli.batch import Job
from particlesnn.core import AnnotationError, ParticleMap
from particlesnn.files import read_annotations

_ANY_SHAPE_PX = (2**24, 2**24)
_OF_ALL = "annotations.coco.json"
"""Holds the contours of all scans of a folder."""


def check_contours(contours: Path) -> None:
    """Let a broken file be said before anything is written; the size of the scan does not matter for that.

    Raises
    ------
    AnnotationError
        When it is a file that cannot be read. What a folder holds shows scan by scan.
    """
    if not contours.is_dir():
        read_annotations(contours, shape_px=_ANY_SHAPE_PX)


def paired(contours: Path, scans: int) -> Callable[[Job, tuple[int, int]], ParticleMap]:
    """Return the function that finds the contours of a job's scan of (H, W) px.

    Parameters
    ----------
    contours
        A contour file, whose images are paired with the scans by name; a single image and a single scan belong together
        whatever their names. Or a folder with a LabelMe file for each scan, or with one annotations.coco.json of all,
        as `simulate` writes it.
    scans
        How many scans there are.
    """
    read = cache(read_annotations)  # a file of many images is read once, not once for each of them

    def contours_of(job: Job, shape_px: tuple[int, int]) -> ParticleMap:
        file = _file_in(contours, job) if contours.is_dir() else contours
        maps = read(file, shape_px=shape_px)
        of_this_scan = contours.is_dir() and file.name != _OF_ALL
        alone = len(maps) == 1 and (scans == 1 or of_this_scan)
        return maps[0] if alone else _belonging(maps, job, contours)

    return contours_of


def _file_in(folder: Path, job: Job) -> Path:
    for name in (f"{job.stem}.labelme.json", f"{job.stem}.json", _OF_ALL):
        if (folder / name).is_file():
            return folder / name
    raise AnnotationError(
        f"{folder} holds neither {job.stem}.labelme.json nor {_OF_ALL}; contours and scans are paired by name"
    )


def _belonging(maps: Sequence[ParticleMap], job: Job, contours: Path) -> ParticleMap:
    stem = Path(job.scan).stem
    named = [particles for particles in maps if particles.source in (job.name, job.scan)]
    named = named or [particles for particles in maps if Path(particles.source).stem == stem]
    if len(named) != 1:
        raise AnnotationError(
            f"{contours} holds {len(named) or 'no'} images named {stem!r}; contours and scans are paired by name"
        )
    return named[0]
