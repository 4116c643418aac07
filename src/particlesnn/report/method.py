"""The paragraph "How this was measured"."""

from collections.abc import Sequence
from dataclasses import dataclass

from particlesnn.report.entry import Provenance
from particlesnn.statistics import Summary

_BORDER = (
    "A particle ends where its own profile has fallen to a quarter of its height above the local substrate; the "
    "network learnt this rule on simulated scans, and the visible border on micrographs. Where two particles "
    "overlap, each point belongs to the one that stands higher there."
)
_KEPT = (
    "Particles cut off by the border of a scan are kept. They look smaller than they are, so means are slightly too "
    "low when particles are large against the scan."
)
_EXCLUDED = (
    "Particles whose centre is nearer to the border of the scan than half the mean diameter are left out, and the area "
    "that density and coverage refer to is reduced by the same margin."
)
_ERRORS = (
    "The number after ± is the standard error of the mean, SD / √N, with the SD of the particles (N - 1 in the "
    "denominator); the 95 % confidence interval is that of Student's t. The error of a density is √N / area, for "
    "particles strewn by chance. All particles of all images count alike. Medians and percentiles are those of the "
    "particles. The curve on the histogram is the lognormal law of maximum likelihood, given by its median (geometric "
    "mean) and its geometric SD, the factor within which about two thirds of the particles lie."
)
_LIMITS = (
    "A standard error speaks of chance alone. A scanning tip broadens every particle by its own shape, so that "
    "lateral sizes and coverage come out too large, while the height of the highest point is hardly touched. "
    "Particles that the network missed or invented change counts more than sizes; the overlays show them. Two careful "
    "operators differed by about 5 % in the mean size of the same particles (6.1 against 5.8 nm, Okunev et al. 2020)."
)
_PLANE_ONLY = "Where a picture holds grey levels instead of heights, columns of height and volume are in grey levels."


@dataclass(frozen=True)
class Paragraph:
    """A few sentences under a heading."""

    heading: str
    text: str


def method_of(provenance: Provenance, joint: Sequence[Summary]) -> list[Paragraph]:
    """Tell in words a method section could use how the numbers came about."""
    paragraphs = [Paragraph("Contours", _contours(provenance)), Paragraph("Border of a particle", _BORDER)]
    rules = {summary.border for summary in joint}
    if rules:
        paragraphs.append(Paragraph("Border of a scan", _EXCLUDED if "exclude" in rules else _KEPT))
    paragraphs.append(Paragraph("Error bars", _ERRORS))
    grey = any(not summary.heights for summary in joint)
    return [*paragraphs, Paragraph("Limits", f"{_LIMITS} {_PLANE_ONLY}" if grey else _LIMITS)]


def _contours(provenance: Provenance) -> str:
    if provenance.weights is None:
        text = "The contours were given, not found by the network."
    else:
        point = f" ({provenance.operating_point})" if provenance.operating_point else ""
        text = f"Particles were recognised by the network {provenance.weights}{point} on the scans as recorded."
    if provenance.refinement:
        text += f" Contours were then refined: {provenance.refinement}."
    return text
