"""Tables 4 and 5 of Okunev et al. 2020: mean sizes, and flooding against network against truth."""

from collections.abc import Sequence

from particlesnn.core import Measurements
from particlesnn.evaluation.paper_tables import (
    REMARK,
    Column,
    FoundOnScan,
    PaperTable,
    Row,
    TriedModel,
    TruthScan,
    absence,
    absent_images,
    absent_rows,
    beside,
    columns_of,
    rows_of_scans,
    with_paper,
)
from particlesnn.evaluation.published import IMAGES, PublishedImage
from particlesnn.statistics import Spread, summarise


def table_4(scans: Sequence[TruthScan], models: Sequence[TriedModel]) -> PaperTable:
    """Compare the mean diameters of contours; accuracy is the smaller mean over the larger."""
    figures = (
        Column("truth", "truth", ".2f"),
        Column("predicted", "predicted", ".2f"),
        Column("predicted_accuracy", "accuracy", ".2f"),
        Column("fitted", "fitted", ".2f"),
        Column("fitted_accuracy", "accuracy", ".2f"),
    )
    rows: list[Row] = []
    for model in models:
        rows += rows_of_scans(scans, model, _means, _published_means)
    rows += absent_rows(scans, _published_means)
    columns = columns_of(*figures, before=(Column("unit", "unit"),))
    return PaperTable("table4", "Table 4. Mean diameters, the paper's in nm", columns, tuple(rows))


def _means(scan: TruthScan, found: FoundOnScan) -> Row:
    true, predicted, fitted = (
        spread_of_diameters(each).mean
        for each in (scan.measured["truth"], found.measured["predicted"], found.measured["fitted"])
    )
    reasons = {"no true particles": true, "nothing predicted": predicted, "no fit succeeded": fitted}
    return {
        "remark": ", ".join(reason for reason, mean in reasons.items() if mean is None),
        "unit": unit_of(scan),
        "truth": true,
        "predicted": predicted,
        "predicted_accuracy": _accuracy(true, predicted),
        "fitted": fitted,
        "fitted_accuracy": _accuracy(true, fitted),
    }


def spread_of_diameters(measured: Measurements) -> Spread:
    """Summarise the diameters of one scan."""
    return summarise(measured).spreads["diameter"]


def unit_of(scan: TruthScan) -> str:
    """Name the unit of a scan's lengths."""
    return "nm" if scan.measured["truth"].scaled else "px"


def _accuracy(one: float | None, other: float | None) -> float | None:
    return min(one, other) / max(one, other) if one and other else None


def _published_means(image: PublishedImage) -> Row:
    return {
        "truth": image.truth_nm,
        "predicted": image.predicted_nm,
        "predicted_accuracy": image.predicted_accuracy,
        "fitted": image.fitted_nm,
        "fitted_accuracy": image.fitted_accuracy,
    }


def table_5(scans: Sequence[TruthScan], models: Sequence[TriedModel]) -> PaperTable:
    """Compare flooding, the networks and the truth: number, mean diameter and its standard error."""
    figures = (
        Column("particles", "particles", "d"),
        Column("mean", "mean", ".2f"),
        Column("standard_error", "error", ".2f"),
    )
    columns = (Column("image", "image"), Column("method", "method"), Column("unit", "unit"), *with_paper(*figures))
    published = {image.number: image for image in IMAGES}
    rows: list[Row] = []
    for scan in scans:
        rows += _rows_of_methods(scan, models, published.get(scan.number or 0))
    for image in absent_images(scans):
        for method in ("flooding", "network", "truth"):
            paper = beside(_published_method(image, method))
            rows.append({"image": f"paper {image.number}", "method": method, **paper, "remark": absence(image)})
    title = "Tables 5, S1 and S2. Flooding, network and truth; the paper's in nm"
    return PaperTable("table5", title, (*columns, REMARK), tuple(rows))


def _rows_of_methods(scan: TruthScan, models: Sequence[TriedModel], image: PublishedImage | None) -> list[Row]:
    measured: list[tuple[str, str, Measurements | None, str]] = [
        ("flooding", "flooding", scan.measured["flooding"], "")
    ]
    for model in models:
        found = model.found.get(scan.name)
        numbers = found.measured["predicted"] if found else None
        measured.append((model.name, "network", numbers, model.failed.get(scan.name, "")))
    measured.append(("truth", "truth", scan.measured["truth"], ""))
    rows: list[Row] = []
    for name, method, numbers, failure in measured:
        row: Row = {"image": scan.name, "method": name, "unit": unit_of(scan), "remark": failure}
        if numbers is not None:
            spread = spread_of_diameters(numbers)
            row |= {"particles": spread.count, "mean": spread.mean, "standard_error": spread.standard_error}
            row["remark"] = "" if spread.count > 1 else "too few particles for an error"
        if image is not None:
            row |= beside(_published_method(image, method))
        rows.append(row)
    return rows


def _published_method(image: PublishedImage, method: str) -> Row:
    count_mean_error = {
        "flooding": (image.flooded, image.flooded_nm, image.flooded_error_nm),
        "network": (image.predicted, image.predicted_nm, image.predicted_error_nm),
        "truth": (image.truth, image.truth_nm, image.truth_error_nm),
    }[method]
    return dict(zip(("particles", "mean", "standard_error"), count_mean_error, strict=True))
