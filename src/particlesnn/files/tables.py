"""Tables of particles and of images as CSV, and figures as JSON."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, TIP_QUANTITIES, Measurements, ParticleMap, Quantity
from particlesnn.core.writing import write_whole

More = Mapping[str, NDArray[np.float64]]

_DIGITS = 6
"""Significant digits of a number in a table; no microscope is calibrated better."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LEADING = ("image", "particle", "score", "origin")
_TRAILING = ("touches_border", "touches_particle")
_KINDS = ((True, True), (True, False), (False, True), (False, False))
"""All pairs (scaled, heights), in the order in which a mixed table lists their columns."""


@dataclass(frozen=True)
class Table:
    """Named columns, and the rows that fill them."""

    columns: list[str]
    """In the order in which they stand."""
    rows: list[dict[str, object]]
    """Column to value; a row that lacks a column has an empty cell there."""


def particle_rows(
    image: str, particle_map: ParticleMap, measurements: Measurements, more: More | None = None
) -> list[dict[str, object]]:
    """List one row a measured particle.

    Parameters
    ----------
    image
        Name of the image, for the first column.
    particle_map
        The particles; those that were not measured are left out.
    measurements
        Their quantities.
    more
        Further columns by name, each of shape (N,), in the order of the measurements.

    Returns
    -------
    list
        For each particle ``image, particle, score, origin``, each quantity under `Quantity.column`, and
        ``touches_border`` and ``touches_particle``, then the further columns. What is unknown (no score, not
        measurable) is None.

    Raises
    ------
    ValueError
        When a measured particle is not in the map.
    """
    known = {particle.id: particle for particle in particle_map.particles}
    missing = set(measurements.ids) - set(known)
    if missing:
        raise ValueError(f"the measured particles {sorted(missing)} are not in the map")
    names = {
        q.name: q.column(scaled=measurements.scaled, heights=measurements.heights) for q in _columns_of(measurements)
    }
    rows = []
    for number, particle_id in enumerate(measurements.ids):
        particle = known[particle_id]
        row: dict[str, object] = {
            "image": image,
            "particle": particle_id,
            "score": particle.score,
            "origin": particle.origin,
        }
        for name, column in names.items():
            values = measurements.columns.get(name)
            row[column] = None if values is None else _finite(float(values[number]))
        row |= {flag: bool(getattr(measurements, flag)[number]) for flag in _TRAILING}
        row |= {name: _finite(float(values[number])) for name, values in (more or {}).items()}
        rows.append(row)
    return rows


def particle_table(entries: Sequence[tuple[str, ParticleMap, Measurements]], more: Sequence[More] = ()) -> Table:
    """Put the particles of all images into one table.

    A batch may mix scans with and without scale, and heights with grey levels: the table then has the columns of each
    kind, and a cell stays empty where it does not apply. Without entries it has the columns of a scaled scan.

    Parameters
    ----------
    entries
        Name of the image, its particles and what was measured of them.
    more
        Further columns of each entry, as of `particle_rows`; none when empty.
    """
    kinds = {(measured.scaled, measured.heights) for _, _, measured in entries} or {(True, True)}
    present = {quantity.name for _, _, measured in entries for quantity in _columns_of(measured)}
    columns = [
        quantity.column(scaled=scaled, heights=heights)
        for quantity in (*QUANTITIES, *(each for each in TIP_QUANTITIES if each.name in present))
        for scaled, heights in _KINDS
        if (scaled, heights) in kinds
    ]
    further = list(more) or [{}] * len(entries)
    rows = [row for entry, own in zip(entries, further, strict=True) for row in particle_rows(*entry, own)]
    return Table(_unique([*_LEADING, *columns, *_TRAILING, *(name for own in further for name in own)]), rows)


def _columns_of(measurements: Measurements) -> tuple[Quantity, ...]:
    """List the quantities that the rows of a scan have: those of each scan, and those that only some runs measure."""
    return (*QUANTITIES, *(quantity for quantity in TIP_QUANTITIES if quantity.name in measurements.columns))


def image_table(rows: Sequence[Mapping[str, object]]) -> Table:
    """Put the rows of images into one table: columns in the order in which the rows first name them."""
    return Table(_unique(column for row in rows for column in row) or ["image"], [dict(row) for row in rows])


def write_csv(path: str | Path, table: Table, *, decimal_comma: bool = False) -> None:
    """Write a table as CSV in UTF-8.

    Numbers have 6 significant digits, unknown ones an empty cell. A text that a spreadsheet would run as a formula (it
    begins with = + - @, tab or return) gets an apostrophe in front.

    Parameters
    ----------
    path
        The CSV file.
    table
        What to write.
    decimal_comma
        For spreadsheets of countries that write 0,5: decimal commas, semicolons between the cells, and a byte order
        mark, by which such a spreadsheet knows UTF-8.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n", delimiter=";" if decimal_comma else ",")
    writer.writerow([_cell(column) for column in table.columns])
    for row in table.rows:
        values = [row.get(column) for column in table.columns]
        writer.writerow([_with_comma(value) if decimal_comma else _cell(value) for value in values])
    write_whole(Path(path), buffer.getvalue().encode("utf-8-sig" if decimal_comma else "utf-8", errors="replace"))


def write_json(path: str | Path, data: object, *, compact: bool = False) -> None:
    """Write strictly valid JSON (RFC 8259) in UTF-8.

    Parameters
    ----------
    path
        The JSON file.
    data
        Mappings, sequences, arrays, texts, paths and numbers, nested; NaN and infinity become null.
    compact
        Without line breaks, for long lists of points that nobody reads: a quarter of the time and half of the size.
        Else indented by 2.

    Raises
    ------
    OutputError
        When the file cannot be written.
    TypeError
        When something in the data has no counterpart in JSON.
    """
    text = json.dumps(_plain(data), indent=None if compact else 2, ensure_ascii=False, allow_nan=False)
    write_whole(Path(path), f"{text}\n".encode(errors="replace"))


def _with_comma(value: object) -> str:
    text = _cell(value)
    return text.replace(".", ",") if isinstance(value, float | np.floating) else text


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return f"{value:.{_DIGITS}g}" if math.isfinite(value) else ""
    if isinstance(value, int | np.integer):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(data: object) -> object:
    if isinstance(data, float):  # first: nearly all of a contour file is floats
        return _finite(data)
    if isinstance(data, Mapping):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, np.ndarray | np.generic):
        plain = data.tolist()
        return plain if data.dtype.kind == "f" and np.isfinite(data).all() else _plain(plain)
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return str(data) if isinstance(data, Path) else data
