"""Weights that others published: where they are, and bringing them to the user's cache. Needs the extra ``train``."""

from particlesnn.weights.catalogue import PUBLISHED, PublishedWeights, find
from particlesnn.weights.fetch import cache_folder, fetch

__all__ = ["PUBLISHED", "PublishedWeights", "cache_folder", "fetch", "find"]
