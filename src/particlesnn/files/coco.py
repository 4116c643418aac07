"""Contours of many images in one COCO file (https://cocodataset.org/#format-data)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from faster_coco_eval.core import mask as rle
from numpy.typing import NDArray

from particlesnn.core import AnnotationError, Contour, Particle, ParticleMap
from particlesnn.files.drawn import Broken, Drawn
from particlesnn.files.json_text import keyed, listed, load_object, sentence
from particlesnn.files.shapes import (
    contour_of,
    file_points,
    mask_contour,
    number,
    origin_of,
    rectangle,
    score_of,
    shape_of,
    within,
)
from particlesnn.files.tables import write_json

_CATEGORY = {"id": 1, "name": "particle", "supercategory": ""}


def to_coco(maps: Sequence[ParticleMap], image_names: Sequence[str]) -> dict[str, object]:
    """Put the contours of several images into one COCO data set.

    Coordinates count from the corner of the first pixel and are rounded to 1e-4 px; ``area`` is the area inside the
    contour. ``score`` (when known) and ``origin`` are additions that COCO's tools pass over. The fitted bump is lost.

    Parameters
    ----------
    maps
        The particles of each image.
    image_names
        The ``file_name`` of each image.

    Raises
    ------
    ValueError
        When there are not as many names as maps.
    """
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for image_id, (particle_map, name) in enumerate(zip(maps, image_names, strict=True), start=1):
        height, width = particle_map.shape_px
        images.append({"id": image_id, "file_name": name, "width": width, "height": height})
        for particle in particle_map.particles:
            annotations.append({"id": len(annotations) + 1, "image_id": image_id, **_annotation(particle)})
    return {"images": images, "annotations": annotations, "categories": [dict(_CATEGORY)]}


def write_coco(
    path: str | Path,
    maps: Sequence[ParticleMap],
    image_names: Sequence[str],
    *,
    info: Mapping[str, object] | None = None,
) -> None:
    """Write `to_coco` to a file, with ``info`` of how it came about where that is given.

    Raises
    ------
    OutputError
        When the file cannot be written.
    ValueError
        When there are not as many names as maps.
    """
    content = to_coco(maps, image_names)
    write_json(path, {"info": dict(info), **content} if info else content, compact=True)


def read_coco(path: str | Path) -> tuple[ParticleMap, ...]:
    """Read the contours of all images of a COCO file, whatever their categories.

    An object in several polygons, or a mask in several parts, keeps its largest one. Masks (run lengths, compressed or
    not) are traced half way between the pixels. An object with nothing but a bounding box gets that rectangle. Crowds
    (``iscrowd``) are many objects in one and left out. A human drew what has no
    ``origin``.

    Returns
    -------
    tuple
        A map for each image, in the order of the file, also where there is no annotation; its source is the
        ``file_name``.

    Raises
    ------
    AnnotationError
        When the file is no COCO file, or an annotation is broken; the message names its id.
    """
    return tuple(drawn.sound() for drawn in examine_coco(path))


def examine_coco(path: str | Path) -> tuple[Drawn, ...]:
    """Read as `read_coco`, but go on where the outline of an annotation is broken.

    Raises
    ------
    AnnotationError
        When the file is no COCO file, or an annotation belongs to no image.
    """
    content = load_object(path)
    if "images" not in content or "annotations" not in content:
        raise AnnotationError(f"{path} lacks 'images' or 'annotations', so it is no COCO file.")
    with sentence(path, "the file"):
        images, annotations = listed(content, "images"), listed(content, "annotations")
    shapes: dict[object, tuple[int, int]] = {}
    names: dict[object, str] = {}
    for index, image in enumerate(images):
        with sentence(path, f"image {index}"):
            entries = keyed(image)
            key = _identity(entries, "id")
            if key in shapes:
                raise ValueError(f"has the same id {key} as another")
            shapes[key] = shape_of(entries.get("height"), entries.get("width"))
            names[key] = str(entries.get("file_name") or "")
    particles, broken = _by_image(path, annotations, shapes)
    called = {number: _called(annotation, number - 1) for number, annotation in enumerate(annotations, start=1)}
    return tuple(
        Drawn(ParticleMap(shape, tuple(particles[key]), names[key]), called, tuple(broken[key]))
        for key, shape in shapes.items()
    )


def _annotation(particle: Particle) -> dict[str, object]:
    points = file_points(particle.contour)
    corner, sides = points.min(axis=0), np.ptp(points, axis=0)
    entries: dict[str, object] = {
        "category_id": _CATEGORY["id"],
        "segmentation": [points.ravel().tolist()],
        "bbox": np.round([*corner, *sides], 4).tolist(),
        "area": round(particle.contour.area_px, 4),
        "iscrowd": 0,
        "origin": particle.origin,
    }
    if particle.score is not None:
        entries["score"] = particle.score
    return entries


def _called(annotation: object, index: int) -> str:
    label = annotation.get("id", index) if isinstance(annotation, dict) else index
    return f"annotation {str(label)[:40]}"


def _by_image(
    path: str | Path, annotations: Sequence[object], shapes: Mapping[object, tuple[int, int]]
) -> tuple[dict[object, list[Particle]], dict[object, list[Broken]]]:
    """Sort the particles, and what is broken, by image; the id of a particle is its place in the file, from 1."""
    found: dict[object, list[Particle]] = defaultdict(list)
    broken: dict[object, list[Broken]] = defaultdict(list)
    for index, annotation in enumerate(annotations):
        name = _called(annotation, index)
        with sentence(path, name):
            entries = keyed(annotation)
            key = _identity(entries, "image_id")
            if key not in shapes:
                raise ValueError(f"belongs to image {key}, which is not in the file")
        if entries.get("iscrowd"):
            continue
        try:
            with sentence(path, name):
                found[key].append(replace(_particle(entries, shapes[key]), id=index + 1))
        except AnnotationError as error:
            broken[key].append(Broken(name, str(error)))
    return found, broken


def _particle(entries: Mapping[str, object], shape_px: tuple[int, int]) -> Particle:
    contour = within(_contour(entries, shape_px), shape_px)
    return Particle(contour, score_of(entries.get("score")), origin_of(entries.get("origin")))


def _contour(entries: Mapping[str, object], shape_px: tuple[int, int]) -> Contour:
    segmentation = entries.get("segmentation")
    if isinstance(segmentation, dict):
        contour = mask_contour(_mask(segmentation, shape_px))
        if contour is None:
            raise ValueError("has an empty mask")
        return contour
    if segmentation:
        return _largest_polygon(listed(entries, "segmentation"))
    box = listed(entries, "bbox")
    if len(box) != 4:
        raise ValueError("has neither a segmentation nor a bounding box of four numbers")
    return rectangle(*box)


def _largest_polygon(polygons: Sequence[object]) -> Contour:
    contours, fault = [], ValueError("has no polygon")
    for polygon in polygons:
        if not isinstance(polygon, list) or len(polygon) % 2:
            raise ValueError("needs polygons of x, y, x, y ...")
        pairs = [list(pair) for pair in zip(polygon[::2], polygon[1::2], strict=True)]
        try:
            contours.append(contour_of(pairs))
        except ValueError as error:
            fault = error
    # Scraps of one or two points beside a true outline are common where masks were traced.
    if not contours:
        raise fault
    return max(contours, key=lambda contour: contour.area_px)


def _mask(segmentation: Mapping[str, object], shape_px: tuple[int, int]) -> NDArray[np.bool_]:
    size = listed(segmentation, "size")
    if size != list(shape_px):
        raise ValueError(f"has a mask of size {str(size)[:40]} in an image of size {list(shape_px)}")
    counts = segmentation.get("counts")
    if isinstance(counts, str):
        try:
            return np.asarray(rle.decode({"size": size, "counts": counts}), dtype=bool)
        except (ValueError, RuntimeError) as error:
            raise ValueError("has run lengths that do not fill its mask") from error
    lengths = [number(count) for count in listed(segmentation, "counts")]
    if any(length < 0 or not length.is_integer() for length in lengths) or sum(lengths) != np.prod(shape_px):
        raise ValueError("has run lengths that do not fill its mask")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, np.array(lengths, dtype=np.int64)).reshape(shape_px, order="F")


def _identity(entries: Mapping[str, object], key: str) -> int | str:
    value = entries.get(key)
    if not isinstance(value, int | str):
        raise ValueError(f"has no number under {key!r}")
    return value
