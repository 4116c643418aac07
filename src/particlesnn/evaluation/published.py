"""The figures of Okunev, Mashukov, Nartova and Matveev, Nanomaterials 2020, 10, 1285 (doi 10.3390/nano10071285)."""

import re
from dataclasses import dataclass
from typing import Literal

ContourType = Literal["predicted", "fitted"]


@dataclass(frozen=True)
class PublishedModel:
    """A row of table 1: one network, trained in one way."""

    number: int
    """As in the table, from 1."""
    backbone: str
    """As the paper writes it."""
    scale: str
    """How many times the training images were enlarged: "1x", "2x" or "3x"."""
    contour_set: str
    """How the training particles were outlined: "rough" or "precise"."""
    contours: ContourType
    """Whether contours are the network's, or refined by a Gaussian."""
    recall: float
    """Share of the true particles that were found; the paper also says accuracy."""
    ap: float
    """COCO's mAP of the boxes."""

    @property
    def key(self) -> str:
        """Name to give a model of this row: "x101-3x-precise"."""
        return f"{_SHORT[self.backbone]}-{self.scale}-{self.contour_set}"


@dataclass(frozen=True)
class PublishedImage:
    """A test image in tables 2 to 5, by network No. 6."""

    number: int
    """As in the tables, from 1."""
    tp: int
    """Predictions that took a truth."""
    fp: int
    """Predictions that did not."""
    fn: int
    """Truths that nobody took."""
    fitted: int
    """How many contours a Gaussian refined."""
    truth_nm: float
    """Mean diameter of the true contours."""
    predicted_nm: float
    """Of the predicted ones."""
    predicted_accuracy: float
    """Smaller mean over the larger, predicted and true."""
    fitted_nm: float
    """Mean diameter of the refined contours."""
    fitted_accuracy: float
    """Smaller mean over the larger, refined and true."""
    flooded: int
    """How many particles WSxM's flooding found; tables 5, S1 and S2."""
    flooded_nm: float | None = None
    """Their mean diameter, where we know it."""
    flooded_error_nm: float | None = None
    """Standard error of that mean."""
    predicted_error_nm: float | None = None
    """Standard error of the predicted mean."""
    truth_error_nm: float | None = None
    """Standard error of the true mean."""

    @property
    def truth(self) -> int:
        """How many particles there are."""
        return self.tp + self.fn

    @property
    def predicted(self) -> int:
        """How many were predicted."""
        return self.tp + self.fp


_SHORT = {"X-101-64x4d-FPN": "x101", "HRNetV2p-W32": "hrnet"}
_X101, _HRNET = _SHORT

MODELS: tuple[PublishedModel, ...] = (
    PublishedModel(1, _X101, "1x", "rough", "predicted", 0.24, 0.0),
    PublishedModel(2, _X101, "2x", "rough", "predicted", 0.73, 0.0),
    PublishedModel(3, _X101, "3x", "rough", "predicted", 0.83, 0.0),
    PublishedModel(4, _X101, "3x", "rough", "fitted", 0.51, 0.0),
    PublishedModel(5, _HRNET, "3x", "rough", "predicted", 0.82, 0.0),
    PublishedModel(6, _X101, "3x", "precise", "predicted", 0.78, 0.279),
)
"""Table 1."""

IMAGES: tuple[PublishedImage, ...] = (
    PublishedImage(1, 266, 6, 111, 172, 5.19, 4.87, 0.94, 5.38, 0.96, 196, 4.93, 0.33, 0.07, 0.06),
    PublishedImage(2, 115, 3, 31, 95, 3.82, 3.85, 0.99, 4.15, 0.92, 69),
    PublishedImage(3, 158, 32, 14, 147, 5.32, 4.62, 0.87, 5.33, 0.99, 115),
)
"""Tables 2 to 5, S1 and S2."""

SETS: dict[tuple[str, str], tuple[int, int]] = {
    ("rough", "train"): (15, 3791),
    ("precise", "train"): (8, 1186),
    ("test", "test"): (3, 695),
}
"""Contour set and part to images and particles; sections 2.2 and 3."""

MAX_DETS = 500
"""How many predictions of an image count in mAP; section 2.4."""


def key_of(name: str) -> str:
    """Read which network of table 1 a model's name means, such as "X101 3x precise"; "" for none of them.

    Parameters
    ----------
    name
        Any text with a backbone ("x101" or "hrnet"), a scale ("1x", "2x" or "3x") and a set ("rough" or "precise").
    """
    plain = name.casefold().replace("x-101", "x101")
    patterns = ("x101|hrnet", "(?<![0-9])[123]x", "rough|precise")
    words = [set(re.findall(pattern, plain)) for pattern in patterns]
    return "-".join(word for found in words for word in found) if all(len(found) == 1 for found in words) else ""


def image_with(truth: int) -> int | None:
    """Return the number of the paper's test image that has so many true particles; None for none."""
    return next((image.number for image in IMAGES if image.truth == truth), None)
