"""Everything that was put right, in the open: rows of the ledger, registrations, verdicts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

import leadline
from leadline.claim import Article
from leadline.data.database import ledger as kept
from leadline.live.book import Phase, State
from leadline.live.entries import row_of, subjects_of
from leadline.report import words
from leadline.report.document import Sheet
from leadline.verdict import Verdict
from leadline.web import addresses, site, standing
from leadline.web.addresses import Place
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf

_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Turn:
    """What stood, and what stands in its place."""

    at: str
    name: str
    day: date
    stood: str
    stands: str


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that was put right at one moment."""

    when: datetime
    title: str
    sentence: str
    at: str
    turns: tuple[Turn, ...] = ()
    n_more: int = 0


@page("/corrections", "verdicts", "ledger", "files")
def corrections(shelf: Shelf) -> Printed:
    """Print every correction there is, the newest first."""
    found = [
        *(each for article in shelf.articles() for each in _of_ledger(shelf, article)),
        *(each for place in addresses.places(shelf) for each in _of_verdicts(shelf, place)),
    ]
    # Of what is of one moment, the later stands first, too.
    found.reverse()
    found.sort(key=lambda each: each.when, reverse=True)
    n = len(found)
    said = f"{n} {'thing was' if n == 1 else 'things were'} put right." if n else "Nothing yet."
    sheet = Sheet(
        "corrections.html.j2",
        title="Corrections · Leadline",
        description=f"What Leadline put right, and what stood before. {said}",
        json_ld={},
        version=leadline.__version__,
        context={"found": found, "is_empty": shelf.db is None},
    )
    return site.printed(sheet, at="/corrections", url=shelf.sources.url)


def _of_ledger(shelf: Shelf, article: Article) -> Iterator[Correction]:
    """Tell of the rows that put others right, those written at one moment together."""
    if shelf.db is None:
        return
    with shelf.db.connect() as connection:
        rows = kept.entries(connection, subjects_of(article))
    held = {row.id: row for row in rows}
    wrong = [row for row in rows if row.corrects is not None]
    places = {claim.ref: Place(article, claim).at for claim in article.claims}
    for when, group in groupby(wrong, key=lambda row: row.recorded_at):
        own = list(group)
        turns = [
            turn for row in own if row.corrects in held
            for turn in _turned(held[row.corrects], row, places)
        ]  # fmt: skip
        days = sorted({row.place.day for row in own})
        span = words.day(days[0])
        span += f" to {words.day(days[-1])}" if len(days) > 1 else ""
        yield Correction(
            when,
            f"Rows of the ledger: {article.title}",
            f"{len(own)} of the rows of {span} put right, because what is known of that time is "
            f"not what it was. {_states(turns)}",
            f"/live/{article.id}",
            tuple(turns[:_MOST_SHOWN]),
            max(0, len(turns) - _MOST_SHOWN),
        )


def _turned(stood: kept.Entry, stands: kept.Entry, places: dict[str, str]) -> Iterator[Turn]:
    """Say which word is another one; figures alone turn no word."""
    before, after = row_of(stood).body, row_of(stands).body
    match before, after:
        case State(), State() if before.state != after.state:
            old, new = words.LIVE[before.state].label, words.LIVE[after.state].label
        case Phase(), Phase() if before.label != after.label:
            old, new = before.label, after.label
        case _:
            return
    claim = stands.place.claim
    yield Turn(places.get(claim, ""), words.anchor(claim), stands.place.day, old, new)


def _states(turns: Sequence[Turn]) -> str:
    if not turns:
        return "No word is another for it."
    return f"{len(turns)} {'word is another' if len(turns) == 1 else 'words are others'} for it."


def _of_verdicts(shelf: Shelf, place: Place) -> Iterator[Correction]:
    """Tell where a claim came out otherwise when it was heard again.

    A trial as of an earlier day than the one before looks back, and corrects nothing.
    """
    for stood, stands in _superseded(shelf.history(place.claim.ref)):
        old, new = (words.OUTCOMES[v.history.outcome].label for v in (stood, stands))
        reworded = stood.claim.sha256 != stands.claim.sha256
        if old == new and not reworded:
            continue
        why = " The claim’s file was changed between the two." if reworded else ""
        told = f"{old} becomes {new}" if old != new else f"it stays {new}"
        before = Turn(addresses.of_verdict(stood.seal), place.claim.id, stood.as_of, old, new)
        yield Correction(
            standing.heard_at(stands),
            f"Verdict on {place.claim.ref}",
            f"Heard again with data as of {words.day(stands.as_of)} (before: "
            f"{words.day(stood.as_of)}): {told.lower()}.{why}",
            addresses.of_verdict(stands.seal),
            (before,) if old != new else (),
        )


def _superseded(history: Iterable[Verdict]) -> Iterator[tuple[Verdict, Verdict]]:
    before: Verdict | None = None
    for verdict in sorted(history, key=standing.heard_at):
        if before is not None and verdict.as_of < before.as_of:
            continue
        if before is not None:
            yield before, verdict
        before = verdict
