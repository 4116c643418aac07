"""From a labelled folder to a set, from the outside."""

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.labelled import labelled_folder, labelme


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "labelled")


def test_one_command_makes_the_set(call: Call, folder: Path, tmp_path: Path) -> None:
    done = call("dataset", folder, "-o", tmp_path / "set", "--test", "c")
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()[1:5]] == [
        ["precise", "train", "2", "24"],
        ["rough", "train", "2", "24"],
        ["rough", "test", "1", "12"],
        ["test", "test", "1", "12"],
    ]
    assert "bare.txt has no contours" in done.err
    assert {path.name for path in (tmp_path / "set").iterdir()} == {
        "dataset.json",
        "train.txt",
        "test.txt",
        "checks.csv",
        "images",
        "scans",
        "precise.train.coco.json",
        "rough.train.coco.json",
        "rough.test.coco.json",
        "test.coco.json",
    }
    again = call("dataset", folder, "-o", tmp_path / "set")
    assert again.code == 1
    assert "--overwrite" in again.err
    assert call("dataset", folder, "-o", tmp_path / "set", "--overwrite").code == 0
    assert call("dataset", tmp_path / "set", "-o", tmp_path / "other").code == 1


def test_a_fault_stops_it_unless_it_is_left_out(call: Call, folder: Path, tmp_path: Path) -> None:
    crossed = [[20, 50], [40, 70], [40, 45], [20, 70]]
    labelme(folder / "rough" / "c.json", [[20, 20], [30, 20], [30, 30], [20, 30]], crossed)
    stopped = call("dataset", folder, "-o", tmp_path / "set")
    assert stopped.code == 1
    assert f"{folder / 'rough' / 'c.json'}: shape 1 crosses or touches itself" in stopped.err
    assert "--leave-out" in stopped.err
    assert not (tmp_path / "set").exists()
    checked = call("dataset", folder, "--check")
    assert checked.code == 1
    assert "Checked: 1 fault, 1 note." in checked.out
    done = call("dataset", folder, "-o", tmp_path / "set", "--leave-out")
    assert done.code == 0
    assert "self-crossing,true" in (tmp_path / "set" / "checks.csv").read_text()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "--check"),
        (["-o", "set", "--check"], 2, "--check"),
        (["-o", "set", "--test", "z"], 1, "no labelled scan is called 'z'"),
        (["-o", "set", "--test-share", "1"], 2, "test-share"),
    ],
)
def test_wrong_usage_is_said(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(folder.parent)
    done = call("dataset", folder, *options)
    assert done.code == code
    assert said in done.err
    assert not (folder.parent / "set").exists()
