"""Verdicts, the evidence they rest on, and what there is to be drawn of it."""

import json
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import select, tuple_

from leadline.data.database import Database, tables
from leadline.evidence.base import Evidence
from leadline.evidence.exhibits import Exhibit
from leadline.verdict import Verdict
from leadline.web.api import heard, paging
from leadline.web.api.heard import Heard
from leadline.web.api.paging import Asked, Day, Listed
from leadline.web.api.problems import missing
from leadline.web.api.serving import (
    FOR_EVER,
    AShelf,
    Known,
    Name,
    Seal,
    asked_of,
    matches,
    plain,
    reads,
)
from leadline.web.shelf import Shelf

router = APIRouter(tags=["verdicts"])

_EXHIBIT: TypeAdapter[Exhibit] = TypeAdapter(Exhibit)
_HELD = 16

Place = Annotated[int, Path(description="The place of the test in the trial, from 1.")]


class Drawn(BaseModel):
    """One thing there is to be drawn."""

    name: str = Field(description="Its name within the evidence.", examples=["lag_profile"])
    shape: str = Field(description="The shape of its data.", examples=["curve"])
    title: str = Field(description="Its title.")
    finding: str = Field(description="What it shows, in one sentence.")
    address: str = Field(description="Where its data are.")


class EvidenceAlone(Evidence):
    """What one test found, without what is drawn of it."""

    exhibits: tuple[Exhibit, ...] = Field((), exclude=True)


class Found(BaseModel):
    """What one test of a trial found."""

    place: int = Field(ge=1, description="Its place among the tests, from 1.")
    decides: bool = Field(description="Whether the verdict rests on it: the first one decides.")
    evidence: EvidenceAlone = Field(description="What it found.")
    exhibits: tuple[Drawn, ...] = Field(description="What there is to be drawn of it.")


class VerdictsAsked(Asked):
    """Which verdicts."""

    article: str | None = Field(None, max_length=200, description="On claims of this article.")
    claim: str | None = Field(
        None,
        max_length=400,
        description="On this claim, by its name.",
        examples=["silver-2026/S27"],
    )
    since: Day | None = Field(None, description="With data to this day or later.")
    until: Day | None = Field(None, description="With data to this day or earlier.")


@router.get("/verdicts", dependencies=[reads("verdicts")])
def verdicts(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[VerdictsAsked, Query()]
) -> Listed[Heard]:
    """List verdicts, the newest data first, then the newest trial; earlier wordings included."""
    seals = _seals(shelf, asked)
    found = heard.heard(shelf, seals)
    part = [found[seal] for seal in seals if seal in found]
    return paging.page(part, _key, asked, request, response)


@router.get("/verdicts/{seal}", response_model=Verdict)
def verdict(shelf: AShelf, seal: Seal, known: Known = None) -> Response:
    """Give the sealed document itself, byte for byte as it was sealed."""
    text = _text(shelf, seal)
    headers = {"ETag": f'"{seal}"', "Cache-Control": FOR_EVER}
    if matches(known, f'"{seal}"'):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/json", headers=headers)


@router.get("/verdicts/{seal}/evidence", dependencies=[reads("verdicts")])
def evidence(
    shelf: AShelf,
    seal: Seal,
    request: Request,
    response: Response,
    asked: Annotated[Asked, Query()],
) -> Listed[Found]:
    """List what each test found, the deciding one first."""
    start = paging.after(asked, int)
    skip = 0 if start is None else max(int(start[0]), 0)
    tests = _document(shelf, seal)["evidence"]
    found = [_found(seal, place, tests[place - 1]) for place in range(skip + 1, len(tests) + 1)]
    return paging.page(
        found[: asked.limit + 1], lambda each: (each.place,), asked, request, response
    )


@router.get("/verdicts/{seal}/evidence/{place}/exhibits/{name}", dependencies=[reads("verdicts")])
def exhibit(shelf: AShelf, seal: Seal, place: Place, name: Name) -> Exhibit:
    """Give the data of one thing that is drawn of a test; the units stand on its axes."""
    tests = _document(shelf, seal)["evidence"]
    shown = tests[place - 1]["exhibits"] if 1 <= place <= len(tests) else []
    return _named(shown, name)


@router.get("/verdicts/{seal}/live/exhibits/{name}", dependencies=[reads("verdicts")])
def live_exhibit(shelf: AShelf, seal: Seal, name: Name) -> Exhibit:
    """Give the data of one thing that is drawn of the time after publication."""
    return _named(_document(shelf, seal)["live"]["exhibits"], name)


def _key(each: Heard) -> paging.Key:
    return tables.days(each.as_of), each.made_at, each.seal


def _seals(shelf: Shelf, asked: VerdictsAsked) -> list[str]:
    held = tables.documents.c
    key = (held.as_of, held.made_at, held.seal)
    query = select(held.seal).where(held.kind == "verdict").order_by(*(part.desc() for part in key))
    start = paging.after(asked, int, str, str)
    if start is not None:
        query = query.where(tuple_(*key) < tuple_(*start))
    if asked.article is not None:
        query = query.where(held.claim.in_(_refs(shelf, asked.article)))
    if asked.claim is not None:
        query = query.where(held.claim == plain(asked.claim))
    if asked.since is not None:
        query = query.where(held.as_of >= tables.days(asked.since))
    if asked.until is not None:
        query = query.where(held.as_of <= tables.days(asked.until))
    query = query.limit(asked.limit + 1)
    return asked_of(shelf.db, lambda each: list(each.execute(query).scalars())) or []


def _refs(shelf: Shelf, article: str) -> list[str]:
    found = shelf.article(article)
    return [] if found is None else [claim.ref for claim in found.claims]


def _text(shelf: Shelf, seal: str) -> str:
    text = _sealed(shelf.db, seal) if shelf.db is not None and _is_seal(seal) else None
    if text is None:
        raise missing("verdict", "/api/v1/verdicts")
    return text


def _document(shelf: Shelf, seal: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_text(shelf, seal))
    return found


def _is_seal(seal: str) -> bool:
    return len(seal) == 64 and set(seal) <= set("0123456789abcdef")


@lru_cache(_HELD)
def _sealed(db: Database, seal: str) -> str | None:
    return heard.text_of(db, seal)


def _found(seal: str, place: int, said: dict[str, Any]) -> Found:
    at = f"/api/v1/verdicts/{seal}/evidence/{place}/exhibits"
    drawn = tuple(
        Drawn(
            name=each["name"],
            shape=each["shape"],
            title=each["title"],
            finding=each["finding"],
            address=f"{at}/{each['name']}",
        )
        for each in said["exhibits"]
    )
    alone = EvidenceAlone.model_validate(said | {"exhibits": ()}, extra="ignore")
    return Found(place=place, decides=place == 1, evidence=alone, exhibits=drawn)


def _named(shown: list[dict[str, Any]], name: str) -> Exhibit:
    found = next((each for each in shown if each["name"] == name), None)
    if found is None:
        raise missing("exhibit", "The list of the verdict's evidence")
    return _EXHIBIT.validate_python(found, extra="ignore")
