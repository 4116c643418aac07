import pytest

from particlesnn.files.units import amount, length_nm, nm_per


@pytest.mark.parametrize(
    ("text", "nm"),
    [
        ("100 nm", 100.0),
        ("100nm", 100.0),
        ("2 µm", 2000.0),
        ("2 \u03bcm", 2000.0),
        ("2 um", 2000.0),
        ("2 ?m", 2000.0),
        ("12.5 Å", 1.25),
        ("12.5 \u212b", 1.25),
        ("12,5 A", 1.25),
        ("1e-7 m", 100.0),
        ("3.69862e-007 m", 369.862),
        ("250 pm", 0.25),
        ("0.5 mm", 5e5),
        (".5 [nm] ", 0.5),
    ],
)
def test_lengths_come_in_nm(text: str, nm: float) -> None:
    assert length_nm(text) == pytest.approx(nm, rel=1e-12)


@pytest.mark.parametrize("text", ["", "nm", "1 V", "1 1/nm", "1 a.u.", "0 nm", "-3 nm", "1e999 m", "5", "one nm"])
def test_what_is_no_length_is_none(text: str) -> None:
    assert length_nm(text) is None


def test_ampere_is_a_length_only_where_a_side_is_meant() -> None:
    assert nm_per("A") is None
    assert length_nm("5 A") == pytest.approx(0.5)


def test_an_amount_keeps_its_unit() -> None:
    assert amount(" -1,5e3 nA ") == (-1500.0, "nA")
    assert amount("Pi") is None
