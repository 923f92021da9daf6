"""What follows a shock, and who responds first: truth, level, units, and thin data."""

import numpy as np
import pytest
from evidence.quick import FEW
from pydantic import ValidationError
from scipy.signal import lfilter

from leadline.data.frame import simulated_panel
from leadline.data.series import SeriesInfo
from leadline.evidence import kinds
from leadline.evidence.base import Evidence
from leadline.kernels import projections
from leadline.worlds import NULL_WORLDS
from leadline.worlds.calibration import bounds, rejection_rate
from leadline.worlds.known import trading_days
from leadline.worlds.shocks import shocks

NAMES = ("fear", "first", "follower")
SOON = dict.fromkeys(range(4), 0.25)
LATER = dict.fromkeys(range(8, 12), 0.25)


def a_world(rng, n_obs=2610, *, first=None, follower=None, tails="normal", calm=True, kind="price"):
    """Fear that returns to its mean, and two prices that answer to its shocks, by week.

    The two share three tenths of their variance.
    """
    shock, common, *own = (shocks(tails, n_obs, rng) for _ in range(4))
    moves = []
    for one, by_week in zip(own, (first or {}, follower or {}), strict=True):
        kernel = np.zeros(100)
        for week, size in by_week.items():
            kernel[5 * week : 5 * week + 5] += size / 5
        noise = np.sqrt(0.3) * common + np.sqrt(0.7) * one
        moves.append(noise + np.convolve(shock, kernel)[:n_obs])
    fear = 0.06 * lfilter([1.0], [1.0, -0.98], shock) if calm else 0.03 * np.cumsum(shock)
    paths = (fear + 3.0, 0.01 * np.cumsum(moves[0]) + 5.0, 0.03 * np.cumsum(moves[1]) + 6.0)
    values = {name: np.exp(path) for name, path in zip(NAMES, paths, strict=True)}
    if kind == "flag":
        values["fear"] = (lfilter([1.0], [1.0, -0.9], shock) > 1.5).astype(float)
    return simulated_panel(trading_days(n_obs), values, infos(kind))


def infos(kind="price"):
    return {
        name: SeriesInfo(
            id=name,
            title=name,
            unit="index",
            kind=kind if name == "fear" else "price",
            close="24:00 UTC",
        )
        for name in NAMES
    }


def order(**more):
    settings = {"leader": "fear", "first": "first", "follower": "follower", **FEW, **more}
    return kinds()["response_order"].model_validate(settings)


def response(**more):
    settings = {"leader": "fear", "follower": "first", "horizon": "6w", **FEW, **more}
    return kinds()["shock_response"].model_validate(settings)


def found_in(test, panel):
    return test.find(panel, test.stream("a seed"))


@pytest.fixture(scope="module")
def ordered():
    """The first answers within four weeks, the follower eight weeks later."""
    return a_world(np.random.default_rng(1), first=SOON, follower=LATER)


@pytest.fixture(scope="module")
def found(ordered):
    return found_in(order(), ordered)


def p_values(test, n, seed, n_obs=1500, **world):
    out = []
    for number in range(n):
        rng = np.random.default_rng([seed, number])
        panel = a_world(rng, n_obs, **world)
        sample = test.own(test.draw(panel))
        measured = test.significance(sample, rng, 99)
        out.append((measured.p_value, measured.components.get("p_order", np.nan)))
    return np.array(out)


def test_the_order_and_the_delay_are_found(found):
    assert found.p_value <= 0.02
    assert found.forks.p_worst <= 0.05
    assert found.estimate.value == pytest.approx(8.0, abs=1.5)
    assert found.estimate.low > 0
    assert found.components["half_way_first"] < 4 < found.components["half_way_follower"]
    assert found.exhibit("times").rows[1].highlight
    assert Evidence.model_validate_json(found.model_dump_json()) == found


def test_exchanged_the_two_contradict_the_claim(ordered):
    back = found_in(order(first="follower", follower="first"), ordered)
    assert back.p_against == 0.01
    assert back.estimate.value == pytest.approx(-8.0, abs=1.5)
    turned = found_in(order(first="follower", follower="first", direction="negative"), ordered)
    assert turned.components["p_order"] == 0.01
    assert turned.estimate.value == back.estimate.value


def test_falls_are_ordered_as_rises_are():
    down = {
        name: {week: -size for week, size in by_week.items()}
        for name, by_week in (("first", SOON), ("follower", LATER))
    }
    panel = a_world(np.random.default_rng(1), **down)
    assert found_in(order(), panel).p_value > 0.05
    found = found_in(order(response="down"), panel)
    assert found.p_value <= 0.02
    assert found.estimate.value == pytest.approx(8.0, abs=1.5)


@pytest.mark.parametrize(
    ("first", "follower"),
    [(SOON, SOON), ({0: 0.5}, {0: 0.5}), (SOON, {}), ({}, LATER), (SOON, {0: -0.5})],
    ids=["alike", "alike at once", "first only", "follower only", "follower falls at once"],
)
def test_without_an_order_none_is_found(first, follower):
    p = p_values(order(), 40, 3, first=first, follower=follower)
    assert np.sum(p[:, 0] <= 0.1) <= bounds(40, 0.1)[1]


def test_an_order_is_found_more_often_than_four_times_in_five():
    for tails in ("normal", "garch_t"):
        p = p_values(order(), 20, 4, 2610, first=SOON, follower=LATER, tails=tails)
        assert np.mean(p[:, 0] <= 0.05) > 0.8


def test_the_picture_shows_local_projections_that_recover_the_truth(found):
    lines = {line.label: line.y for line in found.exhibit("responses").lines}
    assert lines["first"][6] == pytest.approx(lines["first"][4], abs=0.3)
    assert lines["follower"][12] - lines["follower"][6] > 0.4
    assert abs(lines["follower"][6]) < 0.4


def test_units_do_not_matter(found, ordered):
    values = {
        name: scale * ordered[name].value
        for name, scale in zip(NAMES, (100.0, 0.01, 7.0), strict=True)
    }
    days = trading_days(2610)
    rows = np.searchsorted(ordered.days, days)
    panel = simulated_panel(days, {name: v[rows] for name, v in values.items()}, infos())
    again = found_in(order(), panel)
    assert again.p_value == found.p_value
    assert again.estimate.value == pytest.approx(found.estimate.value, rel=1e-6)


def test_what_comes_later_changes_nothing(ordered):
    days = trading_days(2610)
    rows = np.searchsorted(ordered.days, days)
    values = {name: ordered[name].value[rows] for name in NAMES}
    cut = simulated_panel(days[:1800], {k: v[:1800] for k, v in values.items()}, infos())
    stop = days[1799].astype(object)
    changed = {k: np.where(np.arange(2610) < 1800, v, 3 * v) for k, v in values.items()}
    whole = simulated_panel(days, changed, infos())
    daily = {"every": "day", "stop": stop}
    for test in (order(**daily, horizon="26d", soon="4d"), response(**daily)):
        sample, other = test.draw(cut), test.draw(whole)
        np.testing.assert_array_equal(sample.follower, other.follower)
        np.testing.assert_allclose(test._shock(sample), test._shock(other), rtol=1e-12)
        one, two = (test.significance(s, np.random.default_rng(1), 49) for s in (sample, other))
        assert one.estimate == two.estimate
        assert one.p_value == two.p_value


def test_the_statistic_is_orthogonal_to_what_is_estimated(ordered):
    """A small change of the multiple or of the late share leaves it as it was, to first order."""
    test = order()
    sample = test.draw(ordered)
    beside, shock = test._beside(sample), test._shock(sample)
    late = np.arange(27) > 4
    b = [projections.responses(row, shock, 26) for row in test._both(sample)]

    def contrast(multiple, share):
        return float((late - share) @ (b[1] - multiple * b[0]))

    at = contrast(beside.share, beside.late)
    assert contrast(beside.share, beside.late + 0.01) == pytest.approx(at, abs=1e-10)
    assert contrast(beside.share + 0.01, beside.late) == pytest.approx(at, abs=1e-10)


def test_histories_keep_what_the_follower_shares_with_the_first(ordered):
    test = order()
    sample = test.draw(ordered)
    drawn = test.null_model(sample).draw(100, np.random.default_rng(1))
    with_first = np.diff(sample.leaders["first"])
    kept = np.mean([np.cov(with_first, row)[0, 1] for row in drawn]) / np.var(with_first)
    share = test._beside(sample)
    assert kept == pytest.approx(share.share * np.mean(share.scale / share.first_scale), rel=0.3)


def test_a_delay_planted_is_the_delay_found(ordered):
    test = order()
    sample = test.draw(ordered)
    base = test.null_model(sample).draw(30, np.random.default_rng(2))
    planted = test.plant(sample, base, 8.0, np.random.default_rng(2))
    delays = [test.quick(sample.with_follower(row)) for row in planted]
    assert np.median(delays) == pytest.approx(8.0, abs=2.0)


def test_forks_over_shocks_and_firsts_are_run(ordered):
    found = found_in(order(forks={"soon": ["6w"], "horizon": ["20w"]}), ordered)
    assert found.forks.n == 4
    assert found.forks.share == 1.0


def test_a_flag_is_shocked_when_it_begins_to_hold():
    panel = a_world(np.random.default_rng(7), first={0: 1.5}, kind="flag")
    test = response(follower="first")
    sample = test.draw(panel)
    ends = sample.ends("week")
    holds = sample.leaders["fear"][ends] > 0.5
    assert test._raw(sample).sum() == np.sum(holds[1:] & ~holds[:-1])
    found = found_in(test, panel)
    assert found.estimate.value > 0
    assert found.exhibit("shocks").finding.startswith("fear began to hold")


def test_a_response_and_its_size_are_found():
    panel = a_world(np.random.default_rng(2), first=SOON)
    found = found_in(response(), panel)
    assert found.p_value == 0.01
    # A shock of a week adds up five days, each of which is answered in full.
    week = np.sqrt(5) * 0.01
    assert found.estimate.value == pytest.approx(week, rel=0.35)
    assert found.estimate.low < week < found.estimate.high
    assert found_in(response(follower="follower"), panel).p_value > 0.02
    fall = found_in(response(direction="negative"), panel)
    assert fall.p_against == 0.01


def test_the_response_is_the_sum_of_regressions_on_the_shock(ordered):
    test = response()
    sample = test.draw(ordered)
    shock = test._shock(sample)
    moves = np.diff(sample.follower[sample.ends("week")])
    steps = []
    for lag in range(7):
        y = np.zeros(moves.size)
        y[: moves.size - lag] = (moves - moves.mean())[lag:]
        steps.append(np.linalg.lstsq(shock[:, None], y, rcond=None)[0][0])
    assert test.quick(sample) == pytest.approx(np.sum(steps), rel=1e-9)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"first": "follower"}, "first: follower is also the follower"),
        ({"first": "fear"}, "name another series"),
        ({"soon": "26w"}, "soon .26w. must be shorter than horizon .26w."),
        ({"response": "sideways"}, "'up' or 'down'"),
        ({"horizon": "long"}, "not a duration"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        order(**settings)


def test_thin_data_are_a_finding():
    panel = a_world(np.random.default_rng(1), 300)
    found = found_in(order(), panel)
    assert found.status == "infeasible"
    assert "responses over 26 weeks need 78" in found.summary
    quiet = a_world(np.random.default_rng(1), 330)
    assert "large shocks to fear; needs 5" in found_in(response(), quiet).summary


def test_a_state_cannot_respond_first():
    panel = a_world(np.random.default_rng(1), kind="flag")
    test = order(leader="first", first="fear")
    assert "fear must be a price" in found_in(test, panel).summary
    # But how often it holds may answer to shocks.
    answered = found_in(response(leader="first", follower="fear"), panel)
    assert "rotated dates" in answered.forks.by_null


def test_an_order_without_a_first_response_says_so():
    found = found_in(order(), a_world(np.random.default_rng(5), first={}, follower=LATER))
    assert any("No response within 4 weeks is established" in said for said in found.caveats)
    assert found.p_value > 0.05


class P:
    """The p-value of a response in one history."""

    def __call__(self, panel, rng):
        test = response(leader="leader", follower="follower", horizon="13w")
        sample = test.own(test.draw(panel))
        return test.significance(sample, rng, 99).p_value


@pytest.mark.parametrize("name", ["GARCH-t", "momentum"])
def test_false_alarms_of_a_response_keep_to_their_level(name):
    found = rejection_rate(P(), NULL_WORLDS[name], n_worlds=100, seed=5, n_obs=1300, alpha=0.1)
    assert found.keeps_its_level


# What happens on the same day is part of a response, so worlds with common news have one.
APART = ("iid", "momentum", "shared volatility", "GARCH-t")


@pytest.mark.slow
@pytest.mark.parametrize("name", APART)
def test_false_alarms_of_a_response_in_a_thousand_worlds(name):
    assert rejection_rate(P(), NULL_WORLDS[name], n_worlds=1000, seed=2026).is_not_above


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [
        {},
        {"first": SOON, "follower": SOON},
        {"first": SOON, "follower": SOON, "tails": "garch_t"},
        {"first": SOON, "follower": {0: -0.5}},
        {"first": SOON, "follower": SOON, "calm": False},
    ],
)
def test_false_alarms_of_an_order_in_a_thousand_worlds(world):
    p = p_values(order(), 1000, 2026, **world)
    assert np.sum(p[:, 0] <= 0.05) <= bounds(1000, 0.05)[1]
