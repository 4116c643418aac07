import pytest

from particlesnn.core import OutputError
from particlesnn.core.writing import write_whole


def test_older_file_is_replaced(tmp_path):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_failure_keeps_the_older_file_and_leaves_no_remains(tmp_path):
    target = tmp_path / "taken"
    target.mkdir()
    (target / "inside.txt").write_bytes(b"kept")
    with pytest.raises(OutputError, match="taken"):
        write_whole(target, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
    assert (target / "inside.txt").read_bytes() == b"kept"
