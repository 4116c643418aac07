"""How the losses of a training fell."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from numpy.typing import ArrayLike

from particlesnn.core.writing import write_whole

_COLOURS = ("#3d1a06", "#0b6fb8", "#c22d0d", "#1d8348", "#8a6f54", "#7d3c98", "#d68910")
_QUIET = "#7a6a5c"
_SIZE_INCHES = (6.4, 4.2)
_DPI = 200
_FEW = 30
"""Lines of so few points show each of them."""


def draw_curves(
    path: Path, lines: Mapping[str, tuple[ArrayLike, ArrayLike]], across: str, marks: Mapping[float, str] | None = None
) -> None:
    """Write a chart of losses along a training, as PNG.

    Parameters
    ----------
    path
        A .png file; an older one is replaced.
    lines
        Name of each loss to where along the training it was measured, and its values; the first is drawn thicker.
    across
        What is counted along the training, such as "epoch".
    marks
        Where something changed, and what.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    for number, (name, (where, values)) in enumerate(lines.items()):
        axes.plot(
            where, values, label=name, color=_COLOURS[number % len(_COLOURS)], linewidth=1.9 if number == 0 else 1.1,
            marker="o" if np.size(where) <= _FEW else None, markersize=3,
        )  # fmt: skip
    for where, words in (marks or {}).items():
        axes.axvline(where, color=_QUIET, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.text(where, 0.99, f" {words}", color=_QUIET, fontsize=8, va="top", transform=axes.get_xaxis_transform())
    _scale(axes)
    axes.set_xlabel(across.capitalize(), fontsize=11)
    axes.set_ylabel("Loss", fontsize=11)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.01), ncols=3, frameon=False, fontsize=9, borderaxespad=0.0,
        columnspacing=1.2,
    )  # fmt: skip
    content = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(content, format="png")
    write_whole(path, content.getvalue())


def _scale(axes: Axes) -> None:
    """Lay losses out by their ratios, with plain numbers beside them."""
    axes.set_yscale("log", nonpositive="mask")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True))
