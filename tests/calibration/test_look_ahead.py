"""Cutting the future off changes nothing for any kind, and for one that peeks it does.

A kind may peek in two ways. What it finds up to a day may hang on what came after that day; or
within what it was asked about, what it says it knew on a day may hang on later days. Each is
tried on every kind, and on kinds that leak on purpose.
"""

from dataclasses import replace

import numpy as np
import pytest

from leadline.calibration.designs import FRESH, RELATIONS, beside
from leadline.data.gather import assemble
from leadline.evidence.event_study import EventStudy
from leadline.evidence.granger import Granger
from leadline.evidence.lag_profile import LagProfile
from leadline.evidence.tradable import Tradable
from leadline.worlds import WORLDS
from leadline.worlds.known import LEADER
from leadline.worlds.observed import Vintages

N_OBS = 2000
# A Sunday: where a week is broken off its last return is of fewer days.
CUT = -702
LEAST = {"n_resamples": 19, "n_sensitivity": 19, "n_simulations": 19}
FORETELL = {name: test for name, test in RELATIONS.items() if test.skill_of == "forecasts"}


@pytest.fixture(scope="module")
def panel():
    market, own = (np.random.default_rng(seed) for seed in (1, 2))
    return beside(WORLDS["no lead"].panel(N_OBS, market), own)


@pytest.fixture(scope="module")
def day(panel):
    return panel.days[CUT - 1].astype(object)


def measured(test, panel):
    own = test.own(test.draw(panel))
    if test.too_thin(own) is not None:
        return None
    found = test.significance(test.draw(panel), np.random.default_rng(3), 19)
    return found.statistic, found.p_value, found.estimate.value, found.estimate.low


def hangs_on_the_future(test, now, then, day):
    """Say whether what a test finds up to a day is another once later days are known."""
    stopped = test.model_copy(update=LEAST | {"stop": day})
    return measured(stopped, now) != measured(stopped, then)


def same(kind, name, **more):
    """Give a kind that leaks with the settings of an honest one."""
    return kind.model_validate(RELATIONS[name].model_dump() | more)


@pytest.mark.parametrize("name", RELATIONS)
def test_no_kind_looks_past_the_day_at_which_it_stops(name, panel, day):
    assert not hangs_on_the_future(RELATIONS[name], panel, panel.until(day), day)


def with_values(panel, name, value):
    return replace(panel, columns={**panel.columns, name: replace(panel[name], value=value)})


class Smoothed(LagProfile):
    """Smooths the leader over the days before and after each: a centred moving average."""

    def draw(self, panel):
        padded = np.pad(panel[self.leader].value, 30, mode="edge")
        smooth = np.convolve(padded, np.full(61, 1 / 61), mode="valid")
        return super().draw(with_values(panel, self.leader, smooth))


class Detrended(LagProfile):
    """Takes out the mean move of the whole sample, days to come included."""

    def draw(self, panel):
        log = np.log(panel[self.follower].value)
        trend = np.linspace(0, log[-1] - log[0], log.size)
        leaking = np.exp(log - trend * np.arange(log.size) / log.size)
        return super().draw(with_values(panel, self.follower, leaking))


class Standardised(EventStudy):
    """Says that a price is high by the mean and standard deviation of the whole sample."""

    def draw(self, panel):
        log = np.log(panel[LEADER].value)
        is_high = log > log.mean() + 0.5 * log.std()
        return super().draw(with_values(panel, self.leader, is_high.astype(float)))


class OfTomorrow(Granger):
    """Reads the leader's value of a fortnight later, as a misread day would give it."""

    def draw(self, panel):
        value = panel[self.leader].value
        return super().draw(with_values(panel, self.leader, np.append(value[14:], value[-14:])))


LEAKS = {
    "a centred moving average": same(Smoothed, "lag_profile, days 3-30"),
    "the mean of the whole sample": same(Detrended, "lag_profile, days 3-30"),
    "the standard deviation of the whole sample": same(
        Standardised, "event_study", leader=FRESH, event={"rule": "onset", "quiet": "2w"}
    ),
    "a value to come": same(OfTomorrow, "granger"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_kind_that_leaks_is_caught(leak, panel, day):
    assert hangs_on_the_future(LEAKS[leak], panel, panel.until(day), day)


# A column that was revised since: what stands in the store is not what was known.


@pytest.fixture(scope="module")
def published():
    """Give the series of a world whose leader comes out first with an error."""
    world = replace(WORLDS["no lead"], published=Vintages(LEADER))
    return world.series(N_OBS, np.random.default_rng(1))


def by_newest_vintage(series, as_of):
    """Give each period its newest value, as if it had been known when the first came out."""
    known = series.known_at <= np.datetime64(as_of, "D") + np.timedelta64(1, "D")
    period, first = np.unique(series.period[known], return_index=True)
    newest = known.sum() - 1 - np.unique(series.period[known][::-1], return_index=True)[1]
    return replace(
        series, period=period, value=series.value[newest], known_at=series.known_at[first]
    )


def gathered(series, as_of, *, leaking):
    if leaking:
        series = {**series, LEADER: by_newest_vintage(series[LEADER], as_of)}
    return assemble(series, as_of=as_of, revised_data="allow")


@pytest.mark.parametrize("leaking", [False, True])
def test_values_revised_since_are_caught_and_vintages_are_not(published, panel, day, leaking):
    now, then = (gathered(published, as_of, leaking=leaking) for as_of in (panel.as_of, day))
    test = RELATIONS["lag_profile, days 3-30"]
    assert hangs_on_the_future(test, now, then, day) is leaking


# What a kind says that it knew on a day, before the day's outcome began.


def changed_since(panel, day, factor):
    """Give the panel with other prices, and the opposite conditions, on every day after ``day``."""
    row = int(np.searchsorted(panel.days, day, "right"))
    columns = {}
    for name, column in panel.columns.items():
        value = column.value.copy()
        value[row:] = 1 - value[row:] if column.info.is_state else factor * value[row:]
        columns[name] = replace(column, value=value)
    return replace(panel, columns=columns)


def foretold(test, panel):
    return test.forecasters(test.own(test.draw(panel)))


def hangs_on_later_rows(test, now, then):
    """Say whether predictors or outcomes of a day are others once later days are known."""
    return any(
        not np.array_equal(more[: len(less)], less)
        for more, less in zip(foretold(test, now)[:2], foretold(test, then)[:2], strict=True)
    )


def hangs_on_its_outcome(test, panel):
    """Say whether a predictor hangs on what came after the last outcome began."""
    predictors, _, embargo = foretold(test, panel)
    sample = test.own(test.draw(panel))
    ends = sample.ends(getattr(test, "every", "day"))
    begins = sample.days[ends[-1 - max(embargo, 1)]]
    return any(
        not np.array_equal(predictors, foretold(test, changed_since(panel, begins, factor))[0])
        for factor in (0.6, 1.7)
    )


@pytest.mark.parametrize("name", RELATIONS)
def test_what_was_known_on_a_day_stays_as_it_was(name, panel, day):
    assert not hangs_on_later_rows(RELATIONS[name], panel, panel.until(day))


@pytest.mark.parametrize("name", FORETELL)
def test_no_kind_foretells_from_what_came_after_the_outcome_began(name, panel, day):
    """The others explain an outcome by what happened on the same days, and say so."""
    assert not hangs_on_its_outcome(RELATIONS[name], panel.until(day))


def test_who_explains_by_the_same_days_is_known(panel, day):
    same_days = {name for name in RELATIONS if name not in FORETELL}
    assert same_days == {"driver_loading", "gap_frequency", "stress_behaviour"}
    assert hangs_on_its_outcome(RELATIONS["gap_frequency"], panel.until(day))


class SameDay(LagProfile):
    """Foretells a return from the leader's of the same day."""

    def forecasters(self, sample):
        predictors, outcome, embargo = super().forecasters(sample)
        return np.column_stack((predictors, sample.moves(self.leader))), outcome, embargo


class Ranked(LagProfile):
    """Foretells from moves in units of the whole sample's mean and standard deviation."""

    def forecasters(self, sample):
        predictors, outcome, embargo = super().forecasters(sample)
        moves = sample.moves(self.leader)
        return (predictors - moves.mean()) / moves.std(), outcome, embargo


class Centred(LagProfile):
    """Foretells from a centred moving average of the leader's moves."""

    def forecasters(self, sample):
        predictors, outcome, embargo = super().forecasters(sample)
        smooth = [np.convolve(column, np.ones(11) / 11, mode="same") for column in predictors.T]
        return np.column_stack(smooth), outcome, embargo


class Early(Tradable):
    """Is in the market in the week in which the leader rises."""

    def forecasters(self, sample):
        _, outcome, embargo = super().forecasters(sample)
        rises = np.diff(sample.leaders[self.leader][sample.ends(self.every)]) > 0
        return rises[:, None].astype(float), outcome, embargo


FORETELL_FROM_LATER = {
    "the move of the same day": same(SameDay, "lag_profile, days 3-30"),
    "a position of the same week": same(Early, "tradable, 17 days later"),
}
KNOW_LATER = {
    "the whole sample's mean and deviation": same(Ranked, "lag_profile, days 3-30"),
    "a centred moving average": same(Centred, "lag_profile, days 3-30"),
}


@pytest.mark.parametrize("leak", FORETELL_FROM_LATER)
def test_who_foretells_from_what_came_after_is_caught(leak, panel, day):
    assert hangs_on_its_outcome(FORETELL_FROM_LATER[leak], panel.until(day))


@pytest.mark.parametrize("leak", KNOW_LATER)
def test_who_knew_on_a_day_what_came_later_is_caught(leak, panel, day):
    assert hangs_on_later_rows(KNOW_LATER[leak], panel, panel.until(day))
