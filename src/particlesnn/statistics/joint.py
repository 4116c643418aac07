"""Many scans, some perhaps without a scale: nanometres and pixels are never mixed."""

from collections.abc import Sequence

from particlesnn.core import Measurements, ParticleMap
from particlesnn.statistics.border import BorderRule
from particlesnn.statistics.pooling import Equal
from particlesnn.statistics.summary import Summary, summarise


def summarise_jointly(
    measurements: Sequence[Measurements],
    *,
    border: BorderRule = "keep",
    maps: Sequence[ParticleMap] | None = None,
    equal: Equal = "particles",
    detailed: bool = False,
) -> tuple[Summary, ...]:
    """Summarise each kind of scan by itself, the kind with the most scans first.

    Parameters
    ----------
    measurements
        Any scans; none gives no summary.
    border, maps, equal, detailed
        See `summarise`.
    """
    kinds: dict[tuple[bool, bool], list[int]] = {}
    for number, scan in enumerate(measurements):
        kinds.setdefault((scan.scaled, scan.heights), []).append(number)
    return tuple(
        summarise(
            [measurements[number] for number in numbers],
            border=border,
            maps=None if maps is None else [maps[number] for number in numbers],
            equal=equal,
            detailed=detailed,
        )
        for numbers in sorted(kinds.values(), key=len, reverse=True)
    )
