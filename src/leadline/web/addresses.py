"""Where articles, claims and verdicts stand, and which one stands at an address."""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.claim import Article, Claim
from leadline.web.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Place:
    """A claim within its article."""

    article: Article
    claim: Claim

    @property
    def at(self) -> str:
        """The address of the claim's page."""
        return f"{of_article(self.article)}/{self.claim.id}"


def of_article(article: Article) -> str:
    """Give the address of an article's page."""
    return f"/articles/{article.id}"


def of_verdict(seal: str) -> str:
    """Give the address of a sealed verdict."""
    return f"/verdicts/{seal}"


def places(shelf: Shelf) -> Iterator[Place]:
    """Give every claim there is, article by article."""
    return (Place(article, claim) for article in shelf.articles() for claim in article.claims)


def place(shelf: Shelf, article: str, claim: str) -> Place | None:
    """Give the claim at the address of these two names."""
    found = (each for each in places(shelf) if (each.article.id, each.claim.id) == (article, claim))
    return next(found, None)


def named(shelf: Shelf, ref: str) -> Place | None:
    """Give the claim with this reference, such as ``silver-2026/S27``."""
    return next((each for each in places(shelf) if each.claim.ref == ref), None)
