"""How numbers, units and symbols are written on charts and pages."""

import math

from particlesnn.core import Quantity
from particlesnn.statistics import Law, Lognormal, Normal

_RAISED = {"2": "²", "3": "³"}
_LOWERED = str.maketrans("aehiklmnopstux0123456789", "ₐₑₕᵢₖₗₘₙₒₚₛₜᵤₓ₀₁₂₃₄₅₆₇₈₉")


def unit_text(unit: str) -> str:
    """Write a unit of `Quantity.unit` for the eye: "nm2" as "nm²", "nm_px2" as "nm·px²", "deg" as "°"."""
    if unit == "deg":
        return "°"
    parts = [part[:-1] + _RAISED[part[-1]] if part[-1:] in _RAISED else part for part in unit.split("_")]
    return "·".join(parts)


def symbol_text(symbol: str) -> str:
    """Write a symbol of the table of quantities for the eye: "F_max" as "Fₘₐₓ"."""
    stem, _, index = symbol.partition("_")
    return stem + index.translate(_LOWERED)


def axis_label(quantity: Quantity, unit: str) -> str:
    """Name an axis, e.g. "Diameter d (nm)"; a plain number has no brackets."""
    name = f"{quantity.name.replace('_', ' ').capitalize()} {symbol_text(quantity.symbol)}"
    return f"{name} ({unit_text(unit)})" if unit else name


def rounded(value: float | None, digits: int = 3) -> str:
    """Write a number with so many significant digits, without an exponent where it can be avoided; "—" for none."""
    if value is None or not math.isfinite(value):
        return "—"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if not -4 <= size <= 6:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(digits - 1 - size, 0)}f}"


def with_error(value: float | None, error: float | None) -> str:
    """Write "5.19 ± 0.06": the error to one digit (two where it begins with 1 or 2), the value to the same place."""
    if value is None or not math.isfinite(value):
        return "—"
    if error is None or not math.isfinite(error) or error <= 0:
        return rounded(value)
    size = math.floor(math.log10(error))
    leading = round(error / 10.0**size, 1)
    places = max(-size + (1 if leading < 3 else 0), 0)
    return f"{value:.{places}f} ± {error:.{places}f}"


def between(limits: tuple[float, float] | None, unit: str) -> str:
    """Write an interval, "5.07 to 5.31 nm", with digits enough to tell its ends apart; "" for none."""
    if limits is None or not all(map(math.isfinite, limits)):
        return ""
    low, high = limits
    step = max(abs(high - low), 1e-4 * max(abs(low), abs(high), 1e-300))
    places = max(1 - math.floor(math.log10(step)), 0)
    return f"{low:.{places}f} to {high:.{places}f} {unit_text(unit)}".rstrip()


def listed(names: list[str], most: int = 5) -> str:
    """Write names as "a, b and 3 more"."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def counted(number: int, noun: str) -> str:
    """Write "1 particle", "2 particles"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def law_words(law: Law, unit: str) -> str:
    """Name a law of sizes with its parameters, "lognormal: 5.12 nm, geom. SD 1.30"."""
    tail = f" {unit_text(unit)}".rstrip()
    if isinstance(law, Normal):
        return f"normal: {rounded(law.mean)}{tail}, SD {rounded(law.sd)}{tail}"
    if isinstance(law, Lognormal):
        return f"lognormal: {rounded(law.geometric_mean)}{tail}, geom. SD {law.geometric_sd:.2f}"
    small, large = (rounded(part.geometric_mean) for part in law.parts)
    return f"two lognormals: {100 * law.shares[0]:.0f} % at {small}, {100 * law.shares[1]:.0f} % at {large}{tail}"


def chance(p_value: float | None) -> str:
    """Write a p value: "p = 0.27", "p < 0.001"; "" for none."""
    if p_value is None:
        return ""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"
