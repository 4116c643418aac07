"""Contours in the projects and annotation files of the VGG Image Annotator (VIA 2)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from particlesnn.core import AnnotationError, Contour, Particle, ParticleMap
from particlesnn.files.json_text import keyed, listed, load_object, sentence
from particlesnn.files.shapes import (
    contour_of,
    ellipse,
    file_points,
    number,
    origin_of,
    rectangle,
    score_of,
    shape_of,
    within,
)
from particlesnn.files.tables import write_json

_IMAGES = "_via_img_metadata"
_UNKNOWN_BYTES = -1
"""VIA tells images of one name apart by their bytes in the file; -1 stands for an image that it loads by its path."""


def write_via(path: str | Path, maps: Sequence[ParticleMap], image_names: Sequence[str]) -> None:
    """Write contours as a project that VIA 2 opens.

    VIA knows no size of an image and no score: the size stands in each image's ``file_attributes`` (height, width),
    origin and score stand in each region's ``region_attributes``; VIA shows and keeps both. The fitted bump is lost;
    coordinates are rounded to 1e-4 px.

    Parameters
    ----------
    path
        The JSON file.
    maps
        The particles of each image.
    image_names
        Path of each image, as VIA shall look for it. They must differ.

    Raises
    ------
    OutputError
        When the file cannot be written.
    ValueError
        When there are not as many names as maps, or two names are the same.
    """
    images = {
        f"{name}{_UNKNOWN_BYTES}": _image(particle_map, name)
        for particle_map, name in zip(maps, image_names, strict=True)
    }
    if len(images) != len(maps):
        raise ValueError("VIA needs a different name for each image")
    texts = {name: {"type": "text", "description": "", "default_value": ""} for name in ("origin", "score")}
    sizes = {name: {"type": "text", "description": "", "default_value": ""} for name in ("height", "width")}
    project = {
        "_via_settings": {
            "ui": {},
            "core": {"buffer_size": 18, "filepath": {}, "default_filepath": ""},
            "project": {"name": Path(path).stem},
        },
        _IMAGES: images,
        "_via_attributes": {"region": texts, "file": sizes},
        "_via_data_format_version": "2.0.10",
        "_via_image_id_list": list(images),
    }
    write_json(path, project, compact=True)


def read_via(path: str | Path, shape_px: tuple[int, int] | None = None) -> tuple[ParticleMap, ...]:
    """Read the contours of all images of a VIA 2 project, or of its annotations alone.

    Polygons and rectangles are taken as they are; circles and ellipses become polygons of 64 points with the same
    area. A human drew a region unless its attributes say otherwise.

    Parameters
    ----------
    path
        The JSON file.
    shape_px
        Rows and columns of the images, for those whose ``file_attributes`` hold no height and width.

    Raises
    ------
    AnnotationError
        When the file is no VIA file, an image has no size, or a region is of another kind or no outline; the message
        names the image and the region, counted from 0.
    """
    content = load_object(path)
    images = content.get(_IMAGES, content)
    if not isinstance(images, dict) or not is_via(content):
        raise AnnotationError(f"{path} has no images with 'regions', so it is no VIA file.")
    return tuple(_map(path, image, shape_px) for image in images.values())


def is_via(content: Mapping[str, object]) -> bool:
    """Look for the marks of VIA: a project, or nothing but images with regions."""
    if _IMAGES in content:
        return True
    return bool(content) and all(isinstance(image, dict) and "regions" in image for image in content.values())


def _image(particle_map: ParticleMap, name: str) -> dict[str, object]:
    height, width = particle_map.shape_px
    return {
        "filename": name,
        "size": _UNKNOWN_BYTES,
        "regions": [_region(particle) for particle in particle_map.particles],
        "file_attributes": {"height": str(height), "width": str(width)},
    }


def _region(particle: Particle) -> dict[str, object]:
    xs, ys = file_points(particle.contour).T
    score = "" if particle.score is None else f"{particle.score:.6g}"
    return {
        "shape_attributes": {"name": "polygon", "all_points_x": xs.tolist(), "all_points_y": ys.tolist()},
        "region_attributes": {"origin": particle.origin, "score": score},
    }


def _map(path: str | Path, image: object, shape_px: tuple[int, int] | None) -> ParticleMap:
    with sentence(path, "an image"):
        entries = keyed(image)
    name = str(entries.get("filename") or "")
    with sentence(path, f"the image {name!r}"):
        shape = _shape(entries) or shape_px
        regions = entries.get("regions") or []
        if isinstance(regions, dict):  # so VIA 1 wrote them
            regions = list(regions.values())
        if not isinstance(regions, list):
            raise ValueError("has no list of regions")
    if shape is None:
        raise AnnotationError(
            f"{path}: the image {name!r} has no height and width, as VIA stores none; "
            "say them by particlesnn convert --size W H."
        )
    particles = []
    for index, region in enumerate(regions):
        with sentence(path, f"region {index} of {name!r}"):
            particles.append(_particle(keyed(region), shape))
    return ParticleMap(shape, tuple(particles), name)


def _shape(image: Mapping[str, object]) -> tuple[int, int] | None:
    attributes = image.get("file_attributes")
    if isinstance(attributes, dict) and attributes.get("height") and attributes.get("width"):
        return shape_of(_typed(attributes["height"]), _typed(attributes["width"]))
    return None


def _particle(region: Mapping[str, object], shape_px: tuple[int, int]) -> Particle:
    attributes = region.get("region_attributes")
    notes = attributes if isinstance(attributes, dict) else {}
    score = notes.get("score")
    contour = within(_contour(keyed(region.get("shape_attributes"))), shape_px)
    return Particle(contour, score_of(_typed(score) if score != "" else None), origin_of(notes.get("origin")))


def _contour(shape: Mapping[str, object]) -> Contour:
    kind = shape.get("name")
    if kind == "polygon":
        xs, ys = listed(shape, "all_points_x"), listed(shape, "all_points_y")
        if len(xs) != len(ys):
            raise ValueError(f"has {len(xs)} x and {len(ys)} y coordinates")
        return contour_of([list(pair) for pair in zip(xs, ys, strict=True)])
    if kind == "rect":
        return rectangle(*(shape.get(key) for key in ("x", "y", "width", "height")))
    centre = (shape.get("cx"), shape.get("cy"))
    if kind == "circle":
        return ellipse(centre, (shape.get("r"), shape.get("r")))
    if kind == "ellipse":
        return ellipse(centre, (shape.get("rx"), shape.get("ry")), shape.get("theta", 0.0))
    raise ValueError(f"is a {str(kind)[:40]}, but only polygons, rectangles, circles and ellipses outline a particle")


def _typed(value: object) -> object:
    """Return the number in a text that a user may have edited; VIA keeps all attributes as text."""
    if not isinstance(value, str):
        return value
    try:
        return number(float(value))
    except ValueError:
        raise ValueError(f"has {value[:40]!r} where a number belongs") from None
