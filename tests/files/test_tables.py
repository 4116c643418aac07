import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from particlesnn.core import QUANTITIES, Contour, Measurements, OutputError, Particle, ParticleMap
from particlesnn.files.tables import image_table, particle_rows, particle_table, write_csv, write_json

SQUARE = Contour(np.array([[1.0, 1], [4, 1], [4, 4], [1, 4]]))


def a_map(count: int = 2) -> ParticleMap:
    particles = (Particle(SQUARE, 0.123456789, "network", id=7), Particle(SQUARE, None, "human", id=9))
    return ParticleMap((10, 12), particles[:count])


def measured(ids: tuple[int, ...] = (7, 9), *, scaled: bool = True, heights: bool = True) -> Measurements:
    columns = {q.name: np.full(len(ids), 1234.5678912) for q in QUANTITIES}
    columns["height_max"] = np.full(len(ids), np.nan)
    last = np.arange(len(ids)) == 1
    return Measurements(ids, columns, scaled, heights, last, (10.0, 12.0), touches_particle=~last)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_has_the_columns_of_the_contract() -> None:
    first, second = particle_rows("a.png", a_map(), measured())
    assert list(first) == [
        *("image", "particle", "score", "origin", "x_nm", "y_nm", "diameter_nm", "area_nm2", "perimeter_nm"),
        *("length_nm", "width_nm", "aspect_ratio", "angle_deg", "feret_max_nm", "feret_min_nm", "feret_90_nm"),
        *("inscribed_diameter_nm", "circumscribed_diameter_nm", "circularity", "solidity", "nearest_neighbour_nm"),
        *("fwhm_nm", "height_max_nm", "height_mean_nm", "height_median_nm", "height_to_diameter", "contact_angle_deg"),
        *("volume_nm3", "volume_zero_nm3", "volume_minimum_nm3", "volume_laplace_nm3"),
        *("touches_border", "touches_particle"),
    ]
    assert first["particle"] == 7
    assert second["score"] is None
    assert first["height_max_nm"] is None
    assert (first["touches_border"], second["touches_border"]) == (False, True)
    assert (first["touches_particle"], second["touches_particle"]) == (True, False)


def test_rows_follow_the_measurements_and_not_the_map() -> None:
    assert [row["particle"] for row in particle_rows("a", a_map(), measured((9,)))] == [9]
    with pytest.raises(ValueError, match="not in the map"):
        particle_rows("a", a_map(1), measured())


def test_numbers_have_six_digits_and_unknowns_are_empty(tmp_path: Path) -> None:
    write_csv(tmp_path / "p.csv", particle_table([("a.png", a_map(), measured())]))
    first, second = read(tmp_path / "p.csv")
    assert (first["score"], first["area_nm2"], first["height_max_nm"]) == ("0.123457", "1234.57", "")
    assert (second["score"], second["touches_border"]) == ("", "true")


def test_further_columns_stand_at_the_end(tmp_path: Path) -> None:
    more = {"atoms": np.array([1234567.8, np.nan]), "dispersion": np.array([0.25, np.nan])}
    write_csv(tmp_path / "p.csv", particle_table([("a.png", a_map(), measured())], [more]))
    first, second = read(tmp_path / "p.csv")
    assert list(first)[-3:] == ["touches_particle", "atoms", "dispersion"]
    assert (first["atoms"], first["dispersion"]) == ("1.23457e+06", "0.25")
    assert (second["atoms"], second["dispersion"]) == ("", "")


def test_a_mixed_batch_has_the_columns_of_both(tmp_path: Path) -> None:
    entries = [("a", a_map(), measured(scaled=False, heights=False)), ("b", a_map(), measured())]
    write_csv(tmp_path / "p.csv", particle_table(entries))
    rows = read(tmp_path / "p.csv")
    assert list(rows[0])[4:8] == ["x_nm", "x_px", "y_nm", "y_px"]
    assert list(rows[0]).count("circularity") == 1
    assert (rows[0]["x_nm"], rows[0]["x_px"]) == ("", "1234.57")
    assert (rows[2]["x_nm"], rows[2]["x_px"]) == ("1234.57", "")


def test_no_entries_leave_the_header_of_a_scaled_scan(tmp_path: Path) -> None:
    write_csv(tmp_path / "empty.csv", particle_table([]))
    write_csv(tmp_path / "full.csv", particle_table([("a", a_map(), measured())]))
    header = (tmp_path / "empty.csv").read_text(encoding="utf-8")
    assert header == (tmp_path / "full.csv").read_text(encoding="utf-8").splitlines(keepends=True)[0]


@pytest.mark.parametrize("name", ["=1+1", "+7", "-scan.png", "@cmd"])
def test_a_name_never_becomes_a_formula(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path / "p.csv", particle_table([(name, a_map(), measured())]))
    assert read(tmp_path / "p.csv")[0]["image"] == f"'{name}"


def test_a_negative_number_stays_a_number(tmp_path: Path) -> None:
    write_csv(tmp_path / "i.csv", image_table([{"image": "a", "skewness": -0.5, "count": np.int64(-3)}]))
    assert read(tmp_path / "i.csv") == [{"image": "a", "skewness": "-0.5", "count": "-3"}]


@pytest.mark.parametrize("name", ['a,"b".png', "two\nlines", "two\r\nlines", "наночастица µ.png", " padded "])
def test_odd_names_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path / "i.csv", image_table([{"image": name, "count": 3}, {"image": "b"}]))
    rows = read(tmp_path / "i.csv")
    assert [row["image"] for row in rows] == [name, "b"]
    assert rows[1]["count"] == ""


def test_images_of_different_columns_share_one_table(tmp_path: Path) -> None:
    write_csv(tmp_path / "i.csv", image_table([{"image": "a", "mean": math.inf}, {"image": "b", "error": "broken"}]))
    assert (tmp_path / "i.csv").read_bytes() == b"image,mean,error\na,,\nb,,broken\n"
    write_csv(tmp_path / "i.csv", image_table([]))
    assert (tmp_path / "i.csv").read_bytes() == b"image\n"


def test_json_is_strictly_valid(tmp_path: Path) -> None:
    data = {"a": math.nan, "b": [np.float64(np.inf), 1.5], "c": np.array([1.0, np.nan]), "d": (True, None, Path("x/y"))}
    write_json(tmp_path / "s.json", {**data, "µ": np.int64(3)})
    text = (tmp_path / "s.json").read_text(encoding="utf-8")
    back = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert back == {"a": None, "b": [None, 1.5], "c": [1.0, None], "d": [True, None, "x/y"], "µ": 3}
    assert text.startswith('{\n  "a"')


def test_what_json_cannot_say_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "s.json", {"a": object()})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="folder"):
        write_csv(tmp_path / "none" / "p.csv", particle_table([]))
