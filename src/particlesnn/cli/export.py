"""``particlesnn export``: from a checkpoint to a model file. Needs the extra ``train``."""

from pathlib import Path

import click

from particlesnn.core import OutputError


@click.command("export")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="MODEL", type=click.Path(path_type=Path), help="File to write.")
@click.option("--name", default="", help="What the model is called in reports; as its family when not given.")
@click.option("--overwrite", is_flag=True, help="Replace MODEL.")
def command(checkpoint: Path, output: Path, name: str, overwrite: bool) -> None:
    """Turn CHECKPOINT into an ONNX file that `particlesnn detect --model` runs."""
    from particlesnn.training import export  # late: torch is not part of a serving install

    if output.exists() and not overwrite:
        raise OutputError(f"{output} is there already; give another name, or --overwrite")
    card = export(checkpoint, output, name=name)
    click.echo(f"Exported {card.name!r} after {card.training['step']} steps to {output}.")
