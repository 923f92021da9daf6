"""What is known of the series that claims rest on: how old each is, from whom, and how it went."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from leadline.data.database import IMPORTED, Age, Kept, breakers, consents
from leadline.data.database.breakers import Breaker
from leadline.data.database.consents import Consent
from leadline.data.database.fetches import last_fetches
from leadline.data.provider import feeds
from leadline.data.providers import provider, providers
from leadline.data.series import Series, catalogue, find, in_force, knows
from leadline.errors import DataError
from leadline.evidence.exhibits import Curve, Line
from leadline.live.needs import series_of
from leadline.report import plain, words
from leadline.report.ages import BASES, in_short
from leadline.web.addresses import Place, places
from leadline.web.shelf import Shelf

MOST_DRAWN = 600
_WIDE_RANGE = 20.0
"""A price that has grown so many times over is drawn on a scale of ratios."""

OUTCOMES: Mapping[str, str] = {
    "ok": "brought news",
    "unchanged": "nothing new",
    "not_measured": "no answer",
    "rejected": "answer refused",
}


@dataclass(frozen=True, slots=True)
class Health:
    """How one series is.

    ``state`` is "fresh", "too old", "not fetched" or "age not known"; ``limit`` is the age in days
    from which it is too old. ``n_claims`` claims read it.
    """

    id: str
    name: str
    title: str
    unit: str
    giver: str
    state: str
    newest: date | None
    days: int | None
    limit: int | None
    basis: str
    asked: datetime | None
    outcome: str
    failed: bool
    licence: str
    n_claims: int


@dataclass(frozen=True, slots=True)
class Source:
    """How one provider is: what it answered last, and whether it may be asked."""

    id: str
    title: str
    n_series: int
    n_held: int
    asked: datetime | None
    outcome: str
    pause: str
    may_ask: str
    licence: str
    credit: str


def healths(shelf: Shelf) -> tuple[Health, ...]:
    """Give every series that the store has or a claim reads, those in want of care first."""
    readers = read_by(shelf)
    held = {age.series: age for age in ages(shelf)}
    asked: dict[str, Kept] = {each.series: each for each in _fetches(shelf)}
    names = dict.fromkeys((*held, *(name for name in catalogue() if name in readers), *readers))
    found = (
        _health(name, held.get(name), asked.get(name), len(readers.get(name, ())), shelf.today())
        for name in names
    )
    order = ("too old", "not fetched", "fresh", "age not known")
    return tuple(sorted(found, key=lambda each: (order.index(each.state), each.name.lower())))


def read_by(shelf: Shelf) -> Mapping[str, tuple[Place, ...]]:
    """Give the claims that read each series, conditions by what they are made of."""
    return shelf.kept("read by", ("verdicts", "files"), lambda: _read_by(places(shelf)))


def sources(shelf: Shelf) -> tuple[Source, ...]:
    """Give every provider that may be asked or gave anything."""
    fetched: dict[str, list[Kept]] = {}
    for each in _fetches(shelf):
        fetched.setdefault(each.provider, []).append(each)
    paused: Mapping[str, Breaker] = {} if shelf.db is None else breakers.listed(shelf.db)
    agreed: Mapping[str, Consent] = {} if shelf.db is None else consents.listed(shelf.db)
    ways: dict[str, set[str]] = {}
    for name, of_series in feeds().items():
        for way in of_series:
            ways.setdefault(way.provider, set()).add(name)
    names = [*providers(), *sorted(set(fetched) - set(providers()))]
    return tuple(
        _source(name, ways.get(name, set()), fetched.get(name, []), paused.get(name), agreed)
        for name in names
    )


def host_of(kept: Kept) -> str:
    """Say where a fetch went, without the path: that of a folder is the server's own business."""
    if kept.provider == IMPORTED:
        return "a folder of files"
    return urlsplit(kept.url).hostname or ""


def picture(series: Series) -> Curve:
    """Draw the newest value of every period, thinned to what a picture can show."""
    period, value, _ = in_force(series)
    kept = np.isfinite(value)
    period, value = period[kept], value[kept]
    at = thinned(value)
    info = series.info
    is_wide = bool(info.kind == "price" and value.min() > 0)
    is_wide = is_wide and bool(value.max() > _WIDE_RANGE * value.min())
    last, first = str(period[-1]), str(period[0])
    note = "" if at.size == value.size else (
        "Of each stretch the lowest and the highest value are drawn."
    )  # fmt: skip
    return Curve(
        name="values",
        title=info.title,
        finding=f"{value.size:,} values from {first} to {last}; the newest is "
        f"{words.number(float(value[-1]), 5)} ({info.unit}).",
        note=note,
        x_label="",
        y_label=info.unit,
        y_format=_format(float(np.abs(value).max())),
        log_y=is_wide,
        lines=(
            Line(
                label=plain.label(info.id),
                x=tuple(str(day) for day in period[at]),
                y=tuple(float(each) for each in value[at]),
            ),
        ),
    )


def _format(largest: float) -> str:
    """Give a number format with about three digits of the largest value."""
    return f",.{0 if largest >= 100 else 2 if largest >= 1 else 4}f"


def thinned(value: NDArray[np.float64], most: int = MOST_DRAWN) -> NDArray[np.intp]:
    """Give at most so many places: of each stretch the lowest and the highest, and both ends."""
    if value.size <= most:
        return np.arange(value.size)
    edges = np.linspace(0, value.size, (most - 2) // 2 + 1).astype(np.intp)
    found = {0, value.size - 1}
    for start, stop in pairwise(edges):
        found |= {
            start + int(np.argmin(value[start:stop])),
            start + int(np.argmax(value[start:stop])),
        }
    return np.array(sorted(found), dtype=np.intp)


def ages(shelf: Shelf) -> tuple[Age, ...]:
    """Give how old each series of the store is."""

    def read() -> tuple[Age, ...]:
        store = shelf.store()
        return () if store is None else store.ages()

    return shelf.kept("ages", ("data",), read)


def _fetches(shelf: Shelf) -> tuple[Kept, ...]:
    db = shelf.db
    return () if db is None else shelf.kept("last fetches", ("data",), lambda: last_fetches(db))


def _read_by(found: Iterable[Place]) -> Mapping[str, tuple[Place, ...]]:
    readers: dict[str, list[Place]] = {}
    for place in found:
        for name in series_of(place.claim):
            key = find(name).id if knows(name) else name
            readers.setdefault(key, []).append(place)
    return {name: tuple(claims) for name, claims in readers.items()}


def _health(name: str, age: Age | None, last: Kept | None, n_claims: int, today: date) -> Health:
    info = find(name) if knows(name) else None
    if age is None:
        state = "not fetched"
    elif info is None:
        state = "age not known"
    else:
        state = "too old" if age.is_stale(today) else "fresh"
    return Health(
        id=name,
        name=words.capital(plain.label(name)),
        title="" if info is None else info.title,
        unit="" if info is None else info.unit,
        giver="" if age is None else _givers(age.providers),
        state=state,
        newest=None if age is None else age.last,
        days=None if age is None else (today - age.last).days,
        limit=None if info is None else info.stale_after,
        basis="" if age is None else BASES[age.basis],
        asked=None if last is None else last.fetched_at,
        outcome="" if last is None else OUTCOMES[last.outcome],
        failed=last is not None and last.outcome in {"not_measured", "rejected"},
        licence="" if info is None else info.licence,
        n_claims=n_claims,
    )


def _givers(names: tuple[str, ...]) -> str:
    return in_short(["files" if name == IMPORTED else name for name in names])


def _source(
    name: str,
    offered: set[str],
    fetched: list[Kept],
    paused: Breaker | None,
    agreed: Mapping[str, Consent],
) -> Source:
    last = max(fetched, key=lambda each: each.fetched_at, default=None)
    until = None if paused is None else paused.open_until
    try:
        terms, title, key = (known := provider(name)).terms, known.title, known.key_name
    except DataError:
        # What was imported, or came from a plug-in that is gone.
        terms, title, key = None, "files of the user", ""
    may_ask = f"with the key {key}" if key else "free to ask"
    if terms is not None and terms.consent:
        may_ask = "agreed to" if name in agreed else "asks for consent first"
    return Source(
        id=name,
        title=title,
        n_series=len(offered),
        n_held=len({each.series for each in fetched}),
        asked=None if last is None else last.fetched_at,
        outcome="" if last is None else OUTCOMES[last.outcome],
        pause="" if until is None else f"{until:%Y-%m-%d %H:%M} UTC",
        may_ask="" if terms is None else may_ask,
        licence="" if terms is None else terms.licence.replace("_", " "),
        credit="" if terms is None else terms.credit,
    )
