"""The folder of results: who may write into it, and what stands in it."""

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import particlesnn
from particlesnn.chemistry import MetalTotal, count_atoms, metal_named
from particlesnn.core import Measurements, OutputError, ParticleMap
from particlesnn.files import image_table, particle_table, write_coco, write_csv, write_json
from particlesnn.measurement import measure_predicted
from particlesnn.pipeline import AnalysisSettings, metal_of
from particlesnn.results.budgets import Budgets, card_digest, joint_budgets, single_budgets, told_budgets
from particlesnn.results.drawn import draw_joint, told_missing
from particlesnn.results.extras import Told, write_extras
from particlesnn.results.job import Job, Outcome
from particlesnn.results.records import digest, remove_records
from particlesnn.statistics import Summary, summarise, summarise_jointly

MARKER = ".particlesnn.json"
"""Tells that a folder holds results, and of which settings."""
_SINGLE = (".labelme.json", ".overlay.png", ".tip.png")
_JOINT = ("particles.csv", "images.csv", "summary.json", "annotations.coco.json", "histogram.png", "report.html")

"""Each way to refine contours, in words."""


@dataclass(frozen=True)
class Run:
    """What all results of a folder have in common."""

    settings: AnalysisSettings
    """What the user asked for."""
    weights: str | None
    """Name of the network that found the particles; None where contours were given, or several methods compared."""
    operating_point: str = ""
    """Its thresholds, in words."""
    card: str = ""
    """Its weight card as text, which tells it from other weights of its name."""
    files: tuple[str, ...] = ()
    """Names of files that it writes besides the usual ones, so that ``--overwrite`` knows them for ours."""
    also: tuple[str, ...] = ()
    """Which further kinds of files are wanted, see `particlesnn.results.extras`."""
    engine: str = ""
    """Which program computed the network, and how exactly."""
    command: str = field(default_factory=lambda: shlex.join(["particlesnn", *sys.argv[1:]]))
    """The command line, to repeat it."""


def claim(folder: Path, run: Run, *, overwrite: bool, resume: bool) -> None:
    """Make the folder ours, or refuse.

    Raises
    ------
    OutputError
        When it holds other results, or results of other settings that ``resume`` would mix with.
    """
    wanted = _fingerprint(run)
    marker = folder / MARKER
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; give a folder for the results")
    found = any(folder.iterdir()) if folder.is_dir() else False
    if found and resume and marker.exists():
        if not _alike(_read(marker), wanted):
            raise OutputError(
                f"{folder} holds results of other settings or weights; use those, another folder, or --overwrite"
            )
    elif found and overwrite:
        _refuse_strangers(folder, run)
        _clear(folder)
    elif found:
        go_on = ", --resume to go on" if run.weights and marker.exists() else ""
        raise OutputError(f"{folder} holds files already; give another folder{go_on}, or --overwrite")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); give another folder") from error
    write_json(marker, wanted)


def _fingerprint(run: Run) -> dict[str, Any]:
    files = {"files": list(run.files)} if run.files else {}
    return {
        "version": particlesnn.__version__,
        "weights": run.weights,
        "card": card_digest(run.card) or "",
        "settings": asdict(run.settings),
        **files,
    }


def _alike(one: object, other: dict[str, Any]) -> bool:
    """Tell whether results of both fit together; which further files are written does not matter."""
    return isinstance(one, dict) and {**one, "files": []} == {**other, "files": []}


def _read(marker: Path) -> object:
    try:
        return json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _refuse_strangers(folder: Path, run: Run) -> None:
    """See to it that no file is replaced in a folder that we never wrote into, such as contours drawn by hand."""
    if (folder / MARKER).exists():
        return
    for path in sorted(folder.iterdir()):
        if path.name in (*_JOINT, *run.files) or path.name.endswith(_SINGLE):
            raise OutputError(f"{path} is of no earlier run and would be lost; move it away, or give another folder")


def _clear(folder: Path) -> None:
    """Remove earlier results, if it was us who wrote them; strangers' files stay."""
    if not (folder / MARKER).exists():
        return
    remove_records(folder)
    marker = _read(folder / MARKER)
    files = marker.get("files", []) if isinstance(marker, dict) else []
    ours = [name for name in files if isinstance(name, str) and name == Path(name).name]
    for name in (*_JOINT, *ours, MARKER):
        (folder / name).unlink(missing_ok=True)


def write_joint(
    folder: Path,
    jobs: Sequence[Job],
    outcomes: Sequence[Outcome],
    run: Run,
    drawing: Executor,
    warn: Callable[[str], None],
) -> tuple[Summary, ...]:
    """Write what is said of all scans together, and the further files; return the joint statistics.

    Pictures are drawn by ``drawing``; ``warn`` is told what the user must know, such as letters without a font.
    """
    measured = [outcome.analysed[1] for outcome in outcomes if outcome.analysed]
    maps = [outcome.analysed[0] for outcome in outcomes if outcome.analysed]
    joint = summarise_jointly(measured, border=run.settings.border, maps=maps, detailed=True)
    budgets = joint_budgets(joint, list(zip(maps, measured, strict=True)), run.settings, run.card)
    drawn, paper = draw_joint(folder, outcomes, joint, budgets, run, drawing)
    told = tell_tables(jobs, outcomes, joint, run, budgets)
    write_csv(folder / "particles.csv", told.particles)
    write_csv(folder / "images.csv", told.images)
    write_coco(
        folder / "annotations.coco.json",
        maps,
        [outcome.name for outcome in outcomes if outcome.analysed],
        info=told.coco_info,
    )
    write_json(folder / "summary.json", told.summary)
    maps_of = [(job, out.analysed[0]) for job, out in zip(jobs, outcomes, strict=True) if out.analysed]
    drawn += write_extras(folder, run.also, told, maps_of, run.settings, drawing)
    for picture in drawn:
        picture.result()
    if paper is not None and (missing := paper.result()):
        warn(told_missing(folder / "report.pdf", missing))
    return joint


def tell_tables(
    jobs: Sequence[Job],
    outcomes: Sequence[Outcome],
    joint: Sequence[Summary],
    run: Run,
    budgets: Sequence[Budgets] | None = None,
) -> Told:
    """Put into tables what became of a run's scans, and what is said of all of them together."""
    done = [(outcome.name, *outcome.analysed) for outcome in outcomes if outcome.analysed]
    if budgets is None:
        budgets = joint_budgets(joint, [(particles, numbers) for _, particles, numbers in done], run.settings, run.card)
    single = single_budgets(outcomes, run.settings, run.card)
    metal = metal_of([numbers for _, _, numbers in done], [particles for _, particles, _ in done], run.settings)
    return Told(
        particle_table(done, [_further_columns(particles, numbers, run.settings) for _, particles, numbers in done]),
        image_table(
            [
                _image_row(job, outcome, run, single.get(outcome.stem, {}))
                for job, outcome in zip(jobs, outcomes, strict=True)
            ]
        ),
        {
            **_summary(outcomes, joint, run, metal),
            "uncertainty": told_budgets(budgets, single, outcomes, run.settings),
        },
    )


def _image_row(job: Job, outcome: Outcome, run: Run, budgets: Budgets) -> dict[str, object]:
    row: dict[str, object] = {"image": outcome.name, "status": "failed", "error": outcome.error or ""}
    with suppress(OSError):  # a scan that is not there keeps its row
        row["sha256"] = outcome.sha256 or digest(Path(job.scan))
    if not outcome.analysed:
        return row
    particles, measurements = outcome.analysed
    summary = summarise(measurements, border=run.settings.border, maps=particles)
    plane = "nm" if summary.scaled else "px"
    diameter = summary.spreads["diameter"]
    height = summary.spreads["height_max"]
    row |= {
        "status": "done",
        "scale_from": outcome.scale_from or _scale_from(measurements, run.settings),
        "particles": summary.count,
        "touching_border": int(measurements.touches_border.sum()),
        f"counted_area_{plane}2": summary.area,
        f"density_per_{plane}2": summary.density,
        "coverage": summary.coverage,
        f"mean_diameter_{plane}": diameter.mean,
        f"sd_diameter_{plane}": diameter.sd,
        f"standard_error_{plane}": diameter.standard_error,
        f"combined_uncertainty_{plane}": _combined(budgets),
        f"median_diameter_{plane}": diameter.median,
        f"sauter_diameter_{plane}": summary.sauter_diameter,
    }
    row[f"mean_height_max_{'nm' if summary.heights else 'grey'}"] = height.mean
    return row | _tip_cells(measurements, summary)


def _tip_cells(measurements: Measurements, summary: Summary) -> dict[str, object]:
    """Tell of the tip of a scan; nothing where it was not asked for."""
    if measurements.tip is None:
        return {}
    names = {"known": "tip", "radius_nm": "tip_radius_nm", "threshold_nm": "tip_threshold_nm"}
    names |= {"uncertain_share": "uncertain_share", "refusal": "tip_refusal"}
    told = {names[name]: value for name, value in asdict(measurements.tip).items()}
    return {"mean_diameter_reconstructed_nm": summary.spreads["diameter_reconstructed"].mean, **told}


def _combined(budgets: Budgets) -> float | None:
    """Take the combined standard uncertainty of the mean diameter."""
    budget = budgets.get("mean_diameter")
    return None if budget is None else budget.total.relative * budget.value


def _scale_from(measurements: Measurements, settings: AnalysisSettings) -> str:
    if settings.pixel_size_nm is not None:
        return "user"
    return "file" if measurements.scaled else "none"


def _further_columns(
    particles: ParticleMap, measurements: Measurements, settings: AnalysisSettings
) -> dict[str, NDArray[np.float64]]:
    """Give the columns that only some runs have."""
    columns = measure_predicted(particles, measurements) if settings.refine != "none" else {}
    if settings.metal is not None:
        counted = count_atoms(measurements, metal_named(settings.metal), settings.shape)
        columns |= {"atoms": counted.atoms, "dispersion": counted.dispersion}
    return columns


def _summary(
    outcomes: Sequence[Outcome], joint: Sequence[Summary], run: Run, metal: MetalTotal | None
) -> dict[str, Any]:
    failed = [{"image": outcome.name, "error": outcome.error} for outcome in outcomes if outcome.error]
    tips = [
        {"image": outcome.name, **asdict(outcome.analysed[1].tip)}
        for outcome in outcomes
        if outcome.analysed and outcome.analysed[1].tip
    ]
    return {
        "particlesnn": particlesnn.__version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "weights": run.weights,
        **({"engine": run.engine} if run.engine else {}),
        "settings": asdict(run.settings),
        "reproduce": {"command": run.command, "weights_card_sha256": card_digest(run.card)},
        "images": len(outcomes),
        "failed": failed,
        "joint": joint[0].to_dict() if joint else None,
        "other_units": [summary.to_dict() for summary in joint[1:]],
        **({"metal": metal.to_dict()} if metal else {}),
        **({"tips": tips} if tips else {}),
    }
