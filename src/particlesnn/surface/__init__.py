"""The surface under the tip: what a scan would be without the broadening, as far as it can be told."""

from particlesnn.surface.known import TipChoice, parse_tip
from particlesnn.surface.reconstruct import check_reconstructable, reconstruct

__all__ = ["TipChoice", "check_reconstructable", "parse_tip", "reconstruct"]
