"""Text files: their encoding, and matrices of numbers as programs and countries write them."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import check_shape

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Control characters that no text holds; tab, line ends, form feed and the end-of-file mark of DOS are allowed.
_NOT_TEXT = bytes(sorted(set(range(32)) - {9, 10, 11, 12, 13, 26})) + b"\x7f"
# How C programs on Windows print a number that is none: "-1.#IND", "1,#QNAN00".
_WINDOWS_NAN = re.compile(r"[-+]?1[.,]#\w+")
# Not at the beginning of a row: there it is the corner between the names of columns and rows, and no point.
_EMPTY_CELL = re.compile(r"(?<=[,;])[ \t]*(?=[,;])")
_NUMBERS_APART = re.compile(r"\d[ ]+[-+]?[\d.]")


def looks_like_text(data: bytes) -> bool:
    """Tell text from binary by the first bytes: text has no control characters."""
    head = data[:4096]
    return head.startswith(_UTF16) or len(head.translate(None, _NOT_TEXT)) == len(head)


def decode(data: bytes) -> str:
    """Decode by the byte order mark, else as UTF-8, else as Latin-1 (where Å and µ are single bytes)."""
    if data.startswith(_UTF16):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def is_row(line: str) -> bool:
    """Tell a row of numbers from a line of the header: every word of it is a number."""
    words = _points(line).replace(",", " ").replace(";", " ").split()
    return bool(words) and all(_is_number(word) for word in words)


def matrix(lines: Sequence[str], first_line: int = 1) -> NDArray[np.float64]:
    """Numbers of the rows in ``lines``, shape (H, W).

    Numbers stand apart by tabs, spaces, semicolons or commas. A comma is the decimal sign where something else
    parts the numbers. Nothing between two commas or semicolons is a point that was never measured (NaN). Empty lines
    are skipped.

    Parameters
    ----------
    lines
        The rows, without the header.
    first_line
        Number of the first of them in the file, for messages.

    Raises
    ------
    ScanFormatError
        When there is no row, a word is no number, or the rows differ in length.
    """
    rows: list[tuple[int, str]] = []
    columns = 0
    for number, line in enumerate(_points(_separated("\n".join(lines))).split("\n"), first_line):
        count = len(line.split())
        columns = columns or count
        if count not in (0, columns):
            raise ScanFormatError(
                _no_number([(number, line)])
                or f"line {number} holds {_numbers(count)} where the first row holds {columns}; "
                "the file is cut off or no matrix: export the scan again"
            )
        if count:
            rows.append((number, line))
    if not rows:
        raise ScanFormatError("it holds no rows of numbers; export the scan again")
    check_shape(len(rows), columns)
    try:
        return np.loadtxt([line for _, line in rows], comments=None, ndmin=2).reshape(len(rows), columns)
    except ValueError:
        raise ScanFormatError(_no_number(rows) or "a number in it is written in no usual way") from None


def _no_number(rows: list[tuple[int, str]]) -> str | None:
    """Complain of the first word that is no number."""
    for number, line in rows:
        for word in line.split():
            if not _is_number(word):
                return (
                    f"line {number} holds {word[:20]!r} where a number belongs; "
                    "the file is cut off or no matrix: export the scan again"
                )
    return None


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"


def _points(text: str) -> str:
    return _WINDOWS_NAN.sub("nan", text) if "#" in text else text


def _separated(body: str) -> str:
    """Part the numbers by white space alone, with points as decimal signs."""
    if ";" in body:
        return _EMPTY_CELL.sub("nan", body.replace(",", ".")).replace(";", " ")
    if "," not in body:
        return body
    if "." not in body and ("\t" in body or _NUMBERS_APART.search(body) is not None):
        return body.replace(",", ".")
    return _EMPTY_CELL.sub("nan", body).replace(",", " ")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
