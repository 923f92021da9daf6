"""Alerts waiting to be sent, and every attempt to send them; rows are only added.

An alert is queued for each channel in the transaction that records it. An attempt starts with a
row that keeps others off until ``due``, and ends with a row that says how it went.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from leadline.data.database import tables
from leadline.data.database.engine import Database

Outcome = Literal["failed", "delivered", "refused", "abandoned"]
State = Literal["queued", "started"] | Outcome
FINAL: tuple[State, ...] = ("delivered", "refused", "abandoned")
"""After these nothing more is tried."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert to be recorded; ``alone`` says whether it is sent by itself."""

    key: str
    article: str
    claim: str
    day: date
    kind: str
    text: str
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as the store has it; ``key`` is the same however often it is sent."""

    id: int
    key: str
    article: str
    claim: str
    day: date
    kind: str
    text: str
    alone: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row about sending an alert through a channel."""

    alert: int
    channel: str
    attempt: int
    state: State
    reason: str
    due: datetime | None
    at: datetime


def record(connection: Connection, drafts: Sequence[Draft], channels: Collection[str]) -> None:
    """Record alerts whose keys are not there yet, and queue those sent alone for each channel."""
    table, at = tables.alerts, tables.now()
    known = select(table.c.key).where(table.c.key.in_(sorted({each.key for each in drafts})))
    there = set(connection.execute(known).scalars())
    for each in drafts:
        if each.key in there:
            continue
        there.add(each.key)
        row = {name: getattr(each, name) for name in Draft.__slots__}
        row |= {"day": tables.days(each.day), "recorded_at": at}
        number = connection.execute(table.insert().returning(table.c.id), row).scalar_one()
        for channel in sorted(channels) if each.alone else ():
            _insert(connection, number, channel, 0, "queued", due=at)


def untold(connection: Connection, article: str) -> tuple[Alert, ...]:
    """Give the alerts of an article, oldest first, that no digest since has told of."""
    held = tables.alerts.c
    digest = (
        select(func.coalesce(func.max(held.id), 0))
        .where(held.article == article, held.kind == "digest")
        .scalar_subquery()
    )
    query = _alerts().where(held.article == article, ~held.alone, held.id > digest)
    return tuple(_alert(row) for row in connection.execute(query.order_by(held.id)))


def told(connection: Connection) -> tuple[Alert, ...]:
    """Give every alert, oldest first."""
    query = _alerts().order_by(tables.alerts.c.id)
    return tuple(_alert(row) for row in connection.execute(query))


def newest(db: Database, article: str | None, n_alerts: int) -> tuple[Alert, ...]:
    """Give the last alerts, of an article or of all, newest day first; digests left out."""
    held = tables.alerts.c
    query = _alerts().where(held.kind != "digest")
    if article is not None:
        query = query.where(held.article == article)
    query = query.order_by(held.day.desc(), held.id.desc()).limit(n_alerts)
    with db.connect() as connection:
        return tuple(_alert(row) for row in connection.execute(query))


def waiting(db: Database, channel: str, now: datetime) -> tuple[Alert, ...]:
    """Give the alerts, oldest first, that may be sent through this channel at this moment."""
    held, last = tables.alerts.c, _open(channel)
    query = _alerts().join(last, last.c.alert == held.id).where(last.c.due <= tables.seconds(now))
    with db.connect() as connection:
        return tuple(_alert(row) for row in connection.execute(query.order_by(held.id)))


def next_due(db: Database, channels: Collection[str]) -> datetime | None:
    """Say when the next attempt may start through one of these; None where nothing waits."""
    dues = []
    with db.connect() as connection:
        for channel in channels:
            due = connection.execute(select(func.min(_open(channel).c.due))).scalar()
            if due is not None:
                dues.append(due)
    return tables.moment(min(dues)) if dues else None


def start(
    db: Database, alert: Alert, channel: str, *, now: datetime, until: datetime
) -> int | None:
    """Start an attempt that nobody else makes before ``until``; give its number.

    None where another one is being made, is not due yet, or is not needed any more.
    """
    with db.begin(f"deliveries/{channel}/{alert.id}") as connection:
        last = _open(channel, alert.id)
        row = connection.execute(select(last.c.attempt, last.c.due)).first()
        if row is None or row.due > tables.seconds(now):
            return None
        attempt: int = row.attempt + 1
        _insert(connection, alert.id, channel, attempt, "started", due=tables.seconds(until))
    return attempt


def finish(
    db: Database,
    alert: Alert,
    channel: str,
    attempt: int,
    state: Outcome,
    *,
    reason: str = "",
    due: datetime | None = None,
) -> None:
    """Say how an attempt went, and where it failed, when the next one is due."""
    until = None if due is None else tables.seconds(due)
    with db.begin() as connection:
        _insert(connection, alert.id, channel, attempt, state, reason=reason, due=until)


def attempts(db: Database) -> tuple[Attempt, ...]:
    """Give every row about sending, oldest first."""
    held = tables.deliveries.c
    columns = (held.alert, held.channel, held.attempt, held.state, held.reason)
    query = select(*columns, held.due, held.recorded_at).order_by(held.id)
    with db.connect() as connection:
        return tuple(_attempt(row) for row in connection.execute(query))


def _open(channel: str, alert: int | None = None) -> Any:
    """Give the last row of each alert that is neither delivered through a channel nor given up."""
    held, over = tables.deliveries.alias(), tables.deliveries.alias()
    ended = select(over.c.alert).where(over.c.channel == channel, over.c.state.in_(FINAL))
    last = select(func.max(held.c.id)).where(held.c.channel == channel, held.c.alert.not_in(ended))
    last = last.group_by(held.c.alert) if alert is None else last.where(held.c.alert == alert)
    row = tables.deliveries.c
    return select(row.alert, row.attempt, row.due).where(row.id.in_(last)).subquery()


def _insert(
    connection: Connection,
    alert: int,
    channel: str,
    attempt: int,
    state: State,
    *,
    reason: str = "",
    due: int | None,
) -> None:
    row = {"alert": alert, "channel": channel, "attempt": attempt, "state": state}
    row |= {"reason": reason, "due": due, "recorded_at": tables.now()}
    connection.execute(tables.deliveries.insert(), row)


def _attempt(row: Any) -> Attempt:
    due = None if row.due is None else tables.moment(row.due)
    at = tables.moment(row.recorded_at)
    return Attempt(row.alert, row.channel, row.attempt, row.state, row.reason, due, at)


_NAMES = (*Draft.__slots__, "recorded_at")


def _alerts() -> Select[Any]:
    return select(tables.alerts.c.id, *(tables.alerts.c[name] for name in _NAMES))


def _alert(row: Any) -> Alert:
    number, key, article, claim, day, kind, text, alone, at = row
    return Alert(number, key, article, claim, tables.day(day), kind, text, alone, tables.moment(at))
