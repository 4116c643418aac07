"""Charts of a size distribution, fit for a paper."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from particlesnn.core import OutputError, Quantity
from particlesnn.core.writing import write_whole
from particlesnn.report.wording import axis_label, between, counted, law_words, rounded, unit_text, with_error
from particlesnn.statistics import choose_law, histogram
from particlesnn.statistics.summary import Spread, spread_of

CHART_SUFFIXES = (".png", ".svg", ".pdf")
"""Kinds of file that a chart can be written as."""

_BARS, _EDGE, _CURVE, _MEDIAN, _CUMULATIVE = "#e3b17c", "#8a4a14", "#3d1a06", "#7a6a5c", "#1f5f8b"
_FIT = "#c22d0d"
_SIZE_INCHES = (5.6, 3.8)
_DPI = 200
_RUG_UP_TO = 30
_LETTERS = 36
"""In a line of the key: a longer one would press the axes together."""
_ROUND_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Bar:
    """One bin of a histogram, and where on the chart it stands, in shares of its width and height from the top left."""

    low: float
    high: float
    count: int
    left: float
    right: float
    top: float
    bottom: float

    def words(self, unit: str) -> str:
        """Tell what it counts: "17 particles, 4.0 to 4.5 nm"."""
        return f"{counted(self.count, 'particle')}, {between((self.low, self.high), unit)}"


def draw_histogram(
    path: Path,
    values: ArrayLike,
    quantity: Quantity,
    unit: str,
    *,
    title: str = "",
    cumulative: bool = False,
    bins: int | None = None,
    spread: Spread | None = None,
) -> None:
    """Write a histogram with its mean, its median and the law that suits it best.

    Parameters
    ----------
    path
        A .png, .svg or .pdf file; an older one is replaced.
    values
        Shape (N,): one value a particle, in ``unit``; NaN is left out. None at all give a chart that says so.
    quantity
        What the values are; it names the axis.
    unit
        As `Quantity.unit` gives it, e.g. "nm" or "px2".
    title
        A line above the chart.
    cumulative
        Add the share of particles up to each value.
    bins
        Number of bins; a round width when None.
    spread
        Mean, error and median to draw, where they are not simply those of the values.

    Raises
    ------
    OutputError
        When the suffix is another one or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in CHART_SUFFIXES:
        raise OutputError(f"{path} cannot hold a chart; give it one of the endings {', '.join(CHART_SUFFIXES)}.")
    content = render_histogram(
        values, quantity, unit, suffix[1:], title=title, cumulative=cumulative, bins=bins, spread=spread
    )
    write_whole(path, content)


def render_histogram(
    values: ArrayLike,
    quantity: Quantity,
    unit: str,
    form: str,
    *,
    title: str = "",
    cumulative: bool = False,
    bins: int | None = None,
    spread: Spread | None = None,
) -> bytes:
    """Draw what `draw_histogram` writes; ``form`` is "png", "svg" or "pdf"."""
    figure = _figure(values, quantity, unit, title=title, cumulative=cumulative, bins=bins, spread=spread)
    return _saved(figure, form)


def histogram_with_bars(
    values: ArrayLike, quantity: Quantity, unit: str, *, bins: int | None = None, spread: Spread | None = None
) -> tuple[bytes, list[Bar]]:
    """Draw a histogram as SVG, and tell where its bars stand, so that a page can ask for the particles of one."""
    figure = _figure(values, quantity, unit, bins=bins, spread=spread)
    content = _saved(figure, "svg")
    axes = figure.axes[0]
    sizes = np.asarray(values, dtype=np.float64).ravel()
    bars = histogram(sizes[np.isfinite(sizes)], bins)
    if not bars.counts.size:
        return content, []
    place = axes.get_position()  # laid out while it was saved
    edges = np.stack([bars.edges, np.zeros(len(bars.edges))], axis=1)
    across = (axes.transData + figure.transFigure.inverted()).transform(edges)[:, 0]
    limits = zip(bars.edges[:-1], bars.edges[1:], bars.counts, across[:-1], across[1:], strict=True)
    return content, [
        Bar(float(low), float(high), int(count), float(left), float(right), 1 - float(place.y1), 1 - float(place.y0))
        for low, high, count, left, right in limits
    ]


def _saved(figure: Figure, form: str) -> bytes:
    content = BytesIO()
    # A date inside would make two files of the same values differ.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    FigureCanvasAgg(figure)
    figure.savefig(content, format=form, metadata=metadata)
    return content.getvalue()


def _figure(
    values: ArrayLike,
    quantity: Quantity,
    unit: str,
    *,
    title: str = "",
    cumulative: bool = False,
    bins: int | None = None,
    spread: Spread | None = None,
) -> Figure:
    sizes = np.asarray(values, dtype=np.float64).ravel()
    sizes = np.sort(sizes[np.isfinite(sizes)])
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(axis_label(quantity, unit), fontsize=11)
    axes.set_ylabel("Number of particles", fontsize=11)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=_ROUND_STEPS))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=8, steps=_ROUND_STEPS, integer=True))
    axes.ticklabel_format(axis="x", scilimits=(-3, 6))
    if sizes.size:
        _draw_distribution(axes, sizes, unit, bins, spread or spread_of(sizes))
        if cumulative:
            _draw_cumulative(axes, sizes)
    else:
        _say_empty(axes)
    if title:
        figure.suptitle(title, fontsize=11, x=0.02, ha="left", fontweight="bold", parse_math=False)
    return figure


def _draw_distribution(axes: Axes, sizes: NDArray[np.float64], unit: str, bins: int | None, spread: Spread) -> None:
    """Bars, mean, median, and the curve of the law where there is one."""
    bars = histogram(sizes, bins)
    widths, tail = np.diff(bars.edges), f" {unit_text(unit)}" if unit else ""
    axes.bar(bars.edges[:-1], bars.counts, widths, align="edge", color=_BARS, edgecolor=_EDGE, linewidth=0.7)
    room = max(widths[0], 0.04 * (bars.edges[-1] - bars.edges[0])) * (1 if len(widths) > 2 else 3)
    left, right = bars.edges[0] - room, bars.edges[-1] + room
    if bars.edges[0] >= 0:
        left = max(left, 0.0)
    axes.set_xlim(left, right)
    if spread.count <= _RUG_UP_TO:
        axes.plot(sizes, np.full(sizes.size, 0.025), "|", color=_CURVE, ms=8, transform=axes.get_xaxis_transform())
    mean_text = with_error(spread.mean, spread.standard_error)
    axes.axvline(spread.mean or 0.0, color=_CURVE, linewidth=1.3, label=f"mean {mean_text}{tail}")
    if spread.count > 1:
        median = spread.median or 0.0
        axes.axvline(
            median, color=_MEDIAN, linewidth=1.3, linestyle=(0, (4, 2)), label=f"median {rounded(median)}{tail}"
        )
    choice = choose_law(sizes, test=False) if sizes[0] > 0 else None
    if choice is not None:
        at = np.linspace(max(left, 1e-6 * right), right, 400)
        curve = spread.count * widths[0] * choice.law.density(at)
        axes.plot(at, curve, color=_FIT, linewidth=1.6, label=fill(law_words(choice.law, unit), _LETTERS))
    axes.set_ylim(0.0, 1.06 * axes.get_ylim()[1] / 1.05)
    _label(axes, spread.count)


def _label(axes: Axes, count: int) -> None:
    """Explain the lines above the chart, where they hide nothing."""
    handles, labels = axes.get_legend_handles_labels()
    handles.insert(0, Rectangle((0, 0), 1, 1, facecolor=_BARS, edgecolor=_EDGE, linewidth=0.7))
    labels.insert(0, f"N = {count}")
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.01),
        ncols=2,
        frameon=False,
        fontsize=9,
        borderaxespad=0.0,
        handlelength=1.4,
        columnspacing=1.2,
    )


def _draw_cumulative(axes: Axes, sizes: NDArray[np.float64]) -> None:
    """Share of the particles up to each value, on an axis of its own to the right."""
    right = axes.twinx()
    right.spines["top"].set_visible(False)
    left_edge, right_edge = axes.get_xlim()
    shares = np.arange(sizes.size + 1) / sizes.size
    right.step([left_edge, *sizes, right_edge], [*shares, 1.0], where="post", color=_CUMULATIVE, linewidth=1.2)
    right.set_ylim(0.0, 1.05)
    right.yaxis.set_major_formatter(PercentFormatter(1.0))
    right.set_ylabel("Share of particles up to this value", fontsize=11, color=_CUMULATIVE)
    right.tick_params(axis="y", colors=_CUMULATIVE)


def _say_empty(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(
        0.5, 0.5, "no particles found", ha="center", va="center", fontsize=13, color=_MEDIAN, transform=axes.transAxes
    )
