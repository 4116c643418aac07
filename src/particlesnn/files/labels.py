"""Label pictures: each pixel holds the number of its particle, 0 is substrate."""

import io
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import find_objects
from scipy.ndimage import label as connected
from skimage.draw import polygon

from particlesnn.core import AnnotationError, OutputError, Particle, ParticleMap
from particlesnn.core.writing import write_whole
from particlesnn.files.json_text import load_bytes, sentence
from particlesnn.files.pictures import TIFF_MAGICS
from particlesnn.files.shapes import mask_contour, shape_of

_TIFF_SUFFIXES = (".tif", ".tiff")
_MOST_OF_16_BIT = int(np.iinfo(np.uint16).max)
_MOST_OF_32_BIT = int(np.iinfo(np.int32).max)
"""Also the largest id that `rasterise` can draw."""


def rasterise(particle_map: ParticleMap) -> NDArray[np.int32]:
    """Draw the particles as labels.

    Parameters
    ----------
    particle_map
        The particles; where two overlap the later one wins.

    Returns
    -------
    ndarray
        Shape (H, W): the id of the particle in whose contour the centre of the pixel lies, else 0.
    """
    labels = np.zeros(particle_map.shape_px, dtype=np.int32)
    for particle in particle_map.particles:
        x, y = particle.contour.points_px.T
        labels[polygon(y, x, particle_map.shape_px)] = particle.id
    return labels


def write_labels(path: str | Path, particle_map: ParticleMap) -> None:
    """Write `rasterise` as a picture of 16 bit; a TIFF of 32 bit where an id needs it.

    What contours hold between the pixels, scores and origins are lost, and so is a particle that covers no centre of
    a pixel or lies under others.

    Parameters
    ----------
    path
        A PNG or TIFF, by its suffix.
    particle_map
        The particles.

    Raises
    ------
    OutputError
        When the suffix is another one, an id is too large (above 65535 for a PNG), or the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix != ".png" and suffix not in _TIFF_SUFFIXES:
        raise OutputError(f"{path} is neither a .png nor a .tif, the two kinds of label pictures; rename it.")
    most = _MOST_OF_32_BIT if suffix in _TIFF_SUFFIXES else _MOST_OF_16_BIT
    ids = [particle.id for particle in particle_map.particles]
    if any(not 0 < number <= most for number in ids):
        raise OutputError(f"{path} cannot hold ids above {most}; write a TIFF, or the contours as COCO.")
    pixels = rasterise(particle_map).astype(np.uint16 if max(ids, default=0) <= _MOST_OF_16_BIT else np.uint32)
    buffer = io.BytesIO()
    if suffix in _TIFF_SUFFIXES:
        tifffile.imwrite(buffer, pixels, compression="zlib")
    else:
        Image.fromarray(pixels).save(buffer, format="PNG")
    write_whole(path, buffer.getvalue())


def read_labels(path: str | Path) -> ParticleMap:
    """Read a label picture and trace each label half way between the pixels.

    A label in several parts keeps its largest one. A picture with a single value beside 0 is a mask: each of its
    connected parts (over the sides of the pixels, not the corners) is a particle.

    Parameters
    ----------
    path
        A picture of one channel with whole numbers.

    Returns
    -------
    ParticleMap
        The particles, drawn by a human, with the labels as ids; the source is the name of the file.

    Raises
    ------
    AnnotationError
        When the file cannot be read, or is no label picture.
    """
    pixels = _pixels(Path(path), load_bytes(path))
    with sentence(path, "the file"):
        shape_px = shape_of(*pixels.shape)
    values, numbers = np.unique(pixels, return_inverse=True)
    if values[0] < 0:
        raise AnnotationError(f"{path} holds negative labels; labels count from 1, and 0 is substrate.")
    if values[0] > 0:
        # Without substrate the labels still begin at place 1.
        values, numbers = np.concatenate([[0], values]), numbers + 1
    ids = values.astype(np.int64)
    labels = numbers.reshape(shape_px).astype(np.int32)
    if len(values) == 2:
        labels, count = connected(labels)
        ids = np.arange(count + 1)
    return ParticleMap(shape_px, tuple(_particles(labels, ids)), Path(path).name)


def _particles(labels: NDArray[np.int32], ids: NDArray[np.int64]) -> list[Particle]:
    particles = []
    for number, box in enumerate(find_objects(labels), start=1):
        if box is None:
            continue
        corner = (box[1].start, box[0].start)
        contour = mask_contour(labels[box] == number, corner)
        if contour is not None:
            particles.append(Particle(contour, None, "human", id=int(ids[number])))
    return particles


def _pixels(path: Path, data: bytes) -> NDArray[np.generic]:
    try:
        if data.startswith(TIFF_MAGICS):
            with tifffile.TiffFile(io.BytesIO(data)) as tiff:
                pixels = np.squeeze(tiff.pages.first.asarray())
        else:
            with Image.open(io.BytesIO(data)) as picture:
                pixels = np.asarray(picture)
    except Exception as error:  # the two libraries raise whatever a broken file leads them to
        raise AnnotationError(f"{path} is no picture that can be opened, or a damaged one; save it again.") from error
    if pixels.ndim != 2 or not pixels.size:
        raise AnnotationError(f"{path} is a colour picture, but a label picture has one channel of numbers.")
    if pixels.dtype.kind == "f" and np.isfinite(pixels).all() and (pixels == np.round(pixels)).all():
        pixels = pixels.astype(np.int64)
    if pixels.dtype.kind not in "iub":
        raise AnnotationError(f"{path} holds fractions, but a label picture holds whole numbers.")
    return pixels
