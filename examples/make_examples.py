"""Make the sample scans of this folder anew: python examples/make_examples.py.

They are simulated, so they may be passed on freely, and written in three formats that microscopists bring. The seed
is fixed: the files never change unless the simulator does.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from gwyfile.objects import GwyContainer, GwyDataField, GwySIUnit
from PIL import Image

from particlesnn.core import Scan
from particlesnn.files import write_wsxm_ascii
from particlesnn.simulation import TIERS, simulate

HERE = Path(__file__).parent


def small(tier: str, particles: int, seed: int) -> Scan:
    """Simulate a scan of 256 px like a tier."""
    settings = TIERS[tier]
    return simulate(replace(settings, scene=replace(settings.scene, size_px=256, particles=particles)), seed)[0]


def write_gwy(path: Path, scan: Scan) -> None:
    """Write a Gwyddion file, in metres as Gwyddion keeps its data."""
    assert scan.pixel_nm is not None
    field = GwyDataField(
        scan.values * 1e-9,
        xreal=scan.shape_px[1] * scan.pixel_nm[1] * 1e-9,
        yreal=scan.shape_px[0] * scan.pixel_nm[0] * 1e-9,
        si_unit_xy=GwySIUnit(unitstr="m"),
        si_unit_z=GwySIUnit(unitstr="m"),
    )
    container = GwyContainer()
    container["/0/data/title"] = "Topography"
    container["/0/data"] = field
    container.tofile(str(path))


def main() -> None:
    """Write all sample scans."""
    write_wsxm_ascii(HERE / "palladium-on-graphite.txt", small("medium", 45, 1))
    write_gwy(HERE / "crowded-island.gwy", small("packed", 190, 2))
    noisy = small("noisy", 40, 3).values
    grey = np.round(65535 * (noisy - noisy.min()) / np.ptp(noisy)).astype(np.uint16)
    Image.fromarray(grey).save(HERE / "noisy-picture-without-scale.png")
    write_wsxm_ascii(HERE / "clean-terraces.txt", small("empty", 0, 4))


if __name__ == "__main__":
    main()
