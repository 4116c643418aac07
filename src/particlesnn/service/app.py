"""The application: routes, limits, headers, and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

import particlesnn
from particlesnn.service.answers import add_handlers
from particlesnn.service.body import BodyLimit
from particlesnn.service.headers import SecurityHeaders
from particlesnn.service.routes import about, contours, numbers, scans, sets
from particlesnn.service.service import Service
from particlesnn.service.settings import ServiceSettings

_MOST_FILES = 2000
"""In one form; more of them are not even counted. How many a set takes is said by `ServiceSettings`."""
_PAGE = Path(str(files("particlesnn.service"))) / "static"
_NO_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>ParticlesNN</title>
<h1>ParticlesNN</h1><p>The service runs; its page was not built. Build it by <code>make page</code>, or use the
<a href="/api/openapi.json">API</a>.</p></html>"""
_ABOUT = (
    "Upload scans, get measured particles. A set belongs to whoever has its key, given in the header X-Set-Key or in "
    "a cookie. Contours are (x, y) in px; an integer is the centre of a pixel."
)


def create_app(settings: ServiceSettings | None = None, service: Service | None = None) -> FastAPI:
    """Make the application; its processes start with it and end with it.

    Parameters
    ----------
    settings
        What was chosen; the defaults when None.
    service
        The parts, where they are put together already; made of the settings when the application starts otherwise.
    """
    settings = settings or ServiceSettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = await run_in_threadpool(Service, settings) if service is None else service
        app.state.service = running
        running.start()
        try:
            yield
        finally:
            await run_in_threadpool(running.stop)

    app = FastAPI(
        title="ParticlesNN",
        version=particlesnn.__version__,
        description=_ABOUT,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # both pages fetch scripts from elsewhere
        redoc_url=None,
        form_limits={"max_files": _MOST_FILES, "max_fields": 10},
    )
    add_handlers(app)
    api = APIRouter(prefix="/api")
    for module in (about, sets, scans, contours, numbers):
        api.include_router(module.router)
    app.include_router(api)
    _serve_page(app)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(GZipMiddleware, minimum_size=2000, compresslevel=4)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts))
    app.add_middleware(SecurityHeaders, https=settings.secure_cookies)
    return app


def _serve_page(app: FastAPI) -> None:
    """Serve the page; its own addresses (/s/ID) all are the one file."""
    index = _PAGE / "index.html"
    if not index.is_file():
        app.add_route("/", lambda request: HTMLResponse(_NO_PAGE))  # noqa: ARG005 - the framework's signature
        return
    app.mount("/assets", StaticFiles(directory=_PAGE / "assets"), name="assets")

    def page(request: Request) -> Response:  # noqa: ARG001 - the framework's signature
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    app.add_route("/", page)
    app.add_route("/s/{set_id}", page)
