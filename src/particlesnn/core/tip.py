"""The tip of a scanning probe microscope, and the surface as it may be without its broadening."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Knowledge = Literal["given", "blind"]


@dataclass(frozen=True, eq=False)
class Tip:
    """The shape of a tip, apex up: what a scan of an infinitely sharp needle would show.

    Parameters
    ----------
    heights_nm
        Shape (2 R + 1, 2 C + 1), float64: 0 at the apex in the middle and nowhere above; -inf where there is no tip.
    pixel_nm
        Height and width of one pixel (dy, dx) in nm.
    radius_nm
        Radius of its apex: 0 for one without width.
    known
        "given" by the user, or found in the scan: "blind".
    threshold_nm
        Height difference that a blind estimate took for noise; 0 for a given tip.

    Raises
    ------
    ValueError
        When the apex is not in the middle.
    """

    heights_nm: NDArray[np.float64]
    pixel_nm: tuple[float, float]
    radius_nm: float
    known: Knowledge = "given"
    threshold_nm: float = 0.0

    def __post_init__(self) -> None:
        heights = np.array(self.heights_nm, dtype=np.float64)
        if heights.ndim != 2 or not all(side % 2 for side in heights.shape):
            raise ValueError(f"a tip has a pixel in its middle, so odd sides, not those of shape {heights.shape}")
        if np.isnan(heights).any() or heights.max() > 0 or heights[heights.shape[0] // 2, heights.shape[1] // 2] != 0:
            raise ValueError("a tip is 0 at its apex in the middle, and nowhere above")
        heights.setflags(write=False)
        object.__setattr__(self, "heights_nm", heights)

    @property
    def reach_px(self) -> tuple[int, int]:
        """How many rows and columns it reaches from its apex."""
        rows, columns = self.heights_nm.shape
        return rows // 2, columns // 2


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A surface freed of the broadening by a tip.

    Parameters
    ----------
    recorded_nm
        Shape (H, W), float64: the scan that it was made from, freed of spikes and of the jitter of lines.
    surface_nm
        Shape (H, W), float64: the highest surface that this tip can have shown as that scan.
    certain
        Shape (H, W), bool: the tip touched there and nowhere else at that moment, so the surface is this high.
    tip
        The tip.

    Raises
    ------
    ValueError
        When the arrays differ in shape.
    """

    recorded_nm: NDArray[np.float64]
    surface_nm: NDArray[np.float64]
    certain: NDArray[np.bool_]
    tip: Tip

    def __post_init__(self) -> None:
        if not self.recorded_nm.shape == self.surface_nm.shape == self.certain.shape:
            raise ValueError("a reconstruction has a height and a certainty for each pixel of its scan")

    @property
    def uncertain_share(self) -> float | None:
        """Share of the scan that is not certain, but for the margin as wide as the tip; None where all is margin."""
        rows, columns = self.tip.reach_px
        height, width = self.certain.shape
        inner = self.certain[rows : height - rows, columns : width - columns]
        return float(1 - inner.mean()) if inner.size else None


@dataclass(frozen=True)
class TipFigures:
    """What is told of the tip of one scan.

    Parameters
    ----------
    known
        "given" by the user, or found in the scan: "blind".
    radius_nm
        Radius of its apex; None where it could not be told.
    threshold_nm
        Height difference that a blind estimate took for noise; None where there was none.
    uncertain_share
        Share of the scan where the surface is not certain; None where it is not known.
    refusal
        Why the tip could not be taken off, one sentence; empty where it was.
    """

    known: Knowledge
    radius_nm: float | None = None
    threshold_nm: float | None = None
    uncertain_share: float | None = None
    refusal: str = ""

    @classmethod
    def of(cls, reconstruction: Reconstruction) -> "TipFigures":
        """Tell of a reconstruction."""
        tip = reconstruction.tip
        threshold = tip.threshold_nm if tip.known == "blind" else None
        return cls(tip.known, tip.radius_nm, threshold, reconstruction.uncertain_share)
