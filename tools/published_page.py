"""Write docs/published.md: every published figure that comes with Leadline, with its sources."""

from collections.abc import Iterator

from leadline.data import published
from leadline.data.published import Figure, Row

INTRO = """\
Written by `make docs` from the table in the package. A claim cites a figure with the test
[`published_figure`](kinds.md).

*Traced* means that the publisher's own words were read: on its own site, on the newswire it uses,
or in a full copy of the document; the table says which. A figure that was only met in somebody
else's report is marked *no*, says where it was met, and decides nothing. Nor does a forecast.
Where publications differ, all rows stay: each survey restates earlier years. A publication counts
from the day on which it appeared; one known by its month counts from the month's last day."""
READ = {
    "own": "yes, the publisher's site",
    "newswire": "yes, newswire",
    "copy": "yes, full copy",
    "nowhere": "no",
}


def page() -> str:
    """Give the text of docs/published.md."""
    parts = ["# Published figures", INTRO]
    for figure in sorted(published.figures().values(), key=lambda figure: figure.id):
        parts += [
            f"## {figure.id}",
            f"{figure.title} ({figure.unit}). {figure.definition}",
            "\n".join(_rows(figure)),
        ]
    return "\n\n".join(parts) + "\n"


def _rows(figure: Figure) -> Iterator[str]:
    yield "| year | value | published | publication | traced |"
    yield "|---|---|---|---|---|"
    for row in sorted(figure.rows, key=lambda row: (row.year, row.publication.published)):
        forecast = " (forecast)" if row.forecast else ""
        source = f"{row.publication.publisher}, {_title(row)}"
        yield (
            f"| {row.year} | {row.value:,.12g}{forecast} | {row.publication.published} "
            f"| {source} | {_traced(row)} |"
        )


def _title(row: Row) -> str:
    publication = row.publication
    title = publication.title
    if publication.address is not None:
        title = f"[{title}]({publication.address})"
    return title if row.section is None else f"{title}, {row.section}"


def _traced(row: Row) -> str:
    if not row.traced:
        return f"no: {row.unverified}" + (f"; {row.derived}" if row.derived else "")
    arithmetic = f"; our arithmetic: {row.derived}" if row.derived else ""
    return READ[row.publication.read] + arithmetic
