"""The one table of quantities: it feeds CSV headers, web tables, axes and docs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from particlesnn.core.tip import TipFigures


@dataclass(frozen=True)
class Quantity:
    """One thing that is measured of a particle.

    Parameters
    ----------
    name
        Stem of the column, without its unit: "diameter".
    symbol
        As printed on an axis: "d".
    dimension
        0 for a plain number, 1 for a length, 2 for an area, 3 for a volume in the plane AND height;
        lengths in the plane become px where the scan has no scale.
    vertical
        True for a height, which is known only where the scan holds heights.
    meaning
        One sentence.
    source
        Formula or reference.
    angular
        True for an angle, in degrees; its dimension is 0.
    signed
        True for what may be negative, such as the height of a hollow.
    """

    name: str
    symbol: str
    dimension: int
    vertical: bool
    meaning: str
    source: str
    angular: bool = False
    signed: bool = False

    def unit(self, *, scaled: bool, heights: bool = True) -> str:
        """Name the unit: "nm", "nm2", "nm3", "px", "px2", "deg" or "" for a number.

        Parameters
        ----------
        scaled
            The scan has a scale.
        heights
            The scan's values are heights in nm rather than grey levels.
        """
        if self.dimension == 0:
            return "deg" if self.angular else ""
        if self.vertical:
            if self.dimension == 1:
                return "nm" if heights else "grey"
            if not heights:
                return f"grey_{'nm2' if scaled else 'px2'}"
            return "nm3" if scaled else "nm_px2"
        power = "" if self.dimension == 1 else str(self.dimension)
        return f"{'nm' if scaled else 'px'}{power}"

    def column(self, *, scaled: bool, heights: bool = True) -> str:
        """Name the column with its unit, e.g. "area_nm2"; see `unit` for the parameters."""
        unit = self.unit(scaled=scaled, heights=heights)
        return f"{self.name}_{unit}" if unit else self.name


_RECTANGLE = "Okunev et al. 2020, section 2.5"
_PLANE = "local plane through the surroundings"
_GWYDDION = "grain volumes of Gwyddion"

QUANTITIES: tuple[Quantity, ...] = (
    Quantity("x", "x", 1, False, "Centre of mass, from the left border of the scan.", "centroid of the contour"),
    Quantity("y", "y", 1, False, "Centre of mass, from the top border of the scan.", "centroid of the contour"),
    Quantity("diameter", "d", 1, False, "Diameter of the circle of the same area.", "sqrt(4 A / pi)"),
    Quantity("area", "A", 2, False, "Area inside the contour.", "shoelace formula"),
    Quantity("perimeter", "P", 1, False, "Length of the contour.", "sum of the sides"),
    Quantity("length", "l", 1, False, "Longer side of the minimal bounding rectangle.", _RECTANGLE),
    Quantity("width", "w", 1, False, "Shorter side of the minimal bounding rectangle.", _RECTANGLE),
    Quantity("aspect_ratio", "l/w", 0, False, "Length over width, 1 for a circle or a square.", "l / w"),
    Quantity(
        "angle",
        "a",
        0,
        False,
        "Direction of the minimal bounding rectangle's longer side, 0 to 180 degrees, from x (right) towards y (down).",
        _RECTANGLE,
        angular=True,
    ),
    Quantity("feret_max", "F_max", 1, False, "Largest caliper width.", "ISO 9276-6"),
    Quantity("feret_min", "F_min", 1, False, "Smallest caliper width.", "ISO 9276-6"),
    Quantity("feret_90", "F_90", 1, False, "Caliper width at a right angle to the largest.", "along F_max"),
    Quantity("inscribed_diameter", "d_in", 1, False, "Diameter of the largest circle inside.", "to 0.4 %, GEOS"),
    Quantity("circumscribed_diameter", "d_out", 1, False, "Diameter of the smallest circle around.", "GEOS"),
    Quantity("circularity", "C", 0, False, "Roundness of the outline, 1 for a circle.", "4 pi A / P^2"),
    Quantity("solidity", "S", 0, False, "Share of the convex hull that is filled, 1 without dents.", "A / A(hull)"),
    Quantity("nearest_neighbour", "d_nn", 1, False, "Distance to the nearest other particle.", "from centre to centre"),
    Quantity(
        "fwhm",
        "FWHM",
        1,
        False,
        "Full width at half height: diameter of the circle of the same area as the part that reaches h / 2.",
        "sqrt(4 A(h / 2) / pi)",
    ),
    Quantity("height_max", "h", 1, True, "Highest point above the local substrate.", _PLANE, signed=True),
    Quantity("height_mean", "h_mean", 1, True, "Mean height above the local substrate.", _PLANE, signed=True),
    Quantity("height_median", "h_50", 1, True, "Median height above the local substrate.", _PLANE, signed=True),
    Quantity(
        "height_to_diameter",
        "h/d",
        0,
        False,
        "Highest point over diameter, where both are in nm.",
        "h / d",
        signed=True,
    ),
    Quantity(
        "contact_angle",
        "CA",
        0,
        False,
        "Angle at the foot of the spherical cap of this height and diameter, where both are in nm.",
        "2 atan(2 h / d)",
        angular=True,
    ),
    Quantity(
        "volume",
        "V",
        3,
        True,
        "Volume between surface and local substrate.",
        "sum of heights times pixel area",
        signed=True,
    ),
    Quantity(
        "volume_zero", "V_0", 3, True, "Volume between surface and the height 0 of the scan.", _GWYDDION, signed=True
    ),
    Quantity("volume_minimum", "V_min", 3, True, "Volume above the lowest pixel of the particle.", _GWYDDION),
    Quantity(
        "volume_laplace",
        "V_lap",
        3,
        True,
        "Volume above the surface that Laplace's equation stretches between the heights around the particle.",
        _GWYDDION,
        signed=True,
    ),
)
"""Every quantity of a particle that each scan has, in the order of the columns."""

TIP_QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        "diameter_reconstructed",
        "d_r",
        1,
        False,
        "Diameter with the broadening by the tip taken off.",
        "d sqrt(A_r / A_s): areas at h / 4 of eroded and recorded surface; Villarrubia 1997",
    ),
    Quantity(
        "area_certain",
        "A_c",
        2,
        False,
        "Area inside the contour where the tip touched at one place only, so that the surface is known.",
        "certainty map, Villarrubia 1997",
    ),
    Quantity(
        "area_uncertain",
        "A_u",
        2,
        False,
        "Area inside the contour where the eroded surface is only the highest that is possible.",
        "certainty map, Villarrubia 1997",
    ),
    Quantity(
        "tip_radius",
        "R",
        1,
        False,
        "Radius of the tip's apex, as given or as estimated.",
        "sections 2 pi R z, see tip.md",
    ),
)
"""Quantities of a particle where the broadening by the tip was taken off."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """What was measured of the particles of one scan.

    Parameters
    ----------
    ids
        Ids of the N particles, in the order of the rows.
    columns
        For each `Quantity` name an array of shape (N,), float64; NaN where it cannot be measured.
        Those of `TIP_QUANTITIES` only where a tip was taken off.
        Lengths in nm, or px when ``scaled`` is False; heights in nm, or grey levels when ``heights`` is False.
    scaled
        The scan has a scale.
    heights
        The scan's values are heights in nm.
    touches_border
        Shape (N,), bool: the contour reaches the border of the scan, so the particle may be cut off.
    size_scan
        Height and width of the whole scan in nm (px without a scale).
    touches_particle
        Shape (N,), bool: the contour comes within 1 px of another's. Left out, it says that none does.
    tip
        What is told of the tip; None where nothing was asked of it.

    Raises
    ------
    ValueError
        When a column is not a known quantity or has another length.
    """

    ids: tuple[int, ...]
    columns: Mapping[str, NDArray[np.float64]]
    scaled: bool
    heights: bool
    touches_border: NDArray[np.bool_]
    size_scan: tuple[float, float]
    touches_particle: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    tip: TipFigures | None = None

    def __post_init__(self) -> None:
        known = {quantity.name for quantity in (*QUANTITIES, *TIP_QUANTITIES)}
        for name, column in self.columns.items():
            if name not in known:
                raise ValueError(f"{name!r} is not in the table of quantities")
            if column.shape != (len(self.ids),):
                raise ValueError(f"column {name!r} has shape {column.shape}, not ({len(self.ids)},)")
        if not self.touches_particle.size:
            object.__setattr__(self, "touches_particle", np.zeros(len(self.ids), dtype=np.bool_))
        for name in ("touches_border", "touches_particle"):
            if getattr(self, name).shape != (len(self.ids),):
                raise ValueError(f"{name} needs one flag a particle")

    def __len__(self) -> int:
        return len(self.ids)

    def subset(self, chosen: NDArray[np.bool_]) -> "Measurements":
        """Return the rows where ``chosen``, shape (N,), is true."""
        return replace(
            self,
            ids=tuple(number for number, keep in zip(self.ids, chosen, strict=True) if keep),
            columns={name: column[chosen] for name, column in self.columns.items()},
            touches_border=self.touches_border[chosen],
            touches_particle=self.touches_particle[chosen],
        )

    @property
    def area_scan(self) -> float:
        """Area of the whole scan in nm2 (px2 without a scale)."""
        return self.size_scan[0] * self.size_scan[1]
