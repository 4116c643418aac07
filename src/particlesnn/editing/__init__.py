"""What a human does to contours: part one by a line, join several, let the surface draw one at a point."""

from particlesnn.editing.cut import split
from particlesnn.editing.propose import propose_on_surface
from particlesnn.editing.unite import merge

__all__ = ["merge", "propose_on_surface", "split"]
