"""Every lag that somebody published, and what became of the call that was made of it."""

from collections.abc import Iterable
from datetime import date

from leadline.claim import Article
from leadline.evidence.exhibits import Frozen, Number
from leadline.evidence.lag_profile import LagProfile
from leadline.evidence.level_correlation import LevelCorrelation
from leadline.live.calls import CallState, Scoreboard
from leadline.verdict import Outcome, Verdict

Lagged = LagProfile | LevelCorrelation


class Lag(Frozen):
    """A lag that somebody published, in days, and what became of it.

    ``call`` is how the call made of it came out, ``history`` what a trial of the past said; both
    None where there is none.
    """

    claim: str
    publisher: str
    said: date
    leader: str
    follower: str
    low: Number
    high: Number
    call: CallState | None = None
    history: Outcome | None = None


def lags(
    articles: Iterable[Article],
    *,
    board: Scoreboard | None = None,
    verdicts: Iterable[Verdict] = (),
) -> tuple[Lag, ...]:
    """Give every lag that the claims state, shortest first.

    A lag is the claimed shift of its first test that has one, or else the narrowest window that
    the test states. Its call is its own, or that of a forecast which it supports.
    """
    states = {} if board is None else {row.claim: row.state for row in board.rows}
    outcomes = {verdict.claim.id: verdict.history.outcome for verdict in verdicts}
    found = []
    for article in articles:
        for claim in article.claims:
            test = next((test for test in claim.tests if isinstance(test, Lagged)), None)
            if test is None:
                continue
            low, high = _claimed_lag(test)
            held_up = (article.claim(name) for name in claim.supports)
            refs = [claim.ref, *(each.ref for each in held_up if each.type == "forecast")]
            found.append(
                Lag(
                    claim=claim.ref,
                    publisher=claim.publisher,
                    said=claim.first_seen,
                    leader=test.leader,
                    follower=test.follower,
                    low=low,
                    high=high,
                    call=next((states[ref] for ref in refs if ref in states), None),
                    history=outcomes.get(claim.ref),
                )
            )
    return tuple(sorted(found, key=lambda lag: (lag.low, lag.high, lag.claim)))


def _claimed_lag(test: Lagged) -> tuple[float, float]:
    if isinstance(test, LevelCorrelation) and test.at is not None:
        shifts = [shift.days for shift in (test.at, *test.forks.get("at", ()))]
        return min(shifts), max(shifts)
    windows = (test.window, *test.forks.get("window", ()))
    spans = [(window.min.days, window.max.days) for window in windows]
    return min(spans, key=lambda span: span[1] - span[0])
