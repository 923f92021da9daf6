"""Recording observations: only what is new or changed, in one transaction with its fetch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, func, select

from leadline.data.database import tables
from leadline.data.database.engine import Database
from leadline.data.database.fetches import Fetched, Outcome, insert
from leadline.data.provider import Rows
from leadline.data.series import Basis
from leadline.errors import DataError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stamped:
    """Rows of an answer, and when each could be known: ``Stamped(rows, *provider.known_at(…))``."""

    rows: Rows
    known_at: NDArray[np.datetime64]
    basis: Basis

    def __post_init__(self) -> None:
        """Raise ValueError where a row has no stamp."""
        if self.known_at.shape != self.rows.period.shape or np.isnat(self.known_at).any():
            msg = "each row needs an instant at which it could be known"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Stored:
    """What one answer brought.

    Attributes
    ----------
    new, changed, unchanged : int
        Periods not held before, those with another value than held, and the others.
    vanished : int
        Periods that are held, lie between the first and the last of the answer, and are not in
        it. They stay.
    outcome : str
        As recorded; an ``ok`` that brought nothing is ``unchanged``.
    """

    new: int
    changed: int
    unchanged: int
    vanished: int
    fetch_id: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Held:
    """What the store has of a series from one provider.

    Attributes
    ----------
    n : int
        Rows, vintages and changes counted.
    first, last : date or None
        The oldest and the newest period.
    newest_vintage : date or None
        The newest vintage that was asked for and answered.
    fetched_at : datetime or None
        When an answer was last taken.
    """

    n: int
    first: date | None
    last: date | None
    newest_vintage: date | None
    fetched_at: datetime | None


def record(db: Database, fetched: Fetched, stamped: Stamped | None = None) -> Stored:
    """Keep one fetch and what it changes, all or nothing; see ``record_all``."""
    return record_all(db, [(fetched, stamped)])[0]


def record_all(
    db: Database, answers: Sequence[tuple[Fetched, Stamped | None]]
) -> tuple[Stored, ...]:
    """Keep fetches and what they change, in order, in one transaction.

    A row is stored where its period is new, or where its value is not the one in force: for a
    vintage, the one in force at that vintage; else the last one. A changed value of a series
    without vintages counts as known when it was fetched (first_seen), never earlier; and so does
    a new period that an earlier fetch would have shown, had its rule or stamp been right. Two
    processes that record one answer store it once.

    Raises
    ------
    DataError
        Where a vintage that is not newer than the newest one held says another value: to store
        it, what the later ones left unchanged would have to be compared again.
    """
    locks = {f"{fetched.provider}:{fetched.series}" for fetched, _ in answers}
    with db.begin(*locks) as connection:
        return tuple(_record(connection, fetched, stamped) for fetched, stamped in answers)


def held(db: Database, series: str, provider: str) -> Held:
    """Say what the store has of a series from one provider."""
    rows, asked = tables.observations.c, tables.fetches.c
    observed = select(func.count(), func.min(rows.period), func.max(rows.period)).where(
        rows.series == series, rows.provider == provider
    )
    answered = select(func.max(asked.vintage), func.max(asked.fetched_at)).where(
        asked.series == series,
        asked.provider == provider,
        asked.outcome.in_(("ok", "unchanged")),
    )
    with db.connect() as connection:
        n, first, last = connection.execute(observed).one()
        vintage, at = connection.execute(answered).one()
    first, last, vintage = (None if d is None else tables.day(d) for d in (first, last, vintage))
    return Held(n, first, last, vintage, None if at is None else tables.moment(at))


@dataclass(slots=True)
class _Differences:
    """Rows to store, and what became of the others."""

    period: Ints
    value: Floats
    known_at: Ints
    first_seen: NDArray[np.bool_]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0


def _record(connection: Connection, fetched: Fetched, stamped: Stamped | None) -> Stored:
    if stamped is None or len(stamped.rows) == 0:
        number = insert(connection, fetched, outcome=fetched.outcome, newest_vintage=None)
        return Stored(0, 0, 0, 0, number, fetched.outcome)
    period = stamped.rows.period.astype("datetime64[D]").astype(np.int64)
    known = stamped.known_at.astype("datetime64[s]").astype(np.int64)
    order = np.lexsort((period, known))
    period, known, value = period[order], known[order], stamped.rows.value[order]
    once = _once(fetched, period, known, value)
    period, known, value = period[once], known[once], value[once]
    # Only an import gives a period twice, and then each row is as good as a vintage.
    if stamped.basis == "vintage" or np.unique(period).size < period.size:
        found = _against_vintages(connection, fetched, period, value, known)
        newest_vintage = int(known[-1])
    else:
        found = _against_the_last(connection, fetched, period, value, known)
        newest_vintage = None
    outcome = fetched.outcome
    if outcome == "ok" and not found.period.size:
        outcome = "unchanged"
    number = insert(connection, fetched, outcome=outcome, newest_vintage=newest_vintage)
    _insert(connection, fetched, stamped.basis, found, number)
    return Stored(found.new, found.changed, found.unchanged, found.vanished, number, outcome)


def _once(fetched: Fetched, period: Ints, known: Ints, value: Floats) -> NDArray[np.bool_]:
    """Leave out rows that say again what the one before them says."""
    again = (period[1:] == period[:-1]) & (known[1:] == known[:-1])
    torn = again & _differ(value[1:], value[:-1])
    if torn.any():
        at = int(np.argmax(torn)) + 1
        msg = (
            f"{fetched.provider}: {fetched.series!r}: two values of {tables.day(int(period[at]))} "
            f"are known at {tables.moment(int(known[at])):%Y-%m-%d %H:%M} UTC."
        )
        raise DataError(msg)
    return np.append(True, ~again)


def _insert(
    connection: Connection, fetched: Fetched, basis: Basis, found: _Differences, number: int
) -> None:
    if not found.period.size:
        return
    same = {
        "series": fetched.series,
        "provider": fetched.provider,
        "recorded_at": tables.now(),
        "fetch_id": number,
    }
    # NaN is missing at source, and NULL in the table.
    values = [None if np.isnan(value) else value for value in found.value.tolist()]
    bases = ["first_seen" if seen else basis for seen in found.first_seen.tolist()]
    rows = zip(found.period.tolist(), values, found.known_at.tolist(), bases, strict=True)
    names = ("period", "value", "known_at", "basis")
    connection.execute(
        tables.observations.insert(), [same | dict(zip(names, row, strict=True)) for row in rows]
    )


def _against_the_last(
    connection: Connection, fetched: Fetched, period: Ints, value: Floats, known: Ints
) -> _Differences:
    """Compare with the last row of each period."""
    table = tables.observations.c
    span = table.period.between(int(period.min()), int(period.max()))
    held_period, held_value, held_known = in_force(
        connection, fetched.series, fetched.provider, span
    )
    new, position = _placed(period, held_period)
    changed = ~new
    changed[~new] = _differ(value[~new], held_value[position[~new]])
    stamp = known.copy()
    # Strictly later than what it takes the place of, even if a clock went back.
    stamp[changed] = np.maximum(
        tables.seconds(fetched.fetched_at), held_known[position[changed]] + 1
    )
    late = _late(connection, fetched, period, known, new=new)
    stamp[late] = tables.seconds(fetched.fetched_at)
    keep = new | changed
    return _Differences(
        period[keep],
        value[keep],
        stamp[keep],
        (changed | late)[keep],
        new=int(new.sum()),
        changed=int(changed.sum()),
        unchanged=int((~keep).sum()),
        vanished=held_period.size - int((~new).sum()),
    )


def _late(
    connection: Connection, fetched: Fetched, period: Ints, known: Ints, *, new: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find new periods that were not to be had when, by their stamps, they should have been.

    A shutdown, a bar that comes two days late: an earlier fetch asked for them and got none.
    Periods before the first one held are history that was added, not late.
    """
    late = np.zeros(period.size, dtype=bool)
    if fetched.covers is None or not new.any():
        return late
    table, asked = tables.observations.c, tables.fetches.c
    first = connection.execute(
        select(func.min(table.period)).where(
            table.series == fetched.series, table.provider == fetched.provider
        )
    ).scalar()
    if first is None:
        return late
    query = select(asked.covers, func.max(asked.fetched_at)).where(
        asked.series == fetched.series,
        asked.provider == fetched.provider,
        asked.outcome.in_(("ok", "unchanged")),
        asked.covers.is_not(None),
        asked.fetched_at >= int(known[new].min()),
    )
    for covers, at in connection.execute(query.group_by(asked.covers)):
        late |= new & (period >= max(covers, first)) & (known <= at)
    return late


def _against_vintages(
    connection: Connection, fetched: Fetched, period: Ints, value: Floats, known: Ints
) -> _Differences:
    """Compare each vintage with what was in force at it, the oldest first."""
    table = tables.observations.c
    series, provider = fetched.series, fetched.provider
    vintages, starts = np.unique(known, return_index=True)
    if vintages.size == 1:
        held = in_force(connection, series, provider, table.known_at <= int(vintages[0]))
    else:
        query = select(table.period, table.value, table.known_at).where(
            table.series == series, table.provider == provider
        )
        held = _arrays(connection.execute(query))
    held = _by_knowledge(held)
    state = _State.over(np.union1d(period, held[0]))
    newest = _newest_vintage(connection, series, provider)
    keep = np.zeros(period.size, dtype=bool)
    n_new = n_changed = 0
    for vintage, rows in zip(vintages, np.split(np.arange(period.size), starts[1:]), strict=True):
        state.advance(held, int(vintage))
        new, changed = state.compare(period[rows], value[rows])
        if newest is not None and vintage <= newest and changed.any():
            raise DataError(_too_old(fetched, vintage, newest))
        n_new, n_changed = n_new + int(new.sum()), n_changed + int(changed.sum())
        keep[rows] = new | changed
        state.take(period[rows], value[rows])
    last = np.unique(period[known == vintages[-1]])
    within = state.known & (state.period >= last[0]) & (state.period <= last[-1])
    return _Differences(
        period[keep],
        value[keep],
        known[keep],
        np.zeros(int(keep.sum()), dtype=bool),
        new=n_new,
        changed=n_changed,
        unchanged=int((~keep).sum()),
        vanished=int(within.sum()) - last.size,
    )


@dataclass(slots=True)
class _State:
    """The value in force of each period, as vintages come in."""

    period: Ints
    value: Floats
    known: NDArray[np.bool_]
    n_seen: int = 0

    @classmethod
    def over(cls, periods: Ints) -> "_State":
        return cls(periods, np.full(periods.size, np.nan), np.zeros(periods.size, dtype=bool))

    def advance(self, held: tuple[Ints, Floats, Ints], moment: int) -> None:
        """Take what the store has up to and with a moment."""
        until = int(np.searchsorted(held[2], moment, side="right"))
        self.take(held[0][self.n_seen : until], held[1][self.n_seen : until])
        self.n_seen = until

    def compare(self, period: Ints, value: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Say which periods are new and which have another value."""
        at = np.searchsorted(self.period, period)
        new = ~self.known[at]
        return new, ~new & _differ(value, self.value[at])

    def take(self, period: Ints, value: Floats) -> None:
        at = np.searchsorted(self.period, period)
        self.value[at] = value
        self.known[at] = True


def _newest_vintage(connection: Connection, series: str, provider: str) -> int | None:
    asked = tables.fetches.c
    newest: int | None = connection.execute(
        select(func.max(asked.newest_vintage)).where(
            asked.series == series, asked.provider == provider
        )
    ).scalar()
    return newest


def _too_old(fetched: Fetched, vintage: np.int64, newest: int) -> str:
    at, last = (f"{tables.moment(int(count)):%Y-%m-%d %H:%M}" for count in (vintage, newest))
    return (
        f"{fetched.provider}: {fetched.series!r}: the vintage known at {at} UTC says other values "
        f"than those held, and vintages up to {last} UTC are held already. Only later ones, or "
        "ones before the first, can be added."
    )


def in_force(
    connection: Connection, series: str, provider: str, where: ColumnElement[bool]
) -> tuple[Ints, Floats, Ints]:
    """Give period, value and known_at of the last row of each period, in order of period."""
    table = tables.observations.c
    # One pass over the rows. A join with the newest of each period would be the usual way, but
    # PostgreSQL makes minutes of it as long as it has no statistics of a young table.
    newest = func.row_number().over(partition_by=table.period, order_by=table.known_at.desc())
    ranked = (
        select(table.period, table.value, table.known_at, newest.label("place"))
        .where(table.series == series, table.provider == provider, where)
        .subquery()
    )
    query = select(ranked.c.period, ranked.c.value, ranked.c.known_at).where(ranked.c.place == 1)
    found = _arrays(connection.execute(query))
    order = np.argsort(found[0])
    return found[0][order], found[1][order], found[2][order]


def _arrays(rows: Iterable[Row[Any]]) -> tuple[Ints, Floats, Ints]:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    period, value, known = columns
    # NULL, missing at source, becomes NaN.
    return (
        np.array(period, dtype=np.int64),
        np.array(value, dtype=np.float64),
        np.array(known, dtype=np.int64),
    )


def _by_knowledge(held: tuple[Ints, Floats, Ints]) -> tuple[Ints, Floats, Ints]:
    order = np.lexsort((held[0], held[2]))
    return held[0][order], held[1][order], held[2][order]


def _placed(period: Ints, held: Ints) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Say which periods are not held, and where in ``held`` the others are."""
    if held.size == 0:
        return np.ones(period.size, dtype=bool), np.zeros(period.size, dtype=np.intp)
    position = np.minimum(np.searchsorted(held, period), held.size - 1)
    return held[position] != period, position


def _differ(one: Floats, other: Floats) -> NDArray[np.bool_]:
    return np.not_equal(one, other) & ~(np.isnan(one) & np.isnan(other))
