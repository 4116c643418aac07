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
    "Particles whose centre is nearer to the border of the scan than half the mean diameter are left out, and the "
    "area that the density refers to is reduced by the same margin."
)
_WEIGHTED = (
    "Only particles that lie wholly inside the scan count. Each counts as often as makes up for its like that the "
    "border cut, W H / ((W - w) (H - h)) for a particle w wide and h high on a scan W x H (Miles 1974, Lantuejoul "
    "1980), so that neither density nor sizes are biased. The histogram shows them without these weights."
)
_WHOLE = "Coverage is that of all contours on the whole scan, cut ones too."
_ERRORS = (
    "The number after ± is the standard error of the mean, SD / √N, with the SD of the particles (N - 1 in the "
    "denominator); the 95 % confidence interval is that of Student's t. The error of a density is √N / area, for "
    "particles strewn by chance. Intervals of other figures are those of a bootstrap over the particles (BCa)."
)
_ERRORS_OVER_IMAGES = (
    "Particles of one image are not independent of each other, so error bars are taken from image to image: each "
    "image is left out in turn (jackknife), and the 95 % interval is that of Student's t with one degree of freedom "
    "less than there are images with particles; neither is taken as smaller than if all particles were independent. "
    "They hold for the sample as far as the images were chosen by chance. "
    "Rows of single images have SD / √N, and √N / area for the density."
)
_LAWS = (
    "Medians and percentiles are by number. The curve on the histogram is the law of maximum likelihood that suits "
    "the diameters best by BIC: lognormal, given by its median (geometric mean) and its geometric SD, the factor "
    "within which about two thirds of the particles lie; normal; or two lognormals where the evidence is strong. "
    "Clark-Evans R is the mean distance to the nearest neighbour over that of points strewn by chance (Donnelly's "
    "correction for the border)."
)
_LIMITS = (
    "A standard error speaks of chance alone; the budget of uncertainty has the other causes. A scanning tip broadens "
    "every particle by its own shape, so that lateral sizes and coverage come out too large, while the height of the "
    "highest point is hardly touched. Particles that the network missed or invented change counts more than sizes; the "
    "overlays show them. Two careful operators differed by about 5 % in the mean size of the same particles (6.1 "
    "against 5.8 nm, Okunev et al. 2020)."
)
_REPEAT = (
    "With ParticlesNN {}, in the folder where it was first run. Checksums (SHA-256) of the scans, and where the scale "
    "of each came from, stand in images.csv; that of the weights and all settings in summary.json."
)
_PLANE_ONLY = "Where a picture holds grey levels instead of heights, columns of height and volume are in grey levels."


@dataclass(frozen=True)
class Paragraph:
    """A few sentences under a heading."""

    heading: str
    text: str
    command: str = ""
    """A line to type, in letters of one width, below the text."""


def method_of(provenance: Provenance, joint: Sequence[Summary]) -> list[Paragraph]:
    """Tell in words a method section could use how the numbers came about."""
    paragraphs = [Paragraph("Contours", _contours(provenance)), Paragraph("Border of a particle", _BORDER)]
    if joint:
        rule = {"keep": _KEPT, "exclude": _EXCLUDED, "weighted": _WEIGHTED}[joint[0].border]
        united = all(summary.overlap is not None for summary in joint)
        paragraphs.append(Paragraph("Border of a scan", f"{rule} {_WHOLE}" if united else rule))
    paragraphs.append(Paragraph("Error bars", _errors(joint)))
    paragraphs.append(Paragraph("Distribution", _LAWS))
    grey = any(not summary.heights for summary in joint)
    paragraphs.append(Paragraph("Limits", f"{_LIMITS} {_PLANE_ONLY}" if grey else _LIMITS))
    if provenance.command:
        paragraphs.append(Paragraph("To repeat this", _REPEAT.format(provenance.version), provenance.command))
    return paragraphs


def _errors(joint: Sequence[Summary]) -> str:
    alike = {"particles": "All particles of all images count alike.", "scans": "All images count alike."}
    words = _ERRORS_OVER_IMAGES if any(summary.peopled > 1 for summary in joint) else _ERRORS
    return f"{words} {alike[joint[0].equal if joint else 'particles']}"


def _contours(provenance: Provenance) -> str:
    if provenance.weights is None:
        text = "The contours were given, not found by the network."
    else:
        point = f" ({provenance.operating_point})" if provenance.operating_point else ""
        text = f"Particles were recognised by the network {provenance.weights}{point} on the scans as recorded."
    if provenance.refinement:
        text += f" Contours were then refined: {provenance.refinement}."
    return text
