"""What was printed is kept until the store has news, and then printed anew behind the scenes.

A page that nobody has asked for yet is printed once, however many ask at the same time. One that
the store has news about is shown as it was while it is printed anew; the one asked for last comes
first. Looking for news is the work of a thread of its own, about once a second.
"""

import asyncio
import contextlib
import heapq
import itertools
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from leadline.errors import LeadlineError
from leadline.web.pages import Topic, pages
from leadline.web.printing import Apart, AwayError, Copy, Here, Job, Printer, UnprintableError
from leadline.web.settings import Settings
from leadline.web.shelf import TOPICS, Shelf, Stamp

logger = logging.getLogger(__name__)

Done = TypeVar("Done")

AWAITED, SHOWN, AHEAD = range(3)
"""How urgent a page is: somebody waits, somebody was shown the last one, or nobody asked yet."""

MOST_AWAITED = 256
"""Pages that may be waited for at a time; whoever asks for more is told to come back."""

_SLACK, _MOST_SLACK = 10, 10.0
"""A page is not printed anew for this many times as long as printing it took, in seconds at most
the second, so that a watcher that catches up does not keep the printer busy for nothing."""

_OVERHEAD = 1024


@dataclass(slots=True)
class _Kept:
    copy: Copy
    until: float
    """When it may be printed anew, by the monotonic clock."""

    @property
    def size(self) -> int:
        return len(self.copy.body) + _OVERHEAD


@dataclass(slots=True)
class _Order:
    urgency: int
    done: asyncio.Future[Copy]


class Press:
    """Gives the page of an address, printed or kept; to be used from one event loop.

    Parameters
    ----------
    settings : Settings
        What to print from, and how much to keep.
    shelf : Shelf
        Where to look for news; it stays open.
    told : callable, optional
        Told of every page printed: its pattern, how it went, and the seconds it took.
    looked : callable, optional
        Called with the shelf, in the thread that looks, whenever there is news.
    """

    def __init__(
        self,
        settings: Settings,
        shelf: Shelf,
        *,
        told: Callable[[str, str, float], None] = lambda *_: None,
        looked: Callable[[Shelf], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.trouble = ""
        self.bytes = 0
        self.warm = False
        self._told, self._looked = told, looked
        self._shelf = shelf
        self._stamps: Mapping[Topic, Stamp] = {}
        self._told_of: Mapping[Topic, Stamp] = {}
        self._kept: OrderedDict[Job, _Kept] = OrderedDict()
        self._orders: dict[Job, _Order] = {}
        self._queue: list[tuple[int, int, Job]] = []
        self._count = itertools.count()
        self._called = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._printer: Printer | None = None
        # One thread prints or waits for the other process to print, one looks for news.
        self._hands = ThreadPoolExecutor(1, "leadline-press")
        self._eyes = ThreadPoolExecutor(1, "leadline-news")

    @property
    def n_kept(self) -> int:
        """How many pages are kept."""
        return len(self._kept)

    @property
    def n_waiting(self) -> int:
        """How many pages are to be printed."""
        return len(self._orders)

    async def start(self) -> None:
        """Begin to print."""
        settings = self.settings
        self._printer = (
            Apart(settings.sources, patience=settings.patience)
            if settings.apart
            else Here(settings.sources)
        )
        await self._look()
        self._tasks = [asyncio.create_task(self._print_on()), asyncio.create_task(self._look_on())]
        if settings.warm:
            self._tasks.append(asyncio.create_task(self._warm()))

    async def stop(self) -> None:
        """End it, whatever is being printed."""
        for task in self._tasks:
            task.cancel()
        if self._printer is not None:
            await asyncio.to_thread(self._printer.close)
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for order in self._orders.values():
            order.done.cancel()
        for threads in (self._hands, self._eyes):
            await asyncio.to_thread(threads.shutdown)

    async def page(self, job: Job) -> Copy:
        """Give the page of an address.

        Raises
        ------
        UnprintableError
            Where it cannot be printed.
        AwayError
            Where it is not printed in time, or too many others are waited for.
        """
        kept = self._kept.get(job)
        if kept is not None:
            self._kept.move_to_end(job)
            if self.settings.fresh:
                await self._look()
            if self._is_current(job, kept.copy):
                return kept.copy
            if not self.settings.fresh:
                if time.monotonic() > kept.until:
                    self._order(job, SHOWN)
                return kept.copy
        elif sum(order.urgency == AWAITED for order in self._orders.values()) >= MOST_AWAITED:
            msg = "Too many pages are being printed."
            raise AwayError(msg)
        done = self._order(job, AWAITED)
        try:
            return await asyncio.wait_for(asyncio.shield(done), self.settings.patience)
        except TimeoutError:
            msg = f"It was not printed in {self.settings.patience:.0f} seconds."
            raise AwayError(msg) from None

    def _is_current(self, job: Job, copy: Copy) -> bool:
        return all(
            copy.stamps.get(topic) == self._stamps[topic] for topic in pages()[job.path].reads
        )

    def _order(self, job: Job, urgency: int) -> asyncio.Future[Copy]:
        order = self._orders.get(job)
        if order is None:
            order = _Order(urgency + 1, asyncio.get_running_loop().create_future())
            # Nobody may be waiting for it, and then nobody is to be told how it went.
            order.done.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._orders[job] = order
        if urgency < order.urgency:
            order.urgency = urgency
            heapq.heappush(self._queue, (urgency, next(self._count), job))
            self._called.set()
        return order.done

    async def _print_on(self) -> None:
        while True:
            await self._called.wait()
            while self._queue:
                _, _, job = heapq.heappop(self._queue)
                # A page that became more urgent is in the queue twice.
                if job in self._orders:
                    await self._print(job)
            self._called.clear()

    async def _print(self, job: Job) -> None:
        began, outcome = time.monotonic(), "printed"
        try:
            copy = await self._printed(job)
        except UnprintableError as error:
            # What was kept must not hide what is wrong.
            self._drop(job)
            outcome = "failed"
            self._orders.pop(job).done.set_exception(error)
        except AwayError as error:
            logger.warning("%s: %s", job, error)
            outcome = "away"
            self._orders.pop(job).done.set_exception(error)
        except Exception:
            # What goes wrong with one page must not keep the others from being printed.
            logger.exception("%s cannot be printed.", job)
            self._drop(job)
            outcome = "failed"
            self._orders.pop(job).done.set_exception(UnprintableError())
        else:
            self._keep(job, copy)
            self._orders.pop(job).done.set_result(copy)
        self._told(job.path, outcome, time.monotonic() - began)

    async def _printed(self, job: Job) -> Copy:
        printer = self._printer
        if printer is None:
            msg = "The server is starting."
            raise AwayError(msg)
        began = time.monotonic()
        try:
            return await self._by(self._hands, lambda: printer.print(job))
        except AwayError as error:
            if time.monotonic() - began >= self.settings.patience:
                # Nobody waits for it any more, but many may for what comes after it.
                raise
            logger.warning("%s: %s Trying once more.", job, error)
            return await self._by(self._hands, lambda: printer.print(job))

    def _keep(self, job: Job, copy: Copy) -> None:
        self._drop(job)
        # The other process may have looked after us.
        self._stamps = {**self._stamps, **copy.stamps}
        slack = min(_SLACK * copy.took, _MOST_SLACK)
        self._kept[job] = kept = _Kept(copy, time.monotonic() + slack)
        self.bytes += kept.size
        while self.bytes > self.settings.memory and len(self._kept) > 1:
            self.bytes -= self._kept.popitem(last=False)[1].size

    def _drop(self, job: Job) -> None:
        gone = self._kept.pop(job, None)
        if gone is not None:
            self.bytes -= gone.size

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(self.settings.look_every)
            await self._look()
            now = time.monotonic()
            for job, kept in reversed(self._kept.items()):
                if now > kept.until and not self._is_current(job, kept.copy):
                    self._order(job, AHEAD)

    async def _look(self) -> None:
        await self._by(self._eyes, self._read_stamps)

    def _read_stamps(self) -> None:
        """Read the stamps; where the store cannot be read, the last ones stay."""
        try:
            stamps = {topic: self._shelf.stamp(topic) for topic in TOPICS}
            # Pages must be told of news even where what else is made of them fails.
            self._stamps = stamps
            # Who prints may have seen the same news before, so this has a memory of its own.
            if stamps != self._told_of:
                self._looked(self._shelf)
                self._told_of = stamps
        except Exception as error:
            said = str(error) or type(error).__name__
            if said != self.trouble:
                known = isinstance(error, LeadlineError)
                logger.warning("%s", said, exc_info=None if known else error)
            self.trouble = said
            self._stamps = dict.fromkeys(TOPICS, "?") | dict(self._stamps)
        else:
            self.trouble = ""

    async def _warm(self) -> None:
        printer = self._printer
        if printer is None:
            return
        try:
            front = await self._by(self._hands, printer.front)
        except AwayError as error:
            logger.warning("%s", error)
            front = ()
        for job in front:
            if job not in self._kept:
                self._order(job, AHEAD)
        await asyncio.gather(
            *(self._orders[job].done for job in front if job in self._orders),
            return_exceptions=True,
        )
        self.warm = True

    async def _by(self, threads: ThreadPoolExecutor, work: Callable[[], Done]) -> Done:
        return await asyncio.get_running_loop().run_in_executor(threads, work)
