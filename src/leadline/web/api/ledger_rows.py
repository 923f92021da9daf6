"""Rows of the ledger, read from the store a page at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, select

from leadline.data.database import tables
from leadline.data.database.ledger import Entry, Place

Kind = Literal["state", "phase", "odds", "reliability", "data"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: about these subjects (all by default), of a kind, of days, after a number."""

    subjects: Collection[str] | None = None
    kind: Kind | None = None
    since: date | None = None
    until: date | None = None
    after: int = 0
    in_force: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A row, and the number of the row that puts it right, if one does."""

    entry: Entry
    corrected_by: int | None


def rows(connection: Connection, wanted: Wanted, limit: int) -> list[Found]:
    """Give the first rows that are wanted, in the order of their writing."""
    held = tables.ledger.c
    # Numbers first: texts are long, and only those of the page are read.
    numbers = select(held.id).where(held.id > wanted.after, *_filters(wanted))
    page = numbers.order_by(held.id).limit(limit)
    query = _rows().where(held.id.in_(page)).order_by(held.id)
    return [_found(row) for row in connection.execute(query)]


def newest(
    connection: Connection, subjects: Collection[str], kind: Kind, until: date | None = None
) -> dict[str, Found]:
    """Give by subject the row in force of its last day, up to a day if one is given."""
    held = tables.ledger.c
    about = _filters(Wanted(subjects, kind, until=until))
    last = select(held.claim, func.max(held.day).label("day")).where(*about)
    days = last.group_by(held.claim).subquery()
    query = _rows().join(days, (held.claim == days.c.claim) & (held.day == days.c.day))
    rows = connection.execute(query.where(held.kind == kind).order_by(held.id))
    # A later row of one day puts the one before right.
    return {row.claim: _found(row) for row in rows}


def _rows() -> Select[Any]:
    held, later = tables.ledger.c, tables.ledger.alias("later")
    by = select(later.c.id).where(later.c.corrects == held.id).scalar_subquery()
    return select(tables.ledger, by.label("corrected_by"))


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    held = tables.ledger.c
    found: list[ColumnElement[bool]] = []
    if wanted.subjects is not None:
        found.append(held.claim.in_(sorted(wanted.subjects)))
    if wanted.kind is not None:
        found.append(held.kind == wanted.kind)
    if wanted.since is not None:
        found.append(held.day >= tables.days(wanted.since))
    if wanted.until is not None:
        found.append(held.day <= tables.days(wanted.until))
    if wanted.in_force:
        later = tables.ledger.alias("after")
        found.append(~select(later.c.id).where(later.c.corrects == held.id).exists())
    return found


def _found(row: Any) -> Found:
    entry = Entry(
        row.id,
        Place(row.claim, tables.day(row.day), row.kind, row.about),
        row.text,
        row.sha256,
        row.previous,
        row.corrects,
        tables.moment(row.recorded_at),
    )
    return Found(entry, row.corrected_by)
