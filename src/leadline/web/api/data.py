"""Series and who gave them: how old each is, and its values where they may be passed on."""

from datetime import date, datetime
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from leadline.data.clock import decisions
from leadline.data.database import Age, Database, breakers, consents, tables
from leadline.data.export import kept_back
from leadline.data.provider import Licence, Provider, feeds
from leadline.data.providers import providers as every_provider
from leadline.data.series import Basis, Frequency, Series, find, knows
from leadline.web.api import paging
from leadline.web.api.paging import Asked, Day, Listed
from leadline.web.api.problems import ProblemError, missing
from leadline.web.api.serving import AShelf, Name, reads
from leadline.web.shelf import Shelf

router = APIRouter(tags=["data"])


class SeriesInShort(BaseModel):
    """A series of the store and how old it is."""

    id: str = Field(description="Its name.", examples=["bitcoin"])
    title: str = Field(description="What it is.")
    unit: str = Field(description="The unit of its values.", examples=["USD"])
    frequency: Frequency = Field(description="How often there is a value.")
    licence: str = Field(description="What its owner allows, as far as it has been read.")
    providers: tuple[str, ...] = Field(description="Whose rows there are, the preferred first.")
    n_rows: int = Field(description="Rows held, vintages and changes counted.")
    last: date = Field(description="The newest day that has a value.")
    age_days: int = Field(description="Days from then to today.")
    stale: bool = Field(description="Whether that is older than it should be.")
    basis: Basis = Field(description="How it is known when values became known.")
    fetched_at: datetime | None = Field(description="When an answer was last taken, in UTC.")


class SeriesInFull(SeriesInShort):
    """A series with what is to be said of it."""

    kind: str = Field(description="price, rate (percent), index, count, flag or probability.")
    close: str = Field(description="The instant that a day's value is about.")
    revised: bool = Field(description="Whether its source changes what it has published.")
    stale_after: int = Field(description="Days after which it counts as stale.")
    remark: str = Field(description="What else is to be said of it.")
    notes: tuple[str, ...] = Field(description="What is to be said of the values held.")
    withheld: str | None = Field(
        description="Why its values are not given here; null where they are."
    )


class Value(BaseModel):
    """One value, and since when it could be known."""

    day: date = Field(description="The day that it is about.")
    value: float = Field(description="In the unit of the series.", examples=[90123.5])
    known_at: datetime = Field(description="When it could first be known, in UTC.")


class ValuesAsked(Asked):
    """Which values."""

    since: Day | None = Field(None, description="Of this day or later.")
    until: Day | None = Field(None, description="Of this day or earlier.")
    as_of: Day | None = Field(
        None,
        description="As they were known at the decision of this day, ten minutes after its end.",
    )


class ProviderInShort(BaseModel):
    """Somebody who gives data, and what they allow (as far as it has been read)."""

    id: str = Field(description="Its name.", examples=["fred"])
    title: str = Field(description="What it is.")
    licence: Licence = Field(description="What may be done with its values.")
    credit: str = Field(description="The line to print wherever its values are shown, if any.")
    consent: str = Field(description="What the user must agree to before it is asked, if anything.")
    agreed_at: datetime | None = Field(description="When the user agreed, if that was done.")
    key: str = Field(description="The environment variable that holds the key, if one is needed.")
    hosts: tuple[str, ...] = Field(description="Where it is asked.")
    series: tuple[str, ...] = Field(description="The series that it has.")
    failures: int = Field(description="Failures in a row.")
    left_alone_until: datetime | None = Field(
        description="Until when it is not asked because it failed again and again."
    )


@router.get("/series", dependencies=[reads("data", "today")])
def series(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[SeriesInShort]:
    """List the series that the store holds, by name, with their ages."""
    part = paging.cut(_ages(shelf).values(), lambda each: each.series, asked)
    said = (SeriesInShort(**_in_short(shelf, each)) for each in part)
    return paging.page(said, lambda each: (each.id,), asked, request, response)


@router.get("/series/{name}", dependencies=[reads("data", "today")])
def one(shelf: AShelf, name: Name) -> SeriesInFull:
    """Give a series with what is to be said of it; an alias serves as well as its name."""
    age, held = _age(shelf, name), _series(shelf, name)
    info = held.info
    return SeriesInFull(
        **_in_short(shelf, age),
        kind=info.kind,
        close=info.close,
        revised=info.revised,
        stale_after=info.stale_after,
        remark=info.remark,
        notes=held.notes,
        withheld=kept_back(held) or None,
    )


@router.get("/series/{name}/values", dependencies=[reads("data")])
def values(
    shelf: AShelf,
    name: Name,
    request: Request,
    response: Response,
    asked: Annotated[ValuesAsked, Query()],
) -> Listed[Value]:
    """List a series' values, oldest first: of each day the newest that was known."""
    held = _series(shelf, _age(shelf, name).series)
    reason = kept_back(held)
    if reason:
        raise ProblemError(
            403,
            f"{held.info.id}: {reason}, so its values are not given here. On the machine that "
            f"holds them: leadline data show {held.info.id}.",
        )
    start = paging.after(asked, int)
    found = _values(held, asked, int(start[0]) if start else None)
    return paging.page(found, lambda each: (tables.days(each.day),), asked, request, response)


@router.get("/providers", dependencies=[reads("data", table=tables.consents)])
def providers(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[ProviderInShort]:
    """List who gives data, what they allow, and how they have done of late."""
    agreed = {} if shelf.db is None else dict(consents.listed(shelf.db))
    part = paging.cut(every_provider().values(), lambda each: each.id, asked)
    said = (_provider(shelf.db, each, agreed.get(each.id)) for each in part)
    return paging.page(said, lambda each: (each.id,), asked, request, response)


@router.get("/providers/{name}", dependencies=[reads("data", table=tables.consents)])
def provider(shelf: AShelf, name: Name) -> ProviderInShort:
    """Give one provider."""
    found = every_provider().get(name)
    if found is None:
        raise missing("provider", "/api/v1/providers")
    agreed = {} if shelf.db is None else dict(consents.listed(shelf.db))
    return _provider(shelf.db, found, agreed.get(name))


def _ages(shelf: Shelf) -> dict[str, Age]:
    def read() -> dict[str, Age]:
        store = shelf.store()
        return {} if store is None else {age.series: age for age in store.ages()}

    return shelf.kept("api/ages", ("data",), read)


def _age(shelf: Shelf, name: str) -> Age:
    ages = _ages(shelf)
    key = find(name).id if knows(name) else name
    if key not in ages:
        raise missing("series", "/api/v1/series")
    return ages[key]


def _series(shelf: Shelf, name: str) -> Series:
    def read() -> Series:
        store = shelf.store()
        if store is None:
            raise missing("series", "/api/v1/series")
        return store.series(name)

    return shelf.kept(("api/series", name), ("data",), read)


def _in_short(shelf: Shelf, age: Age) -> dict[str, Any]:
    # What was imported may be of a series that the catalogue lacks.
    info = find(age.series) if knows(age.series) else _series(shelf, age.series).info
    days = (shelf.today() - age.last).days
    return {
        "id": age.series,
        "title": info.title,
        "unit": info.unit,
        "frequency": info.frequency,
        "licence": info.licence,
        "providers": age.providers,
        "n_rows": age.n,
        "last": age.last,
        "age_days": days,
        "stale": days > info.stale_after,
        "basis": age.basis,
        "fetched_at": age.fetched_at,
    }


def _values(held: Series, asked: ValuesAsked, after: int | None) -> list[Value]:
    """Give the newest value of each day from the cursor on, one more than the page takes."""
    known = np.isfinite(held.value)
    if asked.as_of is not None:
        known &= held.known_at <= decisions(np.array([asked.as_of], "datetime64[D]"))[0]
    rows = np.flatnonzero(known)[::-1]
    # Rows are in order of knowledge, so the last row of a day is its newest value.
    period, at = np.unique(held.period[rows], return_index=True)
    day = period.astype("datetime64[D]").astype(np.int64)
    wanted = np.ones(day.size, dtype=bool)
    if asked.since is not None:
        wanted &= day >= tables.days(asked.since)
    if asked.until is not None:
        wanted &= day <= tables.days(asked.until)
    if after is not None:
        wanted &= day > after
    shown = rows[at[wanted]][: asked.limit + 1]
    return [
        Value(
            day=held.period[row].astype("datetime64[D]").astype(object),
            value=float(held.value[row]),
            known_at=tables.moment(int(held.known_at[row].astype("datetime64[s]").astype(int))),
        )
        for row in shown
    ]


def _provider(
    db: Database | None, found: Provider, agreed: consents.Consent | None
) -> ProviderInShort:
    state = breakers.Breaker() if db is None else breakers.state(db, found.id)
    return ProviderInShort(
        id=found.id,
        title=found.title,
        licence=found.terms.licence,
        credit=found.terms.credit,
        consent=found.terms.consent,
        agreed_at=None if agreed is None else agreed.at,
        key=found.key_name,
        hosts=found.hosts,
        series=tuple(
            name for name, ways in feeds().items() if any(way.provider == found.id for way in ways)
        ),
        failures=state.failures,
        left_alone_until=state.open_until,
    )
