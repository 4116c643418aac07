"""A data set on disk: scans, pictures, contours as COCO, which scans train and which test.

::

    dataset.json              what stands here
    train.txt, test.txt       names of the scans, one a line
    rough.train.coco.json     contours by set and part; without sets train.coco.json and test.coco.json
    precise.train.coco.json
    test.coco.json
    scans/NAME.txt            the scans, byte for byte
    images/NAME.png           the same in 8 bit by eq. 1 of Okunev et al. 2020, as the COCO files name them
    checks.csv                what the check found
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from particlesnn.core import AnnotationError, OutputError
from particlesnn.core.writing import write_whole
from particlesnn.files.coco import read_coco, write_coco
from particlesnn.files.dataset.findings import Finding
from particlesnn.files.dataset.labelled import DataSet, LabelledScan, Part
from particlesnn.files.json_text import load_object
from particlesnn.files.open_scan import open_scan
from particlesnn.files.palettes import save_picture, to_grey8
from particlesnn.files.tables import Table, write_csv, write_json

MANIFEST = "dataset.json"
"""Tells that a folder is a data set, and of what."""
_FORMAT = "particlesnn data set 1"
_PARTS: tuple[Part, ...] = ("train", "test")


def is_dataset(folder: Path) -> bool:
    """Tell whether a folder is a data set that `write_dataset` wrote."""
    return (folder / MANIFEST).is_file()


def write_dataset(folder: Path, data: DataSet, findings: Sequence[Finding], *, overwrite: bool = False) -> None:
    """Write a data set; its manifest comes last, so that a folder which has one is whole.

    Parameters
    ----------
    folder
        Where to; made if it is not there.
    data
        What to write.
    findings
        What the check found, for ``checks.csv``.
    overwrite
        Replace a data set that stands there. Files that are not of it stay.

    Raises
    ------
    OutputError
        When the folder holds files already, or a file cannot be written.
    """
    _make_room(folder, overwrite=overwrite)
    scans = {entry.name: entry for entry in data.entries}
    files: list[str] = []
    listed: dict[str, dict[str, str]] = {}
    for name, entry in sorted(scans.items()):
        content = entry.scan.read_bytes()
        scan, picture = f"scans/{name}{entry.scan.suffix}", _picture_name(name)
        write_whole(folder / scan, content)
        save_picture(folder / picture, to_grey8(open_scan(entry.scan).values))
        files += [scan, picture]
        digest = hashlib.sha256(content).hexdigest()
        listed[name] = {"scan": scan, "image": picture, "part": entry.part, "sha256": digest}
    sets: dict[str, dict[str, str]] = {}
    for set_name in data.set_names:
        for part in _PARTS:
            chosen = data.chosen(set_name, part)
            if chosen:
                contours = _contours_name(set_name, part)
                write_coco(
                    folder / contours,
                    [each.particles for each in chosen],
                    [_picture_name(each.name) for each in chosen],
                )
                sets.setdefault(set_name, {})[part] = contours
                files.append(contours)
    for part in _PARTS:
        lines = "".join(f"{name}\n" for name, entry in sorted(scans.items()) if entry.part == part)
        write_whole(folder / f"{part}.txt", lines.encode())
        files.append(f"{part}.txt")
    write_csv(folder / "checks.csv", _table(findings))
    manifest = {"format": _FORMAT, "sets": sets, "scans": listed, "files": [*files, "checks.csv"]}
    write_json(folder / MANIFEST, manifest)


def read_dataset(folder: Path) -> DataSet:
    """Read a data set that `write_dataset` wrote.

    Raises
    ------
    AnnotationError
        When the folder is none, or one that is damaged.
    """
    path = folder / MANIFEST
    manifest = load_object(path)
    if manifest.get("format") != _FORMAT:
        raise AnnotationError(
            f"{path} is of no data set that this version knows; make it anew by 'particlesnn dataset'"
        )
    try:
        scans: Mapping[str, Any] = dict(manifest["scans"])  # type: ignore[call-overload]
        files = [
            (str(name), part, folder / str(contours))
            for name, parts in dict(manifest["sets"]).items()  # type: ignore[call-overload]
            for part, contours in dict(parts).items()
        ]
        entries = [entry for name, part, contours in files for entry in _entries(folder, name, part, contours, scans)]
    except (KeyError, TypeError, ValueError) as error:
        raise AnnotationError(f"{path} is damaged; make the data set anew by 'particlesnn dataset'") from error
    return DataSet(tuple(entries))


def _entries(
    folder: Path, set_name: str, part: Part, contours: Path, scans: Mapping[str, Any]
) -> Iterable[LabelledScan]:
    for particles in read_coco(contours):
        name = PurePosixPath(particles.source).name.removesuffix(".png")
        yield LabelledScan(name, folder / scans[name]["scan"], set_name, particles, part)


def _contours_name(set_name: str, part: Part) -> str:
    """Name a file of contours: "rough.train.coco.json"; "test.coco.json" for the set and the part of that name."""
    return ".".join(dict.fromkeys(word for word in (set_name, part) if word)) + ".coco.json"


def _picture_name(name: str) -> str:
    return f"images/{name}.png"


def _table(findings: Sequence[Finding]) -> Table:
    columns = ["file", "shape", "kind", "fault", "message"]
    return Table(columns, [{column: asdict(finding)[column] for column in columns} for finding in findings])


def _make_room(folder: Path, *, overwrite: bool) -> None:
    """Make the folder and those in it, without the files of an earlier data set."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; give a folder for the data set")
    if folder.is_dir() and any(folder.iterdir()):
        if not overwrite:
            raise OutputError(f"{folder} holds files already; give another folder, or --overwrite")
        if not is_dataset(folder):
            raise OutputError(f"{folder} holds files, but no data set that could be replaced; give another folder")
        for name in _files_of(folder):
            (folder / name).unlink(missing_ok=True)
        (folder / MANIFEST).unlink()
    try:
        for place in (folder, folder / "scans", folder / "images"):
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); give another folder") from error


def _files_of(folder: Path) -> list[str]:
    """Files that the manifest names, and that lie in the folder."""
    try:
        names = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    inside = folder.resolve()
    return [name for name in names if isinstance(name, str) and inside in (folder / name).resolve().parents]
