"""What every setting of a training must be, whatever the recipe."""

from collections.abc import Mapping, Sequence
from math import isfinite
from types import MappingProxyType

from particlesnn.core import TrainingError

DEVICES = ("auto", "cpu", "cuda")
"""Where a network may train."""
_KINDS: Mapping[type, str] = MappingProxyType(
    {int: "a whole number", float: "a number", str: "text", dict: "a table of shares"}
)


def check_value(name: str, value: object, kind: type, *, may_be_none: bool) -> None:
    """Refuse a value of another kind than the default's, or a number that makes no sense.

    Parameters
    ----------
    name, value
        The setting.
    kind
        Type of its default.
    may_be_none
        Whether a number may be 0, which stands for none.

    Raises
    ------
    TrainingError
        When it is refused.
    """
    fits = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
    if not fits:
        raise TrainingError(f"{name} must be {_KINDS[kind]}, not {value!r}")
    if isinstance(value, int | float) and not (isfinite(value) and (value > 0 or (value == 0 and may_be_none))):
        raise TrainingError(f"{name} must be {'0 or more' if may_be_none else 'more than 0'}, not {value}")


def check_choice(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse a value that is none of those that are known; raise TrainingError."""
    if value not in known:
        raise TrainingError(f"{name} must be one of {', '.join(known)}, not {value!r}")
