"""No request may carry more than its address takes, whatever it says of its length."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from particlesnn.service.answers import problem
from particlesnn.service.settings import ServiceSettings

_FORM = "multipart/form-data"
_FILES = ("/scans", "/contours")
_CONTOURS = ("/particles", "/particles/edits")
_IN_MEMORY = 2**16
_AT_ONCE = 2**16
"""A body announced as no larger is read before anything is asked. Browsers send no larger ones for a closed page."""
_TOO_LARGE = "the request is larger than the {:.2g} MB that can be taken at once; send fewer or smaller files"

# Of each file of a form so much is kept in memory before it goes to the disk. The framework's own 1 MB would make half
# a gigabyte of the largest upload.
MultiPartParser.spool_max_size = _IN_MEMORY


class BodyLimit:
    """Refuses a body that is announced too large, and stops reading one that turns out to be.

    Only forms with files are written to the disk while they come in; all else is held in memory and is therefore short.

    A small one is read at once. Servers forget what arrived of a request and was not read yet when its sender hangs up;
    but who closes the page right after an edit has made that edit.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = self._most(scope["path"], headers.get("content-type", ""))
        sentence = _TOO_LARGE.format(most / 1e6)
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > most:
            await problem(413, sentence, {"Connection": "close"})(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, sentence)
            return message

        held: list[Message] = []
        if announced.isdecimal() and 0 < int(announced) <= _AT_ONCE:
            while not held or held[-1].get("more_body", False):
                held.append(await counted())

        async def replayed() -> Message:
            return held.pop(0) if held else await counted()

        await self._app(scope, replayed, send)

    def _most(self, path: str, kind: str) -> int:
        if path.endswith(_FILES) and kind.startswith(_FORM):
            return self._settings.max_upload_bytes
        if path.endswith(_CONTOURS):
            return self._settings.max_contours_bytes
        return self._settings.max_body_bytes
