"""All parts of a running service, put together and taken apart."""

import contextlib
import logging
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from starlette.concurrency import run_in_threadpool

from particlesnn.core import OutputError
from particlesnn.recognition import Recognizer
from particlesnn.service.database import Database
from particlesnn.service.desk import Desk, Setup, TaskFailedError
from particlesnn.service.foreman import Foreman
from particlesnn.service.hub import Hub
from particlesnn.service.ledger import Ledger
from particlesnn.service.limits import Limits
from particlesnn.service.settings import ServiceSettings
from particlesnn.service.store import Store
from particlesnn.service.tasks.bench import Begin, ScanRef
from particlesnn.service.tasks.count import joint_summary
from particlesnn.service.tasks.intake import check_ready

T = TypeVar("T")
_log = logging.getLogger(__name__)
_MODE = 0o700
_SUMMARIES_KEPT = 256


class Service:
    """A running service.

    Parameters
    ----------
    settings
        What was chosen.

    Raises
    ------
    OutputError
        When its folder cannot be used, or another service uses it.
    WeightsError
        When the model cannot be loaded.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.weights = Recognizer.load(settings.model, threads=1).name  # a wrong model is said before anything starts
        self._lock = _lock(settings.data)
        self.folder = settings.data / "passing"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=_MODE)
        self.database = Database(settings.database_url)
        self.database.be_alone()
        self.store = Store(settings.store_url)
        self.store.check()
        self.ledger = Ledger(self.database, settings)
        self.limits = Limits(settings)
        self.hub = Hub()
        self.recognisers = Desk(settings.recognisers, self._setup(recognises=True))
        self.assistants = Desk(settings.assistants, self._setup(recognises=False))
        self.carriers = Desk(1, self._setup(recognises=False))  # a long report must not keep an edit waiting
        self.foreman = Foreman(self.ledger, self.store, self.recognisers, settings, self.hub.tell)
        self._summaries: dict[tuple[str, ...], dict[str, Any] | None] = {}
        self._over = threading.Event()
        self._purger = threading.Thread(target=self._purge_now_and_then, name="purger", daemon=True)

    def start(self) -> None:
        """Take up the work, that of a service that was killed first."""
        taken_up = self.ledger.release_all()
        if taken_up:
            _log.info("%d scans that were being worked on are taken up again", taken_up)
        self.hub.open()
        self.recognisers.warm()
        self.assistants.warm()
        self.foreman.start()
        self._purger.start()

    def stop(self) -> None:
        """Put back what is being worked on, and end all processes."""
        self._over.set()
        self.hub.close()
        self.foreman.stop()
        self.recognisers.close()
        self.assistants.close()
        self.carriers.close()
        self.foreman.join()
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    async def assist(self, task: Callable[..., T], *arguments: Any, seconds: float | None = None) -> T:
        """Have an assistant do a task while somebody waits; errors as of `Desk.call`."""
        return await run_in_threadpool(
            self.assistants.call, task, *arguments, seconds=seconds or self.settings.assistance_s
        )

    async def carry(self, task: Callable[..., T], *arguments: Any, seconds: float | None = None) -> T:
        """Have something brought in or out that may take a while; errors as of `Desk.call`."""
        return await run_in_threadpool(
            self.carriers.call, task, *arguments, seconds=seconds or self.settings.carrying_s
        )

    async def summary_of(self, refs: Sequence[ScanRef]) -> dict[str, Any] | None:
        """Summarise scans jointly; the same contours are summarised once."""
        if not refs:
            return None
        key = tuple(ref.contours for ref in refs)
        if key not in self._summaries:
            try:
                self._summaries[key] = await self.assist(joint_summary, refs)
            except TaskFailedError:  # a scan was deleted in this very moment; the next look has it right
                return None
            while len(self._summaries) > _SUMMARIES_KEPT:
                self._summaries.pop(next(iter(self._summaries)))
        return self._summaries[key]

    async def ready(self) -> bool:
        """Tell whether database and processes answer."""
        await run_in_threadpool(self.ledger.queue)
        return await self.assist(check_ready, seconds=60)

    def delete_set(self, set_id: str) -> None:
        """Remove a set: from the database first, so that nobody finds half of it, then all its objects."""
        self.ledger.delete_set(set_id)
        self.store.delete_all(f"sets/{set_id}")
        self.hub.tell(set_id)

    def delete_scan(self, set_id: str, scan_id: str) -> None:
        """Remove a scan, as `delete_set`."""
        self.ledger.delete_scan(scan_id)
        self.store.delete_all(f"sets/{set_id}/{scan_id}")
        self.hub.tell(set_id)

    def purge(self) -> int:
        """Remove sets that are past their day, and objects of sets that are there no more; return how many sets."""
        expired = self.ledger.expired_sets()
        for set_id in expired:
            self.delete_set(set_id)
        kept = {name.split("/")[1] for name in self.store.names("sets")}  # before asking: a new set is known by then
        for orphan in kept - self.ledger.all_sets():
            self.store.delete_all(f"sets/{orphan}")
        return len(expired)

    def room_for(self, size: int) -> bool:
        """Tell whether the disk has room for so many bytes more."""
        return shutil.disk_usage(self.settings.data).free - size > self.settings.min_free_bytes

    def _purge_now_and_then(self) -> None:
        while True:
            try:
                self.purge()
            except Exception:
                _log.exception("old sets could not be removed")
            if self._over.wait(self.settings.purge_every_s):
                return

    def _setup(self, *, recognises: bool) -> Setup:
        settings = self.settings
        threads = max(1, (os.cpu_count() or 1) // settings.recognisers)
        begin = Begin(settings.store_url, self.folder.absolute(), settings.model, threads, recognises)
        return Setup(begin, settings.process_bytes)


def _lock(folder: Path) -> IO[bytes]:
    """Make the folder ours for as long as this process lives; the system lets go of it even when we are killed."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_MODE)
        file = (folder / "service.lock").open("ab")
    except OSError as error:
        raise OutputError(f"{folder} cannot be used ({error.strerror}); give another folder by --data") from error
    with contextlib.suppress(ImportError):  # Windows has no such lock
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise OutputError(f"another service uses {folder}; stop it, or give another folder by --data") from error
    return file
