"""Bringing a large file to the user's cache: what has arrived stays, and is checked before it counts."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx2
import platformdirs

from particlesnn.core import OutputError, WeightsError
from particlesnn.weights.catalogue import PublishedWeights

Progress = Callable[[int, int | None], None]
"""Is told how many bytes have arrived in all, and how many there are, when the server says so."""

_BLOCK = 1 << 20
_TIMEOUT_S = 30.0


def cache_folder() -> Path:
    """Return where fetched weights lie on this system."""
    return Path(platformdirs.user_cache_dir("particlesnn", appauthor=False)) / "weights"


def fetch(
    weights: PublishedWeights,
    folder: Path | None = None,
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Bring weights to the cache, unless they are there; go on where an earlier try was cut off.

    Parameters
    ----------
    weights
        What to bring.
    folder
        Where to; `cache_folder` when None.
    sha256
        The file's SHA-256, or its first digits, where the user knows more than the file's name tells.
    progress
        Is called as the file arrives.

    Returns
    -------
    Path
        The file, whose SHA-256 begins as it should.

    Raises
    ------
    WeightsError
        When the server cannot be reached, refuses, or sends another file; when no checksum is known.
    OutputError
        When the cache cannot be written to.
    """
    wanted = (sha256 or weights.sha256_start).lower()
    if not wanted:
        raise WeightsError(f"{weights.address}: nothing tells this file's checksum; give it with --sha256")
    folder = cache_folder() if folder is None else folder
    target = folder / weights.file_name
    part = target.with_name(f"{target.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            _check(target, wanted)
            return target
        _download(weights.address, part, progress)
        _check(part, wanted)
        part.replace(target)
    except httpx2.HTTPError as error:
        raise WeightsError(
            f"{weights.address}: could not be fetched ({error or type(error).__name__}); "
            "what has arrived is kept: run the same command again to go on"
        ) from error
    except OSError as error:
        raise OutputError(
            f"{error.filename or folder}: the cache cannot be used ({error.strerror}); check your rights and the disk"
        ) from error
    return target


def checksum(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path, wanted: str) -> None:
    """Delete a file that is not what it should be, and say so."""
    found = checksum(path)
    if not found.startswith(wanted):
        path.unlink()
        raise WeightsError(
            f"{path.name}: has the SHA-256 {found[: len(wanted)]}, not {wanted}, and was deleted; fetch it again, and "
            "if this comes again the address holds another file"
        )


def _download(address: str, part: Path, progress: Progress | None) -> None:
    """Append to what is there already, if the server can send the rest; else begin anew."""
    there = part.stat().st_size if part.exists() else 0
    wish = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    with httpx2.stream("GET", address, headers=wish, follow_redirects=True, timeout=_TIMEOUT_S) as answer:
        if answer.status_code == httpx2.codes.RANGE_NOT_SATISFIABLE and there:
            return  # all of it has arrived; the checksum will tell
        answer.raise_for_status()
        goes_on = answer.status_code == httpx2.codes.PARTIAL_CONTENT
        arrived = there if goes_on else 0
        length = answer.headers.get("Content-Length")
        total = arrived + int(length) if length and length.isdigit() else None
        with part.open("ab" if goes_on else "wb") as file:
            for block in answer.iter_raw(_BLOCK):
                file.write(block)
                arrived += len(block)
                if progress is not None:
                    progress(arrived, total)
    if total is not None and arrived < total:
        raise httpx2.ReadError(f"the connection ended after {arrived} of {total} bytes")
