"""Tiles leave no trace."""

from itertools import pairwise

import numpy as np
import pytest

from particlesnn.recognition.tiles import OVERLAP_PX, run_in_tiles, spans


@pytest.mark.parametrize("shape", [(40, 50), (1024, 1024), (1025, 300), (1700, 2300)])
def test_joined_tiles_are_the_whole(shape: tuple[int, int]) -> None:
    views = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
    joined = run_in_tiles(lambda part: part[::-1] * 2, views)
    np.testing.assert_allclose(joined, views[::-1] * 2, rtol=1e-5)


def test_no_tile_is_larger_than_it_may_be() -> None:
    seen = []

    def run(part: np.ndarray) -> np.ndarray:
        seen.append(part.shape[1:])
        return part

    run_in_tiles(run, np.zeros((2, 3000, 1500), dtype=np.float32))
    assert max(max(shape) for shape in seen) <= 1024
    assert len(seen) > 4


def test_what_differs_between_tiles_fades_without_a_jump() -> None:
    calls = iter(range(100))

    def run(part: np.ndarray) -> np.ndarray:
        return np.full_like(part[:1], float(next(calls) % 2))

    joined = run_in_tiles(run, np.zeros((2, 600, 2000), dtype=np.float32))[0]
    assert np.abs(np.diff(joined, axis=1)).max() < 0.02


def test_tiles_cover_a_side_with_as_little_as_they_may_share() -> None:
    for length in (1025, 1100, 1700, 2048, 4096, 10_000):
        tiles = list(spans(length))
        assert tiles[0][0] == 0
        assert tiles[-1][1] == length
        assert len({last - first for first, last in tiles}) == 1
        shared = [before[1] - after[0] for before, after in pairwise(tiles)]
        assert min(shared) >= OVERLAP_PX - 1
        # Rounded up to what networks want, a tile is longer by 32 px at most.
        assert sum(last - first for first, last in tiles) < length + (len(tiles) - 1) * OVERLAP_PX + 32 * len(tiles)
