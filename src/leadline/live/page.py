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

_RECENT = 3


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
    stale: tuple[str, ...]
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
    """
    shown = view(book, scoreboard=scoreboard, lags=lags, reports=reports)
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
) -> LiveView:
    """Lay out a book, for a page of any kind."""
    day = book.last
    told = changes(book, book.article.first_seen, day)
    shown_cards = cards(book, reports or {})
    data = said.freshness_of(book, day)
    log = tuple(_log(told))
    board = None if scoreboard is None else call_pictures.scoreboard(scoreboard)
    return LiveView(
        heading=book.article.title,
        answer=said.standing(book),
        status=tuple(_status(book)),
        stale=tuple(f"{plain.short(name)} ({data.ages[name]} days old)" for name in data.stale),
        cards=shown_cards,
        tiles=tuple(tiles(book)),
        today=tuple(said.sentences(each for each in told if each.day == day)),
        before=log[:_RECENT] if log[:1] and log[0].day < day else log[1 : 1 + _RECENT],
        odds=tuple(_odds_figures(book)),
        base_rate=_base_rate(said.odds_of(book, day)),
        log=log,
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


def _status(book: Book) -> Iterator[tuple[str, str]]:
    day = book.last
    yield "published", words.day(book.article.first_seen)
    yield "data to the end of", f"{words.day(day)}, day {(day - book.article.first_seen).days}"
    yield "next update due", f"{words.day(day + timedelta(days=2))}, 00:10 UTC"
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


def _log(told: Sequence[Change]) -> Iterator[LogDay]:
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
