"""What was asked of providers and what came back, byte for byte."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import zstandard
from sqlalchemy import Connection, Row, func, select

from leadline.data.database import tables
from leadline.data.database.engine import Database
from leadline.errors import DataError

Outcome = Literal["ok", "unchanged", "not_measured", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One request and what came of it, to be kept.

    Attributes
    ----------
    url : str
        The whole address, query included, without secrets.
    status : int or None
        None where no answer came.
    headers : mapping of str to str
        Those worth keeping: date, last-modified, etag, content-type.
    body : bytes or None
        The answer as it came, the content encoding undone; None where there was none.
    message : str
        Why it was not measured or was rejected.
    version : str
        Of the program that read the answer.
    vintage : date or None
        The vintage that was asked for, where one was.
    covers : date or None
        The first period that a plan which was answered to its end asked for (``date.min`` for all
        there is); None where a period that is absent says nothing: a vintage, an import.
    """

    provider: str
    series: str
    url: str
    fetched_at: datetime
    outcome: Outcome
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    message: str = ""
    version: str = ""
    vintage: date | None = None
    covers: date | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One fetch as the store has it; ``body`` gives its bytes."""

    id: int
    provider: str
    series: str
    url: str
    status: int | None
    headers: Mapping[str, str]
    sha256: str | None
    fetched_at: datetime
    outcome: Outcome
    message: str
    version: str
    vintage: date | None


def last_fetch(db: Database, provider: str, url: str) -> Kept | None:
    """Give the last fetch of this address whose answer was taken, or None.

    Its headers serve to ask whether anything has changed since.
    """
    held = tables.fetches
    taken = held.c.outcome.in_(("ok", "unchanged")) & held.c.sha256.is_not(None)
    query = (
        select(*_COLUMNS)
        .where(held.c.provider == provider, held.c.url == url, taken)
        .order_by(held.c.id.desc())
        .limit(1)
    )
    with db.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else _kept(row)


def last_fetches(db: Database) -> tuple[Kept, ...]:
    """Give the last fetch of each series from each provider, whatever came of it."""
    held = tables.fetches.c
    last = select(func.max(held.id)).group_by(held.series, held.provider)
    query = select(*_COLUMNS).where(held.id.in_(last)).order_by(held.id)
    with db.connect() as connection:
        return tuple(_kept(row) for row in connection.execute(query))


def fetches_of(db: Database, series: str) -> tuple[Kept, ...]:
    """Give every fetch of a series, oldest first."""
    held = tables.fetches
    query = select(*_COLUMNS).where(held.c.series == series).order_by(held.c.id)
    with db.connect() as connection:
        return tuple(_kept(row) for row in connection.execute(query))


def body(db: Database, sha256: str) -> bytes:
    """Give the bytes of this hash; raise DataError where there are none or they are damaged."""
    held = tables.fetches
    query = select(held.c.body).where(held.c.sha256 == sha256, held.c.body.is_not(None)).limit(1)
    with db.connect() as connection:
        packed = connection.execute(query).scalar()
    if packed is None:
        msg = f"{db.name}: no answer with the hash {sha256} was kept."
        raise DataError(msg)
    try:
        found = zstandard.decompress(packed)
    except zstandard.ZstdError:
        found = b""
    if hashlib.sha256(found).hexdigest() != sha256:
        msg = f"{db.name}: the answer kept under the hash {sha256} is damaged."
        raise DataError(msg)
    return found


def insert(
    connection: Connection, fetched: Fetched, *, outcome: Outcome, newest_vintage: int | None
) -> int:
    """Insert the fetch within a transaction and give its id; equal bytes are kept once."""
    held = tables.fetches
    sha256 = None if fetched.body is None else hashlib.sha256(fetched.body).hexdigest()
    packed = None
    if fetched.body is not None:
        same = select(held.c.id).where(held.c.sha256 == sha256, held.c.body.is_not(None)).limit(1)
        if connection.execute(same).first() is None:
            packed = zstandard.compress(fetched.body)
    row = {
        "provider": fetched.provider,
        "series": fetched.series,
        "url": fetched.url,
        "status": fetched.status,
        "headers": json.dumps(dict(fetched.headers), sort_keys=True),
        "sha256": sha256,
        "body": packed,
        "fetched_at": tables.seconds(fetched.fetched_at),
        "recorded_at": tables.now(),
        "outcome": outcome,
        "message": fetched.message,
        "version": fetched.version,
        "vintage": None if fetched.vintage is None else tables.days(fetched.vintage),
        "newest_vintage": newest_vintage,
        "covers": None if fetched.covers is None else tables.days(fetched.covers),
    }
    number: int = connection.execute(held.insert().returning(held.c.id), row).scalar_one()
    return number


_COLUMNS = tuple(
    tables.fetches.c[name]
    for name in (
        "id",
        "provider",
        "series",
        "url",
        "status",
        "headers",
        "sha256",
        "fetched_at",
        "outcome",
        "message",
        "version",
        "vintage",
    )
)


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    found = dict(row._mapping)  # noqa: SLF001  (that is how SQLAlchemy names the public thing)
    found["headers"] = json.loads(found["headers"])
    found["fetched_at"] = tables.moment(found["fetched_at"])
    if found["vintage"] is not None:
        found["vintage"] = tables.day(found["vintage"])
    return Kept(**found)
