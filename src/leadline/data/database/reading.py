"""Series out of the store."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from leadline.data.database import tables
from leadline.data.database.engine import Database
from leadline.data.database.imported import IMPORTED, Description, described
from leadline.data.database.parts import MIN_MEDIAN, Part, spliced, with_medians
from leadline.data.provider import Feed, feeds
from leadline.data.series import Basis, Series, SeriesInfo, catalogue, find, is_stale, knows
from leadline.errors import DataError, NotHeldError, did_you_mean

MEDIAN_SERIES = frozenset({"bitcoin", "ether"})
"""Series whose value is the median of all feeds, where enough of them have the period."""

# How a provider's rows are known is the first of these that any of them has: changes of what is
# known by rule are marked first_seen.
_BASES: tuple[Basis, ...] = ("vintage", "source_stamp", "rule", "first_seen")


# Provider, basis, rows, oldest and newest period.
_Counted = tuple[str, str, int, int, int]


@dataclass(frozen=True, slots=True)
class Age:
    """How old a series in the store is.

    Attributes
    ----------
    providers : tuple of str
        Whose rows there are, in order of preference.
    n : int
        Rows of all of them, vintages and changes counted.
    first, last : date
        The oldest and the newest period.
    basis : str
        How it is known when the preferred provider's values became known.
    fetched_at : datetime or None
        When an answer was last taken.
    """

    series: str
    providers: tuple[str, ...]
    n: int
    first: date
    last: date
    basis: Basis
    fetched_at: datetime | None

    def is_stale(self, today: date) -> bool:
        """Whether the newest value is older than the series' kind allows."""
        return is_stale(self.series, self.last, today)


@dataclass(frozen=True, slots=True)
class Revision:
    """A value that took the place of another; NaN is missing at source."""

    provider: str
    period: date
    before: float
    after: float
    known_at: datetime
    basis: Basis
    recorded_at: datetime


class DatabaseStore:
    """The series of a database, each read once.

    Of several providers the first in the order of ``feeds`` that has rows gives the series; a
    later one goes on where it ends, if the two agree. Bitcoin and ether are the median of all
    where three or more have the day. What was imported comes last.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self._read: dict[str, Series] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Give one line."""
        return f"DatabaseStore({self.db!r})"

    def ids(self) -> tuple[str, ...]:
        """Name every series with rows, those of the catalogue first."""
        with self.db.connect() as connection:
            return _ids(connection)

    def series(self, name: str, /) -> Series:
        """Give the series of this id or alias.

        Raises
        ------
        NotHeldError
            Where the store has no value of it.
        DataError
            Where nobody knows a series of this name.
        """
        key = _key(name)
        with self._lock:
            if key not in self._read:
                self._read[key] = self._load(key)
            return self._read[key]

    def ages(self) -> tuple[Age, ...]:
        """Say of every series how old it is."""
        rows, asked = tables.observations.c, tables.fetches.c
        observed = (
            select(
                rows.series,
                rows.provider,
                rows.basis,
                func.count(),
                func.min(rows.period),
                func.max(rows.period),
            )
            .where(rows.value.is_not(None))
            .group_by(rows.series, rows.provider, rows.basis)
        )
        answered = (
            select(asked.series, func.max(asked.fetched_at))
            .where(asked.outcome.in_(("ok", "unchanged")))
            .group_by(asked.series)
        )
        with self.db.connect() as connection:
            ids = _ids(connection)
            held: dict[str, list[_Counted]] = {name: [] for name in ids}
            for series, *found in connection.execute(observed):
                held[series].append(tuple(found))
            moments = {row[0]: row[1] for row in connection.execute(answered)}
        ages = (_age(name, held[name], moments.get(name)) for name in ids)
        return tuple(age for age in ages if age is not None)

    def revisions(self, name: str) -> tuple[Revision, ...]:
        """Give every value that took the place of another, in order of knowledge.

        Raises
        ------
        NotHeldError
            Where the store has no value of the series.
        """
        table = tables.observations.c
        query = (
            select(
                table.provider,
                table.period,
                table.value,
                table.known_at,
                table.basis,
                table.recorded_at,
            )
            .where(table.series == _key(name))
            .order_by(table.provider, table.period, table.known_at)
        )
        with self.db.connect() as connection:
            rows = connection.execute(query).all()
            if not rows:
                raise self._missing(connection, name)
        found = (
            Revision(
                row.provider,
                tables.day(row.period),
                np.nan if before.value is None else before.value,
                np.nan if row.value is None else row.value,
                tables.moment(row.known_at),
                row.basis,
                tables.moment(row.recorded_at),
            )
            for before, row in pairwise(rows)
            if before[:2] == row[:2]
        )
        return tuple(sorted(found, key=lambda each: (each.known_at, each.period)))

    def _load(self, key: str) -> Series:
        with self.db.connect() as connection:
            parts = _parts(connection, key)
            if not parts:
                raise self._missing(connection, key)
            said = described(connection, key) if parts[0].provider == IMPORTED else None
        whole, taken, remarks = spliced(parts)
        # What was imported is likely to be a copy of one of them, and no witness of its own.
        witnesses = [part for part in parts if part.provider != IMPORTED]
        if key in MEDIAN_SERIES and len(witnesses) >= MIN_MEDIAN:
            whole, more = with_medians(whole, witnesses)
            taken, remarks = parts, [*remarks, *more]
        notes, own = ((), ()) if said is None else (said.notes, said.remarks)
        providers = tuple(part.provider for part in taken)
        return Series(
            _info(key, parts[0].provider, said),
            whole.period,
            whole.value,
            whole.known_at,
            _basis(key, taken),
            notes,
            (*own, *remarks),
            () if providers == (IMPORTED,) else providers,
        )

    def _missing(self, connection: Connection, name: str) -> DataError:
        # A name that nobody knows is a slip of the asker, not a gap in the store.
        kind = NotHeldError if knows(name) else DataError
        ids = _ids(connection)
        if not ids:
            return kind(
                f"{self.db.name}: no series {name!r}, for the store is empty. Fetch it, or import "
                "a folder of files."
            )
        hint = did_you_mean(name, ids if knows(name) else (*ids, *catalogue()))
        return kind(f"{self.db.name}: no series {name!r}.{hint} It holds: {', '.join(ids)}.")


def _key(name: str) -> str:
    stem = name.strip().lower()
    return find(stem).id if knows(stem) else stem


def _ids(connection: Connection) -> tuple[str, ...]:
    held = set(connection.execute(select(tables.observations.c.series).distinct()).scalars())
    known = [name for name in catalogue() if name in held]
    return (*known, *sorted(held.difference(known)))


def _preferred(key: str, providers: Iterable[str]) -> list[str]:
    """Put providers in the order of the feeds, imports last, and leave out those that check."""
    ways = feeds().get(key, ())
    rank = {way.provider: number for number, way in reversed(list(enumerate(ways)))}
    checks = {way.provider for way in ways if way.check and _feed(key, way.provider) is None}
    return sorted(
        set(providers) - checks,
        key=lambda name: (name == IMPORTED, rank.get(name, len(ways)), name),
    )


def _feed(key: str, provider: str) -> Feed | None:
    ways = (way for way in feeds().get(key, ()) if way.provider == provider and not way.check)
    return next(ways, None)


def _info(key: str, provider: str, said: Description | None) -> SeriesInfo:
    if knows(key):
        feed = _feed(key, provider)
        return find(key) if feed is None else feed.info(find(key))
    if said is None:
        msg = f"{key!r} comes from a provider that is not installed here: {provider!r}."
        raise DataError(msg)
    return said.info


def _parts(connection: Connection, key: str) -> list[Part]:
    """Give what each provider has, the preferred one first."""
    table = tables.observations.c
    query = (
        select(table.provider, table.period, table.value, table.known_at, table.basis)
        # A value that is missing at its source is no observation, and takes nobody's place.
        .where(table.series == key, table.value.is_not(None))
        .order_by(table.provider)
    )
    found = {
        provider: _part(key, provider, rows)
        for provider, rows in groupby(connection.execute(query).all(), key=itemgetter(0))
    }
    return [found[name] for name in _preferred(key, found)]


def _part(key: str, provider: str, rows: Iterable[Any]) -> Part:
    _, periods, values, moments, bases = zip(*rows, strict=True)
    period = np.array(periods, dtype=np.int64).astype("datetime64[D]")
    value = np.array(values, dtype=np.float64)
    known_at = np.array(moments, dtype=np.int64).astype("datetime64[s]")
    order = np.lexsort((period, known_at))
    feed = _feed(key, provider)
    return Part(
        provider,
        provider if feed is None or feed.title is None else feed.title,
        period[order],
        value[order],
        known_at[order],
        _first_basis(bases),
    )


def _first_basis(bases: Iterable[str]) -> Basis:
    held = set(bases)
    return next(basis for basis in _BASES if basis in held)


def _basis(key: str, parts: Iterable[Part]) -> Basis:
    bases = [part.basis for part in parts]
    # Revised values stamped by a rule spoil what they are put together with.
    spoilt = "rule" in bases and knows(key) and find(key).revised
    return "rule" if spoilt else bases[0]


def _age(name: str, held: list[_Counted], moment: int | None) -> Age | None:
    providers = _preferred(name, {provider for provider, *_ in held})
    if not providers:
        return None
    rows = [row for row in held if row[0] in providers]
    return Age(
        name,
        tuple(providers),
        sum(n for _, _, n, _, _ in rows),
        tables.day(min(first for *_, first, _ in rows)),
        tables.day(max(last for *_, last in rows)),
        _first_basis(basis for provider, basis, *_ in rows if provider == providers[0]),
        None if moment is None else tables.moment(moment),
    )
