"""What a worker process holds: the store, a folder for passing files, the network once it is needed."""

import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Scan
from particlesnn.pipeline import RefinementChoice
from particlesnn.recognition import Recognizer
from particlesnn.results import Analysed, unpack
from particlesnn.service.store import Store

_SCANS_KEPT = 4


@dataclass(frozen=True)
class ScanRef:
    """Where all of a scan is, and what the database says of it."""

    id: str
    name: str
    source: str
    """Object of the uploaded file."""
    values: str
    """Object of the heights."""
    contours: str
    """Object of the contours as they are now; "" where there are none."""
    pixel_nm: tuple[float, float] | None
    value_unit: str | None
    channel: str
    scale_from: str
    refine: RefinementChoice = "none"
    sha256: str = ""
    error: str | None = None
    """Why there are no contours."""


@dataclass(frozen=True)
class Begin:
    """Sets up a worker process."""

    store_url: str
    folder: Path
    """Where passing files are written."""
    model: str
    threads: int | None
    eager: bool
    """Load the network at once."""

    def __call__(self) -> None:
        """Set this process up."""
        global _bench
        _bench = Bench(self)
        if self.eager:
            _ = _bench.recognizer


def load_values(store: Store, name: str) -> NDArray[np.float64]:
    """Return heights, shape (H, W), as they were read."""
    values: NDArray[np.float64] = np.load(BytesIO(store.get(name)), allow_pickle=False)
    return values


class Bench:
    """All that the tasks of a process share."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._recognizer: Recognizer | None = None
        self._scans: OrderedDict[tuple[str, str], Scan] = OrderedDict()
        self.store = Store(begin.store_url)

    @property
    def recognizer(self) -> Recognizer:
        """The network, loaded once."""
        if self._recognizer is None:
            self._recognizer = Recognizer.load(self._begin.model, threads=self._begin.threads)
        return self._recognizer

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Make a folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self._begin.folder) as folder:
            yield Path(folder)

    def lasting_folder(self) -> Path:
        """Make a folder that whoever asked for it removes."""
        return Path(tempfile.mkdtemp(dir=self._begin.folder))

    def scan(self, ref: ScanRef) -> Scan:
        """Return a scan as it was read, with the scale that counts now."""
        key = (ref.id, ref.values)
        if key not in self._scans:
            self._scans[key] = Scan(load_values(self.store, ref.values), ref.value_unit, None, ref.channel, ref.name)
            while len(self._scans) > _SCANS_KEPT:
                self._scans.popitem(last=False)
        self._scans.move_to_end(key)
        scan = self._scans[key]
        return scan if ref.pixel_nm is None else scan.with_pixel_nm(ref.pixel_nm)

    def analysed(self, ref: ScanRef) -> Analysed:
        """Return the contours of a scan as they are now, and their measurements."""
        return unpack(self.store.get(ref.contours))


_bench: Bench | None = None
"""Set once when the process starts; there is no other way to hand it to the tasks."""


def bench() -> Bench:
    """Return what this process holds."""
    assert _bench is not None, "the process was not set up"
    return _bench
