"""``particlesnn train``: from nothing to a checkpoint. Needs the extra ``train``."""

from pathlib import Path

import click


@click.command("train")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint, when there is one.")
def command(config: Path, resume: bool) -> None:
    """Train a network as CONFIG (a TOML file, see configs/) says."""
    from particlesnn.training import train  # late: torch is not part of a serving install

    checkpoint = train(config, resume=resume)
    click.echo(f"Trained: {checkpoint}. Make a model of it with: particlesnn export {checkpoint} -o model.onnx")
