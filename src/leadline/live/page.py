"""An article since publication as one HTML page, drawn from its book alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import leadline
from leadline.evidence.exhibits import Exhibit
from leadline.live import call_pictures, pictures, process_pictures
from leadline.live import words as said
from leadline.live.book import Book, Odds
from leadline.live.calls import Scoreboard
from leadline.live.cards import Card, Tile, cards, tiles
from leadline.live.changes import Change, changes
from leadline.live.lags import Lag
from leadline.live.odds_pictures import odds, reliability
from leadline.report import plain, words
from leadline.report.document import Sheet, filed
from leadline.report.views import FigureView, figure, small_figure

LATE = 3
"""Days after which the last day written is no news any more."""
_RECENT = 3
RECORDED = frozenset({"correction", "registration"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why claims cannot be followed."""

    claims: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class LogDay:
    """What changed on one day."""

    day: date
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveView:
    """An article since publication, laid out."""

    heading: str
    answer: str
    status: tuple[tuple[str, str], ...]
    behind: str
    stale: tuple[str, ...]
    reworded: tuple[str, ...]
    cards: tuple[Card, ...]
    tiles: tuple[Tile, ...]
    today: tuple[str, ...]
    before: tuple[LogDay, ...]
    overview: tuple[FigureView, ...]
    evidence: tuple[FigureView, ...]
    phases: tuple[FigureView, ...]
    odds: tuple[FigureView, ...]
    base_rate: str
    calls: tuple[FigureView, ...]
    log: tuple[LogDay, ...]
    rules: tuple[str, ...]
    no_clock: tuple[Reason, ...]
    missing: tuple[Reason, ...]


def page(
    book: Book,
    *,
    scoreboard: Scoreboard | None = None,
    lags: Sequence[Lag] = (),
    reports: Mapping[str, str] | None = None,
) -> str:
    """Give what came of an article as a single HTML file that needs neither network nor script.

    The parameters are those of `sheet`.
    """
    return filed(sheet(book, scoreboard=scoreboard, lags=lags, reports=reports))


def sheet(
    book: Book,
    *,
    scoreboard: Scoreboard | None = None,
    lags: Sequence[Lag] = (),
    reports: Mapping[str, str] | None = None,
    recorded: Sequence[Change] = (),
    today: date | None = None,
) -> Sheet:
    """Lay out what came of an article.

    Parameters
    ----------
    book : Book
        What was frozen at publication, and every row since.
    scoreboard : Scoreboard, optional
        The library's calls, resolved.
    lags : sequence of Lag, optional
        The lags that were published, for the ruler.
    reports : mapping of str to str, optional
        For the id of a claim, such as S27, the address of its report.
    recorded : sequence of Change
        Alerts of the store, of which corrections and new registrations are told in the log.
    today : date, optional
        The day of reading, to say how far behind it the book is.
    """
    shown = view(
        book, scoreboard=scoreboard, lags=lags, reports=reports, recorded=recorded, today=today
    )
    return Sheet(
        "live.html.j2",
        title=f"{shown.heading} · since publication · Leadline",
        description=shown.answer,
        json_ld=_described(book, shown),
        version=leadline.__version__,
        context={
            "article": book.article,
            "v": shown,
            "how_to_read": tuple(pictures.HOW_TO_READ.items()),
        },
    )


def view(
    book: Book,
    *,
    scoreboard: Scoreboard | None = None,
    lags: Sequence[Lag] = (),
    reports: Mapping[str, str] | None = None,
    recorded: Sequence[Change] = (),
    today: date | None = None,
) -> LiveView:
    """Lay out a book, for a page of any kind; the parameters are those of `sheet`."""
    day = book.last
    told = _with_recorded(changes(book, book.article.first_seen, day), recorded)
    shown_cards = cards(book, reports or {})
    data = said.freshness_of(book, day)
    days = tuple(log(told))
    board = None if scoreboard is None else call_pictures.scoreboard(scoreboard)
    return LiveView(
        heading=book.article.title,
        answer=said.standing(book),
        status=tuple(_status(book, today)),
        behind=behind(book, today),
        reworded=tuple(_reworded(book)),
        stale=tuple(f"{plain.short(name)} ({data.ages[name]} days old)" for name in data.stale),
        cards=shown_cards,
        tiles=tuple(tiles(book)),
        today=tuple(said.sentences(each for each in told if each.day == day)),
        before=days[:_RECENT] if days[:1] and days[0].day < day else days[1 : 1 + _RECENT],
        odds=tuple(_odds_figures(book)),
        base_rate=_base_rate(said.odds_of(book, day)),
        log=days,
        rules=tuple(said.rules(book.registrations.values())),
        no_clock=tuple(
            Reason(ids, plain.told(why)) for why, ids in said.without_clock(book).items()
        ),
        missing=tuple(
            Reason((words.anchor(ref),), plain.told(why)) for ref, why in data.missing.items()
        ),
        overview=tuple(_small(pictures.standing(book), process_pictures.all_e_values(book))),
        evidence=tuple(_figures(process_pictures.table(book))),
        phases=tuple(_small(pictures.phases(book))),
        calls=tuple(_figures(call_pictures.ruler(lags), board)),
    )


def _figures(*made: Exhibit | None) -> Iterator[FigureView]:
    for shown in made:
        if shown is not None:
            yield figure(plain.readable(shown), f"all-{shown.name}")


def _small(*made: Exhibit | None) -> Iterator[FigureView]:
    for shown in made:
        if shown is not None:
            yield small_figure(plain.readable(shown), f"all-{shown.name}")


def exhibits(book: Book) -> dict[str, Exhibit]:
    """Give what the page draws by the id of its figure, every day in it."""
    found: list[Exhibit | None] = [pictures.standing(book), process_pictures.all_e_values(book)]
    found += [process_pictures.table(book), pictures.phases(book), *odds(book), *reliability(book)]
    shown: dict[str, Exhibit] = {f"all-{each.name}": each for each in found if each is not None}
    for claim in said.followed(book):
        own = pictures.of_claim(book, claim.ref)
        shown |= {f"{words.anchor(claim.id)}-{each.name}": each for each in own}
    return shown


def due(book: Book) -> date:
    """Give the day on which the next day of the book is decided, at 00:10 UTC."""
    return book.last + timedelta(days=2)


def is_behind(book: Book, today: date) -> bool:
    """Say whether the last day written is no news any more."""
    return (today - book.last).days > LATE


def behind(book: Book, today: date | None) -> str:
    """Say how old everything in the book is; nothing where it is up to date."""
    if today is None or not is_behind(book, today):
        return ""
    return (
        f"Everything here is as it was known on {words.day(book.last)}, "
        f"{(today - book.last).days} days ago. It may be otherwise by now."
    )


def _with_recorded(told: Sequence[Change], recorded: Sequence[Change]) -> Sequence[Change]:
    """Take corrections as they were told, many rows at once, rather than row by row."""
    known = [each for each in recorded if each.what in RECORDED]
    if any(each.what == "correction" for each in known):
        told = [each for each in told if each.what != "correction"]
    return [*told, *known]


def _reworded(book: Book) -> Iterator[str]:
    """Name the claims that are worded otherwise than when they were registered."""
    for claim in book.article.claims:
        frozen = book.registrations.get(claim.ref)
        if frozen is not None and frozen.claim_sha256 != claim.sha256:
            yield words.anchor(claim.id)


def _status(book: Book, today: date | None) -> Iterator[tuple[str, str]]:
    day = book.last
    yield "published", words.day(book.article.first_seen)
    yield "data to the end of", f"{words.day(day)}, day {(day - book.article.first_seen).days}"
    next_day = due(book)
    late = 0 if today is None or not is_behind(book, today) else (today - next_day).days
    overdue = f", {late} days overdue" if late else ""
    yield "next update due", f"{words.day(next_day)}, 00:10 UTC{overdue}"
    data = said.freshness_of(book, day)
    n = len(data.ages)
    yield "data", f"{len(data.stale)} of {n} series too old" if data.stale else f"{n} series, fresh"


def _odds_figures(book: Book) -> Iterator[FigureView]:
    """Give each horizon's odds, and beside them how past ones came out."""
    honest = reliability(book)
    for shown in odds(book):
        ending = shown.name.removeprefix("odds")
        yield from _small(shown, *(each for each in honest if each.name.endswith(ending)))


def _base_rate(told: Sequence[Odds]) -> str:
    """Say to use the base rate where no odds have earned more."""
    skilled = any(each.skilled for found in told for each in found.horizons)
    return said.UNSKILLED if told and not skilled else ""


def log(told: Sequence[Change]) -> Iterator[LogDay]:
    """Give what changed, the latest day first."""
    ordered = sorted(told, key=lambda each: each.day, reverse=True)
    for day, run in groupby(ordered, key=lambda each: each.day):
        yield LogDay(day, tuple(said.sentences(run)))


def _described(book: Book, shown: LiveView) -> dict[str, Any]:
    """Describe the record as a data set, for search engines."""
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{shown.heading}: what came of it",
        "description": shown.answer,
        "temporalCoverage": f"{book.article.first_seen}/{book.last}",
        "creator": {"@type": "SoftwareApplication", "name": "Leadline"},
    }
