"""How claims are tested: every kind of test, the conditions, and the rule of the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

import leadline
from leadline.calibration import published
from leadline.calibration.document import Cell
from leadline.calibration.page import STATES, percent
from leadline.data.conditions import Definition, definitions
from leadline.report import methods, prose, words
from leadline.report.document import Sheet
from leadline.report.tables import TableView
from leadline.web import site
from leadline.web.addresses import places
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf

AT = "/methods"
CRUMBS = ((AT, "Methods"),)


@dataclass(frozen=True, slots=True)
class User:
    """A claim that a kind of test was put to."""

    at: str
    ref: str
    paraphrase: str
    decides: bool


@dataclass(frozen=True, slots=True)
class Series:
    """A condition or derived series, laid out."""

    id: str
    title: str
    kind: str
    needs: tuple[tuple[str, str], ...]
    rule: Markup
    source: Markup


def _address(name: str) -> str:
    """Give where a name that a text refers to stands."""
    if name in methods.methods():
        return f"{AT}/{name}"
    return f"{AT}/conditions#{name}" if name in definitions() else ""


@page(AT)
def listing(shelf: Shelf) -> Printed:
    """Print the list of kinds."""
    del shelf
    kinds = methods.methods().values()
    said = (
        f"{len(kinds)} kinds of test, each with its null, its sources and what it was measured "
        "to do where the truth is known."
    )
    groups = [
        (group, [each for each in kinds if each.group == group])
        for group in (methods.RELATIONS, methods.STATEMENTS)
    ]
    return _printed(
        "methods.html.j2",
        "Methods",
        said,
        AT,
        {"groups": groups, "n_conditions": len(definitions())},
    )


@page(f"{AT}/{{kind}}", "verdicts", "files")
def method(shelf: Shelf, kind: str) -> Printed | None:
    """Print the page of a kind of test."""
    found = methods.methods().get(kind)
    if found is None:
        return None
    context = {
        "m": found,
        "about": prose.html(found.about, _address),
        "settings": [
            (one, prose.inline(one.takes, _address), one.default == "required")
            for one in found.settings
        ],
        "users": list(_users(shelf, kind)),
        "measured": _measured(kind),
        "truths": list(_truths(kind)),
    }
    return _printed(
        "method.html.j2",
        found.title,
        found.question,
        f"{AT}/{kind}",
        context,
        within=CRUMBS,
    )


def _users(shelf: Shelf, kind: str) -> Iterator[User]:
    for place in places(shelf):
        kinds = [test.kind for test in place.claim.tests]
        if kind in kinds:
            decides = kinds[0] == kind
            yield User(place.at, place.claim.ref, place.claim.paraphrase, decides)


def _measured(kind: str) -> TableView | None:
    """Give its false alarms, world by world; None where none were measured."""
    found = published()
    cells = {(c.world, c.test): c for c in found.sizes if c.kind == kind}
    if not cells:
        return None
    worlds, tests = (tuple(dict.fromkeys(names)) for names in zip(*cells, strict=True))
    most = max(cell.n for cell in cells.values())
    return TableView(
        caption=f"Share of up to {most:,} simulated histories in which it says yes at 5%, measured "
        f"until {words.day(found.day)}",
        head=("world", *tests),
        rows=tuple(
            (world, *(_said(cells.get((world, test))) for test in tests)) for world in worlds
        ),
        numeric=(False, *(True for _ in tests)),
        cards=len(tests) <= 2,
    )


def _said(cell: Cell | None) -> str:
    return "" if cell is None else f"{percent(cell.share)} {STATES[cell.state][0]}".strip()


def _truths(kind: str) -> Iterator[str]:
    for cell in published().truths:
        if cell.kind == kind:
            interval = f"{percent(cell.low, 0)} to {percent(cell.high, 0)}"
            yield (
                f"Where its truth is planted ({cell.world}) it says yes in "
                f"{percent(cell.share, 0)} of {cell.n:,} histories (99% interval {interval})."
            )


@page(f"{AT}/conditions")
def conditions(shelf: Shelf) -> Printed:
    """Print every condition and derived series."""
    del shelf
    held = definitions()
    groups = [
        (group, [_series(one) for one in listed])
        for group, listed in groupby(held.values(), key=lambda one: one.group)
    ]
    return _printed(
        "conditions.html.j2",
        "Conditions and derived series",
        f"{len(held)} names that a claim may use wherever a series can stand, each with its rule.",
        f"{AT}/conditions",
        {"groups": groups},
        within=CRUMBS,
    )


def _series(one: Definition) -> Series:
    unit = "" if one.kind in {"flag", "probability"} else f", in {one.unit}"
    held = definitions()
    return Series(
        id=one.id,
        title=one.title,
        kind=f"{methods.CONDITIONS[one.kind]}{unit}",
        needs=tuple((name, f"#{name}" if name in held else "") for name in one.needs),
        rule=prose.inline(one.rule, _address),
        source=prose.inline(one.source, _address),
    )


@page(f"{AT}/verdict")
def verdict(shelf: Shelf) -> Printed:
    """Print the rule of the verdict."""
    del shelf
    steps = [(words.OUTCOMES[outcome], said) for outcome, said in methods.rule()]
    return _printed(
        "rule.html.j2",
        "The rule of the verdict",
        "It was fixed before any claim was heard, and is asked in this order; the first answer "
        "that fits is the outcome.",
        f"{AT}/verdict",
        {"steps": steps, "badges": words.BADGES, "live": list(words.LIVE.values())},
        within=CRUMBS,
    )


def _printed(
    template: str,
    heading: str,
    said: str,
    at: str,
    context: dict[str, object],
    *,
    within: tuple[tuple[str, str], ...] = (),
) -> Printed:
    sheet = Sheet(
        template,
        title=f"{heading} · Leadline",
        description=said,
        json_ld={
            "@context": "https://schema.org",
            "@type": "TechArticle",
            "headline": heading,
            "description": said,
        },
        version=leadline.__version__,
        context={"heading": heading, "said": said, **context},
    )
    return site.printed(sheet, at=at, crumbs=within)
