"""What the pages are printed from: the store, read only and no more often than it changes."""

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select

from leadline import archive
from leadline.claim import Article, Claim, as_article, find, from_source, library
from leadline.data.database import Database, DatabaseStore, tables
from leadline.data.store import home
from leadline.errors import ArchiveError, LeadlineError
from leadline.live.book import Book
from leadline.live.reader import Reader
from leadline.verdict import Verdict
from leadline.web.pages import Topic

logger = logging.getLogger(__name__)

Kept = TypeVar("Kept")

MOST_VERDICTS, MOST_KEPT = 512, 1024
"""How many verdicts, and how many other things, are held at a time; the one not asked for longest
makes room."""

_SCAN = "scan.json"

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
        Folders that ``leadline scan --out`` wrote, or that hold such folders.
    url : str
        Where the site stands, without a slash at the end, for addresses that leave it; or "".
    """

    database: str | None = None
    articles: tuple[Path, ...] = ()
    texts: Mapping[str, Path] = field(default_factory=dict)
    scans: tuple[Path, ...] = ()
    url: str = ""


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(slots=True)
class _Place:
    """Where one thing is kept; whoever comes while it is being made waits for it."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    stamp: Stamp | None = None
    held: Any = None


# Of a block within which no shelf takes notice of news, the stamps it began with.
_STEADY: ContextVar[dict[tuple[int, Topic], Stamp] | None] = ContextVar("steady", default=None)


class Shelf:
    """The store as pages need it; each thing is read once and again when its stamp is another.

    It may be used from many threads. ``today`` gives the day it is, of which pages that say how
    old something is read "today".
    """

    def __init__(self, sources: Sources, *, today: Callable[[], date] = _today) -> None:
        self.sources = sources
        self.today = today
        self._lock = threading.RLock()
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()
        self._verdicts: OrderedDict[str, Verdict] = OrderedDict()
        self._readers: dict[str, Reader] = {}
        self._files: dict[Path, Article] = {}
        self._db: Database | None = None

    @property
    def db(self) -> Database | None:
        """The store, opened on first use; None where there is none yet: looking makes none."""
        with self._lock:
            if self._db is None and Database.exists(self.sources.database):
                self._db = Database.open(self.sources.database)
            return self._db

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None
                self._readers.clear()

    def stamp(self, *topics: Topic) -> Stamp:
        """Give a text that changes whenever anything about these topics does."""
        return "/".join(self._stamp(topic) for topic in sorted(topics))

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Take no notice of news within the block, so that all of a page is of one moment."""
        before = _STEADY.set({})
        try:
            yield
        finally:
            _STEADY.reset(before)

    def kept(self, name: Hashable, topics: Sequence[Topic], make: Callable[[], Kept]) -> Kept:
        """Give what ``make`` made, and make it anew where the topics have news since."""
        with self._lock:
            place = self._places.setdefault(name, _Place())
            self._places.move_to_end(name)
            if len(self._places) > MOST_KEPT:
                self._places.popitem(last=False)
        with place.lock:
            stamp = self.stamp(*topics)
            if place.stamp != stamp:
                place.held, place.stamp = make(), stamp
            held: Kept = place.held
            return held

    def _stamp(self, topic: Topic) -> Stamp:
        steady = _STEADY.get()
        if steady is None:
            return _STAMPS[topic](self)
        if (id(self), topic) not in steady:
            steady[id(self), topic] = _STAMPS[topic](self)
        return steady[id(self), topic]

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
        """Give the newest verdict on each claim as ``listed`` does, in the article's order."""
        found = map(self.listed, article.claims)
        return tuple(verdict for verdict in found if verdict is not None)

    def listed(self, claim: Claim) -> Verdict | None:
        """Give the newest verdict on a claim as lists show it.

        One that is damaged or was altered is left out, and its own page says why: it must take
        neither the others nor the lists with it.
        """
        try:
            return self.verdict(claim)
        except ArchiveError as error:
            logger.warning("%s is not shown: %s", claim.ref, error)
            return None

    def verdict(self, claim: Claim) -> Verdict | None:
        """Give the newest verdict on a claim as it is worded now."""
        for seal in reversed(self._seals().get(claim.ref, ())):
            verdict = self.sealed(seal)
            if verdict is not None and verdict.claim.sha256 == claim.sha256:
                return verdict
        return None

    def history(self, ref: str) -> tuple[Verdict, ...]:
        """Give every verdict on a claim, oldest data first, then oldest trial.

        One that is damaged or was altered is left out, and its own page says why.
        """
        found = []
        for seal in self._seals().get(ref, ()):
            try:
                found.append(self.sealed(seal))
            except ArchiveError as error:
                logger.warning("%s is not shown: %s", ref, error)
        return tuple(verdict for verdict in found if verdict is not None)

    def sealed(self, seal: str) -> Verdict | None:
        """Give the verdict with this whole seal; a document never changes, and is read once.

        Raises
        ------
        ArchiveError
            Where it is damaged or was altered since it was sealed.
        """
        with self._lock:
            if seal in self._verdicts:
                self._verdicts.move_to_end(seal)
                return self._verdicts[seal]
        if self.db is None or not _is_there(self.db, seal):
            return None
        verdict = archive.load(seal, self.db)
        with self._lock:
            self._verdicts[seal] = verdict
            if len(self._verdicts) > MOST_VERDICTS:
                self._verdicts.popitem(last=False)
        return verdict

    def book(self, article: Article) -> Book | None:
        """Give what the ledger holds about an article; None where that is nothing."""
        return self.kept(("book", article.id), ("ledger",), lambda: self._book(article))

    def told(self, article: Article) -> Book | None:
        """Give the book of an article as lists need it: None, and a line in the log, where damaged.

        The article's own live page says why; others must not fall with it.
        """
        try:
            return self.book(article)
        except ArchiveError as error:
            logger.warning("What came of %s is not shown: %s", article.id, error)
            return None

    def worded(self, error: Exception) -> str:
        """Give what an error says to readers, who need not know the folders of this machine."""
        named = (*self.sources.articles, *self.sources.texts.values(), *self.sources.scans)
        folders = {home(), Path.cwd(), *(path.resolve().parent for path in named)}
        said = str(error)
        for folder in sorted(map(str, folders), key=len, reverse=True):
            said = said.replace(f"{folder}/", "")
        return said

    def store(self) -> DatabaseStore | None:
        """Give the series of the store."""
        return None if self.db is None else DatabaseStore(self.db)

    def scans(self) -> Mapping[str, Path]:
        """Give the folder of every scan there is, by the name it has in an address."""
        found: dict[str, Path] = {}
        for path in self.sources.scans:
            inside = sorted(each.parent for each in path.glob(f"*/{_SCAN}"))
            for folder in [path] if (path / _SCAN).exists() else inside:
                name, n = folder.resolve().name, 1
                while (own := name if n == 1 else f"{name}-{n}") in found:
                    n += 1
                found[own] = folder
        return found

    def _articles(self) -> tuple[Article, ...]:
        found = {each.id: each for each in library()}
        for path in self.sources.articles:
            named = self._from_file(path)
            found[named.id] = named
        known = {claim.ref for each in found.values() for claim in each.claims}
        lone: dict[str, list[Claim]] = {}
        for ref in sorted(self._seals().keys() - known):
            claim = self._archived(ref)
            if claim is not None:
                lone.setdefault(claim.article or claim.id, []).append(claim)
        for name, claims in lone.items():
            if name not in found:
                first = as_article(claims[0])
                found[name] = first.model_copy(update={"claims": tuple(claims)})
        return tuple(found.values())

    def _from_file(self, path: Path) -> Article:
        """Give the article of a file; one that was broken since is shown as it was."""
        try:
            self._files[path] = as_article(find(path))
        except LeadlineError as error:
            if path not in self._files:
                raise
            logger.warning("Shown as it was before: %s", error)
        return self._files[path]

    def _archived(self, ref: str) -> Claim | None:
        """Give a claim as the newest verdict on it has it; one that cannot be read is left out.

        It is missing from the lists then, rather than they from the site.
        """
        told = self.history(ref)
        try:
            return from_source(told[-1].claim.source) if told else None
        except LeadlineError as error:
            logger.warning("%s is not shown: %s", ref, error)
            return None

    def _seals(self) -> Mapping[str, tuple[str, ...]]:
        """Give, for each claim, the seals of its verdicts: oldest data first, then oldest trial."""
        return self.kept("seals", ("verdicts",), self._read_seals)

    def _read_seals(self) -> Mapping[str, tuple[str, ...]]:
        if self.db is None:
            return {}
        held = tables.documents.c
        query = select(held.claim, held.seal).where(held.kind == "verdict")
        found: dict[str, list[str]] = {}
        with self.db.connect() as connection:
            rows = connection.execute(query.order_by(held.as_of, held.made_at, held.seal))
            for claim, seal in rows:
                found.setdefault(claim, []).append(seal)
        return {claim: tuple(seals) for claim, seals in found.items()}

    def _book(self, article: Article) -> Book | None:
        if self.db is None:
            return None
        reader = self._readers.get(article.id)
        if reader is None or reader.article != article:
            reader = self._readers[article.id] = Reader(self.db, article)
        book = reader.book()
        return book if book.rows else None


def _is_there(db: Database, seal: str) -> bool:
    if re.fullmatch("[0-9a-f]{64}", seal) is None:
        return False
    held = tables.documents.c
    with db.connect() as connection:
        query = select(held.seal).where(held.seal == seal, held.kind == "verdict")
        return connection.execute(query).first() is not None


def _of_rows(*columns: Any, counted: bool = False) -> Callable[[Shelf], Stamp]:
    """Give the stamp of tables whose rows are only added, by a column that grows in each.

    On PostgreSQL a row may come to light after one with a higher number, so they are counted too.
    """

    def stamp(shelf: Shelf) -> Stamp:
        if shelf.db is None:
            return "-"
        said: list[Any] = []
        with shelf.db.connect() as connection:
            counts = counted or connection.dialect.name != "sqlite"
            for column in columns:
                said.append(connection.execute(select(func.max(column))).scalar())
                if counts:
                    n = select(func.count()).select_from(column.table)
                    said.append(connection.execute(n).scalar())
        return ".".join(f"{each or 0}" for each in said)

    return stamp


def _of_files(shelf: Shelf) -> Stamp:
    named = (*shelf.sources.articles, *shelf.sources.texts.values())
    scans = [
        file
        for folder in shelf.scans().values()
        for file in (folder / _SCAN, *sorted(folder.glob("pairs/*/pair.json")))
    ]
    return "".join(f"{path.parent.name}.{_age(path)}." for path in (*named, *scans))


def _age(path: Path) -> str:
    """Say which file this is; whatever is put in its place is another, however old."""
    try:
        told = path.stat()
    except OSError:
        return "-"
    return f"{told.st_mtime_ns:x}-{told.st_size:x}-{told.st_ino:x}"


_STAMPS: Mapping[Topic, Callable[[Shelf], Stamp]] = {
    "verdicts": _of_rows(tables.documents.c.made_at, counted=True),
    "ledger": _of_rows(tables.ledger.c.id),
    "data": _of_rows(tables.fetches.c.id, tables.consents.c.id, tables.breakers.c.changed_at),
    "files": _of_files,
    "today": lambda shelf: shelf.today().isoformat(),
}

TOPICS: tuple[Topic, ...] = tuple(_STAMPS)
"""Everything that a page may be printed from."""
