"""Does the follower never rally without the condition?"""

import numpy as np
import pytest
from evidence.states import a_state, alarms, heard, panel, price, test_of, unrelated
from pydantic import ValidationError
from scipy.stats import binomtest

from leadline import report
from leadline.data.frame import simulated_panel
from leadline.errors import DataError
from leadline.evidence.base import Evidence
from leadline.evidence.sample import Paths
from leadline.worlds.shocks import shocks

N = 2000
WORLDS = ("GARCH-t", "momentum", "own volatility", "common volatility")
RISE = {"rule": "rise", "by": 0.3, "within": "3m", "quiet": "1m"}


def a_test(**more):
    settings = {"leader": "state", "follower": "follower", "rally": RISE, "within": "4w", **more}
    return test_of("necessary_condition", **settings)


def market(name="GARCH-t", *, seed=1, n_obs=N, rng=None, **flags):
    rng = np.random.default_rng(seed) if rng is None else rng
    returns, state = unrelated(name, n_obs, rng)
    return panel({"follower": price(returns)}, {"state": state, **flags})


def only_after(rng, n_obs=N, *, exceptions=0):
    """Give a market that rallies after the state alone, by a half within 30 days."""
    state = a_state(n_obs, rng)
    returns = 0.008 * shocks("garch_t", n_obs, rng)
    after = np.flatnonzero(np.diff(state.astype(int)) == 1)
    long_without = np.flatnonzero(np.convolve(state, np.ones(260))[60 : n_obs + 60] == 0)
    quiet = long_without[long_without > 400]
    for day in [*after, *quiet[: exceptions * 300 : 300]]:
        returns[day + 5 : day + 35] += 0.45 / 30
    return panel({"follower": price(returns)}, {"state": state})


def plain(test, there):
    """Give starts, and whether the state held in the window before each day, by plain loops."""
    sample = test.draw(there)
    _, last = test._window(sample)
    level, on = np.log(there["follower"].value), there["state"].value > 0.5
    within = test.rally.within.observations(sample.per_year)
    quiet = test.rally.quiet.observations(sample.per_year)
    above = [
        t > 0 and level[t] - level[max(t - within, 0) : t].min() >= np.log(1.3)
        for t in range(level.size)
    ]
    starts = [
        t
        for t in range(last, level.size)
        if above[t] and t >= quiet and not any(above[t - quiet : t])
    ]
    covered = [any(on[t - last : t]) for t in range(last, level.size)]
    return starts, np.array(covered), last


def test_necessity_and_coverage_are_those_of_a_plain_count():
    test, there = a_test(), market()
    starts, covered, last = plain(test, there)
    found = heard(test, there)
    hits = sum(covered[t - last] for t in starts)
    assert found.n_episodes == len(starts)
    assert found.components["necessity"] == pytest.approx(hits / len(starts))
    assert found.components["coverage"] == pytest.approx(covered.mean())
    assert found.estimate.value == pytest.approx(hits / len(starts) - covered.mean())
    spread = (len(starts) * covered.mean() * (1 - covered.mean())) ** 0.5
    assert found.statistic == pytest.approx((hits - len(starts) * covered.mean()) / spread)


def test_independent_starts_would_be_binomial():
    found = heard(a_test(), market())
    hits = round(found.components["necessity"] * found.n_episodes)
    coverage = found.components["coverage"]
    exact = binomtest(hits, found.n_episodes, coverage, alternative="greater")
    assert found.components["p_independent"] == pytest.approx(exact.pvalue)
    interval = binomtest(hits, found.n_episodes).proportion_ci(0.90, method="exact")
    assert found.estimate.low == pytest.approx(interval.low - coverage)
    assert found.estimate.high == pytest.approx(interval.high - coverage)


def test_every_rotation_agrees_with_moving_the_starts_by_hand():
    test, there = a_test(), market()
    sample = test.draw(there)
    starts, covered, last = plain(test, there)
    marks = np.zeros(covered.size)
    marks[np.array(starts) - last] = 1
    hits = [np.roll(marks, k) @ covered for k in range(covered.size)]
    p = sum(h >= hits[0] for h in hits) / len(hits)
    happened = Paths(sample, sample.returns[None, :])
    assert test.also(sample, happened)["every rotation"][0] == pytest.approx(p)


def test_rotations_of_scattered_starts_agree_with_the_binomial():
    """Where starts are scattered by chance, the two answer alike on average."""
    rng = np.random.default_rng(3)
    gaps = []
    for _ in range(60):
        there = market("GARCH-t", rng=rng, n_obs=1500)
        test = a_test()
        sample = test.draw(there)
        if test.too_thin(sample) is None:
            found = test.significance(sample, rng, 19).components
            gaps.append(found["p_rotation"] - found["p_independent"])
    assert abs(np.mean(gaps)) < 0.08


def test_never_without_is_seen_and_every_start_is_listed():
    there = only_after(np.random.default_rng(2))
    found = heard(a_test(), there)
    assert found.components["necessity"] == 1.0
    assert found.components["exceptions"] == 0
    assert found.p_value <= 0.05
    assert found.forks.by_null["never without"] <= 0.05
    assert "no exception" in found.summary
    table = found.exhibit("starts")
    assert len(table.rows) == found.n_episodes
    assert all(row[1] == "yes" for row in table.rows)


def test_one_exception_breaks_the_ceiling_and_is_named():
    there = only_after(np.random.default_rng(2), 4000, exceptions=1)
    found = heard(a_test(), there)
    assert found.components["exceptions"] >= 1
    assert found.components["ceiling_kept"] == 0
    assert found.forks.by_null["never without"] == 1.0
    assert found.forks.p_worst == 1.0
    starts, covered, last = plain(a_test(), there)
    (caveat,) = [text for text in found.caveats if text.startswith("Without it started")]
    for t in starts:
        assert (str(there.days[t]) in caveat) == (not covered[t - last])
    rare = heard(a_test(ceiling=0.5), there)
    assert rare.forks.by_null["never without"] <= 0.05


def test_exceptions_speak_against_the_wording_by_themselves():
    """Exact: seven of twelve is what a necessity of 95 % never gives."""
    there = market()
    found = heard(a_test(), there)
    hits = round(found.components["necessity"] * found.n_episodes)
    exact = binomtest(hits, found.n_episodes, 0.95, alternative="less").pvalue
    assert found.components["p_exceptions"] == pytest.approx(exact)
    # Two ways to be wrong are paid for: here the exceptions are by far the rarer one.
    assert found.forks.p_against == pytest.approx(2 * exact)
    assert found.forks.p_against < 0.01
    never = heard(a_test(), only_after(np.random.default_rng(2)))
    assert never.components["p_exceptions"] == 1.0
    seldom = heard(a_test(direction="negative"), there)
    assert "p_exceptions" not in seldom.components


def test_a_state_that_nearly_always_holds_proves_nothing_and_says_so():
    there = market(n_obs=N)
    wide = np.ones(N)
    wide[900:1050] = 0
    found = heard(a_test(), panel({"follower": there["follower"].value}, {"state": wide}))
    assert found.components["coverage"] > 0.9
    assert any("almost always on, it can hardly fail" in text for text in found.caveats)
    assert found.p_value > 0.1
    best = found.components["best_attainable_p"]
    assert best == pytest.approx(found.components["coverage"] ** found.n_episodes)


def test_every_onset_without_a_start_is_a_failure():
    there = market()
    test = a_test()
    found = heard(test, there)
    starts, _, last = plain(test, there)
    on = there["state"].value > 0.5
    onsets = [
        t
        for t in range(last - 1, N - last)
        if on[t] and not any(on[max(t - last, 0) : t]) and t - 1 >= 0
    ]
    rows = found.exhibit("onsets").rows
    assert [row[0] for row in rows] == [str(there.days[t]) for t in onsets]
    answered = ["yes" if any(t < s <= t + last for s in starts) else "no" for t in onsets]
    assert [row[1] for row in rows] == answered
    assert found.components["onsets_unanswered"] == answered.count("no")


def test_any_of_joins_conditions():
    other = a_state(N, np.random.default_rng(8))
    there = market(other=other)
    joined = panel(
        {"follower": there["follower"].value}, {"state": (there["state"].value > 0.5) | other}
    )
    either = heard(a_test(any_of=["other"]), there)
    assert either.components == pytest.approx(
        heard(a_test(), joined).components | {"p_drawn": either.components["p_drawn"]}
    )
    assert "state or other" in either.summary


@pytest.mark.parametrize("factor", [100.0, 0.001])
def test_the_unit_of_a_price_changes_nothing(factor):
    there = market()
    flags = {"state": there["state"].value}
    cents = panel({"follower": factor * there["follower"].value}, flags)
    one, other = heard(a_test(), there), heard(a_test(), cents)
    assert one.components == pytest.approx(other.components)
    assert one.p_value == other.p_value


def test_the_absence_of_the_state_gives_the_mirrored_rates():
    there = market()
    without = panel({"follower": there["follower"].value}, {"state": 1 - there["state"].value})
    found, mirrored = heard(a_test(within="1d"), there), heard(a_test(within="1d"), without)
    assert found.components["coverage"] == pytest.approx(1 - mirrored.components["coverage"])
    assert found.estimate.value == pytest.approx(-mirrored.estimate.value)
    seldom = heard(a_test(within="1d", direction="negative"), without)
    assert seldom.statistic == pytest.approx(found.statistic)
    assert "never without" not in seldom.forks.by_null


def test_what_comes_later_never_changes_what_was_found():
    there = market()
    value, state = there["follower"].value, there["state"].value
    changed = value.copy()
    changed[1300:] *= 2.0
    test = a_test(stop=there.days[1299].astype(object))
    cut = panel({"follower": value[:1300]}, {"state": state[:1300]})
    turned = np.concatenate((state[:1300], 1 - state[1300:]))
    assert heard(test, panel({"follower": changed}, {"state": turned})) == heard(test, cut)


def test_a_later_start_knows_what_held_before_it():
    there = market()
    whole, late = a_test(), a_test(start="2013-01-01")
    sample, part = whole.draw(there), late.own(late.draw(there))
    covered = late._covered(part)
    np.testing.assert_array_equal(covered, whole._covered(sample)[-covered.size :])
    assert str(part.days[late._begin(part)]) == "2013-01-01"


def test_evidence_survives_json_and_is_drawn():
    found = heard(a_test(), market())
    assert Evidence.model_validate_json(found.model_dump_json()) == found
    names = {shown.name for shown in found.exhibits}
    assert {"rates", "spells_in_time", "starts", "onsets", "fan"} <= names
    for shown in found.exhibits:
        assert report.chart(shown) is not None


@pytest.mark.parametrize("world", WORLDS)
def test_false_alarms_keep_to_their_level(world):
    found = alarms(a_test(), lambda rng: market(world, rng=rng, n_obs=1000), 60, n_resamples=49)
    assert found.is_not_above


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_false_alarms_keep_to_their_level_in_a_thousand_worlds(world):
    assert alarms(a_test(), lambda rng: market(world, rng=rng), 1000).is_not_above


def test_what_the_wording_needs_is_seen():
    assert alarms(a_test(), only_after, 40).share > 0.8


def test_power_is_that_of_the_whole_claim():
    """Half of the excess leaves exceptions, which no p can make good."""
    power = heard(a_test(n_simulations=60), market(n_obs=3000)).power
    assert power.rates[0] <= 0.2
    assert power.effects[-1] > 0.3
    assert power.rates[-1] > power.rates[1] + 0.3
    seldom = heard(a_test(n_simulations=60, direction="negative"), market(n_obs=3000)).power
    assert seldom.rates[-1] > 0.8


def test_the_wording_counts_histories_without_exception():
    found = heard(a_test(n_simulations=100), market())
    expected = found.components["coverage"] ** found.n_episodes
    assert found.wording.share < 0.5
    assert found.wording.share == pytest.approx(expected, abs=0.3)
    assert "at least 95%" in found.wording.criterion


def test_too_little_is_a_finding_with_its_reason():
    there = market()
    value = there["follower"].value
    never = heard(a_test(), panel({"follower": value}, {"state": np.zeros(N)}))
    assert "state held within 4 weeks before no day" in never.summary
    always = heard(a_test(), panel({"follower": value}, {"state": np.ones(N)}))
    assert "before every day" in always.summary
    few = heard(a_test(rally={**RISE, "by": 9.0}), there)
    assert few.summary == "0 rallies of follower started; needs 3."
    assert "a window of 4 years needs" in heard(a_test(within="4y"), there).summary
    assert heard(a_test(), market(n_obs=40)).status == "infeasible"


def test_a_price_cannot_hold():
    there = market()
    days = np.datetime64("2012-01-01", "D") + np.arange(N)
    prices = {"follower": there["follower"].value, "state": there["follower"].value[::-1]}
    with pytest.raises(DataError, match="state is not a condition"):
        heard(a_test(), simulated_panel(days, prices))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ceiling": 1.5}, "less than or equal to 1"),
        ({"rally": {"rule": "strength"}}, "does not match any of the expected tags"),
        ({"within": "soon"}, "is not a duration"),
        ({"forks": {"any_of": [["other"]]}}, "any_of names other series and cannot be forked"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ValidationError) as error:
        a_test(**settings)
    assert said in str(error.value)


def test_forks_are_run():
    forks = {"within": ["8w"], "rally": [{**RISE, "by": 0.25}], "start": ["2012-06-01"]}
    assert heard(a_test(forks=forks), market()).forks.n == 8
