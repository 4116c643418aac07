"""``particlesnn export``: from a checkpoint to a model file. Needs the extra ``train``."""

from pathlib import Path

import click

from particlesnn.cli.output import require_place


@click.command("export")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="MODEL", type=click.Path(path_type=Path), help="File to write.")
@click.option("--name", default="", help="What the model is called in reports; as its family when not given.")
@click.option(
    "--magnification",
    type=click.FloatRange(0.1, 10),
    help="How many times larger than the scan the paper's networks see it (img_scale); as trained, else 1.",
)
@click.option("--score", type=click.FloatRange(0, 1), help="Particles scored lower are dropped.")
@click.option(
    "--nms-iou", type=click.FloatRange(0, 1), help="Of two boxes that share more than this, the better stays."
)
@click.option(
    "--blend",
    nargs=2,
    type=(click.Path(path_type=Path), click.FloatRange(0, 1)),
    metavar="CHECKPOINT SHARE",
    help="Mix in so much of the weights that the training started from.",
)
@click.option("--overwrite", is_flag=True, help="Replace MODEL.")
def command(
    checkpoint: Path,
    output: Path,
    name: str,
    magnification: float | None,
    score: float | None,
    nms_iou: float | None,
    blend: tuple[Path, float] | None,
    overwrite: bool,
) -> None:
    """Turn CHECKPOINT, of `train` or of mmdetection, into an ONNX file that `particlesnn detect --model` runs."""
    # Late: no part of a serving install.
    from particlesnn.training import Blend, export, export_published, is_of_mmdetection

    require_place(output, overwrite=overwrite)
    given = {"score": score, "nms_iou": nms_iou}
    thresholds = {threshold: value for threshold, value in given.items() if value is not None}
    if checkpoint.is_file() and is_of_mmdetection(checkpoint):
        if blend:
            raise click.UsageError("--blend is for checkpoints of this package's own training")
        card = export_published(checkpoint, output, name=name, magnification=magnification, thresholds=thresholds)
        click.echo(f"Exported {card.name!r} of {checkpoint.name} to {output}.")
        return
    card = export(checkpoint, output, name=name, thresholds=thresholds, blend=Blend(*blend) if blend else None)
    click.echo(f"Exported {card.name!r} after {card.training['step']} steps to {output}.")
