"""Verdicts made by hand: one of each shape, so that the archive is tested without the engine."""

from datetime import date

from leadline.archive import sealed
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
    Band,
    Curve,
    Distribution,
    Forest,
    ForestRow,
    Heatmap,
    Line,
    Mark,
    Overlay,
    Shift,
    Span,
    Specification,
    SpecificationCurve,
    Table,
    Timeline,
)
from leadline.verdict import Badge, ClaimStamp, History, Live, MadeBy, NumberShown, Verdict

SAID = {"title": "A picture", "finding": "Nothing stands out."}

EXHIBITS = (
    Curve(
        name="lag_profile",
        **SAID,
        note="Weekly.",
        x_label="weeks",
        y_label="r",
        lines=(Line(label="r", x=(1.0, 2.0, 3.0), y=(0.01, None, -0.02)),),
        bands=(Band(label="90 %", x=(1.0, 2.0, 3.0), low=(-0.1,) * 3, high=(0.1,) * 3),),
        marks=(Mark(label="claimed", at=2.0, to=26.0),),
    ),
    Curve(
        name="years",
        **SAID,
        x_label="year",
        y_label="r",
        lines=(Line(label="r", x=("2024", "2025"), y=(0.1, 0.2), role="ghost", points=True),),
        marks=(Mark(label="published", at="2026-01-23"),),
    ),
    Distribution(
        name="null",
        **SAID,
        x_label="z",
        edges=(-1.0, 0.0, 1.0),
        counts=(5, 7),
        observed=0.4,
        critical=1.9,
    ),
    Forest(
        name="placebos",
        **SAID,
        x_label="z",
        rows=(ForestRow(label="silver", value=0.4, low=-1.0, high=1.8, highlight=True),),
    ),
    Timeline(
        name="episodes",
        **SAID,
        spans=(Span(lane="gap", start="2025-11-01", stop="2026-01-23", label="the last"),),
    ),
    Heatmap(
        name="cells",
        **SAID,
        rows=("fear", "calm"),
        columns=("tight", "loose"),
        values=((0.1, None), (0.2, -0.3)),
        value_label="mean",
    ),
    Table(name="table", **SAID, columns=("day", "move"), rows=(("2026-01-23", "+5 %"),)),
    SpecificationCurve(
        name="forks",
        **SAID,
        specifications=(
            Specification(choices={"every": "week"}, z=-0.2, estimate=-0.01),
            Specification(choices={"every": "day"}, z=0.4, estimate=0.03, chosen=True),
        ),
        null_low=(-1.5, -0.5),
        null_high=(0.5, 1.5),
        estimate_label="r",
    ),
    Overlay(
        name="overlay",
        **SAID,
        leader_label="silver",
        follower_label="bitcoin",
        days=("2026-01-16", "2026-01-23"),
        leader=(90.0, 101.0),
        follower=(None, 89000.0),
        shifts=(Shift(days=0, level_r=0.6, return_r=0.1, p_search=0.5, share_random=0.4),),
        start_shift=0,
        published="2026-01-23",
    ),
)


def part(label):
    return Part(
        label=label,
        start="2014-09-17",
        stop="2020-05-20",
        n_obs=296,
        n_episodes=4,
        value=0.02,
        low=-0.1,
        high=0.14,
        p_value=0.6,
        same_sign=True,
    )


EVIDENCE = Evidence(
    kind="lag_profile",
    revision=1,
    settings={"kind": "lag_profile", "leader": "silver", "window": {"min": "2w", "max": "26w"}},
    status="ok",
    summary="Past silver returns tell nothing detectable about Bitcoin 2 to 26 weeks later.",
    null="no lag matters",
    start="2014-09-17",
    stop="2026-01-22",
    statistic=2.1,
    p_value=0.48,
    p_error=0.011,
    p_against=0.7,
    at="13 weeks",
    estimate=Estimate(label="r", value=0.05, low=-0.05, high=0.15, unit="correlation"),
    n_obs=592,
    n_episodes=3,
    n_resamples=1999,
    components={"cumulative": 0.3},
    power=Power(
        matters=0.15,
        claimed=0.23,
        at_matters=0.84,
        at_claimed=0.99,
        detectable=0.14,
        unit="correlation",
        effects=(0.0, 0.15, 0.23),
        rates=(0.05, 0.84, 0.99),
        n_simulations=300,
        episodes_needed=12,
        decidable_by=2041,
    ),
    forks=Forks(
        n=24,
        share=0.6,
        median_z=0.2,
        p=0.41,
        p_against=0.6,
        share_significant=0.04,
        p_share=0.5,
        p_worst=0.55,
        worst="blocks of 60 days",
        by_null={"random signs": 0.41, "blocks of 60 days": 0.55},
    ),
    placebos=Placebos(
        n=2,
        rank=2,
        z=0.4,
        leaders=(PlaceboLeader(name="copper", z=0.9), PlaceboLeader(name="oil_wti", z=-0.1)),
        better=("copper",),
    ),
    stability=Stability(
        first=part("first half"), second=part("second half"), leave_one_out=(0.01, 0.07)
    ),
    skill=Skill(gain=-0.01, low=-0.04, high=0.02, p_value=0.7, r2=-0.02, n_forecasts=390),
    interaction=Interaction(
        condition="m2 rising over 13 weeks",
        share_of_days=0.6,
        value_on=0.06,
        value_off=0.01,
        p_value=0.3,
        p_value_on=0.2,
    ),
    wording=Wording(
        criterion="at some lag the correlation looks significant by itself",
        share=0.7,
        satisfied=True,
        informative=False,
    ),
    flags=("thin",),
    caveats=("Metals settle hours before the UTC close.",),
    exhibits=EXHIBITS,
)


def verdict(*, claim="silver-2026/S27", as_of=date(2026, 8, 20), at="2026-11-22T10:00:00Z", **more):
    """Give a sealed verdict; ``more`` replaces whole fields."""
    fields = {
        "claim": ClaimStamp(
            id=claim,
            sha256="9f2c" * 16,
            paraphrase="Bitcoin has followed gold and silver with a lag of weeks to months",
            publisher="BeInCrypto",
            first_seen=date(2026, 1, 23),
            url="https://example.org/silver-record",
            title="Silver at its record, Bitcoin not following",
            source={"id": "S27", "tests": [{"kind": "lag_profile"}]},
        ),
        "as_of": as_of,
        "history": History(
            outcome="not_supported",
            sentence="Bitcoin did not detectably follow silver.",
            numbers=(
                NumberShown(name="size", label="size", value=0.05, text="r = 0.05"),
                NumberShown(name="odds", label="odds", value=0.48, text="1 in 2"),
                NumberShown(name="power", label="power", value=0.84, text="84 %"),
                NumberShown(name="episodes", label="episodes", value=None, text="592 weeks"),
            ),
            badges=(Badge(name="informative", state="no", reason="70 % of random paths fit."),),
            reasons=("The interval excludes 0.15.",),
            would_change="A profile above the band on data after the claim.",
            data_until=date(2026, 1, 22),
        ),
        "live": Live(
            state="not_so_far",
            sentence="Day 209 of 365.",
            since=date(2026, 1, 23),
            day=209,
            of=365,
            follower_return=-0.2,
            base_low=-0.3,
            base_median=0.2,
            base_high=1.5,
            percentile=0.12,
            antecedent=True,
        ),
        "evidence": (EVIDENCE,),
        "caveats": ("History was known to everybody.",),
        "data": ({"id": "silver", "title": "Silver", "last": "2026-08-20", "age_days": 0},),
        "made_by": MadeBy(leadline="0.1.0", panel="sha256:77ab", at=at),
    }
    return sealed(Verdict(**(fields | more), seal=""))
