"""The scoreboard: every claim of every article, heard or not."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import leadline
from leadline.claim import Article
from leadline.report import articles, words
from leadline.report.annotated import NOT_HEARD
from leadline.report.document import Sheet
from leadline.verdict import Verdict
from leadline.web import addresses, site, standing
from leadline.web.addresses import Place
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf
from leadline.web.standing import Standing

FILTERS = ("outcome", "article", "live", "type", "words")
UNHEARD = "not_heard"
_TITLE = "What was claimed, and what the data say"
_INTRO = (
    "Articles make claims about markets. Leadline puts each claim on trial: tests fixed "
    "beforehand, data as they were known, and a rule that turns what is found into one of eight "
    "words. Then it keeps score of what comes after."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One claim on the board; ``rank`` orders outcomes, the most favourable first."""

    at: str
    name: str
    says: str
    article: Article
    article_at: str
    type: str
    outcome: str
    word: words.Word
    rank: int
    live: str
    live_word: words.Word | None
    clock: str
    decidable: str
    informative: str
    day: date | None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Summary:
    """One article on the board."""

    at: str
    article: Article
    n_heard: int
    outcomes: tuple[tuple[words.Word, int], ...]
    live: str
    live_at: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what it is ordered by, and the address that orders by it."""

    name: str
    head: str
    at: str
    order: str


_KEYS: Mapping[str, Callable[[Row], Any]] = {
    "id": lambda row: _natural(row.name),
    "claim": lambda row: row.says.casefold(),
    "article": lambda row: row.article.title.casefold(),
    "type": lambda row: row.type,
    "history": lambda row: row.rank,
    "live": lambda row: "" if row.live_word is None else row.live_word.label,
    "decidable": lambda row: row.decidable,
    "informative": lambda row: row.informative,
    "data": lambda row: "" if row.day is None else row.day.isoformat(),
}


@page("/", "verdicts", "ledger", "files", "today", query=(*FILTERS, "sort"))
def board(shelf: Shelf, sort: str, **wanted: str) -> Printed:
    """Print the scoreboard, filtered and ordered as the query says."""
    places = list(addresses.places(shelf))
    heard = {place.claim.ref: shelf.listed(place.claim) for place in places}
    stood = {place.claim.ref: standing.of(shelf, place, heard[place.claim.ref]) for place in places}
    rows = [_row(place, heard[place.claim.ref], stood[place.claim.ref], wanted) for place in places]
    stale, until = standing.newest(shelf, shelf.articles())
    verdicts = [verdict for verdict in heard.values() if verdict is not None]
    sheet = Sheet(
        "board.html.j2",
        title=f"{_TITLE} · Leadline",
        description=_INTRO,
        json_ld=_described(shelf),
        version=leadline.__version__,
        context={
            "heading": _TITLE,
            "intro": _INTRO,
            "found": articles.summary(verdicts),
            "counts": _counts(rows),
            "summaries": [_summary(shelf, each, heard, stood) for each in shelf.articles()],
            "rows": _ordered(rows, sort),
            "columns": _columns(wanted, sort),
            "n_shown": sum(row.shown for row in rows),
            "choices": _choices(rows),
            "wanted": wanted,
            "sort": sort,
        },
    )
    return site.printed(
        sheet,
        at="/",
        url=shelf.sources.url,
        data_until="" if until is None else words.day(until),
        stale=standing.some(stale),
    )


def _row(
    place: Place, verdict: Verdict | None, stands: Standing | None, wanted: Mapping[str, str]
) -> Row:
    claim = place.claim
    told = None if verdict is None else verdict.history
    row = Row(
        at=place.at,
        name=claim.id,
        says=claim.paraphrase,
        article=place.article,
        article_at=addresses.of_article(place.article),
        type=claim.type,
        outcome=UNHEARD if told is None else told.outcome,
        word=NOT_HEARD if told is None else words.OUTCOMES[told.outcome],
        rank=len(articles.RANK) if told is None else articles.RANK.index(told.outcome),
        live="" if stands is None else stands.state,
        live_word=None if stands is None else stands.word,
        clock="" if stands is None else stands.clock,
        decidable=claim.identifiability or "",
        informative=_informative(verdict),
        day=None if stands is None else stands.day,
    )
    return replace(row, shown=_fits(row, wanted))


def _fits(row: Row, wanted: Mapping[str, str]) -> bool:
    own = {"outcome": row.outcome, "article": row.article.id, "live": row.live, "type": row.type}
    # What the row shows, as the script of the page searches it.
    shown = [row.name, row.says, row.article.id, row.type, row.word.label]
    shown += [] if row.live_word is None else [row.live_word.label]
    said = " ".join(shown).casefold()
    return wanted["words"].strip().casefold() in said and all(
        not wanted[name] or wanted[name] == value for name, value in own.items()
    )


def _informative(verdict: Verdict | None) -> str:
    badges = () if verdict is None else verdict.history.badges
    return next((words.STATES[b.state] for b in badges if b.name == "informative"), "")


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    """Order S2 before S10."""
    return tuple((text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d*)", name))


def _ordered(rows: Sequence[Row], sort: str) -> list[Row]:
    """Order by a column, the other way round after a "-"; what has no value comes last."""
    key = _KEYS.get(sort.removeprefix("-"))
    if key is None:
        return list(rows)
    known = sorted((row for row in rows if key(row) != ""), key=key, reverse=sort.startswith("-"))
    return [*known, *(row for row in rows if key(row) == "")]


def _columns(wanted: Mapping[str, str], sort: str) -> tuple[Column, ...]:
    kept = {name: value for name, value in wanted.items() if value}
    return tuple(
        Column(
            name,
            "data to" if name == "data" else name,
            f"/?{urlencode(kept | {'sort': f'-{name}' if sort == name else name})}#claims",
            {name: "ascending", f"-{name}": "descending"}.get(sort, ""),
        )
        for name in _KEYS
    )


def _counts(rows: Sequence[Row]) -> tuple[tuple[str, words.Word, int], ...]:
    n = Counter(row.outcome for row in rows)
    told = {row.outcome: row.word for row in rows}
    return tuple((each, told[each], n[each]) for each in (*articles.RANK, UNHEARD) if n[each])


def _choices(rows: Iterable[Row]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Give what each filter can be set to: value and words."""
    rows = sorted(rows, key=lambda row: row.rank)
    found: dict[str, dict[str, str]] = {name: {} for name in FILTERS if name != "words"}
    for row in rows:
        found["outcome"][row.outcome] = row.word.label
        found["article"][row.article.id] = row.article.title
        found["type"][row.type] = words.TYPES[row.type]
        if row.live_word is not None:
            found["live"][row.live] = row.live_word.label
    return {name: tuple(values.items()) for name, values in found.items()}


def _summary(
    shelf: Shelf,
    article: Article,
    heard: Mapping[str, Verdict | None],
    stood: Mapping[str, Standing | None],
) -> Summary:
    verdicts = [v for claim in article.claims if (v := heard[claim.ref]) is not None]
    own = [s for claim in article.claims if (s := stood[claim.ref]) is not None]
    live = Counter(stands.word.label.lower() for stands in own if stands.state != "not_applicable")
    return Summary(
        at=addresses.of_article(article),
        article=article,
        n_heard=len(verdicts),
        outcomes=tuple((count.word, count.n) for count in articles.counts(verdicts)),
        live=", ".join(f"{n} {label}" for label, n in live.most_common()),
        live_at="" if shelf.told(article) is None else f"/live/{article.id}",
        day=max((stands.day for stands in own), default=None),
    )


def _described(shelf: Shelf) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": "Leadline",
        "description": _INTRO,
    }
    return found | ({"url": f"{shelf.sources.url}/"} if shelf.sources.url else {})
