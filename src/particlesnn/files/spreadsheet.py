"""Tables as a workbook of Excel, LibreOffice and their like."""

import io
import math
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from particlesnn.core.writing import write_whole
from particlesnn.files.tables import Table

_MOST_CHARACTERS = 32_767
"""A cell holds no longer text."""
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_xlsx(path: str | Path, sheets: Mapping[str, Table]) -> None:
    """Write tables as the sheets of a workbook.

    Numbers are numbers, with all their digits; unknown ones are empty cells; texts are texts, also those that
    begin like a formula. The header stays in sight, and each column can be filtered.

    Parameters
    ----------
    path
        The .xlsx file.
    sheets
        Name of the sheet (at most 31 characters) to its table.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    import xlsxwriter  # late: most runs write no workbook

    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for number, column in enumerate(table.columns):
                sheet.write_string(0, number, _text(column), bold)
                sheet.set_column(number, number, max(10, len(column) + 3))
            for line, row in enumerate(table.rows, start=1):
                for number, column in enumerate(table.columns):
                    value = row.get(column)
                    if isinstance(value, bool | np.bool_):
                        sheet.write_boolean(line, number, bool(value))
                    elif isinstance(value, int | float | np.integer | np.floating):
                        if math.isfinite(value):
                            sheet.write_number(line, number, float(value))
                    elif value is not None:
                        sheet.write_string(line, number, _text(str(value)))
            if table.rows:
                sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    write_whole(Path(path), buffer.getvalue())


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)[:_MOST_CHARACTERS]
