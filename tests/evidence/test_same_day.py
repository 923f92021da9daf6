"""Values stand on the day that they are about, and nothing known later is there."""

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
