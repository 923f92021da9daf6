"""Opening the store: engine, transactions, and what can go wrong with either."""

import os
import sqlite3
import time
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, exc, text
from sqlalchemy.engine import URL, make_url

from leadline.data.database import migrations
from leadline.data.store import home
from leadline.errors import DataError

WAIT = 30.0
"""Seconds that a writer waits for another one before it gives up."""

_LOOK_AGAIN = 0.003
_WRITES = "leadline_writes"
_FORMS = "a path, sqlite:///path or postgresql+psycopg://user@host/name"


class Database:
    """One store, open. It may be used from many threads; close it, or use it in a ``with``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Whoever forgets to close leaves no connection behind.
        self._dispose = weakref.finalize(self, engine.dispose)

    @classmethod
    def open(cls, url: str | Path | None = None) -> Self:
        """Open a store and bring its tables up to date; an SQLite file is made where none is.

        Parameters
        ----------
        url : str or Path or None
            ``sqlite:///path``, ``postgresql+psycopg://user@host/name``, or the path of a file.
            None takes what LEADLINE_STORE says, or else ``leadline.db`` in the user's own folder.

        Raises
        ------
        DataError
            Where it cannot be reached, is no store, or was written by a newer Leadline.
        """
        address = _address(url)
        engine = _engine(address)
        db = cls(engine)
        try:
            with _explained(db.name):
                if address.get_backend_name() == "sqlite":
                    _write_ahead(engine)
                migrations.bring_up_to_date(db)
        except BaseException:
            db.close()
            raise
        return db

    @staticmethod
    def exists(url: str | Path | None = None) -> bool:
        """Say whether ``open`` would find a store; one on a server always counts as there."""
        address = _address(url)
        return address.get_backend_name() != "sqlite" or Path(str(address.database)).exists()

    @property
    def name(self) -> str:
        """The path of the file, or the address without its password."""
        url = self.engine.url
        return str(url.database) if url.get_backend_name() == "sqlite" else _shown(url)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection that reads one state of the store, whatever is written meanwhile."""
        with _explained(self.name), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def begin(self, *locks: str) -> Iterator[Connection]:
        """Give a connection that writes: all of it when the block ends, nothing if it raises.

        ``locks`` name what is read before it is written. SQLite has one writer at a time anyway;
        on PostgreSQL two writers with a lock in common come one after the other.
        """
        with _explained(self.name), self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                for key in sorted({zlib.crc32(lock.encode()) for lock in locks}):
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._dispose()

    def __enter__(self) -> Self:
        """Give the store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        self.close()

    def __repr__(self) -> str:
        """Give one line, without the password."""
        return f"Database({self.name!r})"

    @property
    def _reader(self) -> Engine:
        if self.engine.dialect.name == "postgresql":
            return self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        return self.engine

    @property
    def _writer(self) -> Engine:
        return self.engine.execution_options(**{_WRITES: True})


def _address(url: str | Path | None) -> URL:
    said = url or os.environ.get("LEADLINE_STORE") or home() / "leadline.db"
    if isinstance(said, Path) or "://" not in said:
        return URL.create("sqlite", database=str(Path(said).expanduser()))
    try:
        address = make_url(said)
    except (exc.ArgumentError, ValueError):
        # The address may hold a password, so it is not repeated.
        msg = f"The address of the store cannot be read. Write {_FORMS}."
        raise DataError(msg) from None
    if "@" in (address.host or ""):
        msg = "The address of the store cannot be read: write an @ in its password as %40."
        raise DataError(msg)
    backend = address.get_backend_name()
    if backend == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and address.query:
        msg = f"{_shown(address)}: an SQLite file takes no options; leave out what follows the '?'."
        raise DataError(msg)
    if backend == "sqlite" and address.database not in (None, "", ":memory:"):
        return address.set(drivername="sqlite")
    msg = f"{_shown(address)} is no store. Write {_FORMS}."
    raise DataError(msg)


def _shown(address: URL) -> str:
    """Write an address without what may be secret; libpq takes a password after ``?`` as well."""
    query = {name: said for name, said in address.query.items() if name in ("host", "port")}
    return address.set(query=query).render_as_string(hide_password=True)


def _engine(address: URL) -> Engine:
    if address.get_backend_name() == "postgresql":
        try:
            return create_engine(address, pool_pre_ping=True)
        except ModuleNotFoundError:
            msg = "A store in PostgreSQL needs psycopg: pip install 'leadline[postgres]'."
            raise DataError(msg) from None
    path = Path(str(address.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{path}: the store cannot be made: {error.strerror}."
        raise DataError(msg) from None
    engine = create_engine(address, connect_args={"timeout": WAIT})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    # Python's module would begin transactions by its own rules; ``_begin`` does it instead.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later could not be made to wait its turn.
    if connection.get_execution_options().get(_WRITES, False):
        _begin_writing(connection.connection.dbapi_connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Any) -> None:
    """Wait for the write lock.

    SQLite itself looks ten times a second whether the lock is free, and among busy writers one can
    come too late for longer than it is ready to wait; who looks every few milliseconds does not.
    """
    until = time.monotonic() + WAIT
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(_LOOK_AGAIN)
            else:
                return
    finally:
        connection.execute(f"PRAGMA busy_timeout = {1000 * WAIT:.0f}")


def _write_ahead(engine: Engine) -> None:
    """Let readers and a writer work at once; the file remembers it."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        until = time.monotonic() + WAIT
        while True:
            try:
                if cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",):
                    return
                cursor.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # SQLite does not wait here, though others may be doing the very same.
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(_LOOK_AGAIN)
    finally:
        connection.close()


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what the engine says into one line that says what to do."""
    try:
        yield
    except (exc.DatabaseError, exc.InterfaceError) as error:
        ours = isinstance(error, (exc.IntegrityError, exc.ProgrammingError, exc.DataError))
        if ours and _FORBIDDEN not in str(error.orig):
            raise
        raise DataError(f"{name}: {_remedy(str(error.orig))}") from error
    except sqlite3.Error as error:
        raise DataError(f"{name}: {_remedy(str(error))}") from error


_FORBIDDEN = "permission denied"
_REMEDIES = {
    _FORBIDDEN: "the user named in the address may not read or write there; see to its rights.",
    "file is not a database": "this is no store of Leadline; name another file.",
    "malformed": "the file is damaged; put back a copy of it.",
    "unable to open": "the store cannot be opened; see whether the folder is there and is yours.",
    "readonly": "the store cannot be written; see whether the file and its folder are yours.",
    "locked": f"another program has kept the store for {WAIT:.0f} seconds; try again later.",
    "disk is full": "the disk is full; nothing was stored.",
}


def _remedy(said: str) -> str:
    first = " ".join(said.split())
    return next((remedy for sign, remedy in _REMEDIES.items() if sign in first), first)
