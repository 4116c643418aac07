"""Errors as answers: each with a status that says what kind it is and a sentence that says what to do."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from particlesnn.core import ParticlesNNError
from particlesnn.service.desk import ProcessEndedError, StoppedError, TookTooLongError
from particlesnn.service.limits import TooOftenError
from particlesnn.service.wire import Problem

_MEANINGS = {
    400: "The request cannot be read.",
    401: "No key was given.",
    403: "The key is for reading only.",
    404: "There is no such thing, or the key is not its key.",
    405: "This cannot be done here.",
    409: "Not in this state.",
    412: "Somebody else changed the contours in between; load them anew.",
    413: "Too large, or too many.",
    422: "Something in it makes no sense.",
    428: "If-Match is missing.",
    429: "Too many requests; Retry-After says how many seconds to wait.",
    503: "Too busy, or it took too long.",
    507: "No room left.",
}


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Document answers that may come besides the good one; some may always come."""
    return {code: {"model": Problem, "description": _MEANINGS[code]} for code in sorted({400, 422, 429, *codes})}


KEYED = problems(401, 404)
"""Of whatever asks for a key."""
OWNED = problems(401, 403, 404)
"""Of whatever asks for the owner's key."""


def add_handlers(app: FastAPI) -> None:
    """Have all errors answered as a `Problem`."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _senseless)
    app.add_exception_handler(ParticlesNNError, _ours)
    app.add_exception_handler(TooOftenError, _too_often)
    app.add_exception_handler(Exception, _unforeseen)


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer with a `Problem`."""
    return JSONResponse({"detail": detail}, status, headers)


def _http(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - the framework's signature
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail, dict(error.headers or {}))


def _senseless(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = " / ".join(str(part) for part in first["loc"] if part not in ("body", "query", "header", "path"))
    more = f" (and {len(error.errors()) - 1} more)" if len(error.errors()) > 1 else ""
    return problem(422, f"{where[:200] or 'the request'}: {str(first['msg'])[:300]}{more}")


def _ours(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    sentence = " ".join(str(error).split())
    if isinstance(error, TookTooLongError | ProcessEndedError | StoppedError):
        return problem(503, sentence, {"Retry-After": "10"})
    return problem(422, sentence)


def _too_often(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, TooOftenError)
    return problem(429, str(error), {"Retry-After": str(error.wait_s)})


def _unforeseen(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - logged by the framework
    return problem(500, "something unforeseen went wrong here; try again, and tell whoever runs the service")
