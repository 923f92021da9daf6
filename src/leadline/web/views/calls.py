"""Lags that were published, and calls with a date: how they came out."""

from collections.abc import Iterator
from dataclasses import dataclass

import leadline
from leadline.evidence.exhibits import Exhibit
from leadline.live import call_pictures
from leadline.live.calls import CallState, Row, Scoreboard
from leadline.report import plain, words
from leadline.report.document import Sheet
from leadline.report.files import Origin
from leadline.report.views import figure
from leadline.web import addresses, downloads, published, site
from leadline.web.pages import Printed, page
from leadline.web.series import ages
from leadline.web.shelf import Shelf

AT = "/calls"
_WORDS: dict[CallState, words.Word] = {
    "hit": words.LIVE["hit"],
    "miss": words.LIVE["miss"],
    "open": words.Word("Open", "?", "Its time is not over yet.", "open"),
    "not_resolvable": words.Word("Nothing settles it", "/", "It names no mark or day.", "open"),
}
_WITHOUT_DATA = words.Word("Not settled", "/", "A series that settles it is not there.", "open")


@dataclass(frozen=True, slots=True)
class Line:
    """One call as it stands."""

    row: Row
    anchor: str
    at: str
    word: words.Word
    call: str
    base: str
    odds: str
    stands: str


@page(AT, "verdicts", "data", "files", "today")
def calls(shelf: Shelf) -> Printed:
    """Print every published lag on one axis, and every call beside its base rate."""
    board = published.board(shelf)
    ruler = _ruler(shelf)
    sheet = Sheet(
        "calls.html.j2",
        title="Published lags and calls with a date · Leadline",
        description=ruler.finding if board is None and ruler else _said(board),
        json_ld={"@context": "https://schema.org", "@type": "Dataset", "name": "Published calls",
                 "description": _said(board)},
        version=leadline.__version__,
        context={
            "board": board,
            "said": _said(board),
            "age": None if board is None else (shelf.today() - board.as_of).days,
            "too_old": () if board is None else tuple(_stale(shelf, board)),
            "ruler": None if ruler is None else figure(plain.readable(ruler), ruler.name),
            "lines": () if board is None else tuple(_lines(shelf, board)),
        },
    )  # fmt: skip
    return site.printed(sheet, at=AT, files=downloads.links(AT), url=shelf.sources.url)


@page("/calls/{figure}.{form}", "verdicts", "files", query=("dark",))
def download(shelf: Shelf, figure: str, form: str, dark: str = "") -> Printed | None:
    """Print one file of the ruler, or of the table of calls."""
    board = published.board(shelf)
    drawn: list[Exhibit | None] = [_ruler(shelf)]
    drawn.append(None if board is None else call_pictures.scoreboard(board))
    found = {each.name: each for each in drawn if each is not None}
    return downloads.printed(found, figure, form, _origin(board), dark=dark)


def _ruler(shelf: Shelf) -> Exhibit | None:
    return call_pictures.ruler(published.lags(shelf))


def _said(board: Scoreboard | None) -> str:
    return "How the calls came out is not settled yet." if board is None else board.words()


def _stale(shelf: Shelf, board: Scoreboard) -> Iterator[str]:
    """Name the series that calls are settled by and that are too old, each with its last day."""
    read = {row.series for row in board.rows}
    for age in ages(shelf):
        if age.series in read and age.is_stale(shelf.today()):
            yield f"{plain.label(age.series)} (last value of {words.day(age.last)})"


def _lines(shelf: Shelf, board: Scoreboard) -> Iterator[Line]:
    for row in board.rows:
        place = addresses.named(shelf, row.claim)
        lacks = row.state == "not_resolvable" and not row.vague
        yield Line(
            row=row,
            anchor=words.anchor(row.claim),
            at="" if place is None else place.at,
            word=_WITHOUT_DATA if lacks else _WORDS[row.state],
            call=words.capital(plain.told(row.call)),
            base="" if row.base is None else words.share(row.base),
            odds="" if row.odds is None else words.share(row.odds),
            stands=_stands(row),
        )


def _stands(row: Row) -> str:
    same = "" if row.same_as is None else f"The same call as {words.anchor(row.same_as)}. "
    return same + plain.told(row.sentence)


def _origin(board: Scoreboard | None) -> Origin:
    if board is None:
        return Origin({"as_of": None}, (("Calls", "not settled yet"),))
    about = {"as_of": board.as_of.isoformat(), "totals": board.totals.model_dump(mode="json")}
    return Origin(about, (("Settled as of", words.day(board.as_of)), ("In short", board.words())))
