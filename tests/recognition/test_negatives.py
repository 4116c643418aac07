"""Real surfaces on which there is nothing to find."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import Scan
from particlesnn.recognition import Recognizer

NAMES = ("nanonis_Au111_flat", "nanonis_Au111_terraced", "nanonis_honeycomb", "matrix_20201111_4_1")


@pytest.mark.parametrize("with_scale", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_terraces_herringbones_and_lattices_hold_no_particles(shared_data: Path, name: str, with_scale: bool) -> None:
    folder = shared_data / "spm_real_unlabelled"
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["heights"]
    entry = next(each for each in entries if each["name"] == name)
    share = np.asarray(Image.open(folder / entry["height16"]), dtype=float) / 65535
    heights = entry["z_min"] + share * (entry["z_max"] - entry["z_min"])
    pixel_nm = (entry["nm_per_px"], entry["nm_per_px"]) if with_scale else None
    found = Recognizer.load("dense").recognise(Scan(heights, "nm", pixel_nm))
    assert len(found) <= 2
