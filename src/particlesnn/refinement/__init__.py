"""Contours refined by a bump that is fitted to the heights: section 2.5 of the paper, and its cure."""

from particlesnn.refinement.refine import REFINEMENTS, Refinement, refine

__all__ = ["REFINEMENTS", "Refinement", "refine"]
