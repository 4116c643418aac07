"""Workbooks, Parquet and decimal commas, read back by the libraries that their users have."""

import csv
import math
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from pyarrow import parquet

from particlesnn.core import QUANTITIES, Contour, Measurements, Particle, ParticleMap
from particlesnn.files import Table, particle_table, write_csv, write_parquet, write_xlsx

NAMES = ("скан №1.txt", "走査像.sxm", "=1+1.txt", "plain.txt")


def a_table(particles: int, names: tuple[str, ...] = NAMES) -> Table:
    """A table of so many particles an image, with other numbers in each cell; the last is unmeasurable in part."""
    square = Contour(np.array([[1.0, 1], [4, 1], [4, 4], [1, 4]]))
    ids = tuple(range(1, particles + 1))
    columns = {q.name: np.arange(particles) / 7 + number for number, q in enumerate(QUANTITIES)}
    columns["height_max"] = np.where(np.arange(particles) == particles - 1, np.nan, -1.5)
    flags = np.arange(particles) % 2 == 0
    measured = Measurements(ids, columns, True, True, flags, (10.0, 12.0), touches_particle=~flags)
    found = ParticleMap((10, 12), tuple(Particle(square, 0.5, "network", id=number) for number in ids))
    return particle_table([(name, found, measured) for name in names])


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12)
    return one == other


def test_a_workbook_gives_back_what_was_written(tmp_path: Path) -> None:
    table = a_table(3)
    write_xlsx(tmp_path / "p.xlsx", {"particles": table, "images": Table(["image"], [])})
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    assert book.sheetnames == ["particles", "images"]
    header, *rows = book["particles"].iter_rows()
    assert [cell.value for cell in header] == table.columns
    assert book["particles"].freeze_panes == "A2"
    for cells, row in zip(rows, table.rows, strict=True):
        assert all(same(row[column], cell.value) for column, cell in zip(table.columns, cells, strict=True))
    kinds = {cell.data_type for cell in rows[-1]}
    assert "f" not in {cell.data_type for cells in rows for cell in cells}, "a text became a formula"
    assert {"s", "n", "b"} <= kinds


def test_a_workbook_survives_any_text(tmp_path: Path) -> None:
    odd = "a\x00b\udcffc\x1b" + "x" * 40_000
    write_xlsx(tmp_path / "p.xlsx", {"s": Table(["t"], [{"t": odd}, {"t": "http://a/b"}, {"t": math.inf}])})
    sheet = openpyxl.load_workbook(tmp_path / "p.xlsx")["s"]
    assert sheet["A2"].value.startswith("a\ufffdb\ufffdc\ufffdx")
    assert len(sheet["A2"].value) == 32_767
    assert sheet["A3"].hyperlink is None
    assert sheet["A4"].value is None


def test_parquet_gives_back_what_was_written(tmp_path: Path) -> None:
    table = a_table(3)
    write_parquet(tmp_path / "p.parquet", table, {"command": "particlesnn detect a"})
    read = parquet.read_table(tmp_path / "p.parquet")
    assert read.column_names == table.columns
    assert read.schema.metadata[b"command"] == b"particlesnn detect a"
    assert read.to_pylist() == table.rows


def test_parquet_of_nothing_has_its_columns(tmp_path: Path) -> None:
    write_parquet(tmp_path / "p.parquet", particle_table([]))
    read = parquet.read_table(tmp_path / "p.parquet")
    assert read.num_rows == 0
    assert str(read.schema.field("diameter_nm").type) == "double"


def test_decimal_commas_are_what_a_european_spreadsheet_reads(tmp_path: Path) -> None:
    table = a_table(3)
    write_csv(tmp_path / "p.csv", table, decimal_comma=True)
    assert (tmp_path / "p.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["image"] for row in rows[::3]] == ["скан №1.txt", "走査像.sxm", "'=1+1.txt", "plain.txt"]
    assert rows[0]["height_max_nm"] == "-1,5"
    for row, own in zip(rows, table.rows, strict=True):
        assert float(row["diameter_nm"].replace(",", ".")) == pytest.approx(own["diameter_nm"], rel=1e-5)
        assert "." not in row["score"]


def test_fifty_thousand_particles_fit_into_each(tmp_path: Path) -> None:
    table = a_table(50_000, ("a",))
    write_parquet(tmp_path / "p.parquet", table)
    assert parquet.read_metadata(tmp_path / "p.parquet").num_rows == 50_000
    write_csv(tmp_path / "p.csv", table, decimal_comma=True)
    assert (tmp_path / "p.csv").read_bytes().count(b"\n") == 50_001
    few = ["image", "particle", "score", "diameter_nm"]  # all columns would only take longer
    write_xlsx(tmp_path / "p.xlsx", {"particles": Table(few, table.rows)})
    book = openpyxl.load_workbook(tmp_path / "p.xlsx", read_only=True)
    (last,) = book["particles"].iter_rows(min_row=50_001, max_row=50_001, values_only=True)
    assert last == ("a", 50_000, 0.5, pytest.approx(table.rows[-1]["diameter_nm"]))
