"""``particlesnn simulate``: scans whose truth is known."""

from dataclasses import replace
from pathlib import Path

import click
from tqdm import tqdm

from particlesnn.core import OutputError, ParticleMap
from particlesnn.files import write_coco, write_wsxm_ascii
from particlesnn.simulation import TIERS, simulate


@click.command("simulate")
@click.option("-n", "--number", type=click.IntRange(1), default=1, show_default=True, help="How many scans.")
@click.option("-o", "--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Scan k has seed SEED + k.")
@click.option("--like", type=click.Choice(list(TIERS)), default="medium", show_default=True, help="Kind of scan.")
@click.option("--overwrite", is_flag=True, help="Write into a folder that holds files.")
def command(number: int, output: Path, seed: int, like: str, overwrite: bool) -> None:
    """Simulate STM scans with exact truth.

    Writes each scan as a WSxM ASCII matrix and all true contours into annotations.coco.json.
    """
    if output.is_dir() and any(output.iterdir()) and not overwrite:
        raise OutputError(f"{output} holds files already; give another folder, or --overwrite")
    output.mkdir(parents=True, exist_ok=True)
    truths: list[ParticleMap] = []
    for step in tqdm(range(number), desc="simulating", unit="scan", disable=None):
        name = f"{like}-{seed + step:05d}.txt"
        scan, truth = simulate(like, seed + step)
        write_wsxm_ascii(output / name, scan)
        truths.append(replace(truth, source=name))
    write_coco(output / "annotations.coco.json", truths, [truth.source for truth in truths])
    click.echo(f"{number} simulated and written to {output}, with the truth in annotations.coco.json.")
