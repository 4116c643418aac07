"""Pieces and the passes between them: which of them are one particle."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.dense import separate
from particlesnn.recognition.joining import joined

POINT = OperatingPoint(
    seed_rise=0.2, seed_rise_large=0.5, rise_small_px=15.0, rise_large_px=60.0, seed_depth=0.45, particle=0.5
)


def two_tops(length_px: int, width_px: int, dip: float, second_top: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Maps of a bar that is deep along its middle line, with a dip half way."""
    y, x = np.mgrid[: width_px + 8, : length_px + 8].astype(float)
    across = 1 - np.abs(y - (width_px + 7) / 2) / (width_px / 2)
    place = (x - 4) / length_px
    along = np.interp(place, [0, 0.2, 0.5, 0.8, 1], [0.3, 1, 1 - dip, second_top, 0.3])
    inside = (across > 0) & (place >= 0) & (place <= 1)
    depth = np.where(inside, along * np.clip(2 * across, 0, 1), 0)
    return inside.astype(np.float32), depth.astype(np.float32)


def count(maps: tuple[np.ndarray, np.ndarray], point: OperatingPoint = POINT) -> int:
    return len(np.unique(separate(*maps, point))) - 1


def test_a_rod_with_two_equal_tops_is_one() -> None:
    assert count(two_tops(70, 14, dip=0.1)) == 1


def test_a_dip_that_parts_small_ones_lies_within_a_large_one() -> None:
    assert count(two_tops(24, 12, dip=0.35)) == 2
    assert count(two_tops(120, 60, dip=0.35)) == 1


def test_a_deep_dip_parts_large_ones_too() -> None:
    assert count(two_tops(120, 60, dip=0.65)) == 2


def test_the_lower_of_two_tops_must_rise() -> None:
    assert count(two_tops(24, 12, dip=0.35, second_top=0.8)) == 1
    assert count(two_tops(24, 12, dip=0.45, second_top=0.8)) == 2


def test_three_in_a_row_join_over_the_middle_one() -> None:
    """From the highest pass down: what has joined counts as one piece from then on."""
    depth = np.array([[0.9, 0.85, 0.9, 0.5, 1.0]], dtype=np.float32)
    labels = np.array([[1, 1, 2, 2, 3]], dtype=np.int32)
    assert joined(labels, depth, POINT).tolist() == [[1, 1, 1, 1, 3]]


@st.composite
def pieces(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    blocks = random.integers(0, draw(st.integers(1, 9)), ((rows + 2) // 3, (columns + 2) // 3))
    labels = np.kron(blocks, np.ones((3, 3), dtype=np.int32))[:rows, :columns].astype(np.int32)
    return labels, random.random((rows, columns)).astype(np.float32)


@given(pieces())
@settings(max_examples=60, deadline=None)
def test_pieces_stay_whole_and_substrate_stays_substrate(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    labels, depth = drawn
    result = joined(labels, depth, POINT)
    np.testing.assert_array_equal(result > 0, labels > 0)
    for number in np.unique(labels):
        assert len(np.unique(result[labels == number])) == 1


@given(pieces(), st.sampled_from([0.0, 2.0]))
@settings(max_examples=60, deadline=None)
def test_no_rise_joins_nothing_and_an_endless_one_all_that_touch(
    drawn: tuple[np.ndarray, np.ndarray], rise: float
) -> None:
    labels, depth = drawn
    result = joined(labels, depth, replace(POINT, seed_rise=rise, seed_rise_large=rise))
    if not rise:
        np.testing.assert_array_equal(result, labels)
        return
    clumps, many = label(labels > 0)
    for clump in range(1, many + 1):
        assert len(np.unique(result[clumps == clump])) == 1


def test_one_piece_alone_is_left_as_it_is() -> None:
    labels = np.pad(np.ones((3, 3), dtype=np.int32), 1)
    np.testing.assert_array_equal(joined(labels, labels.astype(np.float32), POINT), labels)
    assert joined(np.zeros((2, 2), dtype=np.int32), np.zeros((2, 2), dtype=np.float32), POINT).max() == 0


def test_larger_pieces_demand_more_up_to_a_limit() -> None:
    dips = [0.25, 0.35, 0.45, 0.55]
    parted = {width: [count(two_tops(2 * width, width, dip=dip)) == 2 for dip in dips] for width in (10, 30, 90)}
    assert parted[10] == [True, True, True, True]
    assert parted[90] == [False, False, False, True]
    assert sum(parted[30]) == pytest.approx(2, abs=1)
