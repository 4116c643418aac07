"""A folder of scans and contours becomes labelled scans: who belongs to whom, and what is wrong."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePath, PureWindowsPath

from particlesnn.core import AnnotationError, Contour, ParticleMap, ParticlesNNError, Scan
from particlesnn.files.coco import examine_coco
from particlesnn.files.dataset.checks import check_drawn
from particlesnn.files.dataset.findings import Finding
from particlesnn.files.dataset.labelled import LabelledScan
from particlesnn.files.drawn import Drawn
from particlesnn.files.json_text import load_object
from particlesnn.files.labelme import examine_labelme
from particlesnn.files.open_scan import open_scan
from particlesnn.files.pictures import recognises as is_picture

_ENDINGS = (".json", ".labelme", ".coco")
_FIRST_BYTES = 64
_OpenScan = Callable[[Path], Scan]


@dataclass(frozen=True, eq=False)
class _Image:
    """One image of a contour file, and what its scan may be called."""

    file: Path
    folder: Path
    drawn: Drawn
    stems: tuple[str, ...]


@dataclass(eq=False)
class _Shelf:
    """Which files of a folder, and of those in it, may be scans: folder, then stem in small letters, then files."""

    files: dict[Path, dict[str, list[Path]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def scan_of(self, image: _Image) -> Path | None:
        """Find the scan of some contours: in their own folder, else in another; rather heights than a picture."""
        folders = [image.folder, *(folder for folder in self.files if folder != image.folder)]
        found = [
            path for folder in folders for stem in image.stems for path in self.files[folder].get(stem.casefold(), [])
        ]
        return next((path for path in found if not _is_picture(path)), found[0] if found else None)


def gather(folder: Path, *, half_turn: bool = False) -> tuple[tuple[LabelledScan, ...], tuple[Finding, ...]]:
    """Find the labelled scans of a folder, and check them.

    Contours are JSON files of LabelMe, one a scan, or of COCO. They belong to the scan of their own name, or of that of
    the picture they were drawn on, which may lie beside the scan. Those that stand in a folder within the folder are a
    set of that name, such as "rough", "precise" or "test".

    Parameters
    ----------
    folder
        The folder; also looked through are the folders in it, but not those in them.
    half_turn
        Contours were drawn on pictures that are turned by 180 degrees against the scans; turn them back.

    Returns
    -------
    tuple of LabelledScan
        What is sound, by set and name. Where a whole file is faulty it is left out, where a shape is, that one.
    tuple of Finding
        What is not.

    Raises
    ------
    AnnotationError
        When there is no such folder, or it holds no contours.
    """
    if not folder.is_dir():
        raise AnnotationError(f"{folder} is no folder; give the folder that holds scans and contours")
    images, shelf, findings = _looked_through(folder)
    if not images and not any(finding.fault for finding in findings):
        raise AnnotationError(f"{folder} holds no JSON file of LabelMe or COCO; put the contours beside the scans")
    opened = lru_cache(maxsize=4)(open_scan)
    labelled: dict[tuple[str, str], LabelledScan] = {}
    sources: dict[tuple[str, str], Path] = {}
    for image in sorted(images, key=lambda each: each.stems):
        set_name = "" if image.folder == folder else image.folder.name
        entry, found = _labelled(image, set_name, shelf, opened, half_turn=half_turn)
        findings += found
        if entry is None:
            continue
        key = (set_name, entry.name)
        if key in labelled:
            message = (
                f"{image.file} holds contours of {entry.scan.name}, and so does {sources[key]}; remove one of them"
            )
            findings.append(Finding("drawn twice", message, str(image.file)))
            continue
        labelled[key], sources[key] = entry, image.file
    entries, clashes = _one_scan_a_name(sorted(labelled.items()))
    findings += [*clashes, *_unlabelled(shelf, images, opened)]
    return entries, tuple(findings)


def _looked_through(folder: Path) -> tuple[list[_Image], _Shelf, list[Finding]]:
    """Sort all files into contours and what may be a scan."""
    images: list[_Image] = []
    shelf, findings = _Shelf(), []
    within = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    for place in (folder, *within):
        for path in sorted(place.iterdir()):
            if path.name.startswith(".") or not path.is_file():
                continue
            if path.suffix.casefold() == ".json":
                found, finding = _images_of(path, place)
                images += found
                findings += finding
            else:
                shelf.files[place][path.stem.casefold()].append(path)
    return images, shelf, findings


def _images_of(path: Path, folder: Path) -> tuple[list[_Image], list[Finding]]:
    try:
        content = load_object(path)
        if "shapes" in content:
            drawn = examine_labelme(path)
            stems = dict.fromkeys([_plain(path.name), _stem_of(drawn.particles.source)])
            return [_Image(path, folder, drawn, tuple(stem for stem in stems if stem))], []
        if "annotations" in content and "images" in content:
            each = examine_coco(path)
            return [_Image(path, folder, drawn, (_stem_of(drawn.particles.source),)) for drawn in each], []
    except AnnotationError as error:
        return [], [Finding("unreadable", str(error).rstrip("."), str(path))]
    message = f"{path} is JSON, but neither of LabelMe nor of COCO; it is left out"
    return [], [Finding("no labels", message, str(path), fault=False)]


def _plain(name: str) -> str:
    for ending in _ENDINGS:
        if name.casefold().endswith(ending):
            name = name[: -len(ending)]
    return name


def _stem_of(source: str) -> str:
    """Stem of a picture's name, whatever system wrote the path."""
    return PurePath(PureWindowsPath(source).name).stem


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        return is_picture(file.read(_FIRST_BYTES))


def _labelled(
    image: _Image, set_name: str, shelf: _Shelf, opened: _OpenScan, *, half_turn: bool
) -> tuple[LabelledScan | None, list[Finding]]:
    """Pair the contours of one image with their scan and check them."""
    what = f"{image.file}, image {image.drawn.particles.source!r}," if len(image.stems) == 1 else f"{image.file}"
    path = shelf.scan_of(image)
    if path is None:
        names = " or ".join(f"{stem}.*" for stem in image.stems)
        message = f"{what} has no scan: there is no {names} in its folder or beside it; give the scan that name"
        return None, [Finding("no scan", message, str(image.file))]
    try:
        scan = opened(path)
    except ParticlesNNError as error:
        return None, [
            Finding(
                "unreadable", f"{image.file} belongs to a scan that cannot be read: {str(error).rstrip('.')}", str(path)
            )
        ]
    drawn = _turned_back(image.drawn) if half_turn else image.drawn
    particles, findings = check_drawn(image.file, drawn, replace(scan, source=str(path)))
    if any(finding.kind in ("size", "turned") for finding in findings):
        return None, findings
    if _is_picture(path):
        message = f"{path} is a picture: of this scan there are grey levels, but no heights and no scale"
        findings.append(Finding("no heights", message, str(path), fault=False))
    particles = ParticleMap(particles.shape_px, particles.particles, path.name)
    return LabelledScan(path.stem, path, set_name, particles), findings


def _turned_back(drawn: Drawn) -> Drawn:
    rows, columns = drawn.particles.shape_px
    corner = (columns - 1, rows - 1)
    turned = tuple(
        replace(particle, contour=Contour(corner - particle.contour.points_px))
        for particle in drawn.particles.particles
    )
    return replace(drawn, particles=ParticleMap((rows, columns), turned, drawn.particles.source))


def _one_scan_a_name(
    labelled: list[tuple[tuple[str, str], LabelledScan]],
) -> tuple[tuple[LabelledScan, ...], list[Finding]]:
    """See to it that a name means one scan in all sets; a copy of the same file is the same scan."""
    first: dict[str, LabelledScan] = {}
    entries, findings = [], []
    for _, entry in labelled:
        known = first.setdefault(entry.name, entry)
        if known.scan != entry.scan and _digest(known.scan) != _digest(entry.scan):
            message = f"{entry.scan} and {known.scan} are two scans of one name; rename one, with its contours"
            findings.append(Finding("two scans", message, str(entry.scan)))
        else:
            entries.append(replace(entry, scan=known.scan))
    return tuple(entries), findings


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def _unlabelled(shelf: _Shelf, images: list[_Image], opened: _OpenScan) -> Iterator[Finding]:
    """Name the scans that nobody labelled, and files that are none."""
    labelled = {stem.casefold() for image in images for stem in image.stems}
    for stems in shelf.files.values():
        for stem, paths in stems.items():
            if stem in labelled:
                continue
            for path in paths:
                try:
                    opened(path)
                except ParticlesNNError:
                    message = f"{path} is neither contours nor a scan that can be read; it is left out"
                    yield Finding("no labels", message, str(path), fault=False)
                else:
                    message = f"{path} has no contours; it is left out"
                    yield Finding("unlabelled", message, str(path), fault=False)
