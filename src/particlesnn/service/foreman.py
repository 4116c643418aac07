"""Sees to it that every scan in the queue is recognised, whatever happens to the process that does it."""

import logging
import threading
from collections.abc import Callable
from typing import cast

from particlesnn.core import ParticlesNNError
from particlesnn.pipeline import RefinementChoice
from particlesnn.service.desk import Desk, ProcessEndedError, StoppedError
from particlesnn.service.keys import new_id
from particlesnn.service.ledger import Ledger
from particlesnn.service.settings import ServiceSettings
from particlesnn.service.store import Store, contours_object, source_object, values_object
from particlesnn.service.tables import ScanRow
from particlesnn.service.tasks.recognise import Order, recognise

_IDLE_S = 2.0
_RESTARTS = 5
"""A scan that brings down the whole service is not tried for ever."""
_log = logging.getLogger(__name__)


class Foreman:
    """Takes scans from the queue, as many side by side as there are recognisers.

    Parameters
    ----------
    ledger, store, desk
        What it works with.
    settings
        Limits.
    tell
        Called with the id of a set about which something is new.
    """

    def __init__(
        self, ledger: Ledger, store: Store, desk: Desk, settings: ServiceSettings, tell: Callable[[str], None]
    ) -> None:
        self._ledger, self._store, self._desk = ledger, store, desk
        self._settings, self._tell = settings, tell
        self._owner = new_id()
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"foreman-{number}", daemon=True)
            for number in range(settings.recognisers)
        ]

    def start(self) -> None:
        """Begin to take scans."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Say that there is something in the queue."""
        self._something.set()

    def stop(self) -> None:
        """Take no more scans; those at work go back into the queue when their process is ended."""
        self._stopping.set()
        self._something.set()

    def join(self) -> None:
        """Wait until all is put back."""
        for thread in self._threads:
            thread.join(timeout=10)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                scan = self._ledger.claim(self._owner)
                if scan is None:
                    self._something.wait(_IDLE_S)
                    self._something.clear()
                else:
                    self._do(scan)
            except Exception:  # whatever happened to one scan, the next ones are done
                _log.exception("a scan could not be worked on")
                self._stopping.wait(_IDLE_S)

    def _do(self, scan: ScanRow) -> None:
        self._tell(scan.set_id)
        if scan.attempts > self._settings.attempts + _RESTARTS:
            self._ledger.give_up(scan.id, self._owner, f"{scan.name}: the service ended {scan.attempts} times on it")
            return
        order = _order(scan, self._settings)
        try:
            found = self._desk.call(
                recognise,
                order,
                seconds=self._settings.recognition_s,
                say=lambda stage: self._say(scan, stage),
                tick=lambda: self._ledger.confirm(scan.id, self._owner),
            )
        except ParticlesNNError as error:
            self._store.delete(order.contours)
            self._store.delete(order.values)
            self._failed(scan, error)
        else:
            unused = self._ledger.finish(scan.id, self._owner, found, order)
            # Deleted meanwhile: what was made of it goes too.
            for name in [order.contours, order.values] if unused is None else unused:
                self._store.delete(name)
        self._tell(scan.set_id)

    def _failed(self, scan: ScanRow, error: ParticlesNNError) -> None:
        lost = isinstance(error, ProcessEndedError) and scan.attempts < self._settings.attempts
        if isinstance(error, StoppedError) or lost:
            self._ledger.put_back(scan.id, self._owner)
        else:
            self._ledger.give_up(scan.id, self._owner, f"{scan.name}: {error}")

    def _say(self, scan: ScanRow, stage: str) -> None:
        self._ledger.confirm(scan.id, self._owner, stage)
        self._tell(scan.set_id)


def _order(scan: ScanRow, settings: ServiceSettings) -> Order:
    version = new_id()
    by_user = scan.scale_source in ("typed", "drawn")
    return Order(
        name=scan.name,
        source=source_object(scan.set_id, scan.id),
        values=values_object(scan.set_id, scan.id, version),
        contours=contours_object(scan.set_id, scan.id, version),
        channel=scan.channel,
        pixel_nm=(scan.dy_nm, scan.dx_nm) if by_user and scan.dy_nm and scan.dx_nm else None,
        refine=cast(RefinementChoice, scan.refine),
        max_pixels=settings.max_pixels,
    )
