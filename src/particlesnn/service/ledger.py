"""What the database knows, asked and changed in words of the house. Every function is one short transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, Update, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from particlesnn.service.database import Database
from particlesnn.service.keys import hash_of, new_id, new_key
from particlesnn.service.settings import ServiceSettings
from particlesnn.service.tables import RevisionRow, ScanRow, SetRow, now
from particlesnn.service.tasks.recognise import Order, Recognised


@dataclass(frozen=True)
class Upload:
    """A file that was taken in."""

    id: str
    name: str
    size_bytes: int
    sha256: str


class Ledger:
    """The database of one service.

    Parameters
    ----------
    database
        Where it is kept.
    settings
        Times and attempts are used here.
    """

    def __init__(self, database: Database, settings: ServiceSettings) -> None:
        self._database = database
        self._settings = settings

    # Sets

    def make_set(self, name: str, days: int) -> tuple[str, str]:
        """Make a set and return its id and its key."""
        key, row_id = new_key(), new_id()
        with self._database.writing() as session:
            made = now()
            session.add(
                SetRow(
                    id=row_id,
                    key_hash=hash_of(key),
                    share_hash=None,
                    name=name,
                    created=made,
                    expires=made + timedelta(days=days),
                    consent=False,
                )
            )
        return row_id, key

    def set_of(self, set_id: str) -> SetRow | None:
        """Return a set without its scans; one past its day is there no more."""
        with self._database.reading() as session:
            return session.scalar(_alive(set_id))

    def set_with_scans(self, set_id: str) -> SetRow | None:
        """Return a set with its scans and what can be undone of each."""
        with self._database.reading() as session:
            return session.scalar(_alive(set_id).options(selectinload(SetRow.scans).selectinload(ScanRow.revisions)))

    def change_set(self, set_id: str, *, name: str | None, days: int | None, consent: bool | None) -> None:
        """Change what is given of a set."""
        values: dict[str, object] = {}
        if name is not None:
            values["name"] = name
        if days is not None:
            values["expires"] = now() + timedelta(days=days)
        if consent is not None:
            values["consent"] = consent
        if values:
            with self._database.writing() as session:
                session.execute(update(SetRow).where(SetRow.id == set_id).values(**values))

    def share(self, set_id: str) -> str:
        """Make a key for reading only; an earlier one opens nothing any more."""
        key = new_key()
        with self._database.writing() as session:
            session.execute(update(SetRow).where(SetRow.id == set_id).values(share_hash=hash_of(key)))
        return key

    def unshare(self, set_id: str) -> None:
        """Take back the key for reading."""
        with self._database.writing() as session:
            session.execute(update(SetRow).where(SetRow.id == set_id).values(share_hash=None))

    def delete_set(self, set_id: str) -> None:
        """Remove a set and all that is known of its scans."""
        with self._database.writing() as session:
            row = session.get(SetRow, set_id)
            if row is not None:
                session.delete(row)
        self._database.forget_deleted()

    def expired_sets(self) -> list[str]:
        """List sets that are past their day."""
        with self._database.reading() as session:
            return list(session.scalars(select(SetRow.id).where(SetRow.expires <= now())))

    def all_sets(self) -> set[str]:
        """List all sets."""
        with self._database.reading() as session:
            return set(session.scalars(select(SetRow.id)))

    def consented(self) -> list[SetRow]:
        """List the sets, with their scans, whose owners let them train the network."""
        with self._database.reading() as session:
            wanted = (
                select(SetRow)
                .where(SetRow.consent, SetRow.expires > now())
                .options(selectinload(SetRow.scans).selectinload(ScanRow.revisions))
            )
            return list(session.scalars(wanted))

    # Scans

    def add_scans(self, set_id: str, uploads: Sequence[Upload]) -> bool:
        """Put scans into the queue, all or none; False where the set is gone or cannot hold them."""
        with self._database.writing() as session:
            if session.get(SetRow, set_id, with_for_update=True) is None:
                return False
            count, size, last = session.execute(
                select(func.count(), func.sum(ScanRow.size_bytes), func.max(ScanRow.position)).where(
                    ScanRow.set_id == set_id
                )
            ).one()
            more = sum(upload.size_bytes for upload in uploads)
            # Asked here, too: of two uploads that come at once each would find room for itself alone.
            if count + len(uploads) > self._settings.max_scans or (size or 0) + more > self._settings.max_set_bytes:
                return False
            for position, upload in enumerate(uploads, start=(last or 0) + 1):
                session.add(
                    ScanRow(
                        id=upload.id,
                        set_id=set_id,
                        position=position,
                        name=upload.name,
                        size_bytes=upload.size_bytes,
                        sha256=upload.sha256,
                        created=now(),
                        state="queued",
                        channels=[],
                    )
                )
            return True

    def used_by(self, set_id: str) -> tuple[int, int]:
        """Return how many scans a set has, and their bytes."""
        with self._database.reading() as session:
            count, size = session.execute(
                select(func.count(), func.sum(ScanRow.size_bytes)).where(ScanRow.set_id == set_id)
            ).one()
            return int(count), int(size or 0)

    def scan_of(self, scan_id: str) -> ScanRow | None:
        """Return a scan with its history."""
        with self._database.reading() as session:
            row = session.scalar(select(ScanRow).where(ScanRow.id == scan_id).options(selectinload(ScanRow.revisions)))
            return row if row is not None and session.scalar(_alive(row.set_id)) is not None else None

    def delete_scan(self, scan_id: str) -> None:
        """Remove a scan and all that is known of it."""
        with self._database.writing() as session:
            row = session.get(ScanRow, scan_id)
            if row is not None:
                session.delete(row)
        self._database.forget_deleted()

    def rename_scan(self, scan_id: str, name: str) -> None:
        """Call a scan otherwise."""
        with self._database.writing() as session:
            session.execute(update(ScanRow).where(ScanRow.id == scan_id).values(name=name))

    def queue_again(self, scan_id: str, *, channel: str | None, refine: str) -> bool:
        """Have a scan recognised anew; False while it is being recognised."""
        with self._database.writing() as session:
            statement = (
                update(ScanRow)
                .where(ScanRow.id == scan_id, ScanRow.state != "running")
                .values(state="queued", stage="", error=None, attempts=0, channel=channel, refine=refine, finished=None)
            )
            return bool(_count(session, statement))

    def set_user_scale(self, scan_id: str, pixel_nm: tuple[float, float] | None, source: str) -> None:
        """Remember the user's scale of a scan that has no contours yet, or none that would have to be measured."""
        with self._database.writing() as session:
            row = session.get_one(ScanRow, scan_id)
            _scale(row, pixel_nm, source)

    # Contours

    def add_revision(
        self, scan: ScanRow, object_name: str, what: str, particles: int, edit_id: str = ""
    ) -> tuple[ScanRow, list[str]] | None:
        """Make new contours the current ones, unless others came in between.

        Returns
        -------
        tuple or None
            The scan as it is now, and the objects that nothing refers to any more; None where the contours that the
            edit started from are the current ones no longer.
        """
        with self._database.writing() as session:
            row = _unchanged(session, scan)
            if row is None:
                return None
            gone = self._add(session, row, _revision(row, object_name, what, particles, edit_id))
            session.flush()
            session.refresh(row, ["revisions"])
            return row, gone

    def _add(self, session: Session, row: ScanRow, revision: RevisionRow, *, begin: bool = False) -> list[str]:
        """Put a revision behind the current one; return the objects of those that are forgotten for it."""
        before = [each for each in row.revisions if each.number <= row.revision and not begin]
        kept = before[max(0, len(before) + 1 - self._settings.max_revisions) :]
        gone = [each for each in row.revisions if each not in kept]
        for each in gone:
            session.delete(each)
        session.add(revision)
        row.revision, row.particles, row.version = revision.number, revision.particles, row.version + 1
        return [each.object for each in gone]

    def step_to(self, scan: ScanRow, number: int) -> ScanRow | None:
        """Make an earlier or later state of the contours the current one; None as of `add_revision`."""
        with self._database.writing() as session:
            row = _unchanged(session, scan)
            if row is None:
                return None
            row.revision, row.version = number, row.version + 1
            row.particles = next(each.particles for each in row.revisions if each.number == number)
            return row

    def replace_measurements(
        self, scan: ScanRow, number: int, object_name: str, pixel_nm: tuple[float, float] | None, source: str
    ) -> tuple[ScanRow, str] | None:
        """Put the same contours, measured with another scale, in the place of a revision; None as of `add_revision`."""
        with self._database.writing() as session:
            row = _unchanged(session, scan)
            if row is None:
                return None
            _scale(row, pixel_nm, source)
            revision = next(each for each in row.revisions if each.number == number)
            old, revision.object = revision.object, object_name
            revision.dy_nm, revision.dx_nm = row.dy_nm, row.dx_nm
            row.revision, row.particles, row.version = number, revision.particles, row.version + 1
            return row, old

    # Work

    def claim(self, owner: str) -> ScanRow | None:
        """Take the next scan that waits, or that nobody has confirmed to work on for too long.

        First scans of all sets come before second ones, so that a large set does not keep others waiting.
        """
        with self._database.writing() as session:
            row = session.scalar(
                select(ScanRow)
                .join(SetRow)
                .where(
                    SetRow.expires > now(),
                    or_(ScanRow.state == "queued", (ScanRow.state == "running") & (ScanRow.lease_until < now())),
                )
                .order_by(ScanRow.position, ScanRow.created)
                .limit(1)
                .with_for_update(skip_locked=True, of=ScanRow)
            )
            if row is None:
                return None
            row.state, row.stage, row.owner, row.error = "running", "", owner, None
            row.attempts += 1
            row.started = now()
            row.lease_until = now() + timedelta(seconds=self._settings.lease_s)
            return row

    def confirm(self, scan_id: str, owner: str, stage: str | None = None) -> bool:
        """Say that a scan is still worked on; False where it was deleted or taken by another."""
        values: dict[str, object] = {"lease_until": now() + timedelta(seconds=self._settings.lease_s)}
        if stage is not None:
            values["stage"] = stage
        with self._database.writing() as session:
            return bool(_count(session, update(ScanRow).where(*_mine(scan_id, owner)).values(**values)))

    def finish(self, scan_id: str, owner: str, found: Recognised, order: Order) -> list[str] | None:
        """Keep what was found.

        Returns
        -------
        list or None
            Objects that nothing refers to any more; None where the scan is ours no longer.
        """
        with self._database.writing() as session:
            row = session.scalar(select(ScanRow).where(*_mine(scan_id, owner)))
            if row is None:
                return None
            same = (row.channel, row.rows_px, row.columns_px) == (found.channel, *found.shape_px)
            row.state, row.stage, row.owner, row.lease_until, row.finished = "done", "", None, None, now()
            row.rows_px, row.columns_px = found.shape_px
            row.value_unit, row.channel, row.channels = found.value_unit, found.channel, list(found.channels)
            row.file_dy_nm, row.file_dx_nm = found.file_pixel_nm or (None, None)
            if row.scale_source not in ("typed", "drawn"):
                _scale(row, found.file_pixel_nm, "file")
            row.weights, row.operating_point = found.weights, found.operating_point
            # Contours of another channel say nothing of this one: history begins again.
            revision = _revision(row, order.contours, "recognised", found.particles)
            gone = self._add(session, row, revision, begin=not same)
            unused = [*gone, row.values] if row.values else gone
            row.values = order.values
            return unused

    def give_up(self, scan_id: str, owner: str, error: str) -> None:
        """Say why a scan could not be done."""
        with self._database.writing() as session:
            session.execute(
                update(ScanRow)
                .where(*_mine(scan_id, owner))
                .values(state="failed", stage="", error=error[:1000], owner=None, lease_until=None, finished=now())
            )

    def put_back(self, scan_id: str, owner: str) -> None:
        """Let another take a scan up."""
        with self._database.writing() as session:
            session.execute(
                update(ScanRow)
                .where(*_mine(scan_id, owner))
                .values(state="queued", stage="", owner=None, lease_until=None)
            )

    def release_all(self) -> int:
        """Put back every scan that is being worked on; only for a service that knows itself to be the only one."""
        with self._database.writing() as session:
            statement = (
                update(ScanRow)
                .where(ScanRow.state == "running")
                .values(state="queued", stage="", owner=None, lease_until=None)
            )
            return _count(session, statement)

    def queue(self) -> list[str]:
        """List the scans that wait, in their order."""
        with self._database.reading() as session:
            return list(
                session.scalars(
                    select(ScanRow.id).where(ScanRow.state == "queued").order_by(ScanRow.position, ScanRow.created)
                )
            )


def _count(session: Session, statement: Update) -> int:
    """Carry out an update and return how many rows it changed."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _alive(set_id: str) -> Select[SetRow]:
    return select(SetRow).where(SetRow.id == set_id, SetRow.expires > now())


def _mine(scan_id: str, owner: str) -> tuple[ColumnElement[bool], ...]:
    return (ScanRow.id == scan_id, ScanRow.state == "running", ScanRow.owner == owner)


def _unchanged(session: Session, scan: ScanRow) -> ScanRow | None:
    asked = select(ScanRow).where(ScanRow.id == scan.id).options(selectinload(ScanRow.revisions)).with_for_update()
    row = session.scalar(asked)
    return row if row is not None and (row.version, row.state) == (scan.version, scan.state) else None


def _scale(row: ScanRow, pixel_nm: tuple[float, float] | None, source: str) -> None:
    row.dy_nm, row.dx_nm = pixel_nm or (None, None)
    row.scale_source = source if pixel_nm else "none"


def _revision(row: ScanRow, object_name: str, what: str, particles: int, edit_id: str = "") -> RevisionRow:
    return RevisionRow(
        scan_id=row.id,
        number=max((each.number for each in row.revisions), default=0) + 1,
        object=object_name,
        created=now(),
        what=what,
        particles=particles,
        edit_id=edit_id,
        dy_nm=row.dy_nm,
        dx_nm=row.dx_nm,
    )
