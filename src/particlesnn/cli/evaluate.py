"""``particlesnn evaluate``: a prediction against the truth."""

from pathlib import Path

import click

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
def command(truth: Path, prediction: Path, max_dets: int, output: Path | None) -> None:
    """Compare the contours of PREDICTION with those of TRUTH.

    Both are files of any contour format; images are paired by name. Precision and recall follow the counting rule of
    Okunev et al. 2020 (centre inside the contour), F1 asks for an overlap, mAP is COCO's, size is the smaller mean
    diameter over the larger.
    """
    figures = evaluate(read_annotations(truth), read_annotations(prediction), max_dets=max_dets)
    if output:
        write_json(output, figures.to_dict())
    rows = [*figures.images, figures.total] if len(figures.images) > 1 else [figures.total]
    click.echo(_table(rows))


def _table(rows: list[ImageEvaluation]) -> str:
    lines = [["image", *(heading for _, heading, _ in _COLUMNS)]]
    for row in rows:
        figures = row.to_dict()
        cells = [figures[name] for name, _, _ in _COLUMNS]
        shown = [
            "-" if cell is None else format(cell, form) for cell, (_, _, form) in zip(cells, _COLUMNS, strict=True)
        ]
        lines.append([row.image, *shown])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )
