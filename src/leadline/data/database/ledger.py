"""The ledger's rows, chained by their hashes, and the registrations that they refer to.

What the texts say is the business of whoever wrote them.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from leadline.data.database import tables


class Place(NamedTuple):
    """What only one row in force has."""

    claim: str
    day: date
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as the store has it.

    ``sha256`` is the hash of ``previous``, the one of the row before about the same claim, and of
    ``text``. ``corrects`` is the number of the row that this one puts right.
    """

    id: int
    place: Place
    text: str
    sha256: str
    previous: str
    corrects: int | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """One row to be written."""

    place: Place
    text: str
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """What was fixed for a claim, under its hash."""

    sha256: str
    claim: str
    text: str


def chained(previous: str, text: str) -> str:
    """Give the hash of a row that follows the one with the hash ``previous``."""
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def newest(connection: Connection) -> int:
    """Give the number of the last row of all; 0 where there is none."""
    return connection.execute(select(func.max(tables.ledger.c.id))).scalar() or 0


def entries(
    connection: Connection,
    claims: Collection[str] | None = None,
    day: date | None = None,
    *,
    after: int = 0,
) -> tuple[Entry, ...]:
    """Give the rows about these claims, all by default, in the order of their writing.

    ``day`` picks those of a day, ``after`` those with a higher number.
    """
    held = tables.ledger.c
    query = select(*_COLUMNS).where(held.id > after).order_by(held.id)
    if claims is not None:
        query = query.where(held.claim.in_(sorted(claims)))
    if day is not None:
        query = query.where(held.day == tables.days(day))
    return tuple(_entry(*row) for row in connection.execute(query))


def last_days(connection: Connection, kind: str) -> dict[str, date]:
    """Give, for each subject that rows of this kind are about, the last day of such a row."""
    held = tables.ledger.c
    query = select(held.claim, func.max(held.day)).where(held.kind == kind, held.corrects.is_(None))
    rows = connection.execute(query.group_by(held.claim))
    return {claim: tables.day(day) for claim, day in rows}


def in_force(rows: Iterable[Entry]) -> dict[Place, Entry]:
    """Give, for each place, the row that no later one puts right; ``rows`` in order of writing."""
    return {row.place: row for row in rows}


def heads(connection: Connection, claims: Collection[str]) -> dict[str, str]:
    """Give the hash of the last row about each of these claims that has any."""
    held = tables.ledger.c
    last = select(func.max(held.id)).where(held.claim.in_(sorted(claims))).group_by(held.claim)
    query = select(held.claim, held.sha256).where(held.id.in_(last))
    return {row.claim: row.sha256 for row in connection.execute(query)}


def append(
    connection: Connection, drafts: Sequence[Draft], heads: Mapping[str, str]
) -> dict[str, str]:
    """Insert rows behind those that ``heads`` gives; give the hashes of the last ones after.

    To be called in a transaction that keeps others from writing about the same claims.
    """
    after, rows, at = dict(heads), [], tables.now()
    for draft in drafts:
        previous = after.get(draft.place.claim, "")
        after[draft.place.claim] = chained(previous, draft.text)
        rows.append(
            {
                "claim": draft.place.claim,
                "day": tables.days(draft.place.day),
                "kind": draft.place.kind,
                "about": draft.place.about,
                "text": draft.text,
                "sha256": after[draft.place.claim],
                "previous": previous,
                "corrects": draft.corrects,
                "recorded_at": at,
            }
        )
    connection.execute(tables.ledger.insert(), rows)
    return after


def keep(connection: Connection, registrations: Iterable[Registered]) -> tuple[Registered, ...]:
    """Keep registrations, each hash once; give those that were not there."""
    table = tables.registrations
    wanted = {each.sha256: each for each in registrations}
    query = select(table.c.sha256).where(table.c.sha256.in_(sorted(wanted)))
    there = set(connection.execute(query).scalars())
    kept = tuple(each for sha256, each in wanted.items() if sha256 not in there)
    if kept:
        at = tables.now()
        rows = [
            {"sha256": each.sha256, "claim": each.claim, "text": each.text, "recorded_at": at}
            for each in kept
        ]
        connection.execute(table.insert(), rows)
    return kept


def registrations(
    connection: Connection, claims: Collection[str] | None = None
) -> tuple[Registered, ...]:
    """Give the registrations of these claims, all by default, oldest first."""
    held = tables.registrations.c
    query = select(held.sha256, held.claim, held.text).order_by(held.recorded_at, held.sha256)
    if claims is not None:
        query = query.where(held.claim.in_(sorted(claims)))
    return tuple(Registered(*row) for row in connection.execute(query))


_COLUMNS = tuple(
    tables.ledger.c[name]
    for name in (
        "id",
        "claim",
        "day",
        "kind",
        "about",
        "text",
        "sha256",
        "previous",
        "corrects",
        "recorded_at",
    )
)


def _entry(number: int, claim: str, day: int, kind: str, about: str, *rest: Any) -> Entry:
    text, sha256, previous, corrects, at = rest
    place = Place(claim, tables.day(day), kind, about)
    return Entry(number, place, text, sha256, previous, corrects, tables.moment(at))
