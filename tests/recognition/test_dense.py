"""From ideal maps to particles: the decoder alone, without any network."""

import numpy as np
import pytest

from particlesnn.recognition import WeightCard, dense, parts
from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.dense import decode, look, separate
from particlesnn.recognition.tracing import trace

POINT = OperatingPoint()


def disc_maps(discs: list[tuple[float, float, float]], shape: tuple[int, int] = (80, 100)) -> np.ndarray:
    """Maps that a perfect network would give for discs (x, y, radius); a pixel belongs to the nearest border."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    inside = np.stack([radius - np.hypot(x - cx, y - cy) for cx, cy, radius in discs])
    owner = inside.argmax(axis=0)
    depth_px = inside.max(axis=0)
    if len(discs) > 1:
        # Distance to the nearest other disc's territory.
        second = np.sort(inside, axis=0)[-2]
        depth_px = np.minimum(depth_px, (inside.max(axis=0) - second) / 2)
    radii = np.array([radius for _, _, radius in discs])[owner]
    particle = np.clip(0.5 + inside.max(axis=0) / 3, 0, 1)
    return np.stack([particle, np.clip(depth_px / radii, 0, 1) * (particle > 0.5)]).astype(np.float32)


def test_a_disc_is_traced_between_the_pixels() -> None:
    (particle,) = decode(disc_maps([(40.3, 30.7, 12.4)]), POINT)
    distances = np.hypot(*(particle.contour.points_px - [40.3, 30.7]).T)
    np.testing.assert_allclose(distances, 12.4, atol=0.06)
    assert particle.score is not None
    assert particle.score > 0.9


def test_touching_discs_are_two() -> None:
    particles = decode(disc_maps([(35, 40, 12), (57, 40, 12)]), POINT)
    assert len(particles) == 2
    for particle in particles:
        assert particle.contour.area_px == pytest.approx(np.pi * 144, rel=0.06)


def test_the_line_between_two_that_touch_is_straight() -> None:
    centres = np.array([(35.0, 40.0), (57.0, 45.0)])
    particles = decode(disc_maps([(*centres[0], 13), (*centres[1], 13)]), POINT)
    along = (centres[1] - centres[0]) / np.hypot(*(centres[1] - centres[0]))
    for particle in particles:
        offsets = (particle.contour.points_px - centres.mean(axis=0)) @ np.stack([along, [-along[1], along[0]]]).T
        dividing = offsets[(np.abs(offsets[:, 0]) < 2) & (np.abs(offsets[:, 1]) < 4)]
        assert len(dividing) >= 6
        assert np.abs(dividing[:, 0]).max() < 0.4


def test_a_crowd_is_counted() -> None:
    discs = [(10 + 9.6 * column, 10 + 9.6 * row, 5.0) for row in range(7) for column in range(9)]
    assert len(decode(disc_maps(discs), POINT)) == len(discs)


def test_nothing_gives_nothing() -> None:
    assert decode(np.zeros((2, 40, 40), dtype=np.float32), POINT) == []


def test_a_particle_at_the_border_is_closed_there() -> None:
    (particle,) = decode(disc_maps([(0, 40, 10)]), POINT)
    assert particle.contour.bounds_px[0] >= -0.51
    assert particle.contour.area_px == pytest.approx(np.pi * 100 / 2 + 10, rel=0.06)


def test_small_and_doubtful_ones_are_dropped() -> None:
    maps = disc_maps([(30, 30, 10), (70, 50, 1.2)])
    assert len(decode(maps, POINT)) == 1
    faint = maps * np.float32(0.6)
    assert len(decode(faint, OperatingPoint(score=0.99))) == 0


def test_labels_fill_the_mask_and_nothing_else() -> None:
    maps = disc_maps([(35, 40, 12), (57, 40, 12)])
    labels = separate(maps[0], maps[1], POINT)
    np.testing.assert_array_equal(labels > 0, maps[0] > 0.5)


def test_a_label_that_cannot_be_traced_is_left_out() -> None:
    labels = np.zeros((20, 20), dtype=np.int32)
    labels[5:9, 5:9] = 2
    contours = trace(labels, (labels > 0).astype(np.float32), 0.5)
    assert set(contours) == {2}


def test_a_large_picture_is_decoded_in_parts_that_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Touching and single discs, and one larger than a part: the same to the last digit as in one piece."""
    random = np.random.default_rng(3)
    discs = [(*random.uniform(0, 300, 2), random.uniform(5, 14)) for _ in range(90)] + [(150.0, 150.0, 45.0)]
    maps = disc_maps(discs, (300, 300))
    whole = decode(maps, POINT)
    monkeypatch.setattr(parts, "PART_PX", 64)
    monkeypatch.setattr(dense, "PART_PX", 64)
    apart = decode(maps, POINT)
    assert len(whole) > 40
    assert [each.score for each in apart] == pytest.approx([each.score for each in whole], rel=1e-12)
    for one, other in zip(whole, apart, strict=True):
        np.testing.assert_array_equal(one.contour.points_px, other.contour.points_px)


class OneSided:
    """A network that sees the left half of what it is shown, and says how bright it is."""

    def __init__(self, mirrored: bool) -> None:
        self.card = WeightCard("one-sided", "dense", "1", 32, mirrored=mirrored)

    def run(self, views: np.ndarray) -> np.ndarray:
        maps = views.copy()
        maps[:, :, views.shape[2] // 2 :] = 0
        return maps


def test_in_a_mirror_a_network_sees_the_other_side_as_well() -> None:
    maps = disc_maps([(20, 30, 9), (79, 50, 9)])
    maps[1] *= 2  # half of what one look says must still be a clear middle
    once = look(OneSided(False), maps, POINT)(POINT)  # type: ignore[arg-type]
    assert [round(float(each.contour.centroid_px[0])) for each in once] == [20]
    maps[0] *= 2
    twice = look(OneSided(True), maps, POINT)(POINT)  # type: ignore[arg-type]
    assert [round(float(each.contour.centroid_px[0])) for each in twice] == [20, 79]
