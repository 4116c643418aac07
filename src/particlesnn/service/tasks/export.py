"""Files to take away: tables, contours, pictures, the report, a data set."""

import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from particlesnn.core import ParticleMap, ParticlesNNError
from particlesnn.files import write_annotations, write_coco, write_csv, write_json, write_via
from particlesnn.report import draw_overlay, draw_overlay_svg, draw_picture
from particlesnn.results import (
    Job,
    Outcome,
    Result,
    Run,
    Told,
    distinct_names,
    picture_of,
    tell_tables,
    unique_stems,
    write_dataset,
    write_histogram,
    write_page,
    write_table,
)
from particlesnn.service.tasks.bench import ScanRef, bench
from particlesnn.service.tasks.sieve import Sieve
from particlesnn.statistics import Summary, summarise_jointly

_COMMAND = "the web service, by hand; settings and checksums are in summary.json"


@dataclass(frozen=True, eq=False)
class Chosen:
    """The scans that are exported, with what is known of them."""

    refs: Sequence[ScanRef]
    names: Sequence[str]
    """As tables call them; none stands twice."""
    stems: Sequence[str]
    """As files are called."""
    outcomes: Sequence[Outcome]
    joint: Sequence[Summary]
    run: Run

    @property
    def done(self) -> list[tuple[ScanRef, str, str, ParticleMap]]:
        """Ref, name, stem and particles of each scan that has particles."""
        rows = zip(self.refs, self.names, self.stems, self.outcomes, strict=True)
        return [(ref, name, stem, out.analysed[0]) for ref, name, stem, out in rows if out.analysed]

    @property
    def told(self) -> Told:
        """The tables."""
        return tell_tables(self._jobs, self.outcomes, self.joint, self.run)

    @property
    def _jobs(self) -> list[Job]:
        return [Job(name, name, stem) for name, stem in zip(self.names, self.stems, strict=True)]


Writer = Callable[[Path, Chosen], None]


def export(refs: Sequence[ScanRef], name: str, sieve: Sieve) -> Path:
    """Write one file for download; whoever asked removes its folder.

    Parameters
    ----------
    refs
        The scans, also failed ones, which keep their row in the tables.
    name
        One of `EXPORTS`.
    sieve
        Filters, border rule, bins and metal.

    Raises
    ------
    ParticlesNNError
        When there is no such export, or it cannot be written.
    """
    if name not in EXPORTS:
        raise ParticlesNNError(f"there is no export {name!r}; choose one of {', '.join(EXPORTS)}")
    folder = bench().lasting_folder()
    try:
        EXPORTS[name](folder / name, _chosen(refs, sieve))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / name


def _chosen(refs: Sequence[ScanRef], sieve: Sieve) -> Chosen:
    settings = sieve.settings
    names, stems = distinct_names([ref.name for ref in refs]), unique_stems([ref.name for ref in refs])
    outcomes: list[Outcome] = []
    for ref, name, stem in zip(refs, names, stems, strict=True):
        analysed = sieve.sift(ref.name, *bench().analysed(ref)) if ref.contours else None
        error = ref.error if analysed is None else None
        outcomes.append(Result(name, stem, analysed, error, ref.scale_from, ref.sha256))
    refined = [ref.refine for ref in refs if ref.refine != "none"]
    card = bench().recognizer.card
    run = Run(
        replace(settings, refine=refined[0] if refined else "none"),
        card.name,
        f"score at least {card.operating_point.score:.2f}",
        card.to_json(),
        command=f"{_COMMAND}; only {sieve.words}" if sieve.words else _COMMAND,
    )
    analysed_all = [outcome.analysed for outcome in outcomes if outcome.analysed]
    joint = summarise_jointly(
        [numbers for _, numbers in analysed_all],
        border=settings.border,
        maps=[particles for particles, _ in analysed_all],
        detailed=True,
    )
    return Chosen(refs, names, stems, outcomes, joint, run)


def _particles_csv(path: Path, chosen: Chosen) -> None:
    write_csv(path, chosen.told.particles)


def _images_csv(path: Path, chosen: Chosen) -> None:
    write_csv(path, chosen.told.images)


def _summary_json(path: Path, chosen: Chosen) -> None:
    write_json(path, chosen.told.summary)


def _table(form: str) -> Writer:
    return lambda path, chosen: write_table(path, form, chosen.told)


def _coco(path: Path, chosen: Chosen) -> None:
    names = [name for _, name, _, _ in chosen.done]
    write_coco(path, [particles for *_, particles in chosen.done], names, info=chosen.told.coco_info)


def _via(path: Path, chosen: Chosen) -> None:
    write_via(path, [particles for *_, particles in chosen.done], [name for _, name, _, _ in chosen.done])


def _histogram(path: Path, chosen: Chosen) -> None:
    measured = [outcome.analysed[1] for outcome in chosen.outcomes if outcome.analysed]
    write_histogram(path, measured, chosen.joint, chosen.run)


def _report(path: Path, chosen: Chosen) -> None:
    with bench().folder() as folder:
        for ref, _, stem, _ in chosen.done:
            picture = picture_of(folder, stem)
            picture.parent.mkdir(exist_ok=True)
            draw_picture(picture, bench().scan(ref))
        write_page(path, folder, chosen.outcomes, chosen.joint, chosen.run)


def _labelme(path: Path, ref: ScanRef, name: str, particles: ParticleMap) -> None:
    del ref
    write_annotations(path, [particles], [name], "labelme")


def _imagej(path: Path, ref: ScanRef, name: str, particles: ParticleMap) -> None:
    del ref
    write_annotations(path, [particles], [name], "imagej")


def _labels(path: Path, ref: ScanRef, name: str, particles: ParticleMap) -> None:
    del ref
    write_annotations(path, [particles], [name], "labels")


def _overlay(path: Path, ref: ScanRef, name: str, particles: ParticleMap) -> None:
    del name
    draw_overlay(path, bench().scan(ref), particles)


def _overlay_svg(path: Path, ref: ScanRef, name: str, particles: ParticleMap) -> None:
    del name
    draw_overlay_svg(path, bench().scan(ref), particles)


def _each(suffix: str, write: Callable[[Path, ScanRef, str, ParticleMap], None]) -> Writer:
    """Write a zip with one file a scan."""

    def write_all(path: Path, chosen: Chosen) -> None:
        with bench().folder() as folder:
            for ref, name, stem, particles in chosen.done:
                write(folder / f"{stem}{suffix}", ref, name, particles)
            _zip(folder, path)

    return write_all


def _dataset(path: Path, chosen: Chosen) -> None:
    with bench().folder() as folder:
        done = chosen.done
        stems, maps = [stem for _, _, stem, _ in done], [particles for *_, particles in done]
        write_dataset(folder, stems, (bench().scan(ref) for ref, *_ in done), maps)
        _zip(folder, path)


def _everything(path: Path, chosen: Chosen) -> None:
    with bench().folder() as folder:
        for name in ("particles.csv", "images.csv", "summary.json", "coco.json", "histogram.png", "report.html"):
            EXPORTS[name](folder / name, chosen)
        for ref, name, stem, particles in chosen.done:
            _labelme(folder / f"{stem}.labelme.json", ref, name, particles)
            _overlay(folder / f"{stem}.overlay.png", ref, name, particles)
        _zip(folder, path)


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            archive.write(file, file.relative_to(folder))


EXPORTS: dict[str, Writer] = {
    "particles.csv": _particles_csv,
    "particles-comma.csv": _table("comma"),
    "particles.xlsx": _table("xlsx"),
    "particles.parquet": _table("parquet"),
    "images.csv": _images_csv,
    "summary.json": _summary_json,
    "coco.json": _coco,
    "via.json": _via,
    "labelme.zip": _each(".labelme.json", _labelme),
    "imagej.zip": _each(".rois.zip", _imagej),
    "labels.zip": _each(".labels.tif", _labels),
    "overlays.zip": _each(".overlay.png", _overlay),
    "overlays-svg.zip": _each(".overlay.svg", _overlay_svg),
    "histogram.png": _histogram,
    "report.html": _report,
    "dataset.zip": _dataset,
    "everything.zip": _everything,
}
"""Each file that can be taken away, and what writes it."""
