"""Files that commands write: whether there is a place for them is told before the work, not after it."""

from pathlib import Path

from particlesnn.core import OutputError


def require_place(target: Path, *, overwrite: bool) -> None:
    """Check that a file can be put there.

    Raises
    ------
    OutputError
        When something stands there that was not said to be replaced, or when there is no folder to hold it.
    """
    if target.exists() and not overwrite:
        raise OutputError(f"{target} is there already; give another name, or --overwrite")
    if not target.parent.is_dir():
        raise OutputError(f"{target} cannot be written: there is no folder {target.parent}; make it first")
