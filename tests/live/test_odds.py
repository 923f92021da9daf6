import time
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from scipy.stats import beta
from threadpoolctl import threadpool_limits

from leadline.calibration import odds as calibrate
from leadline.claim import Watch, load_article
from leadline.data.duration import DurationText
from leadline.data.frame import simulated_panel
from leadline.data.gather import gather
from leadline.data.panel import Panel
from leadline.data.providers.folder import FolderStore
from leadline.errors import DataError
from leadline.evidence.event_coincidence import EventCoincidence
from leadline.evidence.events import Onset, RecordHigh, Rise
from leadline.evidence.sample import Paths
from leadline.live import rallies
from leadline.live.book import Reliability
from leadline.live.hindcast import LEAST_HORIZONS, WEEKS, Hindcast
from leadline.live.odds import odds_path, targets
from leadline.worlds.known import FIRST_DAY, FOLLOWER, LEADER
from leadline.worlds.rallies import OTHER, REGIME, rallies_by_chance

TARGET = calibrate.TARGET
YEARS = 7.5


@cache
def world(years=YEARS, strength=1.0, seed=0):
    return rallies_by_chance(round(365.25 * years), strength, np.random.default_rng(seed))


def until(panel, day):
    """Cut a panel's future off."""
    n = int(np.searchsorted(panel.days, np.datetime64(day, "D"), "right"))
    columns = {
        name: replace(c, value=c.value[:n], period=c.period[:n], fresh=c.fresh[:n])
        for name, c in panel.columns.items()
    }
    return Panel(day, panel.days[:n], columns)


def span(first, n):
    return [first + timedelta(days) for days in range(n)]


def flat(years, jumps):
    """Give a follower that stands still, but for jumps of a day at these ages."""
    n = round(365.25 * years)
    price = 100.0 + 0.1 * np.random.default_rng(5).standard_normal(n)
    price[list(jumps)] = 190.0
    return simulated_panel(FIRST_DAY + np.arange(n), {FOLLOWER: price})


def test_the_target_is_the_rule_of_the_first_claim_that_has_one():
    (target,) = targets(load_article("silver-2026"))
    assert target.claim == "silver-2026/S25"
    assert target.follower == "bitcoin"
    assert target.rally == Rise(by=0.5, within=DurationText("6m"), quiet=DurationText("1m"))
    assert target.start == date(2011, 1, 1)
    assert [(lead.leader, lead.event.rule) for lead in target.leads] == [("silver", "strength")]
    assert target.conditions[:2] == ("debasement", "liquidity_expansion")
    assert [each.series for each in target.antecedents] == ["silver"]
    assert target.series()[:2] == ("bitcoin", "silver")
    assert target.words == "a rally of bitcoin starts (50% above its low of 6 months)"


def test_the_phases_of_the_article_are_conditions():
    article = load_article("silver-2026").model_copy(
        update={"watch": Watch(phases={"fear": "p_fear", "debasement": "p_debasement"})}
    )
    (target,) = targets(article)
    assert target.conditions == ("debasement", "liquidity_expansion", "p_fear", "p_debasement")


def test_an_article_that_defines_no_rally_has_no_odds():
    assert targets(load_article("gold-leads-by-65-days")) == ()


@pytest.mark.parametrize("rally", [Rise(by=0.5), RecordHigh(memory=DurationText("1y"))])
def test_rallies_start_on_the_days_that_the_kinds_of_test_date_them(rally):
    panel = world()
    kind = EventCoincidence(leader=LEADER, follower=FOLLOWER, rally=rally)
    sample = kind.draw(panel)
    theirs = kind._rallies(Paths(sample, sample.returns[None, :]))[0]
    ours = rallies.history(panel, replace(TARGET, rally=rally))
    assert theirs.sum() > 3
    np.testing.assert_array_equal(ours.days[ours.starts], sample.days[theirs])


def test_an_outcome_is_a_start_after_the_day_and_within_the_weeks():
    history = rallies.history(world(), TARGET)
    at = np.flatnonzero(history.starts)
    for weeks in WEEKS:
        expected = [np.any((at > day) & (at <= day + 7 * weeks)) for day in history.origins]
        np.testing.assert_array_equal(history.outcome(weeks), expected)


def test_the_base_rate_is_the_share_of_past_weeks_whose_outcome_was_known():
    panel, day = world(), date(2019, 5, 1)
    history = rallies.history(panel, TARGET)
    row = int(np.searchsorted(history.days, np.datetime64(day)))
    said = odds_path(panel, TARGET, [day])[day].odds.horizons
    for horizon in said:
        known = history.origins + 7 * horizon.weeks <= row
        n_eff = known.sum() / horizon.weeks
        share = history.outcome(horizon.weeks)[known].mean()
        assert horizon.base == pytest.approx((share * n_eff + 0.5) / (n_eff + 1), abs=1e-6)
        assert horizon.n_rallies == np.sum(history.starts[: row + 1])


@pytest.mark.parametrize("after", [0, 1, 40])
def test_cutting_the_future_off_changes_no_earlier_odds(after):
    panel = world()
    days = span(date(2020, 2, 20), 25)
    whole = odds_path(panel, TARGET, days)
    cut = odds_path(until(panel, days[-1] + timedelta(after)), TARGET, days)
    assert list(whole) == days
    assert cut == whole
    assert [day for day, said in whole.items() if said.reliability] == [date(2020, 3, 1)]


def test_a_leader_that_begins_late_is_not_known_too_early():
    """How many days a year it has shows after two years only, and is not read off its future."""
    whole = world()
    value = whole[LEADER].value.copy()
    value[whole.days < np.datetime64("2018-09-01")] = np.nan
    fresh = np.isfinite(value) & (np.random.default_rng(1).random(value.size) < 0.7)
    late = replace(whole[LEADER], value=value, fresh=fresh)
    panel = Panel(whole.as_of, whole.days, {**whole.columns, LEADER: late})
    days = [date(2019, 6, 1), date(2020, 10, 1), date(2021, 5, 1)]
    path = odds_path(panel, TARGET, days)
    for day in days:
        assert odds_path(until(panel, day), TARGET, [day])[day] == path[day]


def test_another_future_changes_no_earlier_odds():
    """A start that comes is no start that was known."""
    panel, day = world(), date(2020, 3, 10)
    past = panel.days <= np.datetime64(day)
    column = panel[FOLLOWER]
    other = replace(column, value=np.where(past, column.value, 300.0))
    moved = Panel(panel.as_of, panel.days, {**panel.columns, FOLLOWER: other})
    assert odds_path(moved, TARGET, [day]) == odds_path(panel, TARGET, [day])


def test_the_odds_of_a_day_do_not_depend_on_which_others_are_asked_for():
    days = span(date(2020, 2, 20), 25)
    together = odds_path(world(), TARGET, days)
    for day in (days[0], days[11], days[-1]):
        assert odds_path(world(), TARGET, [day])[day] == together[day]


def test_what_is_scored_is_what_was_said():
    panel = world()
    history = rallies.history(panel, TARGET)
    made = Hindcast.of(history, np.arange(history.predictors.shape[1])).made
    days = [history.days[row].astype(object) for row in made[13].origin[-30:-26]]
    path = odds_path(panel, TARGET, days)
    for place, day in enumerate(days, start=-30):
        for horizon in path[day].odds.horizons:
            assert horizon.odds == pytest.approx(made[horizon.weeks].published[place], abs=1e-6)


def test_odds_lie_within_their_interval_and_grow_with_the_horizon():
    path = odds_path(world(), TARGET, span(date(2020, 1, 1), 150))
    for said in path.values():
        short, long = said.odds.horizons
        assert short.odds <= long.odds
        for horizon in said.odds.horizons:
            assert 0 < horizon.low <= horizon.odds <= horizon.high < 1
            assert 0 < horizon.base < 1
            assert 0 <= horizon.weight <= 1
            if horizon.weight == 0:
                # Odds within 26 weeks are never below those within 13.
                assert horizon.odds == pytest.approx(max(horizon.base, short.odds), abs=1e-6)


def test_odds_are_refitted_on_the_first_of_the_month_only():
    path = odds_path(world(), TARGET, span(date(2020, 1, 15), 60))
    fitted = {day: said.odds.fitted for day, said in path.items()}
    assert set(fitted.values()) == {date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1)}
    assert all(said <= day for day, said in fitted.items())


def test_on_days_of_a_refit_the_diagram_is_written():
    day = date(2021, 6, 1)
    diagrams = odds_path(world(), TARGET, [day])[day].reliability
    assert [each.weeks for each in diagrams] == list(WEEKS)
    for each in diagrams:
        assert Reliability.model_validate_json(each.model_dump_json()) == each
        assert len(each.forecast) == len(each.happened) == len(each.low) == len(each.counts)
        assert list(each.happened) == sorted(each.happened)
        assert sum(each.counts) >= LEAST_HORIZONS * each.weeks


@pytest.mark.parametrize(("jumps", "count"), [((), "0 rallies"), ((400,), "1 rally")])
def test_with_no_rally_or_one_the_odds_are_the_base_rate_and_say_so(jumps, count):
    panel, day = flat(5, jumps), date(2018, 6, 1)
    said = odds_path(panel, replace(TARGET, leads=(), conditions=(), antecedents=()), [day])
    for horizon in said[day].odds.horizons:
        assert horizon.odds == horizon.base == horizon.model
        assert horizon.weight == 0
        assert not horizon.skilled
        assert horizon.words.startswith(f"{count} so far, too few for a model: use the base rate")
        assert 0 < horizon.low < horizon.base < horizon.high
    # The interval is that of Jeffreys for the horizons that do not overlap.
    short = said[day].odds.horizons[0]
    n = (np.datetime64(day) - FIRST_DAY).astype(int) / 91
    k = short.base * (n + 1) - 0.5
    assert short.high == pytest.approx(beta.ppf(0.95, k + 0.5, n - k + 0.5), rel=0.15)


def test_with_less_than_two_years_of_history_there_are_no_odds():
    panel = until(world(), date(2015, 11, 1))
    assert odds_path(panel, TARGET, span(date(2015, 10, 1), 20)) == {}
    assert date(2016, 1, 10) in odds_path(
        until(world(), date(2016, 3, 1)), TARGET, [date(2016, 1, 10), date(2016, 1, 2)]
    )


def test_what_the_panel_lacks_is_done_without():
    whole, day = world(), date(2020, 3, 1)
    columns = {name: whole[name] for name in (FOLLOWER, REGIME)}
    panel = Panel(whole.as_of, whole.days, columns)
    said = odds_path(panel, TARGET, [day])[day].odds
    assert len(said.horizons) == len(WEEKS)
    alone = replace(TARGET, leads=(), conditions=(REGIME,), antecedents=())
    again = odds_path(panel, alone, [day])[day].odds
    for one, other in zip(said.horizons, again.horizons, strict=True):
        assert one.odds == pytest.approx(other.odds, abs=1e-5)


def test_a_condition_can_be_what_leads():
    lead = rallies.Lead(REGIME, Onset(), DurationText("6m"))
    target = replace(TARGET, leads=(lead,), conditions=(), antecedents=())
    history = rallies.history(world(), target)
    np.testing.assert_array_equal(history.predictors[:, -1], world()[REGIME].value)


def test_a_follower_that_is_a_condition_is_refused():
    with pytest.raises(DataError, match="regime is a flag; a rally needs a price"):
        odds_path(world(), replace(TARGET, follower=REGIME), [date(2020, 1, 1)])


def test_a_condition_that_brings_rallies_is_found():
    """Twenty years with about forty rallies, all of them while the condition held."""
    panel = world(20, 1.0, 3)
    last = date(2033, 12, 1)
    for horizon in odds_path(panel, TARGET, [last])[last].odds.horizons:
        assert horizon.weight > 0.5
        assert horizon.brier > 0.05
        assert horizon.added > 0.02
    on = panel[REGIME].value[np.searchsorted(panel.days, np.datetime64(last))] > 0.5
    assert (horizon.odds > horizon.base) == on
    assert panel[OTHER].value.any()


def test_where_nothing_can_be_foretold_no_skill_is_claimed_and_no_weight_earned():
    weights = []
    for seed in range(4):
        panel = world(9, 0.0, 100 + seed)
        last = panel.days[-1].astype("datetime64[M]").astype("datetime64[D]").astype(object)
        for horizon in odds_path(panel, TARGET, [last])[last].odds.horizons:
            weights.append(horizon.weight)
            assert not horizon.skilled
            assert horizon.words.endswith("use the base rate.")
    assert np.mean(weights) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(calibrate.DESIGNS)))
def test_skill_is_claimed_where_it_is_and_not_elsewhere(place):
    design = calibrate.DESIGNS[place]
    found = [calibrate.look(design, number) for number in range(design.n)]
    for index in range(len(WEEKS)):
        skilled = np.mean([history[index].skilled for history in found])
        weight = np.mean([history[index].weight for history in found])
        if "by chance" in design.name:
            assert skilled <= 0.05
            assert weight < 0.15
        elif "30 years" in design.name:
            assert skilled >= 0.6
        elif "condition" not in design.name:
            assert np.mean([history[index].added for history in found]) <= 0.1


@pytest.mark.real_data
def test_the_founding_article_on_real_data(data_dir):
    (target,) = targets(load_article("silver-2026"))
    store = FolderStore(data_dir)
    panel = gather(target.series(), store, as_of=date(2026, 8, 21), revised_data="allow")
    days = span(date(2026, 1, 23), 211)
    with threadpool_limits(1, "blas"):
        began = time.process_time()
        path = odds_path(panel, target, days)
        took = time.process_time() - began
    assert list(path) == days
    # About two seconds on one core; more on one that is shared.
    assert took < 8
    for horizon in path[days[-1]].odds.horizons:
        assert horizon.n_rallies == 14
        assert not horizon.skilled
        assert horizon.brier_low < 0 < horizon.brier_high
        assert horizon.words.endswith("use the base rate.")
