"""The database: opened, brought to the newest form, and spoken to in short transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from particlesnn.core import OutputError

_PRAGMAS = (
    "journal_mode=WAL",  # readers do not wait for a writer
    "synchronous=FULL",  # what was answered for is on the disk
    "foreign_keys=ON",
    "busy_timeout=15000",
    "secure_delete=ON",  # what is deleted is overwritten
)


_KINDS = ("sqlite", "postgresql")
_LOCK = 0x7061727469636C65  # "particle"; any number that nobody else takes


class Database:
    """One database.

    Parameters
    ----------
    url
        As SQLAlchemy writes it.

    Raises
    ------
    OutputError
        When it cannot be opened or brought to the newest form.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._writer = self._engine.execution_options(writes=True)
        self._alone: Connection | None = None
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        try:
            upgrade(self._writer)
        except SQLAlchemyError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            raise OutputError(f"the database {where} cannot be opened ({_reason(error)}); check it") from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only looks."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that changes something; all of it is kept or nothing."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def forget_deleted(self) -> None:
        """Empty SQLite's log of changes, in which deleted rows would otherwise outlive their deletion for a while."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def be_alone(self) -> None:
        """See to it that no other service works with this database for as long as this one lives.

        SQLite's file lies in a folder that is locked already. Of other databases PostgreSQL has a lock for this, which
        goes when its connection goes, also when we are killed.

        Raises
        ------
        OutputError
            When another one does.
        """
        if self._engine.dialect.name != "postgresql":
            return
        self._alone = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not self._alone.scalar(select(func.pg_try_advisory_lock(_LOCK))):
            self.close()
            raise OutputError("another service uses this database; stop it, or give another by --database")

    def close(self) -> None:
        """Let go of all connections."""
        if self._alone is not None:
            self._alone.close()
        self._engine.dispose()


def _engine(url: str) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True)  # a connection that was cut meanwhile is made anew
    except ModuleNotFoundError as error:
        raise OutputError(
            f"this database needs the driver {error.name}; for PostgreSQL: pip install 'psycopg[binary]', and let its "
            "address begin with postgresql+psycopg://"
        ) from error
    except SQLAlchemyError as error:
        raise OutputError(f"the database cannot be opened ({_reason(error)}); check --database") from error
    if engine.dialect.name not in _KINDS:
        raise OutputError(f"a database of the kind {engine.dialect.name} is not supported; use {' or '.join(_KINDS)}")
    return engine


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest form."""
    config = Config()
    config.set_main_option("script_location", str(files("particlesnn.service") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001 - SQLAlchemy's
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: two that read first and write then would both have to give up.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())
