"""Articles and claims: what was said, and where each stands."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from leadline.claim import Article, Claim, Trigger
from leadline.live.book import CreditState, State
from leadline.live.entries import row_of
from leadline.verdict import LiveState, Outcome
from leadline.web.api import heard, ledger_rows, paging
from leadline.web.api.heard import Heard
from leadline.web.api.paging import Asked, Listed
from leadline.web.api.problems import missing
from leadline.web.api.serving import ArticleId, AShelf, ClaimId, asked_of, reads
from leadline.web.pages import Topic
from leadline.web.shelf import Shelf

router = APIRouter()

Type = Literal["fact", "driver", "mechanism", "pattern", "conditional", "forecast", "hedge"]


class ArticleInShort(BaseModel):
    """An article and how its claims came out."""

    id: str = Field(description="Its name.", examples=["silver-2026"])
    title: str = Field(description="Its title.")
    publisher: str = Field(description="Who published it.")
    first_seen: date = Field(description="The day it was first seen.", examples=["2026-01-23"])
    url: str | None = Field(description="Where it can be read, if that is known.")
    n_claims: int = Field(description="Claims taken from it.")
    outcomes: dict[Outcome, int] = Field(
        description="How many claims came out how; claims that were not heard count nowhere.",
        examples=[{"supported": 5, "undecidable": 20}],
    )


class ArticleInFull(ArticleInShort):
    """An article with its argument."""

    variants: tuple[str, ...] = Field(description="Other versions of it that were seen.")
    claims: tuple[str, ...] = Field(description="The names of its claims, in its order.")
    supports: dict[str, tuple[str, ...]] = Field(
        description="The argument map: each claim that holds up others, and which.",
        examples=[{"S01": ["S17"]}],
    )
    phases: dict[str, str] = Field(
        description="The phases it tells of, and the series that holds the probability of each."
    )
    triggers: tuple[Trigger, ...] = Field(description="Conditions it names for things to come.")


class Standing(BaseModel):
    """Where a claim stands after publication, on the last day written."""

    day: date = Field(description="The day that was written down.")
    state: LiveState = Field(description="How it stands.")
    credit: CreditState | None = Field(
        description="Whether what came since speaks for the claim; null where nothing is counted."
    )
    since: date = Field(description="Since when it stands so.")
    sentence: str = Field(description="The same in one sentence.")


class ClaimInShort(BaseModel):
    """A claim and how it stands."""

    name: str = Field(description="Its name, article first.", examples=["silver-2026/S27"])
    article: str = Field(description="The article it is shown under.", examples=["silver-2026"])
    id: str = Field(description="Its name within the article.", examples=["S27"])
    paraphrase: str = Field(description="What is claimed, in our words.")
    type: Type = Field(description="What sort of claim it is.")
    publisher: str = Field(description="Who said it.")
    first_seen: date = Field(description="The day it was first seen.")
    url: str | None = Field(description="Where it can be read, if that is known.")
    family: str | None = Field(description="The claims it shares its error rate with.")
    sha256: str = Field(description="Hash of what is claimed; another wording is another claim.")
    tests: tuple[str, ...] = Field(description="The kinds of its tests; the first decides.")
    verdict: Heard | None = Field(
        description="The newest verdict on this wording; null where it was never heard."
    )
    live: Standing | None = Field(
        description="Where it stands since; null where it is not followed."
    )


class ClaimInFull(ClaimInShort):
    """A claim with every setting of its trial."""

    supports: tuple[str, ...] = Field(description="Claims of its article that it holds up.")
    settings: dict[str, Any] = Field(
        description="The whole claim as a claim file would state it, defaults included."
    )


class ClaimsAsked(Asked):
    """Which claims; those that fit all that is given."""

    article: str | None = Field(None, max_length=200, description="Of this article.")
    outcome: Outcome | None = Field(None, description="Whose newest verdict says this.")
    live: LiveState | None = Field(None, description="That stand so after publication.")
    type: Type | None = Field(None, description="Of this sort.")
    text: str | None = Field(
        None,
        max_length=200,
        description="With these letters in name, paraphrase or publisher, whatever their case.",
    )


_TOPICS: tuple[Topic, ...] = ("verdicts", "ledger", "files")


@router.get("/articles", tags=["claims"], dependencies=[reads("verdicts", "files")])
def articles(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[ArticleInShort]:
    """List the articles, by name."""
    found = paging.cut(shelf.articles(), lambda each: each.id, asked)
    said = (ArticleInShort(**_article(shelf, each)) for each in found)
    return paging.page(said, lambda each: (each.id,), asked, request, response)


@router.get("/articles/{article}", tags=["claims"], dependencies=[reads("verdicts", "files")])
def article(shelf: AShelf, article: ArticleId) -> ArticleInFull:
    """Give an article with its argument map."""
    found = article_named(shelf, article)
    watch = found.watch
    return ArticleInFull(
        **_article(shelf, found),
        variants=found.variants,
        claims=tuple(claim.ref for claim in found.claims),
        supports=dict(found.supports),
        phases=dict(watch.phases) if watch else {},
        triggers=watch.triggers if watch else (),
    )


@router.get("/claims", tags=["claims"], dependencies=[reads(*_TOPICS)])
def claims(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[ClaimsAsked, Query()]
) -> Listed[ClaimInShort]:
    """List the claims, by name."""
    found = [each for each in _in_short(shelf).values() if _fits(each, asked)]
    part = paging.cut(found, lambda each: each.name, asked)
    return paging.page(part, lambda each: (each.name,), asked, request, response)


@router.get("/claims/{article}/{claim}", tags=["claims"], dependencies=[reads(*_TOPICS)])
def claim(shelf: AShelf, article: ArticleId, claim: ClaimId) -> ClaimInFull:
    """Give a claim with every setting of its trial."""
    found = claim_named(shelf, article, claim)
    return ClaimInFull(
        **dict(_in_short(shelf)[found.ref]),
        supports=found.supports,
        settings=found.model_dump(mode="json"),
    )


def article_named(shelf: Shelf, name: str) -> Article:
    """Give the article of this name; raise ProblemError where there is none."""
    found = shelf.article(name)
    if found is None:
        raise missing("article", "/api/v1/articles")
    return found


def claim_named(shelf: Shelf, article: str, claim: str) -> Claim:
    """Give the claim of this name; raise ProblemError where there is none."""
    held = article_named(shelf, article).claims
    found = next((each for each in held if each.id == claim), None)
    if found is None:
        raise missing("claim", "/api/v1/claims")
    return found


def _article(shelf: Shelf, article: Article) -> dict[str, Any]:
    newest = heard.newest(shelf)
    came_out = [newest[claim.ref].outcome for claim in article.claims if claim.ref in newest]
    return {
        "id": article.id,
        "title": article.title,
        "publisher": article.publisher,
        "first_seen": article.first_seen,
        "url": article.url,
        "n_claims": len(article.claims),
        "outcomes": {outcome: came_out.count(outcome) for outcome in sorted(set(came_out))},
    }


def _in_short(shelf: Shelf) -> Mapping[str, ClaimInShort]:
    return shelf.kept("api/claims", _TOPICS, lambda: _read_claims(shelf))


def _read_claims(shelf: Shelf) -> Mapping[str, ClaimInShort]:
    stand = shelf.kept("api/standings", ("ledger", "files"), lambda: _standings(shelf))
    unfollowed = shelf.kept("api/heard claims", ("verdicts", "files"), lambda: _heard(shelf))
    return {
        ref: each.model_copy(update={"live": stand[ref]}) if ref in stand else each
        for ref, each in unfollowed.items()
    }


def _heard(shelf: Shelf) -> Mapping[str, ClaimInShort]:
    newest = heard.newest(shelf)
    return {
        claim.ref: ClaimInShort(
            name=claim.ref,
            article=article.id,
            id=claim.id,
            paraphrase=claim.paraphrase,
            type=claim.type,
            publisher=claim.publisher,
            first_seen=claim.first_seen,
            url=claim.url,
            family=claim.family,
            sha256=claim.sha256,
            tests=tuple(test.kind for test in claim.tests),
            verdict=newest.get(claim.ref),
            live=None,
        )
        for article in shelf.articles()
        for claim in article.claims
    }


def _standings(shelf: Shelf) -> Mapping[str, Standing]:
    refs = [claim.ref for article in shelf.articles() for claim in article.claims]
    rows = asked_of(shelf.db, lambda held: ledger_rows.newest(held, refs, "state")) or {}
    return {
        ref: Standing(
            day=row.entry.place.day,
            state=body.state,
            credit=None if body.credit is None else body.credit.state,
            since=body.since,
            sentence=body.sentence,
        )
        for ref, row in rows.items()
        if isinstance(body := row_of(row.entry).body, State)
    }


def _fits(each: ClaimInShort, asked: ClaimsAsked) -> bool:
    stands = each.live.state if each.live else each.verdict.live if each.verdict else None
    outcome = each.verdict.outcome if each.verdict else None
    words = f"{each.name} {each.paraphrase} {each.publisher}".casefold()
    return (
        asked.article in (None, each.article)
        and asked.outcome in (None, outcome)
        and asked.live in (None, stands)
        and asked.type in (None, each.type)
        and (asked.text or "").casefold() in words
    )
