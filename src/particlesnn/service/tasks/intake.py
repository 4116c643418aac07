"""What was uploaded: archives opened with care, contour files read."""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from particlesnn.core import AnnotationError, ParticleMap, ParticlesNNError
from particlesnn.files import read_annotations
from particlesnn.results import distinct_names, unique_stems
from particlesnn.service.tasks.bench import bench

_CHUNK = 2**20
_HIDDEN = ("__MACOSX", ".")
_SUFFIXES = (".labelme.json", ".via.json", ".coco.json", ".rois.zip", ".labels.tif")


@dataclass(frozen=True)
class Unpacked:
    """One file out of an archive."""

    name: str
    path: Path | None
    """Where it was written, under a name of ours; None where it was refused."""
    error: str | None = None


def is_archive(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a zip."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def expand(archive: Path, folder: Path, most_files: int, most_bytes: int, most_file_bytes: int) -> list[Unpacked]:
    """Write the files of a zip into a folder, under numbers and never under their own names.

    What the archive says of its sizes is checked before, and what really comes out while it comes.

    Parameters
    ----------
    archive
        The zip.
    folder
        Where to write.
    most_files, most_bytes, most_file_bytes
        How many files, how many bytes all together, and how many in one.

    Raises
    ------
    ParticlesNNError
        When it is no sound zip, or holds more than that.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            entries = [entry for entry in content.infolist() if _counts(entry)]
            if len(entries) > most_files:
                raise ParticlesNNError(f"it holds {len(entries)} files, but only {most_files} more can be taken")
            if sum(entry.file_size for entry in entries) > most_bytes:
                raise ParticlesNNError(
                    f"it holds more than the {_mb(most_bytes)} that can be taken; upload less at once"
                )
            unpacked, left = [], most_bytes
            for number, entry in enumerate(entries):
                one = _unpack(content, entry, folder / f"{number}", min(left, most_file_bytes))
                left -= one.path.stat().st_size if one.path else 0
                unpacked.append(one)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise ParticlesNNError("it is no sound zip archive; pack it again") from error
    if not unpacked:
        raise ParticlesNNError("it holds no files; pack the scans into it")
    return unpacked


def read_contours(path: Path, name: str, shape_px: tuple[int, int] | None, most: int) -> list[ParticleMap]:
    """Read a contour file of any kind, with so many particles of one scan at most.

    Raises
    ------
    AnnotationError
        When it cannot be read, or holds more.
    """
    try:
        maps = read_annotations(path, shape_px)
    except ParticlesNNError as error:
        raise AnnotationError(str(error).replace(str(path), name)) from error
    largest = max((len(each) for each in maps), default=0)
    if largest > most:  # said here: so many would take long on their way between processes, only to be refused then
        raise AnnotationError(f"{name}: {largest} particles are more than the {most} that a scan may have here")
    return [replace(each, source=each.source or name) for each in maps]


def contour_files(path: Path, folder: Path, limits: tuple[int, int, int]) -> list[Unpacked]:
    """Open an archive of contour files, such as labelme.zip; one of ImageJ's ROIs is one file and stays closed."""
    with path.open("rb") as file:
        packed = is_archive(file.read(4))
    if not packed:
        return []
    try:
        with zipfile.ZipFile(path) as content:
            names = [entry.filename for entry in content.infolist() if _counts(entry)]
    except (zipfile.BadZipFile, ValueError) as error:
        raise ParticlesNNError("it is no sound zip archive; pack it again") from error
    if all(name.lower().endswith(".roi") for name in names):
        return []
    return expand(path, folder, *limits)


def check_ready() -> bool:
    """Tell that this process works."""
    return bench().store is not None


def fitting(sources: Sequence[str], file: str, scans: Sequence[str]) -> list[int | None]:
    """Pair the images of a contour file with scans by name; None where there is none or more than one.

    An image is the scan whose name it gives; else that of its name without suffix; else the one that the file is called
    after, as our own exports are.

    Parameters
    ----------
    sources
        What the file calls its images.
    file
        How the file is called.
    scans
        Names of the scans.
    """
    distinct = [name.casefold() for name in distinct_names(scans)]
    stems = [stem.casefold() for stem in unique_stems(scans)]
    plain = [_stem(name) for name in scans]
    found: list[int | None] = []
    for source in sources:
        last = PurePosixPath(source.replace("\\", "/")).name.casefold()
        tries = [(last, distinct), (_stem(last), plain)]
        if len(sources) == 1:
            tries += [(_stem(file), stems)]
        places = (_only([number for number, each in enumerate(among) if each == name]) for name, among in tries)
        found.append(next((place for place in places if place is not None), None))
    return found


def _only(numbers: Sequence[int]) -> int | None:
    return numbers[0] if len(numbers) == 1 else None


def _stem(name: str) -> str:
    lower = name.casefold()
    ours = next((suffix for suffix in _SUFFIXES if lower.endswith(suffix)), PurePosixPath(lower).suffix)
    return lower.removesuffix(ours)


def _counts(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    return not entry.is_dir() and not any(part.startswith(_HIDDEN) and part != ".." for part in parts)


def _unpack(content: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, most: int) -> Unpacked:
    name = PurePosixPath(entry.filename.replace("\\", "/")).name or "scan"
    if entry.flag_bits & 1:
        return Unpacked(name, None, "it is encrypted; pack it without a password")
    written = 0
    with content.open(entry) as packed, path.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > most:
                break
            file.write(chunk)
    if written > most:
        path.unlink()
        return Unpacked(name, None, f"it is larger than the {_mb(most)} that can be taken")
    return Unpacked(name, path)


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
