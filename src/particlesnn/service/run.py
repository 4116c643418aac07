"""Runs the service until it is stopped."""

import uvicorn

from particlesnn.service.app import create_app
from particlesnn.service.settings import ServiceSettings

_GRACE_S = 3


def run_service(settings: ServiceSettings, host: str, port: int) -> None:
    """Serve at an address until Ctrl-C or SIGTERM.

    Raises
    ------
    ParticlesNNError
        When the service cannot start.
    """
    config = uvicorn.Config(
        create_app(settings),
        host=host,
        port=port,
        log_level="info",
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips="*" if settings.behind_proxy else None,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,  # listeners to events would never go by themselves
    )
    uvicorn.Server(config).run()
