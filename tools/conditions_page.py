"""Write docs/conditions.md: every condition and derived series with its rule and source."""

from itertools import groupby

from leadline.data.conditions import Definition, definitions
from leadline.report.methods import CONDITIONS

INTRO = (
    "Written by `make docs` from the definitions themselves. A name of this page can stand in a "
    "claim file wherever a series can: as leader, follower or condition (`given: {series: fear, "
    "rule: holds}`). Each is computed once for every day, from what was known on that day alone; a "
    "test cuts the future off and finds the past unchanged. Where an input is unknown or older "
    "than its series allows, so is the condition. Other defensible readings of the same word are "
    "entries of their own, so that a claim can be judged under all of them."
)


def conditions_page() -> str:
    """Give the text of docs/conditions.md."""
    parts = ["# Conditions and derived series", INTRO]
    # Groups are in the order of the package's files, and so are the definitions in them.
    for group, listed in groupby(definitions().values(), key=lambda one: one.group):
        own = tuple(listed)
        rows = "\n".join(f"| [`{one.id}`](#{one.id}) | {one.title} | {one.kind} |" for one in own)
        parts += [f"## {group}", f"| name | what it says | kind |\n|---|---|---|\n{rows}"]
        parts += [_entry(one) for one in own]
    return "\n\n".join(parts) + "\n"


def _entry(one: Definition) -> str:
    unit = "" if one.kind in ("flag", "probability") else f", in {one.unit}"
    needs = ", ".join(f"`{name}`" for name in one.needs)
    return (
        f"### {one.id}\n\n{one.title}: {CONDITIONS[one.kind]}{unit}, from {needs}.\n\n"
        f"**Rule.** {one.rule}\n\n**Source.** {one.source}"
    )
