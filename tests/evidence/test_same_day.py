"""Values stand on the day that they are about, and nothing known later is there."""

from dataclasses import replace

import numpy as np
import pytest
from evidence.drivers import day, moves, panel

from leadline.evidence.same_day import by_period


@pytest.fixture(scope="module")
def drawn():
    return moves(400, np.random.default_rng(1), betas={"rate": -0.1, "dollar": -1.0})


def test_a_value_known_a_day_later_goes_back_to_its_own_day(drawn):
    given = panel(drawn)
    moved = by_period(given, ["rate"])
    rate, before = moved["rate"], given["rate"]
    assert (rate.period[rate.fresh] == moved.days[rate.fresh]).all()
    assert (before.period[before.fresh] < given.days[before.fresh]).all()
    np.testing.assert_array_equal(rate.value[rate.fresh], before.value[before.fresh])
    # A price is known on its own day, so it stays where it was.
    dollar = by_period(given, ["dollar"])["dollar"]
    np.testing.assert_array_equal(dollar.value, given["dollar"].value)
    np.testing.assert_array_equal(dollar.fresh, given["dollar"].fresh)


def test_a_value_not_yet_published_is_not_there(drawn):
    as_of = day(300)
    moved = by_period(panel(drawn, as_of=as_of), ["rate", "dollar"])
    assert moved["dollar"].fresh[-1]
    assert not moved["rate"].fresh[-1]
    assert moved["rate"].period[-1] < np.datetime64(as_of)


def test_columns_not_named_stay_as_they_were_known(drawn):
    given = panel(drawn)
    moved = by_period(given, ["rate"])
    assert moved["dollar"] is given["dollar"]
    assert moved.as_of == given.as_of


def test_the_unknown_stays_unknown(drawn):
    moved = by_period(panel(drawn), ["rate"])["rate"]
    first = int(np.argmax(moved.fresh))
    assert np.isnan(moved.value[:first]).all()
    assert np.isfinite(moved.value[first:]).all()


def over_an_old_index(drawn, *, as_of=None):
    """Give the panel with a ratio of the dollar and a rate that is published once in 30 days."""
    given = panel(drawn, as_of=as_of)
    dollar, rate = given["dollar"], given["rate"]
    month = rate.period - (rate.period - given.days[0]) % np.timedelta64(30, "D")
    value = dollar.value / np.maximum(np.abs(rate.value), 0.1)
    fresh = dollar.fresh & np.isfinite(value)
    ratio = replace(
        dollar, value=value, period=month, fresh=fresh, basis="derived", needs=("dollar", "rate")
    )
    return replace(given, columns={**given.columns, "ratio": ratio})


def test_a_derived_value_stands_on_the_day_of_its_first_input_and_not_of_its_oldest(drawn):
    moved = by_period(over_an_old_index(drawn), ["ratio"])["ratio"]
    before = over_an_old_index(drawn)["ratio"]
    # On the oldest input's day one in thirty would be left, each known a month after its day.
    np.testing.assert_array_equal(moved.fresh, before.fresh)
    np.testing.assert_array_equal(moved.value[moved.fresh], before.value[before.fresh])
    days = over_an_old_index(drawn).days
    np.testing.assert_array_equal(moved.period[moved.fresh], days[moved.fresh])


def test_a_derived_value_of_a_day_does_not_hang_on_later_ones(drawn):
    whole = by_period(over_an_old_index(drawn), ["ratio"])["ratio"]
    for last in (120, 250, 333):
        cut = by_period(over_an_old_index(drawn, as_of=day(last)), ["ratio"])["ratio"]
        size = cut.value.size
        np.testing.assert_array_equal(cut.value, whole.value[:size])
        np.testing.assert_array_equal(cut.fresh, whole.fresh[:size])
