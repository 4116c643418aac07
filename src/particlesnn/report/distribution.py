"""The table "Distribution" and the sentences below it: law, neighbours, height with diameter."""

from dataclasses import dataclass

from particlesnn.report.wording import between, chance, law_words, rounded, unit_text
from particlesnn.statistics import Association, Estimate, LawChoice, Neighbours, Summary

_NONE = "—"
_LEVEL = 0.05


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: str
    interval: str
    meaning: str


def figures_of(summary: Summary) -> list[Figure]:
    """Write the table of the diameters; nothing without particles."""
    sizes, unit = summary.sizes, "nm" if summary.scaled else "px"
    if sizes is None:
        return []
    mode = _NONE if sizes.mode is None else f"{rounded(sizes.mode)} {unit_text(unit)}"
    return [
        _figure("Mean by number", sizes.number_mean, unit, "Σd / N"),
        _figure("Mean by area, d₃₂", sizes.sauter, unit, "Σd³ / Σd² (Sauter): what a surface sees"),
        _figure("Mean by volume, d₄₃", sizes.brouckere, unit, "Σd⁴ / Σd³ (De Brouckere): what a mass sees"),
        Figure("Mode", mode, "", "most frequent, top of a kernel estimate"),
        _figure("D10", sizes.d10, unit, "10 % of the particles are smaller"),
        _figure("D50", sizes.d50, unit, "50 % are smaller: the median"),
        _figure("D90", sizes.d90, unit, "90 % are smaller"),
        _figure("Span", sizes.span, "", "(D90 - D10) / D50"),
        _figure("Polydispersity index", sizes.polydispersity, "", "(SD / mean)²"),
    ]


def remarks_of(summary: Summary) -> list[tuple[str, str]]:
    """Write sentences, each with a word before it, on what was worked out in detail."""
    details, unit = summary.details, "nm" if summary.scaled else "px"
    if details is None:
        return []
    remarks = []
    if details.law is not None:
        remarks.append(("Law", _law(details.law, unit)))
    elif summary.count:
        remarks.append(("Law", "too few particles to tell one law from another."))
    if details.neighbours is not None:
        remarks.append(("Spatial", _neighbours(details.neighbours, unit)))
    if details.height_with_diameter is not None:
        word = "Height" if summary.heights else "Grey level"
        remarks.append((f"{word} with diameter", _association(details.height_with_diameter)))
    return remarks


def _figure(name: str, estimate: Estimate, unit: str, meaning: str) -> Figure:
    value = f"{rounded(estimate.value)} {unit_text(unit)}".rstrip()
    return Figure(name, value, between(estimate.confidence_95, unit), meaning)


def _law(choice: LawChoice, unit: str) -> str:
    words = f"{law_words(choice.law, unit)}."
    if not choice.decided:
        words += " A normal law would do as well." if choice.law.name == "lognormal" else ""
    else:
        others = [(bic - choice.bic[choice.law.name], name) for name, bic in choice.bic.items()]
        gap, second = min((gap, name) for gap, name in others if name != choice.law.name)
        words += f" Next: {second}, BIC {gap:+.0f}."
    if choice.p_value is not None and choice.anderson_darling is not None:
        verdict = "the sizes do not contradict it" if choice.p_value >= _LEVEL else "the sizes do not quite follow it"
        words += f" Anderson-Darling A² = {choice.anderson_darling:.2f}, {chance(choice.p_value)}: {verdict}."
    return words


def _neighbours(near: Neighbours, unit: str) -> str:
    words = (
        f"nearest neighbour {rounded(near.mean)} {unit_text(unit)} away on average, from centre to centre, "
        f"{rounded(near.minimum)} {unit_text(unit)} at least. Clark-Evans R = {near.index:.2f}"
    )
    if near.z is None or near.p_value is None:
        return f"{words}; too few particles for a test."
    if near.p_value >= _LEVEL:
        verdict = "as by chance"
    elif near.index < 1:
        verdict = "nearer than by chance, in clusters"
    else:
        verdict = "farther apart than points strewn by chance; that particles cannot overlap does part of this"
    return f"{words} (z = {near.z:.1f}, {chance(near.p_value)}): {verdict}."


def _association(both: Association) -> str:
    return (
        f"Pearson {both.pearson:.2f} ({between(both.pearson_95, '')}), "
        f"Spearman {both.spearman:.2f} ({between(both.spearman_95, '')})."
    )
