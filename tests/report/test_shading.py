import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import Scan
from particlesnn.core.palette import JULIO_ANCHORS
from particlesnn.report.shading import GREY_ANCHORS, shade


def brightness(rgb):
    return rgb.astype(float).sum(axis=2)


def test_lowest_and_highest_take_the_ends_of_the_palette():
    ramp = np.tile(np.linspace(0.0, 1.0, 200), (50, 1))
    coloured = shade(Scan(ramp), level=False)
    assert tuple(coloured[0, 0]) == JULIO_ANCHORS[0][1]
    assert tuple(coloured[0, -1]) == JULIO_ANCHORS[-1][1]
    assert (np.diff(brightness(coloured)[0]) >= 0).all()


def test_tilt_is_taken_off_and_the_particle_stays_the_brightest():
    y, x = np.mgrid[0:128, 0:128]
    bump = np.exp(-((x - 30) ** 2 + (y - 40) ** 2) / 40.0)
    tilted = shade(Scan(bump + 0.2 * x - 0.1 * y), GREY_ANCHORS)
    upright = shade(Scan(bump), GREY_ANCHORS)
    assert np.unravel_index(brightness(tilted).argmax(), (128, 128)) == (38, 28) or tilted[40, 30, 0] == 255
    assert np.abs(tilted.astype(int) - upright.astype(int)).max() <= 2


def test_one_spike_does_not_darken_the_rest():
    scene = np.random.default_rng(0).normal(size=(100, 100))
    spiked = scene.copy()
    spiked[3, 3] = 1e6
    difference = brightness(shade(Scan(spiked))) - brightness(shade(Scan(scene)))
    assert np.abs(np.median(difference)) < 6


def test_drift_between_lines_does_not_hide_the_particles():
    y, x = np.mgrid[0:96, 0:96]
    bump = np.exp(-((x - 48) ** 2 + (y - 48) ** 2) / 60.0)
    drift = 30.0 * np.sin(np.arange(96) / 9.0)[:, None]
    coloured = shade(Scan(bump + drift), GREY_ANCHORS)
    assert coloured[48, 48, 0] > coloured[48, 5, 0] + 150


def test_terraces_keep_their_steps():
    terraces = np.zeros((80, 80))
    terraces[40:] = 1.0
    coloured = brightness(shade(Scan(terraces), GREY_ANCHORS, level=False))
    assert coloured[70, 40] > coloured[10, 40]


@pytest.mark.parametrize("value", [0.0, -3.5e-9, 1e12])
def test_flat_scan_has_one_colour(value):
    coloured = shade(Scan(np.full((10, 12), value)))
    assert len(np.unique(coloured.reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3)])
def test_smallest_scans_are_shaded(shape):
    scan = Scan(np.arange(np.prod(shape), dtype=float).reshape(shape))
    assert shade(scan).shape == (*shape, 3)


def test_the_scan_itself_is_left_alone():
    values = np.random.default_rng(1).normal(size=(20, 20)).cumsum(axis=1)
    scan = Scan(values)
    shade(scan)
    assert np.array_equal(scan.values, values)


def test_a_real_drifting_scan_shows_its_particles(shared_data: Path):
    folder = shared_data / "spm_real_unlabelled"
    item = next(
        i for i in json.loads((folder / "manifest.json").read_text())["heights"] if i["name"] == "wsxm_sample_0"
    )
    with Image.open(folder / item["height16"]) as picture:
        heights = np.asarray(picture, dtype=float)
    grey = shade(Scan(heights, "nm"), GREY_ANCHORS)[..., 0].astype(float)
    # The levelled preview is another programme's: the two must agree on what is bright.
    with Image.open(folder / item["preview"]) as picture:
        preview = np.asarray(picture.convert("L"), dtype=float)
    assert np.corrcoef(grey.ravel(), preview.ravel())[0, 1] > 0.8
