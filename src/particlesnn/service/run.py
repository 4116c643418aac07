"""Runs the service until it is stopped."""

import os
import socket

import uvicorn

from particlesnn.core import OutputError
from particlesnn.service.app import create_app
from particlesnn.service.service import Service
from particlesnn.service.settings import ServiceSettings

_GRACE_S = 3
_WAITING = 2048


def run_service(settings: ServiceSettings, host: str, port: int) -> None:
    """Serve at an address until Ctrl-C or SIGTERM.

    Raises
    ------
    ParticlesNNError
        When the address is taken, or the service cannot start.
    """
    with _listener(host, port) as listener:
        app = create_app(settings, Service(settings))
        config = uvicorn.Config(
            app,
            log_level="info",
            proxy_headers=settings.behind_proxy,
            forwarded_allow_ips="*" if settings.behind_proxy else None,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,  # listeners to events would never go by themselves
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_WAITING)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise OutputError(
            f"{host}, port {port} cannot be listened at ({reason}); give another by --port or --host"
        ) from error
