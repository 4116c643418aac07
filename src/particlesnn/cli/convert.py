"""``particlesnn convert``: contours from one program to another, or a scan to a picture."""

from pathlib import Path

import click

from particlesnn.cli.output import require_place
from particlesnn.core import AnnotationError
from particlesnn.files import (
    PALETTES,
    AnnotationKind,
    colour,
    looks_like_contours,
    open_scan,
    read_annotations,
    save_picture,
    to_grey8,
    write_annotations,
)

_KINDS: tuple[AnnotationKind, ...] = ("labelme", "coco", "via", "imagej", "labels")
_CONTOURS_ALONE = (".json", ".roi", ".zip")
_JSON_KINDS: tuple[AnnotationKind, ...] = ("labelme", "coco", "via")


@click.command("convert")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", "kind", type=click.Choice(_KINDS), help="Kind of contour file; guessed from OUT by default.")
@click.option("--palette", type=click.Choice(PALETTES), help="IN is a scan: write it as a picture in these colours.")
@click.option(
    "--size", nargs=2, type=click.IntRange(1), metavar="W H", help="Size of the scan in px, for files that lack it."
)
@click.option("--overwrite", is_flag=True, help="Replace OUT.")
def command(
    source: Path,
    target: Path,
    kind: AnnotationKind | None,
    palette: str | None,
    size: tuple[int, int] | None,
    overwrite: bool,
) -> None:
    """Convert IN to OUT.

    Contours: LabelMe, COCO, VGG Image Annotator and ImageJ files and pictures of labels, each into each. OUT's kind
    is read from its name: *.labelme.json, *.coco.json, *.via.json, *.roi or *.zip, *.png or *.tif; or say it by --to.
    A scan becomes a picture, *.png, *.tif, *.bmp or *.jpg: eq. 1 of Okunev et al. 2020 in 8 bit, coloured by --palette.
    From picture to picture, IN is a scan unless --to labels says otherwise.
    """
    require_place(target, overwrite=overwrite)
    if palette is None and kind is None and _is_scan(source, target):
        palette = "grey"
    if palette is not None:
        grey = to_grey8(open_scan(source).values)
        save_picture(target, grey if palette == "grey" else colour(grey, palette))
        return
    maps = read_annotations(source, shape_px=(size[1], size[0]) if size else None)
    names = [particles.source or f"image-{number}" for number, particles in enumerate(maps, start=1)]
    write_annotations(target, maps, names, kind or _guess(target))


def _is_scan(source: Path, target: Path) -> bool:
    """Tell a scan from contours: by the name of OUT where only contours are called so, else by what stands in IN."""
    return not target.name.casefold().endswith(_CONTOURS_ALONE) and not looks_like_contours(source)


def _guess(target: Path) -> AnnotationKind:
    name = target.name.casefold()
    if name.endswith(".json"):
        for kind in _JSON_KINDS:
            if kind in name:
                return kind
    if name.endswith((".roi", ".zip")):
        return "imagej"
    if name.endswith((".png", ".tif", ".tiff")):
        return "labels"
    raise AnnotationError(f"{target}: its name does not tell the kind of file; say it by --to {'|'.join(_KINDS)}")
