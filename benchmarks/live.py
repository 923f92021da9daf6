"""A year after publication: 34 claims replayed day by day, and kept in the ledger.

The founding article on real series, as if it had been published a year before their end. Times of
the replay are on the wall, on as many CPUs as there are; beside it stands what it would take to
gather and follow each day anew, timed on three days and scaled. The ledger is a SQLite file.
"""

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

from clock import Row, line, took

from leadline.claim import Article, load_article
from leadline.data.database import Database
from leadline.data.providers.folder import FolderStore
from leadline.data.store import Store
from leadline.live import ledger
from leadline.live.book import Book
from leadline.live.follow import follow

PEERS = ("SQLAlchemy",)
AS_OF = date(2026, 8, 20)
YEAR = 365
SAMPLED = (30, 180, 330)


def rows() -> list[Row]:
    """Give the replay of a year and what the ledger takes, where real series are named."""
    folder = os.environ.get("LEADLINE_TEST_DATA")
    if not folder:
        return [Row("a year of 34 claims", "not measured", "LEADLINE_TEST_DATA names no folder")]
    store, article = FolderStore(folder), _a_year_earlier(load_article("silver-2026"))
    books: list[Book] = []
    replay = took(lambda: books.append(follow(article, store, as_of=AS_OF))).wall
    book = books[0]
    return [
        line(
            f"a year of {len(article.claims)} claims, {len(book.rows):,} rows",
            replay,
            "each day anew",
            lambda: _anew(article, store),
            at_most=60,
        ),
        *_kept(book),
    ]


def _a_year_earlier(article: Article) -> Article:
    first = AS_OF - timedelta(days=YEAR)
    claims = [
        claim.model_copy(update={"first_seen": first, "history_until": first - timedelta(days=1)})
        for claim in article.claims
    ]
    return article.model_copy(update={"first_seen": first, "claims": tuple(claims)})


def _anew(article: Article, store: Store) -> float:
    first = AS_OF - timedelta(days=YEAR)
    taken = [
        took(lambda day=first + timedelta(days=n): follow(article, store, as_of=day)).wall
        for n in SAMPLED
    ]
    return sum(taken) / len(taken) * YEAR


def _kept(book: Book) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, Database.open(str(Path(folder) / "l.db")) as db:
        return [
            line("writing it to the ledger", took(lambda: ledger.write(db, book)).wall),
            line("writing it again, nothing new", took(lambda: ledger.write(db, book)).wall),
            line("reading it back", took(lambda: ledger.read(db, book.article)).wall),
            line("verifying every hash", took(lambda: ledger.verify(db)).wall),
        ]
