"""Whoever asks is looked at before anything of the request's body is read."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from particlesnn.service.access import access_to, address_of, check_owner, scan_access_to, service_of
from particlesnn.service.service import Service

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_FORM = "multipart/form-data"


class AdmittingRoute(APIRoute):
    """Counts each request, and asks for the key first.

    The framework reads a body whole before it looks at what a route depends on, keys and rate limits among it; a
    stranger could make it read and keep half a gigabyte, and parse it, before being sent away.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the question of who asks before the framework's own handler."""
        handle = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            await run_in_threadpool(_admit, request)
            return await handle(request)

        return admitted


def _admit(request: Request) -> None:
    service = service_of(request)
    service.limits.hit("requests_per_address", address_of(request))
    if request.method in _BODILESS:  # its own guard is early enough
        return
    key = request.headers.get("x-set-key")
    role = "owner"
    if (set_id := request.path_params.get("set_id")) is not None:
        role = access_to(request, service, set_id, key).role
    elif (scan_id := request.path_params.get("scan_id")) is not None:
        role = scan_access_to(request, service, scan_id, key).role
    if request.headers.get("content-type", "").startswith(_FORM):
        check_owner(role)
        service.limits.hit("uploads_per_address", address_of(request))
        _check_room(request, service)


def _check_room(request: Request, service: Service) -> None:
    announced = request.headers.get("content-length", "")
    size = int(announced) if announced.isdecimal() else service.settings.max_upload_bytes
    if not service.room_for(size):
        raise HTTPException(507, "the service has no room left; try again later, or tell whoever runs it")
