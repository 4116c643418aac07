"""A scan taken by a tip with two apexes."""

from particlesnn.core import ParticleMap, Scan
from particlesnn.simulation import ScannerSettings, ScanSettings, SceneSettings, TipSettings, simulate


def double_tip_scan(seed: int = 3, double_px: float = 15.0) -> tuple[Scan, ParticleMap]:
    """Simulate 60 particles, each of which a second apex shows again, 40 % of a particle's height lower."""
    scene = SceneSettings(
        size_px=256, particles=60, diameter_px=11.0, diameter_sigma=0.1, spacing=1.2, steps=2, step_height=0.2
    )
    tip = TipSettings(radius=0.1, double_px=double_px, double_below=0.4)
    return simulate(ScanSettings(scene, tip, ScannerSettings(noise=0.01)), seed=seed)
