"""The weight card: what a network was trained on and how it wants to be run. It travels inside the ONNX file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from particlesnn.core import WeightsError

CARD_KEY = "particlesnn.card"
"""Name of the card among the ONNX file's metadata."""


@dataclass(frozen=True)
class OperatingPoint:
    """Thresholds chosen on validation data. They belong to the weights, not to the program."""

    score: float = 0.65
    """Particles scored lower are dropped."""
    typical_score: float = 0.8
    """The typical size of a scan is read from the particles scored at least so."""
    small_score: float = 0.9
    """Particles `small_ratio` times smaller than the typical one are dropped when they are scored lower than this."""
    small_ratio: float = 5.0
    """From the typical size down to so many times smaller, the demand rises from ``score`` to ``small_score``."""
    unclear_score: float = 0.0
    """Where no particle of a scan reaches ``typical_score``, those scored lower than this are dropped."""
    particle: float = 0.5
    """A pixel this likely to be particle is particle."""
    seed_depth: float = 0.45
    """Least depth of a particle's middle."""
    seed_rise: float = 0.2
    """How much deeper than the pass between them two middles must be to be two small particles ..."""
    seed_rise_large: float = 0.5
    """... and two large ones; it grows with the logarithm of the diameter,"""
    rise_small_px: float = 15.0
    """from this diameter on"""
    rise_large_px: float = 60.0
    """to this."""
    least_area_px: float = 10.0
    """Smaller particles are dropped, in px of the scale the network ran at."""
    largest_px: float = 110.0
    """Particles of a larger diameter are left to a coarser scale."""
    smallest_px: float = 8.0
    """Where the typical particle is smaller than this, the scan is enlarged first."""
    nms_iou: float = 0.4
    """Of two boxes that share more than this part of what they cover, the better stays (the family cascade)."""
    detections: int = 1500
    """Most boxes of a tile (the family cascade)."""


@dataclass(frozen=True)
class WeightCard:
    """All that must be known of a set of weights."""

    name: str
    """What the user calls it."""
    family: str
    """Which decoder reads its output: "dense" or "cascade"."""
    version: str
    """Version of the package that exported it."""
    stride: int
    """Height and width of the input are multiples of this."""
    trained_on: tuple[Mapping[str, Any], ...] = ()
    """For each data set its name, count, licence and source."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """The settings of the training."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What was measured, and on what."""
    operating_point: OperatingPoint = OperatingPoint()
    """Thresholds."""
    view: str = "eye"
    """What the network sees: the two views of the "eye", or a "picture" in three equal greys, as in the paper."""
    magnification: float = 1.0
    """How many times larger than the scan a picture is seen, the paper's ``img_scale``."""
    precision: str = "float32"
    """How exactly it must be computed: "float32", or "bfloat16" where that is enough for its convolutions; "int8" when
    the file itself holds convolutions of 8-bit integers."""
    mirrored: bool = False
    """Whether a scan is seen a second time, in a mirror, and the mean of both maps is read (the family dense)."""
    _read_from: str | None = field(default=None, init=False, repr=False, compare=False)

    def to_json(self) -> str:
        """Return the card as JSON text; as it was written, for a card that was read.

        So a card keeps its digest when a later version adds thresholds that its family does not use.
        """
        if self._read_from is not None:
            return self._read_from
        entries = {name: value for name, value in asdict(self).items() if not name.startswith("_")}
        return json.dumps(entries, ensure_ascii=False, sort_keys=True)

    @property
    def digest(self) -> str:
        """SHA-256 of the card, which tells the weights from others of their name."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> "WeightCard":
        """Read a card.

        Raises
        ------
        WeightsError
            When the text is no card.
        """
        try:
            entries = json.loads(text)
            point = OperatingPoint(**entries.pop("operating_point"))
            trained_on = tuple(entries.pop("trained_on"))
            card = cls(operating_point=point, trained_on=trained_on, **entries)
            object.__setattr__(card, "_read_from", text)  # frozen, and unknown to whoever makes or changes a card
            return card
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise WeightsError("the weights carry a damaged card; export them again") from error
