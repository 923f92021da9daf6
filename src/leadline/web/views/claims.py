"""A claim and an article: what the archive holds of them."""

from leadline.live import pictures
from leadline.report import document
from leadline.web import site
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf


@page("/articles/{article}/{claim}", "verdicts", "ledger", "files")
def claim(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Print the page of a claim."""
    said = shelf.article(article)
    found = None if said is None else next((c for c in said.claims if c.id == claim), None)
    verdict = None if found is None else shelf.verdict(found)
    if said is None or found is None or verdict is None:
        return None
    book = shelf.book(said)
    followed = () if book is None else pictures.of_claim(book, found.ref)
    sheet = document.sheet(verdict, claim=found, whole=f"/articles/{article}", followed=followed)
    return site.printed(sheet, at=f"/articles/{article}/{claim}")
