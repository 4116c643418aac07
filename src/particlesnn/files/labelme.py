"""Contours in the JSON files of LabelMe 5, one file an image."""

import base64
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from particlesnn.core import AnnotationError, Contour, Particle, ParticleMap
from particlesnn.files.drawn import Broken, Drawn
from particlesnn.files.json_text import keyed, listed, load_object, sentence
from particlesnn.files.shapes import contour_of, ellipse, file_points, pairs_of, particle_of, remark, shape_of, within
from particlesnn.files.tables import write_json

LABEL = "particle"
_VERSION = "5.5.0"
"""Version of LabelMe whose layout is written."""


def write_labelme(path: str | Path, particle_map: ParticleMap, image_name: str) -> None:
    """Write contours as LabelMe opens them.

    Origin and score stand in each shape's ``description`` ("network, score 0.93"), which LabelMe shows and keeps when
    it saves. The fitted bump is lost; coordinates are rounded to 1e-4 px.

    Parameters
    ----------
    path
        The JSON file; LabelMe looks for the image relative to it.
    particle_map
        The contours.
    image_name
        Name of the image.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    height, width = particle_map.shape_px
    content: dict[str, object] = {
        "version": _VERSION,
        "flags": {},
        "shapes": [_shape(particle) for particle in particle_map.particles],
        "imagePath": image_name,
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }
    write_json(path, content, compact=True)


def read_labelme(path: str | Path) -> ParticleMap:
    """Read the contours of one LabelMe file, whatever their labels.

    Polygons and rectangles are taken as they are; a circle becomes a polygon of 64 points with the same area. A shape
    was drawn by a human unless its description says otherwise.

    Parameters
    ----------
    path
        The JSON file.

    Returns
    -------
    ParticleMap
        Its source is the ``imagePath``.

    Raises
    ------
    AnnotationError
        When the file is no LabelMe file, or a shape is of another kind or no outline; the message names the shape,
        counted from 0 as in the file.
    """
    return examine_labelme(path).sound()


def examine_labelme(path: str | Path) -> Drawn:
    """Read as `read_labelme`, but go on where a shape is broken.

    Raises
    ------
    AnnotationError
        When the file is no LabelMe file.
    """
    content = load_object(path)
    if "shapes" not in content:
        raise AnnotationError(f"{path} has no 'shapes', so it is no LabelMe file.")
    with sentence(path, "the file"):
        shape_px = _shape_px(content)
        shapes = listed(content, "shapes")
    particles, broken = [], []
    for index, shape in enumerate(shapes):
        try:
            with sentence(path, f"shape {index}"):
                particles.append(replace(_particle(keyed(shape), shape_px), id=index + 1))
        except AnnotationError as error:
            broken.append(Broken(f"shape {index}", str(error)))
    names = {index + 1: f"shape {index}" for index in range(len(shapes))}
    return Drawn(ParticleMap(shape_px, tuple(particles), str(content.get("imagePath") or "")), names, tuple(broken))


def _shape_px(content: Mapping[str, object]) -> tuple[int, int]:
    """Rows and columns of the picture; old versions of LabelMe gave them by the picture alone."""
    height, width, picture = (content.get(key) for key in ("imageHeight", "imageWidth", "imageData"))
    if height is None and width is None and isinstance(picture, str):
        try:
            with Image.open(io.BytesIO(base64.b64decode(picture, validate=True))) as image:
                width, height = image.size
        except (OSError, ValueError) as error:
            raise ValueError("gives no size of the picture but the picture, which is damaged") from error
    return shape_of(height, width)


def _shape(particle: Particle) -> dict[str, object]:
    return {
        "label": LABEL,
        "points": file_points(particle.contour),
        "group_id": None,
        "description": remark(particle),
        "shape_type": "polygon",
        "flags": {},
        "mask": None,
    }


def _particle(entries: Mapping[str, object], shape_px: tuple[int, int]) -> Particle:
    kind = entries.get("shape_type") or "polygon"
    points = listed(entries, "points")
    if kind == "polygon":
        contour = contour_of(points)
    elif kind == "rectangle":
        contour = _rectangle(points)
    elif kind == "circle":
        contour = _circle(points)
    else:
        raise ValueError(f"is a {str(kind)[:40]}, but only polygons, rectangles and circles outline a particle")
    return particle_of(within(contour, shape_px), entries.get("description"))


def _rectangle(points: list[object]) -> Contour:
    if len(points) != 2:
        return contour_of(points)
    (x1, y1), (x2, y2) = _two(points)
    return contour_of([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])


def _circle(points: list[object]) -> Contour:
    centre, rim = _two(points)
    radius = float(np.hypot(rim[0] - centre[0], rim[1] - centre[1]))
    return ellipse(centre, (radius, radius))


def _two(points: list[object]) -> list[list[float]]:
    if len(points) != 2:
        raise ValueError(f"has {len(points)} points where two belong")
    pairs: list[list[float]] = pairs_of(points).tolist()
    return pairs
