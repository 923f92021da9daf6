"""How a claim stands on its newest day: by the ledger where it is followed, else by its verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from leadline.claim import Article
from leadline.live import words as said
from leadline.live.book import Book, State
from leadline.live.changes import FINAL
from leadline.live.written import states
from leadline.report import plain, words
from leadline.report.ages import Age, read_by
from leadline.report.views import ClaimView
from leadline.verdict import Verdict
from leadline.web.addresses import Place
from leadline.web.shelf import Shelf

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """How a claim stands.

    Attributes
    ----------
    state : str
        The live state, or the credit of a claim that names no mark to reach.
    word : Word
        The same for readers.
    clock : str
        How far its time has run, such as "day 209 of 365", or "".
    day : date
        The last day that this is about.
    open : bool
        Whether it may still turn; what is settled does not age.
    ages : tuple of Age
        The newest values of the series behind it.
    by_ledger : bool
        Whether the ledger says so, rather than the verdict.
    """

    state: str
    word: words.Word
    clock: str
    day: date
    open: bool
    ages: tuple[Age, ...] = ()
    by_ledger: bool = False

    def stale(self, today: date) -> tuple[str, ...]:
        """Name the series too old for what may still turn; their kinds say how old is too old."""
        return tuple(age.series for age in self.ages if age.is_stale(today)) if self.open else ()

    def tell(self, view: ClaimView) -> None:
        """Have the page of a verdict tell of the days that the ledger came to since."""
        if self.by_ledger:
            view.state = self.word
            until = f"to {words.day(self.day)}"
            view.live_day = f"{self.clock}, {until}" if self.clock else until

    def age(self, today: date) -> int:
        """Count the days since the last one that this is about."""
        return (today - self.day).days


def of(shelf: Shelf, place: Place, verdict: Verdict | None) -> Standing | None:
    """Give how a claim stands; None where it was neither heard nor followed."""
    book = shelf.told(place.article)
    row = None if book is None else _last(book, place.claim.ref)
    ages = () if verdict is None else read_by([verdict])
    if book is not None and row is not None and not _is_newer(verdict, row[0]):
        return _by_ledger(book, *row, ages)
    if verdict is None:
        return None
    live = verdict.live
    return Standing(
        live.state,
        words.LIVE[live.state],
        words.live_day(live),
        verdict.as_of,
        open=live.state not in FINAL | {"not_applicable"},
        ages=ages,
    )


def _last(book: Book, ref: str) -> tuple[date, State] | None:
    now = said.state_of(book, ref, book.last)
    if now is not None:
        return book.last, now
    told = states(book, ref)
    return told[-1] if told else None


def _is_newer(verdict: Verdict | None, day: date) -> bool:
    """Say whether a verdict tells of days that the ledger has not come to."""
    return verdict is not None and verdict.live.state != "not_applicable" and verdict.as_of > day


def _by_ledger(book: Book, day: date, state: State, ages: tuple[Age, ...]) -> Standing:
    by_credit = state.state == "not_applicable" and state.credit is not None
    fresh = said.freshness_of(book, day).ages
    return Standing(
        state.credit.state if by_credit and state.credit is not None else state.state,
        said.word_of(state),
        "" if state.day is None or state.of is None else f"day {state.day} of {state.of}",
        day,
        open=state.state not in FINAL | {"not_applicable"} or by_credit,
        ages=tuple(_newest(age, day, fresh.get(age.series)) for age in ages),
        by_ledger=True,
    )


def _newest(age: Age, day: date, days_old: int | None) -> Age:
    if days_old is None:
        return age
    return replace(age, last=max(age.last, day - timedelta(days=days_old)))


def newest(shelf: Shelf, articles: Iterable[Article]) -> tuple[tuple[str, ...], date | None]:
    """Name the series too old for what may still turn in articles, and the last day told of.

    The day is None where nothing was heard or followed.
    """
    found = [
        stands
        for article in articles
        for claim in article.claims
        if (stands := of(shelf, Place(article, claim), shelf.listed(claim))) is not None
    ]
    stale = dict.fromkeys(name for stands in found for name in stands.stale(shelf.today()))
    return tuple(stale), max((stands.day for stands in found), default=None)


def heard_at(verdict: Verdict) -> datetime:
    """Give when a claim was heard; documents keep that as it was written, in whatever form."""
    try:
        when = datetime.fromisoformat(verdict.made_by.at)
    except ValueError:
        when = datetime.combine(verdict.as_of, time())
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def some(stale: Sequence[str]) -> list[str]:
    """Name a few series, and count the others.

    >>> some(["silver", "dxy"]), some(["silver"] * 9)
    (['silver', 'dollar index'], ['silver', 'silver', 'silver', '6 others'])
    """
    named = [plain.label(name) for name in stale]
    return named if len(named) <= _NAMED + 1 else [*named[:_NAMED], f"{len(named) - _NAMED} others"]
