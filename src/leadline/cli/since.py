"""What came of claims since they were published, as pictures for a report on them."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.claim import Article, Claim, article_of
from leadline.cli.show import Progress
from leadline.evidence.exhibits import Exhibit

if TYPE_CHECKING:
    from leadline.live.book import Book

Pictures = Mapping[str, Sequence[Exhibit]]


def written(what: Article | Claim) -> Pictures:
    """Draw what the ledger of the store holds about an article or a claim, by subject."""
    from leadline.data.database import Database
    from leadline.live import ledger

    # Looking makes no ledger.
    if not Database.exists():
        return {}
    with Database.open() as db:
        book = ledger.read(db, article_of(what))
    return _drawn(book, what) if book.rows else {}


def followed(
    what: Article | Claim, data: Path | None, *, as_of: date | None, tick: Progress | None
) -> Pictures:
    """Follow an article or a claim, and draw it, by subject.

    Raises NotHeldError where the store has none of the series, and LeadlineError where nothing
    was published by then.
    """
    from leadline.cli.live import last_followed, store_of
    from leadline.live.follow import follow
    from leadline.live.needs import series_of

    asked = what.id if isinstance(what, Article) else what.ref
    with store_of(series_of(what), asked, data) as store:
        until = last_followed(what, store, data, as_of)
        return _drawn(follow(what, store, as_of=until, progress=tick), what)


def _drawn(book: "Book", what: Article | Claim) -> Pictures:
    """Draw the claims as they are worded now, and the article where it was asked for."""
    from leadline.live import pictures

    claims = what.claims if isinstance(what, Article) else (what,)
    told = {
        claim.ref: pictures.of_claim(book, claim.ref)
        for claim in claims
        if (found := book.registrations.get(claim.ref)) is not None
        and found.claim_sha256 == claim.sha256
    }
    if isinstance(what, Article):
        told[what.id] = pictures.of_article(book)
    return told
