"""Taking turns: one at a time asks a provider, whatever the number of threads and processes."""

import os
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, exc, text
from sqlalchemy.pool import NullPool

from leadline.data.database import Database
from leadline.errors import DataError, LeadlineError

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _locked(file: int) -> bool:
        os.lseek(file, 1024, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_LOOK_AGAIN = 0.05
_MOMENT = 32


class StoppedError(LeadlineError):
    """The run is to end."""


@dataclass(slots=True)
class Turn:
    """Whether one had to wait for it, and the time before which the provider is not asked."""

    waited: bool
    not_before: float = 0.0


class _Gate(Protocol):
    """What only one process can pass."""

    def enter(self, name: str) -> bool: ...

    def leave(self, name: str, not_before: float) -> None: ...

    def not_before(self, name: str) -> float: ...

    def close(self) -> None: ...


class Turns:
    """Turns for every provider, over one store."""

    def __init__(self, db: Database, stop: threading.Event) -> None:
        self._stop = stop
        self._gate: _Gate
        if db.engine.dialect.name == "sqlite":
            self._gate = _Files(Path(f"{db.name}.turns"))
        else:
            self._gate = _Advisory(db)
        self._lock = threading.Lock()
        self._inside: dict[str, threading.Lock] = {}

    @contextmanager
    def take(self, name: str) -> Iterator[Turn]:
        """Wait for one's turn and have it until the block ends, or until the process dies."""
        with self._lock:
            inside = self._inside.setdefault(name, threading.Lock())
        waited = False
        while not inside.acquire(blocking=False):
            waited = self._wait()
        try:
            while not self._gate.enter(name):
                waited = self._wait()
            turn = Turn(waited, self._gate.not_before(name))
            try:
                yield turn
            finally:
                self._gate.leave(name, turn.not_before)
        finally:
            inside.release()

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Have a turn until the block ends, and do not wait for it; False where another has it."""
        entered = self._gate.enter(name)
        try:
            yield entered
        finally:
            if entered:
                self._gate.leave(name, 0.0)

    def _wait(self) -> bool:
        if self._stop.wait(_LOOK_AGAIN):
            raise StoppedError("Stopped.")
        return True

    def close(self) -> None:
        """Give up every turn."""
        self._gate.close()


class _Files:
    """A locked file for each provider, beside the store; its content is ``not_before``.

    The system lets go of the lock when the process ends, however it ends.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, int] = {}

    def enter(self, name: str) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            msg = f"{self._folder}: no file can be made there: {error.strerror}."
            raise DataError(msg) from None
        if not _locked(file):
            os.close(file)
            return False
        self._open[name] = file
        return True

    def not_before(self, name: str) -> float:
        try:
            os.lseek(self._open[name], 0, os.SEEK_SET)
            return float(os.read(self._open[name], _MOMENT))
        except ValueError:
            return 0.0

    def leave(self, name: str, not_before: float) -> None:
        file = self._open.pop(name)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, f"{not_before:<{_MOMENT}.3f}".encode())
        os.close(file)

    def close(self) -> None:
        for file in self._open.values():
            os.close(file)
        self._open.clear()


class _Advisory:
    """Advisory locks of PostgreSQL, all on one connection, which loses them when it ends.

    Teams ask from different addresses, so the distance between requests is each machine's own.
    """

    # The two-number locks are apart from those of one number, which the store's writers take.
    _SPACE = 1_147_494_765

    def __init__(self, db: Database) -> None:
        self._name = db.name
        # Off the store's own pool, where a turn of minutes would be in the way.
        self._engine: Engine = create_engine(
            db.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def enter(self, name: str) -> bool:
        return bool(self._asked("pg_try_advisory_lock", name))

    def leave(self, name: str, not_before: float) -> None:  # noqa: ARG002  (the gate's form)
        self._asked("pg_advisory_unlock", name)

    def not_before(self, name: str) -> float:  # noqa: ARG002  (the gate's form)
        return 0.0

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _asked(self, function: str, name: str) -> object:
        key = zlib.crc32(name.encode()) - 2**31
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                asked = text(f"SELECT {function}(:space, :key)")
                found = self._connection.execute(asked, {"space": self._SPACE, "key": key})
                return found.scalar()
            except exc.SQLAlchemyError as error:
                msg = f"{self._name}: the connection broke while waiting for a turn."
                raise DataError(msg) from error
