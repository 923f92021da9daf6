"""What a watcher does every day: fetch, follow, write down what came of it, and be alone at it."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from types import FrameType
from typing import TYPE_CHECKING, Any

from leadline.claim import Article
from leadline.data import Store
from leadline.data.database import Database
from leadline.data.series import knows
from leadline.data.turns import Turns
from leadline.errors import LeadlineError
from leadline.live import ledger
from leadline.live.book import Book
from leadline.live.follow import follow
from leadline.live.ledger import Written
from leadline.live.needs import series_of
from leadline.live.words import freshness_of
from leadline.trial import Progress

if TYPE_CHECKING:
    from leadline.data.fetching import Outcome

BETWEEN = 15
"""Minutes after which what was not taken is sent again."""
_NAME = "watch"


class BusyError(LeadlineError):
    """Another watcher has the store."""


@dataclass(frozen=True)
class Watched:
    """What one run made of one article: its book, and what was new in the ledger."""

    book: Book
    written: Written

    @property
    def stale(self) -> tuple[str, ...]:
        """The series that were too old on the last day."""
        return freshness_of(self.book, self.book.last).stale

    @property
    def missing(self) -> Mapping[str, str]:
        """The claims that could not be followed on the last day, and why."""
        return freshness_of(self.book, self.book.last).missing


def unmeasured(outcomes: "Iterable[Outcome]") -> "tuple[Outcome, ...]":
    """Give the last outcome of each series that no provider gave."""
    outcomes = tuple(each for each in outcomes if not each.check)
    measured = {each.series for each in outcomes if each.measured}
    return tuple({each.series: each for each in outcomes if each.series not in measured}.values())


def fetch(
    articles: Iterable[Article],
    db: Database,
    *,
    progress: "Callable[[Outcome], None] | None" = None,
) -> "tuple[Outcome, ...]":
    """Fetch what the articles read, from providers that need no consent or have it."""
    from leadline.data import fetching

    names = dict.fromkeys(name for article in articles for name in series_of(article))
    # A claim may read what only the user has.
    known = [name for name in names if knows(name)]
    return fetching.fetch(known, db, progress=progress) if known else ()


def once(
    article: Article,
    store: Store,
    db: Database,
    *,
    as_of: date,
    channels: Iterable[str] = (),
    progress: Progress | None = None,
) -> Watched:
    """Follow an article up to a day and write down every day not yet written, in order.

    What the ledger holds stays; a row that would be another one is corrected by a new one. Alerts
    are queued under the names of ``channels``.
    """
    book = follow(article, store, as_of=as_of, progress=progress)
    return Watched(book, ledger.write(db, book, channels=channels))


@contextmanager
def alone(db: Database) -> Iterator[None]:
    """Be the only watcher of a store until the block ends, or until the process dies.

    Raises BusyError where there is another one.
    """
    with (
        closing(Turns(db, threading.Event())) as turns,
        turns.alone(_NAME) as is_mine,
    ):
        if not is_mine:
            msg = f"{db.name}: another watcher is at work on this store. One is enough."
            raise BusyError(msg)
        yield


def daily(job: Callable[[], None], at: time, *, between: Callable[[], None] | None = None) -> None:
    """Run a job at once and then every day at a time (UTC), until SIGTERM or SIGINT.

    ``between`` is run every few minutes besides. One run at a time; of runs that were slept
    through, one is made up for. A LeadlineError is the job's to handle: any exception that leaves
    it is logged, and the next run comes all the same. Raises LeadlineError where APScheduler is
    not installed.
    """
    try:
        from apscheduler.executors.debug import DebugExecutor
        from apscheduler.schedulers import SchedulerNotRunningError
        from apscheduler.schedulers.blocking import BlockingScheduler
        from apscheduler.triggers.cron import CronTrigger
        from apscheduler.triggers.interval import IntervalTrigger
    except ModuleNotFoundError:
        msg = (
            "Watching day after day needs APScheduler: pip install 'leadline[watch]'. "
            "Or let the system's timer run: leadline watch --once."
        )
        raise LeadlineError(msg) from None
    # Jobs run in this very thread, so that a signal ends a run as it would end any command.
    scheduler = BlockingScheduler(timezone=UTC, executors={"default": DebugExecutor()})

    def run(work: Callable[[], None]) -> None:
        with suppress(_Ended):
            work()

    def end() -> None:
        with suppress(SchedulerNotRunningError):
            scheduler.shutdown(wait=False)

    rules: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    every_day = CronTrigger(hour=at.hour, minute=at.minute, timezone=UTC)
    scheduler.add_job(run, every_day, [job], next_run_time=datetime.now(UTC), **rules)
    if between is not None:
        often = IntervalTrigger(minutes=BETWEEN, timezone=UTC)
        scheduler.add_job(run, often, [between], **rules)
    # The scheduler waits until a run is over before it can be shut down, and swallows whatever is
    # raised while it keeps its books about one: a thread of its own ends it in any case.
    with _ended_by_signals(threading.Thread(target=end)):
        try:
            scheduler.start()
        except _Ended:
            end()


class _Ended(BaseException):
    """The watcher was told to end."""


@contextmanager
def _ended_by_signals(ending: threading.Thread) -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        if ending.ident is None:
            ending.start()
        raise _Ended

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
