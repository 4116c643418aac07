"""The scans of the example set; they are simulated, so they may be passed on."""

from importlib.resources import files
from pathlib import Path

from particlesnn.core import OutputError
from particlesnn.service.intake import Incoming

_NAMES = ("palladium-on-graphite.txt", "crowded-island.gwy", "noisy-picture-without-scale.png")


def example_files() -> list[Incoming]:
    """Give the example scans: in the installed package beside this file, in a checkout in ``examples/``.

    Raises
    ------
    OutputError
        When they are in neither place.
    """
    package = Path(str(files("particlesnn.service")))
    for folder in (package / "example_scans", package.parents[2] / "examples"):
        if all((folder / name).is_file() for name in _NAMES):
            return [Incoming(name, folder / name) for name in _NAMES]
    raise OutputError("the example scans are not on this machine; install particlesnn again")
