"""What microscopes print into their pictures, none of it a particle: scale bars, panel letters, lines of settings."""

from functools import cache
from pathlib import Path
from types import MappingProxyType

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_FONTS = (
    "", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSerif.ttf",
    "STIXGeneral.ttf", "STIXGeneralBol.ttf",
)  # fmt: skip
"""Files of matplotlib's; the empty name is Pillow's own sans serif."""
_UNITS = ("nm", "µm", "um", "Å", "mm")
_SETTINGS = (
    "{0}.0 kV", "x{0},000", "{0}.00 K X", "WD {0}.{1} mm", "HV {0} kV SE", "Mag = {0}{1}.0 K X", "S-4800 {0}.0kV",
    "{0}/{1}/20{0}", "spot 3.{1}", "I = {0} pA", "U = 0.{1} V", "Signal A = InLens", "det ETD HFW {0}.{1} um",
    "EHT = {0}.00 kV", "{0}{1}nm", "Scale {0}0 nm", "TEM Mode: Imaging", "Ni {0} wt%", "T = {0}50 K",
)  # fmt: skip
_TALLEST_PX = MappingProxyType({"bar": 64, "panel": 112, "settings": 48})
"""Of each kind's letters; those of a panel are the ones that are taken for particles."""
_PANELS = "({0})", "{0}", "{0})", "{0}{1}"
Values = NDArray[np.float32]
Labels = NDArray[np.int32]


@cache
def _font(name: str, size_px: int) -> ImageFont.FreeTypeFont:
    if not name:
        font = ImageFont.load_default(size_px)
        assert isinstance(font, ImageFont.FreeTypeFont)
        return font
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), size_px)


def print_into(values: Values, labels: Labels, rng: np.random.Generator) -> tuple[Values, Labels]:
    """Print a scale bar, a panel letter, or lines of settings into a picture.

    Parameters
    ----------
    values, labels
        Shape (H, W): the picture and the numbers of its particles, 0 elsewhere; neither is changed.
    rng
        Source of chance.

    Returns
    -------
    values, labels
        What is printed on an opaque ground hides the particles below; a particle below mere letters stays one.
    """
    low, high = float(values.min()), float(values.max())
    light, dark = high + 0.1 * (high - low) * rng.random(), low - 0.1 * (high - low) * rng.random()
    ink, ground = (light, dark) if rng.random() < 0.65 else (dark, light)
    if rng.random() < 0.15:
        ink = rng.uniform(low, high)
    picture, hidden = Image.fromarray(values.astype(np.float32)), Image.fromarray(np.zeros(values.shape, np.uint8))
    kinds = rng.choice(["bar", "panel", "settings"], size=int(rng.integers(1, 4)), p=[0.45, 0.3, 0.25])
    for kind in kinds:
        opaque = rng.random() < (0.2 if kind == "bar" else 0.3 if kind == "panel" else 0.5)
        _print_one(str(kind), picture, hidden, float(ink), float(ground) if opaque else None, rng)
    return np.array(picture), np.where(np.asarray(hidden) > 0, 0, labels).astype(np.int32)


def _print_one(
    kind: str, picture: Image.Image, hidden: Image.Image, ink: float, ground: float | None, rng: np.random.Generator
) -> None:
    """Print in one place, most often along a border; ``hidden`` gets what an opaque ground covers."""
    tallest = min(_TALLEST_PX[kind], picture.height // 2)
    size_px = int(np.exp(rng.uniform(np.log(6), np.log(max(tallest, 7)))))
    name = str(rng.choice(_FONTS))
    font = _font(name, size_px)
    text = _text(kind, rng)
    if not name:  # it lacks these signs
        text = text.translate(str.maketrans("µÅ", "uA"))
    wide, tall = (int(side) for side in font.getbbox(text)[2:])
    bar = int(rng.integers(picture.width // 10, picture.width // 2)) if kind == "bar" else 0
    thick = int(rng.integers(1, 9)) if bar else 0
    if rng.random() < 0.15:
        text = ""  # a bar alone, or nothing
    width, height = max(wide, bar), tall + 2 * thick
    along, across = rng.random() * (picture.width - width), _near_a_border(picture.height - height, rng)
    left, top = (int(along), int(across)) if rng.random() < 0.8 else (int(across), int(along))
    draw = ImageDraw.Draw(picture)
    if ground is not None:
        around = (left - 3, top - 2, left + width + 3, top + height + 4)
        draw.rectangle(around, fill=ground)
        ImageDraw.Draw(hidden).rectangle(around, fill=1)
    if bar:
        row = top + tall + thick if rng.random() < 0.6 else top - thick - 2
        draw.rectangle((left, row, left + bar, row + thick - 1), fill=ink)
    middle = left + (width - wide) // 2
    draw.text((middle, top), text, fill=ink, font=font)


def _near_a_border(room: int, rng: np.random.Generator) -> float:
    """Draw a place from 0 to ``room``, more often near one of its ends."""
    return max(room, 0) * float(rng.beta(0.4, 0.4))


def _text(kind: str, rng: np.random.Generator) -> str:
    numbers = int(rng.choice([1, 2, 3, 5, 10, 15, 20, 25, 30])), int(rng.integers(10))
    if kind == "bar":
        return f"{numbers[0] * int(rng.choice([1, 1, 10]))}{rng.choice(['', ' '])}{rng.choice(_UNITS)}"
    if kind == "panel":
        letter = chr(ord("a") + int(rng.integers(12)))
        letter = letter.upper() if rng.random() < 0.4 else letter
        return str(rng.choice(_PANELS)).format(letter, numbers[1])
    return "  ".join(str(rng.choice(_SETTINGS)).format(*numbers) for _ in range(int(rng.integers(1, 4))))
