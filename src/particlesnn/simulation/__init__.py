"""Scans with exact truth: specimen, tip and instrument simulated from first principles."""

from particlesnn.simulation.settings import (
    TIERS,
    ScannerSettings,
    ScanSettings,
    SceneSettings,
    TipSettings,
    texture_settings,
    wide_settings,
)
from particlesnn.simulation.simulate import Rendering, render, simulate, truth_of

__all__ = [
    "TIERS",
    "Rendering",
    "ScanSettings",
    "ScannerSettings",
    "SceneSettings",
    "TipSettings",
    "render",
    "simulate",
    "texture_settings",
    "truth_of",
    "wide_settings",
]
