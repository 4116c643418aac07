"""What was uploaded: archives opened with care, contour files read."""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from particlesnn.core import AnnotationError, ParticleMap, ParticlesNNError
from particlesnn.files import read_annotations
from particlesnn.service.tasks.bench import bench

_CHUNK = 2**20
_HIDDEN = ("__MACOSX", ".")


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


def read_contours(path: Path, name: str, shape_px: tuple[int, int] | None) -> list[ParticleMap]:
    """Read a contour file of any kind.

    Raises
    ------
    AnnotationError
        When it cannot be read.
    """
    try:
        maps = read_annotations(path, shape_px)
    except ParticlesNNError as error:
        raise AnnotationError(str(error).replace(str(path), name)) from error
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


def fitting(maps: Sequence[ParticleMap], stems: Sequence[str]) -> list[int | None]:
    """Pair images of contour files with scans by name without suffix; None where there is none or more than one."""
    found: list[int | None] = []
    for each in maps:
        stem = PurePosixPath(each.source.replace("\\", "/")).stem.casefold()
        same = [number for number, other in enumerate(stems) if other.casefold() == stem]
        found.append(same[0] if len(same) == 1 else None)
    return found


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
