"""The site under load: 100 claims followed for a year, asked for while a watcher writes.

Four articles of 25 claims, their verdicts as rich as real ones, and a ledger of 365 days, all made
up but kept through archive and ledger as ever. The server prints in a second process; a third one
is the watcher, which writes a day of an article every second; a fourth asks. Requests come at
fixed times, whether or not those before are answered, as readers do, and a time is that from when
a request was due to the last byte of its answer. Everything runs on this machine's CPUs together.
"""

import asyncio
import contextlib
import gzip
import itertools
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from clock import Row, span

from leadline import archive
from leadline.claim import Article, Claim, Watch
from leadline.data.database import Database
from leadline.live import ledger
from leadline.live.book import Body, Book, Registration
from leadline.live.book import Row as Written

# The tests know what a verdict and a day of a ledger look like.
sys.path.append(str(Path(__file__).parents[1]))
from tests.browser.budgets import Budget, budgets
from tests.live import sample as live
from tests.report import sample

PEERS = ("fastapi", "uvicorn", "SQLAlchemy")
N_ARTICLES, N_CLAIMS, N_DAYS, KEPT_BACK = 4, 25, 365, 20
FIRST = date(2025, 1, 1)
RATE, SECONDS, CONNECTIONS = 200, 30, 64
BAR = 0.1
OPENED = ("/", "/articles/load-0", "/articles/load-0/C03", "/live/load-0", "/data")
_OLDEST = 64
"""The last day for which the tests' sample says what a claim did."""


def rows() -> list[Row]:
    """Give cold and warm pages, their sizes, and the load with and without a watcher."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = fill(folder)
        with serving(folder, files) as server:
            cold, warm, sizes = server.alone("/articles/load-0/C03")
            front = server.alone("/")
            server.wait_until_warm()
            opened = budgets(server.address, OPENED)
            addresses = server.addresses()
            calm = asyncio.run(load(server.address, addresses))
            with watching(folder):
                busy = asyncio.run(load(server.address, addresses))
            most = asyncio.run(load(server.address, addresses, rate=None, seconds=10))
    return [
        Row("a claim's page, never drawn before", span(cold)),
        Row("the same, printed", span(warm), bar="at most 10 ms", missed=warm > 0.01),
        Row("its size, and as sent", sizes),
        Row("the scoreboard's size, and as sent", front[2]),
        *_in_a_browser(opened),
        calm.row(f"{RATE} requests a second for {SECONDS} s"),
        busy.row("the same while a watcher writes", bar=True),
        Row("as many as it can", f"{most.n / most.took:,.0f} a second", most.told()),
    ]


def _in_a_browser(opened: Sequence[Budget]) -> Iterator[Row]:
    """Give what a reader waits for, each the worst of the pages."""
    paint = max(each.paint for each in opened) / 1000
    most = max(opened, key=lambda each: each.bytes)
    move = max(took for each in opened for took in each.moves) / 1000
    pages = f"the slowest of {len(opened)} pages"
    yield Row(
        "first paint in Chromium", span(paint), pages, bar="at most 0.5 s", missed=paint > 0.5
    )
    size = f"{most.bytes / 1000:,.0f} kB, {most.sent / 1000:,.0f} kB with all that it loads"
    yield Row("the largest of them", size, bar="at most 1 MB", missed=most.bytes > 1_000_000)
    steps = "the slowest of them all"
    yield Row(
        "a step of the slider, laid out", span(move), steps, bar="at most 50 ms", missed=move > 0.05
    )


def fill(folder: Path) -> list[Path]:
    """Write the store and the files of the articles; give these."""
    files = []
    with Database.open(folder / "leadline.db") as db:
        for place in range(N_ARTICLES):
            article = _article(place)
            file = folder / f"{article.id}.yml"
            file.write_text(article.to_yaml(), encoding="utf-8")
            files.append(file)
            for claim in article.claims:
                archive.save(_verdict(claim), db)
            ledger.write(db, book(article, N_DAYS - KEPT_BACK))
    return files


def _article(place: int) -> Article:
    return Article(
        id=f"load-{place}",
        title=f"What silver says about Bitcoin, part {place + 1}",
        publisher="Example Gazette",
        first_seen=FIRST,
        watch=_watched(),
        claims=tuple(_claim(f"load-{place}", n) for n in range(N_CLAIMS)),
    )


def _watched() -> Watch:
    said = live.article().watch or Watch()
    triggers = [each.model_copy(update={"claims": ("C00",)}) for each in said.triggers]
    return Watch(phases=said.phases, triggers=tuple(triggers))


def _claim(article: str, n: int) -> Claim:
    settings = live.article().claim("A2").model_dump(mode="json", exclude_unset=True)
    told = {
        "id": f"C{n:02}",
        "article": article,
        "paraphrase": f"Bitcoin follows silver and will be half higher in a year, version {n}.",
        "first_seen": FIRST,
        "supports": [f"C{n + 1:02}"] if n + 1 < N_CLAIMS else [],
    }
    return Claim.model_validate(settings | told)


def _verdict(claim: Claim) -> archive.Verdict:
    n = int(claim.id[1:])
    base = sample.verdict(
        claim.ref,
        sha256=claim.sha256,
        paraphrase=claim.paraphrase,
        publisher=claim.publisher,
        first_seen=claim.first_seen,
        source=claim.model_dump(mode="json"),
    )
    # No two have the same pictures.
    drawn = (
        sample.lag_profile(peak=n),
        sample.specifications(n=150 + n),
        *base.evidence[0].exhibits[2:],
    )
    evidence = (base.evidence[0].model_copy(update={"exhibits": drawn}), *base.evidence[1:])
    return archive.sealed(base.model_copy(update={"evidence": evidence}))


def book(article: Article, until: int, start: int = 1) -> Book:
    """Give what a watcher would have found from day ``start`` to day ``until``."""
    frozen = live.registrations()["made-up/A2"]
    registrations = {
        claim.ref: frozen.model_copy(update={"claim": claim.ref, "claim_sha256": claim.sha256})
        for claim in article.claims
    }
    steps = np.random.default_rng(len(article.id)).normal(0, 0.02, (N_CLAIMS, N_DAYS + 1))
    moved = np.expm1(np.cumsum(steps, axis=1))
    rows = [
        row
        for age in range(start, until + 1)
        for row in _day(article, registrations, age, moved[:, age])
    ]
    return Book(article=article, registrations=registrations, rows=tuple(rows))


def _day(
    article: Article, registrations: dict[str, Registration], age: int, moved: np.ndarray
) -> Iterator[Written]:
    day, near = FIRST + timedelta(days=age), min(age, _OLDEST)
    for claim, now in zip(article.claims, moved, strict=True):
        body = live.state("A2", near, float(now))
        same = {"registration": registrations[claim.ref].sha256, "since": FIRST, "day": age}
        yield Written(subject=claim.ref, day=day, body=body.model_copy(update=same))
    told: list[tuple[Body, str]] = live.about_the_article(near)
    for body, about in told:
        yield Written(subject=article.id, day=day, body=body, about=about)


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[None]:
    """Let a process write a day of an article every second."""
    watcher = multiprocessing.get_context("spawn").Process(target=_watch, args=(folder,))
    watcher.start()
    try:
        yield
    finally:
        watcher.terminate()
        watcher.join()


def _watch(folder: Path) -> None:
    articles = [_article(place) for place in range(N_ARTICLES)]
    with Database.open(folder / "leadline.db") as db:
        for age in range(N_DAYS - KEPT_BACK + 1, N_DAYS + 1):
            for article in articles:
                ledger.write(db, book(article, age, start=age))
                time.sleep(1)


@dataclass
class Server:
    """A server that runs, and its address."""

    address: str

    def get(self, path: str, **headers: str) -> bytes:
        """Give the body of an address."""
        asked = urllib.request.Request(self.address + path, headers=headers)  # noqa: S310 - our own
        with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310 - our own
            body: bytes = answer.read()
        return body

    def alone(self, path: str) -> tuple[float, float, str]:
        """Time an address the first time and afterwards, the best of 20; tell how large it is."""
        taken, body = [], b""
        for _ in range(21):
            began = time.perf_counter()
            body = self.get(path, **{"Accept-Encoding": "gzip"})
            taken.append(time.perf_counter() - began)
        sizes = f"{len(gzip.decompress(body)) / 1000:,.0f} kB, {len(body) / 1000:,.0f} kB"
        return taken[0], min(taken[1:]), sizes

    def wait_until_warm(self) -> None:
        """Wait until what is asked for most has been printed."""
        until = time.monotonic() + 900
        while time.monotonic() < until:
            if json.loads(self.get("/healthz"))["warm"]:
                return
            time.sleep(1)
        msg = "The pages were not printed in 15 minutes."
        raise TimeoutError(msg)

    def addresses(self) -> list[str]:
        """Give the addresses to ask for, those of readers more often than those of programs."""
        claims = [f"/articles/load-{a}/C{n:02}" for a in range(N_ARTICLES) for n in range(N_CLAIMS)]
        wholes = [f"/{part}/load-{a}" for part in ("articles", "live") for a in range(N_ARTICLES)]
        style = re.findall(r'"(/static/[^"]+)"', self.get("/").decode())
        programs = ["/api/v1/articles", "/api/v1/claims?limit=20", "/healthz"]
        found = claims + 4 * wholes + 10 * ["/"] + 5 * ["/live", "/calls", "/data"] + 4 * style
        wanted = [*found, *programs, "/articles/load-0/nothing"]
        return [path for path in wanted if self._stands(path)]

    def _stands(self, path: str) -> bool:
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            return error.code == 404 and path.endswith("/nothing")
        return True


@contextlib.contextmanager
def serving(folder: Path, files: Sequence[Path]) -> Iterator[Server]:
    """Run `leadline serve` on the store."""
    shown = [f"--article={file}" for file in files]
    command = [sys.executable, "-m", "leadline", "serve", "--port=0", *shown]
    env = os.environ | {"LEADLINE_HOME": str(folder), "LEADLINE_STORE": ""}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            said = process.stderr.readline() if process.stderr else ""
            yield Server(re.findall(r"http://[\d.:]+", said)[0])
        finally:
            process.terminate()
            process.wait()


@dataclass
class Taken:
    """What became of requests."""

    took: float = 0.0
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def n(self) -> int:
        """How many were answered."""
        return len(self.seconds)

    @property
    def errors(self) -> int:
        """How many were not answered as they should be."""
        return sum(n for status, n in self.statuses.items() if status not in {200, 304, 404})

    def told(self) -> str:
        """Give the middle time, the one that one in a hundred passes, and the errors."""
        middle, late = np.quantile(self.seconds, [0.5, 0.99])
        return f"median {span(middle)}, 99 % {span(late)}, errors {self.errors}"

    def row(self, what: str, *, bar: bool = False) -> Row:
        """Give a line of the table."""
        late = float(np.quantile(self.seconds, 0.99))
        missed = bar and (late > BAR or self.errors > 0)
        said = "99 % within 100 ms, no error" if bar else ""
        return Row(what, span(late), self.told(), bar=said, missed=missed)


async def load(
    address: str, paths: Sequence[str], *, rate: float | None = RATE, seconds: float = SECONDS
) -> Taken:
    """Ask for addresses at random, ``rate`` times a second, or one after another without a rate."""
    host, port = address.removeprefix("http://").split(":")
    draw = random.Random(1)  # noqa: S311 - a load, no secret
    taken, tags = Taken(), dict[str, str]()
    free: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Line(host, int(port)))

    async def ask(path: str, due: float) -> None:
        line = await free.get()
        # One in three has the page already.
        held = tags.get(path) if draw.random() < 1 / 3 else None
        try:
            status, tag = await line.ask(path, held)
        except (OSError, EOFError, ValueError):
            line.drop()
            status, tag = 0, None
        free.put_nowait(line)
        if tag:
            tags[path] = tag
        after = time.perf_counter() - due
        taken.seconds.append(after)
        taken.statuses[status] += 1
        taken.slowest[path] = max(taken.slowest[path], after)

    began = time.perf_counter()
    asked: set[asyncio.Task[None]] = set()
    if rate is None:

        async def go_on() -> None:
            while (now := time.perf_counter()) < began + seconds:
                await ask(draw.choice(paths), now)

        await asyncio.gather(*(go_on() for _ in range(CONNECTIONS // 4)))
    else:
        for n in itertools.count():
            due = began + n / rate
            if due > began + seconds:
                break
            await asyncio.sleep(due - time.perf_counter())
            task = asyncio.create_task(ask(draw.choice(paths), due))
            asked.add(task)
            task.add_done_callback(asked.discard)
        await asyncio.gather(*asked)
    taken.took = time.perf_counter() - began
    return taken


class Line:
    """A connection that is kept from one request to the next."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, tag: str | None) -> tuple[int, str | None]:
        """Ask for an address; give the status and the tag of the answer, whose body is read."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, limit=1 << 20
            )
        known = f"If-None-Match: {tag}\r\n" if tag else ""
        headers = f"Host: {self._host}\r\nAccept-Encoding: gzip\r\n{known}"
        self._writer.write(f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        said = dict(re.findall(r"^([\w-]+): (.*?)\r$", head.lower(), re.MULTILINE))
        if status != 304:
            await self._reader.readexactly(int(said["content-length"]))
        return status, said.get("etag")

    def drop(self) -> None:
        """Begin anew the next time."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
