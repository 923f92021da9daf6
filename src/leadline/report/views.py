"""What the templates show of a verdict: words, tables and drawings, laid out, nothing computed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from leadline.claim import Claim
from leadline.evidence.base import Evidence, NumberShown
from leadline.evidence.exhibits import Exhibit, Overlay, Shift, Table
from leadline.report import icons, words
from leadline.report.account import Row, Section, part, sections
from leadline.report.citation import bibtex
from leadline.report.plain import readable
from leadline.report.tables import TableView, data_table, numbers
from leadline.report.theme import COMPACT, LIGHT, WIDE, Look
from leadline.verdict import ClaimStamp, History, Live, Verdict

# The order in which a reader is led: what the eye sees, what it is worth, what else was tried.
# What only one kind of test draws has no name here and comes in the middle.
FIRST = ("overlay", "lag_profile", "fan", "path")
LAST = (
    "episodes",
    "regimes",
    "ribbon",
    "phases",
    "waterfall",
    "specification_curve",
    "hinges",
    "power",
    "placebos",
    "stability",
    "rolling",
    "null",
)
PRINTED = ("overlay", "lag_profile", "fan", "specification_curve", "power", "placebos")
# What fits on the second of two printed pages.
_N_PRINTED = 6
_PANEL_DAYS = (0, 30, 65, 90, 120, 180)
_TRIES = (0, 30, 65, 90, 120, 180, 365)
_PANEL_WIDTH = 300


@dataclass(frozen=True, slots=True)
class Reads:
    """The four read-outs of an overlay at one shift."""

    level: str
    change: str
    p: str
    random: str


@dataclass(frozen=True, slots=True)
class Panel:
    """An overlay at one shift, small."""

    days: int
    svg: Markup
    reads: Reads


@dataclass(frozen=True, slots=True)
class ShiftView:
    """What the slider of an overlay needs."""

    at: int
    start: int
    last: int
    low: int
    high: int
    wide_px: str
    narrow_px: str
    json: Markup
    reads: Reads
    tries: tuple[int, ...]
    panels: tuple[Panel, ...]
    published: bool
    plain_wide: Markup | None = None
    plain_narrow: Markup | None = None


@dataclass(frozen=True, slots=True)
class FigureView:
    """One exhibit on a page."""

    id: str
    title: str
    finding: str
    note: str
    wide: Markup | None
    narrow: Markup | None
    table: TableView
    is_table: bool
    shift: ShiftView | None
    printed: bool = False


@dataclass(frozen=True, slots=True)
class TestView:
    """One piece of evidence on a page."""

    title: str
    decides: bool
    summary: str
    null: str
    revision: int
    sections: tuple[Section, ...]
    settings: tuple[Row, ...]
    caveats: tuple[str, ...]
    figures: tuple[FigureView, ...] = ()


@dataclass(frozen=True, slots=True)
class BadgeView:
    """One badge in words."""

    line: str
    reason: str


@dataclass(slots=True)
class ClaimView:
    """One verdict on a page."""

    verdict: Verdict
    claim: ClaimStamp
    history: History
    live: Live
    anchor: str
    sort: str
    type: str
    identifiability: str
    informative: str
    outcome: words.Word
    state: words.Word
    live_day: str
    base_rate: str
    numbers: tuple[NumberShown, ...]
    badges: tuple[BadgeView, ...]
    caveats: tuple[str, ...]
    seal: str
    short: str
    figures: tuple[FigureView, ...]
    more: tuple[TestView, ...]
    tests: tuple[TestView, ...]
    data: TableView | None
    hallmark: Markup
    receipt: tuple[Row, ...]
    bibtex: str
    after: str = ""
    followed: tuple[FigureView, ...] = ()
    supports: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    rank: int = 0
    odds: tuple[str, ...] = ()
    above: str | None = None
    page: str | None = None
    jumps: tuple[tuple[str, str], ...] = field(default=())


def of(
    verdict: Verdict,
    *,
    claim: Claim | None = None,
    pictures: Sequence[Exhibit] | None = None,
    followed: Sequence[Exhibit] = (),
) -> ClaimView:
    """Lay out a verdict in full, or with none but these ``pictures`` as a part of a longer page.

    ``followed`` are the pictures of what came since, day by day; they stand for the verdict's own
    of the same name.
    """
    history, live = verdict.history, verdict.live
    anchor = words.anchor(verdict.claim.id)
    source = verdict.claim.source if claim is None else claim.model_dump(mode="json")
    short = pictures is not None
    main, others = _chosen(verdict) if pictures is None else (list(pictures), [])
    later = {shown.name for shown in followed}
    main = [_with_year(shown, verdict) for shown in main if shown.name not in later]
    prefix = f"{anchor}-" if short else ""
    printed = _printed(main)
    figures = tuple(
        _figure(shown, f"{prefix}{shown.name}", short=short, printed=shown.name in printed)
        for shown in main
    )
    badges = tuple(BadgeView(words.badge_line(b), b.reason) for b in history.badges)
    informative = next((b.state for b in history.badges if b.name == "informative"), None)
    tests = tuple(
        _test(evidence, decides=place == 0) for place, evidence in enumerate(verdict.evidence)
    )
    view = ClaimView(
        verdict=verdict,
        claim=verdict.claim,
        history=history,
        live=live,
        anchor=anchor,
        sort=str(source.get("type") or ""),
        type=words.TYPES.get(str(source.get("type")), ""),
        identifiability=str(source.get("identifiability") or ""),
        informative=words.STATES[informative] if informative else "",
        outcome=words.outcome(verdict),
        state=words.LIVE[live.state],
        live_day=words.live_day(live),
        base_rate=words.live_base_rate(live),
        numbers=words.four(verdict),
        badges=badges,
        caveats=(*_deciding_caveats(verdict), *words.own_caveats(verdict)),
        seal=words.short_seal(verdict.seal),
        short=verdict.seal.removeprefix("sha256:")[:12],
        figures=figures,
        more=_others(others, verdict.evidence),
        tests=tests,
        data=data_table(verdict.data),
        hallmark=Markup(icons.hallmark(verdict)),  # noqa: S704 - its text is escaped there
        receipt=_receipt(verdict),
        bibtex=bibtex(verdict),
        after="" if live.after is None else part(live.after)[1],
        followed=tuple(
            small_figure(readable(shown), f"{prefix}followed-{shown.name}") for shown in followed
        ),
    )
    view.jumps = _jumps(view)
    return view


def exhibits(verdict: Verdict, *, followed: Sequence[Exhibit] = ()) -> dict[str, Exhibit]:
    """Give what is drawn in full of a verdict by the id that its figure has on the page.

    The parameters are those of `of`.
    """
    main, rest = _chosen(verdict)
    later = {shown.name for shown in followed}
    found = {shown.name: shown for shown in main if shown.name not in later}
    found |= {f"t{place}-{shown.name}": shown for place, shown in rest}
    return found | {f"followed-{shown.name}": shown for shown in followed}


def _with_year(shown: Exhibit, verdict: Verdict) -> Exhibit:
    """Say below the power of a test by which year it could be decided, or why by none."""
    power = next((e.power for e in verdict.evidence[:1]), None)
    if shown.name != "power" or power is None or shown not in verdict.evidence[0].exhibits:
        return shown
    if power.limit:
        said = f"No year is named: {power.limit}."
    elif power.decidable_by is not None:
        said = f"At the past pace of data the claim could be decided by about {power.decidable_by}."
    else:
        return shown
    return shown.model_copy(update={"note": f"{shown.note} {said}".strip()})


def _deciding_caveats(verdict: Verdict) -> tuple[str, ...]:
    return verdict.evidence[0].caveats if verdict.evidence else ()


def _jumps(view: ClaimView) -> tuple[tuple[str, str], ...]:
    names = {figure.id for figure in view.figures}
    links = [("why", "why")]
    links += [("overlay", "see the overlay")] if "overlay" in names else []
    if "specification_curve" in names:
        links.append(("specification_curve", "what if other choices?"))
    links += [("pictures", "all pictures")] if names else []
    links += [("followed", "since publication")] if view.followed else []
    return (
        *links,
        ("statistics", "statistics"),
        ("method", "method"),
        ("data", "data"),
        ("receipt", "cite"),
    )


def _chosen(verdict: Verdict) -> tuple[list[Exhibit], list[tuple[int, Exhibit]]]:
    """Split exhibits into the main ones in reading order, and the rest by evidence.

    The main ones are those carried on past publication, then the deciding test's, and of the
    other tests whatever there is no picture of yet.
    """
    main: dict[str, Exhibit] = {shown.name: shown for shown in verdict.live.exhibits}
    carried_on = set(main)
    rest: list[tuple[int, Exhibit]] = []
    for place, found in enumerate(verdict.evidence):
        for shown in found.exhibits:
            if shown.name not in main:
                main[shown.name] = shown
            elif place > 0 or shown.name not in carried_on:
                rest.append((place, shown))
    return sorted(main.values(), key=lambda shown: _place(shown.name)), rest


def _printed(main: Sequence[Exhibit]) -> set[str]:
    pictures = [shown.name for shown in main if not isinstance(shown, Table)]
    wanted = [name for name in PRINTED if name in pictures]
    return set([*wanted, *(name for name in pictures if name not in wanted)][:_N_PRINTED])


def _place(name: str) -> int:
    if name in FIRST:
        return FIRST.index(name)
    return len(FIRST) + 1 + LAST.index(name) if name in LAST else len(FIRST)


def _others(
    rest: Sequence[tuple[int, Exhibit]], evidence: Sequence[Evidence]
) -> tuple[TestView, ...]:
    told = []
    for place, found in enumerate(evidence):
        shown = [exhibit for where, exhibit in rest if where == place]
        if shown:
            figures = [
                _figure(exhibit, f"t{place}-{exhibit.name}", short=True) for exhibit in shown
            ]
            told.append(_test(found, decides=place == 0, figures=tuple(figures)))
    return tuple(told)


def _test(evidence: Evidence, *, decides: bool, figures: tuple[FigureView, ...] = ()) -> TestView:
    return TestView(
        title=words.kind_title(evidence.kind).capitalize(),
        decides=decides,
        summary=evidence.summary,
        null=evidence.null,
        revision=evidence.revision,
        sections=sections(evidence),
        settings=tuple(
            (words.kind_title(key), words.setting(value))
            for key, value in evidence.settings.items()
            if key != "kind"
        ),
        caveats=evidence.caveats,
        figures=figures,
    )


def figure(exhibit: Exhibit, name: str) -> FigureView:
    """Lay out one exhibit in full; ids on the page start with ``name``."""
    return _figure(exhibit, name, short=False, printed=True)


def small_figure(exhibit: Exhibit, name: str) -> FigureView:
    """Lay out one exhibit for a narrow column alone; ids on the page start with ``name``."""
    return _figure(exhibit, name, short=True)


def _figure(exhibit: Exhibit, name: str, *, short: bool, printed: bool = False) -> FigureView:
    wide = narrow = None
    if not isinstance(exhibit, Table):
        from leadline.report.figures import inline_svg

        narrow = Markup(inline_svg(exhibit, prefix=f"{name}-n", width=COMPACT))  # noqa: S704 - drawn here
        if not short:
            wide = Markup(inline_svg(exhibit, prefix=f"{name}-w", width=WIDE))  # noqa: S704 - drawn here
    return FigureView(
        id=name,
        title=exhibit.title,
        finding=exhibit.finding,
        note=exhibit.note,
        wide=wide,
        narrow=narrow,
        table=numbers(exhibit),
        is_table=isinstance(exhibit, Table),
        shift=_shift(exhibit, name, short=short) if isinstance(exhibit, Overlay) else None,
        printed=printed,
    )


def _reads(shift: Shift) -> Reads:
    def r(value: float | None) -> str:
        return "not known" if value is None else f"{value:.2f}".replace("-", words.MINUS)

    p = "not known" if shift.p_search is None else words.p_value(shift.p_search)
    return Reads(r(shift.level_r), r(shift.return_r), p, words.share(shift.share_random))


def _shift(exhibit: Overlay, name: str, *, short: bool) -> ShiftView | None:
    shifts = exhibit.shifts
    if not shifts:
        return None
    from leadline.report.charts.overlay import pixels_per_day

    at = min(range(len(shifts)), key=lambda i: abs(shifts[i].days - exhibit.start_shift))
    rows = [
        [s.days, *(_short(v) for v in (s.level_r, s.return_r, s.p_search, s.share_random))]
        for s in shifts
    ]
    return ShiftView(
        at=at,
        start=exhibit.start_shift,
        last=len(shifts) - 1,
        low=shifts[0].days,
        high=shifts[-1].days,
        wide_px=f"{pixels_per_day(exhibit, Look(LIGHT, WIDE)):.5f}",
        narrow_px=f"{pixels_per_day(exhibit, Look(LIGHT, COMPACT)):.5f}",
        json=Markup(json.dumps(rows, separators=(",", ":"))),  # noqa: S704 - numbers only
        reads=_reads(shifts[at]),
        tries=tuple(days for days in _TRIES if shifts[0].days <= days <= shifts[-1].days),
        panels=() if short else _panels(exhibit, name),
        published=exhibit.published is not None,
        plain_wide=None if short else _on_plain_scale(exhibit, f"{name}-wp", WIDE),
        plain_narrow=None if short else _on_plain_scale(exhibit, f"{name}-np", COMPACT),
    )


def _on_plain_scale(exhibit: Overlay, prefix: str, width: int) -> Markup:
    from leadline.report.figures import inline_prices

    return Markup(inline_prices(exhibit, prefix=prefix, width=width))  # noqa: S704 - drawn here


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _panels(exhibit: Overlay, name: str) -> tuple[Panel, ...]:
    """Repeat one small drawing with its leader moved, for readers without JavaScript."""
    from leadline.report.charts.overlay import pixels_per_day
    from leadline.report.figures import inline_thumbnail

    drawn = inline_thumbnail(exhibit, prefix=f"{name}-p", width=_PANEL_WIDTH)
    per_day = pixels_per_day(exhibit, Look(LIGHT, _PANEL_WIDTH))
    start = drawn.index("<path", drawn.index("leader_marks"))
    panels: list[Panel] = []
    for wanted in _PANEL_DAYS:
        near = min(exhibit.shifts, key=lambda s: abs(s.days - wanted))
        if any(panel.days == near.days for panel in panels):
            continue
        moved = f'<path transform="translate({near.days * per_day:.1f},0)"'
        svg = (drawn[:start] + moved + drawn[start + 5 :]).replace(
            f"{name}-p", f"{name}-p{near.days}"
        )
        panels.append(Panel(near.days, Markup(svg), _reads(near)))  # noqa: S704 - drawn here
    return tuple(panels)


def _receipt(verdict: Verdict) -> tuple[Row, ...]:
    return (
        ("seal of this verdict", verdict.seal),
        ("claim, SHA-256", verdict.claim.sha256),
        ("data, SHA-256", verdict.made_by.panel.removeprefix("sha256:")),
        ("code", f"Leadline {verdict.made_by.leadline}"),
        ("asked as of", words.day(verdict.as_of)),
        ("history ends", words.day(verdict.history.data_until)),
        ("made", verdict.made_by.at),
    )
