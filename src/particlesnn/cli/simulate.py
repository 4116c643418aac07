"""``particlesnn simulate``: scans whose truth is known."""

from dataclasses import replace
from pathlib import Path

import click
from tqdm import tqdm

from particlesnn.core import OutputError, ParticleMap
from particlesnn.files import read_coco, write_coco, write_wsxm_ascii
from particlesnn.simulation import TIERS, simulate

_TRUTH = "annotations.coco.json"


@click.command("simulate")
@click.option("-n", "--number", type=click.IntRange(1), default=1, show_default=True, help="How many scans.")
@click.option("-o", "--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Scan k has seed SEED + k.")
@click.option("--like", type=click.Choice(list(TIERS)), default="medium", show_default=True, help="Kind of scan.")
@click.option("--overwrite", is_flag=True, help="Write into a folder that holds files; other scans stay.")
def command(number: int, output: Path, seed: int, like: str, overwrite: bool) -> None:
    """Simulate STM scans with exact truth.

    Writes each scan as a WSxM ASCII matrix, called as easy-00007.txt, and all true contours into annotations.coco.json.
    """
    if output.is_dir() and any(output.iterdir()) and not overwrite:
        raise OutputError(f"{output} holds files already; give another folder, or --overwrite")
    output.mkdir(parents=True, exist_ok=True)
    names = [f"{like}-{seed + step:05d}.txt" for step in range(number)]
    truths = _kept(output, names)
    for step, name in enumerate(tqdm(names, desc="simulating", unit="scan", disable=None)):
        scan, truth = simulate(like, seed + step)
        write_wsxm_ascii(output / name, scan)
        truths.append(replace(truth, source=name))
    write_coco(output / _TRUTH, truths, [truth.source for truth in truths])
    click.echo(f"{number} simulated and written to {output}, with the truth in {_TRUTH}.")


def _kept(output: Path, names: list[str]) -> list[ParticleMap]:
    """Return the true contours of scans simulated before, which stay beside the new ones."""
    truth = output / _TRUTH
    if not truth.is_file():
        return []
    return [each for each in read_coco(truth) if each.source not in names and (output / each.source).is_file()]
