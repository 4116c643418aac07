"""Somebody who uses the service, and small scans to upload."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the web service is not installed: pip install 'particlesnn[serve]'")

import httpx2
import uvicorn
from fastapi import FastAPI

from particlesnn.files import write_wsxm_ascii
from particlesnn.service import ServiceSettings, create_app
from particlesnn.service.service import Service
from particlesnn.simulation import TIERS, simulate

MANY = "100000/minute"
GENEROUS = dict.fromkeys(
    (
        "sets_per_address",
        "uploads_per_address",
        "requests_per_address",
        "changes_per_set",
        "heavy_per_set",
        "wrong_keys_per_address",
    ),
    MANY,
)
"""Tests ask more often than anybody."""


def ready_scan(folder: Path, name: str = "scan.txt", seed: int = 1, particles: int = 12) -> Path:
    settings = TIERS["easy"]
    settings = replace(settings, scene=replace(settings.scene, size_px=128, particles=particles))
    path = folder / name
    write_wsxm_ascii(path, simulate(settings, seed)[0])
    return path


@dataclass(frozen=True)
class Running:
    """A service that runs, in a thread of the tests."""

    url: str
    app: FastAPI
    clients: list[httpx2.Client] = field(default_factory=list)

    @property
    def service(self) -> Service:
        return self.app.state.service

    def stranger(self, **more: Any) -> httpx2.Client:
        """Somebody without any key."""
        client = httpx2.Client(base_url=self.url, timeout=120, **more)
        self.clients.append(client)
        return client


@contextmanager
def serving(settings: ServiceSettings) -> Iterator[Running]:
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, timeout_graceful_shutdown=1, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        running = Running(f"http://127.0.0.1:{port}", app)
        yield running
        for client in running.clients:
            client.close()
    finally:
        server.should_exit = True
        thread.join()


class Visitor:
    """Somebody with a set of their own."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.http = running.stranger()
        made = self.http.post("/api/sets", json={"name": "Pd on graphite"})
        assert made.status_code == 201
        self.id, self.key = made.json()["id"], made.json()["key"]
        self.http.cookies.clear()
        self.headers = {"X-Set-Key": self.key}

    def ask(self, method: str, path: str, *, etag: str | None = None, **more: Any) -> Any:
        headers = {**self.headers, **({"If-Match": etag} if etag else {})}
        return self.http.request(method, f"/api{path}", headers=headers, **more)

    def upload(self, *files: tuple[str, bytes]) -> Any:
        return self.ask("POST", f"/sets/{self.id}/scans", files=[("files", file) for file in files])

    def view(self) -> Any:
        return self.ask("GET", f"/sets/{self.id}").json()

    def wait(self) -> Any:
        for _ in range(1200):
            view = self.view()
            if all(scan["state"] in ("done", "failed") for scan in view["scans"]):
                return view
            time.sleep(0.1)
        raise AssertionError(f"not done: {view}")
