"""How far the contours of the shipped weights put the figures of a scan wrong, as measured on simulated scans.

The table, ``contour_errors.json``, is made by ``python benchmarks/contour_errors.py measure`` and names the weights
that it is of. Real scans may be harder than simulated ones; there is no labelled set of them to tell.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

_ENTRIES = "contour_errors.json"


@dataclass(frozen=True)
class Error:
    """Relative error of a figure of one scan."""

    bias: float
    """Mean over the kinds of scans, signed."""
    systematic: float
    """Root mean square over the kinds of scans of the mean error of each: what scans of one sample share."""
    scatter: float
    """Standard deviation from scan to scan of one kind: what falls with the number of scans."""


@dataclass(frozen=True)
class ContourErrors:
    """Errors of one figure, parted by cause."""

    detection: Error
    """Particles missed or invented."""
    border: Error
    """Contours too wide or too narrow."""
    both: Error
    """Both together, measured on the same scans."""
    sizes_px: tuple[float, float]
    """Least and largest mean diameter that was simulated, in px."""
    scans: int
    """How many scans were simulated at each size."""


def measured_errors(weights: str | None, refinement: str, figure: str, diameter_px: float) -> ContourErrors | None:
    """Look up what was measured for weights, between the simulated sizes by the logarithm of the size.

    Parameters
    ----------
    weights
        SHA-256 of their card, see `WeightCard.digest`; None where no network drew the contours.
    refinement
        "none", or how contours were refined.
    figure
        "diameter", "density", "coverage" or "height_max".
    diameter_px
        Mean diameter on the scan; beyond the simulated sizes the nearest holds.

    Returns
    -------
    ContourErrors or None
        None where nothing was measured for these weights and this refinement.
    """
    entry = next((each for each in _entries() if each["card_sha256"] == weights), None)
    rows = entry["refinements"].get(refinement) if entry else None
    if not rows:
        return None
    sizes = [float(row["diameter_px"]) for row in rows]

    def between(cause: str) -> Error:
        numbers = np.array([[row[figure][cause][part] for part in ("bias", "systematic", "scatter")] for row in rows])
        at = [float(np.interp(np.log(diameter_px), np.log(sizes), column)) for column in numbers.T]
        return Error(*at)

    return ContourErrors(
        between("detection"), between("border"), between("both"), (sizes[0], sizes[-1]), int(rows[0]["scans"])
    )


def measured_weights() -> tuple[str, ...]:
    """SHA-256 of the cards of all weights in the table."""
    return tuple(entry["card_sha256"] for entry in _entries())


@cache
def _entries() -> Sequence[dict[str, Any]]:
    content = files("particlesnn.statistics").joinpath(_ENTRIES).read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = json.loads(content)
    return entries
