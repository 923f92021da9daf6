"""A scan as one HTML page, and everything it found as files."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import leadline
from leadline import report
from leadline.evidence.exhibits import Exhibit, Table
from leadline.report import words
from leadline.report.document import Sheet, filed
from leadline.report.tables import TableView
from leadline.report.views import figure
from leadline.scan.caveats import caveats
from leadline.scan.exhibits import exhibits, family_wise, rows_of
from leadline.scan.result import Scan, percent, share
from leadline.scan.saved import DOCUMENT, EXHIBITS, TABLE, exhibits_document

if TYPE_CHECKING:
    import pandas as pd

MOST_LISTED = 40
"""Series left out, and runs of stale prices, that the page lists."""
JSON_LEADS = 1000
"""Leads that the JSON document holds; the table holds all."""

Numbers = tuple[tuple[str, str], ...]


def page(found: Scan) -> str:
    """Give the report on a scan as a single HTML file that needs neither network nor script."""
    return filed(sheet(found, exhibits(found)))


def sheet(found: Scan, drawn: Sequence[Exhibit]) -> Sheet:
    """Lay out the report on a scan, with its exhibits."""
    title = f"Who leads whom among {len(found.assets):,} series"
    said = found.summary().split("\n")
    return Sheet(
        "scan.html.j2",
        title=f"{title} · Leadline",
        description=said[1],
        json_ld=_described(found, title),
        version=leadline.__version__,
        context={
            "heading": title,
            "span": f"{words.day(found.first_day)} to {words.day(found.last_day)}",
            "answer": answer(found),
            "numbers": numbers(found),
            "said": said,
            "caveats": caveats(found),
            "figures": [figure(shown, shown.name) for shown in drawn],
            "left_out": _frame(found.left_out, "Series that took no part, and why"),
            "stood": _frame(found.stale, "Prices that stood still for five of their days or more"),
            "ticks": _frame(found.ticks, "Prices that leap away and are back the day after"),
            "settings": _settings(found),
            "receipt": (
                ("prices, SHA-256", str(found.manifest["prices"]).removeprefix("sha256:")),
                ("code", f"Leadline {leadline.__version__}"),
            ),
        },
    )


def answer(found: Scan) -> str:
    """Say in a sentence or two, without terms, what came of the scan."""
    counted = found.found()
    searched = "1 pair was" if found.n_pairs == 1 else f"{found.n_pairs:,} pairs were"
    searched += " searched"
    strict = family_wise(found)
    if counted.empty and strict.empty:
        return (
            f"Nobody, as far as these data tell: {searched}, and none of them goes together more "
            "than the best of so many pairs do by chance."
        )
    n = len(counted)
    one = (strict if counted.empty else counted).iloc[0]
    unit = found.settings.every if one["lag"] == 1 else f"{found.settings.every}s"
    told = (
        f"{searched.capitalize()}; {n:,} {'lead counts' if n == 1 else 'leads count'}."
        if n
        else f"Hardly anybody: {searched}, and no lead counts at the share of false ones asked "
        f"for, though {len(strict):,} stand{'s' if len(strict) == 1 else ''} out from all pairs."
    )
    told += (
        f" The strongest: {one['leader']} moves, and {one['follower']} moves "
        f"{'with it' if one['r'] > 0 else 'against it'} {one['lag']} {unit} later."
    )
    held = found.out_of_sample
    if held is not None and held.n_found == 0:
        told += " The first part of the sample alone would have shown none of them."
    return told


def numbers(found: Scan) -> Numbers:
    """Give the figures that come first: searched, counted, chance, family-wise, again."""
    counted = found.found()
    fdr = percent(found.settings.fdr)
    told = [
        ("Ordered pairs searched", f"{found.n_pairs:,}, each at {_lags(found)}"),
        (
            f"Leads that count (at most {fdr} of them false, on average)",
            f"{len(counted):,}; {int((found.table['q_by'] <= found.settings.fdr).sum()):,} of "
            "them however the pairs depend on one another"
            if len(counted)
            else "none",
        ),
    ]
    if found.settings.decoys and len(counted):
        last = counted.iloc[-1]
        told.append(
            (
                "False ones among them, by scans of the same series where nothing can be found",
                f"{share(last['fdp_shifted'])} and {share(last['fdp_signed'])}",
            )
        )
    if "p_fwer" in found.table:
        told.append(
            (
                "Leads so strong that chance would give any of all pairs as much in under 5% of "
                "histories",
                f"{len(family_wise(found)):,}",
            )
        )
    if found.out_of_sample is not None:
        held = found.out_of_sample
        again = (
            f"{held.n_again:,} of {held.n_found:,} (chance: {held.expected:.1f})"
            if held.n_found
            else "none was found there"
        )
        told.append(
            (f"Found before {words.day(held.first_day)} alone, and seen again after it", again)
        )
    return tuple(told)


def _lags(found: Scan) -> str:
    asked = found.settings
    return f"lags of {asked.min_lag} to {asked.max_lag} {asked.every}s"


def series_table(found: Scan) -> TableView:
    """List who leads most on the whole, with the group of each where groups stand out."""
    both = found.leaders.merge(found.clusters, on="asset")
    grouped, known = both["cluster"].any(), both["score"].notna().any()
    shown = both.head(MOST_LISTED)
    more = f", the first {MOST_LISTED} of {len(both):,}" if len(both) > MOST_LISTED else ""
    head = ["series", *(["score", "its interval"] if known else []), "leads", "follows"]
    rows = []
    for own in rows_of(shown):
        cells = [own.asset]
        cells += [_score(own.score), f"{_score(own.low)} to {_score(own.high)}"] if known else []
        cells += [f"{own.leads:,}", f"{own.follows:,}"]
        rows.append((*cells, *([f"{own.cluster + 1}"] if grouped else [])))
    return TableView(
        caption=f"Every series by how much more it leads than it is led{more}"
        if known
        else f"Every series, and how often it leads and follows{more}",
        head=(*head, *(["group"] if grouped else [])),
        rows=tuple(rows),
        numeric=(False, *(True for _ in head[1:]), *([True] if grouped else [])),
        cards=True,
    )


def _score(value: float) -> str:
    return "not known" if math.isnan(value) else f"{value:+.2f}".replace("-", words.MINUS)


def _settings(found: Scan) -> Numbers:
    kept = {"document", "schema", "prices", "made_by", "tile"}
    return tuple(
        (name.replace("_", " "), "all" if value is None else words.setting(value))
        for name, value in found.manifest.items()
        if name not in kept
    )


def _frame(frame: "pd.DataFrame", caption: str) -> TableView | None:
    if frame.empty:
        return None
    shown = frame.head(MOST_LISTED)
    more = f"; the first {MOST_LISTED} of {len(frame):,}" if len(frame) > MOST_LISTED else ""
    return TableView(
        caption=f"{caption}{more}",
        head=tuple(str(name) for name in frame.columns),
        rows=tuple(tuple(_cell(cell) for cell in row) for row in shown.itertuples(index=False)),
        numeric=tuple(name in {"n", "move"} for name in frame.columns),
    )


def _cell(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:+,.0%}".replace("-", words.MINUS)
    return str(cell.date()) if hasattr(cell, "date") else str(cell)


def _described(found: Scan, title: str) -> dict[str, Any]:
    """Describe the result as a data set, for search engines."""
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": title,
        "description": found.summary(),
        "temporalCoverage": f"{found.first_day}/{found.last_day}",
        "creator": {"@type": "SoftwareApplication", "name": "Leadline"},
    }


def document(found: Scan) -> dict[str, Any]:
    """Give the JSON document of a scan: what was asked, what was found, and what to beware of."""
    counted = found.found()
    held = found.out_of_sample
    return {
        "document": "scan",
        "schema": 1,
        "settings": dict(found.manifest),
        "assets": list(found.assets),
        "first_day": found.first_day,
        "last_day": found.last_day,
        "n_obs": found.n_obs,
        "n_pairs": found.n_pairs,
        "n_found": len(counted),
        "n_found_by": int((found.table["q_by"] <= found.settings.fdr).sum()),
        "out_of_sample": None
        if held is None
        else {
            "first_day": held.first_day,
            "n_found": held.n_found,
            "n_again": held.n_again,
            "expected": held.expected,
        },
        "leads": _rows(counted.head(JSON_LEADS)),
        "strongest": _rows(found.table.head(10)),
        "leaders": _rows(found.leaders),
        "clusters": _rows(found.clusters),
        "left_out": _rows(found.left_out),
        "stale": _rows(found.stale),
        "ticks": _rows(found.ticks),
        "notes": list(found.notes),
        "caveats": list(caveats(found)),
        "summary": found.summary(),
    }


def _rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def _plain(value: Any) -> Any:
    if hasattr(value, "date"):
        return str(value.date())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def write(found: Scan, folder: Path) -> Iterator[Path]:
    """Write tables, JSON documents, page, and each picture into ``folder``; give their paths.

    `leadline.scan.saved.load` reads the scan back from there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = exhibits(found)
    found.to_parquet(folder / TABLE)
    yield folder / TABLE
    found.table.to_csv(folder / "leads.csv", index=False, lineterminator="\n")
    yield folder / "leads.csv"
    # The document comes last of what is read back: who sees it finds the rest beside it.
    yield _written(folder / EXHIBITS, _json(exhibits_document(found, drawn)))
    yield _written(folder / DOCUMENT, _json(document(found)))
    yield _written(folder / "report.html", filed(sheet(found, drawn)))
    for shown in drawn:
        if isinstance(shown, Table):
            continue
        yield _written(folder / f"{shown.name}.svg", report.svg(shown))
        path = folder / f"{shown.name}.png"
        path.write_bytes(report.png(shown))
        yield path


def _json(value: dict[str, Any]) -> str:
    return f"{json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)}\n"


def _written(path: Path, text: str) -> Path:
    """Write a file that nobody sees half of."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
    return path
