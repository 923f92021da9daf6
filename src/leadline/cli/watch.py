"""The command that follows claims day after day: watch."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli import show
from leadline.cli.live import Day, keep_settled, newest, store_of
from leadline.cli.options import FOUNDING, Code, Data, Json, after
from leadline.errors import LeadlineError, NotHeldError

if TYPE_CHECKING:
    from leadline.claim import Article
    from leadline.data.database import Database
    from leadline.data.fetching import Outcome
    from leadline.live.alerts import Delivered
    from leadline.live.changes import Change
    from leadline.live.channels import Channel
    from leadline.live.watch import Watched

LINGER = timedelta(minutes=2)
"""How long a run stays to send again what was not taken; the rest is left to the next one."""
_MANY = 10


def _moment(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is not a time of day such as 00:15."
        raise typer.BadParameter(msg, param_hint="--at") from None


def watch(
    articles: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARTICLE", help="Articles of the library, or files. [default: silver-2026]"
        ),
    ] = None,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Do it once and end: for cron and system timers.")
    ] = False,
    at: Annotated[
        str, typer.Option(metavar="HH:MM", help="When to do it every day, in UTC.")
    ] = "00:15",
    fetch: Annotated[
        bool, typer.Option("--fetch/--no-fetch", help="Fetch first what the articles read.")
    ] = True,
    data: Data = None,
    as_of: Day = None,
    notify: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Tell of changes there too; an Apprise address."),
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Post changes there, signed; see docs/live.md."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write live.html, live.json and feed.xml there."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only look whether the ledger is as it was written."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Follow articles day after day, and tell of what changes.

    Fetches, writes the ledger, settles calls, sends alerts. It goes on until it is stopped. Days
    that were missed are written in order, and nothing is told twice. With --once exit code 10 where
    something changed since the last run; else 3 where something could not be measured; else 20
    where data are too old; else 0. With --check exit code 30 where the ledger is not as it was
    written.
    """
    from leadline.claim import load_article
    from leadline.data.database import Database
    from leadline.live import channels
    from leadline.live.watch import alone, daily

    daily_at = _moment(at)
    if as_json and not (once or check):
        raise typer.BadParameter("--json needs --once or --check: a day gives one document.")
    if as_of is not None and not once:
        raise typer.BadParameter("--as-of needs --once: what goes on from day to day has no end.")
    if check:
        _check(as_json=as_json)
        return
    found = tuple(load_article(name) for name in articles or (FOUNDING,))
    told = channels.from_settings(notify or (), webhook)
    with ExitStack() as stack:
        for channel in told:
            stack.callback(channel.close)
        db = stack.enter_context(Database.open())
        stack.enter_context(alone(db))
        job = _Job(db, found, told, data, as_of, out, fetches=fetch and data is None)
        if not once:
            names = ", ".join(each.id for each in found)
            show.note(f"Watching {names}: now, and daily at {daily_at:%H:%M} UTC. Ctrl-C ends it.")
            daily(job.run_and_tell, daily_at, between=job.send_again if told else None)
            return
        with show.progress() as tick:
            done = job.run(tick)
    if as_json:
        show.document(done.document())
    else:
        _show(done)
    raise typer.Exit(done.code)


@dataclass(frozen=True, slots=True)
class _Done:
    """What one run came to: of articles that could not be followed, why."""

    watched: tuple["Watched", ...]
    failed: dict[str, str]
    unfetched: tuple["Outcome", ...]
    delivered: "Delivered"

    @property
    def code(self) -> Code:
        return after(
            changed=any(each.written.changes for each in self.watched),
            missing=bool(self.failed) or any(each.missing for each in self.watched),
            stale=any(each.stale for each in self.watched),
        )

    def document(self) -> dict[str, Any]:
        from leadline.live.files import plain

        return {
            "document": "watch",
            "schema": 1,
            "articles": [
                {
                    "article": each.book.article.id,
                    "as_of": each.book.last.isoformat(),
                    "new_rows": each.written.new,
                    "corrections": each.written.corrections,
                    "changes": [plain(change) for change in each.written.changes],
                    "stale": list(each.stale),
                    "not_measured": dict(each.missing),
                }
                for each in self.watched
            ],
            "not_followed": self.failed,
            "not_fetched": [
                {"series": each.series, "provider": each.provider, "message": each.message}
                for each in self.unfetched
            ],
            "alerts": {
                "delivered": self.delivered.delivered,
                "failed": self.delivered.failed,
                "lost": self.delivered.lost,
                "problems": list(self.delivered.problems),
            },
        }


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be done on every run."""

    db: "Database"
    articles: tuple["Article", ...]
    channels: tuple["Channel", ...]
    data: Path | None
    as_of: date | None
    out: Path | None
    fetches: bool

    def run(self, tick: show.Progress | None = None) -> _Done:
        from leadline.live import alerts, watch

        fetched = watch.fetch(self.articles, self.db) if self.fetches else ()
        watched, failed = [], {}
        for article in self.articles:
            try:
                watched.append(self._follow(article, tick))
            except NotHeldError as error:
                failed[article.id] = str(error)
        self._settle_calls()
        delivered = alerts.deliver(self.db, self.channels, linger=LINGER)
        return _Done(tuple(watched), failed, watch.unmeasured(fetched), delivered)

    def run_and_tell(self) -> None:
        """Do what a day brings; what goes wrong is said, and the next day has its own run."""
        try:
            _show(self.run())
        except LeadlineError as error:
            show.complain(str(error))

    def send_again(self) -> None:
        from leadline.live import alerts

        for problem in alerts.deliver(self.db, self.channels).problems:
            show.complain(problem)

    def _settle_calls(self) -> None:
        """Keep how the calls of the library stand, where the store has any of their series."""
        from leadline.claim import library
        from leadline.live.calls import calls as settle
        from leadline.live.needs import calls_read

        if self.data is not None:
            return
        names = calls_read(library())
        with suppress(NotHeldError), store_of(names, "", None) as store:
            keep_settled(store, settle(library(), store, self.as_of or newest(names, store, None)))

    def _follow(self, article: "Article", tick: show.Progress | None) -> "Watched":
        from leadline.claim import library
        from leadline.live import files, watch
        from leadline.live.calls import calls as settle
        from leadline.live.needs import series_of, settled_by

        with store_of(series_of(article), article.id, self.data) as store:
            until = self.as_of or newest(settled_by(article), store, self.data)
            channels = [channel.name for channel in self.channels]
            done = watch.once(
                article, store, self.db, as_of=until, channels=channels, progress=tick
            )
            board = None if self.out is None else settle(library(), store, until)
        if self.out is not None:
            folder = self.out if len(self.articles) == 1 else self.out / article.id
            files.write(done.book, done.written.changes, folder, board)
        return done


def _check(*, as_json: bool) -> None:
    from leadline.data.database import Database
    from leadline.live.audit import verify

    with Database.open() as db:
        problems = verify(db)
    if as_json:
        found = [{"where": each.where, "says": each.says} for each in problems]
        show.document({"document": "ledger_check", "schema": 1, "problems": found})
    else:
        for each in problems:
            show.say(_wrapped(str(each)))
        if not problems:
            show.say("The ledger is as it was written.")
    if problems:
        raise typer.Exit(Code.NOT_VERIFIED)


def _show(done: _Done) -> None:
    """Print a line an article, and what changed; on standard error what went wrong."""
    for each in done.watched:
        show.say(_wrapped(_line(each)))
        for line in tuple(_told(each.written.changes))[-_MANY:]:
            show.say(_wrapped(line))
    for outcome in done.unfetched:
        show.complain(f"{outcome.series}: not fetched: {outcome.message}")
    for problem in (*done.failed.values(), *done.delivered.problems):
        show.complain(problem)


def _told(changes: "Sequence[Change]") -> Iterator[str]:
    """Tell of changes, with their days where these are several."""
    from leadline.live.words import sentences

    days = sorted({each.day for each in changes})
    for day in days:
        when = f"{day} " if len(days) > 1 else ""
        for sentence in sentences(each for each in changes if each.day == day):
            yield f"- {when}{sentence}"


def _line(each: "Watched") -> str:
    day, article, written = each.book.last, each.book.article.id, each.written
    n_changes = len(written.changes)
    told = [
        {0: "nothing changed", 1: "1 change"}.get(n_changes, f"{n_changes} changes"),
        f"{written.new} rows written" if written.new else "nothing new to write",
    ]
    if n_changes > _MANY:
        told[0] += ", the last below"
    if written.corrections:
        told.append(f"{written.corrections} corrected")
    if each.stale:
        told.append(f"too old: {', '.join(each.stale)}")
    if each.missing:
        told.append(f"not measured: {', '.join(each.missing)}")
    return f"{day} {article}: {'; '.join(told)}."


def _wrapped(line: str) -> str:
    return fill(
        line, show.WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )
