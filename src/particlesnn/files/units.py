"""Amounts as makers write them: "100 nm", "2 µm", "0,5Å"."""

import math
import re
import unicodedata

_AMOUNT = re.compile(r"\s*([-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$", re.DOTALL)

_NM_PER_UNIT = {
    "fm": 1e-6,
    "pm": 1e-3,
    "Å": 0.1,
    "nm": 1.0,
    "μm": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "m": 1e9,
    "um": 1e3,
    "~m": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "micrometer": 1e3,
    "micrometers": 1e3,
    "nanometer": 1.0,
    "nanometers": 1.0,
    "meter": 1e9,
    "meters": 1e9,
    "Angstrom": 0.1,
    "Angstroms": 0.1,
    "angstrom": 0.1,
    "angstroms": 0.1,
    "Ang": 0.1,
    "Ångström": 0.1,
    # What is left of µ and Å when a program on the way mistook the encoding.
    "?m": 1e3,
    "\ufffdm": 1e3,
    "Âμm": 1e3,
    "Îm": 1e3,
    "Ã\x85": 0.1,
    "Ã…": 0.1,
}


def nm_per(unit: str) -> float | None:
    """Length of one ``unit`` in nm, or None where it is not a unit of length ("V", "deg", "a.u.", "")."""
    # NFKC makes one letter of the two Unicode signs for micro, and one of the two for ångström.
    return _NM_PER_UNIT.get(unicodedata.normalize("NFKC", unit).strip(" \t[]()"))


def amount(text: str) -> tuple[float, str] | None:
    """Split "2,5 µm" into (2.5, "µm"); None where the text does not begin with a number."""
    match = _AMOUNT.match(text)
    if match is None:
        return None
    return float(match[1].replace(",", ".")), match[2]


def length_nm(text: str) -> float | None:
    """Length in nm that "2,5 µm" means; None where it is no positive length.

    "A" stands for Å here: nobody measures the side of a scan in ampere.
    """
    parts = amount(text)
    if parts is None:
        return None
    factor = 0.1 if parts[1] == "A" else nm_per(parts[1])
    if factor is None:
        return None
    length = parts[0] * factor
    return length if 0.0 < length < math.inf else None
