"""What a catalytic chemist asks of metal particles: atoms, exposed atoms, dispersion, exposed area."""

from particlesnn.chemistry.atoms import Atoms, count_atoms
from particlesnn.chemistry.metal import METALS, Metal, metal_named
from particlesnn.chemistry.shape import SHAPES, Shape, check_countable
from particlesnn.chemistry.total import MetalTotal, total_metal

__all__ = [
    "METALS",
    "SHAPES",
    "Atoms",
    "Metal",
    "MetalTotal",
    "Shape",
    "check_countable",
    "count_atoms",
    "metal_named",
    "total_metal",
]
