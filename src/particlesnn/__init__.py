"""ParticlesNN: from a raw microscope scan to a size distribution one can publish.

The verbs, in the order of the river:

    open_scan      read a scan of any format
    simulate       or make one with exact truth
    Recognizer     find its particles
    refine         better their contours by fitting the heights
    measure        measure them
    summarise      turn many into numbers
    evaluate       compare with a truth
    analyse        all of it in one call
    Client         or have a web service do it
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from particlesnn.client import Client
    from particlesnn.core import Contour, Measurements, Particle, ParticleMap, ParticlesNNError, Scan
    from particlesnn.evaluation import evaluate
    from particlesnn.files import open_scan
    from particlesnn.measurement import measure
    from particlesnn.pipeline import Analysis, AnalysisSettings, analyse
    from particlesnn.recognition import Recognizer
    from particlesnn.refinement import refine
    from particlesnn.simulation import simulate
    from particlesnn.statistics import Summary, summarise

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "AnalysisSettings",
    "Client",
    "Contour",
    "Measurements",
    "Particle",
    "ParticleMap",
    "ParticlesNNError",
    "Recognizer",
    "Scan",
    "Summary",
    "__version__",
    "analyse",
    "evaluate",
    "measure",
    "open_scan",
    "refine",
    "simulate",
    "summarise",
]

_ROOMS = {
    "client": ("Client",),
    "core": ("Contour", "Measurements", "Particle", "ParticleMap", "ParticlesNNError", "Scan"),
    "evaluation": ("evaluate",),
    "files": ("open_scan",),
    "measurement": ("measure",),
    "pipeline": ("Analysis", "AnalysisSettings", "analyse"),
    "recognition": ("Recognizer",),
    "refinement": ("refine",),
    "simulation": ("simulate",),
    "statistics": ("Summary", "summarise"),
}


def __getattr__(name: str) -> Any:
    """Import a verb when it is first used, so that importing the package costs nothing."""
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"particlesnn.{room}"), name)
    raise AttributeError(f"module 'particlesnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
