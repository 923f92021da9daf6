"""One series from one provider: asked for, read, checked and stored, or refused with the reason."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, ParamSpec, TypeVar

import numpy as np
from sqlalchemy import true

import leadline
from leadline.data import checks
from leadline.data.database import Database, Fetched, Held, Stamped, Stored, held, record_all
from leadline.data.database.observations import in_force
from leadline.data.provider import (
    Answer,
    Feed,
    NotMeasuredError,
    Provider,
    Rows,
    Want,
    WireFormatError,
    feeds,
)
from leadline.data.series import Basis, SeriesInfo
from leadline.data.transport import NoAnswerError, Transport
from leadline.data.turns import StoppedError
from leadline.errors import DataError, LeadlineError

Result = Literal["ok", "unchanged", "not_measured", "rejected", "skipped"]
Refusal = Literal["not_measured", "rejected"]
P = ParamSpec("P")
T = TypeVar("T")

_OVERLAP = 30
"""Days before the newest period held that are asked for again, at least: sources correct them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking one provider for one series.

    Attributes
    ----------
    outcome : str
        ok, unchanged, not_measured, rejected, or skipped (it was not asked: the message says why).
    new, changed : int
        Periods not held before, and those with another value than held.
    newest : date or None
        The newest period held from this provider, and its age in days.
    message : str
        Why there is nothing, or what is odd about it.
    check : bool
        Whether the feed only serves to compare.
    """

    series: str
    provider: str
    outcome: Result
    new: int = 0
    changed: int = 0
    newest: date | None = None
    age: int | None = None
    message: str = ""
    check: bool = False
    stale: bool = False

    @property
    def measured(self) -> bool:
        """Whether the provider gave what was asked for."""
        return self.outcome in ("ok", "unchanged")


class _RefusedError(LeadlineError):
    """An answer that is not taken; ``answer`` is the one to blame."""

    def __init__(self, outcome: Refusal, message: str, answer: Answer | None) -> None:
        super().__init__(message)
        self.outcome, self.answer = outcome, answer


@dataclass(slots=True)
class Measurement:
    """One series from one provider at one moment."""

    db: Database
    transport: Transport
    info: SeriesInfo
    feed: Feed
    provider: Provider
    want: Want
    before: Held
    pages: list[tuple[Answer, Stamped | None]] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self) -> Outcome:
        """Ask, read, check and store; whatever goes wrong is the outcome, not an error."""
        try:
            self._read()
        except _RefusedError as error:
            self._refuse(error)
            return self._outcome(error.outcome, str(error))
        except StoppedError as error:
            return self._outcome("not_measured", str(error))
        brought = any(each.new or each.changed for each in self.stored)
        return self._outcome("ok" if brought else "unchanged", "")

    def _read(self) -> None:
        known = self._held(self.provider.id, self.info.id)
        n_read = n_rows = 0
        for answer in self._answers():
            if not answer.request.read:
                self.pages.append((answer, None))
                continue
            stamped = self._stamped(answer)
            self.pages.append((answer, stamped))
            n_read, n_rows = n_read + 1, n_rows + len(stamped.rows)
            if answer.request.vintage is not None and len(stamped.rows):
                # Vintages come in order, so that what is stored of them is whole up to a day.
                known = self._store(known)
        if n_read and not n_rows:
            problem = "answered without a single observation"
            raise self._refusal("not_measured", problem, self.pages[-1][0])
        if self.pages:
            self._store(known)

    def _answers(self) -> Iterator[Answer]:
        """Go through the plan."""
        with closing(self.provider.plan(self.want)) as plan:
            step: Callable[[], Any] = plan.__next__
            while True:
                try:
                    request = _of(self.provider, step)
                except StopIteration:
                    return
                except NoAnswerError as error:
                    raise _RefusedError("not_measured", str(error), error.answer) from error
                except WireFormatError as error:
                    raise _RefusedError("rejected", str(error), error.answer) from error
                except DataError as error:
                    raise self._refusal("not_measured", str(error), None) from error
                try:
                    answer = self.transport.get(self.provider, request)
                except NotMeasuredError as error:
                    step = _later(plan.throw, error)
                else:
                    yield answer
                    step = _later(plan.send, answer)

    def _stamped(self, answer: Answer) -> Stamped:
        try:
            rows = _of(self.provider, self.provider.parse, self.want, answer)
            return Stamped(
                rows, *_of(self.provider, self.provider.known_at, self.want, answer, rows)
            )
        except NotMeasuredError as error:
            raise self._refusal("not_measured", str(error), answer) from error
        except WireFormatError as error:
            raise _RefusedError("rejected", str(error), answer) from error
        except (DataError, ValueError) as error:
            raise self._refusal("rejected", str(error), answer) from error

    def _store(self, known: checks.Values) -> checks.Values:
        """Check and store the pages at hand; give the values now in force."""
        answer, merged = self._merged()
        if merged is not None:
            rows = merged.rows
            newest = _newest(merged)
            problem = (
                checks.implausible(self.info, rows)
                or checks.other_unit(newest, known)
                or checks.broken_identity(self.info.id, newest, self._elsewhere)
            )
            if problem:
                raise self._refusal("rejected", problem, answer)
            known = newest
        if self.transport.stopped:
            raise StoppedError("Stopped.")
        kept = [(self._fetched(page, "ok", ""), None) for page, _ in self.pages]
        answers: list[tuple[Fetched, Stamped | None]] = [*kept[:-1], (kept[-1][0], merged)]
        try:
            # Only the last one brings rows.
            self.stored.append(record_all(self.db, answers)[-1])
        except DataError as error:
            raise self._refusal("rejected", str(error), answer) from error
        if merged is not None:
            self._compare(merged.rows)
        self.pages.clear()
        return known

    def _merged(self) -> tuple[Answer, Stamped | None]:
        """Give the rows of all pages as one, each period once for each vintage."""
        last = self.pages[-1][0]
        parts = [stamped for _, stamped in self.pages if stamped is not None]
        if not parts:
            return last, None
        period = np.concatenate([part.rows.period for part in parts])
        value = np.concatenate([part.rows.value for part in parts])
        known = np.concatenate([part.known_at.astype("datetime64[s]") for part in parts])
        bases: list[Basis] = [part.basis for part in parts]
        basis: Basis = next((each for each in bases if each != "rule"), "rule")
        vintage = known if basis == "vintage" else np.zeros(period.size, dtype=np.int64)
        order = np.lexsort((vintage, period))
        period, value, known, vintage = (each[order] for each in (period, value, known, vintage))
        again = (period[1:] == period[:-1]) & (vintage[1:] == vintage[:-1])
        differ = again & (value[1:] != value[:-1]) & ~(np.isnan(value[1:]) & np.isnan(value[:-1]))
        if differ.any():
            problem = f"two pages tell different values of {period[1:][differ][0]}"
            raise self._refusal("rejected", problem, last)
        once = np.append(True, ~again) if period.size else np.ones(0, dtype=bool)
        return last, Stamped(Rows(period[once], value[once]), known[once], basis)

    def _compare(self, rows: Rows) -> None:
        """Say what the source no longer sends; the store keeps it."""
        gone = self.stored[-1].vanished
        if gone:
            self.notes.append(f"{gone} periods that are held are no longer sent; they are kept")
        first, last = rows.period.min().item(), rows.period.max().item()
        if self.before.first and self.want.since is None and first > self.before.first:
            self.notes.append(
                f"the source now begins on {first}; what is held from {self.before.first} is kept"
            )
        if self.before.last and last < self.before.last:
            self.notes.append(f"the source now ends on {last}; {self.before.last} was held already")

    def _held(self, provider: str, series: str) -> checks.Values:
        with self.db.connect() as connection:
            period, value, _ = in_force(connection, series, provider, true())
        return period.astype("datetime64[D]"), value

    def _elsewhere(self, series: str) -> checks.Values:
        """Give another series from the first provider whose rows are held."""
        for feed in feeds().get(series, ()):
            found = self._held(feed.provider, series)
            if found[0].size:
                return found
        return np.empty(0, "datetime64[D]"), np.empty(0)

    def _refusal(self, outcome: Refusal, problem: str, answer: Answer | None) -> _RefusedError:
        if answer is None or problem.startswith(f"{self.provider.id}:"):
            message = problem if problem.endswith(".") else f"{problem}."
            return _RefusedError(outcome, message, answer)
        error = WireFormatError(self.provider.id, answer, f"{self.info.id}: {problem}")
        return _RefusedError(outcome, str(error), answer)

    def _refuse(self, error: _RefusedError) -> None:
        """Keep what was refused, byte for byte, and none of its rows."""
        pages = [page for page, _ in self.pages]
        if error.answer is not None and not any(page is error.answer for page in pages):
            pages.append(error.answer)
        if error.outcome == "not_measured":
            pages = pages[-1:] if error.answer is not None else []
        cause = error.__cause__
        refused = [(self._fetched(page, error.outcome, str(error)), None) for page in pages]
        if not refused and isinstance(cause, NoAnswerError):
            refused = [
                (
                    Fetched(
                        provider=self.provider.id,
                        series=self.info.id,
                        url=cause.url,
                        fetched_at=self.want.now,
                        outcome="not_measured",
                        message=str(error),
                        version=leadline.__version__,
                    ),
                    None,
                )
            ]
        if refused:
            record_all(self.db, refused)

    def _fetched(
        self, answer: Answer, outcome: Literal["ok", "not_measured", "rejected"], message: str
    ) -> Fetched:
        return Fetched(
            provider=self.provider.id,
            series=self.info.id,
            url=answer.url,
            fetched_at=answer.fetched_at,
            outcome=outcome,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            message=message,
            version=leadline.__version__,
            vintage=answer.request.vintage if outcome == "ok" else None,
            covers=self._covered if outcome == "ok" else None,
        )

    @property
    def _covered(self) -> date | None:
        """The first period that was asked for, where the plan is stored as a whole."""
        if any(page.request.vintage is not None for page, _ in self.pages):
            return None
        return self.want.since or date.min

    def _outcome(self, outcome: Result, message: str) -> Outcome:
        return outcome_of(
            self.db,
            self.info,
            self.feed,
            outcome,
            now=self.want.now,
            new=sum(each.new for each in self.stored),
            changed=sum(each.changed for each in self.stored),
            message=" ".join((message, *(f"{note}." for note in self.notes))).strip(),
        )


def wanted(
    info: SeriesInfo, feed: Feed, provider: Provider, before: Held, *, now: datetime, **said: Any
) -> Want:
    """Say what to ask for: what is not held yet, and a stretch before it."""
    since: date | None = said.pop("since", None)
    if since is None and provider.incremental and before.last and not info.revised:
        since = before.last - timedelta(days=max(_OVERLAP, 2 * info.stale_after))
    newest = before.newest_vintage
    return Want(feed.info(info), feed.code, now, since=since, newest_vintage=newest, **said)


def outcome_of(
    db: Database,
    info: SeriesInfo,
    feed: Feed,
    outcome: Result,
    *,
    now: datetime,
    new: int = 0,
    changed: int = 0,
    message: str = "",
) -> Outcome:
    """Give an outcome with the age of what is held, which is said where it is too old."""
    newest = held(db, info.id, feed.provider).last
    age = None if newest is None else (now.astimezone(UTC).date() - newest).days
    stale = age is not None and age > info.stale_after
    if stale and outcome in ("ok", "unchanged"):
        note = f"The newest value is of {newest}, {age} days ago."
        message = f"{message} {note}".strip()
    return Outcome(
        info.id,
        feed.provider,
        outcome,
        new,
        changed,
        newest,
        age,
        message,
        check=feed.check,
        stale=stale,
    )


def _newest(stamped: Stamped) -> checks.Values:
    """Give the rows of the newest vintage, in order of period."""
    rows = stamped.rows
    if stamped.basis != "vintage" or not len(rows):
        return rows.period, rows.value
    last = stamped.known_at == stamped.known_at.max()
    return rows.period[last], rows.value[last]


def _of(provider: Provider, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a provider's own code, whose faults are the provider's and stop nobody else."""
    try:
        return call(*args, **kwargs)
    except (LeadlineError, StopIteration):
        raise
    except Exception as error:
        name = type(error).__name__
        msg = f"{provider.id}: the provider itself is at fault: {name}: {error}"
        raise DataError(msg) from error


def _later(call: Callable[[Any], T], argument: Any) -> Callable[[], T]:
    return lambda: call(argument)
