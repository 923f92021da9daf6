"""Who prints: views run on a shelf, in this process or, so that drawing delays nobody, in another.

The other process holds the shelf and nothing else. It ends when this one does, and one that died
or does not answer is put in place anew.
"""

import contextlib
import gzip
import hashlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from leadline.errors import LeadlineError
from leadline.report import figures
from leadline.web.pages import Page, Printed, Topic, pages
from leadline.web.pictures import Pictures, folder
from leadline.web.shelf import Shelf, Sources, Stamp

logger = logging.getLogger(__name__)

_NICE = 5
_COMPRESSED = ("text/", "image/svg", "application/json", "application/ld+json", "application/atom")


@dataclass(frozen=True, slots=True)
class Job:
    """One address: a page's pattern, and what stands for its parts and query values."""

    path: str
    said: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """What is sent for an address, as it was printed.

    Attributes
    ----------
    status : int
        The HTTP status; 404 without a body where nothing stands at the address.
    body : bytes
        Compressed where that saves anything (``zipped``).
    digest : str
        A hash of what was printed.
    stamps : mapping of str to str
        What the shelf's stamps were before it was printed.
    took : float
        Seconds to print it.
    """

    status: int
    media: str
    filename: str
    body: bytes
    zipped: bool
    digest: str
    stamps: Mapping[Topic, Stamp]
    took: float

    def plain(self) -> bytes:
        """Give the body as it was printed."""
        return gzip.decompress(self.body) if self.zipped else self.body


class UnprintableError(LeadlineError):
    """A page cannot be printed; the message says why, where the reader is helped by it."""


class AwayError(LeadlineError):
    """Nobody is there to print just now; it may be tried again."""


class Printer(Protocol):
    """Prints one page at a time, and names the addresses that are asked for most."""

    def print(self, job: Job) -> Copy:
        """Print a page; raise UnprintableError, or AwayError where trying again may help."""
        ...

    def front(self) -> tuple[Job, ...]:
        """Name the addresses to print before anybody asks, the most asked for first."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class Here:
    """Prints in this process."""

    def __init__(self, sources: Sources) -> None:
        self.shelf = Shelf(sources)
        self._pictures = Pictures(folder())

    def print(self, job: Job) -> Copy:
        """Print a page."""
        began = time.perf_counter()
        shown = pages()[job.path]
        try:
            with self.shelf.steady(), figures.keeping(self._pictures):
                stamps = {topic: self.shelf.stamp(topic) for topic in shown.reads}
                printed = shown.view(self.shelf, **dict(job.said))
        except LeadlineError as error:
            logger.warning("%s: %s", job, error)
            raise UnprintableError(self.shelf.worded(error)) from None
        except Exception:
            # One page that fails must not take the others with it; what it was is for the log.
            logger.exception("%s cannot be printed.", job)
            raise UnprintableError from None
        return _copied(printed, stamps, began)

    def front(self) -> tuple[Job, ...]:
        """Name what is asked for most: pages without parts, then articles, then claims."""
        try:
            articles = self.shelf.articles()
        except LeadlineError as error:
            logger.warning("%s", error)
            return ()
        by_parts: dict[frozenset[str], list[Page]] = {}
        for shown in pages().values():
            by_parts.setdefault(frozenset(shown.parts), []).append(shown)
        jobs = [_job(shown) for shown in by_parts.get(frozenset(), ())]
        for article in articles:
            jobs += [_job(p, article=article.id) for p in by_parts.get(frozenset({"article"}), ())]
        claim_page = pages().get("/articles/{article}/{claim}")
        if claim_page is not None:
            jobs += [
                _job(claim_page, article=article.id, claim=claim.id)
                for article in articles
                for claim in article.claims
            ]
        return tuple(jobs)

    def close(self) -> None:
        """Close the store."""
        self.shelf.close()


def _job(shown: Page, **parts: str) -> Job:
    said = parts | dict.fromkeys(shown.query, "")
    return Job(shown.path, tuple(said.items()))


def _copied(printed: Printed | None, stamps: Mapping[Topic, Stamp], began: float) -> Copy:
    made = Printed(b"", status=404) if printed is None else printed
    zipped = gzip.compress(made.body, 6, mtime=0) if made.media.startswith(_COMPRESSED) else None
    saves = zipped is not None and len(zipped) < len(made.body)
    return Copy(
        status=made.status,
        media=made.media,
        filename=made.filename,
        body=zipped if zipped is not None and saves else made.body,
        zipped=saves,
        digest=hashlib.sha256(made.body).hexdigest()[:32],
        stamps=stamps,
        took=time.perf_counter() - began,
    )


class Apart:
    """Prints in a process of its own, which is given up after ``patience`` seconds of silence."""

    def __init__(self, sources: Sources, *, patience: float) -> None:
        self._sources, self._patience = sources, patience
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._line: Connection | None = None
        self._closed = False
        self._start()

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return None if self._process is None else self._process.pid

    def print(self, job: Job) -> Copy:
        """Print a page."""
        copy: Copy = self._ask("print", job)
        return copy

    def front(self) -> tuple[Job, ...]:
        """Name what is asked for most."""
        jobs: tuple[Job, ...] = self._ask("front")
        return jobs

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed = True
        self._end()

    def _ask(self, what: str, *said: Any) -> Any:
        with self._turn:
            if self._process is None or not self._process.is_alive():
                self._end()
                self._start()
            line = self._line
            if self._closed or line is None:
                msg = "The server is closing."
                raise AwayError(msg)
            try:
                line.send((what, said))
                if not line.poll(self._patience):
                    self._end()
                    msg = f"No answer in {self._patience:.0f} seconds."
                    raise AwayError(msg)
                answer = line.recv()
            except (EOFError, OSError):
                self._end()
                msg = "The process that prints has died."
                raise AwayError(msg) from None
        if isinstance(answer, LeadlineError):
            raise answer
        return answer

    def _start(self) -> None:
        if self._closed:
            return
        # A fork would take along the threads' locks and the connections of the store.
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(
            target=_print_for, args=(theirs, self._sources), name="leadline-press", daemon=True
        )
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        process, line = self._process, self._line
        self._process = self._line = None
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if line is not None:
            line.close()


def _print_for(line: Connection, sources: Sources) -> None:
    """Print what is asked for until nobody is there to ask."""
    # Ctrl-C reaches every process of a terminal; the server ends this one in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    logging.basicConfig(format="leadline: %(message)s")
    with contextlib.closing(Here(sources)) as here, contextlib.suppress(EOFError, OSError):
        while True:
            what, said = line.recv()
            try:
                answer = getattr(here, what)(*said)
            except LeadlineError as error:
                answer = error
            line.send(answer)
