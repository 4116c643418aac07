"""``particlesnn train``: from nothing, or from published weights, to a checkpoint. Needs the extra ``train``."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from particlesnn.training import PublishedConfig, TrainingConfig

_PATIENCE_S = 30.0
"""So long the other processes of a training wait for the first to say what is wrong."""


@click.command("train")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint, when there is one.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="A setting instead of CONFIG's; several times."
)
def command(config: Path, resume: bool, changes: tuple[str, ...]) -> None:
    """Train a network as CONFIG (a TOML file, see configs/) says.

    Trainings as published, those in configs/paper/, run on several processes, too: torchrun --nproc-per-node 8 -m
    particlesnn train CONFIG.
    """
    from particlesnn.core import TrainingError
    from particlesnn.training import read_config, train  # late: torch is not part of a serving install

    tells = os.environ.get("RANK", "0") == "0"
    try:
        settings = read_config(config, changes)
        try:
            checkpoint = train(settings, resume=resume)
        finally:
            curve = _draw(settings) if tells else None
    except TrainingError:
        if not tells:
            # What stops one process mostly stops all, and the first tells. The launcher ends all others when one ends.
            time.sleep(_PATIENCE_S)
        raise
    if tells:
        if curve:
            click.echo(f"Curve of the losses: {curve}.")
        click.echo(f"Trained: {checkpoint}. Make a model of it with: particlesnn export {checkpoint} -o model.onnx")


def _draw(settings: "TrainingConfig | PublishedConfig") -> Path | None:
    """Draw how the losses fell, also where the training stopped early."""
    from particlesnn.report import draw_curves
    from particlesnn.training import read_curves

    curves = read_curves(settings)
    if curves is None:
        return None
    path = Path(settings.run) / "curve.png"
    draw_curves(path, curves.lines, curves.across, curves.marks)
    return path
