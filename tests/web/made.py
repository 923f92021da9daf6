"""Small shelves for tests of pages: a few claims, worded as badly as words can be."""

from datetime import date

from leadline import archive
from leadline.claim import Article, Claim
from leadline.data.database import Database
from leadline.live import ledger
from leadline.web.shelf import Shelf, Sources

NASTY = "<script>alert(1)</script> & \"quoted\" 'so' \u202eright to left\u202c </title> {{ 7*7 }}"
TODAY = date(2026, 8, 22)
NO_QUERY = dict.fromkeys(("outcome", "article", "live", "type", "words", "sort"), "")


def nasty() -> Article:
    """Give an article every text of which would do harm where it is not escaped."""
    said = {"publisher": NASTY, "first_seen": date(2026, 1, 23), "article": "nasty"}
    claims = tuple(
        Claim(
            id=name,
            paraphrase=f"{NASTY} {name}",
            title=NASTY,
            url="https://example.org/?a=1&b='%22",
            type="pattern",
            untestable=f"{NASTY} cannot be tested.",
            **said,
        )
        for name in ("N1", "N2", "N10")
    )
    return Article(
        id="nasty", title=NASTY, publisher=NASTY, first_seen=date(2026, 1, 23), claims=claims
    )


def shelf(folder, *, articles=(), verdicts=(), books=(), today=TODAY, **sources) -> Shelf:
    """Give a shelf on a store of its own, with the files of its articles beside it."""
    files = []
    for article in articles:
        files.append(folder / f"{article.id}.yml")
        files[-1].write_text(article.to_yaml(), encoding="utf-8")
    address = folder / "leadline.db"
    with Database.open(address) as db:
        for verdict in verdicts:
            archive.save(verdict, db)
        for book in books:
            ledger.write(db, book)
    told = Sources(database=str(address), articles=tuple(files), **sources)
    return Shelf(told, today=lambda: today)


def text(printed) -> str:
    """Give the text of what was printed."""
    return printed.body.decode()
