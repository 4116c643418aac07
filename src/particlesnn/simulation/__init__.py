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
from particlesnn.simulation.without_tip import Unbroadened, simulate_without_tip

__all__ = [
    "TIERS",
    "Rendering",
    "ScanSettings",
    "ScannerSettings",
    "SceneSettings",
    "TipSettings",
    "Unbroadened",
    "render",
    "simulate",
    "simulate_without_tip",
    "texture_settings",
    "truth_of",
    "wide_settings",
]
