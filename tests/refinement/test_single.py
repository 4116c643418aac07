"""The paper's procedure does what the paper says, with its faults."""

import numpy as np
import pytest

from particlesnn.refinement import refine
from tests.refinement.scenes import border, bump, diameter, predicted, scan_of, surface


def test_a_gaussian_is_cut_at_half_height() -> None:
    true = bump(48.0, 48.0, 12.0, 3.0, power=1.0)
    (particle,) = refine(scan_of(surface([true]) + 5.0), predicted([border(true)]), "gaussian-single").particles
    assert particle.origin == "refined"
    assert particle.bump is not None
    assert particle.bump.power == 1.0
    # Of a Gaussian the section at half height is sqrt(2) times narrower than that at a quarter.
    assert diameter(particle) == pytest.approx(24.0 / np.sqrt(2), rel=0.03)


def test_in_a_clump_many_fits_fail_and_those_contours_stay() -> None:
    clump = [bump(30.0 + 11 * column, 30.0 + 11 * row, 7.0) for row in range(4) for column in range(4)]
    given = predicted([border(each) for each in clump])
    singly, jointly = (refine(scan_of(surface(clump)), given, how) for how in ("gaussian-single", "gaussian"))
    kept = [each.origin == "network" for each in singly.particles]
    assert sum(kept) >= 4
    for old, new, stayed in zip(given.particles, singly.particles, kept, strict=True):
        assert (old is new or old.contour is new.contour) == stayed
    assert sum(each.origin == "refined" for each in jointly.particles) >= 15
