"""The one table of quantities: it feeds CSV headers, web tables, axes and docs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


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
    """

    name: str
    symbol: str
    dimension: int
    vertical: bool
    meaning: str
    source: str

    def unit(self, *, scaled: bool, heights: bool = True) -> str:
        """Name the unit: "nm", "nm2", "nm3", "px", "px2" or "" for a number.

        Parameters
        ----------
        scaled
            The scan has a scale.
        heights
            The scan's values are heights in nm rather than grey levels.
        """
        if self.dimension == 0:
            return ""
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

QUANTITIES: tuple[Quantity, ...] = (
    Quantity("x", "x", 1, False, "Centre of mass, from the left border of the scan.", "centroid of the contour"),
    Quantity("y", "y", 1, False, "Centre of mass, from the top border of the scan.", "centroid of the contour"),
    Quantity("diameter", "d", 1, False, "Diameter of the circle of the same area.", "sqrt(4 A / pi)"),
    Quantity("area", "A", 2, False, "Area inside the contour.", "shoelace formula"),
    Quantity("perimeter", "P", 1, False, "Length of the contour.", "sum of the sides"),
    Quantity("length", "l", 1, False, "Longer side of the minimal bounding rectangle.", _RECTANGLE),
    Quantity("width", "w", 1, False, "Shorter side of the minimal bounding rectangle.", _RECTANGLE),
    Quantity("feret_max", "F_max", 1, False, "Largest caliper width.", "ISO 9276-6"),
    Quantity("feret_min", "F_min", 1, False, "Smallest caliper width.", "ISO 9276-6"),
    Quantity("circularity", "C", 0, False, "Roundness of the outline, 1 for a circle.", "4 pi A / P^2"),
    Quantity("height_max", "h", 1, True, "Highest point above the local substrate.", _PLANE),
    Quantity("height_mean", "h_mean", 1, True, "Mean height above the local substrate.", _PLANE),
    Quantity("volume", "V", 3, True, "Volume between surface and local substrate.", "sum of heights times pixel area"),
)
"""Every quantity of a particle, in the order of the columns."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """What was measured of the particles of one scan.

    Parameters
    ----------
    ids
        Ids of the N particles, in the order of the rows.
    columns
        For each `Quantity` name an array of shape (N,), float64; NaN where it cannot be measured.
        Lengths in nm, or px when ``scaled`` is False; heights in nm, or grey levels when ``heights`` is False.
    scaled
        The scan has a scale.
    heights
        The scan's values are heights in nm.
    touches_border
        Shape (N,), bool: the contour reaches the border of the scan, so the particle may be cut off.
    size_scan
        Height and width of the whole scan in nm (px without a scale).

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

    def __post_init__(self) -> None:
        known = {quantity.name for quantity in QUANTITIES}
        for name, column in self.columns.items():
            if name not in known:
                raise ValueError(f"{name!r} is not in the table of quantities")
            if column.shape != (len(self.ids),):
                raise ValueError(f"column {name!r} has shape {column.shape}, not ({len(self.ids)},)")
        if self.touches_border.shape != (len(self.ids),):
            raise ValueError("touches_border needs one flag a particle")

    def __len__(self) -> int:
        return len(self.ids)

    def subset(self, chosen: NDArray[np.bool_]) -> "Measurements":
        """Return the rows where ``chosen``, shape (N,), is true."""
        return replace(
            self,
            ids=tuple(number for number, keep in zip(self.ids, chosen, strict=True) if keep),
            columns={name: column[chosen] for name, column in self.columns.items()},
            touches_border=self.touches_border[chosen],
        )

    @property
    def area_scan(self) -> float:
        """Area of the whole scan in nm2 (px2 without a scale)."""
        return self.size_scan[0] * self.size_scan[1]
