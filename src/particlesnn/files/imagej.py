"""Contours as regions of interest (ROI) of ImageJ and Fiji: one in a .roi, many in a .zip."""

import io
import logging
import zipfile
from pathlib import Path

import numpy as np
from roifile import ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from particlesnn.core import AnnotationError, Contour, OutputError, Particle, ParticleMap
from particlesnn.core.writing import write_whole
from particlesnn.files.json_text import load_bytes, sentence
from particlesnn.files.shapes import HALF, contour_of, ellipse, particle_of, remark, within

ROI_MAGIC = b"Iout"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
"""A ZIP with members, and an empty one."""
_LARGEST_ROI = 16_000_000
"""Bytes of one unpacked ROI; more is no outline but an attempt to fill the memory."""
_OUTLINES = {ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED, ROI_TYPE.RECT, ROI_TYPE.OVAL}
_OPEN_SUBTYPES = {ROI_SUBTYPE.TEXT, ROI_SUBTYPE.ARROW, ROI_SUBTYPE.IMAGE}

# Without a handler of its own, what roifile remarks on a broken file would stand on the screen beside our sentence.
logging.getLogger("roifile").addHandler(logging.NullHandler())


def write_imagej(path: str | Path, particle_map: ParticleMap) -> None:
    """Write contours for the ROI Manager of ImageJ.

    Coordinates have single precision (better than 1e-3 px in any picture). Origin and score stand in the name of each
    ROI ("0007 network, score 0.93"), which ImageJ shows and keeps. The size of the picture and the fitted bump are
    lost.

    Parameters
    ----------
    path
        A .zip, or a .roi for one particle.
    particle_map
        The particles.

    Raises
    ------
    OutputError
        When the suffix is another one, a .roi would have to hold several, or the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    rois = [_roi(particle) for particle in particle_map.particles]
    if suffix == ".roi" and len(rois) != 1:
        raise OutputError(f"{path} would have to hold {len(rois)} particles, but a .roi holds one; write a .zip.")
    if suffix not in (".roi", ".zip"):
        raise OutputError(f"{path} is neither a .zip nor a .roi, the two kinds of ImageJ contours; rename it.")
    write_whole(path, rois[0].tobytes() if suffix == ".roi" else _packed(rois))


def read_imagej(path: str | Path, shape_px: tuple[int, int] | None = None) -> ParticleMap:
    """Read the outlines of a .roi, or of all .roi in a .zip.

    Polygons, freehand and traced selections and rectangles are taken as they are; ovals become polygons of 64 points
    with the same area; a selection in several parts keeps its largest one. A human drew an outline unless its name
    says otherwise.

    Parameters
    ----------
    path
        The file, whatever its suffix.
    shape_px
        Rows and columns of the scan; ROI files do not hold them.

    Raises
    ------
    AnnotationError
        When the size is not given, the file is damaged, or a ROI is of another kind or no outline; the message names
        the ROI.
    """
    data = load_bytes(path)
    if shape_px is None:
        raise AnnotationError(
            f"{path} holds no size of the picture, as ImageJ stores none; say it by particlesnn convert --size W H."
        )
    if not data.startswith((ROI_MAGIC, *ZIP_MAGICS)):
        raise AnnotationError(f"{path} is neither an ImageJ ROI nor a ZIP of them.")
    members = [(Path(path).stem, data)] if data.startswith(ROI_MAGIC) else _members(path, data)
    particles = []
    for name, content in members:
        with sentence(path, f"the ROI {name!r}"):
            particles.append(_particle(content, name, shape_px))
    return ParticleMap(shape_px, tuple(particles))


def _roi(particle: Particle) -> ImagejRoi:
    points = (particle.contour.points_px + HALF).astype(np.float32)
    roi = ImagejRoi.frompoints(points, name=f"{particle.id:04d} {remark(particle)}")
    roi.roitype = ROI_TYPE.POLYGON
    return roi


def _packed(rois: list[ImagejRoi]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for roi in rois:
            # A fixed date: the same contours give the same bytes.
            archive.writestr(zipfile.ZipInfo(f"{roi.name}.roi"), roi.tobytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _members(path: str | Path, data: bytes) -> list[tuple[str, bytes]]:
    members = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.filename.lower().endswith(".roi"):
                    with archive.open(entry) as file:
                        members.append((Path(entry.filename).stem, file.read(_LARGEST_ROI)))
    except Exception as error:  # zipfile and the codecs below it raise whatever a broken archive leads them to
        raise AnnotationError(f"{path} is a damaged or protected ZIP; save the ROIs again in ImageJ.") from error
    if not members and not data.startswith(ZIP_MAGICS[1]):
        raise AnnotationError(f"{path} is a ZIP without ImageJ ROIs.")
    return members


def _particle(data: bytes, name: str, shape_px: tuple[int, int]) -> Particle:
    try:
        roi = ImagejRoi.frombytes(data)
    except Exception as error:  # the library raises whatever broken bytes lead it to
        raise ValueError("is damaged") from error
    kind = str(getattr(roi.roitype, "name", roi.roitype)).lower()
    if roi.roitype not in _OUTLINES or roi.subtype in _OPEN_SUBTYPES:
        raise ValueError(f"is a {kind}, but only areas outline a particle")
    return particle_of(within(_contour(roi), shape_px), roi.name or name)


def _contour(roi: ImagejRoi) -> Contour:
    if roi.roitype == ROI_TYPE.OVAL and roi.multi_coordinates is None:
        left, top, width, height = _frame(roi)
        return ellipse((left + width / 2, top + height / 2), (width / 2, height / 2))
    if roi.roitype == ROI_TYPE.RECT and roi.multi_coordinates is None:
        left, top, width, height = _frame(roi)
        return contour_of(
            np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
        )
    try:
        parts = roi.coordinates(multi=True)
    except Exception as error:  # as above
        raise ValueError("is damaged, or has curves in place of corners") from error
    contours, fault = [], ValueError("has no points")
    for part in parts:
        try:
            contours.append(contour_of(np.asarray(part, dtype=np.float64)))
        except ValueError as error:
            fault = error
    if not contours:
        raise fault
    return max(contours, key=lambda contour: contour.area_px)


def _frame(roi: ImagejRoi) -> tuple[float, float, float, float]:
    """Left, top, width and height of an upright selection, to a fraction of a pixel where it holds one."""
    if roi.subpixelrect:
        return float(roi.xd), float(roi.yd), float(roi.widthd), float(roi.heightd)
    return float(roi.left), float(roi.top), float(roi.right - roi.left), float(roi.bottom - roi.top)
