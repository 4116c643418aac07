"""Tips as users write them."""

import numpy as np
import pytest

from particlesnn.core import ParticlesNNError, Tip
from particlesnn.surface import TipChoice, parse_tip
from particlesnn.surface.known import known_tip


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("none", None),
        ("blind", TipChoice()),
        ("radius=5nm", TipChoice(5.0)),
        ("radius=5", TipChoice(5.0)),
        ("radius=2.5nm,angle=20", TipChoice(2.5, 20.0)),
        ("angle=20deg, radius=0", TipChoice(0.0, 20.0)),
    ],
)
def test_what_may_be_written(text: str, choice: TipChoice | None) -> None:
    assert parse_tip(text) == choice


@pytest.mark.parametrize(
    "text", ["", "sharp", "radius=", "radius=5um", "angle=20", "radius=5nm,radius=6nm", "radius=1e"]
)
def test_what_may_not_be_written_is_told_how_to(text: str) -> None:
    with pytest.raises(ParticlesNNError, match="radius=5nm"):
        parse_tip(text)


@pytest.mark.parametrize(
    ("text", "said"), [("radius=0", "positive"), ("radius=-3nm", "positive"), ("radius=5,angle=90", "0 to 90 degrees")]
)
def test_tips_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(ParticlesNNError, match=said):
        parse_tip(text)


def heights_along_x(tip: Tip) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = tip.reach_px
    return np.arange(columns + 1) * tip.pixel_nm[1], -tip.heights_nm[rows, columns:]


def test_a_paraboloid_has_the_radius_asked_for() -> None:
    tip = known_tip(TipChoice(5.0), (0.5, 0.25), 4.0)
    distance, height = heights_along_x(tip)
    np.testing.assert_allclose(height, distance**2 / 10)
    assert 4.0 <= height[-1] <= 4.5  # as far up as it can touch, and no farther
    assert tip.heights_nm[tip.reach_px[0] + 2, tip.reach_px[1]] == pytest.approx(-1.0 / 10)  # 2 rows are 1 nm


def test_a_round_apex_goes_over_into_its_cone_without_a_kink() -> None:
    radius, angle = 5.0, 20.0
    tip = known_tip(TipChoice(radius, angle), (0.1, 0.1), 12.0)
    distance, height = heights_along_x(tip)
    near = distance < 4
    np.testing.assert_allclose(height[near], radius - np.sqrt(radius**2 - distance[near] ** 2), atol=1e-9)
    slopes = np.diff(height) / np.diff(distance)
    assert slopes[-1] == pytest.approx(1 / np.tan(np.radians(angle)), rel=1e-3)
    assert (np.diff(slopes) > -1e-9).all()


def test_a_cylinder_ends_at_its_radius() -> None:
    tip = known_tip(TipChoice(2.0, 0.0), (0.5, 0.5), 50.0)
    distance, height = heights_along_x(tip)
    assert np.isinf(height[distance > 2]).all()
    assert np.isfinite(height[distance <= 2]).all()


def test_an_apex_stands_in_the_middle_and_nothing_above_it() -> None:
    with pytest.raises(ValueError, match="odd sides"):
        Tip(np.zeros((4, 5)), (1.0, 1.0), 1.0)
    with pytest.raises(ValueError, match="nowhere above"):
        Tip(np.array([[0.0, 0.0, 1.0]]), (1.0, 1.0), 1.0)
