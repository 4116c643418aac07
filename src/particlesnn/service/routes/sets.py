"""Sets: made, shown, shared, changed, deleted."""

from collections.abc import AsyncIterator
from typing import Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from particlesnn.service import wire
from particlesnn.service.access import Access, Here, KeyHeader, OwningSet, ReadingSet, address_of
from particlesnn.service.admission import AdmittingRoute
from particlesnn.service.answers import KEYED, OWNED, problems
from particlesnn.service.examples import example_files
from particlesnn.service.intake import take_in
from particlesnn.service.keys import COOKIE_PREFIX
from particlesnn.service.service import Service
from particlesnn.service.tables import now
from particlesnn.service.views import ref_of, set_view

router = APIRouter(tags=["sets"], route_class=AdmittingRoute)
_PATIENCE_S = 15.0


async def _view(service: Service, set_id: str, role: Literal["owner", "reader"]) -> wire.SetView:
    row = await run_in_threadpool(service.ledger.set_with_scans, set_id)
    if row is None:
        raise HTTPException(404, "this set was deleted")
    refs = [ref_of(scan) for scan in row.scans if scan.revision]
    summary = await service.summary_of(refs)
    return set_view(row, role, await run_in_threadpool(service.ledger.queue), summary)


async def _made(request: Request, response: Response, service: Service, name: str, days: int) -> wire.MadeSet:
    set_id, key = await run_in_threadpool(service.ledger.make_set, name, days)
    remember(request, response, service, set_id, key)
    view = await _view(service, set_id, "owner")
    return wire.MadeSet(**view.model_dump(), key=key)


def remember(request: Request, response: Response, service: Service, set_id: str, key: str) -> None:
    """Give the key to the visitor's browser, where no script can read it and no other site can use it."""
    response.set_cookie(
        f"{COOKIE_PREFIX}{set_id}",
        key,
        max_age=service.settings.max_days * 86400,
        path="/api",
        httponly=True,
        samesite="strict",
        secure=service.settings.secure_cookies or request.url.scheme == "https",
    )


@router.post("/sets", status_code=201, responses=problems(413))
async def make_set(
    request: Request, response: Response, service: Here, wanted: wire.NewSet | None = None
) -> wire.MadeSet:
    """Make a set. Its key is told this once; a cookie with it is set, too."""
    service.limits.hit("sets_per_address", address_of(request))
    wanted = wanted or wire.NewSet()
    return await _made(request, response, service, wanted.name or f"{now():%Y-%m-%d}", _days(service, wanted.days))


@router.post("/examples", status_code=201, responses=problems(503, 507))
async def make_example_set(request: Request, response: Response, service: Here) -> wire.MadeSet:
    """Make a set of example scans, to see what comes of it."""
    service.limits.hit("sets_per_address", address_of(request))
    made = await _made(request, response, service, "Examples", _days(service, None))
    await take_in(service, made.id, example_files())
    view = await _view(service, made.id, "owner")
    return wire.MadeSet(**view.model_dump(), key=made.key)


@router.get("/sets/{set_id}", responses=KEYED)
async def show_set(service: Here, access: ReadingSet) -> wire.SetView:
    """Show a set, how far its scans are, and their joint statistics."""
    return await _view(service, access.set.id, access.role)


@router.patch("/sets/{set_id}", responses=OWNED)
async def change_set(service: Here, access: OwningSet, change: wire.SetChange) -> wire.SetView:
    """Change name, expiry or consent of a set."""
    days = None if change.days is None else _days(service, change.days)
    await run_in_threadpool(
        lambda: service.ledger.change_set(access.set.id, name=change.name, days=days, consent=change.consent)
    )
    service.hub.tell(access.set.id)
    return await _view(service, access.set.id, access.role)


@router.delete("/sets/{set_id}", status_code=204, responses=OWNED)
def delete_set(response: Response, service: Here, access: OwningSet) -> None:
    """Delete a set with all that was uploaded to it and made of it. Nothing is kept."""
    service.delete_set(access.set.id)
    response.delete_cookie(f"{COOKIE_PREFIX}{access.set.id}", path="/api")


@router.post("/sets/{set_id}/share", status_code=201, responses=OWNED)
def share_set(service: Here, access: OwningSet) -> wire.Key:
    """Make a key for reading only, told this once. An earlier one opens nothing any more."""
    key = service.ledger.share(access.set.id)
    service.hub.tell(access.set.id)  # whoever listens by the earlier one is sent away
    return wire.Key(key=key)


@router.delete("/sets/{set_id}/share", status_code=204, responses=OWNED)
def unshare_set(service: Here, access: OwningSet) -> None:
    """Take back the key for reading."""
    service.ledger.unshare(access.set.id)
    service.hub.tell(access.set.id)


@router.post("/sets/{set_id}/session", status_code=204, responses=KEYED)
def open_session(
    request: Request, response: Response, service: Here, access: ReadingSet, key: KeyHeader = None
) -> None:
    """Keep the key of the header X-Set-Key in a cookie, for events, pictures and downloads."""
    if key:
        remember(request, response, service, access.set.id, key)


@router.delete("/sets/{set_id}/session", status_code=204, responses=KEYED)
def close_session(response: Response, access: ReadingSet) -> None:
    """Forget the cookie."""
    response.delete_cookie(f"{COOKIE_PREFIX}{access.set.id}", path="/api")


@router.get("/sets/{set_id}/events", response_class=EventSourceResponse, responses=KEYED)
async def watch_set(service: Here, access: ReadingSet) -> AsyncIterator[ServerSentEvent]:
    """Events of a set: `set` with a SetView at once and at each change, `gone` when it is deleted or shared no more."""
    if service.hub.listeners(access.set.id) >= service.settings.listeners_per_set:
        yield ServerSentEvent(comment="too many listen to this set already", retry=30_000)
        return
    async for new in service.hub.listen(access.set.id, _PATIENCE_S):
        if not new:
            yield ServerSentEvent(comment="still here")
            continue
        try:
            await run_in_threadpool(_check_still_open, service, access)
            yield ServerSentEvent(event="set", data=await _view(service, access.set.id, access.role))
        except HTTPException:
            yield ServerSentEvent(event="gone", data=None)
            return


def _check_still_open(service: Service, access: Access) -> None:
    """Send a reader away whose key was taken back while the set was being watched."""
    row = service.ledger.set_of(access.set.id)
    if row is None or (access.role == "reader" and row.share_hash != access.set.share_hash):
        raise HTTPException(404, "this set was deleted, or is shared no more")


def _days(service: Service, wanted: int | None) -> int:
    days, most = wanted or service.settings.days, service.settings.max_days
    if days > most:
        raise HTTPException(422, f"a set is kept for {most} days at most; choose fewer")
    return days
