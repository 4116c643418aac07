"""The notes in an ONNX file, without loading the network around them.

An ONNX file is one message of Protocol Buffers: fields one after another, each with a tag, which holds the field's
number and the kind of its value (https://protobuf.dev/programming-guides/encoding). The notes are field 14 of the
message, pairs of a key (1) and a value (2); the graph, a hundred megabytes and more, is one field that is jumped over.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_NOTE, _KEY, _VALUE = 14, 1, 2
_NUMBER, _SIZED = 0, 2
_FIXED = {1: 8, 5: 4}
"""Bytes of the values of fixed length, by kind."""


def read_notes(path: Path) -> dict[str, str]:
    """Return the notes (``metadata_props``) of an ONNX file; raise ValueError when it is no such file."""
    notes = {}
    with path.open("rb") as file:
        for number, length in _sized_fields(file, os.fstat(file.fileno()).st_size):
            if number == _NOTE:
                note = {part: file.read(size) for part, size in _sized_fields(file, file.tell() + length)}
                notes[note.get(_KEY, b"").decode()] = note.get(_VALUE, b"").decode()
    return notes


def _sized_fields(file: BinaryIO, end: int) -> Iterator[tuple[int, int]]:
    """Yield number and length of each field of text, bytes or fields, with the file at its first byte."""
    while file.tell() < end:
        number, kind = divmod(_number(file), 8)
        if kind == _SIZED:
            length = _number(file)
            first = file.tell()
            if first + length > end:
                raise ValueError("a field is longer than the file")
            yield number, length
            file.seek(first + length)
        elif kind == _NUMBER:
            _number(file)
        elif kind in _FIXED:
            file.seek(_FIXED[kind], os.SEEK_CUR)
        else:
            raise ValueError(f"there is no kind {kind} of fields")


def _number(file: BinaryIO) -> int:
    """Read a number of seven bits a byte, the lowest first; the eighth bit says that more follow."""
    value = shift = 0
    while byte := file.read(1):
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
        shift += 7
        if shift > 63:
            break
    raise ValueError("a number ends too late")
