"""Fetching series: from whom, in which order, several hosts at once, one request at a time each."""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from queue import SimpleQueue

from leadline.data import providers
from leadline.data.database import Database, consents, held
from leadline.data.database.reading import MEDIAN_SERIES
from leadline.data.measuring import Measurement, Outcome, Result, outcome_of, wanted
from leadline.data.provider import Feed, Provider, feeds
from leadline.data.series import SeriesInfo, find
from leadline.data.transport import Transport
from leadline.data.turns import StoppedError
from leadline.errors import DataError

__all__ = ["Outcome", "fetch", "refusal"]

AT_ONCE = 12
"""Hosts that are asked at the same time."""

_PATIENCE = 3.0


def fetch(
    names: Iterable[str],
    db: Database,
    *,
    since: date | None = None,
    accept: Collection[str] = (),
    transport: Transport | None = None,
    now: datetime | None = None,
    progress: Callable[[Outcome], None] | None = None,
) -> tuple[Outcome, ...]:
    """Fetch series into the store, each from the first of its feeds that has it.

    A provider that needs consent or a key and has none is skipped, and it is said. Feeds that serve
    to compare are asked as well, and so are all that have Bitcoin or ether; where the newest value
    is stale, the next feed is asked too. What fails stops no other series. A fetch that is killed
    or interrupted leaves what was stored before, and the next one completes it.

    Parameters
    ----------
    names : iterable of str
        Ids or aliases; with none, every series that has a feed.
    since : date or None
        The first period wanted; None for what is not held yet.
    accept : collection of str
        Ids of providers whose terms the user agrees to; this is recorded.
    transport : Transport or None
        None opens one for this run.
    now : datetime or None
        The moment of asking; None takes the transport's clock.
    progress : callable or None
        Told each outcome as it comes.

    Returns
    -------
    tuple of Outcome
        In order of ``names``, one for each feed that was tried.

    Raises
    ------
    DataError
        Where there is no such series or provider, or the store cannot be written.
    """
    wanted_series = [find(name) for name in names] or [find(name) for name in feeds()]
    _accept(db, accept)
    with ExitStack() as stack:
        asked = transport or stack.enter_context(Transport(db))
        run = _Run(db, asked, now or asked.clock(), since, progress or _nobody)
        return run.through(tuple({info.id: info for info in wanted_series}.values()))


def refusal(db: Database, provider: Provider) -> str:
    """Say why a provider may not be asked; nothing where it may."""
    if provider.key_name and not os.environ.get(provider.key_name):
        return f"{provider.id} needs a key of your own: set {provider.key_name}."
    if provider.terms.consent and not consents.given(db, provider.id):
        return (
            f"{provider.id} is asked only after you agreed to its terms: "
            f"leadline fetch --accept {provider.id}."
        )
    return ""


def _accept(db: Database, accept: Collection[str]) -> None:
    for name in accept:
        terms = providers.provider(name).terms
        if terms.consent and not consents.given(db, name):
            consents.give(db, name, terms.consent)


def _nobody(_outcome: Outcome) -> None:
    pass


def _without_feed(info: SeriesInfo) -> Outcome:
    message = f"No provider has {info.id}: bring it by leadline data import."
    return Outcome(info.id, "", "skipped", message=message)


@dataclass(slots=True)
class _Search:
    """The feeds of one series, tried in order."""

    info: SeriesInfo
    feeds: Sequence[Feed]
    outcomes: list[Outcome] = field(default_factory=list)
    n_tried: int = 0
    found: bool = False

    def next(self) -> Feed | None:
        """Give the feed to try next, or None where the search is over."""
        while self.n_tried < len(self.feeds):
            feed = self.feeds[self.n_tried]
            self.n_tried += 1
            if feed.check or not self.found or self.info.id in MEDIAN_SERIES:
                return feed
        return None

    def learn(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.found |= outcome.measured and not outcome.stale and not outcome.check


class _Lane:
    """Does the work of one provider, one series after the other."""

    def __init__(self, done: "SimpleQueue[tuple[_Search, Outcome | BaseException]]") -> None:
        self._work: SimpleQueue[tuple[_Search, Callable[[], Outcome]] | None] = SimpleQueue()
        self._done = done
        # A thread that the network holds must not hold up the end of the program.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, search: _Search, work: Callable[[], Outcome]) -> None:
        self._work.put((search, work))

    def end(self) -> None:
        self._work.put(None)

    def join(self, timeout: float | None) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while (task := self._work.get()) is not None:
            search, work = task
            try:
                self._done.put((search, work()))
            except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
                self._done.put((search, error))


@dataclass(slots=True)
class _Run:
    """One call of ``fetch``."""

    db: Database
    transport: Transport
    now: datetime
    since: date | None
    progress: Callable[[Outcome], None]
    done: "SimpleQueue[tuple[_Search, Outcome | BaseException]]" = field(
        default_factory=SimpleQueue
    )
    lanes: dict[str, _Lane] = field(default_factory=dict)
    slots: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def through(self, infos: Sequence[SeriesInfo]) -> tuple[Outcome, ...]:
        searches = [_Search(info, feeds().get(info.id, ())) for info in infos]
        for search in searches:
            if not search.feeds:
                search.learn(_without_feed(search.info))
                self.progress(search.outcomes[0])
        whole = False
        try:
            pending = sum(self._go_on(search) for search in searches)
            while pending:
                search, outcome = self.done.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                search.learn(outcome)
                self.progress(outcome)
                pending += self._go_on(search) - 1
            whole = True
        finally:
            self._end(whole=whole)
        return tuple(outcome for search in searches for outcome in search.outcomes)

    def _go_on(self, search: _Search) -> int:
        """Put the next feed of a search to work; says how many there are (one or none)."""
        feed = search.next()
        if feed is None:
            return 0
        lane = self.lanes.get(feed.provider)
        if lane is None:
            lane = self.lanes[feed.provider] = _Lane(self.done)
        lane.put(search, lambda: self._ask(search.info, feed))
        return 1

    def _end(self, *, whole: bool) -> None:
        if not whole:
            self.transport.stop()
        for lane in self.lanes.values():
            lane.end()
        for lane in self.lanes.values():
            lane.join(None if whole else _PATIENCE)

    def _ask(self, info: SeriesInfo, feed: Feed) -> Outcome:
        """Ask one provider for one series."""
        try:
            provider = providers.provider(feed.provider)
        except DataError as error:
            return self._outcome(info, feed, "not_measured", str(error))
        reason = refusal(self.db, provider)
        if reason:
            return self._outcome(info, feed, "skipped", reason)
        try:
            return self._in_turn(info, feed, provider)
        except StoppedError:
            return self._outcome(info, feed, "not_measured", f"{feed.provider}: stopped.")

    def _in_turn(self, info: SeriesInfo, feed: Feed, provider: Provider) -> Outcome:
        begun = held(self.db, info.id, provider.id).fetched_at
        with self.transport.turn(provider) as waited, self.slots:
            before = held(self.db, info.id, provider.id)
            if waited and self.since is None and before.fetched_at != begun:
                # Another process has just done it.
                return self._outcome(info, feed, "unchanged", "")
            want = wanted(
                info,
                feed,
                provider,
                before,
                now=self.now,
                since=self.since,
                key=os.environ.get(provider.key_name, "") if provider.key_name else "",
                contact=self.transport.contact,
            )
            measurement = Measurement(self.db, self.transport, info, feed, provider, want, before)
            return measurement.take()

    def _outcome(self, info: SeriesInfo, feed: Feed, outcome: Result, message: str) -> Outcome:
        return outcome_of(self.db, info, feed, outcome, now=self.now, message=message)
