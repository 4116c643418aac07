"""Scans with exact truth: specimen, tip and instrument simulated from first principles; micrographs as well."""

from particlesnn.simulation.micrograph import MicrographSettings, take_micrograph, wide_micrograph
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
    "MicrographSettings",
    "Rendering",
    "ScanSettings",
    "ScannerSettings",
    "SceneSettings",
    "TipSettings",
    "Unbroadened",
    "render",
    "simulate",
    "simulate_without_tip",
    "take_micrograph",
    "texture_settings",
    "truth_of",
    "wide_micrograph",
    "wide_settings",
]
