"""Where the bulk is kept: uploaded files, heights, contours. A folder, or any object store that obstore knows."""

import contextlib
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from particlesnn.core import OutputError


class Store:
    """Objects by name. Names are made by the service, never of what a user typed.

    Parameters
    ----------
    url
        Of obstore: "file:///...", "s3://bucket/prefix" and others.

    Raises
    ------
    OutputError
        When it cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self._url = url.split("?")[0]
        try:
            self._objects = _open(url)
        except Exception as error:  # obstore raises its own kinds
            raise OutputError(f"the store {self._url} cannot be opened ({error}); check it") from error

    def check(self) -> None:
        """See whether the store answers.

        Raises
        ------
        OutputError
            When it does not.
        """
        try:
            next(iter(obstore.list(self._objects, "sets", chunk_size=1)), None)
        except Exception as error:  # obstore raises its own kinds
            first = str(error).strip().splitlines()[0]
            raise OutputError(f"the store {self._url} does not answer ({first}); check --store and its keys") from error

    def put(self, name: str, content: bytes | Path) -> None:
        """Keep an object, whole or not at all."""
        if isinstance(content, Path):
            with content.open("rb") as file:
                obstore.put(self._objects, name, file)
        else:
            obstore.put(self._objects, name, content)

    def get(self, name: str) -> bytes:
        """Return an object.

        Raises
        ------
        FileNotFoundError
            When it is not there.
        """
        return bytes(obstore.get(self._objects, name).bytes())

    def fetch(self, name: str, path: Path) -> None:
        """Write an object to a file, piece by piece."""
        with path.open("wb") as file:
            for chunk in obstore.get(self._objects, name):
                file.write(chunk)

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is well removed."""
        with contextlib.suppress(FileNotFoundError):
            obstore.delete(self._objects, name)

    def delete_all(self, prefix: str) -> None:
        """Remove all objects whose names begin with a folder."""
        for name in self.names(prefix):
            self.delete(name)
        if isinstance(self._objects, LocalStore) and self._objects.prefix is not None:
            _remove_empty(Path(self._objects.prefix) / prefix)

    def names(self, prefix: str) -> list[str]:
        """List all objects under a folder."""
        return [entry["path"] for batch in obstore.list(self._objects, prefix) for entry in batch]


def _open(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(url2pathname(parts.path), mkdir=True)
    return from_url(url)


def _remove_empty(folder: Path) -> None:
    if folder.is_dir():
        with contextlib.suppress(OSError):  # something is written there at this moment, and removed by whoever does
            for each in sorted(folder.rglob("*"), reverse=True):
                each.rmdir()
            folder.rmdir()


def scan_folder(set_id: str, scan_id: str) -> str:
    """Name where all of a scan is kept."""
    return f"sets/{set_id}/{scan_id}"


def source_object(set_id: str, scan_id: str) -> str:
    """Name the uploaded file."""
    return f"{scan_folder(set_id, scan_id)}/source"


def values_object(set_id: str, scan_id: str, version: str) -> str:
    """Name the heights as they were read, shape (H, W)."""
    return f"{scan_folder(set_id, scan_id)}/values/{version}.npy"


def contours_object(set_id: str, scan_id: str, version: str) -> str:
    """Name one state of the contours."""
    return f"{scan_folder(set_id, scan_id)}/contours/{version}.npz"
