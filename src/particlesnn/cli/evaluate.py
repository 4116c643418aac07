"""``particlesnn evaluate``: a prediction against the truth."""

from pathlib import Path

import click

from particlesnn.cli.columns import aligned
from particlesnn.cli.output import require_place
from particlesnn.evaluation import ImageEvaluation, evaluate
from particlesnn.files import read_annotations, write_json

_COLUMNS = (
    ("truth", "truth", "d"),
    ("predicted", "found", "d"),
    ("tp", "TP", "d"),
    ("fp", "FP", "d"),
    ("fn", "FN", "d"),
    ("precision", "precision", ".3f"),
    ("recall", "recall", ".3f"),
    ("f1_iou50", "F1@.50", ".3f"),
    ("f1_iou75", "F1@.75", ".3f"),
    ("map_bbox", "mAP box", ".3f"),
    ("map_mask", "mAP mask", ".3f"),
    ("size_accuracy", "size", ".3f"),
)


@click.command("evaluate")
@click.argument("truth", type=click.Path(path_type=Path))
@click.argument("prediction", type=click.Path(path_type=Path))
@click.option("--max-dets", type=click.IntRange(1), default=500, show_default=True, help="Particles an image in mAP.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write all figures as JSON.")
@click.option("--overwrite", is_flag=True, help="Replace FILE.")
def command(truth: Path, prediction: Path, max_dets: int, output: Path | None, overwrite: bool) -> None:
    """Compare the contours of PREDICTION with those of TRUTH.

    Both are files of any contour format that holds the size of its pictures; images are paired by name. Precision and
    recall follow the counting rule of Okunev et al. 2020 (centre inside the contour), F1 asks for an overlap, mAP is
    COCO's, size is the smaller mean diameter over the larger.
    """
    if output:
        require_place(output, overwrite=overwrite)
    figures = evaluate(read_annotations(truth), read_annotations(prediction), max_dets=max_dets)
    if output:
        write_json(output, figures.to_dict())
    rows = [*figures.images, figures.total] if len(figures.images) > 1 else [figures.total]
    click.echo(_table(rows))
    _tell_of_uncounted(rows, max_dets)


def _tell_of_uncounted(rows: list[ImageEvaluation], max_dets: int) -> None:
    """Say it where a small mAP comes of ``max_dets`` and not of the prediction."""
    figures = [row.to_dict() for row in rows if len(rows) == 1 or row is not rows[-1]]
    most = max(max(each["truth"], each["predicted"]) for each in figures)
    if most > max_dets:
        sentence = f"an image has {most} particles, but mAP counts the {max_dets} surest of each"
        click.echo(f"particlesnn: {sentence}; give --max-dets {most} to count all", err=True)


def _table(rows: list[ImageEvaluation]) -> str:
    lines = [["image", *(heading for _, heading, _ in _COLUMNS)]]
    for row in rows:
        figures = row.to_dict()
        cells = [figures[name] for name, _, _ in _COLUMNS]
        shown = [
            "-" if cell is None else format(cell, form) for cell, (_, _, form) in zip(cells, _COLUMNS, strict=True)
        ]
        lines.append([row.image, *shown])
    return aligned(lines)
