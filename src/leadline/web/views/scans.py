"""Scans: which there are, what each found, and every pair of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

import leadline
from leadline.errors import ArchiveError
from leadline.report import words
from leadline.report.document import Sheet
from leadline.report.files import Origin
from leadline.report.views import FigureView
from leadline.scan import Scan, saved
from leadline.scan.caveats import caveats
from leadline.scan.exhibits import family_wise, listed, rows_of
from leadline.scan.page import answer, series_table, sheet
from leadline.scan.saved import Saved
from leadline.web import downloads, selection, site
from leadline.web.pages import Printed, page
from leadline.web.scans import kept, of_pair, of_scan, unstep
from leadline.web.selection import Asked
from leadline.web.shelf import Shelf
from leadline.web.site import Files

if TYPE_CHECKING:
    import pandas as pd

A_PAGE = 50
"""Pairs listed at a time."""
LINKED = ("network", "heatmap")
"""Pictures of leads; below each its leads are listed as links."""
WHOLE = {
    ("leads", "csv"): ("leads.csv", "text/csv; charset=utf-8"),
    ("leads", "parquet"): ("leads.parquet", "application/vnd.apache.parquet"),
    ("scan", "json"): ("scan.json", "application/json"),
}
"""Files of the folder that are given as they are, by name and ending in the address."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One scan in the list; ``trouble`` says why it cannot be shown."""

    name: str
    at: str
    trouble: str = ""
    answer: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PairLink:
    """A directed pair and where its page stands."""

    words: str
    at: str
    counts: bool
    cells: tuple[str, ...] = ()


@page("/scans", "files")
def scans(shelf: Shelf) -> Printed:
    """Print the list of scans."""
    entries = [_entry(shelf, name) for name in shelf.scans()]
    said = (
        f"{len(entries)} {'search' if len(entries) == 1 else 'searches'} of whole universes for "
        "series that move before others."
        if entries
        else "No scan is kept here yet."
    )
    listing = Sheet(
        "scans.html.j2",
        title="Scans: who leads whom · Leadline",
        description=said,
        json_ld=_described("Scans", said),
        version=leadline.__version__,
        context={"answer": said, "entries": entries, "home": _home(shelf)},
    )
    return site.printed(listing, at="/scans")


def _home(shelf: Shelf) -> str:
    """Give a folder in which a scan would be found, as far as it may be told to anybody."""
    inside = [path for path in shelf.sources.scans if not (path / saved.DOCUMENT).exists()]
    return f"{inside[0].resolve().name}/NAME" if inside else "NAME"


def _entry(shelf: Shelf, name: str) -> Entry:
    at = of_scan(name)
    try:
        held = kept(shelf, name)
    except ArchiveError as error:
        return Entry(name, at, trouble=shelf.worded(error))
    if held is None:
        return Entry(name, at, trouble="It was there a moment ago.")
    found = held.found
    asked = found.settings
    span = f"{words.day(found.first_day)} to {words.day(found.last_day)}"
    return Entry(
        name,
        at,
        answer=answer(found),
        facts=(
            ("searched", f"{len(found.assets):,} series, {found.n_pairs:,} pairs"),
            ("days", span),
            ("lags", f"{asked.min_lag} to {asked.max_lag} {asked.every}s"),
            ("leads that count", f"{len(found.found()):,}"),
            ("family-wise", _strict(found)),
            ("written", words.day(held.written.date())),
        ),
    )


def _strict(found: Scan) -> str:
    return f"{len(family_wise(found)):,}" if found.settings.resamples else "not asked"


@page(
    "/scans/{scan}",
    "files",
    query=selection.QUERY,
)
def scan(shelf: Shelf, scan: str, **query: str) -> Printed | None:
    """Print what a scan found, and those of its pairs that are asked for."""
    held = kept(shelf, unstep(scan))
    if held is None:
        return None
    name, found = unstep(scan), held.found
    at = of_scan(name)
    asked = selection.asked(query)
    chosen = selection.chosen(found, asked)
    n_pages = max(1, -(-len(chosen) // A_PAGE))
    asked = replace(asked, page=min(asked.page, n_pages))
    first = (asked.page - 1) * A_PAGE
    shown = chosen.iloc[first : first + A_PAGE]
    heads, links = _links(name, found, shown)
    whole = sheet(found, held.exhibits)
    told = replace(
        whole,
        template="scan_page.html.j2",
        context={
            **whole.context,
            "scan": name,
            "here": at,
            "asked": asked,
            "heads": heads,
            "links": links,
            "n_chosen": len(chosen),
            "n_listed": found.n_listed,
            "first": first,
            "turns": _turns(asked, n_pages),
            "n_pages": n_pages,
            "orders": selection.ORDERS,
            "sizes": selection.choices(selection.SIZES, asked.r),
            "shares": selection.choices(selection.SHARES, asked.q),
            "groups": _groups(found),
            "names": sorted({*found.table["leader"], *found.table["follower"]}),
            "series": series_table(found),
            "written": words.day(held.written.date()),
        },
    )
    crumbs = (("/scans", "Scans"),)
    return site.printed(told, at=at, files=_below(name, held), crumbs=crumbs)


def _groups(found: Scan) -> tuple[tuple[int, str], ...]:
    """Number the groups for readers, from one; none where no groups stand out."""
    sizes = found.clusters["cluster"].value_counts().sort_index()
    if len(sizes) < 2:
        return ()
    counted = zip(sizes.index.tolist(), sizes.tolist(), strict=True)
    return tuple((group + 1, f"{group + 1} ({n:,} series)") for group, n in counted)


def _links(
    scan: str, found: Scan, shown: "pd.DataFrame"
) -> tuple[tuple[str, ...], tuple[PairLink, ...]]:
    heads, rows = listed(shown)
    links = tuple(
        PairLink(
            f"{own.leader} before {own.follower}",
            of_pair(scan, own.leader, own.follower),
            bool(own.q_bh <= found.settings.fdr),
            cells[2:],
        )
        for own, cells in zip(rows_of(shown), rows, strict=True)
    )
    return heads[2:], links


def _turns(asked: Asked, n_pages: int) -> tuple[tuple[str, str], ...]:
    """Give the links to the pages around this one."""
    turns = []
    if asked.page > 1:
        turns.append((asked.query(asked.page - 1), "before"))
    if asked.page < n_pages:
        turns.append((asked.query(asked.page + 1), "next"))
    return tuple(turns)


def _below(scan: str, held: Saved) -> Files:
    """Give what stands below a figure: its leads as links, and its files."""
    loads = downloads.links(of_scan(scan))
    found = held.found
    drawn = {shown.name: shown for shown in held.exhibits}

    def below(figure: FigureView) -> Markup:
        if figure.id not in LINKED:
            return loads(figure)
        exhibit: Any = drawn[figure.id]
        pairs = set(_arrows(exhibit) if figure.id == "network" else _cells(exhibit))
        rows = found.found()
        there = [own for own in zip(rows["leader"], rows["follower"], strict=True) if own in pairs]
        items = Markup("").join(
            Markup('<li><a href="{}">{} before {}</a></li>').format(of_pair(scan, *own), *own)
            for own in there
        )
        return Markup(
            '<details class="data"><summary>The {} leads in this picture, one by one</summary>'
            '<ul class="ways">{}</ul></details>{}'
        ).format(f"{len(there):,}", items, loads(figure))

    return below


def _arrows(network: Any) -> Iterator[tuple[str, str]]:
    for arrow in network.arrows:
        yield network.nodes[arrow.start].label, network.nodes[arrow.stop].label


def _cells(heatmap: Any) -> Iterator[tuple[str, str]]:
    for leader, values in zip(heatmap.rows, heatmap.values, strict=True):
        for follower, value in zip(heatmap.columns, values, strict=True):
            if value is not None:
                yield leader, follower


@page("/scans/{scan}/{figure}.{form}", "files", query=("dark",))
def figure(shelf: Shelf, scan: str, figure: str, form: str, dark: str) -> Printed | None:
    """Give a figure of a scan as a file, or one of the scan's own files."""
    held = kept(shelf, unstep(scan))
    if held is None:
        return None
    if (figure, form) in WHOLE:
        file, media = WHOLE[figure, form]
        return Printed(_bytes(held.folder / file), media, f"{unstep(scan)}-{file}")
    exhibits = {shown.name: shown for shown in held.exhibits}
    return downloads.printed(exhibits, figure, form, _origin(held.found), dark=dark)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = (
            f"{path.name}: Cannot be read: {error.strerror}. Run leadline scan again with --out "
            "and the scan's folder."
        )
        raise ArchiveError(msg) from None


def _origin(found: Scan) -> Origin:
    """Give what goes with every figure of a scan."""
    beware = caveats(found)
    span = f"{words.day(found.first_day)} to {words.day(found.last_day)}"
    return Origin(
        about={
            "settings": dict(found.manifest),
            "first_day": found.first_day,
            "last_day": found.last_day,
            "caveats": beware,
        },
        says=(
            ("Scan", f"{len(found.assets):,} series, {found.n_pairs:,} ordered pairs, {span}"),
            ("Prices, SHA-256", str(found.manifest["prices"]).removeprefix("sha256:")),
            *(("Caveat", caveat) for caveat in beware),
        ),
    )


def _described(name: str, said: str) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "name": name,
        "description": said,
    }
