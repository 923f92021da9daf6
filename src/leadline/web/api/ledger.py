"""The ledger: what was written down each day, what stands, what changed, and what was fixed."""

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from leadline.data.database import tables
from leadline.data.database.ledger import Registered as Kept
from leadline.live.book import Body, Odds, Phase, Registration, Reliability, State
from leadline.live.changes import What as Turned
from leadline.live.entries import registration_of, row_of, subjects_of
from leadline.web.api import ledger_rows, paging
from leadline.web.api.claims import article_named
from leadline.web.api.ledger_rows import Found, Kind, Wanted
from leadline.web.api.paging import Asked, Day, Listed
from leadline.web.api.problems import missing
from leadline.web.api.serving import FOR_EVER, AShelf, asked_of, plain, reads
from leadline.web.shelf import Shelf

router = APIRouter(tags=["after publication"])

Said = TypeVar("Said", bound=BaseModel)

What = Literal[Turned, "digest"]
_WHOLE = (1 << 63) - 1

Number = Annotated[int, Path(description="The number of the row.")]
Hash = Annotated[str, Path(description="The hash of the registration.")]


class LedgerRow(BaseModel, Generic[Said]):
    """One row of the ledger; rows are only added, and what proves wrong is put right by another."""

    id: int = Field(description="Its number; later rows have greater ones.")
    about: str = Field(
        description="The claim or the article that it is about.", examples=["silver-2026/S27"]
    )
    day: date = Field(description="The day it is of, as known ten minutes after that day's end.")
    kind: Kind = Field(description="What sort of thing it says.")
    part: str = Field(description="Tells rows of one kind, day and subject apart; mostly empty.")
    written_at: datetime = Field(description="When it was written, in UTC.")
    corrects: int | None = Field(description="The number of the row that it puts right, if any.")
    corrected_by: int | None = Field(description="The number of the row that puts it right.")
    in_force: bool = Field(description="Whether no later row puts it right.")
    sha256: str = Field(
        description="Hash of the row with that of the row before about the same subject."
    )
    previous: str = Field(description="The hash of that row before; empty for the first.")
    body: Said = Field(description="What was written. Shares and returns are fractions.")


class RowsAsked(Asked):
    """Which rows; those that fit all that is given."""

    article: str | None = Field(
        None, max_length=200, description="About this article and its claims."
    )
    since: Day | None = Field(None, description="Of this day or later.")
    until: Day | None = Field(None, description="Of this day or earlier.")
    after: int = Field(
        0, ge=0, le=_WHOLE, description="With a number above this one: what came since you asked."
    )
    in_force: bool = Field(default=False, description="Only those that no later row puts right.")


class LedgerAsked(RowsAsked):
    """Which rows of the ledger."""

    claim: str | None = Field(None, max_length=400, description="About this claim, by its name.")
    kind: Kind | None = Field(None, description="Of this sort.")


class StatesAsked(Asked):
    """Which states."""

    article: str | None = Field(None, max_length=200, description="Of claims of this article.")
    day: Day | None = Field(
        None, description="As they stood on this day; the last day written by default."
    )


class ChangesAsked(Asked):
    """Which changes."""

    article: str | None = Field(None, max_length=200, description="About this article.")
    claim: str | None = Field(None, max_length=400, description="About this claim, by its name.")
    what: What | None = Field(None, description="Of this sort.")
    since: Day | None = Field(None, description="Of this day or later.")
    until: Day | None = Field(None, description="Of this day or earlier.")
    after: int = Field(
        0, ge=0, le=_WHOLE, description="With a number above this one: what came since you asked."
    )


class Changed(BaseModel):
    """One thing that turned."""

    id: int = Field(description="Its number; later ones have greater numbers.")
    key: str = Field(description="The same wherever this change is told.")
    article: str = Field(description="The article that it belongs to.")
    about: str = Field(description="The claim or the article that it is about.")
    day: date = Field(description="The day on which it turned.")
    what: What = Field(description="What sort of change it is.")
    old: str = Field(description="What it was.")
    new: str = Field(description="What it became.")
    sentence: str = Field(description="The same in one sentence.")
    recorded_at: datetime = Field(description="When it was recorded, in UTC.")


class RegistrationsAsked(Asked):
    """Which registrations."""

    article: str | None = Field(None, max_length=200, description="Of claims of this article.")
    claim: str | None = Field(None, max_length=400, description="Of this claim, by its name.")


class Registered(BaseModel):
    """What was fixed for a claim before any of it came."""

    sha256: str = Field(description="Its hash, by which rows of the ledger name it.")
    claim: str = Field(description="The claim's name.")
    recorded_at: datetime = Field(description="When it was written down, in UTC.")
    registration: Registration = Field(
        description="Prices are in the unit of their series, odds are fractions."
    )


@router.get("/ledger", dependencies=[reads("ledger", "files")])
def ledger(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[LedgerAsked, Query()]
) -> Listed[LedgerRow[Body]]:
    """List rows in the order of their writing, corrections marked."""
    return _listed(shelf, request, response, asked, asked.kind, asked.claim)


@router.get("/ledger/{number}", dependencies=[reads("ledger")])
def row(shelf: AShelf, number: Number) -> LedgerRow[Body]:
    """Give one row of the ledger by its number."""
    if not 0 < number <= _WHOLE:
        raise missing("row", "/api/v1/ledger")
    wanted = Wanted(after=number - 1)
    found = asked_of(shelf.db, lambda held: ledger_rows.rows(held, wanted, 1))
    if not found or found[0].entry.id != number:
        raise missing("row", "/api/v1/ledger")
    return _row(found[0])


@router.get("/states", dependencies=[reads("ledger", "files", "verdicts")])
def states(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[StatesAsked, Query()]
) -> Listed[LedgerRow[State]]:
    """List where each claim that is followed stands: the row in force of the last day written."""
    articles = shelf.articles() if asked.article is None else [article_named(shelf, asked.article)]
    refs = sorted({claim.ref for article in articles for claim in article.claims})
    start = paging.after(asked, str)
    later = [ref for ref in refs if start is None or ref > str(start[0])]

    newest = asked_of(shelf.db, lambda held: ledger_rows.newest(held, later, "state", asked.day))
    found = [newest[ref] for ref in later if ref in newest] if newest else []
    said: list[LedgerRow[State]] = [_row(each) for each in found[: asked.limit + 1]]
    return paging.page(said, lambda each: (each.about,), asked, request, response)


@router.get("/phases", dependencies=[reads("ledger", "files")])
def phases(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[RowsAsked, Query()]
) -> Listed[LedgerRow[Phase]]:
    """List which phase it was each day, with the probability of each (a fraction)."""
    return _listed(shelf, request, response, asked, "phase")


@router.get("/odds", dependencies=[reads("ledger", "files")])
def odds(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[RowsAsked, Query()]
) -> Listed[LedgerRow[Odds]]:
    """List the odds that a rally starts, beside those of any day so far (fractions)."""
    return _listed(shelf, request, response, asked, "odds")


@router.get("/reliability", dependencies=[reads("ledger", "files")])
def reliability(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[RowsAsked, Query()]
) -> Listed[LedgerRow[Reliability]]:
    """List how past odds came out: what was forecast against what happened (fractions)."""
    return _listed(shelf, request, response, asked, "reliability")


@router.get("/changes", dependencies=[reads(table=tables.alerts)])
def changes(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[ChangesAsked, Query()]
) -> Listed[Changed]:
    """List what changed, in the order in which it was recorded."""
    held = tables.alerts.c
    start = paging.after(asked, int)
    floor = max(asked.after, int(start[0]) if start else 0)
    query = select(tables.alerts).where(held.id > floor).order_by(held.id).limit(asked.limit + 1)
    same = {held.article: asked.article, held.claim: asked.claim, held.kind: asked.what}
    for column, value in same.items():
        if value is not None:
            query = query.where(column == plain(value))
    if asked.since is not None:
        query = query.where(held.day >= tables.days(asked.since))
    if asked.until is not None:
        query = query.where(held.day <= tables.days(asked.until))
    rows = asked_of(shelf.db, lambda each: each.execute(query).all()) or []
    return paging.page(map(_changed, rows), lambda each: (each.id,), asked, request, response)


@router.get("/registrations", dependencies=[reads("files", "verdicts", table=tables.registrations)])
def registrations(
    shelf: AShelf,
    request: Request,
    response: Response,
    asked: Annotated[RegistrationsAsked, Query()],
) -> Listed[Registered]:
    """List what was fixed for each claim before any of it came, by hash."""
    held = tables.registrations.c
    query = select(tables.registrations).order_by(held.sha256).limit(asked.limit + 1)
    start = paging.after(asked, str)
    if start is not None:
        query = query.where(held.sha256 > start[0])
    if asked.claim is not None:
        query = query.where(held.claim == plain(asked.claim))
    if asked.article is not None:
        query = query.where(held.claim.in_(_subjects(shelf, asked.article)))
    rows = asked_of(shelf.db, lambda each: each.execute(query).all()) or []
    said = (_registered(row) for row in rows)
    return paging.page(said, lambda each: (each.sha256,), asked, request, response)


@router.get("/registrations/{sha256}")
def registration(shelf: AShelf, response: Response, sha256: Hash) -> Registered:
    """Give one registration by its hash."""
    query = select(tables.registrations).where(tables.registrations.c.sha256 == plain(sha256))
    found = asked_of(shelf.db, lambda each: each.execute(query).first())
    if found is None:
        raise missing("registration", "/api/v1/registrations")
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["ETag"] = f'"{sha256}"'
    return _registered(found)


def _listed(
    shelf: Shelf,
    request: Request,
    response: Response,
    asked: RowsAsked,
    kind: Kind | None,
    claim: str | None = None,
) -> Listed[Any]:
    start = paging.after(asked, int)
    wanted = Wanted(
        _about(shelf, asked.article, claim),
        kind,
        asked.since,
        asked.until,
        max(asked.after, int(start[0]) if start else 0),
        asked.in_force,
    )
    found = asked_of(shelf.db, lambda held: ledger_rows.rows(held, wanted, asked.limit + 1)) or []
    return paging.page(map(_row, found), lambda each: (each.id,), asked, request, response)


def _about(shelf: Shelf, article: str | None, claim: str | None) -> Collection[str] | None:
    if article is None:
        return None if claim is None else (plain(claim),)
    subjects = _subjects(shelf, article)
    return subjects if claim is None else [name for name in subjects if name == claim]


def _subjects(shelf: Shelf, article: str) -> tuple[str, ...]:
    return subjects_of(article_named(shelf, article))


def _row(found: Found) -> LedgerRow[Any]:
    entry = found.entry
    body = row_of(entry).body
    return LedgerRow[Any](
        id=entry.id,
        about=entry.place.claim,
        day=entry.place.day,
        kind=body.kind,
        part=entry.place.about,
        written_at=entry.recorded_at,
        corrects=entry.corrects,
        corrected_by=found.corrected_by,
        in_force=found.corrected_by is None,
        sha256=entry.sha256,
        previous=entry.previous,
        body=body,
    )


def _changed(row: Any) -> Changed:
    said = json.loads(row.text)
    return Changed(
        id=row.id,
        key=row.key,
        article=row.article,
        about=row.claim,
        day=tables.day(row.day),
        what=row.kind,
        old=said["old"],
        new=said["new"],
        sentence=said["sentence"],
        recorded_at=tables.moment(row.recorded_at),
    )


def _registered(row: Any) -> Registered:
    kept = registration_of(Kept(row.sha256, row.claim, row.text))
    return Registered(
        sha256=row.sha256,
        claim=row.claim,
        recorded_at=tables.moment(row.recorded_at),
        registration=kept,
    )
