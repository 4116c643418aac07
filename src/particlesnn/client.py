"""A client of the web service: the same steps as in the page, from Python."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from particlesnn.core import Contour, Particle, ParticleMap, ParticlesNNError

if TYPE_CHECKING:
    import httpx2

_WAIT_S = 0.5


class ConflictError(ParticlesNNError):
    """The contours were changed by somebody else in between."""


@dataclass(frozen=True, eq=False)
class Found:
    """The particles of a scan with what was measured of them, at one moment."""

    particles: ParticleMap
    """The particles."""
    columns: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]]
    """For each quantity an array of shape (N,), in the order of the particles; NaN where it cannot be measured."""
    units: Mapping[str, str]
    """Unit of each quantity."""
    etag: str
    """Tells this state of the contours from others."""


class Client:
    """One set of scans on a server.

    Parameters
    ----------
    url
        Address of the server, such as "http://127.0.0.1:8000".
    set_id, key
        Of a set that is there; a new one is made when both are None.
    name
        Of a new set.
    timeout_s
        Longest wait for one answer.
    transport
        How requests travel, for tests; by the network when None.

    Raises
    ------
    ParticlesNNError
        When httpx2 is not installed, the server cannot be reached, or the set cannot be opened.

    Examples
    --------
    >>> client = Client("http://127.0.0.1:8000")  # doctest: +SKIP
    >>> (scan,) = client.upload("examples/palladium-on-graphite.txt")  # doctest: +SKIP
    >>> client.wait()  # doctest: +SKIP
    >>> client.particles(scan).columns["diameter"].mean()  # doctest: +SKIP
    """

    def __init__(
        self,
        url: str,
        set_id: str | None = None,
        key: str | None = None,
        *,
        name: str | None = None,
        timeout_s: float = 120.0,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        try:
            import httpx2
        except ModuleNotFoundError as error:
            raise ParticlesNNError("the client needs httpx2; install it: pip install 'particlesnn[client]'") from error
        if (set_id is None) != (key is None):
            raise ParticlesNNError("give both the id of a set and its key, or neither for a new set")
        self._unreachable: type[Exception] = httpx2.TransportError
        self._http = httpx2.Client(base_url=url, timeout=timeout_s, transport=transport)
        try:
            self.set_id, self.key = (set_id, key) if set_id and key else self._made(name)
            self._http.headers["X-Set-Key"] = self.key
            self.overview()
        except ParticlesNNError:
            self._http.close()
            raise

    def _made(self, name: str | None) -> tuple[str, str]:
        made = self._json("POST", "/api/sets", json={"name": name} if name else {})
        self._http.cookies.clear()  # the header is enough
        return str(made["id"]), str(made["key"])

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *what: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; the set stays."""
        self._http.close()

    def overview(self) -> dict[str, Any]:
        """Show the set: its scans with their states, and the joint statistics."""
        return self._json("GET", f"/api/sets/{self.set_id}")

    def upload(self, *files: str | Path) -> list[str]:
        """Upload scans, or zips of them, and return the ids of the scans.

        Raises
        ------
        ParticlesNNError
            When the server refused one of them.
        """
        with ExitStack() as opened:
            parts = [("files", (Path(file).name, opened.enter_context(Path(file).open("rb")))) for file in files]
            answer = self._ask("POST", f"/api/sets/{self.set_id}/scans", files=parts).json()
        refused = [each["error"] for each in answer if each["id"] is None]
        if refused:
            raise ParticlesNNError("; ".join(refused))
        return [each["id"] for each in answer]

    def wait(self, timeout_s: float = 3600.0) -> dict[str, Any]:
        """Wait until no scan is queued or running, and show the set.

        Raises
        ------
        ParticlesNNError
            When that takes too long.
        """
        until = time.monotonic() + timeout_s
        while True:
            view = self.overview()
            if all(scan["state"] in ("done", "failed") for scan in view["scans"]):
                return view
            if time.monotonic() > until:
                raise ParticlesNNError(f"the scans were not done within {timeout_s:.0f} s; wait longer")
            time.sleep(_WAIT_S)

    def particles(self, scan: str) -> Found:
        """Fetch the particles of a scan."""
        return _found(self._json("GET", f"/api/scans/{scan}/particles"))

    def put_particles(self, scan: str, particles: ParticleMap | Iterable[Particle], etag: str) -> Found:
        """Replace the particles of a scan; the server measures them anew.

        Parameters
        ----------
        scan
            Id of the scan.
        particles
            All that it shall have.
        etag
            Of the state that they were made from, see `Found`.

        Raises
        ------
        ConflictError
            When that is not the current state any more.
        """
        given = particles.particles if isinstance(particles, ParticleMap) else tuple(particles)
        body = {"particles": [_plain(particle) for particle in given]}
        return _found(self._json("PUT", f"/api/scans/{scan}/particles", json=body, headers={"If-Match": etag}))

    def edit(self, scan: str, edits: Sequence[Mapping[str, Any]], etag: str) -> dict[str, Any]:
        """Add, remove, move, split or merge particles, as docs/service.md describes.

        Raises
        ------
        ConflictError
            When the etag is not that of the current state.
        """
        body = {"edits": [dict(edit) for edit in edits]}
        return self._json("POST", f"/api/scans/{scan}/particles/edits", json=body, headers={"If-Match": etag})

    def propose(self, scan: str, x_px: float, y_px: float, by: str = "network") -> Contour:
        """Have a contour proposed around a point, by the "network" or by the "surface"."""
        answer = self._json("POST", f"/api/scans/{scan}/propose", json={"at": [x_px, y_px], "by": by})
        return Contour(np.array(answer["contour"]))

    def set_scale(self, scan: str, pixel_nm: float | tuple[float, float]) -> dict[str, Any]:
        """Give a scan a scale; its particles are measured anew."""
        return self._json("PATCH", f"/api/scans/{scan}", json={"scale": {"pixel_nm": pixel_nm}})

    def statistics(self, **options: Any) -> list[dict[str, Any]]:
        """Summarise scans jointly; options are those of the API, such as ``border="exclude"`` or ``scan=[...]``."""
        groups: list[dict[str, Any]] = self._json("GET", f"/api/sets/{self.set_id}/statistics", params=options)[
            "groups"
        ]
        return groups

    def export(self, name: str, path: str | Path | None = None, **options: Any) -> Path:
        """Save an export such as "particles.csv" or "report.html"; options as of `statistics`."""
        target = Path(path or name)
        target.write_bytes(self._ask("GET", f"/api/sets/{self.set_id}/export/{name}", params=options).content)
        return target

    def share(self) -> str:
        """Make a key for reading only; an earlier one opens nothing any more."""
        return str(self._json("POST", f"/api/sets/{self.set_id}/share")["key"])

    def delete(self) -> None:
        """Delete the set with all its scans and results."""
        self._ask("DELETE", f"/api/sets/{self.set_id}")

    def _json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._ask(method, path, **more).json()
        return answer

    def _ask(self, method: str, path: str, **more: Any) -> "httpx2.Response":
        try:
            answer = self._http.request(method, path, **more)
        except self._unreachable as error:
            raise ParticlesNNError(f"{self._http.base_url} cannot be reached ({error}); is the service on?") from error
        if answer.is_success:
            return answer
        try:
            detail = str(answer.json()["detail"])
        except (ValueError, KeyError, TypeError):
            detail = f"the server answered {answer.status_code}"
        raise (ConflictError if answer.status_code == 412 else ParticlesNNError)(detail)


def _found(answer: Mapping[str, Any]) -> Found:
    particles = tuple(
        Particle(Contour(np.array(each["contour"])), each["score"], each["origin"], id=each["id"])
        for each in answer["particles"]
    )
    columns = answer["measured"]["columns"]
    rows, width = answer["shape_px"]
    return Found(
        ParticleMap((rows, width), particles, answer["scan"], answer["atoms"], answer["twins"]),
        {each["name"]: _numbers(each["values"]) for each in columns},
        {each["name"]: each["unit"] for each in columns},
        answer["etag"],
    )


def _numbers(values: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)  # None becomes NaN


def _plain(particle: Particle) -> dict[str, Any]:
    return {
        "id": particle.id or None,
        "contour": particle.contour.points_px.tolist(),
        "score": particle.score,
        "origin": particle.origin,
    }
