"""Holds back a build whose page was not built: git ignores the page, and a wheel without it would not say so."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PAGE = Path("src/particlesnn/service/static/index.html")


class PageIsBuilt(BuildHookInterface):  # type: ignore[type-arg]  # which configuration is of no matter here
    """Ends a build of a wheel or of the sources with one sentence where the page of the web service is missing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the framework's signature
        """Look for the page; an editable install takes it from the checkout once it is built there."""
        if version != "editable" and not (Path(self.root) / _PAGE).is_file():
            self.app.abort("the page of the web service is not built and would be missing; run 'make page' first")
