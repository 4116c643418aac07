"""Tables as Parquet, for pandas, R, DuckDB and other programs that count millions of rows."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from particlesnn.core import OutputError
from particlesnn.core.writing import write_whole
from particlesnn.files.tables import Table

_TEXTS = ("image", "origin")
_FLAGS = ("touches_border", "touches_particle")
_WHOLE = ("particle",)


def check_parquet() -> None:
    """See to it that Parquet can be written.

    Raises
    ------
    OutputError
        When the library for it is not installed.
    """
    _pyarrow()


def write_parquet(path: str | Path, table: Table, notes: Mapping[str, str] | None = None) -> None:
    """Write the table of particles, with all digits.

    Parameters
    ----------
    path
        The .parquet file.
    table
        As `particle_table` makes it.
    notes
        Kept in the file's own metadata.

    Raises
    ------
    OutputError
        When the file cannot be written, or the library for it is not installed.
    """
    pa = _pyarrow()
    from pyarrow import parquet

    kinds = dict.fromkeys(_TEXTS, pa.string()) | dict.fromkeys(_FLAGS, pa.bool_()) | dict.fromkeys(_WHOLE, pa.int64())
    fields = [pa.field(name, kinds.get(name, pa.float64())) for name in table.columns]
    columns = [pa.array([_whole(row.get(field.name)) for row in table.rows], field.type) for field in fields]
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=dict(notes or {}))), buffer)
    write_whole(Path(path), buffer.getvalue())


def _pyarrow() -> Any:
    try:
        import pyarrow  # late: an extra, and slow to load
    except ModuleNotFoundError as error:
        raise OutputError("Parquet needs pyarrow; install it with: pip install 'particlesnn[tables]'") from error
    return pyarrow


def _whole(value: object) -> object:
    """Replace halves of characters, which the name of a file may hold and Parquet may not."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
