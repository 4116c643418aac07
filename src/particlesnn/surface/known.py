"""Tips whose shape the user gives, and how it is written."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import ParticlesNNError, Tip

_WORDS = re.compile(r"(?P<name>radius|angle)=(?P<number>[0-9.eE+-]+)(?P<unit>nm|deg)?")
_UNITS = {"radius": (None, "nm"), "angle": (None, "deg")}
_FARTHEST_PX = 48
"""A tip is cut off so far from its apex: what it touches farther out is not taken off."""


@dataclass(frozen=True)
class TipChoice:
    """What is known of the tip.

    Parameters
    ----------
    radius_nm
        Radius of the apex; None to find the tip blindly, from the scan.
    half_angle_deg
        Angle between the axis and the side of the cone that a round apex ends in; 0 is a cylinder with a spherical
        end. None for a paraboloid of the radius.

    Raises
    ------
    ParticlesNNError
        When there is no such tip.
    """

    radius_nm: float | None = None
    half_angle_deg: float | None = None

    def __post_init__(self) -> None:
        radius, angle = self.radius_nm, self.half_angle_deg
        if radius is None:
            if angle is not None:
                raise ParticlesNNError("the angle of a tip needs its radius, such as radius=5nm,angle=20")
            return
        sharpest = 0.0 if angle else np.nextafter(0.0, 1.0)  # without a cone, radius 0 is no tip at all
        if not sharpest <= radius < np.inf:
            raise ParticlesNNError(f"the radius of a tip must be a positive number of nm, not {radius:g}")
        if angle is not None and not 0 <= angle < 90:
            raise ParticlesNNError(f"half the opening angle of a tip is 0 to 90 degrees, not {angle:g}")


def parse_tip(text: str) -> TipChoice | None:
    """Read how a tip is written: "none", "blind", "radius=5nm" or "radius=5nm,angle=20".

    Returns
    -------
    TipChoice or None
        None for "none".

    Raises
    ------
    ParticlesNNError
        When it is written otherwise, or there is no such tip.
    """
    if text == "none":
        return None
    if text == "blind":
        return TipChoice()
    found: dict[str, float] = {}
    for part in text.replace(" ", "").split(","):
        match = _WORDS.fullmatch(part)
        number = _number(match["number"]) if match else None
        if match is None or number is None or match["name"] in found or match["unit"] not in _UNITS[match["name"]]:
            raise ParticlesNNError(f"a tip is none, blind, radius=5nm, or radius=5nm,angle=20, not {text!r}")
        found[match["name"]] = number
    return TipChoice(found.get("radius"), found.get("angle"))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def known_tip(choice: TipChoice, pixel_nm: tuple[float, float], relief_nm: float) -> Tip:
    """Make the tip that the user described, as far up as it can touch.

    Parameters
    ----------
    choice
        Its radius, and its angle if it has one.
    pixel_nm
        Height and width of a pixel (dy, dx).
    relief_nm
        Height of what it scans: no higher part of it ever touches.

    Raises
    ------
    ValueError
        When the choice is to find it blindly.
    """
    if choice.radius_nm is None:
        raise ValueError("a tip that is to be found blindly has no shape yet")
    farthest = np.array([_FARTHEST_PX * side for side in pixel_nm])
    widths = np.linspace(0.0, float(farthest.max()), 4096)
    touching = widths[_drop(widths, choice.radius_nm, choice.half_angle_deg) <= relief_nm]
    rows, columns = (
        int(np.clip(np.ceil(touching[-1] / side), 1, _FARTHEST_PX)) if touching.size else 1 for side in pixel_nm
    )
    y, x = np.mgrid[-rows : rows + 1, -columns : columns + 1]
    heights = -_drop(np.hypot(y * pixel_nm[0], x * pixel_nm[1]), choice.radius_nm, choice.half_angle_deg)
    return Tip(heights, pixel_nm, choice.radius_nm)


def _drop(distance: NDArray[np.float64], radius_nm: float, half_angle_deg: float | None) -> NDArray[np.float64]:
    """How much higher than its apex a tip is at a distance from its axis, in nm; infinite beside a cylinder."""
    if half_angle_deg is None:
        return np.asarray(distance**2 / (2 * radius_nm))
    angle = np.radians(half_angle_deg)
    leaves = radius_nm * np.cos(angle)  # where the sphere goes over into the cone, without a kink
    sphere = radius_nm - np.sqrt(np.clip(radius_nm**2 - distance**2, 0, None))
    beyond = np.clip(distance - leaves, 0, None)
    cone = np.where(beyond > 0, np.inf, 0.0) if angle == 0 else beyond / np.tan(angle)
    return np.asarray(np.where(distance <= leaves, sphere, radius_nm * (1 - np.sin(angle)) + cone))
