"""Corrected contours for training: only of sets whose owners agreed, and only what a human went over."""

from pathlib import Path

from particlesnn.core import OutputError, ParticleMap, Scan
from particlesnn.results import unique_stems, unpack, write_dataset
from particlesnn.service.database import Database
from particlesnn.service.ledger import Ledger
from particlesnn.service.settings import ServiceSettings
from particlesnn.service.store import Store
from particlesnn.service.tables import ScanRow
from particlesnn.service.tasks.bench import load_values
from particlesnn.service.views import contours_of, pixel_of


def collect_consented(settings: ServiceSettings, folder: Path) -> int:
    """Write the scans and corrected contours of all consenting sets into a new folder; return how many.

    The service may run meanwhile. Names of scans are replaced by numbers: a name may say more than its owner meant.

    Raises
    ------
    OutputError
        When there is no service, or the folder holds files already.
    """
    if settings.database is None and not (settings.data / "service.sqlite").is_file():
        raise OutputError(f"{settings.data} is not the folder of a service; give it by --data")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} holds files already; give another folder")
    database = Database(settings.database_url)
    try:
        store = Store(settings.store_url)
        rows = [scan for row in Ledger(database, settings).consented() for scan in row.scans if _corrected(scan)]
        maps = [unpack(store.get(contours_of(scan)))[0] for scan in rows]
        folder.mkdir(parents=True, exist_ok=True)
        scans = (_scan(store, scan) for scan in rows)
        stems = unique_stems([f"scan-{number:05d}" for number in range(1, len(rows) + 1)])
        write_dataset(folder, stems, scans, [ParticleMap(each.shape_px, each.particles) for each in maps])
        return len(rows)
    finally:
        database.close()


def _corrected(scan: ScanRow) -> bool:
    """Tell whether the current contours are other than those that the network drew."""
    current = next((each for each in scan.revisions if each.number == scan.revision), None)
    return current is not None and current.what != "recognised"


def _scan(store: Store, scan: ScanRow) -> Scan:
    return Scan(load_values(store, scan.values), scan.value_unit, pixel_of(scan), scan.channel or "", "")
