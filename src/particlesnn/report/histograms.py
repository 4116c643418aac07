"""The size distributions of several methods on one axis, as in figure 10b of Okunev et al. 2020."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from particlesnn.core import OutputError, Quantity
from particlesnn.core.writing import write_whole
from particlesnn.report.charts import CHART_SUFFIXES
from particlesnn.report.wording import axis_label, rounded, unit_text, with_error
from particlesnn.statistics import histogram
from particlesnn.statistics.sample import Sample
from particlesnn.statistics.summary import spread_of

_STYLES: Mapping[str, tuple[str, str | tuple[float, tuple[float, ...]]]] = {
    "truth": ("#8a6f54", "-"),
    "network": ("#0b6fb8", "-"),
    "predicted": ("#1d8348", "-"),
    "fitted": ("#2f5fe0", (0, (4, 1.2))),
    "flooding": ("#c22d0d", (0, (5, 1.5))),
    "watershed": ("#1d8348", (0, (1.5, 1.2))),
}
"""Colour and stroke of each method, the same on every chart."""
_QUIET = "#7a6a5c"
_SIZE_INCHES = (6.4, 4.2)
_DPI = 200
_BEYOND = 1.25
"""The axis ends at so many times the largest value of the first method: another's few giants would squeeze the rest."""

_NEAR_ZERO = 0.3
"""An axis that would begin below this share of its end begins at 0."""


def draw_histograms(path: Path, values: Mapping[str, ArrayLike | Sample], quantity: Quantity, unit: str) -> None:
    """Write one chart with the histogram of each method.

    Parameters
    ----------
    path
        A .png, .svg or .pdf file; an older one is replaced.
    values
        Method ("truth", "network", "flooding", "watershed") or type of contours ("truth", "predicted", "fitted") to its
        values, shape (N,) in ``unit``, or with the scans that they are of; NaN is left out. The first is filled, and
        its values set bins and axis; the key says how many of another lie beyond.
    quantity
        What the values are; it names the axis.
    unit
        As `Quantity.unit` gives it.

    Raises
    ------
    OutputError
        When the suffix is another one or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in CHART_SUFFIXES:
        raise OutputError(f"{path} cannot hold a chart; give it one of the endings {', '.join(CHART_SUFFIXES)}.")
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(axis_label(quantity, unit), fontsize=11)
    axes.set_ylabel("Number of particles", fontsize=11)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    finite = {name: each.finite() if isinstance(each, Sample) else Sample.of(each) for name, each in values.items()}
    edges = _edges([each.values for each in finite.values()])
    if edges is None:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no particles found", ha="center", color=_QUIET, fontsize=13, transform=axes.transAxes)
    else:
        for index, (name, sizes) in enumerate(finite.items()):
            counts, _ = np.histogram(sizes.values, edges)
            (colour, stroke), label = _STYLES[name], _label(name, sizes, float(edges[-1]), unit)
            if index == 0:
                axes.stairs(counts, edges, fill=True, color=colour, alpha=0.45, linewidth=0, label=label)
            else:
                axes.stairs(counts, edges, color=colour, linestyle=stroke, linewidth=1.8, label=label)
        axes.set_xlim(0.0 if 0 <= edges[0] < _NEAR_ZERO * edges[-1] else edges[0], edges[-1])
        axes.set_ylim(bottom=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.01), frameon=False, fontsize=9, borderaxespad=0.0)
    content = BytesIO()
    # A date inside would make two files of the same values differ.
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)
    FigureCanvasAgg(figure)
    figure.savefig(content, format=suffix[1:], metadata=metadata)
    write_whole(path, content.getvalue())


def _edges(series: list[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Bins of the first series that has values, carried on as far as the others reach, but not beyond the limit."""
    filled = [sizes for sizes in series if sizes.size]
    if not filled:
        return None
    own = histogram(filled[0]).edges
    width = float(own[1] - own[0])
    everything = np.concatenate(filled)
    limit = max(min(float(everything.max()), _BEYOND * float(filled[0].max())), float(own[-1]) - width)
    first, last = np.floor(everything.min() / width), np.floor(limit / width) + 1
    return np.asarray(np.arange(first, last + 1) * width, dtype=np.float64)


def _label(name: str, sizes: Sample, limit: float, unit: str) -> str:
    """Write "flooding: N = 196, mean 4.9 ± 0.3 nm, 3 above 20 nm"."""
    spread, tail = spread_of(sizes), f" {unit_text(unit)}" if unit else ""
    if not spread.count:
        return f"{name}: none found"
    beyond = int((sizes.values > limit).sum())
    more = f", {beyond} above {rounded(limit)}{tail}" if beyond else ""
    return f"{name}: N = {spread.count}, mean {with_error(spread.mean, spread.standard_error)}{tail}{more}"
