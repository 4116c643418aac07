"""The picture of a tip: its map, its profile, and where the surface under it is known for certain."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from particlesnn.core import ParticleMap, Reconstruction, Scan, Tip
from particlesnn.core.palette import JULIO_ANCHORS
from particlesnn.report.pictures import ORIGIN_COLOURS, write_png
from particlesnn.report.shading import GREY_ANCHORS, shade

_DPI = 110.0
_SIZE_INCHES = (15.0, 6.0)
_UNCERTAIN = (214, 69, 20)
_TINT = 0.45
"""Share of colour in what is not certain."""
_MOST_CELLS = 1024
"""The map of certainty shows no more rows and columns than this."""
_JULIO = LinearSegmentedColormap.from_list(
    "julio", [(share, tuple(band / 255 for band in colour)) for share, colour in JULIO_ANCHORS]
)


def draw_tip(path: Path, scan: Scan, particles: ParticleMap, reconstruction: Reconstruction) -> None:
    """Write a PNG of the tip that was taken off a scan: what is certain, the tip's map, and its profile.

    Parameters
    ----------
    path
        The PNG file; an older one is replaced.
    scan
        The scan.
    particles
        Its particles.
    reconstruction
        What was made of the scan.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    write_png(path, render_tip(scan, particles, reconstruction))


def render_tip(scan: Scan, particles: ParticleMap, reconstruction: Reconstruction) -> NDArray[np.uint8]:
    """Draw what `draw_tip` writes: shape (H', W', 3), uint8."""
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor="white", layout="constrained")
    certainty, outline, profile = figure.subplots(1, 3, width_ratios=(1.25, 1.0, 1.0))
    _certainty(certainty, scan, particles, reconstruction)
    _map(outline, reconstruction.tip)
    _profiles(profile, reconstruction.tip)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]


def _certainty(axes: Axes, scan: Scan, particles: ParticleMap, reconstruction: Reconstruction) -> None:
    step = -(-max(scan.shape_px) // _MOST_CELLS)
    colours = shade(Scan(reconstruction.recorded_nm[::step, ::step]), GREY_ANCHORS).astype(np.float64)
    unsure = ~reconstruction.certain[::step, ::step]
    colours[unsure] = (1 - _TINT) * colours[unsure] + _TINT * np.array(_UNCERTAIN)
    dy, dx = reconstruction.tip.pixel_nm
    rows, columns = scan.shape_px
    axes.imshow(colours.astype(np.uint8), extent=(0, columns * dx, rows * dy, 0), interpolation="nearest")
    for origin, colour in ORIGIN_COLOURS.items():
        lines = [
            (np.concatenate([p.contour.points_px, p.contour.points_px[:1]]) + 0.5) * (dx, dy)
            for p in particles.particles
            if p.origin == origin
        ]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=0.8), autolim=False)
    share = reconstruction.uncertain_share
    axes.set_title("Where the surface is known" if share is None else f"{100 * (1 - share):.3g} % of the surface known")
    axes.set_xlabel("x, nm")
    axes.set_ylabel("y, nm")
    red, green, blue = (band / 255 for band in _UNCERTAIN)
    unknown = Patch(color=(red, green, blue), alpha=_TINT, label="only the highest possible surface is known")
    axes.legend(handles=[unknown], loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)


def _map(axes: Axes, tip: Tip) -> None:
    dy, dx = tip.pixel_nm
    rows, columns = (side + 0.5 for side in tip.reach_px)
    heights = np.where(np.isfinite(tip.heights_nm), tip.heights_nm, np.nan)
    extent = (-columns * dx, columns * dx, rows * dy, -rows * dy)
    shown = axes.imshow(heights, extent=extent, cmap=_JULIO, interpolation="nearest")
    if min(heights.shape) > 1:
        levels = axes.contour(heights, levels=6, extent=extent, origin="upper", colors="white", linewidths=0.6)
        levels.set(linestyle="solid", alpha=0.7)
    axes.figure.colorbar(shown, ax=axes, label="below the apex, nm", shrink=0.7)
    axes.set_title("Tip as given" if tip.known == "given" else "Bluntest tip that can have made the scan")
    axes.set_xlabel("x, nm")
    axes.set_ylabel("y, nm")


def _profiles(axes: Axes, tip: Tip) -> None:
    """Cut the tip along x and y, apex down as it stands above the surface."""
    dy, dx = tip.pixel_nm
    rows, columns = tip.reach_px
    along = np.arange(-columns, columns + 1) * dx, np.arange(-rows, rows + 1) * dy
    cuts = -tip.heights_nm[rows], -tip.heights_nm[:, columns]
    for places, cut, name, colour in zip(along, cuts, ("along x", "along y"), ("#b05010", "#1b6e8c"), strict=True):
        axes.plot(places, cut, color=colour, marker=".", markersize=3, linewidth=1.4, label=name)
    finite = np.concatenate([cut[np.isfinite(cut)] for cut in cuts])
    top = float(finite.max()) * 1.05 or 1.0
    if tip.radius_nm > 0:
        reach = np.sqrt(2 * tip.radius_nm * top)
        places = np.linspace(-reach, reach, 200)
        label = f"paraboloid, R = {tip.radius_nm:.3g} nm"
        axes.plot(places, places**2 / (2 * tip.radius_nm), "k--", linewidth=1.0, label=label)
    if tip.known == "blind":
        axes.axhline(tip.threshold_nm, color="0.6", linewidth=0.9, label=f"threshold {tip.threshold_nm:.2g} nm")
    axes.set_ylim(0, top)
    widest = max((rows + 0.5) * dy, (columns + 0.5) * dx)
    axes.set_xlim(-widest, widest)
    axes.set_title("Profile through the apex")
    axes.set_xlabel("from the axis, nm")
    axes.set_ylabel("above the apex, nm")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
