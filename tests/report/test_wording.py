import math

import pytest

from particlesnn.core import QUANTITIES
from particlesnn.report.wording import axis_label, rounded, symbol_text, unit_text, with_error


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("nm", "nm"),
        ("nm2", "nm²"),
        ("px2", "px²"),
        ("nm3", "nm³"),
        ("nm_px2", "nm·px²"),
        ("grey_nm2", "grey·nm²"),
        ("deg", "°"),
        ("", ""),
    ],
)
def test_units(unit, text):
    assert unit_text(unit) == text


def test_axis_labels():
    by_name = {quantity.name: quantity for quantity in QUANTITIES}
    assert axis_label(by_name["diameter"], "nm") == "Diameter d (nm)"
    assert axis_label(by_name["feret_max"], "px") == "Feret max Fₘₐₓ (px)"
    assert axis_label(by_name["feret_90"], "nm") == "Feret 90 F₉₀ (nm)"
    assert axis_label(by_name["contact_angle"], "deg") == "Contact angle CA (°)"
    assert axis_label(by_name["circularity"], "") == "Circularity C"


def test_every_symbol_can_be_written():
    assert all("_" not in symbol_text(quantity.symbol) for quantity in QUANTITIES)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.187, "5.19"),
        (0.012345, "0.0123"),
        (123.4, "123"),
        (12345.6, "12346"),
        (0.0, "0"),
        (-2.5, "-2.50"),
        (1.5e-9, "1.50e-09"),
        (None, "—"),
        (math.nan, "—"),
        (math.inf, "—"),
    ],
)
def test_rounded(value, text):
    assert rounded(value) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (5.1873, 0.0634, "5.19 ± 0.06"),
        (5.1873, 0.0134, "5.187 ± 0.013"),
        (5.1873, 0.0299, "5.19 ± 0.03"),
        (512.7, 33.0, "513 ± 33"),
        (5.1873, None, "5.19"),
        (5.1873, math.nan, "5.19"),
        (5.0, 0.0, "5.00"),
        (None, 0.1, "—"),
    ],
)
def test_with_error(value, error, text):
    assert with_error(value, error) == text
