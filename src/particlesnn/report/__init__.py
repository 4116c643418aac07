"""Shows what was found: pictures, charts and the report page; the only home of matplotlib."""

from particlesnn.report.charts import draw_histogram
from particlesnn.report.entry import ImageEntry, Provenance
from particlesnn.report.histograms import draw_histograms
from particlesnn.report.page import write_report
from particlesnn.report.panels import MethodMap, draw_panels
from particlesnn.report.pictures import Verdicts, draw_comparison, draw_overlay, render_overlay
from particlesnn.report.shading import levelled
from particlesnn.report.vector import draw_overlay_svg

__all__ = [
    "ImageEntry",
    "MethodMap",
    "Provenance",
    "Verdicts",
    "draw_comparison",
    "draw_histogram",
    "draw_histograms",
    "draw_overlay",
    "draw_overlay_svg",
    "draw_panels",
    "levelled",
    "render_overlay",
    "write_report",
]
