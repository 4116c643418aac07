"""Scans with their contours as a data set: heights as text, pictures, and one COCO file over all of them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from particlesnn.core import ParticleMap, Scan
from particlesnn.core.writing import write_whole
from particlesnn.files import save_picture, to_grey8, write_coco, write_wsxm_ascii

_LONGEST = 80
_UNSAFE = re.compile(r"[^\w.-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_ABOUT = """Scans of particles with their contours.

heights/NAME.txt       the scan as a WSxM ASCII matrix, heights in nm
pictures/NAME.bmp      the same as 8-bit grey levels, I = 255 (H - Hmin) / (Hmax - Hmin)
annotations.coco.json  the contours of all pictures (COCO; `origin` says who drew each, `score` how sure a network was)

The method follows Okunev, Mashukov, Nartova and Matveev, Nanomaterials 2020, 10, 1285, doi:10.3390/nano10071285.
"""


def unique_stems(names: Sequence[str]) -> list[str]:
    """Make names for result files out of the names of scans: no folders, no odd characters, none twice.

    Scans of one stem are numbered: ``a``, ``a-2``, ``a-3``.
    """
    stems: list[str] = []
    used: set[str] = set()
    for name in names:
        plain = _UNSAFE.sub("_", Path(name.replace("\\", "/")).stem).strip("._-")[:_LONGEST] or "scan"
        plain = f"scan-{plain}" if _RESERVED.fullmatch(plain) else plain
        stem, number = plain, 1
        while stem.casefold() in used:
            number += 1
            stem = f"{plain}-{number}"
        used.add(stem.casefold())
        stems.append(stem)
    return stems


def distinct_names(names: Sequence[str]) -> list[str]:
    """Tell scans of one name apart: ``a.txt``, ``a.txt (2)``."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct


def write_dataset(folder: Path, stems: Sequence[str], scans: Iterable[Scan], maps: Sequence[ParticleMap]) -> None:
    """Write heights, pictures and contours into a folder that exists.

    Parameters
    ----------
    folder
        Where to write.
    stems
        Name of each scan, see `unique_stems`.
    scans, maps
        The scans, taken one after the other, and their particles.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    for name in ("heights", "pictures"):
        (folder / name).mkdir(exist_ok=True)
    for stem, scan in zip(stems, scans, strict=True):
        write_wsxm_ascii(folder / "heights" / f"{stem}.txt", scan)
        save_picture(folder / "pictures" / f"{stem}.bmp", to_grey8(scan.values))
    write_coco(folder / "annotations.coco.json", maps, [f"pictures/{stem}.bmp" for stem in stems])
    write_whole(folder / "README.txt", _ABOUT.encode())
