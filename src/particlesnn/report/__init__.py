"""Shows what was found: pictures, charts and the report page; the only home of matplotlib."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from particlesnn.report.broadening import tip_section
    from particlesnn.report.charts import draw_histogram
    from particlesnn.report.curves import draw_curves
    from particlesnn.report.entry import ImageEntry, Provenance, Section
    from particlesnn.report.histograms import draw_histograms
    from particlesnn.report.page import write_report
    from particlesnn.report.panels import MethodMap, draw_panels
    from particlesnn.report.paper import check_pdf, write_pdf
    from particlesnn.report.pictures import Verdicts, draw_comparison, draw_overlay, draw_picture, render_overlay
    from particlesnn.report.shading import levelled
    from particlesnn.report.tip import draw_tip
    from particlesnn.report.uncertainty import budget_section
    from particlesnn.report.vector import draw_overlay_svg

__all__ = [
    "ImageEntry",
    "MethodMap",
    "Provenance",
    "Section",
    "Verdicts",
    "budget_section",
    "check_pdf",
    "draw_comparison",
    "draw_curves",
    "draw_histogram",
    "draw_histograms",
    "draw_overlay",
    "draw_overlay_svg",
    "draw_panels",
    "draw_picture",
    "draw_tip",
    "levelled",
    "render_overlay",
    "tip_section",
    "write_pdf",
    "write_report",
]

_FILES = {
    "charts": ("draw_histogram",),
    "curves": ("draw_curves",),
    "entry": ("ImageEntry", "Provenance", "Section"),
    "histograms": ("draw_histograms",),
    "page": ("write_report",),
    "panels": ("MethodMap", "draw_panels"),
    "paper": ("check_pdf", "write_pdf"),
    "pictures": ("Verdicts", "draw_comparison", "draw_overlay", "draw_picture", "render_overlay"),
    "shading": ("levelled",),
    "tip": ("draw_tip",),
    "broadening": ("tip_section",),
    "uncertainty": ("budget_section",),
    "vector": ("draw_overlay_svg",),
}


def __getattr__(name: str) -> Any:
    """Import what is used when it is first used: who only fills in an entry of a report needs no matplotlib."""
    for file, names in _FILES.items():
        if name in names:
            return getattr(import_module(f"particlesnn.report.{file}"), name)
    raise AttributeError(f"module 'particlesnn.report' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
