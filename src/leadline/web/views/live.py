"""What came of articles since they were published, day by day, and the feeds of what changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import leadline
from leadline.claim import Article, library
from leadline.errors import LeadlineError
from leadline.live import alerts, feed
from leadline.live import page as since
from leadline.live import words as said
from leadline.live.book import Book, State
from leadline.live.changes import FINAL, Change, changes
from leadline.live.feed import Site
from leadline.live.page import LogDay
from leadline.report import plain, words
from leadline.report.document import Sheet
from leadline.report.files import Origin
from leadline.web import addresses, downloads, site
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf

ATOM = "application/atom+xml; charset=utf-8"
_READ_BACK = 1000
"""Alerts looked through for corrections and new registrations."""


@dataclass(frozen=True, slots=True)
class Line:
    """How one claim stands, in a line."""

    anchor: str
    says: str
    word: words.Word
    arrow: str
    left: str


@dataclass(frozen=True, slots=True)
class Followed:
    """How one article stands."""

    article: Article
    at: str
    answer: str
    until: date
    age: str
    due: str
    behind: str
    stale: tuple[str, ...]
    lines: tuple[Line, ...]
    changed: LogDay | None


@page("/live", "ledger", "verdicts", "files", "today")
def everything(shelf: Shelf) -> Printed:
    """Print every article that the ledger follows, a line a claim."""
    followed, faults = [], []
    for article in shelf.articles():
        try:
            book = shelf.book(article)
        except LeadlineError as error:
            faults.append(shelf.worded(error))
            continue
        if book is not None:
            followed.append(_followed(book, _recorded(shelf, article), shelf.today()))
    followed.sort(key=lambda each: each.article.first_seen, reverse=True)
    known = {each.article.id for each in followed}
    others = [each for each in library() if each.id not in known] if not faults else []
    sheet = Sheet(
        "followed.html.j2",
        title="Live: what came of it since · Leadline",
        description="How every claim that is followed stands, by what is known since it was made.",
        json_ld=_listed(followed),
        version=leadline.__version__,
        context={"followed": followed, "faults": faults, "others": others},
    )
    return site.printed(sheet, at="/live", feed="/feed.xml", url=shelf.sources.url)


@page("/live/{article}", "ledger", "verdicts", "files", "today")
def one(shelf: Shelf, article: str) -> Printed | None:
    """Print what came of one article."""
    found = shelf.article(article)
    if found is None:
        return None
    book, here = shelf.book(found), f"/live/{article}"
    if book is None:
        return _not_yet(found, here, shelf)
    reports = {
        words.anchor(claim.id): f"{addresses.Place(found, claim).at}#followed"
        for claim in found.claims
    }
    sheet = since.sheet(
        book, reports=reports, recorded=_recorded(shelf, found), today=shelf.today()
    )
    return site.printed(
        sheet,
        at=here,
        files=downloads.links(here),
        feed=f"{here}/feed.xml",
        url=shelf.sources.url,
        crumbs=(("/live", "Live"), (addresses.of_article(found), found.title)),
    )


@page("/live/{article}/feed.xml", "ledger", "verdicts", "files")
def feed_of(shelf: Shelf, article: str) -> Printed | None:
    """Print what changed of one article, as a feed."""
    found = shelf.article(article)
    if found is None:
        return None
    told = () if shelf.db is None else alerts.recent(shelf.db, found.id)
    address = f"/live/{article}/feed.xml"
    text = feed.atom(
        found.id,
        found.title,
        found.first_seen,
        told,
        says=said.sayings(found),
        site=_site(shelf, address, [found]),
    )
    return Printed(text.encode(), ATOM)


@page("/feed.xml", "ledger", "verdicts", "files")
def feed_of_all(shelf: Shelf) -> Printed:
    """Print what changed of all articles, as a feed."""
    articles = shelf.articles()
    told = () if shelf.db is None else alerts.recent(shelf.db)
    sayings: dict[str, str] = {}
    for each in articles:
        sayings |= said.sayings(each)
    text = feed.atom(
        "leadline",
        "Leadline: claims that turned, and corrections",
        min((each.first_seen for each in articles), default=date(2026, 1, 1)),
        told,
        says=sayings,
        site=_site(shelf, "/feed.xml", articles),
    )
    return Printed(text.encode(), ATOM)


@page("/live/{article}/{figure}.{form}", "ledger", "verdicts", "files", query=("dark",))
def download(shelf: Shelf, article: str, figure: str, form: str, dark: str = "") -> Printed | None:
    """Print one file of a figure of a live page."""
    found = shelf.article(article)
    book = None if found is None else shelf.book(found)
    if book is None:
        return None
    drawn = shelf.kept(
        ("live exhibits", article), ("ledger", "files"), lambda: since.exhibits(book)
    )
    return downloads.printed(drawn, figure, form, _origin(book), dark=dark)


def _followed(book: Book, recorded: Sequence[Change], today: date) -> Followed:
    told = since.log((*changes(book, book.article.first_seen, book.last), *recorded))
    data = said.freshness_of(book, book.last)
    return Followed(
        article=book.article,
        at=f"/live/{book.article.id}",
        answer=said.standing(book),
        until=book.last,
        age=_days_ago((today - book.last).days),
        due=words.day(since.due(book)),
        behind=since.behind(book, today),
        stale=tuple(plain.label(name) for name in data.stale),
        lines=tuple(_lines(book)),
        changed=next(told, None),
    )


def _lines(book: Book) -> Iterator[Line]:
    """Tell every claim with a clock: first what is open, then what is settled, then the rest."""
    known = [
        (claim, state)
        for claim in said.followed(book)
        if (state := said.state_of(book, claim.ref, book.last)) is not None
    ]
    for claim, state in sorted(known, key=lambda each: _rank(each[1])):
        left = None if state.day is None or state.of is None else state.of - state.day
        has_mark = state.state != "not_applicable"
        yield Line(
            anchor=words.anchor(claim.id),
            says=claim.paraphrase,
            word=said.word_of(state),
            arrow=said.ARROWS[state.state] if has_mark else "",
            left=f"{left} days left" if left and _rank(state) == 0 else "",
        )


def _rank(state: State) -> int:
    return 2 if state.state == "not_applicable" else int(state.state in FINAL)


def _days_ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def _recorded(shelf: Shelf, article: Article) -> tuple[Change, ...]:
    if shelf.db is None:
        return ()
    told = alerts.recent(shelf.db, article.id, _READ_BACK)
    return tuple(each for each in told if each.what in since.RECORDED)


def _not_yet(article: Article, here: str, shelf: Shelf) -> Printed:
    sheet = Sheet(
        "unfollowed.html.j2",
        title=f"Not followed yet: {article.title} · Leadline",
        description="Nothing has been written down yet of what came of this article.",
        json_ld={"@context": "https://schema.org", "@type": "WebPage", "name": article.title},
        version=leadline.__version__,
        context={"article": article, "whole": addresses.of_article(article)},
    )
    return site.printed(sheet, at=here, url=shelf.sources.url, crumbs=(("/live", "Live"),))


def _site(shelf: Shelf, address: str, articles: Sequence[Article]) -> Site | None:
    """Say where things stand; nothing where nobody knows where the site itself stands."""
    url = shelf.sources.url
    if not url:
        return None
    pages = {each.id: f"{url}/live/{each.id}" for each in articles}
    pages |= {
        claim.ref: f"{url}{addresses.Place(each, claim).at}#followed"
        for each in articles
        for claim in each.claims
    }
    return Site(f"{url}{address}", pages)


def _origin(book: Book) -> Origin:
    """Give what goes with every figure of a live page."""
    data = said.freshness_of(book, book.last)
    frozen = {ref: each.sha256 for ref, each in book.registrations.items()}
    about: Mapping[str, Any] = {
        "article": book.article.id,
        "as_of": book.last.isoformat(),
        "series": list(data.ages),
        "stale": list(data.stale),
        "registrations": frozen,
    }
    says = (
        ("Article", f"{book.article.title}, {book.article.publisher}"),
        ("Published", words.day(book.article.first_seen)),
        ("As known on", words.day(book.last)),
        ("Read from", ", ".join(data.ages)),
        *((f"Registration of {ref}", sha256) for ref, sha256 in frozen.items()),
    )
    return Origin(about, says)


def _listed(followed: Sequence[Followed]) -> Mapping[str, Any]:
    """Describe the list for search engines."""
    items = [
        {"@type": "ListItem", "position": place, "name": each.article.title}
        for place, each in enumerate(followed, 1)
    ]
    return {"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items}
