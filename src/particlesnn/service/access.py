"""Who may do what: keys in the header or a cookie, and requests that only our own page may send with a cookie."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Header, HTTPException, Path, Request

from particlesnn.service.keys import COOKIE_PREFIX, is_id, opens
from particlesnn.service.service import Service
from particlesnn.service.tables import ScanRow, SetRow

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_KEY = "give the key of this set in the header X-Set-Key"
_NOT_THERE = "there is no such set, or this is not its key; check the link"

KeyHeader = Annotated[
    str | None,
    Header(alias="X-Set-Key", description="The set's key, or its key for reading. A cookie may stand for it."),
]
SetId = Annotated[str, Path(description="Id of the set.", max_length=32)]
ScanId = Annotated[str, Path(description="Id of the scan.", max_length=32)]


@dataclass(frozen=True, eq=False)
class Access:
    """A set, and what whoever asks may do with it."""

    set: SetRow
    role: Literal["owner", "reader"]


@dataclass(frozen=True, eq=False)
class ScanAccess:
    """A scan, and what whoever asks may do with it."""

    scan: ScanRow
    role: Literal["owner", "reader"]


def service_of(request: Request) -> Service:
    """Return the running service."""
    service: Service = request.app.state.service
    return service


def address_of(request: Request) -> str:
    """Return the address that limits are counted for."""
    return request.client.host if request.client else "unknown"


Here = Annotated[Service, Depends(service_of)]


def access_to(request: Request, service: Service, set_id: str, key: str | None) -> Access:
    """Let in whoever has a key of the set.

    An unknown set and a wrong key are answered alike, so that no id can be found out.

    Raises
    ------
    HTTPException
        401 without a key, 404 with a wrong one or without such a set.
    """
    address = address_of(request)
    service.limits.check("wrong_keys_per_address", address)
    given = key or _cookie(request, set_id)
    if not given:
        raise HTTPException(401, _NO_KEY)
    row = service.ledger.set_of(set_id) if is_id(set_id) else None
    owner = opens(given, row.key_hash if row else None)
    reader = opens(given, row.share_hash if row else None)
    if row is None or not (owner or reader):
        service.limits.hit("wrong_keys_per_address", address)
        raise HTTPException(404, _NOT_THERE)
    return Access(row, "owner" if owner else "reader")


def _cookie(request: Request, set_id: str) -> str | None:
    """Take the key from the cookie; for a request that changes something only when our own page sends it."""
    key = request.cookies.get(f"{COOKIE_PREFIX}{set_id}")
    if key is None or request.method in _SAFE:
        return key
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    return key if site == "same-origin" or (site is None and ours) else None


def reading(request: Request, service: Here, set_id: SetId, key: KeyHeader = None) -> Access:
    """Let in whoever may look at a set."""
    return access_to(request, service, set_id, key)


def owning(service: Here, access: Annotated[Access, Depends(reading)]) -> Access:
    """Let in whoever may change a set."""
    check_owner(access.role)
    service.limits.hit("changes_per_set", access.set.id)
    return access


def reading_scan(request: Request, service: Here, scan_id: ScanId, key: KeyHeader = None) -> ScanAccess:
    """Let in whoever may look at a scan."""
    return scan_access_to(request, service, scan_id, key)


def scan_access_to(request: Request, service: Service, scan_id: str, key: str | None) -> ScanAccess:
    """Let in whoever has a key of the set of a scan; errors as of `access_to`."""
    scan = service.ledger.scan_of(scan_id) if is_id(scan_id) else None
    access = access_to(request, service, scan.set_id if scan else "", key or _any_cookie(request, scan))
    if scan is None:  # never: access_to refused already
        raise HTTPException(404, _NOT_THERE)
    return ScanAccess(scan, access.role)


def owning_scan(service: Here, access: Annotated[ScanAccess, Depends(reading_scan)]) -> ScanAccess:
    """Let in whoever may change a scan."""
    check_owner(access.role)
    service.limits.hit("changes_per_set", access.scan.set_id)
    return access


def _any_cookie(request: Request, scan: ScanRow | None) -> str | None:
    """Stand in for a key where there is no such scan, so that a visitor with cookies cannot tell it from others'."""
    has_some = any(name.startswith(COOKIE_PREFIX) for name in request.cookies)
    return "none" if has_some and (scan is None or not _cookie(request, scan.set_id)) else None


def check_owner(role: str) -> None:
    """Send away whoever has a key for reading only.

    Raises
    ------
    HTTPException
        403 then.
    """
    if role != "owner":
        raise HTTPException(403, "this key is for reading only; ask the owner of the set for the other one")


ReadingSet = Annotated[Access, Depends(reading)]
OwningSet = Annotated[Access, Depends(owning)]
ReadingScan = Annotated[ScanAccess, Depends(reading_scan)]
OwningScan = Annotated[ScanAccess, Depends(owning_scan)]
