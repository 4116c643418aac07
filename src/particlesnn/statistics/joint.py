"""Many scans, some perhaps without a scale: nanometres and pixels are never mixed."""

from collections.abc import Sequence

from particlesnn.core import Measurements
from particlesnn.statistics.border import BorderRule
from particlesnn.statistics.summary import Summary, summarise


def summarise_jointly(measurements: Sequence[Measurements], *, border: BorderRule = "keep") -> tuple[Summary, ...]:
    """Summarise each kind of scan by itself, the kind with the most scans first.

    Parameters
    ----------
    measurements
        Any scans; none gives no summary.
    border
        See `summarise`.
    """
    kinds: dict[tuple[bool, bool], list[Measurements]] = {}
    for scan in measurements:
        kinds.setdefault((scan.scaled, scan.heights), []).append(scan)
    return tuple(summarise(scans, border=border) for scans in sorted(kinds.values(), key=len, reverse=True))
