"""Does the leader raise the odds of moving to a state?"""

import numpy as np
import pytest
from evidence.states import alarms, heard, latched, panel, price, test_of, wandering
from pydantic import ValidationError
from scipy.stats import binomtest

from leadline import report
from leadline.errors import DataError
from leadline.evidence.base import Evidence
from leadline.evidence.sample import Paths
from leadline.worlds.shocks import shocks

N = 2400
WORLDS = ("latched", "flickering", "of prices", "with an origin")


def a_test(**more):
    settings = {"leader": "first", "follower": "second", "horizon": "2m", **more}
    return test_of("state_transition", **settings)


def unrelated(name, n_obs, rng):
    """Give two states that know nothing of one another, and an origin."""
    if name == "flickering":
        return [wandering(n_obs, rng, 0.95) > 0.7 for _ in range(2)]
    if name == "of prices":
        paths = [np.cumsum(shocks("garch_t", n_obs + 90, rng)) for _ in range(2)]
        return [latched((p[90:] - p[:-90]) / 9.0, on=0.8) for p in paths]
    return [latched(wandering(n_obs, rng, 0.97), on=on, off=0.4) for on in (1.0, 1.6)]


def market(name="latched", *, seed=1, n_obs=N, answer=0.0, rng=None):
    """Give a market; the second begins after a share ``answer`` of the first's spells."""
    rng = np.random.default_rng(seed) if rng is None else rng
    first, second = unrelated(name, n_obs, rng)
    onsets = np.flatnonzero(np.diff(first.astype(int)) == 1) + 1
    for day in onsets[rng.random(onsets.size) < answer]:
        second[day + 20 : day + 60] = True
    flags = {"first": first, "second": second}
    if name == "with an origin":
        flags["origin"] = wandering(n_obs, rng, 0.99) > -0.3
    return panel({"other": price(0.01 * rng.standard_normal(n_obs))}, flags)


def plain(first, second, horizon, apart, gap=1, origin=None):
    """Give the days at risk with and without the leader, and those of them that moved."""
    counts = {True: [0, 0], False: [0, 0]}
    for t in range(first.size - horizon):
        at_risk = not any(second[max(t - apart + 1, 0) : t + gap])
        if at_risk and (origin is None or origin[t]):
            counts[bool(first[t])][0] += 1
            counts[bool(first[t])][1] += any(second[t + gap : t + horizon + 1])
    return counts


def windows(test, there):
    sample = test.draw(there)
    return test._window(sample)[1], test._apart(sample)


def test_the_difference_is_that_of_a_plain_count():
    test, there = a_test(), market(answer=0.5)
    first, second = (there[name].value > 0.5 for name in ("first", "second"))
    counts = plain(first, second, *windows(test, there))
    found = heard(test, there)
    shares = {on: hits / days for on, (days, hits) in counts.items()}
    assert found.components["days_with"] == counts[True][0]
    assert found.components["rate_with"] == pytest.approx(shares[True])
    assert found.components["rate_without"] == pytest.approx(shares[False])
    assert found.estimate.value == pytest.approx(shares[True] - shares[False])
    assert found.statistic == pytest.approx(found.estimate.value)
    assert found.estimate.low < found.estimate.value < found.estimate.high


def test_an_origin_says_who_is_at_risk():
    test, there = a_test(origin="origin"), market("with an origin", seed=3)
    first, second, origin = (there[n].value > 0.5 for n in ("first", "second", "origin"))
    counts = plain(first, second, *windows(test, there), origin=origin)
    found = heard(test, there)
    assert found.components["days_with"] == counts[True][0]
    assert found.components["days_without"] == counts[False][0]
    assert found.components["rate_without"] == pytest.approx(counts[False][1] / counts[False][0])


def test_every_rotation_agrees_with_moving_the_leader_by_hand():
    test, there = a_test(), market(n_obs=400, seed=2)
    sample = test.draw(there)
    horizon, apart = windows(test, there)
    first, second = (there[name].value > 0.5 for name in ("first", "second"))
    size = first.size - horizon
    rotated = []
    for by in range(size):
        moved = np.concatenate((np.roll(first[:size], -by), np.zeros(horizon, dtype=bool)))
        counts = plain(moved, second, horizon, apart)
        shares = {on: hits / max(days, 1) for on, (days, hits) in counts.items()}
        rotated.append(shares[True] - shares[False])
    p = sum(r >= rotated[0] - 1e-12 for r in rotated) / size
    happened = Paths(sample, sample.returns[None, :])
    assert test.also(sample, happened)["every rotation"][0] == pytest.approx(p)


def test_rotated_histories_are_the_follower_moved_round():
    test, there = a_test(), market()
    sample = test.draw(there)
    drawn = Paths(sample, test.null_model(sample).draw(5, np.random.default_rng(1)))
    path = there["second"].value
    for level in drawn.levels:
        distance = [np.sum(np.roll(path, k)[1:] != level[1:]) for k in range(path.size)]
        assert min(distance) == 0


def test_a_part_of_a_history_is_read_by_its_own_state():
    """A cut history may begin in the other state than what happened there."""
    test, there = a_test(start="2013-06-01"), market()
    sample = test.draw(there)
    whole = Paths(sample, sample.returns[None, :])
    part = test.own(sample)
    low = sample.n_obs - part.n_obs
    direct = test.prepare(part)(Paths(part, part.returns[None, :]))
    np.testing.assert_allclose(test.prepare(part)(whole.rows(low, sample.n_obs)), direct)
    other = part.follower.copy()
    shifted = Paths(part, np.diff(other)[None, :])
    shifted.sample = part
    lifted = Paths(part.with_path("first", part.leaders["first"]), np.diff(other)[None, :])
    object.__setattr__(lifted.sample, "follower", 1.0 - other)
    np.testing.assert_allclose(test._moves(lifted)[0], test._moves(shifted)[0])


def test_the_interval_is_exact_in_spells():
    test, there = a_test(), market(answer=0.5)
    found = heard(test, there)
    (row,) = [row for row in found.exhibit("rates").rows if row.highlight]
    days, horizon = found.components["days_with"], windows(test, there)[0]
    n = max(found.n_episodes, days / horizon)
    k = row.value * n
    low = binomtest(int(np.floor(k)), int(np.ceil(n))).proportion_ci(0.90).low
    high = binomtest(int(np.ceil(k)), int(np.floor(n))).proportion_ci(0.90).high
    assert low - 1e-12 <= row.low <= row.value <= row.high <= high + 1e-12


def test_an_answer_after_spells_is_seen_in_every_number():
    found = heard(a_test(), market(answer=1.0))
    assert found.components["rate_with"] > 0.9
    assert found.p_value <= 0.05
    assert found.p_against > 0.9
    assert found.components["spells_followed"] == found.n_episodes
    assert found.placebos.rank <= 2
    waiting = found.exhibit("waiting")
    assert waiting.lines[0].y[-1] == pytest.approx(found.components["rate_with"])
    assert list(waiting.lines[0].y) == sorted(waiting.lines[0].y)
    back = heard(a_test(leader="second", follower="first"), market(answer=1.0))
    assert back.p_value > 0.05


def test_what_keeps_the_state_away_is_the_opposite():
    rng = np.random.default_rng(6)
    first, second = unrelated("latched", 3000, rng)
    onsets = np.flatnonzero(np.diff(first.astype(int)) == 1)
    for day in onsets:
        second[day : day + 100] = False
    there = panel(
        {"other": price(0.01 * rng.standard_normal(3000))}, {"first": first, "second": second}
    )
    assert heard(a_test(direction="negative"), there).p_value <= 0.1
    assert heard(a_test(), there).p_against <= 0.1


def test_a_price_takes_part_by_its_events():
    rng = np.random.default_rng(7)
    value = price(0.02 * rng.standard_normal(N))
    _, second = unrelated("latched", N, rng)
    rise = {"rule": "rise", "by": 0.15, "within": "1m", "quiet": "1m"}
    test = a_test(leader="metal", event=rise)
    there = panel({"metal": value}, {"second": second})
    found = heard(test, there)
    assert found.status == "ok"
    sample = test.draw(there)
    assert found.components["days_with"] == np.sum(test._on(sample) & test._happened(sample)[0])
    assert "metal's 15% above its low of 1 month" in found.summary
    with pytest.raises(DataError, match="metal is not a condition"):
        heard(a_test(leader="metal"), there)


def test_the_follower_must_be_a_condition():
    there = market()
    with pytest.raises(DataError, match="other is not a condition"):
        heard(a_test(follower="other"), there)


def test_a_probability_counts_as_holding_above_a_half():
    there = market()
    flags = {name: there[name].value for name in ("first", "second")}
    soft = {name: 0.5 + 0.4 * (2 * on - 1) for name, on in flags.items()}
    one = heard(a_test(), panel({"other": there["other"].value}, flags))
    other = heard(a_test(), panel({"other": there["other"].value}, soft))
    assert one == other


def test_what_comes_later_never_changes_what_was_found():
    there = market(answer=0.5)
    flags = {name: there[name].value for name in ("first", "second")}
    value = there["other"].value
    cut = panel({"other": value[:1200]}, {name: on[:1200] for name, on in flags.items()})
    turned = {name: np.concatenate((on[:1200], 1 - on[1200:])) for name, on in flags.items()}
    test = a_test(stop=there.days[1199].astype(object))
    assert heard(test, panel({"other": value}, turned)) == heard(test, cut)


def test_evidence_survives_json_and_is_drawn():
    found = heard(a_test(origin="origin"), market("with an origin", seed=3))
    assert Evidence.model_validate_json(found.model_dump_json()) == found
    assert {"rates", "waiting", "spells_in_time", "spells"} <= {e.name for e in found.exhibits}
    for shown in found.exhibits:
        assert report.chart(shown) is not None


def test_the_table_lists_every_spell_and_what_came_of_it():
    there = market(answer=0.5)
    found = heard(a_test(), there)
    table = found.exhibit("spells")
    assert len(table.rows) == found.n_episodes
    assert sum(row[4] != "none" for row in table.rows) == found.components["spells_followed"]
    assert sum(int(row[2]) for row in table.rows) == found.components["days_with"]
    second = there["second"].value > 0.5
    for row in table.rows:
        if row[4] != "none":
            day = int((np.datetime64(row[4]) - there.days[0]).astype(int))
            assert second[day]
            assert not second[day - 1]


def test_few_spells_say_what_p_they_can_give():
    found = heard(a_test(), market(answer=0.5))
    best = found.components["best_attainable_p"]
    assert f"followed by chance with probability {best:.3g}" in found.caveats[0]


@pytest.mark.parametrize("world", WORLDS)
def test_false_alarms_keep_to_their_level(world):
    test = a_test(origin="origin" if world == "with an origin" else None)
    found = alarms(test, lambda rng: market(world, rng=rng, n_obs=1200), 60, n_resamples=49)
    assert found.is_not_above


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_false_alarms_keep_to_their_level_in_a_thousand_worlds(world):
    test = a_test(origin="origin" if world == "with an origin" else None)
    assert alarms(test, lambda rng: market(world, rng=rng, n_obs=2000), 1000).is_not_above


def test_an_answer_is_seen():
    found = alarms(a_test(), lambda rng: market(rng=rng, n_obs=4500, answer=1.0), 40)
    assert found.share > 0.8


def test_slow_cycles_that_both_share_are_taken_out():
    """Both hold in the same years; within them they know nothing of one another."""
    p = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        slow = 1.5 * np.sin(2 * np.pi * np.arange(3000) / 2000)
        flags = [latched(slow + wandering(3000, rng, 0.95), on=1.2, off=0.6) for _ in range(2)]
        there = panel(
            {"other": price(0.01 * rng.standard_normal(3000))},
            dict(zip(("first", "second"), flags, strict=True)),
        )
        test = a_test()
        sample = test.draw(there)
        plain_p = test.significance(sample, rng, 49).p_value
        p.append((plain_p, test._without_cycles([test], sample, rng)[0]))
    raw, cleaned = np.mean(np.array(p) <= 0.1, axis=0)
    assert cleaned < raw


@pytest.mark.parametrize("direction", ["positive", "negative"])
def test_power_rises_with_what_was_planted(direction):
    # What begins seldom cannot be kept from it by much.
    names = ("first", "second") if direction == "positive" else ("second", "first")
    settings = dict(zip(("leader", "follower"), names, strict=True))
    test = a_test(direction=direction, matters=0.4, n_simulations=60, **settings)
    power = heard(test, market(n_obs=3000)).power
    assert power.rates[0] <= 0.2
    assert power.rates[-1] > 0.8
    assert power.effects[-1] > 0.3


def test_too_little_is_a_finding_with_its_reason():
    there = market()
    flags = {name: there[name].value for name in ("first", "second")}
    none = np.zeros(N)
    thin = heard(a_test(), panel({"other": there["other"].value}, {**flags, "first": none}))
    assert thin.summary == "first: 0 separate spells at risk; needs 3."
    thin = heard(a_test(), panel({"other": there["other"].value}, {**flags, "second": none}))
    assert thin.summary == "second began 0 times; needs 3."
    thin = heard(a_test(), panel({"other": there["other"].value}, {**flags, "first": none + 1}))
    assert "0 days at risk without first; needs 30." in thin.summary
    assert "a horizon of 5 years needs" in heard(a_test(horizon="5y"), there).summary
    assert heard(a_test(), market(n_obs=40)).status == "infeasible"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"event": {"rule": "boom"}}, "does not match any of the expected tags"),
        ({"horizon": "soon"}, "is not a duration"),
        ({"origins": "x"}, "Extra inputs are not permitted"),
        ({"forks": {"origin": ["first"]}}, "origin names another series and cannot be forked"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ValidationError) as error:
        a_test(**settings)
    assert said in str(error.value)


def test_forks_are_run():
    forks = {"horizon": ["3m"], "apart": ["2w"], "start": ["2012-06-01"]}
    assert heard(a_test(forks=forks), market()).forks.n == 8
