"""What the database keeps: sets, their scans, and each scan's history of contours. The bulk is in the store."""

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

State = Literal["queued", "running", "done", "failed"]
Stage = Literal["", "reading", "recognising", "measuring"]
ScaleSource = Literal["file", "typed", "drawn", "none"]


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class _Utc(TypeDecorator[datetime]):
    """Times in UTC, also in databases that forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Table(DeclarativeBase):
    """All tables."""

    type_annotation_map = {datetime: _Utc, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 - as SQLAlchemy has it


class SetRow(Table):
    """A set of scans, which belongs to whoever has its key."""

    __tablename__ = "sets"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    share_hash: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    consent: Mapped[bool]
    scans: Mapped[list["ScanRow"]] = relationship(
        back_populates="set", order_by="ScanRow.position", cascade="all, delete-orphan", passive_deletes=True
    )


class ScanRow(Table):
    """One uploaded scan, and how far it is."""

    __tablename__ = "scans"
    __table_args__ = (Index("ix_scans_work", "state", "lease_until", "position"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]

    state: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str] = mapped_column(String(12), default="")
    error: Mapped[str | None] = mapped_column(String(1000))
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]

    values: Mapped[str] = mapped_column(String(200), default="")
    """Object of the heights as they were read."""
    channel: Mapped[str | None] = mapped_column(String(200))
    channels: Mapped[list[str]]
    refine: Mapped[str] = mapped_column(String(20), default="none")
    rows_px: Mapped[int | None]
    columns_px: Mapped[int | None]
    value_unit: Mapped[str | None] = mapped_column(String(10))
    file_dy_nm: Mapped[float | None]
    file_dx_nm: Mapped[float | None]
    dy_nm: Mapped[float | None]
    dx_nm: Mapped[float | None]
    scale_source: Mapped[str] = mapped_column(String(10), default="none")

    version: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    particles: Mapped[int | None]
    weights: Mapped[str | None] = mapped_column(String(200))
    operating_point: Mapped[str] = mapped_column(String(200), default="")

    set: Mapped[SetRow] = relationship(back_populates="scans")
    revisions: Mapped[list["RevisionRow"]] = relationship(
        back_populates="scan", order_by="RevisionRow.number", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def etag(self) -> str:
        """Tells two states of the contours apart; never the same again, also after an undo."""
        return f'"{self.id}-{self.version}"'


class RevisionRow(Table):
    """One state of a scan's contours, in the order of the edits."""

    __tablename__ = "revisions"

    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    object: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(40))
    edit_id: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """As whoever sent the edit called it, to know it when it is sent again."""
    particles: Mapped[int]
    dy_nm: Mapped[float | None]
    dx_nm: Mapped[float | None]
    scan: Mapped[ScanRow] = relationship(back_populates="revisions")
