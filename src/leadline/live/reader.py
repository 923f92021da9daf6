"""The ledger of an article, read again and again: only rows that came since are read anew."""

from collections.abc import Mapping, Sequence
from datetime import date
from threading import Lock

from leadline.claim import Article
from leadline.data.database import Database
from leadline.data.database import ledger as kept
from leadline.data.database.ledger import Entry, Registered
from leadline.errors import AlteredError
from leadline.live.book import Book, Registration, Row, State
from leadline.live.entries import registration_of, row_of, subjects_of


class Reader:
    """What the ledger holds about an article, kept between one look and the next.

    Rows are never changed and are written in the order of their numbers, for whoever writes about
    an article keeps the others off; so what came since has higher numbers than what is held. Where
    a chain of hashes does not go on from the row that is held, all is read anew. It may be used
    from many threads.
    """

    def __init__(self, db: Database, article: Article) -> None:
        self.db = db
        self.article = article
        self._subjects = subjects_of(article)
        self._lock = Lock()
        self._frozen: dict[str, Registration] = {}
        self._forget()

    def __repr__(self) -> str:
        """Give one line."""
        return f"Reader({self.article.id}, {len(self._rows):,} rows held)"

    def book(self) -> Book:
        """Give every row, corrections behind what they correct.

        Of each claim the registration is the one its last row was written under, or else the last.

        Raises
        ------
        AlteredError
            Where a row or registration cannot be read, or a row's registration is gone.
        """
        with self._lock:
            with self.db.connect() as connection:
                new = kept.entries(connection, self._subjects, after=self._last)
                if not self._go_on(new):
                    self._forget()
                    new = kept.entries(connection, self._subjects)
                registered = kept.registrations(connection, self._subjects)
            self._take(new)
            return Book(self.article, self._registrations(registered), self._rows)

    def _forget(self) -> None:
        self._last = 0
        self._heads: dict[str, str] = {}
        self._rows: tuple[Row, ...] = ()
        self._under: dict[str, tuple[date, str]] = {}

    def _go_on(self, new: Sequence[Entry]) -> bool:
        """Say whether each chain goes on from its last row that is held."""
        heads = dict(self._heads)
        for entry in new:
            # Of a first look nothing is known; ``verify`` is there to look at whole chains.
            if self._last and entry.previous != heads.get(entry.place.claim, ""):
                return False
            heads[entry.place.claim] = entry.sha256
        return True

    def _take(self, new: Sequence[Entry]) -> None:
        if not new:
            return
        rows = [row_of(entry) for entry in new]
        # Sorting is stable: a row stays before those that correct it.
        self._rows = tuple(sorted((*self._rows, *rows), key=lambda row: row.place))
        self._last = new[-1].id
        self._heads |= {entry.place.claim: entry.sha256 for entry in new}
        for row in rows:
            stood = self._under.get(row.subject)
            if isinstance(row.body, State) and (stood is None or row.day >= stood[0]):
                self._under[row.subject] = row.day, row.body.registration

    def _registrations(self, registered: Sequence[Registered]) -> Mapping[str, Registration]:
        found = {each.sha256: each for each in registered}
        chosen = {each.claim: each for each in registered}
        for subject, (day, sha256) in self._under.items():
            if sha256 not in found:
                msg = (
                    f"{subject} {day}: the registration {sha256[:12]} that its row was written "
                    "under is gone. Run leadline watch --check to see what was altered."
                )
                raise AlteredError(msg)
            chosen[subject] = found[sha256]
        return {claim: self._read(each) for claim, each in chosen.items()}

    def _read(self, each: Registered) -> Registration:
        if each.sha256 not in self._frozen:
            self._frozen[each.sha256] = registration_of(each)
        return self._frozen[each.sha256]
