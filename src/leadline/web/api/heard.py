"""Verdicts in short: what lists need of a sealed document, read once for each."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import select

from leadline import archive
from leadline.claim import Claim
from leadline.data.database import Database, tables
from leadline.verdict import LiveState, Outcome
from leadline.web.api import problems
from leadline.web.shelf import Shelf

MOST_AT_ONCE = 500


class Heard(BaseModel):
    """A verdict in short; its seal leads to the whole."""

    seal: str = Field(
        description="SHA-256 of all that the same claim, data and code must bring out again.",
        examples=["7f3a9c0d" * 8],
    )
    claim: str = Field(description="The claim's name.", examples=["silver-2026/S27"])
    claim_sha256: str = Field(description="Hash of the claim as it was worded then.")
    as_of: date = Field(description="The last day of data that counted.", examples=["2026-08-20"])
    made_at: str = Field(description="When the trial was run, in UTC.")
    outcome: Outcome = Field(description="What the data known before the claim say of it.")
    sentence: str = Field(description="The same in one sentence.")
    live: LiveState = Field(description="How the claim stood after publication, on `as_of`.")
    n_tests: int = Field(description="Tests it was put to.")


def heard(shelf: Shelf, seals: Iterable[str]) -> Mapping[str, Heard]:
    """Give verdicts in short by seal; each document is read once as long as the shelf stands."""
    wanted = tuple(dict.fromkeys(seals))
    held: dict[str, Heard] = shelf.kept("api/heard", (), dict)
    lacking = [seal for seal in wanted if seal not in held]
    for start in range(0, len(lacking), MOST_AT_ONCE):
        part = lacking[start : start + MOST_AT_ONCE]
        held |= {each.seal: each for each in map(_in_short, _texts(shelf.db, part))}
    return {seal: held[seal] for seal in wanted if seal in held}


def newest(shelf: Shelf) -> Mapping[str, Heard]:
    """Give the newest verdict on each claim as it is worded now, by the claim's name."""
    return shelf.kept("api/newest", ("verdicts", "files"), lambda: _newest(shelf))


def text_of(db: Database | None, seal: str) -> str | None:
    """Give the sealed document as it was written.

    Raises ProblemError where it does not bring out its own seal.
    """
    found = next(iter(_texts(db, [seal])), None)
    if found is not None and archive.seal(json.loads(found)) != seal:
        detail = "The document under this seal was changed since it was sealed: it is no evidence."
        raise problems.ProblemError(410, detail)
    return found


def _newest(shelf: Shelf) -> Mapping[str, Heard]:
    claims = {claim.ref: claim for article in shelf.articles() for claim in article.claims}
    found: dict[str, Heard] = {}
    for each in heard(shelf, _seals(shelf.db)).values():
        claim: Claim | None = claims.get(each.claim)
        if claim is not None and claim.sha256 == each.claim_sha256:
            before = found.get(each.claim)
            if before is None or (before.as_of, before.made_at) <= (each.as_of, each.made_at):
                found[each.claim] = each
    return found


def _seals(db: Database | None) -> list[str]:
    if db is None:
        return []
    held = tables.documents.c
    with db.connect() as connection:
        return list(connection.execute(select(held.seal).where(held.kind == "verdict")).scalars())


def _texts(db: Database | None, seals: list[str]) -> list[str]:
    if db is None or not seals:
        return []
    held = tables.documents.c
    query = select(held.text).where(held.seal.in_(seals), held.kind == "verdict")
    with db.connect() as connection:
        return list(connection.execute(query).scalars())


def _in_short(text: str) -> Heard:
    said: dict[str, Any] = json.loads(text)
    return Heard(
        seal=said["seal"],
        claim=said["claim"]["id"],
        claim_sha256=said["claim"]["sha256"],
        as_of=said["as_of"],
        made_at=said["made_by"]["at"],
        outcome=said["history"]["outcome"],
        sentence=said["history"]["sentence"],
        live=said["live"]["state"],
        n_tests=len(said["evidence"]),
    )
