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
    "DejaVuSerif-Bold.ttf", "DejaVuSans-Oblique.ttf", "STIXGeneral.ttf", "STIXGeneralBol.ttf", "cmss10.ttf",
    "cmr10.ttf", "cmb10.ttf",
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
    values, labels = values.astype(np.float32), labels.astype(np.int32)
    kinds = rng.choice(["bar", "panel", "settings"], size=int(rng.integers(1, 4)), p=[0.45, 0.3, 0.25])
    for kind in kinds:
        opaque = rng.random() < (0.2 if kind == "bar" else 0.3 if kind == "panel" else 0.5)
        _print_one(str(kind), values, labels, float(ink), float(ground) if opaque else None, rng)
    return values, labels


def _print_one(
    kind: str, values: Values, labels: Labels, ink: float, ground: float | None, rng: np.random.Generator
) -> None:
    """Print in one place, most often along a border; an opaque ground takes what it covers out of ``labels``."""
    rows, columns = values.shape
    tallest = min(_TALLEST_PX[kind], rows // 2)
    letters = _letters(_text(kind, rng), int(np.exp(rng.uniform(np.log(6), np.log(max(tallest, 7))))), rng)
    tall, wide = letters.shape
    bar = int(rng.integers(columns // 10, columns // 2)) if kind == "bar" else 0
    thick = int(rng.integers(1, 9)) if bar else 0
    width, height = max(wide, bar), tall + 2 * thick
    along, across = rng.random() * (columns - width), _near_a_border(rows - height, rng)
    left, top = (int(along), int(across)) if rng.random() < 0.8 else (int(across), int(along))
    if ground is not None:
        around = _inside(top - 2, left - 3, height + 7, width + 7)
        values[around] = ground
        labels[around] = 0
    if bar:
        row = top + tall + thick if rng.random() < 0.6 else top - thick - 2
        values[_inside(row, left, thick, bar + 1)] = ink
    if rng.random() < 0.85:  # else a bar alone, or nothing
        box = _inside(top, left + (width - wide) // 2, tall, wide)
        covered = letters[-min(top, 0) :, -min(left + (width - wide) // 2, 0) :]
        covered = covered[: values[box].shape[0], : values[box].shape[1]]
        values[box] += covered * (ink - values[box])


def _inside(top: int, left: int, height: int, width: int) -> tuple[slice, slice]:
    """Return the window of a rectangle that may begin above or left of the picture."""
    return slice(max(top, 0), max(top + height, 0)), slice(max(left, 0), max(left + width, 0))


def _letters(text: str, size_px: int, rng: np.random.Generator) -> Values:
    """Draw a line of text in some font, narrow or wide, with smooth or hard edges: ink's share of each pixel."""
    name = str(rng.choice(_FONTS))
    font = _font(name, size_px)
    if not name.startswith(("DejaVu", "STIX")):  # the others lack these signs
        text = text.translate(str.maketrans("µÅ", "uA"))
    wide, tall = (int(side) for side in font.getbbox(text)[2:])
    drawn = Image.new("L", (max(wide, 1), max(tall, 1)))
    ImageDraw.Draw(drawn).text((0, 0), text, fill=255, font=font)
    if rng.random() < 0.5:
        drawn = drawn.resize((max(round(drawn.width * float(np.exp(rng.normal(0, 0.2)))), 1), drawn.height))
    share = np.asarray(drawn, dtype=np.float32) / np.float32(255)
    return share if rng.random() < 0.7 else np.rint(share)


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
