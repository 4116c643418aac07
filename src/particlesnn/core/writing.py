"""Files appear whole or not at all. The one room that all who write share is this one."""

import os
from pathlib import Path

from particlesnn.core.errors import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Write the file beside its place and move it there, so that nobody ever meets half of it.

    Parameters
    ----------
    path
        Where the file shall stand; its folder must exist.
    content
        The bytes of the file.

    Raises
    ------
    OutputError
        When the folder is missing or may not be written to.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written ({error.strerror}); check that the folder exists, is yours and has room."
        ) from error
    finally:
        part.unlink(missing_ok=True)
