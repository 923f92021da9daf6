"""The calibration as Markdown: docs/calibration.md is this page of the published document."""

from collections.abc import Iterator, Sequence
from typing import get_args

from leadline.calibration.document import ALPHA, Calibration, Cell, Process
from leadline.calibration.page import percent
from leadline.verdict import Outcome

MARKS = {True: "holds", False: "**does not hold**", None: "not measured"}


def page(found: Calibration) -> str:
    """Give the page."""
    return "\n\n".join(_parts(found)) + "\n"


def _parts(found: Calibration) -> Iterator[str]:
    yield "# Calibration"
    yield (
        "How often Leadline is right in markets whose truth is known: false alarms where nothing "
        "leads, discoveries where something does, whole verdicts, and live evidence. Every history "
        "follows from a fixed seed, its world and its number, whatever computes it:"
    )
    yield COMMANDS
    yield f"Measured until {found.day} with Leadline {found.leadline}."
    yield "## The worlds"
    rows = [(world.name, world.truth) for world in found.worlds]
    yield _table(("world", "what is true in it"), rows)
    yield MARKETS.format(n_obs=found.n_obs)
    if found.sizes:
        yield "## False alarms"
        yield _false_alarms(found)
        yield _rates(found.sizes, found.world_names("sizes"), "test")
        yield REMARKS
    if found.truths:
        yield "## Truths"
        yield (
            "Share of histories of a world made for the kind in which its test rejects at 5% "
            "(driver_share and explosive: says yes)."
        )
        yield _truths(found)
    if found.habits:
        yield "## What does not work"
        yield f"The same worlds, {found.habits[0].n:,} histories each, with habits of the trade."
        yield _rates(found.habits, found.world_names("habits"), "habit")
        yield (
            "Resampling each series by itself tests that nothing at all is shared, not that "
            "nothing leads. The band of a single lag does not pay for the search. Levels that "
            "wander correlate by chance."
        )
    yield from _power(found)
    yield from _verdicts(found)
    yield from _odds(found)
    yield from _live(found)
    yield from _scans(found)


COMMANDS = """```text
leadline calibrate --out calibration # two hours on two processors; it goes on after a stop
leadline calibrate --quick           # ten histories each
leadline calibrate granger sizes --worlds 300 # one kind, or one part
```"""
MARKETS = (
    "Each history has {n_obs:,} business days (ten years) where nothing else is said. The leader's "
    "volatility is 30 % a year, the follower's 60 %; heavy tails are Student-t with five degrees "
    "of freedom, clustering is GARCH(1,1), shared volatility an AR(1) log variance. Kinds that "
    "need a condition get one from the same prices: the leader is *fresh* for a quarter after a "
    "one-year high that followed a quarter without one; the follower is *up* where it gained 35 % "
    "in a quarter, *doubled* where it doubled. The series that is said to respond first owes half "
    "of its variance to the leader's move of the same day."
)
DECIDING = (
    "An effect that ten years leave open is planted into histories of 10, 20 and 40 years. "
    "*Needed* are the years after which four in five are found, where the likeliest line through "
    "the normal quantiles of the shares, in the root of the years, crosses; *named* is what the "
    "power curve of each history of ten years says, median. **Bold** is not right within a factor "
    "of 1.5. "
    "level_correlation names no year: levels that wander correlate by chance in a long history as "
    "they do in a short one."
)
REMARKS = (
    "Where the two move together on the same day, the follower lags *less* often while the leader "
    "is strong, so gap_frequency never rejects there. A window that begins at one day meets closes "
    "half a day apart: the guard gap keeps what they produce in the null. driver_share (is the "
    "residual clearly positive?) and explosive show how often they say *yes*. Returns that carry "
    "over from day to day at 0.9 are no random walk by the week: the three nulls of explosive pass "
    "70 % of such histories, and the statistic with one lagged difference, which must pass as "
    "well, leaves 8 %. forecast compares its antecedent with rotations, of which one that lasts "
    "has few that differ; its bound is that of a level of 8%. state_transition reads conditions "
    "made of overlapping quarters: where the two share news, a follower that is not up yet is a "
    "little nearer to it after the leader's high, and it rejects somewhat too often. Over 800 "
    "histories in which the leader's condition is half a year old it rejects in 3.4 %. "
    "driver_share says yes too often where moves carry over from day to day. Where both ride the "
    "same slow cycles the leader's past does foretell the follower, in three episodes and no more: "
    "the brackets say how many tests by themselves are taken in, and a verdict takes slow cycles "
    "out first. Where each goes through four slow cycles of its own, nothing is in common, but "
    "four cycles are four observations, and whatever swings as slowly seems related: most kinds "
    "reject far too often there. They see such cycles in the data, by Fisher's test at the slow "
    "end of each spectrum, and warn of them. Where leaps up come in bunches, a bunch is one event "
    "and passes for several, or for a turn of the pace: kinds that ask about means and sums "
    "reject somewhat too often, and warn of large moves that go one way together. pace, "
    "published_figure, regime_now and standing read what stood on a day or in a publication: "
    "there are base rates and no false alarms."
)


def _false_alarms(found: Calibration) -> str:
    counts = sorted({cell.n for cell in found.sizes}, reverse=True)
    spans = []
    for n in counts:
        low, high = next(c for c in found.sizes if c.n == n and c.level == ALPHA).band
        spans.append(f"{percent(low)} and {percent(high)} of {n:,}")
    return (
        "Share of histories without a lead in which the test rejects at a nominal "
        f"{ALPHA:.0%}, with {found.n_resamples} resamples. A test of exactly that level lies "
        f"between {' histories and between '.join(spans)} histories in 99 % of such tables; "
        "**bold** lies above, and a dagger (†) says that the kind warns of it there. Rows marked ≤ "
        "stay below by construction: they take the largest of several p-values (an "
        "intersection-union test), or their window overlaps the guard gap, whose link the null "
        "keeps; there the bound is *not above*. A history too thin for the test counts as not "
        "rejected. In brackets stand worlds in which what the kind asks for is true, so that "
        "rejecting is right: driver_loading, shock_response and stress_behaviour measure what "
        "moves together on the same day, and market_fact asks whether the pace changed, as it "
        "does in a slow cycle."
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rates(cells: Sequence[Cell], worlds: Sequence[str], first: str) -> str:
    held = {(cell.test, cell.world): cell for cell in cells}
    rows = []
    for test in dict.fromkeys(cell.test for cell in cells):
        row = [held.get((test, world)) for world in worlds]
        counts = sorted({cell.n for cell in row if cell})
        n = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
        mark = " ≤" if any(cell and cell.conservative for cell in row) else ""
        shown = ["" if cell is None else _shown(cell) for cell in row]
        rows.append((test + mark, *shown, n))
    return _table((first, *worlds, "histories"), rows)


def _shown(cell: Cell) -> str:
    text = percent(cell.share)
    match cell.state:
        case "true":
            return f"({text})"
        case "above":
            return f"**{text}**"
        case "caveated":
            return f"**{text}**†"
        case _:
            return text


def _truths(found: Calibration) -> str:
    rows = [
        (
            cell.kind,
            cell.world,
            f"{found.truth_days.get(cell.test, found.n_obs):,}",
            percent(cell.share, 0),
            f"{cell.n:,}",
        )
        for cell in found.truths
    ]
    return _table(("kind", "world", "days", "found", "histories"), rows)


def _power(found: Calibration) -> Iterator[str]:
    rows: list[tuple[str, ...]]
    if found.discoveries:
        yield "## Discoveries"
        yield (
            "An effect is planted into each history. *Promised* is the average of what the power "
            "curves of those histories say for it, *found* the share in which the test then "
            "rejects. A curve that keeps its word leaves found within the 99 % binomial bounds of "
            "promised; **bold** lies below."
        )
        rows = [
            (
                each.test,
                each.world,
                f"{each.effect:.2f} {each.unit}",
                percent(each.promised, 0),
                _bold(percent(each.found.share, 0), wrong=not each.keeps_its_word),
                f"{each.found.n:,}",
            )
            for each in found.discoveries
        ]
        yield _table(("test", "world", "planted", "promised", "found", "histories"), rows)
    for along in ("effect", "years", "episodes"):
        curves = [curve for curve in found.curves if curve.along == along]
        if not curves:
            continue
        yield f"### Power against {'the size of the effect' if along == 'effect' else along}"
        rows = [
            (
                curve.test,
                curve.world,
                *(
                    f"{x:g}: {percent(share.share, 0)}"
                    for x, share in zip(curve.x, curve.found, strict=True)
                ),
            )
            for curve in curves
        ]
        widest = max(len(row) for row in rows)
        yield _table(("test", "world", *[""] * (widest - 2)), rows)
    if found.coverages:
        yield "### Intervals"
        yield "Share of histories in which the interval holds the truth."
        rows = [
            (e.test, e.world, e.of, percent(e.level, 0), percent(e.held.share), f"{e.held.n:,}")
            for e in found.coverages
        ]
        yield _table(("test", "world", "of", "promised", "held", "histories"), rows)
    if found.deciding:
        yield "### The year named for deciding"
        yield DECIDING
        rows = [
            (
                e.test,
                e.world,
                "" if e.effect is None else f"{e.effect:.2f} {e.unit}",
                "" if e.at_hand is None else percent(e.at_hand.share, 0),
                "" if e.needed is None else f"{e.needed:.0f}",
                "none" if e.named is None else f"{e.named:.0f}",
                _bold(f"{e.ratio:.2f}", wrong=not e.holds),
                f"{e.low:.2f} to {e.high:.2f}",
                f"{e.n:,}",
            )
            for e in found.deciding
        ]
        header = (
            "test",
            "world",
            "planted",
            "found in ten years",
            "years needed",
            "years named",
            "needed over named",
            "90 % of histories",
            "histories",
        )
        yield _table(header, rows)
    if found.wordings:
        yield "### How easily chance satisfies the wording"
        rows = [
            (e.test, e.world, percent(e.said, 0), percent(e.happened.share, 0), f"{e.happened.n:,}")
            for e in found.wordings
        ]
        yield _table(("test", "world", "said", "happened", "histories"), rows)


def _bold(text: str, *, wrong: bool) -> str:
    return f"**{text}**" if wrong else text


def _verdicts(found: Calibration) -> Iterator[str]:
    if found.outcomes:
        yield "## Whole verdicts"
        yield (
            "The demo's claim (a lead of two to 26 weeks), all nulls, forks, halves, forecasts and "
            "placebos included, with 999, 399 and 150 resamples instead of 1,999, 999 and 300."
        )
        names = [n for n in get_args(Outcome) if any(o.counts.get(n) for o in found.outcomes)]
        rows = [
            (o.claim, o.world, *(str(o.counts.get(name, 0)) for name in names))
            for o in found.outcomes
        ]
        yield _table(("claim", "world", *(name.replace("_", " ") for name in names)), rows)
        yield (
            "*Contradicted* asks for the opposite effect at 5 %, so one market in twenty without "
            "any lead gets it. *Untestable* is a fall of 14 % that the next day took back: with "
            "tails as heavy as these, a real move can look like a bad tick."
        )
    if found.checks:
        yield "### What must hold"
        rows = [(c.name, c.asks, c.found, MARKS[c.holds]) for c in found.checks]
        yield _table(("of", "asked", "found", ""), rows)


def _odds(found: Calibration) -> Iterator[str]:
    if not found.odds:
        return
    yield "## Odds"
    yield (
        "What the odds of a rally say of their own skill, by the last of 13 to 28 years of monthly "
        "refits. *Rallies by chance* are jumps of a day at a rate of two a year that nothing "
        "foretells; with the condition, all of them come while it holds, half of the time, in "
        "spells of a year. A model that is skilled beats the expanding base rate by Brier and by "
        "log score, both with the lower end of a 90 % interval above zero."
    )
    header = (
        "world",
        "weeks",
        "says skilled",
        "says the conditions add",
        "mean weight",
        "weight of 0",
        "mean Brier skill",
        "miscalibrated at 5%",
        "histories",
    )
    rows = [
        (
            each.world,
            str(each.weeks),
            percent(each.skilled),
            percent(each.added),
            f"{each.weight:.2f}",
            percent(each.weight_zero, 0),
            f"{each.brier:+.3f}",
            percent(each.miscalibrated),
            f"{each.n:,}",
        )
        for each in found.odds
    ]
    yield _table(header, rows)
    yield (
        "In two random walks nothing leads, yet a follower that stands just short of a rally is "
        "nearer to one than on other days: odds that know the follower's own path may rightly be "
        "better than the base rate there. What the claim's conditions add to them is the column "
        "beside. With few rallies an effect is mostly missed: silence on the skill says little, "
        "and the odds then say *use the base rate*."
    )


def _live(found: Calibration) -> Iterator[str]:
    if not found.processes:
        return
    n = found.processes[0].at_20.n
    yield "## Live evidence"
    yield (
        "Whether following a claim every day invents evidence. A call says that the follower "
        "touches a mark within 20 days, with odds of 60% instead of 30%, while the leader stood "
        "above where it stood 90 days before: an antecedent that comes and goes in bunches. A "
        "relation foretells the follower's next 20 days from the leader's last 20. Both are "
        "followed for 500 days after 1,500 days of history. *Windows, odds known* and *windows, "
        "odds of the past* are the official process of a call, with the true base rate and with "
        "the share of past windows, as live has to take it; *relation, windows* that of a line; "
        "*daily returns* the companion."
    )
    yield (
        f"Share of {n:,} histories without a lead in which the e-value for the claim reached 20 on "
        "any day (in brackets: 100). Where the null is true, at most 5.0% (1.0%) do; **bold** lies "
        "above what 99 % of such tables show."
    )
    yield _processes([each for each in found.processes if not each.habit])
    yield (
        "Odds taken from the past are a little wrong, most where calm and wild years alternate, "
        "and that uses up part of the margin."
    )
    yield "What does not work, on the same days:"
    yield _processes([each for each in found.processes if each.habit])
    yield (
        "A normal likelihood ratio takes the spread of the last sixty days for that of the next: "
        "where spreads move or tails are heavy, its e-value is none. Live compares each return "
        "with its mirror image instead, which asks for symmetry alone; the next table shows what "
        "that costs. Momentum looks like a drift to whoever takes returns for independent. A base "
        "drift frozen at publication is wrong by what a short past happened to show, and every day "
        "after counts the error as evidence; live takes the mean of all days so far, and expects "
        "so much less of the claim. A test at 5 % that is repeated every day until it rejects is "
        "one of five times that."
    )
    if found.growth:
        yield "### How fast it comes"
        yield (
            "The same call where it is right. *Promised* is the log growth an outcome by theory "
            "(Kullback and Leibler; for returns half the squared drift, less what the mean so far "
            "holds of it, over the past spread), *fell* how fast the e-value against the claim "
            "falls over 3,000 days (for windows that is the claim's own, unmixed, upside down), "
            "*mixed* how fast the mixture grows which is shown. *Expected* is the median of the "
            "days at which the first page dates the decision, *reached* the median of the days on "
            "which 20 was reached. *Refuted* is the share of histories in which the e-value "
            "against this true claim reached 20 within 500 days; at most 5.0% are allowed."
        )
        header = ("process", "world", "promised", "fell", "mixed", "expected", "reached", "refuted")
        rows = [
            (
                each.process,
                each.world,
                f"{each.promised:.4f}",
                f"{each.fell:.4f}",
                f"{each.mixed:.4f}",
                f"{each.expected:,.0f}",
                f"{each.reached:,.0f}",
                percent(each.refuted.share),
            )
            for each in found.growth
        ]
        yield _table(header, rows)


def _processes(chosen: Sequence[Process]) -> str:
    worlds = tuple(dict.fromkeys(each.world for each in chosen))
    held = {(each.process, each.world): each for each in chosen}
    rows = []
    for name in dict.fromkeys(each.process for each in chosen):
        row = [held.get((name, world)) for world in worlds]
        rows.append((name, *("" if each is None else _crossed(each) for each in row)))
    return _table(("process", *worlds), rows)


def _crossed(each: Process) -> str:
    text = f"{percent(each.at_20.share)} ({percent(each.at_100.share)})"
    return _bold(text, wrong=not each.is_valid)


def _scans(found: Calibration) -> Iterator[str]:
    if not found.scans:
        return
    yield "## Scans"
    yield (
        "What scans of whole universes find: all ordered pairs, lags of 1 to 20 days, 199 "
        "resamples. All moves are GARCH(1,1) with Student-t shocks; each asset has a beta of 0.3 "
        "to 0.9 on a market and half of its sector's move, beside what is its own. *Any false "
        "lead* is the share of universes in which a pair without a lead has a family-wise p of at "
        "most 5 %, in closed form (Bonferroni over pairs) and by resamples (Westfall and Young); "
        "**bold** lies above what 99 % of tables at 5 % show. *False among those that count* is "
        "the mean share at a false discovery rate of 5 %, by Benjamini and Hochberg and by "
        "Benjamini and Yekutieli, and by the estimate of two decoy scans (series shifted, signs "
        "drawn). Where some assets answer the market a day later, all others lead them, but none "
        "by what is its own: the scan warns of that (†). The mean of the others is no exact "
        "measure of the market where there are sectors, too; as many components as there are "
        "factors leave nothing."
    )
    said: dict[str, str] = {}
    for each in found.scans:
        said.setdefault(each.truth, each.universe)
    yield _table(
        ("universe", "what is true in it"), [(name, truth) for truth, name in said.items()]
    )
    rows = [
        (
            each.universe,
            f"{each.n_assets:,}",
            f"{each.n_obs:,}",
            _bold(_both(each.closed.share, each.stepped.share), wrong=not each.is_quiet)
            + ("†" if each.is_warned_of else ""),
            _both(each.false, each.false_by),
            "" if each.decoys is None else _both(*each.decoys),
            "" if each.found is None else percent(each.found, 0),
            "" if each.at_lag is None else percent(each.at_lag, 0),
            f"{each.n:,}",
        )
        for each in found.scans
    ]
    header = (
        "universe",
        "assets",
        "days",
        "any false lead: closed form, resamples",
        "false among those that count: BH, BY",
        "by the decoys",
        "planted leads found",
        "at their own lag",
        "universes",
    )
    yield _table(header, rows)


def _both(one: float, other: float) -> str:
    return f"{percent(one)}, {percent(other)}"
