"""Contour files of any kind: recognised by what they hold, not by their name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from particlesnn.core import AnnotationError, OutputError, ParticleMap
from particlesnn.files.coco import read_coco, write_coco
from particlesnn.files.imagej import ROI_MAGIC, ZIP_MAGICS, read_imagej, write_imagej
from particlesnn.files.json_text import load_bytes, load_object
from particlesnn.files.labelme import read_labelme, write_labelme
from particlesnn.files.labels import read_labels, write_labels
from particlesnn.files.pictures import recognises as is_picture
from particlesnn.files.via import is_via, read_via, write_via

AnnotationKind = Literal["labelme", "coco", "via", "imagej", "labels"]

_READABLE = "LabelMe, COCO or VIA (JSON), ImageJ ROIs (.roi, .zip) or a label picture (PNG, TIFF)"


def read_annotations(path: str | Path, shape_px: tuple[int, int] | None = None) -> tuple[ParticleMap, ...]:
    """Read the contours of a file of any known kind.

    Parameters
    ----------
    path
        A file of LabelMe, COCO, VIA 2 or ImageJ, or a label picture.
    shape_px
        Rows and columns of the scan, for the kinds that do not hold them (ImageJ, VIA).

    Returns
    -------
    tuple
        A map for each image of the file; one, where the file knows of no images.

    Raises
    ------
    AnnotationError
        When the file is missing, of no known kind, damaged or senseless.
    """
    data = load_bytes(path)
    if data.startswith((ROI_MAGIC, *ZIP_MAGICS)):
        return (read_imagej(path, shape_px),)
    if is_picture(data):
        return (read_labels(path),)
    if not _is_json(data):
        raise AnnotationError(f"{path} is no contour file of a known kind; give {_READABLE}.")
    content = load_object(path)
    if "shapes" in content:
        return (read_labelme(path),)
    if "annotations" in content:
        return read_coco(path)
    if is_via(content):
        return read_via(path, shape_px)
    raise AnnotationError(f"{path} is JSON, but not that of a known kind of contours; give {_READABLE}.")


def looks_like_contours(path: str | Path) -> bool:
    """Tell by its first bytes whether a file is more likely to hold contours than a scan: JSON, ROIs, a ZIP of them.

    Raises
    ------
    AnnotationError
        When the file is missing or cannot be read.
    """
    data = load_bytes(path)
    return data.startswith((ROI_MAGIC, *ZIP_MAGICS)) or _is_json(data)


def _is_json(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def write_annotations(
    path: str | Path, maps: Sequence[ParticleMap], image_names: Sequence[str], kind: AnnotationKind
) -> None:
    """Write contours as a file of one kind.

    Parameters
    ----------
    path
        The file; label pictures and ImageJ go by its suffix.
    maps
        The particles of each image: one, except for COCO and VIA.
    image_names
        The name of each image; label pictures and ImageJ do not hold it.
    kind
        "labelme", "coco", "via", "imagej" or "labels".

    Raises
    ------
    OutputError
        When the kind is unknown or cannot hold several images, or the file cannot be written.
    ValueError
        When there are not as many names as maps.
    """
    if kind not in get_args(AnnotationKind):
        raise OutputError(f"contours are written as one of {', '.join(get_args(AnnotationKind))}, not as {kind!r}.")
    if len(maps) != len(image_names):
        raise ValueError(f"{len(maps)} maps need as many names, not {len(image_names)}")
    if kind == "coco":
        write_coco(path, maps, image_names)
    elif kind == "via":
        write_via(path, maps, image_names)
    elif len(maps) != 1:
        raise OutputError(
            f"{path} would hold {len(maps)} images, but {kind} files hold one; write COCO or VIA instead."
        )
    elif kind == "labelme":
        write_labelme(path, maps[0], image_names[0])
    elif kind == "imagej":
        write_imagej(path, maps[0])
    else:
        write_labels(path, maps[0])
