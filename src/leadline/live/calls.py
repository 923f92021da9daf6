"""Every dated call against what came: hit, miss, open or not to be settled, beside its base rate.

A call is a claim with a rule of success, or a forecast without one, which is counted among those
that nothing settles. Everything is point in time: as of a day, only closes known at its decision
count, and odds use closes known at publication alone. Odds that are not stated are those that are
registered for the claim: of earlier days on which its antecedent held, at least the base rate and
what matters, a kind reading of a call made without doubt.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from leadline.aftermath.course import Closes, Terms, closes, ended, terms
from leadline.claim import Article, Claim, Success
from leadline.data import Panel, Store, gather
from leadline.errors import NotHeldError
from leadline.evidence.exhibits import Frozen, Number
from leadline.evidence.forecast import Forecast
from leadline.kernels.forecast import event_log_score
from leadline.kernels.quality import reversed_spikes
from leadline.live.hindcast import jeffreys
from leadline.live.register import call_of, came_true
from leadline.report.words import day as said_on
from leadline.report.words import number, percent

CallState = Literal["hit", "miss", "open", "not_resolvable"]

RECENT = 4 * 365
"""Days before the call that count as recent: Bitcoin's early years were like no others."""
TAILS = (0.05, 0.95)


class Row(Frozen):
    """One call.

    ``on`` is the day that settled it, ``due`` the last day that counts. ``mark`` is the close of
    ``series`` that makes it a hit and ``price`` the close at publication; ``best`` is the close
    nearest to the mark so far, on ``best_on``; none where one series is to do better than another.
    ``distance`` is what is left to go, a fraction. ``base`` is the share of earlier days from
    which such a call came true, worth ``n_eff`` windows that do not overlap, and ``recent`` that
    of the last four years alone. ``odds`` are the claimant's, ``stated`` or implied. A call that
    cannot be settled is ``vague`` or lacks data. ``same_as`` names an earlier row that makes the
    same call.
    """

    claim: str
    publisher: str
    said: date
    paraphrase: str
    call: str
    state: CallState
    sentence: str
    series: str | None = None
    due: date | None = None
    on: date | None = None
    days_left: int | None = None
    price: Number | None = None
    mark: Number | None = None
    best: Number | None = None
    best_on: date | None = None
    distance: Number | None = None
    base: Number | None = None
    recent: Number | None = None
    n_eff: Number | None = None
    odds: Number | None = None
    stated: bool = False
    vague: bool = False
    same_as: str | None = None

    @property
    def settled(self) -> bool:
        """Whether it is known how it came out."""
        return self.state in {"hit", "miss"}


class Totals(Frozen):
    """All calls that differ, those repeated counted once.

    ``low`` to ``high`` is Jeffreys' interval of 90 % for the share that came true, at ``n_eff``
    calls: those that overlap in time on one series count as the days they cover over their mean
    length. ``base`` is the mean base rate of the settled calls that have one, ``n_scored`` of
    them, and ``recent`` that of four years before each. The scores (Brier 1950; Good
    1952; less is better) are of the claimants' odds and of always saying the base rate.
    """

    n: int
    repeated: int
    hits: int
    misses: int
    open: int
    vague: int
    lacking: int
    n_eff: Number
    share: Number | None = None
    low: Number | None = None
    high: Number | None = None
    n_scored: int = 0
    base: Number | None = None
    recent: Number | None = None
    brier: Number | None = None
    brier_base: Number | None = None
    log: Number | None = None
    log_base: Number | None = None


class Scoreboard(Frozen):
    """Every call of some articles as it stood on a day, oldest first."""

    document: Literal["scoreboard"] = "scoreboard"
    schema_: Annotated[int, Field(alias="schema")] = 1
    as_of: date
    rows: tuple[Row, ...]
    totals: Totals

    model_config = Frozen.model_config | {"populate_by_name": True}

    def words(self) -> str:
        """Say what became of them in a few sentences."""
        return " ".join(_told(self.totals, self.as_of))

    def to_json(self) -> dict[str, Any]:
        """Give the document as plain values."""
        return self.model_dump(mode="json", by_alias=True) | {"words": self.words()}


def calls(articles: Iterable[Article], store: Store, as_of: date) -> Scoreboard:
    """Settle every call that was made by a day, from what was known at its decision.

    A series that the store lacks makes its calls not resolvable; the others go on.
    """
    made = sorted(
        (
            claim
            for article in articles
            for claim in article.claims
            if _is_call(claim) and claim.first_seen <= as_of
        ),
        key=lambda claim: (claim.first_seen, claim.ref),
    )
    rows: list[Row] = []
    first: dict[tuple[object, ...], str] = {}
    for claim in made:
        row = _row(claim, store, as_of)
        rule = claim.live.success if claim.live is not None else None
        key = (rule, row.said, row.due) if rule is not None else (claim.ref,)
        repeated = first.setdefault(key, row.claim)
        rows.append(row if repeated == row.claim else row.model_copy(update={"same_as": repeated}))
    return Scoreboard(as_of=as_of, rows=tuple(rows), totals=_totals(rows))


def _is_call(claim: Claim) -> bool:
    has_rule = claim.live is not None and claim.live.success is not None
    return has_rule or (claim.type == "forecast" and claim.untestable is not None)


def _row(claim: Claim, store: Store, as_of: date) -> Row:
    told: dict[str, Any] = {
        "claim": claim.ref,
        "publisher": claim.publisher,
        "said": claim.first_seen,
        "paraphrase": claim.paraphrase,
    }
    if claim.live is None or claim.live.success is None:
        reason = claim.untestable or ""
        return Row(**told, call="", state="not_resolvable", sentence=reason, vague=True)
    rule, success = claim.live, claim.live.success
    names = (success.series,) if success.beats is None else (success.series, success.beats)
    due = claim.first_seen + timedelta(days=round(rule.horizon.days))
    told |= {"call": _call(success, due), "series": success.series, "due": due}
    try:
        panel = gather(names, store, as_of=as_of, revised_data=claim.revised_data)
        fixed = terms(claim, panel)
    except NotHeldError as error:
        return Row(**told, state="not_resolvable", sentence=str(error))
    return Row(**told, **_settled(fixed, panel), **_odds(claim, fixed, store))


def _call(success: Success, due: date) -> str:
    by = f"by {said_on(due)}"
    if success.beats is not None:
        return f"{success.series} does better than {success.beats} to {said_on(due)}"
    if success.record:
        return f"{success.series} sets a record {by}"
    if success.level is not None:
        return f"{success.series} reaches {_price(success.level)} {by}"
    gain = success.rise or 0.0
    return f"{success.series} {'rises' if gain > 0 else 'falls'} {abs(gain):.0%} {by}"


def _settled(fixed: Terms, panel: Panel) -> dict[str, Any]:
    """Say how a call stands on the panel's last day."""
    path = closes(panel, fixed.success)
    start, end = fixed.past.days.size - 1, np.datetime64(fixed.ends, "D")
    how = ended(fixed, path, start, end, panel.days[-1])
    days, level = path.until(fixed.ends)
    so_far = Closes(days[start:], level[start:])
    told, sentence = _gains(fixed, panel) if fixed.is_at_end else _reach(fixed, path, so_far)
    if how is not None:
        on: date = how.day.astype(object)
        state = "hit" if how.is_hit else "miss"
        if how.is_hit and not fixed.is_at_end:
            there, took = _at(path, how.day), f"day {(on - fixed.published).days} of {fixed.days}"
            told |= {"best": there, "best_on": on}
            sentence = f"Closed at {_price(there)} on {said_on(on)}, {took}."
        return told | {"state": state, "on": on, "sentence": sentence}
    moved = float(np.expm1(fixed.mark - so_far.level[-1] + so_far.level[0]))
    left = max((fixed.ends - panel.as_of).days, 0)
    if fixed.is_at_end:
        sentence = f"{_count(left, 'day')} left. {sentence}"
    elif fixed.is_reached(so_far.level[-1:] - so_far.level[0])[0]:
        sentence = f"Closed at {_price(_at(path, so_far.days[-1]))}; the next close confirms it."
    elif left == 0:
        sentence = f"The time is over, and no close after {so_far.days[-1]} is known."
    else:
        now, mark = _price(_at(path, so_far.days[-1])), _price(fixed.mark_price)
        sentence = f"{_count(left, 'day')} left; {percent(moved)} from {now} to {mark}."
    return told | {"state": "open", "days_left": left, "distance": moved, "sentence": sentence}


def _reach(fixed: Terms, path: Closes, so_far: Closes) -> tuple[dict[str, Any], str]:
    """Give the close nearest to the mark, bad ticks left out, and say it."""
    odd = path.days[reversed_spikes(path.level)]
    good = ~np.isin(so_far.days, odd)
    good[0] = True
    # The close at publication is the nearest only where there is no other.
    good[0] = not good[1:].any()
    level = np.where(good, so_far.level, -np.inf if fixed.mark >= 0 else np.inf)
    row = int(np.argmax(level) if fixed.mark >= 0 else np.argmin(level))
    best, on = float(np.exp(so_far.level[row])), so_far.days[row].astype(object)
    told = {"price": fixed.price, "mark": fixed.mark_price, "best": best, "best_on": on}
    side = "highest" if fixed.mark >= 0 else "lowest"
    return told, (
        f"The {side} close was {_price(best)} on {said_on(on)}; the mark was "
        f"{_price(fixed.mark_price)}."
    )


def _gains(fixed: Terms, panel: Panel) -> tuple[dict[str, Any], str]:
    """Say what both series have gained, to the last day that counts."""
    names = (fixed.success.series, fixed.success.beats or "")
    aligned = panel.align(names, stop=fixed.ends)
    start = fixed.past.days.size - 1
    gains = [
        f"{name} {percent(float(aligned.values[name][-1] / aligned.values[name][start] - 1))}"
        for name in names
    ]
    return {}, f"Since {said_on(fixed.published)}: {', '.join(gains)}."


def _at(path: Closes, day: np.datetime64) -> float:
    return float(np.exp(path.level[np.searchsorted(path.days, day)]))


def _odds(claim: Claim, fixed: Terms, store: Store) -> dict[str, Any]:
    """Give base rate and claimant's odds as they are registered at publication, if they can be."""
    rule = claim.live
    tests = tuple(test for test in claim.tests if isinstance(test, Forecast))
    alone = claim.model_copy(update={"tests": tests})
    try:
        panel = gather(
            rule.series() if rule is not None else (),
            store,
            as_of=claim.first_seen,
            revised_data=claim.revised_data,
        )
        found = call_of(alone, panel)
    except NotHeldError:
        return {}
    if found is None:
        return {}
    came = came_true(fixed)
    since = np.datetime64(claim.first_seen - timedelta(days=RECENT), "D")
    late = came[fixed.past.days[: came.size] >= since]
    return {
        "base": found.q,
        "recent": float(late.mean()) if late.size else found.q,
        "n_eff": found.n_eff,
        "odds": found.p,
        "stated": any(test.odds is not None for test in tests[:1]),
    }


def _totals(rows: Sequence[Row]) -> Totals:
    own = [row for row in rows if row.same_as is None]
    settled = [row for row in own if row.settled]
    hits = sum(row.state == "hit" for row in settled)
    unsettled = [row for row in own if row.state == "not_resolvable"]
    vague = sum(row.vague for row in unsettled)
    n_eff = _independent(settled)
    counts = {
        "n": len(own),
        "repeated": len(rows) - len(own),
        "hits": hits,
        "misses": len(settled) - hits,
        "open": sum(row.state == "open" for row in own),
        "vague": vague,
        "lacking": len(unsettled) - vague,
    }
    if not settled:
        return Totals(**counts, n_eff=0.0)
    share = hits / len(settled)
    centre = (share * n_eff + 0.5) / (n_eff + 1)
    low, high = map(float, jeffreys(centre, n_eff, np.array(TAILS)))
    return Totals(
        **counts,
        n_eff=n_eff,
        share=share,
        # At the ends the interval takes in the share itself (Brown, Cai and DasGupta 2001).
        low=min(low, share),
        high=max(high, share),
        **_scores(settled),
    )


def _independent(settled: Sequence[Row]) -> float:
    """Count calls by the days they cover on each series, over their mean length."""
    total = 0.0
    for series in {row.series for row in settled}:
        spans = sorted(
            (row.said, row.due) for row in settled if row.series == series and row.due is not None
        )
        covered, reach = 0, date.min
        for said, due in spans:
            covered += max((due - max(said, reach)).days, 0)
            reach = max(reach, due)
        total += covered / (sum((due - said).days for said, due in spans) / len(spans))
    return total


def _scores(settled: Sequence[Row]) -> dict[str, Any]:
    scored = [
        (row.state == "hit", row.odds, row.base, row.recent)
        for row in settled
        if row.odds is not None and row.base is not None and row.recent is not None
    ]
    if not scored:
        return {}
    happened, odds, base, recent = np.array(scored, dtype=float).T
    return {
        "n_scored": len(scored),
        "base": float(base.mean()),
        "recent": float(recent.mean()),
        "brier": float(np.mean((odds - happened) ** 2)),
        "brier_base": float(np.mean((base - happened) ** 2)),
        "log": float(np.mean(event_log_score(happened, odds))),
        "log_base": float(np.mean(event_log_score(happened, base))),
    }


def _told(totals: Totals, as_of: date) -> Iterator[str]:
    n_settled = totals.hits + totals.misses
    if totals.n == 0:
        yield f"By {said_on(as_of)} no call had been made."
        return
    yield (
        f"By {said_on(as_of)} {_count(totals.n, 'call')} had been made: {n_settled} settled, "
        f"{totals.open} open, {totals.vague} too vague to be settled by anything"
        + (f", {totals.lacking} without the data." if totals.lacking else ".")
    )
    if totals.share is None or totals.low is None or totals.high is None:
        return
    if totals.base is not None and totals.recent is not None:
        yield (
            f"Made on earlier days, {totals.base:.0%} of such calls came true "
            f"({totals.recent:.0%} in the four years before each)."
        )
    yield (
        f"These came true {_count(totals.hits, 'time')} in {n_settled} ({totals.share:.0%}; 90% "
        f"interval {totals.low:.0%} to {totals.high:.0%}, since calls that overlap in time amount "
        f"to about {totals.n_eff:.0f})."
    )
    if totals.brier is not None and totals.brier_base is not None:
        better = "worse" if totals.brier > totals.brier_base else "better"
        yield (
            f"The odds that the calls imply score {totals.brier:.2f} (Brier, less is better), "
            f"{better} than the {totals.brier_base:.2f} of always saying the base rate; taken as "
            f"certain, the calls score {1 - totals.share:.2f}."
        )


def _price(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else number(value, 5)


def _count(n: int, one: str) -> str:
    return f"{n} {one}{'' if n == 1 else 's'}"
