"""What is frozen at publication: the odds, the line, the reason why nothing can be followed."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from leadline.aftermath.course import Closes, Held, Terms, held, terms
from leadline.aftermath.rules import RULES
from leadline.claim import Article, Claim, Trigger
from leadline.data.panel import Panel
from leadline.errors import DataError, NotHeldError
from leadline.evidence.forecast import Forecast
from leadline.evidence.necessary_condition import NecessaryCondition
from leadline.evidence.relation import RelationTest
from leadline.kernels import hazard
from leadline.live import relations
from leadline.live.book import CHECKPOINTS, Call, Ceiling, Line, Registration
from leadline.live.processes import extra_drift

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_HORIZONS = 3
"""Horizons of history below which there are no odds of a call."""
MATTERS = 0.15
"""What a claim must add to the base rate to matter, where it does not say."""
N_AGES = 40
PAST = "It speaks of the time up to its publication; nothing of it is left to come."


def series_of(claim: Claim) -> tuple[str, ...]:
    """Name the series that following a claim takes, each once."""
    test = deciding(claim)
    named = [*(claim.live.series() if claim.live is not None else ())]
    named += test.series() if test is not None else ()
    return tuple(dict.fromkeys(named))


def deciding(claim: Claim) -> RelationTest | None:
    """Give the relation that decides a claim, without forks and placebos; None where none does."""
    test = claim.tests[0] if claim.tests else None
    return relations.bare(test) if isinstance(test, RelationTest) else None


def register(claim: Claim, article: Article, panel: Panel) -> Registration:
    """Freeze what a claim is scored by, from a panel that ends on the day of its publication.

    The panel may be empty for a claim that reads no series. What cannot be frozen is left out;
    where that is everything, ``clock`` says why.
    """
    if panel.as_of != claim.first_seen:
        msg = (
            f"{claim.ref} appeared on {claim.first_seen}, but the panel ends on {panel.as_of}. "
            "Take panel.until(claim.first_seen)."
        )
        raise DataError(msg)
    call, line, ceiling = None, None, None
    lacking: list[str] = []
    try:
        line, ceiling = _relation(claim, panel)
    except NotHeldError as error:
        lacking.append(str(error))
    try:
        call = call_of(claim, panel)
    except NotHeldError as error:
        lacking.append(str(error))
    if call is not None and line is not None and line.is_yes_or_no:
        # The call has the say on what happens; of a yes or no there is no size to follow besides.
        line = None
    clock = "" if call or line or ceiling else _no_clock(claim, lacking)
    return Registration(
        claim=claim.ref,
        claim_sha256=claim.sha256,
        published=claim.first_seen,
        known=panel.as_of,
        rules=dict(RULES),
        call=call,
        line=line,
        ceiling=ceiling,
        triggers=triggers_of(claim, article),
        clock=clock,
    )


def triggers_of(claim: Claim, article: Article) -> tuple[Trigger, ...]:
    """Give the conditions that the article names and that bear on a claim."""
    named = article.watch.triggers if article.watch is not None else ()
    return tuple(trigger for trigger in named if claim.id in trigger.claims)


def _no_clock(claim: Claim, lacking: list[str]) -> str:
    if claim.untestable is not None:
        return claim.untestable
    return lacking[0] if lacking else PAST


def _relation(claim: Claim, panel: Panel) -> tuple[Line | None, Ceiling | None]:
    test = deciding(claim)
    if isinstance(test, NecessaryCondition):
        return None, relations.ceiling(test, panel)
    return (None if test is None else relations.fitted(test, panel)), None


def call_of(claim: Claim, panel: Panel) -> Call | None:
    """Freeze the mark and the odds of a claim's call; None where it makes none.

    Raises NotHeldError where its series then had no recent price, or too few for odds.
    """
    rule = claim.live
    if rule is None or rule.success is None:
        return None
    fixed = terms(claim, panel)
    n, size = fixed.n_closes, fixed.past.level.size
    if n < 1 or size <= LEAST_HORIZONS * n:
        msg = (
            f"{size} prices of {fixed.what} before {claim.first_seen}; odds over "
            f"{rule.horizon.words} need {LEAST_HORIZONS * max(n, 1) + 1}."
        )
        raise NotHeldError(msg)
    antecedent = None if rule.antecedent is None else held(rule.antecedent, panel, claim.first_seen)
    hits = came_true(fixed)
    q = _kept(float(hits.mean()))
    p = _claimed(claim, hits, _starts_held(fixed.past, antecedent, hits.size), q)
    ages, quantiles = _usual(fixed)
    return Call(
        words=fixed.words,
        series=fixed.success.series,
        horizon=fixed.days,
        price=fixed.price,
        mark=fixed.mark_price,
        p=p,
        q=q,
        n_eff=hits.size / n,
        ages=ages,
        low=tuple(quantiles[0].tolist()),
        median=tuple(quantiles[1].tolist()),
        high=tuple(quantiles[2].tolist()),
        drift=_drift(fixed, p, q),
        against=fixed.success.beats or "",
    )


def _kept(odds: float) -> float:
    return float(np.clip(odds, 1 - relations.SURE, relations.SURE))


def came_true(fixed: Terms) -> Flags:
    """Say from which earlier days, whose horizon was over, the price moved as far."""
    level, n = fixed.past.level, fixed.n_closes
    if fixed.is_at_end:
        return np.asarray(level[n:] - level[:-n] > 0)
    starts = np.arange(level.size - n)
    # At a record already, any gain is one.
    by = max(fixed.mark, 1e-12) if fixed.is_beyond else fixed.mark
    return np.asarray(hazard.first_passage(level, starts, by=by, horizon=n) > 0)


def _starts_held(past: Closes, antecedent: Held | None, n_starts: int) -> Flags:
    if antecedent is None:
        return np.ones(n_starts, dtype=bool)
    return antecedent.at(past.days[:n_starts])


def _claimed(claim: Claim, hits: Flags, on: Flags, q: float) -> float:
    """Give the claim's odds: as it says, or those where its antecedent held and what matters."""
    test = claim.tests[0] if claim.tests else None
    matters = MATTERS
    if isinstance(test, Forecast):
        if test.odds is not None:
            return _kept(test.odds)
        matters = test.matters or 0.0
    where_held = float(hits[on].mean()) if on.any() else q
    return _kept(max(where_held, q + matters))


def _usual(fixed: Terms) -> tuple[tuple[int, ...], Floats]:
    """Give ages in days, and the 10, 50 and 90 % quantiles of past returns over each."""
    grid = np.linspace(1, fixed.days, min(N_AGES, fixed.days)).round().astype(int)
    asked = sorted({*grid.tolist(), *(age for age in CHECKPOINTS if age <= fixed.days)})
    per_day = fixed.past.per_year / 365.25
    found = {}
    for age in asked:
        usual = fixed.past.usual(max(round(age * per_day), 1))
        if usual.size:
            found[age] = np.expm1(np.quantile(usual, (0.1, 0.5, 0.9)))
    return tuple(found), np.column_stack(list(found.values()))


def _drift(fixed: Terms, p: float, q: float) -> float:
    """Give the extra log return a close that would lift the odds from ``q`` to ``p``."""
    recent = np.diff(fixed.past.level)[-max(round(fixed.past.per_year), 2) :]
    volatility, n = float(recent.std()), fixed.n_closes
    if volatility == 0 or p <= q:
        return 0.0
    if fixed.is_at_end:
        return float((ndtri(p) - ndtri(q)) * volatility / np.sqrt(n))
    return extra_drift(p, q, fixed.mark, n, volatility) if fixed.mark != 0 else 0.0
