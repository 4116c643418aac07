"""Files appear whole or not at all."""

import tempfile
from pathlib import Path

from particlesnn.core import OutputError


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
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
        # A temporary file is private to its maker; a result is readable as any other file of the user.
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written ({reason}); check that the folder exists and is yours.") from error
