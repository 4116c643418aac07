"""What is said of the contours that were there before refinement."""

import numpy as np
import pytest

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.measurement import measure, measure_predicted


def box(length: float, width: float) -> Contour:
    return Contour(np.array([[0, 0], [length, 0], [length, width], [0, width]]) + 20.0)


PARTICLES = ParticleMap(
    (80, 100),
    (
        Particle(box(12, 8), 0.9, "refined", unrefined=box(20, 10)),
        Particle(box(15, 5), 0.8, "network"),
        Particle(box(9, 6), None, "human"),
        Particle(box(9, 6), 0.7, "refined"),  # as it comes back from a contour file
    ),
)


@pytest.mark.parametrize(("pixel_nm", "unit"), [((0.5, 0.5), "nm"), (None, "px")])
def test_each_has_the_rectangle_that_the_network_drew(pixel_nm: tuple[float, float] | None, unit: str) -> None:
    measurements = measure(Scan(np.zeros((80, 100)), "nm", pixel_nm), PARTICLES)
    found = measure_predicted(PARTICLES, measurements)
    assert list(found) == [f"predicted_length_{unit}", f"predicted_width_{unit}", "predicted_angle_deg"]
    scale = pixel_nm[0] if pixel_nm else 1.0
    length, width, angle = found.values()
    assert length == pytest.approx([20 * scale, 15 * scale, np.nan, np.nan], nan_ok=True)
    assert width == pytest.approx([10 * scale, 5 * scale, np.nan, np.nan], nan_ok=True)
    assert angle == pytest.approx([0, 0, np.nan, np.nan], nan_ok=True)
    assert measurements.columns["length"][0] == pytest.approx(12 * scale)


def test_a_pixel_need_not_be_square() -> None:
    found = measure_predicted(PARTICLES, measure(Scan(np.zeros((80, 100)), "nm", (2.0, 0.5)), PARTICLES))
    assert found["predicted_length_nm"][:2] == pytest.approx([20, 10])
    assert found["predicted_width_nm"][:2] == pytest.approx([10, 7.5])
    assert found["predicted_angle_deg"][:2] == pytest.approx([90, 90])


def test_rows_follow_the_measurements_and_may_be_none() -> None:
    measurements = measure(Scan(np.zeros((80, 100)), "nm", (1.0, 1.0)), PARTICLES)
    some = measurements.subset(np.array([False, True, False, False]))
    assert measure_predicted(PARTICLES, some)["predicted_length_nm"].tolist() == [15.0]
    none = measurements.subset(np.zeros(4, dtype=bool))
    assert [len(column) for column in measure_predicted(PARTICLES, none).values()] == [0, 0, 0]
