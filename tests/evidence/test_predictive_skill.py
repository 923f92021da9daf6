"""Whether the leader forecasts: truth, level, honesty about time, and thin data."""

import numpy as np
import pytest
import statsmodels.api as sm
from evidence.quick import FEW, heard, market, prices
from pydantic import ValidationError

from leadline.data.frame import panel_from_series
from leadline.evidence import kinds
from leadline.evidence.sample import Paths
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS
from leadline.worlds.calibration import rejection_rate

DAILY = {"every": "day", "over": "5d", "horizon": "5d", "training": "6m"}


def a_test(**more):
    settings = {"leader": "leader", "follower": "follower", **FEW, **more}
    return kinds()["predictive_skill"].model_validate(settings)


def pair(related):
    return dict(zip(("leader", "follower"), related, strict=True))


@pytest.fixture(scope="module")
def found(related):
    return heard(a_test(**DAILY), pair(related))


class P:
    """The p-value of a test in one history."""

    def __init__(self, test):
        self.test = test

    def __call__(self, panel, rng):
        sample = self.test.own(self.test.draw(panel))
        return self.test.significance(sample, rng, 99).p_value


def test_it_forecasts_what_follows_and_not_what_went_before(found, related):
    assert found.p_value == 0.01
    assert found.estimate.low > 0.05
    assert found.components["r2"] == found.estimate.value
    assert found.components["crps_gain"] > 0
    back = heard(a_test(**DAILY), pair(related[::-1]))
    assert back.p_value > 0.05
    assert back.estimate.value < 0.05


def test_it_is_a_walk_forward_by_hand(related):
    """Weekly, one regression a forecast, on outcomes known by then."""
    leader, follower = related
    found = heard(a_test(over="4w", horizon="2w", training="1y"), pair(related))
    x, y = (np.log(s.resample("W-SUN").last()).iloc[:-1].to_numpy() for s in (leader, follower))
    moves = np.diff(x)
    n = y.size
    # Before a window of sixty weeks is full it takes what there is, at least the first five.
    scale = [
        np.sqrt(np.mean(moves[max(0, t - 60) : t] ** 2))
        if t > 4
        else np.sqrt(np.mean(moves[:5] ** 2))
        for t in range(n)
    ]
    rows = list(range(4, n - 2))
    predictor = np.array([(x[t] - x[t - 4]) / (scale[t - 1] * 2.0) for t in rows])
    outcome = np.array([y[t + 2] - y[t] for t in rows])
    first = 52 + 2
    errors = []
    for t in range(first, len(rows)):
        known = slice(0, t - 2)
        fit = sm.OLS(outcome[known], sm.add_constant(predictor[known])).fit().params
        average = outcome[known].mean()
        made = average + max(fit[1], 0.0) * (predictor[t] - predictor[known].mean())
        errors.append(((outcome[t] - average) ** 2, (outcome[t] - made) ** 2))
    e0, e1 = np.sum(errors, axis=0)
    assert found.components["n_forecasts"] == len(errors)
    assert found.estimate.value == pytest.approx(1 - e1 / e0, rel=1e-7)


@pytest.mark.parametrize("more", [{"benchmark": "own"}, {"outcome": "event", "by": 0.02}])
def test_other_benchmarks_and_outcomes_find_it_too(related, more):
    found = heard(a_test(**DAILY, **more), pair(related))
    assert found.p_value == 0.01
    assert found.estimate.value > 0.02
    assert len(found.exhibit("scores").rows) == (2 if "outcome" in more else 3)


def test_the_followers_own_momentum_is_no_skill_of_the_leader():
    """Leader equal to the follower's past: it beats the average and adds nothing to the own."""
    rng = np.random.default_rng(6)
    y = np.zeros(1500)
    shocks = 0.01 * rng.standard_normal(1500)
    for t in range(1, 1500):
        y[t] = 0.6 * y[t - 1] + shocks[t]
    x = y + 0.02 * rng.standard_normal(1500)
    series = {"leader": prices(x, "x"), "follower": prices(y, "y")}
    same = {"every": "day", "over": "1d", "horizon": "1d", "training": "1y"}
    average = heard(a_test(**same), series)
    own = heard(a_test(**same, benchmark="own"), series)
    assert average.estimate.value > 0.02
    assert abs(own.estimate.value) < 0.01
    assert own.p_value > 0.05


def test_a_claim_of_the_other_slope_is_contradicted(related):
    found = heard(a_test(**DAILY, direction="negative"), pair(related))
    assert found.p_against == 0.01
    assert found.p_value > 0.3
    assert found.components["slope_as_claimed"] < 0.05
    turned = heard(a_test(**DAILY, direction="negative"), pair(market(link=-1.0)))
    assert turned.p_value == 0.01
    assert turned.estimate.high < 0
    assert turned.components["r2"] == -turned.estimate.value


def test_pictures_add_up_to_the_estimate(found):
    (line,) = found.exhibit("race").lines
    assert line.y[-1] == pytest.approx(found.estimate.value, rel=1e-6)
    rows = found.exhibit("calibration").rows
    assert sum(int(row[-1]) for row in rows) == found.components["n_forecasts"]


def test_units_do_not_matter(found, related):
    leader, follower = related
    same = heard(a_test(**DAILY), pair((100 * leader, follower / 7)))
    assert same.p_value == found.p_value
    assert same.estimate.value == pytest.approx(found.estimate.value, rel=1e-7)


def test_what_comes_later_changes_nothing(related):
    day = related[0].index[800]
    cut = pair([series.loc[:day] for series in related])
    later = pair([series.where(series.index <= day, series * 3.0) for series in related])
    test = a_test(**DAILY, benchmark="own")
    assert heard(test, cut) == heard(test, later, as_of=day.date())


def test_forecasts_do_not_move_when_the_future_does(related):
    """Row by row: what follows a forecast's day leaves the forecast as it was."""
    test = a_test(**DAILY, benchmark="own")
    sample = test.draw(panel_from_series(pair(related)))
    paths = [sample.returns.copy(), sample.returns.copy()]
    paths[1][700:] *= -2.0
    made = [test._forecasts(sample, Paths(sample, row[None])) for row in paths]
    _, _, first = test._rows(sample)
    kept = 700 - first
    for field in ("benchmark", "added"):
        one, other = (getattr(m, field)[0] for m in made)
        np.testing.assert_allclose(one[: kept + 1], other[: kept + 1], rtol=1e-9, atol=1e-15)
        assert not np.allclose(one[kept + 20 :], other[kept + 20 :])


def test_training_before_the_start_is_used(related):
    whole = heard(a_test(**DAILY), pair(related))
    later = heard(a_test(**DAILY, start="2018-06-01"), pair(related))
    assert later.start >= "2018-06-01"
    # From that day on every day is forecast, without another half year of training.
    days = related[0].index
    expected = (days >= "2018-06-01").sum() - 5
    assert later.components["n_forecasts"] == pytest.approx(expected, abs=1)
    assert whole.components["n_forecasts"] > expected


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"benchmark": "naive"}, "'climatology' or 'own'"),
        ({"outcome": "event", "by": 0.0}, "greater than 0"),
        ({"horizon": "soon"}, "not a duration"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        a_test(**settings)


def test_thin_data_are_a_finding():
    found = heard(a_test(), pair(market(900)))
    assert found.status == "infeasible"
    assert "forecasts over 13 weeks after 3 years of training; needs 40" in found.summary


@pytest.mark.parametrize("name", ["no lead", "momentum"])
def test_false_alarms_keep_to_their_level(name):
    found = rejection_rate(
        P(a_test(training="1y")),
        NULL_WORLDS[name],
        n_worlds=60,
        seed=11,
        n_obs=1300,
        alpha=0.1,
    )
    assert found.keeps_its_level


def test_a_planted_lead_is_found():
    test = a_test(over="9w", horizon="8w")
    found = rejection_rate(
        P(test), PLANTED_WORLDS["lead of 45 days"], n_worlds=15, seed=3, n_obs=2610
    )
    assert found.share >= 0.8


def test_planting_raises_the_r2_about_as_asked(unrelated):
    test = a_test(**DAILY)
    sample = test.draw(panel_from_series(pair(unrelated)))
    base = test.null_model(sample).draw(300, np.random.default_rng(0))
    for effect in (0.02, 0.08):
        planted = test.plant(sample, base, effect, np.random.default_rng(0))
        assert test.realised(sample, Paths(sample, planted), effect) == pytest.approx(
            effect, rel=0.35
        )


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"benchmark": "own"}, {"outcome": "event"}])
@pytest.mark.parametrize("name", list(NULL_WORLDS))
def test_false_alarms_in_a_thousand_worlds(settings, name):
    found = rejection_rate(P(a_test(**settings)), NULL_WORLDS[name], n_worlds=1000, seed=2026)
    assert found.is_not_above
