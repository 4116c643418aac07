"""JSON files of contours: read with one clear sentence for whatever may be wrong."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from particlesnn.core import AnnotationError


def load_bytes(path: str | Path) -> bytes:
    """Read a contour file.

    Raises
    ------
    AnnotationError
        When it is missing, a folder, empty or not to be read.
    """
    path = Path(path)
    if path.is_dir():
        raise AnnotationError(f"{path} is a folder; name a file in it.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise AnnotationError(f"{path} does not exist; check the name.") from None
    except OSError as error:
        raise AnnotationError(f"{path} cannot be read ({error.strerror}); check your rights to it.") from error
    if not data:
        raise AnnotationError(f"{path} is empty; save the contours again.")
    return data


def load_object(path: str | Path) -> dict[str, object]:
    """Read a JSON file that holds one object.

    Raises
    ------
    AnnotationError
        When it cannot be read, or is anything else.
    """
    data = load_bytes(path)
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{path} is not valid JSON, or cut off; save the contours again.") from error
    if not isinstance(content, dict):
        raise AnnotationError(f"{path} holds no JSON object, so it is no contour file; save the contours again.")
    return content


def listed(content: Mapping[str, object], key: str) -> list[object]:
    """Return the list under a key, empty when the key is absent.

    Raises
    ------
    ValueError
        When it is something else.
    """
    value = content.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"has no list under {key!r}")
    return value


def keyed(value: object) -> Mapping[str, object]:
    """Check that a value is a JSON object.

    Raises
    ------
    ValueError
        When it is not.
    """
    if not isinstance(value, dict):
        raise ValueError(f"is {str(value)[:40]!r} where an object with keys belongs")
    return value


@contextmanager
def sentence(path: str | Path, what: str) -> Iterator[None]:
    """Turn a ValueError's half sentence into an AnnotationError that names the file and the thing."""
    try:
        yield
    except ValueError as error:
        raise AnnotationError(f"{path}: {what} {error}; correct or remove it.") from error
