"""What a check of labelled scans may find."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "unreadable",
    "outline",
    "outside",
    "beyond",
    "self-crossing",
    "duplicate",
    "size",
    "turned",
    "no scan",
    "two scans",
    "drawn twice",
    "unlabelled",
    "empty",
    "no heights",
    "no labels",
    "in both parts",
]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing."""

    kind: Kind
    """What it is, in a word or two that stay the same."""
    message: str
    """One sentence that names the file and the shape, and says what to do."""
    file: str
    """The file it is about."""
    shape: str = ""
    """The shape, as the file calls it; "" where it is the whole file."""
    fault: bool = True
    """A set cannot be made with it, unless what is faulty is left out; else it is only said."""
