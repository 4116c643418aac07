"""A scan: the picture a microscope took, with its scale."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Scan:
    """One channel of one microscope picture.

    Row 0 is on top, x runs right, y runs down.

    Parameters
    ----------
    values
        Shape (H, W), float64, finite. Heights in ``value_unit``, or grey levels.
    value_unit
        "nm" for heights, None for grey levels.
    pixel_nm
        Height and width of one pixel (dy, dx) in nm, or None when the scale is unknown.
    channel
        The name of the channel as the file gives it, e.g. "Topography forward".
    source
        The file that it came from, for messages and tables.

    Raises
    ------
    ValueError
        When the values are not a finite two-dimensional array, or the pixel size is not positive.
    """

    values: NDArray[np.float64]
    value_unit: str | None = None
    pixel_nm: tuple[float, float] | None = None
    channel: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        if values.ndim != 2 or min(values.shape) < 1:
            raise ValueError(f"a scan needs rows and columns, not an array of shape {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError("a scan must hold finite values; fill missing lines before")
        if self.value_unit not in ("nm", None):
            raise ValueError(f"heights are kept in nm, not in {self.value_unit!r}")
        if self.pixel_nm is not None:
            dy, dx = (float(side) for side in self.pixel_nm)
            if not (0 < dy < np.inf and 0 < dx < np.inf):
                raise ValueError(f"the pixel size must be positive, not {self.pixel_nm}")
            object.__setattr__(self, "pixel_nm", (dy, dx))
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    @property
    def shape_px(self) -> tuple[int, int]:
        """Rows and columns (H, W)."""
        rows, columns = self.values.shape
        return rows, columns

    @property
    def size_nm(self) -> tuple[float, float] | None:
        """Height and width of the scanned area in nm, or None when the scale is unknown."""
        if self.pixel_nm is None:
            return None
        return self.shape_px[0] * self.pixel_nm[0], self.shape_px[1] * self.pixel_nm[1]

    def with_pixel_nm(self, pixel_nm: tuple[float, float]) -> "Scan":
        """Return the same scan with another scale, e.g. one typed in by the user."""
        return replace(self, pixel_nm=pixel_nm)
