"""A book made by hand: everything that can happen to a claim, in sixty-four days."""

from datetime import date, timedelta
from functools import cache

import numpy as np

from leadline.aftermath.rules import RULES
from leadline.claim import Antecedent, Article, Claim, LiveRule, Success, Trigger, Watch
from leadline.live.book import (
    CHECKPOINTS,
    Body,
    Book,
    Call,
    Checkpoint,
    Credit,
    CreditState,
    Fired,
    Freshness,
    Held,
    Horizon,
    Line,
    Odds,
    Phase,
    Process,
    Registration,
    Reliability,
    Row,
    State,
)
from leadline.verdict import LiveState

PUBLISHED = date(2026, 1, 5)
LAST = date(2026, 3, 10)
N_DAYS = (LAST - PUBLISHED).days
HIT, LAPSED, FIRED, CORRECTED = 40, 30, 20, 12
"""Ages at which A1 is hit, the antecedent lapses, the trigger fires, a row is put right."""
UNKNOWN_PHASE = range(33, 38)
STALE = 50
FOLLOWED = ("A1", "A2")
AGES = tuple(range(7, 71, 7))
EXPANSION = Trigger(
    id="T1", says="Liquidity expands.", series="liquidity_expansion", above=0.5, claims=FOLLOWED
)
EASING = Trigger(id="T2", says="The Fed cuts rates.", series="easing", above=0.5, claims=("A2",))


def day(age: int) -> date:
    """Give the day so many days after publication."""
    return PUBLISHED + timedelta(days=age)


def _claim(name: str, says: str, sort: str, live: LiveRule | None) -> Claim:
    return Claim.model_validate(
        {
            "id": name,
            "article": "made-up",
            "publisher": "Example Gazette",
            "first_seen": PUBLISHED,
            "paraphrase": says,
            "type": sort,
            "tests": [
                {
                    "kind": "lag_profile",
                    "leader": "silver",
                    "follower": "bitcoin",
                    "window": {"min": "1w", "max": "26w"},
                }
            ],
            "live": live,
        }
    )


@cache
def article() -> Article:
    """Give a forecast that comes true, one that does not so far, and a claim without a clock."""
    rising = Antecedent(series="silver", over="4w", above=0.0)
    tenth = LiveRule(horizon="10w", success=Success(series="bitcoin", rise=0.1), antecedent=rising)
    half = LiveRule(horizon="1y", success=Success(series="bitcoin", rise=0.5), antecedent=rising)
    return Article(
        id="made-up",
        title="Silver rises, Bitcoin waits",
        publisher="Example Gazette",
        first_seen=PUBLISHED,
        watch=Watch(
            phases={"fear": "phase_fear", "debasement": "phase_debasement"},
            triggers=(EXPANSION, EASING),
        ),
        claims=(
            _claim("A1", "Bitcoin will be a tenth higher within ten weeks.", "forecast", tenth),
            _claim("A2", "Bitcoin follows silver and will be half higher in a year.", "pattern",
                   half),
            _claim("A3", "Silver stood at its record.", "fact", None),
        ),
    )  # fmt: skip


def _call(rise: float, horizon: int, p: float, q: float) -> Call:
    spread = 0.045 * np.sqrt(np.array(AGES, dtype=float))
    middle = 0.001 * np.array(AGES)
    return Call(
        words=f"bitcoin rises by {rise:.0%} within {horizon} days",
        series="bitcoin",
        horizon=horizon,
        price=90_000.0,
        mark=90_000.0 * (1 + rise),
        p=p,
        q=q,
        n_eff=40.0,
        ages=AGES,
        low=tuple(np.expm1(middle - spread)),
        median=tuple(np.expm1(middle)),
        high=tuple(np.expm1(middle + spread)),
        drift=0.0008,
    )


@cache
def registrations() -> dict[str, Registration]:
    """Give what was frozen for each claim."""
    clocks = {
        "A1": {"call": _call(0.1, 70, 0.45, 0.33)},
        "A2": {
            "call": _call(0.5, 365, 0.5, 0.38),
            "line": Line(
                words="the sum of bitcoin's returns over 13 weeks on those of silver before",
                every=13, base=0.05, slope=0.4, centre=0.02, spread=0.3, up=0.55,
                curve=(0.2, 1.1),
            ),
        },
        "A3": {"clock": "A fact of its day: nothing is left to wait for."},
    }  # fmt: skip
    return {
        claim.ref: Registration(
            claim=claim.ref,
            claim_sha256=claim.sha256,
            published=PUBLISHED,
            known=PUBLISHED,
            rules=dict(RULES),
            triggers=() if claim.id == "A3" else (EXPANSION, EASING)[: 1 + (claim.id == "A2")],
            **clocks[claim.id],
        )
        for claim in article().claims
    }


def _path() -> np.ndarray:
    """Give the follower's return since publication at each age: up to the mark, and down again."""
    age = np.arange(N_DAYS + 1)
    trend = np.interp(age, [0, 15, 28, HIT, 52, N_DAYS], [0, -0.06, 0.03, 0.115, 0.02, -0.03])
    return trend + np.where(age == HIT, 0, 0.01 * np.sin(1.7 * age)) * (age > 0)


def _held(age: int) -> Held:
    lapsed = age >= LAPSED
    return Held(
        words="silver was up over 4 weeks",
        holds=not lapsed,
        since=day(LAPSED) if lapsed else PUBLISHED,
        value=round(0.12 - 0.005 * age, 4),
        threshold=0.0,
    )


def _fired(trigger: Trigger, age: int) -> Fired:
    fired = trigger is EXPANSION and age >= FIRED
    return Fired(
        id=trigger.id,
        says=trigger.says,
        fired=fired,
        since=day(FIRED) if fired else None,
        value=1.0 if fired else 0.0,
        threshold=0.5,
    )


def _checkpoints(call: Call, age: int) -> tuple[Checkpoint, ...]:
    ages = [at for at in CHECKPOINTS if at <= min(call.horizon, AGES[-1])]
    path = _path()
    return tuple(
        Checkpoint(
            age=at,
            due=day(at),
            value=path[at] if age >= at else None,
            low=np.interp(at, call.ages, call.low),
            median=np.interp(at, call.ages, call.median),
            high=np.interp(at, call.ages, call.high),
        )
        for at in ages
    )


def _standing(name: str, age: int) -> tuple[LiveState, int]:
    """Give the state and the age since which it is so."""
    if name == "A1" and age >= HIT:
        return "hit", HIT
    return ("on_course", 28) if 28 <= age < 52 else ("not_so_far", 52 if age >= 52 else 1)


def _processes(name: str, age: int) -> tuple[Process, Process]:
    known = name == "A1" and age >= HIT
    outcomes = Process(
        words="windows of the call that do not overlap",
        n=int(known),
        value=1.24 if known else 1.0,
        against=0.73 if known else 1.0,
        next_due=day(70 if name == "A1" else 365),
        decides=None if name == "A1" else date(2041, 1, 5),
    )
    drift = float(_path()[age])
    lifted = float(np.exp(4 * drift))
    wide = 0.02 / np.sqrt(age)
    returns = Process(
        words="daily returns while the antecedent holds",
        n=min(age, LAPSED),
        value=lifted * (4 if name == "A1" and age > 35 else 1),
        against=1 / lifted,
        effect=drift / age,
        low=drift / age - wide,
        high=drift / age + wide,
        unit="log return a day",
    )
    return outcomes, returns


def _credit(name: str, age: int) -> Credit:
    said: CreditState = "earning" if name == "A1" and age > 36 else "even"
    return Credit(state=said, since=day(37) if said == "earning" else PUBLISHED)


_SAID = {
    "hit": "reached its mark",
    "on_course": "is on course",
    "not_so_far": "has not come true so far",
}


def state(name: str, age: int, moved: float | None = None) -> State:
    """Give the state of a claim at an age, by its own path or with another ``moved``."""
    registration = registrations()[f"made-up/{name}"]
    if registration.call is None:
        return State(
            registration=registration.sha256,
            state="not_applicable",
            since=PUBLISHED,
            sentence=registration.clock,
        )
    call = registration.call
    standing, since = _standing(name, age)
    moved = float(_path()[age]) if moved is None else moved
    outcomes, returns = _processes(name, age)
    return State(
        registration=registration.sha256,
        state=standing,
        since=day(since),
        sentence=f"Day {age} of {call.horizon}: the forecast {_SAID[standing]}. "
        f"bitcoin moved {moved:+.1%} since {PUBLISHED}.",
        day=age,
        of=call.horizon,
        moved=moved,
        percentile=float(np.clip(0.5 + 3 * moved, 0.02, 0.98)),
        antecedent=_held(age),
        triggers=tuple(_fired(trigger, age) for trigger in registration.triggers),
        checkpoints=_checkpoints(call, age),
        outcomes=outcomes,
        returns=returns,
        credit=_credit(name, age),
    )


def _phase(age: int) -> Phase:
    fear = float(np.clip(0.85 - 0.012 * age + 0.04 * np.sin(age), 0.02, 0.98))
    turned = age >= 38
    return Phase(
        label="debasement" if turned else "fear",
        since=day(38) if turned else PUBLISHED,
        probabilities={"fear": fear, "debasement": 1 - fear},
    )


def _horizon(weeks: int, age: int) -> Horizon:
    base = 0.25 if weeks == 13 else 0.42
    model = base + 0.08 * float(np.sin(age / 9))
    weight = 0.0 if weeks == 26 else 0.35
    odds = base + weight * (model - base)
    return Horizon(
        weeks=weeks, odds=odds, low=odds - 0.07, high=odds + 0.08, base=base, model=model,
        weight=weight, brier=-0.01, brier_low=-0.05, brier_high=0.03,
        log=-0.012, log_low=-0.06, log_high=0.04, n_forecasts=400, n_eff=31.0, skilled=False,
    )  # fmt: skip


def _odds(age: int) -> Odds:
    return Odds(
        words="a rally of bitcoin starts (a rise of a quarter within 13 weeks)",
        follower="bitcoin",
        fitted=day(age - age % 30),
        horizons=(_horizon(13, age), _horizon(26, age)),
    )


def _reliability(weeks: int) -> Reliability:
    forecast = (0.05, 0.12, 0.2, 0.31, 0.45, 0.6)
    return Reliability(
        follower="bitcoin",
        weeks=weeks,
        forecast=forecast,
        happened=(0.1, 0.1, 0.22, 0.22, 0.4, 0.4),
        low=tuple(max(0.0, f - 0.15) for f in forecast),
        high=tuple(min(1.0, f + 0.17) for f in forecast),
        counts=(60, 120, 110, 60, 40, 10),
        miscalibration=0.004,
        discrimination=0.011,
        uncertainty=0.19,
        p_value=0.38,
    )


def _freshness(age: int) -> Freshness:
    stale = age == STALE
    return Freshness(
        ages={"silver": 9 if stale else 1, "bitcoin": 0},
        stale=("silver",) if stale else (),
        missing={},
    )


def about_the_article(age: int) -> list[tuple[Body, str]]:
    """Give what is written of the whole article, with what tells it apart."""
    told: list[tuple[Body, str]] = [(_freshness(age), ""), (_odds(age), "bitcoin")]
    if age not in UNKNOWN_PHASE:
        told.append((_phase(age), ""))
    if age % 30 == 0 or age == 1:
        told += [(_reliability(weeks), f"bitcoin/{weeks}") for weeks in (13, 26)]
    return told


def _rows(age: int) -> list[Row]:
    on = day(age)
    rows = [
        Row(
            subject=claim.ref,
            day=on,
            # The close known first was wrong, and was put right.
            body=state(claim.id, age, 0.031 if claim.id == "A2" and age == CORRECTED else None),
        )
        for claim in article().claims
    ]
    rows += [
        Row(subject="made-up", day=on, body=body, about=about)
        for body, about in about_the_article(age)
    ]
    rows.sort(key=lambda row: row.place)
    if age == CORRECTED:
        wrong = next(row for row in rows if row.subject == "made-up/A2")
        right = Row(subject=wrong.subject, day=on, body=state("A2", age), corrects=wrong.sha256)
        rows.insert(rows.index(wrong) + 1, right)
    return rows


@cache
def book(n_days: int = N_DAYS) -> Book:
    """Give the book as it stood ``n_days`` after publication."""
    rows = tuple(row for age in range(1, n_days + 1) for row in _rows(age))
    return Book(article=article(), registrations=registrations(), rows=rows)
