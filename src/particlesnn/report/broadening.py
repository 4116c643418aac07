"""What a report says of the tip and of sizes without its broadening."""

from collections.abc import Iterable

from particlesnn.core import Measurements
from particlesnn.report.entry import Section
from particlesnn.report.wording import rounded
from particlesnn.statistics import summarise

_LIMITS = (
    "Without a given tip's broadening, a diameter is an upper bound of the true one. A tip found blind in the scan is "
    "itself an upper bound, so that its correction may be too strong; on round particles under a sharp tip it does "
    "harm. Contours and all other figures are those of the scan as it is."
)


def tip_section(images: Iterable[tuple[str, Measurements]], picture: bytes | None = None) -> Section | None:
    """Return the part of a report that shows the tips of scans; None where no tip was asked for.

    Parameters
    ----------
    images
        Name of each scan, and what was measured on it.
    picture
        PNG of a tip and the surface that it leaves certain.
    """
    told = [(name, measured, measured.tip) for name, measured in images if measured.tip is not None]
    if not told:
        return None
    rows = []
    for name, measured, tip in told:
        if tip.refusal:
            rows.append((name, tip.known, *["—"] * 5, tip.refusal))
            continue
        spreads = summarise(measured).spreads
        means = (rounded(spreads[column].mean) for column in ("diameter", "diameter_reconstructed"))
        share = "—" if tip.uncertain_share is None else f"{rounded(100 * tip.uncertain_share, 2)} %"
        rows.append((name, tip.known, rounded(tip.radius_nm, 2), rounded(tip.threshold_nm, 2), share, *means, ""))
    return Section(
        heading="The tip",
        columns=("Image", "Tip", "Radius (nm)", "Threshold (nm)", "Uncertain surface", "Mean diameter (nm)",
                 "Without the tip (nm)", "Remark"),
        rows=tuple(rows),
        notes=(_LIMITS,),
        picture=picture,
        alt="The tip in profile and from above, and where the surface is certain" if picture else "",
    )  # fmt: skip
