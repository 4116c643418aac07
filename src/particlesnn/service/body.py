"""No request may carry more than is allowed, whatever it says of its length."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from particlesnn.service.answers import problem

_TOO_LARGE = "the upload is larger than the {:.0f} MB that can be taken at once; upload fewer or smaller files"


class BodyLimit:
    """Refuses a body that is announced too large, and stops reading one that turns out to be.

    The framework has such a limit too, which answers in plain text.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sentence = _TOO_LARGE.format(self._most / 1e6)
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._most:
            await problem(413, sentence, {"Connection": "close"})(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._most:
                raise HTTPException(413, sentence)
            return message

        await self._app(scope, counted, send)
