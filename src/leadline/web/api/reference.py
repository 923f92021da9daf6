"""What holds for every store: kinds of test, conditions, published lags and calls."""

import inspect
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema

from leadline.calibration import Calibration
from leadline.calibration import published as calibrated
from leadline.data.conditions import Definition, definitions
from leadline.data.duration import DurationText
from leadline.evidence import kinds
from leadline.evidence.base import HypothesisTest
from leadline.live.calls import Row, Totals
from leadline.live.lags import Lag, lags
from leadline.web import published
from leadline.web.api import heard, paging
from leadline.web.api.paging import Asked, Listed
from leadline.web.api.problems import missing
from leadline.web.api.serving import AShelf, Name, reads

router = APIRouter(tags=["methods"])


class KindInShort(BaseModel):
    """A kind of test."""

    kind: str = Field(description="Its name in claim files.", examples=["lag_profile"])
    revision: int = Field(description="Raised by every change that moves its numbers.")
    question: str = Field(description="What it asks, in one sentence.")
    null: str = Field(description="What is so if there is nothing in the claim.")


class KindInFull(KindInShort):
    """A kind of test with its settings."""

    account: str = Field(description="How it works, and by whose method.")
    settings: dict[str, Any] = Field(description="JSON Schema of what a claim file may set.")


class Condition(BaseModel):
    """A series that follows from others."""

    id: str = Field(description="Its name in claim files.", examples=["debasement"])
    title: str = Field(description="What it says.")
    kind: str = Field(description="flag (0 or 1), probability, price, rate or index.")
    unit: str = Field(description="The unit of its values.")
    group: str = Field(description="What it is listed under.")
    needs: tuple[str, ...] = Field(description="What it is made from.")
    rule: str = Field(description="How, with every number in it.")
    source: str = Field(description="Whose definition it is, or why it is as it is.")


class CallsInAll(BaseModel):
    """How the calls came out in all."""

    as_of: date | None = Field(description="The day on which they were settled last, if ever.")
    totals: Totals | None = Field(description="The counts and scores; null where none is settled.")
    summary: str = Field(description="The same in a few sentences.")


@router.get("/kinds", dependencies=[reads()])
def every_kind(
    request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[KindInShort]:
    """List the kinds of test, by name."""
    part = paging.cut(kinds().items(), lambda each: each[0], asked)
    said = (KindInShort(**_kind(*each)) for each in part)
    return paging.page(said, lambda each: (each.kind,), asked, request, response)


@router.get("/kinds/{kind}", dependencies=[reads()])
def one_kind(kind: Name) -> KindInFull:
    """Give a kind of test with its settings."""
    found = kinds().get(kind)
    if found is None:
        raise missing("kind of test", "/api/v1/kinds")
    return KindInFull(
        **_kind(kind, found),
        account=inspect.cleandoc(found.__doc__ or ""),
        settings=found.model_json_schema(schema_generator=_Schema),
    )


@router.get("/conditions", dependencies=[reads()])
def every_condition(
    request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[Condition]:
    """List the conditions and other derived series, by name."""
    part = paging.cut(definitions().values(), lambda each: each.id, asked)
    return paging.page(map(_condition, part), lambda each: (each.id,), asked, request, response)


@router.get("/conditions/{name}", dependencies=[reads()])
def one_condition(name: Name) -> Condition:
    """Give one derived series."""
    found = definitions().get(name)
    if found is None:
        raise missing("condition", "/api/v1/conditions")
    return _condition(found)


@router.get("/lags", tags=["claims"], dependencies=[reads("verdicts", "files")])
def published_lags(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[Lag]:
    """List the lags that claims state, in days, by claim."""
    newest = heard.newest(shelf)
    stated = lags(shelf.articles(), board=published.board(shelf))
    part = paging.cut(stated, lambda each: each.claim, asked)
    said = (
        each.model_copy(update={"history": newest[each.claim].outcome})
        if each.claim in newest
        else each
        for each in part
    )
    return paging.page(said, lambda each: (each.claim,), asked, request, response)


class _Schema(GenerateJsonSchema):
    """Writes the default of a duration as a claim file would."""

    def encode_default(self, dft: Any) -> Any:
        return super().encode_default(str(dft) if isinstance(dft, DurationText) else dft)


@router.get("/calls", tags=["claims"], dependencies=[reads("verdicts")])
def calls(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[Row]:
    """List the calls with a date and how each came out, by claim; odds are fractions."""
    board = published.board(shelf)
    part = paging.cut(() if board is None else board.rows, lambda each: each.claim, asked)
    return paging.page(part, lambda each: (each.claim,), asked, request, response)


@router.get("/calls/totals", tags=["claims"], dependencies=[reads("verdicts")])
def calls_in_all(shelf: AShelf) -> CallsInAll:
    """Say how the calls came out in all, beside their base rates."""
    board = published.board(shelf)
    if board is None:
        return CallsInAll(as_of=None, totals=None, summary="")
    return CallsInAll(as_of=board.as_of, totals=board.totals, summary=board.words())


@router.get("/calibration", dependencies=[reads()])
def calibration() -> Calibration:
    """Give what was measured about the instrument itself: how often it is wrong (fractions)."""
    return calibrated()


def _kind(name: str, found: type[HypothesisTest]) -> dict[str, Any]:
    account = inspect.cleandoc(found.__doc__ or "")
    return {
        "kind": name,
        "revision": found.revision,
        "question": account.partition("\n\n")[0].replace("\n", " "),
        "null": found.null,
    }


def _condition(found: Definition) -> Condition:
    return Condition(
        id=found.id,
        title=found.title,
        kind=found.kind,
        unit=found.unit,
        group=found.group,
        needs=found.needs,
        rule=found.rule,
        source=found.source,
    )
