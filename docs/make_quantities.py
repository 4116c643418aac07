"""Write quantities.md from the table in `particlesnn.core`: python docs/make_quantities.py."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from particlesnn.core import QUANTITIES, TIP_QUANTITIES, Quantity

PAGE = Path(__file__).with_name("quantities.md")

_HEAD = """\
# Quantities

What is measured of each particle. This page is made from the table in `particlesnn.core.quantity` by
`python docs/make_quantities.py`; change the table, not the page. How the quantities are measured stands in
[How it is measured](how-it-is-measured.md).
"""
_COLUMNS = """\
## Columns

Under which name a quantity stands in `particles.csv` and `summary.json`. The unit is part of the name. It depends on
whether the scan has a scale, and on whether its values are heights or grey levels. Positions stand in `particles.csv`
only.
"""
_OTHERS = """\
`particles.csv` begins with `image`, `particle` (its number in the scan), `score` and `origin`, and ends with
two flags, `touches_border` and `touches_particle`. Some runs add columns after them: `--refine` the minimal rectangle
of the contour that the network drew, see [Refinement](refinement.md#whose-contour-it-is), and `--metal` the atoms, see
[Metal](chemistry.md).
"""
_WITH_A_TIP = """\
## Where the tip was taken off

With `--tip` four more quantities stand between the others and the flags, always in nm; see [The tip](tip.md).
"""


def render() -> str:
    """Return the page as Markdown."""
    columns = [(_code(each.name), *(_code(name) for name in _names(each))) for each in QUANTITIES]
    kinds = ("scale, heights", "scale, grey levels", "no scale, heights", "no scale, grey levels")
    parts = [
        _HEAD,
        _meanings(QUANTITIES),
        _COLUMNS,
        _table(("quantity", *kinds), columns),
        _OTHERS,
        _WITH_A_TIP,
        _meanings(TIP_QUANTITIES),
    ]
    return "\n".join(parts)


def _meanings(quantities: Sequence[Quantity]) -> str:
    rows = (
        (_code(each.name), _code(each.symbol), each.unit(scaled=True) or "-", each.meaning, _code(each.source))
        for each in quantities
    )
    return _table(("quantity", "symbol", "unit", "meaning", "how, or whence"), rows)


def _names(quantity: Quantity) -> list[str]:
    return [quantity.column(scaled=scaled, heights=heights) for scaled in (True, False) for heights in (True, False)]


def _code(text: str) -> str:
    return f"`{text}`"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
