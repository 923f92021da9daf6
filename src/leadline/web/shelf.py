"""What the pages are printed from: the store, read only and no more often than it changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select

from leadline import archive
from leadline.claim import Article, Claim, article_of, from_source, library
from leadline.data.database import Database, DatabaseStore, documents, tables
from leadline.live import ledger
from leadline.live.book import Book
from leadline.verdict import Verdict
from leadline.web.pages import Topic

Kept = TypeVar("Kept")

Stamp = str
"""Another whenever what it stands for is."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where everything that is shown comes from.

    Attributes
    ----------
    database : str or None
        What ``Database.open`` takes; None is the default store.
    articles : tuple of Path
        Claim files to show beside the library and what the archive holds.
    texts : mapping of str to Path
        For the id of an article, a text that the user supplied, to be read against it.
    scans : tuple of Path
        Folders that ``leadline scan --out`` wrote.
    url : str
        Where the site stands, without a slash at the end, for addresses that leave it; or "".
    """

    database: str | None = None
    articles: tuple[Path, ...] = ()
    texts: Mapping[str, Path] = field(default_factory=dict)
    scans: tuple[Path, ...] = ()
    url: str = ""


class Shelf:
    """The store as pages need it; each thing is read once and again when its stamp is another."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._kept: dict[Any, tuple[Stamp, Any]] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._db: Database | None = None

    @property
    def db(self) -> Database | None:
        """The store, opened on first use; None where there is none yet: looking makes none."""
        if self._db is None and Database.exists(self.sources.database):
            self._db = Database.open(self.sources.database)
        return self._db

    def close(self) -> None:
        """Close the store."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def stamp(self, *topics: Topic) -> Stamp:
        """Give a text that changes whenever anything about these topics does."""
        return "/".join(_STAMPS[topic](self) for topic in sorted(topics))

    def kept(self, name: Any, topics: Sequence[Topic], make: Callable[[], Kept]) -> Kept:
        """Give what ``make`` made, and make it anew where the topics have news since."""
        stamp = self.stamp(*topics)
        held = self._kept.get(name)
        if held is None or held[0] != stamp:
            held = (stamp, make())
            self._kept[name] = held
        return held[1]

    def articles(self) -> tuple[Article, ...]:
        """Give every article there is to show: library, files, and what the archive heard."""
        return self.kept("articles", ("verdicts", "files"), self._articles)

    def article(self, name: str) -> Article | None:
        """Give the article with this id."""
        return next((each for each in self.articles() if each.id == name), None)

    def claim(self, ref: str) -> Claim | None:
        """Give the claim with this reference, such as ``silver-2026/S27``."""
        every = (claim for article in self.articles() for claim in article.claims)
        return next((claim for claim in every if claim.ref == ref), None)

    def verdicts(self, article: Article) -> tuple[Verdict, ...]:
        """Give the newest verdict on each claim as it is worded now, in the article's order."""
        newest = [self.verdict(claim) for claim in article.claims]
        return tuple(verdict for verdict in newest if verdict is not None)

    def verdict(self, claim: Claim) -> Verdict | None:
        """Give the newest verdict on a claim as it is worded now."""
        same = [v for v in self.history(claim.ref) if v.claim.sha256 == claim.sha256]
        return same[-1] if same else None

    def history(self, ref: str) -> tuple[Verdict, ...]:
        """Give every verdict on a claim, oldest data first, then oldest trial."""
        seals = self._seals().get(ref, ())
        found = [verdict for seal in seals if (verdict := self.sealed(seal)) is not None]
        return tuple(sorted(found, key=lambda each: (each.as_of, each.made_by.at)))

    def sealed(self, seal: str) -> Verdict | None:
        """Give the verdict with this whole seal; a document never changes, and is read once."""
        if seal not in self._verdicts:
            if self.db is None or len(documents.starting_with(self.db, seal)) != 1:
                return None
            self._verdicts[seal] = archive.load(seal, self.db)
        return self._verdicts[seal]

    def book(self, article: Article) -> Book | None:
        """Give what the ledger holds about an article; None where that is nothing."""
        return self.kept(("book", article.id), ("ledger",), lambda: self._book(article))

    def store(self) -> DatabaseStore | None:
        """Give the series of the store."""
        return None if self.db is None else DatabaseStore(self.db)

    def _articles(self) -> tuple[Article, ...]:
        from leadline.claim import as_article, find

        found = {each.id: each for each in library()}
        for path in self.sources.articles:
            named = as_article(find(path))
            found[named.id] = named
        for ref in self._seals():
            if not any(claim.ref == ref for each in found.values() for claim in each.claims):
                verdict = self.history(ref)[-1]
                alone = article_of(from_source(verdict.claim.source))
                found.setdefault(alone.id, alone)
        return tuple(found.values())

    def _seals(self) -> Mapping[str, tuple[str, ...]]:
        return self.kept("seals", ("verdicts",), self._read_seals)

    def _read_seals(self) -> Mapping[str, tuple[str, ...]]:
        if self.db is None:
            return {}
        held = tables.documents.c
        query = select(held.claim, held.seal).where(held.kind == "verdict").order_by(held.seal)
        found: dict[str, list[str]] = {}
        with self.db.connect() as connection:
            for claim, seal in connection.execute(query):
                found.setdefault(claim, []).append(seal)
        return {claim: tuple(seals) for claim, seals in found.items()}

    def _book(self, article: Article) -> Book | None:
        if self.db is None:
            return None
        book = ledger.read(self.db, article)
        return book if book.rows else None


def _of_rows(column: Any) -> Callable[[Shelf], Stamp]:
    def stamp(shelf: Shelf) -> Stamp:
        if shelf.db is None:
            return "-"
        with shelf.db.connect() as connection:
            n, last = connection.execute(select(func.count(), func.max(column))).one()
        return f"{n}.{last or 0}"

    return stamp


def _of_files(shelf: Shelf) -> Stamp:
    named = (*shelf.sources.articles, *shelf.sources.texts.values())
    written = [*named, *(folder / "scan.json" for folder in shelf.sources.scans)]
    return "".join(f"{_age(path):x}." for path in written)


def _age(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


_STAMPS: Mapping[Topic, Callable[[Shelf], Stamp]] = {
    "verdicts": _of_rows(tables.documents.c.recorded_at),
    "ledger": _of_rows(tables.ledger.c.id),
    "data": _of_rows(tables.fetches.c.id),
    "files": _of_files,
}
