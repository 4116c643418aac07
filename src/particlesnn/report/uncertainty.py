"""The budget of uncertainty as the lines of a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from particlesnn.report.entry import Section
from particlesnn.report.view import kind_words
from particlesnn.report.wording import between, listed, rounded, unit_text
from particlesnn.statistics import Budget, Summary, Total

_NONE = "—"
_TITLES = {
    "mean_diameter": "mean diameter",
    "density": "density",
    "coverage": "coverage",
    "mean_height_max": "mean height",
}
_PER_UM2 = 1e6


@dataclass(frozen=True)
class BudgetLine:
    """One cause, or a sum at the end."""

    cause: str
    cells: tuple[str, ...]
    """One a figure: the standard uncertainty in percent of the value, in brackets where it is not added; "—" where the
    cause plays no part."""
    how: str = ""
    kind: str = ""
    """"sum" or ""."""


@dataclass(frozen=True)
class BudgetTable:
    """All budgets of one group of scans, side by side."""

    figures: tuple[tuple[str, str], ...]
    """Heads of the columns: each figure and its value."""
    lines: tuple[BudgetLine, ...]
    remarks: tuple[str, ...]
    """Sentences below the table."""


def budget_table(budgets: Mapping[str, Budget]) -> BudgetTable | None:
    """Lay out the budgets of one group of scans; None where there are none."""
    if not budgets:
        return None
    shown = list(budgets.values())
    causes = list(dict.fromkeys(part.cause for budget in shown for part in budget.components))
    lines = [_line(cause, shown) for cause in causes]
    lines.append(_sum("All together", shown, [budget.total for budget in shown], "square root of the sum of squares"))
    lines.append(
        BudgetLine(
            "95 % interval",
            tuple(_interval(budget, budget.total) for budget in shown),
            "value ± k times the combined uncertainty, k from Student's t",
            "sum",
        )
    )
    lines.append(
        _sum(
            "Without the operator",
            shown,
            [budget.same_operator for budget in shown],
            "to compare figures that the same program and weights made",
        )
    )
    heads = tuple((_TITLES[budget.figure].capitalize(), _value(budget)) for budget in shown)
    return BudgetTable(heads, tuple(lines), tuple(_remarks(shown)))


def _line(cause: str, budgets: list[Budget]) -> BudgetLine:
    cells, how = [], []
    for budget in budgets:
        part = next((part for part in budget.components if part.cause == cause), None)
        if part is None:
            cells.append(_NONE)
            continue
        size = "not known" if part.relative is None else _percent(part.relative)
        cells.append(size if part.counted else f"({size})")
        how.append(part.how)
    return BudgetLine(cause.capitalize(), tuple(cells), "; ".join(dict.fromkeys(how)))


def _sum(name: str, budgets: list[Budget], totals: list[Total], how: str) -> BudgetLine:
    cells = []
    for budget, total in zip(budgets, totals, strict=True):
        factor, unit = _in_unit(budget)
        size = f"{rounded(total.relative * abs(budget.value) * factor, 2)} {unit}".rstrip()
        cells.append(f"{_percent(total.relative)}" + (f" = {size}" if unit and unit != "%" else ""))
    return BudgetLine(name, tuple(cells), how, "sum")


def _interval(budget: Budget, total: Total) -> str:
    factor, unit = _in_unit(budget)
    low, high = (end * factor for end in total.interval_95)
    return f"{between((low, high), '')} {unit}".rstrip()


def _value(budget: Budget) -> str:
    factor, unit = _in_unit(budget)
    return f"{rounded(budget.value * factor)} {unit}".rstrip()


def _in_unit(budget: Budget) -> tuple[float, str]:
    """Choose the unit a figure is read in."""
    if budget.unit == "per_nm2":
        return _PER_UM2, "per µm²"
    if budget.unit == "per_px2":
        return _PER_UM2, "per Mpx"
    if not budget.unit:
        return 100.0, "%"
    return 1.0, unit_text(budget.unit)


def _percent(share: float) -> str:
    return f"{rounded(100 * share, 2)} %"


def _remarks(budgets: list[Budget]) -> list[str]:
    remarks = [
        "Percent are standard uncertainties over the value; what stands in brackets is not added. A tip broadens "
        "every particle; that is not in here."
    ]
    biases = [
        f"{_TITLES[budget.figure]} {part.cause} {100 * part.bias:+.1f} %"
        for budget in budgets
        for part in budget.components
        if part.bias is not None
    ]
    if biases:
        remarks.append(
            f"Mean errors found on simulated scans, held in the above and not corrected for: {', '.join(biases)}."
        )
    unknown: list[str] = list(dict.fromkeys(cause for budget in budgets for cause in budget.unknown))
    if unknown:
        remarks.append(f"Not known, so that all together is too small by it: {listed(unknown)}.")
    if any(budget.total.interval_95[0] == 0 for budget in budgets):
        remarks.append("An interval that begins at 0 says little; more images make it shorter.")
    return remarks


def budget_section(budgets: Mapping[str, Budget], summary: Summary | None = None) -> Section | None:
    """Return the part of a report that shows the budgets of one group of scans; None where there are none.

    Parameters
    ----------
    budgets
        Budgets by figure.
    summary
        The statistics of that group, to tell which it is where there are several.
    """
    table = budget_table(budgets)
    if table is None:
        return None
    return Section(
        heading=f"Budget of uncertainty{f' ({kind_words(summary)})' if summary else ''}",
        columns=("Cause", *(f"{name}, {value}" for name, value in table.figures), "How it was obtained"),
        rows=tuple((line.cause, *line.cells, line.how) for line in table.lines),
        notes=table.remarks,
    )
