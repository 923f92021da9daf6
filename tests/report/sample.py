"""A verdict as rich as a real one, made by hand: every shape, every part, plausible numbers."""

import math
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from leadline.claim import Article, Claim
from leadline.evidence.base import (
    Estimate,
    Evidence,
    Forks,
    Interaction,
    Part,
    PlaceboLeader,
    Placebos,
    Power,
    Skill,
    Stability,
    Wording,
)
from leadline.evidence.exhibits import (
    Arrow,
    Band,
    Bar,
    Bars,
    Curve,
    Distribution,
    Exhibit,
    Forest,
    ForestRow,
    Heatmap,
    Line,
    Mark,
    Network,
    Node,
    Overlay,
    Ribbon,
    Shift,
    Span,
    Specification,
    SpecificationCurve,
    Step,
    Table,
    Timeline,
    Waterfall,
)
from leadline.verdict import Badge, ClaimStamp, History, Live, MadeBy, NumberShown, Verdict

FIRST = date(2014, 9, 17)
PUBLISHED = date(2026, 1, 23)
LAST = date(2026, 8, 20)


def _days(step: int) -> list[str]:
    n = (LAST - FIRST).days // step
    return [(FIRST + timedelta(days=step * i)).isoformat() for i in range(n + 1)]


def overlay(*, n_shifts: int = 366) -> Overlay:
    """Give silver over Bitcoin, weekly."""
    rng = np.random.default_rng(1)
    days = _days(7)
    silver = 18 * np.exp(np.cumsum(rng.normal(0.002, 0.035, len(days))))
    bitcoin = 400 * np.exp(np.cumsum(rng.normal(0.008, 0.09, len(days))))
    return Overlay(
        name="overlay",
        title="Silver moved forward, over Bitcoin",
        finding="Moved 90 days, the two lines agree to 0.71; three in ten pairs of unrelated "
        "random walks agree at least as well after the same search.",
        note="Both lines are stretched to one height, as on two axes. That alone makes many "
        "unrelated lines look alike.",
        leader_label="Silver",
        follower_label="Bitcoin",
        days=tuple(days),
        leader=tuple(float(v) for v in silver),
        follower=tuple(float(v) for v in bitcoin),
        shifts=tuple(
            Shift(
                days=i,
                level_r=0.71 - ((i - 90) / 400) ** 2,
                return_r=0.05 * math.sin(i / 9),
                p_search=0.31 + 0.1 * math.sin(i / 30),
                share_random=0.30 + ((i - 90) / 600) ** 2,
            )
            for i in range(n_shifts)
        ),
        start_shift=90,
        published=PUBLISHED.isoformat(),
    )


def lag_profile(*, peak: int = 13) -> Curve:
    """Give a profile whose largest correlation is at ``peak`` weeks."""
    rng = np.random.default_rng(2)
    lags = np.arange(-26, 27)
    r = rng.normal(0, 0.03, lags.size)
    r[lags == peak] = 0.12
    level = 0.5 - (lags - peak) ** 2 / 4000
    x = tuple(float(lag) for lag in lags)
    return Curve(
        name="lag_profile",
        title="Does silver's past return tell Bitcoin's?",
        finding=f"The largest correlation of returns, 0.12 at {peak} weeks, lies inside the band "
        "that chance alone stays in nine times in ten.",
        note="Right of zero, silver moved first. The claim speaks of 2 to 26 weeks.",
        x_label="weeks by which silver moved before Bitcoin (left: Bitcoin moved first)",
        y_label="correlation",
        lines=(
            Line(label="returns", x=x, y=tuple(map(float, r)), points=True),
            Line(
                label="price levels (what the overlay shows)",
                x=x,
                y=tuple(map(float, level)),
                role="ghost",
            ),
        ),
        bands=(
            Band(
                label="chance, all lags together (90%)",
                x=x,
                low=(-0.15,) * lags.size,
                high=(0.15,) * lags.size,
            ),
            Band(
                label="chance, one lag alone (90%)",
                x=x,
                low=(-0.07,) * lags.size,
                high=(0.07,) * lags.size,
                role="narrow",
            ),
        ),
        marks=(Mark(label="claimed: 2 to 26 weeks", at=2.0, to=26.0),),
    )


def fan() -> Curve:
    """Give Bitcoin after each of silver's records."""
    rng = np.random.default_rng(3)
    ahead = tuple(float(d) for d in range(0, 181, 5))
    paths = np.cumsum(rng.normal(0.006, 0.06, (9, len(ahead))), axis=1)
    paths -= paths[:, :1]
    spread = np.sqrt(np.array(ahead) / 180)
    live = 26
    return Curve(
        name="fan",
        title="Bitcoin after 9 records of silver",
        finding="After 9 records Bitcoin's median rise in 180 days was 21%, against 18% from "
        "any other day.",
        x_label="days after the record",
        y_label="return since the record",
        y_format="+.0%",
        lines=(
            *(
                Line(label=f"{2016 + i}-07-05", x=ahead, y=tuple(map(float, p)), role="ghost")
                for i, p in enumerate(paths)
            ),
            Line(
                label="median of the 9",
                x=ahead,
                y=tuple(float(v) for v in np.median(paths, axis=0)),
            ),
            Line(label="any day", x=ahead, y=tuple(0.18 * d / 180 for d in ahead), role="base"),
            Line(
                label="since the claim",
                x=ahead[:live],
                y=tuple(float(-0.22 * d / 130 + 0.03 * math.sin(d)) for d in ahead[:live]),
                role="live",
            ),
        ),
        bands=(
            Band(
                label="base rate: middle 80% of all days",
                x=ahead,
                low=tuple(float(v) for v in -0.35 * spread),
                high=tuple(float(v) for v in 0.9 * spread),
                role="base",
            ),
        ),
    )


def episodes() -> Table:
    """Give the episodes one by one."""
    return Table(
        name="episodes",
        title="Every record of silver, and what Bitcoin did",
        finding="In 4 of 9 episodes Bitcoin rose by more than its base rate.",
        columns=("date", "silver, 60 d", "Bitcoin before", "Bitcoin after", "met?"),
        rows=tuple(
            (f"{2016 + i}-07-05", f"+{14 + i}%", f"{-4 + 3 * i:+d}%", f"{40 - 11 * i:+d}%", met)
            for i, met in enumerate(("yes", "yes", "no", "yes", "no", "no", "yes", "no", "no"))
        ),
    )


def specifications(*, n: int = 216) -> SpecificationCurve:
    """Give a multiverse of a size that real claims have."""
    rng = np.random.default_rng(4)
    z = np.sort(rng.normal(0.4, 0.8, n))
    null = np.sort(rng.normal(0, 0.8, n))
    options = {
        "leader": ("silver", "gold"),
        "sampling": ("day", "week", "month"),
        "window": ("2w..26w", "1w..13w", "4w..52w"),
        "volatility": ("scaled by past 60 d", "as it is"),
        "start": ("2014", "2017"),
        "controls": ("none", "dollar", "S&P 500"),
    }
    names = list(options)
    return SpecificationCurve(
        name="specification_curve",
        title="Every defensible way to run the test",
        finding="61% of 216 specifications point the claim's way; chance does as well in "
        "38 of 100 histories.",
        note="Each dot is one combination of choices that could be defended beforehand.",
        specifications=tuple(
            Specification(
                choices={name: str(rng.choice(options[name])) for name in names},
                z=float(v),
                estimate=float(v) * 0.03,
                chosen=i == int(n * 0.8),
            )
            for i, v in enumerate(z)
        ),
        null_low=tuple(float(v) for v in null - 0.5),
        null_high=tuple(float(v) for v in null + 0.5),
        estimate_label="correlation at the best lag",
    )


def power() -> Curve:
    """Give the power curve."""
    effects = tuple(round(0.02 * i, 2) for i in range(16))
    rates = tuple(1 / (1 + math.exp(-(e - 0.13) * 40)) for e in effects)
    return Curve(
        name="power",
        title="What this test could have seen",
        finding="A true correlation of 0.16 would have been seen four times in five; the effect "
        "that matters, 0.15, 69 times in 100.",
        x_label="true correlation at the claimed lag",
        y_label="share of histories in which it is seen",
        y_format=".0%",
        lines=(Line(label="with today's 612 weeks", x=effects, y=rates, points=True),),
        marks=(
            Mark(label="what matters", at=0.15),
            Mark(label="as published: 0.23", at=0.23),
            Mark(label="80%", at=0.8, axis="y"),
        ),
    )


def placebos() -> Forest:
    """Give leaders that cannot matter."""
    names = ["silver", "copper", "wheat", "VIX", "silver, reversed in time", "silver, shuffled"]
    values = [1.3, 1.6, 0.4, -0.2, 0.9, -1.1]
    return Forest(
        name="placebos",
        title="Leaders that cannot matter, through the same test",
        finding="Silver ranks 2nd of 6: copper does better.",
        x_label="z, larger = more for the claim",
        rows=tuple(
            ForestRow(label=n, value=v, highlight=n == "silver")
            for n, v in zip(names, values, strict=True)
        ),
        critical=1.64,
    )


def rolling() -> Curve:
    """Give the link in rolling windows, daily enough to need thinning."""
    rng = np.random.default_rng(5)
    days = _days(2)
    path = np.clip(np.cumsum(rng.normal(0, 0.012, len(days))), -0.4, 0.4)
    return Curve(
        name="rolling",
        title="The link over time, two years at a time",
        finding="The rolling correlation changed its sign four times.",
        x_label="",
        y_label="correlation at 13 weeks",
        lines=(Line(label="rolling two years", x=tuple(days), y=tuple(map(float, path))),),
        bands=(
            Band(
                label="90% interval",
                x=tuple(days),
                low=tuple(map(float, path - 0.18)),
                high=tuple(map(float, path + 0.18)),
            ),
        ),
        marks=(
            Mark(label="pandemic", at="2020-02-20", to="2020-08-01"),
            Mark(label="spot ETFs", at="2024-01-10"),
            Mark(label="claim", at=PUBLISHED.isoformat()),
        ),
    )


def halves() -> Forest:
    """Give the halves with their intervals."""
    rows = [("first half, 2014-09 to 2020-05", 0.09, -0.02, 0.2), ("second half", 0.01, -0.1, 0.12)]
    return Forest(
        name="stability",
        title="Does it hold in both halves?",
        finding="The second half's interval still holds the effect that matters.",
        x_label="correlation at the best lag",
        rows=tuple(ForestRow(label=n, value=v, low=a, high=b) for n, v, a, b in rows),
    )


def null() -> Distribution:
    """Give the search-corrected null."""
    rng = np.random.default_rng(6)
    draws = np.abs(rng.normal(0, 1, 1999)) + rng.gamma(6, 0.25, 1999)
    counts, edges = np.histogram(draws, bins=32)
    return Distribution(
        name="null",
        title="The best lag in 1,999 random histories",
        finding="41 in 100 random histories reach a best lag at least as good.",
        x_label="largest z over the lags searched",
        edges=tuple(map(float, edges)),
        counts=tuple(map(int, counts)),
        observed=2.4,
        observed_label="this history",
        critical=float(np.quantile(draws, 0.95)),
    )


def regimes() -> Timeline:
    """Give states over time."""
    return Timeline(
        name="regimes",
        title="Which phase was it?",
        finding="January 2026 carried the label fear.",
        spans=(
            Span(lane="fear", start="2018-10-01", stop="2019-01-05", label="2018"),
            Span(lane="fear", start="2020-02-20", stop="2020-05-01", label="2020"),
            Span(lane="debasement", start="2020-05-01", stop="2021-11-10", label="2020-21"),
            Span(lane="fear", start="2022-01-10", stop="2022-11-01", label="2022"),
            Span(lane="liquidity", start="2023-11-01", stop="2024-12-20", label="2024"),
            Span(lane="fear", start="2025-04-01", stop="2026-03-01", label="2025-26"),
        ),
        marks=(Mark(label="claim", at=PUBLISHED.isoformat()),),
    )


def matrix() -> Heatmap:
    """Give p by null and block length."""
    rng = np.random.default_rng(7)
    return Heatmap(
        name="matrix",
        title="Correlation by leader and sampling",
        finding="No cell stands out.",
        rows=("silver", "gold", "copper"),
        columns=("day", "week", "month", "quarter"),
        values=tuple(
            tuple(None if (i, j) == (2, 3) else float(rng.normal(0, 0.1)) for j in range(4))
            for i in range(3)
        ),
        value_label="correlation",
    )


def waterfall() -> Waterfall:
    """Give a month's move of silver, split by what drove it."""
    return Waterfall(
        name="waterfall",
        title="What moved silver from 1 to 23 January 2026",
        finding="Real yields and the dollar explain 17 of the 47 percentage points; 25 of them "
        "are not explained.",
        note="Betas come from the three years before the move. The whisker is each part's own "
        "90% interval.",
        value_label="contribution to the log return",
        value_format="+.1%",
        steps=(
            Step(label="lower real yields", value=0.051, low=0.012, high=0.09),
            Step(label="weaker dollar", value=0.118, low=0.07, high=0.166),
            Step(label="copper (industrial demand)", value=-0.021, low=-0.05, high=0.008),
            Step(label="silver's own drift", value=0.07, low=0.02, high=0.12, role="alpha"),
            Step(label="not explained", value=0.252, low=0.17, high=0.33, role="residual"),
            Step(label="silver's rise", value=0.47, role="total"),
        ),
    )


def ribbon() -> Ribbon:
    """Give real-time states, weekly, with a start in which nothing is known."""
    rng = np.random.default_rng(8)
    days = _days(7)
    states = ("fear", "debasement or liquidity", "neither")
    path = np.cumsum(rng.normal(0, 0.35, (3, len(days))), axis=1)
    path = np.exp(1.6 * (path - path.mean(axis=0)) / path.std())
    odds = path / path.sum(axis=0)
    unknown = 104
    labels = [states[int(i)] for i in odds.argmax(axis=0)]
    revised = [day for i, day in enumerate(days) if i > unknown and odds[:, i].max() < 0.45]
    return Ribbon(
        name="ribbon",
        title="Which phase it was, as known on each day",
        finding="On 23 January 2026 the probability of fear was 71%.",
        note="Probabilities use data up to each day only.",
        days=tuple(days),
        states=states,
        probabilities=tuple(
            tuple(None if i < unknown else float(p) for i, p in enumerate(row)) for row in odds
        ),
        labels=tuple("" if i < unknown else label for i, label in enumerate(labels)),
        revised=tuple(revised),
        marks=(Mark(label="claim", at=PUBLISHED.isoformat()),),
    )


def since() -> Curve:
    """Give Bitcoin since the claim."""
    return fan().model_copy(update={"name": "since", "title": "Bitcoin since the claim"})


def leads() -> Network:
    """Give three leaders, two followers, and one that does both."""
    names = ("silver", "gold", "copper", "bitcoin", "ether", "solana")
    pairs = (
        (0, 3, 0.21, "after 12 days"),
        (0, 4, 0.18, "after 14 days"),
        (1, 3, -0.12, "after 3 days"),
        (2, 5, 0.1, "after 1 day"),
        (3, 4, 0.3, "after 1 day"),
    )
    standing = [
        sum(abs(value) * ((i == a) - (i == b)) for a, b, value, _ in pairs)
        for i in range(len(names))
    ]
    return Network(
        name="network",
        title="Who leads whom",
        finding="Five leads among six assets; one of them both leads and follows.",
        nodes=tuple(
            Node(label=label, standing=value) for label, value in zip(names, standing, strict=True)
        ),
        arrows=tuple(
            Arrow(start=a, stop=b, value=value, label=label) for a, b, value, label in pairs
        ),
        value_label="correlation",
    )


def ruler() -> Bars:
    """Give published lags: one came true, one did not, one is open."""
    return Bars(
        name="ruler",
        title="The lags that were published, on one axis",
        finding="3 published lags run from 65 to 365 days. Of 2 calls settled, 1 came true.",
        x_label="days by which the follower is said to come later",
        bars=(
            Bar(lane="Gazette, Feb 2025", start=65, stop=65, tone="for", label="hit"),
            Bar(lane="Letter, Apr 2025", start=100, stop=150, tone="against", label="missed"),
            Bar(lane="House, Jan 2026", start=180, stop=365, tone="open", label="open",
                note="gold before bitcoin"),
        ),
        legend={"for": "came true", "against": "did not", "open": "open"},
    )  # fmt: skip


def every_shape() -> tuple[Exhibit, ...]:
    """Give one exhibit of each shape, and the curves in all their uses."""
    return (
        overlay(),
        lag_profile(),
        fan(),
        episodes(),
        specifications(),
        power(),
        placebos(),
        rolling(),
        halves(),
        null(),
        regimes(),
        ruler(),
        matrix(),
        waterfall(),
        ribbon(),
        leads(),
    )


def _part(label: str, start: str, stop: str, value: float) -> Part:
    return Part(
        label=label,
        start=start,
        stop=stop,
        n_obs=306,
        value=value,
        low=value - 0.11,
        high=value + 0.11,
        p_value=0.2,
        same_sign=True,
    )


def deciding() -> Evidence:
    """Give the deciding evidence, complete."""
    return Evidence(
        kind="lag_profile",
        revision=1,
        settings={
            "kind": "lag_profile",
            "leader": "silver",
            "follower": "bitcoin",
            "min_lag": "2w",
            "max_lag": "26w",
            "every": "week",
            "n_resamples": 1999,
        },
        status="ok",
        summary="Past silver returns tell nothing detectable about Bitcoin 2 to 26 weeks later.",
        null="Bitcoin's returns follow their own course, whatever silver did before",
        start="2014-09-17",
        stop="2026-01-22",
        statistic=2.4,
        p_value=0.41,
        p_error=0.011,
        p_against=0.63,
        at="13 weeks",
        estimate=Estimate(
            label="largest correlation of returns",
            value=0.12,
            low=-0.03,
            high=0.21,
            unit="correlation",
        ),
        n_obs=592,
        n_resamples=1999,
        components={"max_z": 2.4, "window_z": 0.8},
        power=Power(
            matters=0.15,
            claimed=0.23,
            at_matters=0.69,
            at_claimed=0.98,
            detectable=0.16,
            unit="correlation",
            effects=(0.0, 0.1, 0.2),
            rates=(0.05, 0.31, 0.93),
            n_simulations=500,
            episodes_needed=760,
            decidable_by=2029,
        ),
        forks=Forks(
            n=216,
            share=0.61,
            median_z=0.4,
            p=0.34,
            p_against=0.66,
            share_significant=0.05,
            p_share=0.4,
            p_worst=0.52,
            worst="slow cycles removed",
            by_null={
                "multiplier": 0.34,
                "rotation": 0.31,
                "block 60": 0.38,
                "block 250": 0.44,
                "slow cycles removed": 0.52,
            },
        ),
        placebos=Placebos(
            n=5,
            rank=2,
            z=1.3,
            leaders=(PlaceboLeader(name="copper", z=1.6), PlaceboLeader(name="wheat", z=0.4)),
            better=("copper",),
        ),
        stability=Stability(
            first=_part("first half", "2014-09-17", "2020-05-20", 0.09),
            second=_part("second half", "2020-05-21", "2026-01-22", 0.01),
            leave_one_out=(0.08, 0.14),
        ),
        skill=Skill(gain=0.002, low=-0.004, high=0.008, p_value=0.29, r2=-0.011, n_forecasts=410),
        interaction=Interaction(
            condition="net liquidity rising",
            share_of_days=0.46,
            value_on=0.14,
            value_off=0.07,
            p_value=0.33,
            p_value_on=0.21,
        ),
        wording=Wording(
            criterion="Bitcoin rises at some time 2 to 26 weeks after silver did",
            share=0.83,
            satisfied=True,
            informative=False,
        ),
        flags=(),
        caveats=("A lead of under two days could not be told from the difference of closes.",),
        exhibits=(
            lag_profile(),
            specifications(),
            power(),
            placebos(),
            rolling(),
            halves(),
            null(),
        ),
    )


def _second() -> Evidence:
    return Evidence(
        kind="level_correlation",
        revision=1,
        settings={"kind": "level_correlation", "leader": "silver", "follower": "bitcoin"},
        status="ok",
        summary="Moved 90 days, price levels agree to 0.71; so do three in ten random walks.",
        null="two random walks with these assets' own increments, and the same search",
        start="2014-09-17",
        stop="2026-01-22",
        statistic=0.71,
        p_value=0.31,
        p_error=0.01,
        at="90 days",
        n_obs=2890,
        n_resamples=1999,
        exhibits=(overlay(),),
    )


def _third() -> Evidence:
    return Evidence(
        kind="event_study",
        revision=1,
        settings={"kind": "event_study", "leader": "silver", "follower": "bitcoin"},
        status="ok",
        summary="After 9 records of silver Bitcoin rose by 21% in 180 days, against 18% anyway.",
        null="after a record Bitcoin does what it does on any other day",
        start="2014-09-17",
        stop="2026-01-22",
        statistic=0.3,
        p_value=0.44,
        p_error=0.01,
        n_obs=2890,
        n_episodes=9,
        n_resamples=999,
        exhibits=(fan(), episodes(), regimes(), matrix()),
    )


def _thin() -> Evidence:
    return Evidence(
        kind="gap_frequency",
        revision=1,
        settings={"kind": "gap_frequency"},
        status="infeasible",
        summary="3 episodes; needs 5.",
        null="such a gap is as frequent as any other",
    )


def numbers() -> tuple[NumberShown, ...]:
    """Give the four numbers."""
    return (
        NumberShown(
            name="size",
            label="Size",
            value=0.12,
            text="r = 0.12 at the best lag (13 weeks); noise alone gives up to 0.15",
        ),
        NumberShown(
            name="odds",
            label="Odds",
            value=0.41,
            text="41 in 100 random histories look at least this good after the same search",
        ),
        NumberShown(
            name="power",
            label="Power",
            value=0.69,
            text="an effect of 0.15 would have been seen 69 times in 100",
        ),
        NumberShown(name="episodes", label="Episodes", value=592, text="592 weeks, 3 cycles"),
    )


def verdict(claim_id: str = "S27", **changes: Any) -> Verdict:
    """Give the founding verdict; ``changes`` replace parts of its claim stamp."""
    names = ("direction", "timing", "tradable", "calibrated", "informative", "live")
    states = ("yes", "unclear", "no", "not_assessed", "no", "unclear")
    stamp = {
        "id": claim_id,
        "sha256": "9f2c" * 16,
        "paraphrase": "Bitcoin has followed gold and silver with a lag of weeks to months.",
        "publisher": "BeInCrypto",
        "first_seen": PUBLISHED,
        "url": "https://example.org/silver",
        "title": "Silver's record and what it may say about Bitcoin",
        "source": {
            "id": claim_id,
            "article": "silver-2026",
            "type": "pattern",
            "identifiability": "B",
            "family": "lags",
        },
    } | changes
    return Verdict(
        claim=ClaimStamp(**stamp),
        as_of=date(2026, 8, 21),
        history=History(
            outcome="undecidable",
            sentence="We cannot tell: the data known before the claim neither show nor exclude "
            "a lead of 2 to 26 weeks.",
            numbers=numbers(),
            badges=tuple(
                Badge(name=n, state=s, reason=f"Reason for {n}, in one sentence.")
                for n, s in zip(names, states, strict=True)
            ),
            reasons=(
                "Chance alone does as well in 52 of 100 histories (slow cycles removed).",
                "61% of 216 specifications point the claim's way; 80% would be needed.",
                "Power at the effect that matters is 69%; 80% would be needed to exclude it.",
            ),
            would_change="a profile of returns above the band at 2 to 26 weeks, on data after "
            "23 January 2026.",
            data_until=date(2026, 1, 22),
        ),
        live=Live(
            state="not_so_far",
            sentence="Since the claim Bitcoin has moved -22%.",
            since=PUBLISHED, day=209, of=365, follower_return=-0.22,
            base_low=-0.38, base_median=0.18, base_high=1.1, percentile=0.17,
            antecedent=True, after=_part("after", "2026-01-23", "2026-08-20", -0.04),
            exhibits=(since(),),
        ),
        evidence=(deciding(), _second(), _third(), _thin()),
        caveats=(
            "Everybody had seen the history before the claim; only the live part can confirm it.",
            "Bitcoin's last 55 days come from the second source.",
        ),
        data=(
            {"id": "silver", "title": "Silver, COMEX front month", "unit": "USD/oz",
             "last": "2026-08-20", "age_days": 1, "basis": "rule", "source": "silver.csv"},
            {"id": "bitcoin", "title": "Bitcoin", "unit": "USD", "last": "2026-08-20",
             "age_days": 1, "basis": "rule", "source": "btc.csv, btc_ohlc.csv"},
        ),
        made_by=MadeBy(leadline="0.1.0", panel="sha256:77ab" + "0" * 60, at="2026-08-21T00:10:00Z"),
        seal="7f3a9c0d" * 8,
    )  # fmt: skip


def article() -> tuple[Article, tuple[Verdict, ...]]:
    """Give an article of six claims and their verdicts, outcomes mixed."""
    types = {"S01": "fact", "S03": "fact", "S04": "fact", "S17": "pattern", "S25": "pattern",
             "S27": "pattern"}  # fmt: skip
    outcomes = ("supported", "contradicted", "weakly_supported", "not_supported", "decayed",
                "undecidable")  # fmt: skip
    words = {
        "S01": "Silver set a record of 101 dollars on the day.",
        "S03": "Silver beats gold and is the best asset of the present environment.",
        "S04": "Bitcoin has not followed.",
        "S17": "Such a gap between silver and Bitcoin is consistent with history.",
        "S25": "Silver's sustained strength comes before Bitcoin rallies rather than with them.",
        "S27": "Bitcoin has followed gold and silver with a lag of weeks to months.",
    }
    supports = {"S01": ("S17",), "S04": ("S17",), "S17": ("S27",), "S25": ("S27",)}
    context: dict[str, Any] = {"publisher": "BeInCrypto", "first_seen": PUBLISHED,
                               "article": "silver-2026"}  # fmt: skip
    claims = tuple(
        Claim(
            id=name, paraphrase=words[name], type=types[name], identifiability="B",
            untestable="a stand-in for tests", supports=supports.get(name, ()), **context,
        )
        for name in words
    )  # fmt: skip
    whole = Article(
        id="silver-2026", title="Silver's record and what it may say about Bitcoin",
        publisher="BeInCrypto", first_seen=PUBLISHED, url="https://example.org/silver",
        variants=("four rewrites",), claims=claims,
    )  # fmt: skip
    verdicts = []
    for name, outcome in zip(words, outcomes, strict=True):
        base = verdict(name, paraphrase=words[name])
        source = base.claim.source | {"type": types[name]}
        verdicts.append(
            base.model_copy(
                update={
                    "history": base.history.model_copy(update={"outcome": outcome}),
                    "claim": base.claim.model_copy(update={"source": source}),
                }
            )
        )
    return whole, tuple(verdicts)


# Claim, type, outcome and the claims it supports, as varied as an article may be.
FOUNDING: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "S01": ("Silver set a record of 101 dollars on the day.", "fact", "supported", ("S30",)),
    "S02": ("The rally built up for months and sped up in January.", "fact", "supported", ("S05",)),
    "S03": ("Silver beats gold and is the best asset of the present environment.", "fact",
            "weakly_supported", ("S17",)),
    "S04": ("Bitcoin has not followed.", "fact", "contradicted", ("S17", "S24")),
    "S05": ("The rally is capital moving, not speculation.", "mechanism", "undecidable", ("S06",)),
    "S06": ("Money moves into defensive assets as uncertainty rises.", "mechanism", "undecidable",
            ("S19", "S20")),
    "S07": ("The market expected rate cuts later in 2026.", "fact", "supported", ("S08",)),
    "S08": ("Lower real yields raise silver.", "driver", "decayed", ("S10",)),
    "S09": ("A weaker dollar lifted silver, above all in January.", "driver", "supported",
            ("S10",)),
    "S10": ("Real yields and the dollar together explain the move.", "driver", "not_supported",
            ("S16",)),
    "S11": ("Silver has been in deficit for several years.", "fact", "supported", ("S12",)),
    "S12": ("Most silver is a by-product, so supply does not follow price.", "mechanism",
            "untestable", ("S02",)),
    "S13": ("The critical-mineral list led to stockpiling.", "mechanism", "undecidable", ("S02",)),
    "S14": ("Industrial demand for silver matters.", "driver", "weakly_supported", ("S15",)),
    "S15": ("Silver is a safe haven and a strategic commodity at once.", "pattern",
            "contradicted", ("S32",)),
    "S16": ("Bitcoin shares some of these tailwinds.", "mechanism", "undecidable", ("S24",)),
    "S17": ("Such a gap between silver and Bitcoin is consistent with history.", "pattern",
            "not_supported", ("S27",)),
    "S18": ("Markets treat Bitcoin unlike gold in times of stress.", "pattern", "supported",
            ("S19",)),
    "S19": ("Uncertainty sends capital to gold and silver first.", "mechanism", "undecidable",
            ("S32",)),
    "S20": ("Bitcoin often moves sideways then.", "pattern", "undecidable", ("S21",)),
    "S21": ("Bitcoin moves later in the cycle.", "pattern", "undecidable", ("S27",)),
    "S22": ("Bitcoin does best once fear gives way to debasement and liquidity.", "pattern",
            "conditional", ("S26", "S28", "S29")),
    "S23": ("January 2026 was the first phase.", "fact", "undecidable", ("S26",)),
    "S24": ("The same forces would already have lifted Bitcoin.", "mechanism", "undecidable",
            ("S31",)),
    "S25": ("Silver's sustained strength comes before Bitcoin rallies rather than with them.",
            "pattern", "decayed", ("S27",)),
    "S26": ("If silver keeps attracting defensive money, the story turns to debasement.",
            "conditional", "undecidable", ("S29",)),
    "S27": ("Bitcoin has followed gold and silver with a lag of weeks to months.", "pattern",
            "undecidable", ("S31", "S33")),
    "S28": ("Bitcoin moves once liquidity expectations replace fear.", "conditional",
            "undecidable", ("S33",)),
    "S29": ("A decisive bull market needs debasement sentiment or a liquidity signal.",
            "conditional", "weakly_supported", ("S33",)),
    "S30": ("Silver's record suggests that such conditions are forming.", "mechanism",
            "undecidable", ("S31",)),
    "S31": ("This is not yet priced into Bitcoin.", "forecast", "undecidable", ("S33",)),
    "S32": ("Gold and silver absorb the first wave, Bitcoin follows later.", "pattern",
            "undecidable", ("S27",)),
    "S33": ("Silver's record may set the stage for Bitcoin.", "forecast", "undecidable", ()),
    "S34": ("The relation is complex, and timing matters.", "hedge", "untestable", ()),
}  # fmt: skip


@cache
def founding() -> tuple[Article, tuple[Verdict, ...]]:
    """Give an article of 34 claims with every outcome and, among its claims, every shape."""
    context: dict[str, Any] = {"publisher": "BeInCrypto", "first_seen": PUBLISHED,
                               "article": "silver-2026"}  # fmt: skip
    claims = tuple(
        Claim(id=name, paraphrase=says, type=kind, identifiability="ABCD"[i % 4],
              untestable="a stand-in for tests", supports=supports, **context)
        for i, (name, (says, kind, _, supports)) in enumerate(FOUNDING.items())
    )  # fmt: skip
    whole = Article(
        id="silver-2026", title="Silver's record and what it may say about Bitcoin",
        publisher="BeInCrypto", first_seen=PUBLISHED, variants=("four rewrites",), claims=claims,
    )  # fmt: skip
    rotation = {"S10": waterfall, "S23": ribbon, "S22": matrix, "S17": null, "S18": halves,
                "S20": fan, "S21": rolling, "S26": regimes}  # fmt: skip
    own = {"S25": _third(), "S27": deciding().model_copy(
        update={"exhibits": (overlay(), *deciding().exhibits)})}  # fmt: skip
    return whole, tuple(
        _heard(claim, FOUNDING[claim.id][2], rotation.get(claim.id, placebos), own.get(claim.id))
        for claim in claims
    )


def _heard(claim: Claim, outcome: str, draw: Any, own: Evidence | None) -> Verdict:
    base = verdict(claim.ref, paraphrase=claim.paraphrase, source=claim.model_dump(mode="json"))
    is_fact, is_hedge = claim.type == "fact", claim.type == "hedge"
    odds = int(claim.id[1:])
    forks = deciding().forks
    decisive = own or deciding().model_copy(update={"exhibits": (draw(), power())})
    if is_fact:
        decisive = decisive.model_copy(
            update={"kind": "market_fact", "holds": True, "forks": None, "p_value": 0.03}
        )
    elif forks is not None:
        p = {"supported": 0.0004, "weakly_supported": 0.012}.get(outcome, 0.03 * odds)
        changed = forks.model_copy(update={"p_worst": min(p, 1.0)})
        decisive = decisive.model_copy(update={"forks": changed})
    live = base.live if claim.type in {"pattern", "forecast"} else Live(
        state="not_applicable", sentence="The claim states nothing to follow.")  # fmt: skip
    badges = base.history.badges
    if claim.type in {"fact", "driver"}:
        badges = (Badge(name="informative", state="yes", reason="Chance does not do as much."),)
    return base.model_copy(
        update={
            "history": base.history.model_copy(update={"outcome": outcome, "badges": badges}),
            "live": live,
            "evidence": () if is_hedge else (decisive,),
        }
    )
