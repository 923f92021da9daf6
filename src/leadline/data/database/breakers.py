"""Which providers are left alone for a while because they failed again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from leadline.data.database import tables
from leadline.data.database.engine import Database


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a provider has done of late.

    Attributes
    ----------
    failures : int
        Failures in a row.
    open_until : datetime or None
        Until when nothing is asked of it; None where it may be asked.
    status : int or None
        The last status it answered with when it failed.
    """

    failures: int = 0
    open_until: datetime | None = None
    status: int | None = None

    def is_open(self, now: datetime) -> bool:
        """Say whether the provider is to be left alone now."""
        return self.open_until is not None and now < self.open_until


def state(db: Database, provider: str) -> Breaker:
    """Give the breaker of a provider; a closed one where nothing is known."""
    held = tables.breakers
    columns = (held.c.failures, held.c.open_until, held.c.status)
    with db.connect() as connection:
        row = connection.execute(select(*columns).where(held.c.provider == provider)).first()
    if row is None:
        return Breaker()
    return _breaker(*row)


def listed(db: Database) -> Mapping[str, Breaker]:
    """Give the breaker of every provider that has failed of late."""
    held = tables.breakers.c
    query = select(held.provider, held.failures, held.open_until, held.status)
    with db.connect() as connection:
        rows = connection.execute(query.order_by(held.provider)).all()
    return {name: _breaker(*told) for name, *told in rows}


def failed(
    db: Database,
    provider: str,
    *,
    now: datetime,
    status: int | None = None,
    opens_at: int = 3,
    pause: timedelta = timedelta(minutes=30),
) -> Breaker:
    """Count one more failure; from ``opens_at`` in a row on, open the breaker for ``pause``."""
    held = tables.breakers
    with db.begin(provider) as connection:
        so_far = connection.execute(
            select(held.c.failures).where(held.c.provider == provider)
        ).scalar()
        failures = (so_far or 0) + 1
        until = now + pause if failures >= opens_at else None
        row = {
            "failures": failures,
            "open_until": None if until is None else tables.seconds(until),
            "status": status,
            "changed_at": tables.seconds(now),
        }
        if so_far is None:
            connection.execute(held.insert(), row | {"provider": provider})
        else:
            connection.execute(held.update().where(held.c.provider == provider).values(row))
    return Breaker(failures, until, status)


def succeeded(db: Database, provider: str) -> None:
    """Close the breaker: the provider has answered."""
    if state(db, provider) == Breaker():
        return
    held = tables.breakers
    with db.begin(provider) as connection:
        connection.execute(held.delete().where(held.c.provider == provider))


def _breaker(failures: int, open_until: int | None, status: int | None) -> Breaker:
    until = None if open_until is None else tables.moment(open_until)
    return Breaker(failures, until, status)
