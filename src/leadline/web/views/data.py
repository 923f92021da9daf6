"""How the data are: every series and provider, and one series in full."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import leadline
from leadline.data.database import fetches_of
from leadline.data.export import kept_back
from leadline.data.series import Series, in_force
from leadline.errors import DataError
from leadline.report import plain, words
from leadline.report.ages import IN_FULL
from leadline.report.document import Sheet
from leadline.report.files import LICENCES
from leadline.report.views import figure
from leadline.web import series as told
from leadline.web import site
from leadline.web.pages import Printed, page
from leadline.web.series import Health
from leadline.web.shelf import Shelf

AT = "/data"
CSV = "text/csv; charset=utf-8"
_SHOWN = 10
"""Newest values, changes and fetches that a page lists."""


@page(AT, "data", "verdicts", "files", "today")
def everything(shelf: Shelf) -> Printed:
    """Print how every series and every provider is."""
    healths = told.healths(shelf)
    answer = _answer(healths)
    sheet = Sheet(
        "data.html.j2",
        title="How old the data are · Leadline",
        description=answer,
        json_ld={"@context": "https://schema.org", "@type": "DataCatalog", "name": "Series"},
        version=leadline.__version__,
        context={
            "answer": answer,
            "healths": healths,
            "held": sum(each.newest is not None for each in healths),
            "sources": told.sources(shelf),
        },
    )
    return site.printed(sheet, at=AT, url=shelf.sources.url)


@page("/data/{series}", "data", "verdicts", "files", "today")
def one(shelf: Shelf, series: str) -> Printed | None:
    """Print one series: its course, its newest values, what was changed, every fetch."""
    health = next((each for each in told.healths(shelf) if each.id == series), None)
    if health is None:
        return None
    held = _held(shelf, series)
    sheet = Sheet(
        "series.html.j2",
        title=f"{health.name} · Leadline",
        description=health.title or health.name,
        json_ld=_described(health),
        version=leadline.__version__,
        context={
            "health": health,
            "readers": told.read_by(shelf).get(series, ()),
            "allows": LICENCES.get(health.licence, ""),
            **_unheld(),
            **({} if held is None else _in_full(shelf, held)),
        },
    )
    return site.printed(sheet, at=f"{AT}/{series}", url=shelf.sources.url, crumbs=((AT, "Data"),))


@page("/data/{series}/values.csv", "data")
def values(shelf: Shelf, series: str) -> Printed | None:
    """Print the newest value of each period, where its owner allows that."""
    held = _held(shelf, series)
    if held is None:
        return None
    if reason := kept_back(held):
        return _refused(series, reason)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("period", "value", "known_at"))
    for day, value, known in zip(*in_force(held), strict=True):
        writer.writerow((day, value if value == value else "", f"{known}Z"))  # noqa: PLR0124 (NaN)
    return Printed(text.getvalue().encode(), CSV, f"{held.info.id}.csv")


def _answer(healths: Sequence[Health]) -> str:
    """Say how the series are in a sentence or two."""
    counts = Counter(each.state for each in healths)
    n_held = len(healths) - counts["not fetched"]
    if not n_held:
        return "The store holds no series yet."
    answer = (
        f"{n_held} series are in the store: {counts['fresh'] or 'none'} fresh, "
        f"{counts['too old'] or 'none'} too old."
    )
    if counts["not fetched"]:
        answer += f" {counts['not fetched']} more are read by claims and were never fetched."
    return answer


def _refused(series: str, reason: str) -> Printed:
    sheet = Sheet(
        "error.html.j2",
        title="Not to be passed on · Leadline",
        description="The owner of these values keeps them.",
        json_ld={"@context": "https://schema.org", "@type": "WebPage"},
        version=leadline.__version__,
        context={
            "heading": "These values may not be passed on",
            "words": f"{words.capital(plain.label(series))}: {reason}. Whoever runs this store "
            f"reads them with: leadline data show {series}",
        },
    )
    return site.printed(sheet, at=f"{AT}/{series}/values.csv", status=403)


def _held(shelf: Shelf, name: str) -> Series | None:
    store = shelf.store()
    # Only an id as the store has it is an address; an alias would be a second one.
    if store is None or name not in store.ids():
        return None
    try:
        return store.series(name)
    except DataError:
        # It came from a provider that is not installed here, or from one that only checks.
        return None


def _unheld() -> Mapping[str, Any]:
    alone = ("series", "drawn", "withheld", "dated", "n_changes", "n_fetches")
    lists = ("values", "changes", "fetches", "notes")
    return dict.fromkeys(alone) | dict.fromkeys(lists, ())


def _in_full(shelf: Shelf, series: Series) -> Mapping[str, Any]:
    store = shelf.store()
    changes = () if store is None else store.revisions(series.info.id)
    fetches = () if shelf.db is None else fetches_of(shelf.db, series.info.id)
    withheld = kept_back(series)
    newest = zip(*(part[-_SHOWN:][::-1] for part in in_force(series)), strict=True)
    return {
        "series": series,
        "drawn": figure(plain.readable(told.picture(series)), "values"),
        "withheld": withheld,
        "dated": IN_FULL[series.basis],
        "values": () if withheld else tuple(newest),
        "n_changes": len(changes),
        "changes": () if withheld else changes[-_SHOWN:][::-1],
        "n_fetches": len(fetches),
        "fetches": tuple(
            (each, told.host_of(each), told.OUTCOMES[each.outcome])
            for each in fetches[-_SHOWN:][::-1]
        ),
        "notes": (*series.notes, *(remark.text for remark in series.remarks)),
    }


def _described(health: Health) -> Mapping[str, Any]:
    """Describe the series as a data set, for search engines."""
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": health.name,
        "description": health.title or health.name,
        "variableMeasured": health.unit,
        "temporalCoverage": "" if health.newest is None else f"../{health.newest}",
        "license": LICENCES.get(health.licence, words.capital(health.licence)),
    }
