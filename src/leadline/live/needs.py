"""Which series following takes, and which of them a store has."""

from collections.abc import Iterable, Iterator
from datetime import date

from leadline.claim import Article, Claim, article_of
from leadline.data import Store, conditions
from leadline.errors import NotHeldError
from leadline.live import register
from leadline.live.rallies import targets


def series_of(what: Article | Claim) -> tuple[str, ...]:
    """Name the series to fetch: those of a claim, or of an article's claims, watch and odds."""
    if isinstance(what, Claim):
        return conditions.sources(register.series_of(what))[0]
    names = [name for claim in what.claims for name in register.series_of(claim)]
    names += what.watch.series() if what.watch is not None else ()
    names += [name for target in targets(what) for name in target.series()]
    return conditions.sources(dict.fromkeys(names))[0]


def calls_read(articles: Iterable[Article]) -> tuple[str, ...]:
    """Name the series by which the calls of articles are settled."""
    rules = (claim.live for article in articles for claim in article.claims)
    named = (name for rule in rules if rule is not None for name in rule.series())
    return tuple(dict.fromkeys(named))


def settled_by(what: Article | Claim) -> tuple[str, ...]:
    """Name the series by which calls are settled; those of all that is followed where none are.

    Of a claim those of its article, so that both are followed to the same day.
    """
    whole = article_of(what)
    return calls_read([whole]) or series_of(whole)


def published(what: Article | Claim) -> date:
    """Give the day on which the first of the claims appeared."""
    claims = what.claims if isinstance(what, Article) else (what,)
    return min(claim.first_seen for claim in claims)


def held(names: Iterable[str], store: Store) -> Iterator[str]:
    """Name those series that a store has."""
    return (name for name in names if _has(store, name))


def _has(store: Store, name: str) -> bool:
    try:
        store.series(name)
    except NotHeldError:
        return False
    return True
