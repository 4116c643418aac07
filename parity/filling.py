"""Weights from a seed and a key's name: the same on both sides, whatever the order of the keys.

Random weights alone give detections that are all alike, or none: a hundred layers let features vanish, explode or
become the same everywhere. Then nothing is compared. So the oracle's side measures, as it runs on its first picture,
what batch normalisation would learn, and what the last layers need for scores on both sides of every threshold
(`calibrate` in ``mmdet_side.py``). Those vectors, a few kilobytes, are laid over the seeded weights on both sides.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SCALE = "/scale"
"""Suffix of a calibration vector that multiplies the rows of a weight; others replace the vector of their key."""

Arrays = dict[str, NDArray[np.generic]]


def fill(shapes: Mapping[str, Sequence[int]], seed: int, calibration: Mapping[str, NDArray[np.float32]]) -> Arrays:
    """Make the weights of all keys.

    Parameters
    ----------
    shapes
        For each key of an mmdetection state the shape of its tensor.
    seed
        Another seed, other weights.
    calibration
        What to lay over them.

    Returns
    -------
    dict
        For each key a float32 array; counters are int64 zeros.
    """
    state: Arrays = {key: _values(key, tuple(shape), seed) for key, shape in shapes.items()}
    for key, vector in calibration.items():
        if key.endswith(SCALE):
            weight = state[key.removesuffix(SCALE)]
            state[key.removesuffix(SCALE)] = weight * vector.reshape(-1, *[1] * (weight.ndim - 1))
        else:
            state[key] = vector
    return state


def _values(key: str, shape: tuple[int, ...], seed: int) -> NDArray[np.generic]:
    if key.endswith("num_batches_tracked"):
        return np.zeros(shape, dtype=np.int64)
    digest = hashlib.sha256(f"{seed}/{key}".encode()).digest()
    random = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big")))
    uniform = random.random(shape, dtype=np.float32)  # straight from the bits: the same in all versions of numpy
    if key.endswith("running_var") or (key.endswith(".weight") and len(shape) == 1):
        return np.float32(0.8) + np.float32(0.4) * uniform
    centred = 2 * uniform - 1
    if len(shape) == 1:  # biases and running means
        return np.float32(0.2) * centred
    inputs = shape[0] if key.endswith("upsample.weight") else math.prod(shape[1:])
    return centred * np.float32(math.sqrt(3.0 / inputs))  # as much variance out as in
