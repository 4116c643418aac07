"""Where crops come from: simulated scans and labelled real pictures, each with its instance labels.

Validation never sees what trains: EMPS is split by the article its pictures were cut from, DSB 2018 by imaging
series, simulated scans by seed.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from particlesnn.core import TrainingError
from particlesnn.simulation import (
    ScanSettings,
    render,
    take_micrograph,
    texture_settings,
    wide_micrograph,
    wide_settings,
)

Picture = tuple[NDArray[np.float64], NDArray[np.int32]]
"""Values and labels."""
Draw = Callable[[np.random.Generator, int], Picture]
"""Makes a picture of a given side."""


@dataclass(frozen=True, eq=False)
class Example:
    """One picture with its truth."""

    values: NDArray[np.float32]
    """Shape (H, W): heights or grey levels."""
    labels: NDArray[np.int32]
    """Shape (H, W): 0 for substrate, one number a particle."""
    source: str
    """Which set it belongs to: "simulated", "texture", "micrograph", "emps" or "dsb2018"."""
    name: str
    """Which picture of the set."""


def _scan(draw: Callable[..., ScanSettings], rng: np.random.Generator, side_px: int) -> Picture:
    rendering = render(draw(rng, side_px), rng)
    return rendering.heights, rendering.labels


def _micrograph(rng: np.random.Generator, side_px: int) -> Picture:
    return take_micrograph(wide_micrograph(rng, side_px), rng)


_KINDS: Mapping[str, Draw] = MappingProxyType(
    {"simulated": partial(_scan, wide_settings), "texture": partial(_scan, texture_settings), "micrograph": _micrograph}
)
"""How a kind of simulated example is made: values and labels, both of shape (side, side)."""


def simulated_examples(
    folder: Path, count: int, side_px: int, seed: int, *, kind: str = "simulated", jobs: int = 2
) -> list[Example]:
    """Simulate scans, or take them from the cache where they are there already.

    Parameters
    ----------
    folder
        Where to keep them; scans of another side or seed have other names.
    count
        How many.
    side_px
        Their side.
    seed
        Scan k is made from (seed, k), so a set can grow without changing.
    kind
        "simulated" for scans with particles, "texture" for surfaces without any, "micrograph" for electron micrographs.
    jobs
        Processes; one works in this process itself.
    """
    paths = keep_simulated(folder, count, side_px, seed, _KINDS[kind], kind=kind, jobs=jobs)
    return [_load_simulated(path, kind) for path in paths]


def keep_simulated(
    folder: Path, count: int, side_px: int, seed: int, draw: Draw, *, kind: str = "simulated", jobs: int = 2
) -> list[Path]:
    """Simulate what the cache lacks, and return the files of all; a training takes what it finds there.

    Parameters
    ----------
    folder, count, side_px, seed, kind, jobs
        As of `simulated_examples`.
    draw
        Makes one scan, of the side it is given, with its labels. It is pickled where there are several processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = "scan" if kind == "simulated" else kind
    paths = [folder / f"{stem}-{side_px}-{seed}-{number:05d}.npz" for number in range(count)]
    missing = [(path, draw, side_px, seed, number) for number, path in enumerate(paths) if not path.exists()]
    if missing:
        with ExitStack() as stack:
            done: Iterator[None] = map(_simulate_one, missing)
            if jobs > 1:
                # Spawned, not forked: a fork of a process with threads may hang.
                pool = stack.enter_context(ProcessPoolExecutor(jobs, mp_context=get_context("spawn")))
                done = pool.map(_simulate_one, missing, chunksize=8)
            for _ in tqdm(done, total=len(missing), desc="simulating", unit="scan", disable=None):
                pass
    return paths


def _simulate_one(task: tuple[Path, Draw, int, int, int]) -> None:
    path, draw, side_px, seed, number = task
    rng = np.random.default_rng([seed, number])
    values, labels = draw(rng, side_px)
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        np.savez_compressed(file, values=values.astype(np.float16), labels=labels.astype(np.uint16))
    unfinished.replace(path)


def _load_simulated(path: Path, kind: str) -> Example:
    with np.load(path) as stored:
        return Example(stored["values"].astype(np.float32), stored["labels"].astype(np.int32), kind, path.stem)


def real_examples(data: Path, *, validation: bool) -> list[Example]:
    """Read the labelled real sets that are meant for training.

    Parameters
    ----------
    data
        Folder with ``emps_train`` and ``dsb2018_bright``; sets that are not there are left out.
    validation
        The part kept back for validation rather than the part for training.
    """
    examples = []
    for path, labels_path, source, group in _real_files(data):
        if _is_validation(group) == validation:
            values = np.asarray(Image.open(path).convert("L"), dtype=np.float32)
            labels = np.asarray(Image.open(labels_path)).astype(np.int32)
            if values.shape != labels.shape:
                raise TrainingError(f"{path}: picture and labels differ in shape; the set is damaged, fetch it anew")
            examples.append(Example(values, labels, source, path.stem))
    return examples


def _real_files(data: Path) -> Iterator[tuple[Path, Path, str, str]]:
    """Yield (picture, labels, source, group); pictures of one group never part between training and validation."""
    emps = data / "emps_train"
    if (emps / "images.json").exists():
        for entry in json.loads((emps / "images.json").read_text(encoding="utf-8")):
            name = f"{entry['id']}.png"
            yield emps / "images" / name, emps / "labels" / name, "emps", entry["doi"]
    cells = data / "dsb2018_bright"
    if (cells / "annotations.json").exists():
        for entry in json.loads((cells / "annotations.json").read_text(encoding="utf-8"))["images"]:
            name = Path(entry["file_name"]).name
            yield cells / "images" / name, cells / "labels" / name, "dsb2018", f"group {entry['group']}"


def _is_validation(group: str) -> bool:
    """Keep about every eighth group back, by its name alone, so that the split never moves."""
    return hashlib.sha256(group.encode()).digest()[0] < 32
