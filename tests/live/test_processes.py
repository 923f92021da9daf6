from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.calibration import live_evidence
from leadline.kernels import evalues
from leadline.live.processes import (
    ALPHA,
    Pace,
    Path,
    Timing,
    drift_path,
    extra_drift,
    outcomes_path,
    returns_path,
)
from leadline.worlds.calibration import bounds

DAYS = np.arange("2026-01-24", "2026-07-01", dtype="datetime64[D]")
SERIES = (
    "n", "value", "against", "effect", "low", "high", "next_due", "decides",
)  # fmt: skip


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def by_windows(happened, *, p=0.5, q=0.2, days=DAYS, every=30):
    n = len(happened)
    known = days[0] + every * np.arange(1, n + 1)
    due = days[0] + every * ((days - days[0]) // np.timedelta64(every, "D") + 1)
    pace = Pace(float(evalues.bernoulli_growth(0.5, 0.2)), every)
    odds = (np.broadcast_to(np.asarray(x, dtype=float), n) for x in (p, q))
    timing = Timing(days, known, due)
    return outcomes_path(timing, np.array(happened, dtype=bool), *odds, words="windows", pace=pace)


def test_an_outcome_counts_from_the_day_on_which_it_is_known():
    path = by_windows([True, False])
    assert list(np.unique(path.n[:30])) == [0]
    before, first, second = (path.at(i) for i in (29, 30, 60))
    assert (before.value, before.against, before.effect) == (1, 1, None)
    # By hand: the mixture of 1.375, 1.75, 2.125 and 2.5, and the claim's own 2.5 upside down.
    assert first.value == pytest.approx(1.9375)
    assert first.against == pytest.approx(0.4)
    assert first.effect == pytest.approx(0.8)
    assert second.n == 2
    assert second.against == pytest.approx(0.4 * 0.8 / 0.5)
    assert second.effect == pytest.approx(0.3)
    assert -0.2 <= second.low < second.effect < second.high <= 0.8


def test_a_window_without_the_antecedent_is_no_evidence():
    silent = by_windows([True, True, False], p=[0.5, 0.2, 0.2], q=0.2)
    spoken = by_windows([True], p=0.5, q=0.2)
    last, alone = silent.at(-1), spoken.at(-1)
    assert last.n == alone.n == 1
    assert last.value == pytest.approx(alone.value)
    assert (last.effect, last.low, last.high) == (alone.effect, alone.low, alone.high)


def test_the_decision_is_dated_by_the_divergence_and_stays_once_reached():
    path = by_windows([True] * 5)
    outcomes = np.ceil(np.log(20) / float(evalues.bernoulli_growth(0.5, 0.2)))
    expected = date(2026, 2, 23).toordinal() + 30 * (outcomes - 1)
    start = path.at(0)
    assert start.next_due == date(2026, 2, 23)
    assert start.decides.toordinal() == expected
    reached = int(np.argmax(path.value >= np.log(20)))
    assert path.at(-1).decides == path.at(reached).decides
    assert path.at(reached).decides.toordinal() == date(2026, 1, 24).toordinal() + reached


def test_what_is_never_decided_has_no_date():
    timing = Timing(DAYS, DAYS[:0])
    nothing = np.zeros(0)
    path = outcomes_path(
        timing, nothing.astype(bool), nothing, nothing, words="", pace=Pace(0.0, 30)
    )
    assert path.at(0).decides is None
    assert path.at(0).next_due is None


def test_outcomes_out_of_order_are_refused():
    timing = Timing(DAYS, DAYS[[5, 3]])
    with pytest.raises(ValueError, match="in the order"):
        outcomes_path(
            timing,
            np.array([True, True]),
            np.full(2, 0.5),
            np.full(2, 0.2),
            words="",
            pace=Pace(0.1, 1),
        )


def same_so_far(part: Path, whole: Path):
    n = part.days.size
    for name in SERIES:
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:n], err_msg=name)


@given(happened=st.lists(st.booleans(), min_size=1, max_size=5), cut=st.integers(1, DAYS.size - 1))
def test_what_comes_later_changes_no_day_of_a_call(happened, cut):
    whole = by_windows(happened)
    known = DAYS[0] + 30 * np.arange(1, len(happened) + 1)
    n = int(np.sum(known <= DAYS[cut - 1]))
    same_so_far(by_windows(happened[:n], days=DAYS[:cut]), whole)


def daily(returns, holds, days, drift=0.004):
    return drift_path(Timing(days, days), returns, holds, drift, words="daily", often=0.5)


@given(seed=st.integers(0, 500), cut=st.integers(1, DAYS.size - 1))
def test_what_comes_later_changes_no_day_of_a_drift(seed, cut):
    rng = np.random.default_rng(seed)
    returns = 0.03 * rng.standard_t(4, 300 + DAYS.size)
    holds = rng.random(DAYS.size) < 0.7
    whole = daily(returns, holds, DAYS)
    same_so_far(daily(returns[: 300 + cut], holds[:cut], DAYS[:cut]), whole)


def test_a_drift_is_weighed_only_while_the_antecedent_holds(rng):
    returns = 0.03 * rng.standard_normal(300 + DAYS.size)
    holds = np.arange(DAYS.size) < 40
    path = daily(returns, holds, DAYS)
    assert path.n[-1] == 40
    for held in (path.value, path.against, path.effect):
        assert np.ptp(held[39:]) == 0
        assert np.ptp(held[:40]) > 0


def test_a_drift_that_is_there_is_found_and_one_that_is_not_refuted(rng):
    days = DAYS[0] + np.arange(1500)
    noise = 0.03 * rng.standard_normal(3000 + days.size)
    drifting = noise + 0.006 * (np.arange(noise.size) >= 3000)
    holds = np.ones(days.size, dtype=bool)
    there, absent = (daily(x, holds, days, drift=0.006).at(-1) for x in (drifting, noise))
    assert there.value > 20
    assert there.against < 1
    assert absent.against > 20
    assert absent.value < 1
    assert there.low < 0.006 < there.high
    assert absent.low < 0 < absent.high < 0.006
    assert there.unit == "log return a day"


@given(by=st.floats(0.01, 100), seed=st.integers(0, 100))
def test_the_unit_of_returns_moves_no_evidence(by, seed):
    rng = np.random.default_rng(seed)
    surprise, extra = rng.standard_t(4, 50), rng.uniform(-0.5, 0.5, 50)
    scale = rng.uniform(0.5, 2, 50)
    timing = Timing(DAYS, DAYS[:50])
    one, other = (
        returns_path(
            timing,
            k * surprise,
            k * extra,
            k * scale,
            words="",
            unit="of the move foretold",
            pace=Pace(0.05, 1),
        )
        for k in (1.0, by)
    )
    np.testing.assert_allclose(one.value, other.value, atol=1e-9)
    np.testing.assert_allclose(one.effect, other.effect, rtol=1e-9)
    np.testing.assert_allclose(one.low, other.low, rtol=1e-6)


def test_a_claim_turned_round_has_its_effect_turned_round(rng):
    surprise, extra = rng.standard_t(4, 60), np.full(60, 0.4)
    timing = Timing(DAYS, DAYS[:60])
    up, down = (
        returns_path(
            timing,
            sign * surprise,
            sign * extra,
            np.ones(60),
            words="",
            unit="log return",
            pace=Pace(0.05, 1),
            size=sign * 0.4,
        ).at(-1)
        for sign in (1, -1)
    )
    assert (up.value, up.against) == pytest.approx((down.value, down.against))
    assert (up.effect, up.low, up.high) == pytest.approx((-down.effect, -down.high, -down.low))


@pytest.mark.parametrize("log_mark", [0.25, -0.25, 0.05])
def test_the_extra_drift_lifts_the_odds_of_a_touch(log_mark, rng):
    p, q, horizon, volatility = 0.45, 0.25, 60, 0.03
    drift = extra_drift(p, q, log_mark, horizon, volatility)
    assert np.sign(drift) == np.sign(log_mark)
    paths = np.cumsum(volatility * rng.standard_normal((40_000, horizon)), axis=1)
    days = np.arange(1, horizon + 1)
    # The base drift that gives q in this very sample; the extra must then give p.
    reach = np.sort(np.linspace(-0.02, 0.02, 401) * np.sign(log_mark))
    touched = np.array([_touched(paths[:5000] + m * days, log_mark) for m in reach])
    base = reach[np.argmin(np.abs(touched - q))]
    assert _touched(paths + base * days, log_mark) == pytest.approx(q, abs=0.02)
    assert _touched(paths + (base + drift) * days, log_mark) == pytest.approx(p, abs=0.025)


def _touched(paths, log_mark):
    return float(np.mean(np.any(np.sign(log_mark) * paths >= abs(log_mark), axis=1)))


@given(
    p=st.floats(0.02, 0.98),
    q=st.floats(0.02, 0.98),
    mark=st.floats(0.01, 2),
    horizon=st.integers(1, 700),
    volatility=st.floats(0.003, 0.2),
)
def test_an_extra_drift_has_the_sign_of_the_lift(p, q, mark, horizon, volatility):
    drift = extra_drift(p, q, mark, horizon, volatility)
    assert drift == pytest.approx(-extra_drift(q, p, mark, horizon, volatility), abs=1e-10)
    assert drift == pytest.approx(-extra_drift(p, q, -mark, horizon, volatility), abs=1e-10)
    assert drift * (p - q) >= 0


@pytest.mark.parametrize("wrong", [{"p": 1.0}, {"q": 0.0}, {"log_mark": 0.0}, {"volatility": 0.0}])
def test_odds_that_no_drift_gives_are_refused(wrong):
    given_ = {"p": 0.4, "q": 0.2, "log_mark": 0.3, "horizon": 90, "volatility": 0.03, **wrong}
    with pytest.raises(ValueError, match="No drift gives"):
        extra_drift(**given_)


# Rates, in small; tests/calibration has them in full.


@pytest.mark.parametrize("world", ["momentum", "heavy tails", "GARCH-t"])
def test_following_a_claim_every_day_seldom_invents_evidence(world):
    where = live_evidence.WORLDS[world]
    odds = live_evidence.odds_of(where, 40)
    found = [live_evidence.of_null(where, odds, number) for number in range(40)]
    for name in (live_evidence.OFFICIAL[0], live_evidence.OFFICIAL[2], live_evidence.COMPANION):
        most = [each[name] for each in found]
        assert live_evidence.crossed(most, ALPHA).is_not_above, name
    assert sum(each["covers, returns"] for each in found) >= 40 - bounds(40, 0.05)[1]


def test_a_true_call_is_found_and_seldom_refuted():
    where = live_evidence.WORLDS["iid"]
    odds = live_evidence.odds_of(where, 100)
    found = [live_evidence.of_truth(where, odds, number) for number in range(20)]
    for name in (live_evidence.OFFICIAL[0], live_evidence.COMPANION):
        reached = [each[f"{name}: day"] for each in found]
        assert np.median(reached) < 1.6 * found[0][f"{name}: expected"] + 150
        against = [each[f"{name}: against"] for each in found]
        assert live_evidence.crossed(against, ALPHA).is_not_above
