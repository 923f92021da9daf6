"""The ledger: what was found each day, written once; what proves wrong is put right by a new row.

Every row's hash holds that of the row before about the same claim or article, so that no row can
be changed, taken away or slipped in between unnoticed. What the store keeps of it is in
``leadline.data.database.ledger``.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from leadline.claim import Article
from leadline.data.clock import last_decided
from leadline.data.database import Database, alerts
from leadline.data.database import ledger as kept
from leadline.data.database.ledger import Draft, Entry, Place
from leadline.live.alerts import digest, drafted
from leadline.live.audit import Problem, verify
from leadline.live.book import Book, Row, State
from leadline.live.changes import Change, changes
from leadline.live.entries import digest_of, place_of, row_of, subjects_of
from leadline.live.reader import Reader

__all__ = ["AT_ONCE", "Problem", "Reader", "Written", "read", "verify", "write"]

AT_ONCE = 7
"""Days: what changed is told one by one only where no more than these were caught up."""

_NAMED = 5
# Two machines may differ in the last digits of a number; that is no correction.
_RELATIVE, _ABSOLUTE = 1e-8, 1e-12


@dataclass(frozen=True, slots=True)
class Written:
    """What came new into the ledger.

    Attributes
    ----------
    new, corrections : int
        Rows of days not written before, and rows that put others right.
    changes : tuple of Change
        What changed on the new days, with what was corrected or newly registered; the alerts.
    renewed : tuple of str
        Claims whose registration is another than the one their last row was written under. Those
        rows stay as they are: what is fixed anew says nothing of days already written.
    """

    new: int = 0
    corrections: int = 0
    changes: tuple[Change, ...] = ()
    renewed: tuple[str, ...] = ()


def write(
    db: Database, book: Book, *, channels: Iterable[str] = (), now: datetime | None = None
) -> Written:
    """Write every row of a book that the ledger lacks, and put right those that differ.

    Each day is one transaction, together with its alerts, and the days come in order: whoever is
    killed leaves whole days, and the next one goes on. Of two who write at once each row is
    written by one.

    Parameters
    ----------
    db : Database
        The store.
    book : Book
        Of rows and their corrections in it, those in force are written.
    channels : iterable of str
        The names of the channels for which alerts are queued.
    now : datetime or None
        This moment, by default.

    Raises
    ------
    ValueError
        Where the book has a day whose decision has not been taken.
    AlteredError
        Where what the ledger holds cannot be read.
    """
    if not book.rows:
        return Written()
    _refuse_later_days(book, last_decided(now or datetime.now(UTC)))
    plan = _planned(db, book)
    channels = tuple(channels)
    _register(db, book)
    n_new = n_corrected = 0
    told: list[Change] = []
    for day in plan.days:
        with db.begin(f"ledger/{book.article.id}") as connection:
            drafts = plan.settled(connection, day)
            if drafts:
                plan.append(connection, drafts)
                told += plan.told[day]
                _alert(connection, plan, plan.told[day], channels)
            if day == plan.days[-1]:
                _digest(connection, book, day, channels)
        n_corrected += sum(draft.corrects is not None for draft in drafts)
        n_new += sum(draft.corrects is None for draft in drafts)
    return Written(n_new, n_corrected, tuple(told), plan.renewed)


def read(db: Database, article: Article) -> Book:
    """Give what the ledger holds about an article: every row, corrections behind what they correct.

    Of each claim the registration is the one its last row was written under, or else the last.
    Whoever reads again and again takes a ``Reader``.

    Raises AlteredError where a row or registration cannot be read, or one is gone.
    """
    return Reader(db, article).book()


@dataclass(slots=True)
class _Plan:
    """What is to be written on which day, and what the ledger held when that was settled.

    ``newest`` is the number of the last row then, None once others have been seen writing.
    """

    article: str
    held: Mapping[Place, Entry]
    newest: int | None
    heads: dict[str, str]
    rows: dict[date, list[Row]] = field(default_factory=lambda: defaultdict(list))
    drafts: dict[date, list[Draft]] = field(default_factory=lambda: defaultdict(list))
    told: dict[date, list[Change]] = field(default_factory=lambda: defaultdict(list))
    renewed: tuple[str, ...] = ()
    alone: bool = True

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted(self.rows))

    def settled(self, connection: Connection, day: date) -> list[Draft]:
        """Give the rows to be written, looked at again where others have been writing."""
        if self.newest == kept.newest(connection):
            return self.drafts[day]
        self.newest = None
        subjects = {row.subject for row in self.rows[day]}
        held = kept.in_force(kept.entries(connection, subjects, day))
        self.heads |= kept.heads(connection, subjects)
        drafts = (_draft(row, held.get(place_of(row))) for row in self.rows[day])
        return [draft for draft in drafts if draft is not None]

    def append(self, connection: Connection, drafts: Sequence[Draft]) -> None:
        """Write rows at the ends of their chains."""
        self.heads = kept.append(connection, drafts, self.heads)
        if self.newest is not None:
            self.newest = kept.newest(connection)


def _refuse_later_days(book: Book, decided: date) -> None:
    last = max(row.day for row in book.rows)
    if last > decided:
        msg = f"{book.article.id}: {last} is not decided yet; the last day decided is {decided}."
        raise ValueError(msg)


def _planned(db: Database, book: Book) -> _Plan:
    """Settle what to write, from one state of the ledger."""
    subjects = {*subjects_of(book.article), *(row.subject for row in book.rows)}
    with db.connect() as connection:
        held = kept.in_force(kept.entries(connection, subjects))
        plan = _Plan(
            book.article.id, held, kept.newest(connection), kept.heads(connection, subjects)
        )
    shown, first = list[Row](), set[tuple[str, date]]()
    wrong: list[tuple[Row, Row]] = []
    for row in _in_force(book):
        standing = held.get(place_of(row))
        draft = _draft(row, standing)
        if draft is None:
            shown.append(row if standing is None else _standing(row, standing))
            continue
        shown.append(row)
        plan.rows[row.day].append(row)
        plan.drafts[row.day].append(draft)
        if standing is None:
            first.add((row.subject, row.day))
        else:
            wrong.append((row_of(standing), row))
    if plan.rows:
        _tell(plan, Book(book.article, book.registrations, tuple(shown)), first, wrong)
    return plan


def _tell(
    plan: _Plan, shown: Book, first: set[tuple[str, date]], wrong: Sequence[tuple[Row, Row]]
) -> None:
    """Settle which changes each day's rows bring."""
    plan.alone = len({day for _, day in first}) <= AT_ONCE
    if wrong:
        plan.told[wrong[0][1].day].append(_corrected(plan.article, wrong))
    renewed = _renewed(plan.held, shown, first)
    plan.renewed = tuple(sorted(renewed))
    if renewed:
        day = min(renewed.values())
        plan.told[day].append(_registered_anew(plan.article, day, plan.renewed))
    if first:
        since, until = min(day for _, day in first), max(day for _, day in first)
        for change in changes(shown, since - timedelta(days=1), until):
            if (change.subject, change.day) in first:
                plan.told[change.day].append(change)


def _alert(
    connection: Connection, plan: _Plan, told: Sequence[Change], channels: Sequence[str]
) -> None:
    drafts = [
        replace(
            drafted(plan.article, change, plan.heads.get(change.subject)),
            alone=plan.alone or change.what in {"correction", "registration"},
        )
        for change in told
    ]
    if drafts:
        alerts.record(connection, drafts, channels)


def _digest(connection: Connection, book: Book, day: date, channels: Sequence[str]) -> None:
    """Tell in one alert of whatever is not told one by one."""
    untold = alerts.untold(connection, book.article.id)
    if untold:
        alerts.record(connection, [digest(book.article.id, day, untold)], channels)


def _register(db: Database, book: Book) -> None:
    wanted = [
        kept.Registered(each.sha256, claim, each.text) for claim, each in book.registrations.items()
    ]
    with db.connect() as connection:
        there = {each.sha256 for each in kept.registrations(connection, book.registrations)}
    if all(each.sha256 in there for each in wanted):
        return
    with db.begin("registrations") as connection:
        kept.keep(connection, wanted)


def _draft(row: Row, standing: Entry | None) -> Draft | None:
    """Give what is to be written where ``standing`` is in force; None where nothing is."""
    if standing is None:
        return Draft(place_of(row), row.text)
    if standing.text == row.text:
        return None
    stood = row_of(standing)
    if _is_anew(row, stood) or _same(row, stood):
        return None
    right = row.model_copy(update={"corrects": digest_of(standing)})
    return Draft(place_of(row), right.text, standing.id)


def _standing(row: Row, standing: Entry) -> Row:
    """Give the row in force: the one given, unless another registration's stands."""
    if standing.text == row.text:
        return row
    return row_of(standing).model_copy(update={"corrects": None})


def _is_anew(row: Row, stood: Row) -> bool:
    """Say whether two rows are of different registrations; neither then corrects the other."""
    now, then = row.body, stood.body
    return (
        isinstance(now, State) and isinstance(then, State) and now.registration != then.registration
    )


def _same(row: Row, stood: Row) -> bool:
    return _alike(row.body.model_dump(mode="json"), stood.body.model_dump(mode="json"))


def _alike(one: Any, other: Any) -> bool:
    """Compare JSON values, numbers by all digits that another machine would give."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(_alike, one, other))
        case float(), float():
            return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
        case _:
            return bool(one == other)


def _renewed(
    held: Mapping[Place, Entry], shown: Book, first: set[tuple[str, date]]
) -> dict[str, date]:
    """Give the claims that are written under another registration than before, and from when."""
    last: dict[str, Entry] = {}
    for place, entry in held.items():
        if place.kind == "state" and (
            place.claim not in last or place.day > last[place.claim].place.day
        ):
            last[place.claim] = entry
    found: dict[str, date] = {}
    for row in shown.rows:
        if (row.subject, row.day) in first and row.subject in last and row.subject not in found:
            stood = last[row.subject]
            if row.day > stood.place.day and _is_anew(row, row_of(stood)):
                found[row.subject] = row.day
    return found


def _corrected(article: str, wrong: Sequence[tuple[Row, Row]]) -> Change:
    """Say in one sentence what is put right, and which states are others for it."""
    days = sorted({right.day for _, right in wrong})
    turned = [
        f"{right.subject} on {right.day}: {stood.body.state} -> {right.body.state}"
        for stood, right in wrong
        if isinstance(stood.body, State)
        and isinstance(right.body, State)
        and stood.body.state != right.body.state
    ]
    span = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
    sentence = (
        f"{article}: {len(wrong)} of the rows of {span} put right, for what is known of that time "
        f"is not what it was; {_some(turned) or 'no state is another for it'}."
    )
    key = _key("correction", *(right.text for _, right in wrong), *(s.sha256 for s, _ in wrong))
    old, new = f"{len(wrong)} rows", f"{len(turned)} states changed"
    return Change(
        subject=article,
        day=days[0],
        what="correction",
        old=old,
        new=new,
        sentence=sentence,
        key=key,
    )


def _registered_anew(article: str, day: date, renewed: Sequence[str]) -> Change:
    sentence = (
        f"{article}: what was fixed at publication came out otherwise for {_some(renewed)}; from "
        f"{day} on the new registration is followed, and earlier rows stay under the old one."
    )
    return Change(
        subject=article,
        day=day,
        what="registration",
        old="",
        new=", ".join(renewed),
        sentence=sentence,
        key=_key("registration", article, f"{day}", *renewed),
    )


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _in_force(book: Book) -> Iterator[Row]:
    for day in sorted({row.day for row in book.rows}):
        for row in book.on(day):
            yield row if row.corrects is None else row.model_copy(update={"corrects": None})
