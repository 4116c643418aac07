"""Files come in: counted, weighed, given names of ours, put into the store and the queue."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from fastapi import HTTPException, UploadFile
from starlette.concurrency import run_in_threadpool

from particlesnn.core import ParticlesNNError
from particlesnn.service.keys import new_id
from particlesnn.service.ledger import Upload
from particlesnn.service.service import Service
from particlesnn.service.store import scan_folder, source_object
from particlesnn.service.tasks.intake import Unpacked, expand, is_archive
from particlesnn.service.wire import Accepted

_CHUNK = 2**20
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Incoming:
    """One file that came in."""

    name: str
    path: Path
    error: str | None = None


def shown_name(name: str | None) -> str:
    """Make of the name that a browser sends one to show: no folders, nothing that cannot be seen."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return "".join(each for each in last if each.isprintable()).strip()[:_LONGEST_NAME] or "scan"


@contextmanager
def passing_folder(service: Service) -> Iterator[Path]:
    """Make a folder for files on their way, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=service.folder) as folder:
        yield Path(folder)


async def receive(service: Service, files: Sequence[UploadFile], folder: Path) -> list[Incoming]:
    """Write uploads into a folder under numbers, and open archives.

    Raises
    ------
    HTTPException
        413 when there are too many.
    """
    most = service.settings.max_scans
    if len(files) > most:
        raise HTTPException(413, f"{len(files)} files are more than the {most} scans that a set can hold")
    incoming: list[Incoming] = []
    for number, file in enumerate(files):
        name, path = shown_name(file.filename), folder / f"{number}"
        head = await run_in_threadpool(copy_upload, file.file, path)
        incoming += (
            await _opened(service, name, path, folder / f"{number}-files")
            if is_archive(head)
            else [Incoming(name, path)]
        )
    return incoming


async def take_in(service: Service, set_id: str, incoming: Sequence[Incoming]) -> list[Accepted]:
    """Put files into the store and the queue; say of each what became of it.

    Raises
    ------
    HTTPException
        413 when the set cannot hold so many, 507 when the disk has no room.
    """
    good = [file for file in incoming if file.error is None]
    size = sum(file.path.stat().st_size for file in good)
    await run_in_threadpool(_check_fits, service, set_id, len(good), size)
    if not service.room_for(size):
        raise HTTPException(507, "the service has no room left; try again later, or tell whoever runs it")
    accepted, uploads = [], []
    for file in incoming:
        error = file.error or _fault(service, file.path)
        if error:
            accepted.append(Accepted(name=file.name, id=None, state="failed", error=f"{file.name}: {error}"))
            continue
        upload = await run_in_threadpool(_keep, service, set_id, file)
        uploads.append(upload)
        accepted.append(Accepted(name=file.name, id=upload.id, state="queued", error=None))
    added = False
    try:
        added = await run_in_threadpool(service.ledger.add_scans, set_id, uploads)
    finally:
        if not added:
            for upload in uploads:
                service.store.delete_all(scan_folder(set_id, upload.id))
    if not added:  # another upload was quicker, or the set was deleted
        await run_in_threadpool(_check_fits, service, set_id, len(uploads), size)
        raise HTTPException(404, "this set was deleted")
    service.foreman.wake()
    service.hub.tell(set_id)
    return accepted


def _check_fits(service: Service, set_id: str, number: int, size: int) -> None:
    settings = service.settings
    count, used = service.ledger.used_by(set_id)
    if count + number > settings.max_scans:
        raise HTTPException(
            413,
            f"{number} files are more than this set of {count} scans can still hold "
            f"({settings.max_scans} at most); make another set",
        )
    if used + size > settings.max_set_bytes:
        raise HTTPException(413, "the scans of this set would become too large together; make another set")


def copy_upload(source: IO[bytes], path: Path) -> bytes:
    """Write an upload to a file, and return its first bytes."""
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, _CHUNK)
    with path.open("rb") as file:
        return file.read(4)


async def _opened(service: Service, name: str, path: Path, folder: Path) -> list[Incoming]:
    settings = service.settings
    folder.mkdir()
    try:
        unpacked: list[Unpacked] = await service.carry(
            expand, path, folder, settings.max_scans, settings.max_upload_bytes, settings.max_file_bytes
        )
    except ParticlesNNError as error:
        return [Incoming(name, path, str(error))]
    finally:
        path.unlink(missing_ok=True)
    return [Incoming(shown_name(each.name), each.path or path, each.error) for each in unpacked]


def _fault(service: Service, path: Path) -> str | None:
    size, most = path.stat().st_size, service.settings.max_file_bytes
    if not size:
        return "it is empty; copy it again from the microscope"
    if size > most:
        return f"its {size / 1e6:.0f} MB are more than the {most / 1e6:.0f} MB that a scan may have here"
    return None


def _keep(service: Service, set_id: str, file: Incoming) -> Upload:
    scan_id = new_id()
    with file.path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    service.store.put(source_object(set_id, scan_id), file.path)
    return Upload(scan_id, file.name, file.path.stat().st_size, sha256)
