"""Whether the leader's past adds information: truth, level, units, and thin data."""

import numpy as np
import pytest
from evidence.quick import FEW, heard, market, prices
from pydantic import ValidationError
from scipy.signal import lfilter

from leadline.data.frame import panel_from_series, simulated_panel
from leadline.data.series import SeriesInfo
from leadline.evidence import kinds
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS
from leadline.worlds.calibration import bounds, rejection_rate
from leadline.worlds.known import trading_days


def a_test(**more):
    settings = {"leader": "leader", "follower": "follower", **FEW, **more}
    return kinds()["granger"].model_validate(settings)


DAILY = {"every": "day", "lags": 4, "guard": "1d"}


def pair(related):
    return dict(zip(("leader", "follower"), related, strict=True))


@pytest.fixture(scope="module")
def found(related):
    return heard(a_test(**DAILY), pair(related))


class P:
    """The p-value of a test in one history; 1 where it is too thin."""

    def __init__(self, test, n=99):
        self.test, self.n = test, n

    def __call__(self, panel, rng):
        sample = self.test.own(self.test.draw(panel))
        if self.test.too_thin(sample):
            return 1.0
        return self.test.significance(sample, rng, self.n).p_value


def test_it_finds_the_lead_and_not_the_way_back(found, related):
    assert found.p_value == 0.01
    assert found.estimate.low < 1.0 < found.estimate.high
    assert found.estimate.value == pytest.approx(1.0, abs=0.1)
    assert found.components["p_reverse"] > 0.05
    back = heard(a_test(**DAILY), pair(related[::-1]))
    assert back.p_value > 0.05
    assert back.components["wald_reverse"] == pytest.approx(found.components["wald"], rel=1e-8)


def test_the_response_comes_at_its_lag(found):
    (line,) = found.exhibit("response").lines
    assert line.x == (1, 2, 3, 4)
    np.testing.assert_allclose(line.y, [0, 0, 1, 1], atol=0.12)
    rows = found.exhibit("directions").rows
    assert [row[0] for row in rows] == ["leader to follower", "follower to leader"]


def test_the_table_of_unit_roots_tells_levels_from_moves(found):
    rows = {row[0]: float(row[2]) for row in found.exhibit("unit_roots").rows}
    assert rows["leader, level"] > 0.05
    assert rows["leader, moves"] < 0.01


def test_a_response_of_the_other_sign_speaks_against_the_claim():
    series = pair(market(link=-1.0))
    found = heard(a_test(**DAILY), series)
    assert found.p_against == 0.01
    assert found.p_value > 0.9
    turned = heard(a_test(**DAILY, direction="negative"), series)
    assert turned.p_value == 0.01
    assert turned.estimate.value == pytest.approx(found.estimate.value)


def test_moves_that_cancel_are_information_and_no_direction():
    rng = np.random.default_rng(3)
    x, y = 0.02 * rng.standard_normal((2, 1200))
    # Both beyond the guard, whose link the histories keep.
    y[4:] += 0.5 * x[1:-3] - 0.5 * x[:-4]
    series = {"leader": prices(x, "leader"), "follower": prices(y, "follower")}
    response = heard(a_test(**DAILY), series)
    assert 0.05 < response.p_value < 0.95
    assert response.components["p_wald"] < 0.01
    wald = heard(a_test(**DAILY, statistic="wald"), series)
    assert wald.p_value == 0.01
    assert wald.p_against == 1.0


def test_what_a_control_explains_is_no_lead():
    """The leader and the follower both answer to a third, the leader the sooner."""
    rng = np.random.default_rng(8)
    third, x, y = 0.02 * rng.standard_normal((3, 1500))
    x[1:] += third[:-1]
    y[5:] += third[:-5]
    series = {
        name: prices(moves, name)
        for name, moves in (("leader", x), ("follower", y), ("third", third))
    }
    longer = {**DAILY, "lags": 6}
    assert heard(a_test(**longer), series).p_value == 0.01
    given = heard(a_test(**longer, controls=["third"]), series)
    assert given.p_value > 0.05
    assert "given third" in given.summary
    assert a_test(controls=["third"]).series() == ("leader", "third", "follower")
    # The control's own lead stays in the histories, so its place can be taken by a fork.
    forked = heard(a_test(**longer, controls=["third"], forks={"leader": ["third"]}), series)
    assert forked.forks.n == 2


def test_the_order_is_chosen_on_the_data_or_claimed(related):
    chosen = heard(a_test(every="day", lags="bic"), pair(related))
    # A move three days back is the difference of the levels three and four days back.
    assert chosen.components["order"] == 4
    assert heard(a_test(every="day", lags=5), pair(related)).components["order"] == 5


def test_it_is_a_plain_regression_of_weekly_levels(related):
    """The same numbers from pandas weeks and one least squares."""
    leader, follower = related
    weeks = [np.log(s.resample("W-SUN").last()).iloc[:-1].to_numpy() for s in (leader, follower)]
    found = heard(a_test(lags=2), pair(related))
    x, y = weeks
    n = y.size
    columns = [z[3 - k : n - k] for z in (x, y) for k in (1, 2, 3)]
    design = np.column_stack([*columns, np.ones(n - 3)])
    fitted = np.linalg.lstsq(design, y[3:], rcond=None)[0]
    assert found.estimate.value == pytest.approx(2 * fitted[0] + fitted[1], rel=1e-6)


def test_units_do_not_matter_and_the_response_is_per_unit(found, related):
    leader, follower = related
    same = heard(a_test(**DAILY), pair((100 * leader, follower / 7)))
    assert same.p_value == found.p_value
    assert same.estimate.value == pytest.approx(found.estimate.value, rel=1e-7)
    squared = heard(a_test(**DAILY), pair((leader**2, follower)))
    assert squared.estimate.value == pytest.approx(found.estimate.value / 2, rel=1e-6)
    assert squared.p_value == found.p_value


def test_what_comes_later_changes_nothing(related):
    day = related[0].index[800]
    cut = pair([series.loc[:day] for series in related])
    later = pair([series.where(series.index <= day, series * 3.0) for series in related])
    test = a_test(**DAILY)
    assert heard(test, cut) == heard(test, later, as_of=day.date())


def test_a_null_with_controls_keeps_their_past():
    rng = np.random.default_rng(2)
    third = 0.02 * rng.standard_normal(1000)
    y = 0.01 * rng.standard_normal(1000)
    y[5:] += 0.8 * third[:-5]
    x = 0.02 * rng.standard_normal(1000)
    series = {"leader": x, "follower": y, "third": third}
    panel = panel_from_series({name: prices(moves, name) for name, moves in series.items()})
    test = a_test(every="day", lags=6, controls=["third"])
    sample = test.draw(panel)
    drawn = test.null_model(sample).draw(200, np.random.default_rng(1))
    past = np.diff(sample.leaders["third"])[:-5]
    kept = [np.corrcoef(past, row[5:])[0, 1] for row in drawn]
    observed = np.corrcoef(past, sample.returns[5:])[0, 1]
    assert np.mean(kept) == pytest.approx(observed, abs=0.05)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"lags": 0}, "greater than 0"),
        ({"lags": "aic"}, "bic"),
        ({"augment": -1}, "greater than or equal to 0"),
        ({"statistic": "f"}, "'response' or 'wald'"),
        ({"forks": {"lags": ["many"]}}, "bic"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        a_test(**settings)


def test_thin_data_are_a_finding():
    found = heard(a_test(lags=8), pair(market(450)))
    assert found.status == "infeasible"
    assert found.summary.endswith("weeks of common data; 18 lags in all need 76.")
    assert heard(a_test(lags=8), pair(market(600))).status == "ok"


def test_a_state_is_moved_round_the_calendar():
    rng = np.random.default_rng(9)
    n = 1500
    days = trading_days(n)
    score = lfilter([1.0], [1.0, -0.95], rng.standard_normal(n))
    state = (score > 1.0).astype(float)
    moves = 0.01 * rng.standard_normal(n)
    # The price rises in the four days before the state begins.
    for start in np.flatnonzero(np.diff(state) > 0):
        moves[max(start - 3, 0) : start + 1] += 0.02
    infos = {
        name: SeriesInfo(id=name, title=name, unit="", kind=kind, close="24:00 UTC")
        for name, kind in (("leader", "price"), ("follower", "flag"))
    }
    values = {"leader": 100 * np.exp(np.cumsum(moves)), "follower": state}
    panel = simulated_panel(days, values, infos)
    test = a_test(every="day", lags=4)
    found = test.find(panel, np.random.default_rng(1))
    assert found.p_value <= 0.02
    assert "rotated dates" in found.forks.by_null
    assert any("is a state" in said for said in found.caveats)
    refused = a_test(every="day", lags=4, controls=["other"])
    sample = test.draw(panel)
    assert "controls need a price" in refused.too_thin(sample)


@pytest.mark.parametrize("name", ["GARCH-t", "follower closes later"])
def test_false_alarms_keep_to_their_level(name):
    found = rejection_rate(
        P(a_test(lags=3)), NULL_WORLDS[name], n_worlds=60, seed=11, n_obs=900, alpha=0.1
    )
    assert found.keeps_its_level


def test_random_walks_do_not_fool_it_in_levels():
    """Strongly trending, unrelated: the textbook test in levels rejects far too often here."""
    rng = np.random.default_rng(5)
    p = []
    for _ in range(60):
        x, y = 0.02 * rng.standard_normal((2, 700))
        panel = panel_from_series({"leader": prices(x, "x"), "follower": prices(y, "y")})
        p.append(P(a_test(lags=2))(panel, rng))
    fewest, most = bounds(60, 0.1)
    assert fewest <= np.sum(np.array(p) <= 0.1) <= most


def test_a_planted_lead_is_found():
    found = rejection_rate(
        P(a_test(lags=8)), PLANTED_WORLDS["lead of 45 days"], n_worlds=15, seed=3, n_obs=2610
    )
    assert found.share >= 0.8


def test_planting_gives_the_response_asked(unrelated):
    test = a_test(lags=4)
    sample = test.draw(panel_from_series(pair(unrelated)))
    model = test.null_model(sample)
    base = model.draw(200, np.random.default_rng(0))
    planted = test.plant(sample, base, 0.5, np.random.default_rng(0))
    values = [test.quick(sample.with_follower(row)) for row in planted[:60]]
    without = [test.quick(sample.with_follower(row)) for row in base[:60]]
    assert np.mean(values) - np.mean(without) == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"lags": 4}, {}, {"lags": 4, "statistic": "wald"}])
@pytest.mark.parametrize("name", list(NULL_WORLDS))
def test_false_alarms_in_a_thousand_worlds(settings, name):
    test = a_test(**settings)
    found = rejection_rate(P(test), NULL_WORLDS[name], n_worlds=1000, seed=2026)
    assert found.is_not_above
