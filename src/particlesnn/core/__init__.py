"""The vocabulary of the house: immutable data types, numpy only.

Every other room speaks these words and none of its own.
"""

from particlesnn.core.bump import GaussianBump
from particlesnn.core.contour import Contour
from particlesnn.core.errors import (
    AnnotationError,
    OutputError,
    ParticlesNNError,
    ScanFormatError,
    TipError,
    TrainingError,
    WeightsError,
)
from particlesnn.core.particle import Origin, Particle, ParticleMap
from particlesnn.core.quantity import QUANTITIES, TIP_QUANTITIES, Measurements, Quantity
from particlesnn.core.scan import Scan
from particlesnn.core.tip import Reconstruction, Tip, TipFigures

__all__ = [
    "QUANTITIES",
    "TIP_QUANTITIES",
    "AnnotationError",
    "Contour",
    "GaussianBump",
    "Measurements",
    "Origin",
    "OutputError",
    "Particle",
    "ParticleMap",
    "ParticlesNNError",
    "Quantity",
    "Reconstruction",
    "Scan",
    "ScanFormatError",
    "Tip",
    "TipError",
    "TipFigures",
    "TrainingError",
    "WeightsError",
]
