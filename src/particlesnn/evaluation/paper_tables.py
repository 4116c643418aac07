"""Tables 1 to 3 of Okunev et al. 2020, filled from data and networks at hand, beside the published figures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from particlesnn.core import Measurements, ParticleMap
from particlesnn.evaluation.coco import average_precision
from particlesnn.evaluation.counting import Counting, count
from particlesnn.evaluation.published import IMAGES, MAX_DETS, MODELS, SETS, ContourType, PublishedImage, key_of

Row = dict[str, Any]
ALL = "all"
"""Stands for the name of the scan in rows of all together."""


@dataclass(frozen=True, eq=False)
class TruthScan:
    """A test scan with its truth, and what is known of it without a network."""

    name: str
    """As the tables call it."""
    number: int | None
    """Which image of the paper it is; None when it is none of them."""
    truth: ParticleMap
    """Its true particles."""
    measured: Mapping[str, Measurements]
    """What was measured of "truth" and of "flooding"."""


@dataclass(frozen=True, eq=False)
class FoundOnScan:
    """What one network found on a test scan."""

    predicted: ParticleMap
    """Its contours."""
    fitted: ParticleMap
    """Those of them that a Gaussian refined."""
    measured: Mapping[str, Measurements]
    """What was measured of "predicted" and of "fitted"."""

    def contours(self, kind: ContourType) -> ParticleMap:
        """Return the contours of one type."""
        return self.predicted if kind == "predicted" else self.fitted


@dataclass(frozen=True, eq=False)
class TriedModel:
    """A network and what it found."""

    name: str
    """As the user calls it."""
    found: Mapping[str, FoundOnScan]
    """Name of the scan to what was found on it."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Name of the scan to why nothing could be found out."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    """In files."""
    heading: str
    """On the screen."""
    form: str = ""
    """How its numbers are written, by Python's format."""
    paper_form: str = ""
    """How the paper writes them, where that is with fewer digits."""


@dataclass(frozen=True)
class PaperTable:
    """A filled table."""

    name: str
    """Stem of its file: "table1"."""
    title: str
    """One line."""
    columns: tuple[Column, ...]
    """From left to right; of each figure first ours, then the paper's."""
    rows: tuple[Row, ...]
    """Column name to value; None where there is none, and then ``remark`` says why."""


REMARK = Column("remark", "remark")


def with_paper(*columns: Column) -> tuple[Column, ...]:
    """Put beside each column that of the paper."""
    return tuple(
        each for own in columns for each in (own, Column(f"{own.name}_paper", "paper", own.paper_form or own.form))
    )


def data_table(counts: Mapping[tuple[str, str], tuple[int, int]]) -> PaperTable:
    """Compare the sets of labelled scans with the paper's.

    Parameters
    ----------
    counts
        Set and part ("train" or "test") to scans and particles.
    """
    columns = (
        Column("set", "set"),
        Column("part", "part"),
        *with_paper(Column("scans", "scans", "d"), Column("particles", "particles", "d")),
        REMARK,
    )
    rows: list[Row] = []
    for set_name, part in dict.fromkeys([*SETS, *counts]):
        own, published = counts.get((set_name, part)), SETS.get((set_name, part))
        scans, particles = own or (None, None)
        scans_paper, particles_paper = published or (None, None)
        rows.append(
            {
                "set": set_name or "contours",
                "part": part,
                "scans": scans,
                "scans_paper": scans_paper,
                "particles": particles,
                "particles_paper": particles_paper,
                "remark": "" if own else "not among the data",
            }
        )
    return PaperTable("data", "Labelled scans (sections 2.2 and 3)", columns, tuple(rows))


def table_1(scans: Sequence[TruthScan], models: Sequence[TriedModel]) -> PaperTable:
    """Measure recall and mAP by backbone, scale, set and type of contours."""
    columns = (
        Column("number", "No", "d"),
        Column("model", "model"),
        Column("backbone", "backbone"),
        Column("scale", "scale"),
        Column("set", "set"),
        Column("contours", "contours"),
        *with_paper(Column("recall", "recall", ".3f", ".2f"), Column("map_bbox", "mAP box", ".3f")),
        REMARK,
    )
    by_key = {key_of(model.name): model for model in reversed(models)}
    rows: list[Row] = []
    told: set[tuple[str, ContourType]] = set()
    for published in MODELS:
        model = by_key.get(published.key)
        row: Row = {
            "number": published.number,
            "model": model.name if model else None,
            "backbone": published.backbone,
            "scale": published.scale,
            "set": published.contour_set,
            "contours": published.contours,
            "recall_paper": published.recall,
            "map_bbox_paper": published.ap,
            "remark": f"no such model; give --model {published.key}=FILE",
        }
        if model:
            row |= _rightness(scans, model, published.contours)
            told.add((model.name, published.contours))
        rows.append(row)
    kinds: tuple[ContourType, ...] = ("predicted", "fitted")
    for model in models:
        for kind in kinds:
            if (model.name, kind) not in told:
                trained = next((each for each in MODELS if each.key == key_of(model.name)), None)
                row = {"model": model.name, "contours": kind, **_rightness(scans, model, kind)}
                if trained:
                    row |= {"backbone": trained.backbone, "scale": trained.scale, "set": trained.contour_set}
                rows.append(row)
    return PaperTable("table1", "Table 1. Recall and mAP of the test scans", columns, tuple(rows))


def _rightness(scans: Sequence[TruthScan], model: TriedModel, kind: ContourType) -> Row:
    done = [scan for scan in scans if scan.name in model.found]
    if not done:
        return {"remark": "failed on every scan" if scans else "no test scan could be read"}
    truths = [scan.truth for scan in done]
    found = [model.found[scan.name].contours(kind) for scan in done]
    counting = added(count(true, own) for true, own in zip(truths, found, strict=True))
    precision = average_precision(truths, found, "bbox", max_dets=MAX_DETS)
    reasons = ["" if len(done) == len(scans) else f"on {len(done)} of {len(scans)} scans"]
    reasons += ["no true particles"] if counting.recall is None else []
    return {"recall": counting.recall, "map_bbox": precision.ap, "remark": ", ".join(filter(None, reasons))}


def added(counts: Iterable[Counting]) -> Counting:
    """Add up the counts of several scans."""
    each = list(counts)
    return Counting(sum(one.tp for one in each), sum(one.fp for one in each), sum(one.fn for one in each))


def table_2(scans: Sequence[TruthScan], models: Sequence[TriedModel]) -> PaperTable:
    """Count right, false and missed particles of each scan by the paper's rule."""
    counts = [Column(name, name.upper(), "d") for name in ("tp", "fp", "fn")]
    figures = [*counts, *(Column(name, name, ".3f", ".2f") for name in ("precision", "recall"))]
    rows: list[Row] = []
    for model in models:
        rows += rows_of_scans(scans, model, lambda scan, found: _figures(count(scan.truth, found.predicted)), _counted)
        done = [scan for scan in scans if scan.name in model.found]
        total = added(count(scan.truth, model.found[scan.name].predicted) for scan in done)
        published = added(Counting(image.tp, image.fp, image.fn) for image in IMAGES)
        rows.append({"model": model.name, "image": ALL, **beside(_figures(published)), **_figures(total)})
    rows += absent_rows(scans, _counted)
    return PaperTable("table2", "Table 2. Quality of the particle count", columns_of(*figures), tuple(rows))


def _figures(counting: Counting) -> Row:
    """Name the figures of a count, and say why one is not defined."""
    reasons = {"nothing predicted": counting.precision, "no true particles": counting.recall}
    remark = ", ".join(reason for reason, figure in reasons.items() if figure is None)
    return {
        "remark": remark,
        "tp": counting.tp,
        "fp": counting.fp,
        "fn": counting.fn,
        "precision": counting.precision,
        "recall": counting.recall,
    }


def _counted(image: PublishedImage) -> Row:
    return _figures(Counting(image.tp, image.fp, image.fn))


def table_3(scans: Sequence[TruthScan], models: Sequence[TriedModel]) -> PaperTable:
    """Count true, predicted and fitted contours."""
    names = ("truth", "predicted", "fitted")
    figures = [Column(name, name, "d") for name in names]
    rows: list[Row] = []
    for model in models:
        rows += rows_of_scans(scans, model, _numbers, _published_numbers)
        done = [scan for scan in scans if scan.name in model.found]
        each = [_numbers(scan, model.found[scan.name]) for scan in done]
        total = {name: sum(row[name] for row in each) for name in names}
        published = {name: sum(_published_numbers(image)[name] for image in IMAGES) for name in names}
        rows.append({"model": model.name, "image": ALL, **total, **beside(published), "remark": ""})
    rows += absent_rows(scans, _published_numbers)
    return PaperTable("table3", "Table 3. Numbers of contours", columns_of(*figures), tuple(rows))


def _numbers(scan: TruthScan, found: FoundOnScan) -> Row:
    return {"truth": len(scan.truth), "predicted": len(found.predicted), "fitted": len(found.fitted)}


def _published_numbers(image: PublishedImage) -> Row:
    return {"truth": image.truth, "predicted": image.predicted, "fitted": image.fitted}


def columns_of(*figures: Column, before: tuple[Column, ...] = ()) -> tuple[Column, ...]:
    """Give the columns of a table with a row for each network on each scan."""
    return (Column("model", "model"), Column("image", "image"), *before, *with_paper(*figures), REMARK)


def rows_of_scans(
    scans: Sequence[TruthScan],
    model: TriedModel,
    own: Callable[[TruthScan, FoundOnScan], Row],
    of_paper: Callable[[PublishedImage], Row],
) -> list[Row]:
    """Make a row a scan: our figures, and the paper's where it is one of its images."""
    published = {image.number: image for image in IMAGES}
    rows: list[Row] = []
    for scan in scans:
        found = model.found.get(scan.name)
        row: Row = {"model": model.name, "image": scan.name, "remark": model.failed.get(scan.name, "")}
        row |= own(scan, found) if found else {}
        row |= beside(of_paper(published[scan.number])) if scan.number else {}
        rows.append(row)
    return rows


def beside(figures: Row) -> Row:
    """Name the paper's figures so that they stand beside ours."""
    return {f"{name}_paper": value for name, value in figures.items() if name != "remark"}


def absent_rows(scans: Sequence[TruthScan], of_paper: Callable[[PublishedImage], Row]) -> list[Row]:
    """Make a row for each image of the paper that is not among the data."""
    return [
        {"image": f"paper {image.number}", **beside(of_paper(image)), "remark": absence(image)}
        for image in absent_images(scans)
    ]


def absent_images(scans: Sequence[TruthScan]) -> list[PublishedImage]:
    """List the images of the paper that are not among the data."""
    there = {scan.number for scan in scans}
    return [image for image in IMAGES if image.number not in there]


def absence(image: PublishedImage) -> str:
    """Say in words that an image of the paper is not among the data."""
    return f"not among the data: no test scan has {image.truth} particles"
