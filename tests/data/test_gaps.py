"""How far one price has run ahead of another, from their pasts alone."""

from datetime import date

import numpy as np
import pytest

from leadline.data import MemoryStore, SeriesInfo, gather
from leadline.data.conditions import definitions
from leadline.data.series import series_of

DAYS = np.arange("2015-01-01", "2018-01-01", dtype="datetime64[D]")
WEEKDAYS = DAYS[np.is_busday(DAYS)]
NAME = "silver_ahead_of_bitcoin"


def _store(*, scale=1.0, swap=False):
    rng = np.random.default_rng(11)
    silver = 20 * np.exp(np.cumsum(rng.normal(0, 0.015, WEEKDAYS.size)))
    bitcoin = scale * np.exp(np.cumsum(rng.normal(0, 0.04, DAYS.size)))
    on_weekdays = bitcoin[np.isin(DAYS, WEEKDAYS)]
    both = (on_weekdays, silver) if swap else (silver, on_weekdays)
    infos = {
        name: SeriesInfo(
            id=name, title=name, unit="USD", kind="price", calendar="business", max_age=5
        )
        for name in ("silver", "bitcoin")
    }
    return MemoryStore(
        {
            name: series_of(infos[name], WEEKDAYS, values)
            for name, values in zip(infos, both, strict=True)
        }
    )


def _gap(store, as_of=date(2017, 12, 29)):
    return gather((NAME,), store, as_of=as_of)[NAME].value


def _plainly(store):
    """Give the newest value by loops, as the rule is written."""
    keep, n, out = 0.5 ** (1 / 63), 63, []
    for name in ("silver", "bitcoin"):
        path = np.log(store.held[name].value)
        squares = [0.0, *(np.diff(path) ** 2)]
        weights = [keep**age for age in range(len(squares))][::-1]
        variance = np.average(squares, weights=weights)
        out.append((path[-1] - path[-1 - n]) / np.sqrt(variance * n))
    return out[0] - out[1]


def test_the_gap_is_the_difference_of_moves_in_units_of_past_volatility():
    store = _store()
    assert _gap(store)[-1] == pytest.approx(_plainly(store))


def test_units_do_not_matter_and_swapping_turns_the_sign():
    np.testing.assert_allclose(_gap(_store(scale=1000.0)), _gap(_store()))
    np.testing.assert_allclose(_gap(_store(swap=True)), -_gap(_store()))


def test_the_future_changes_nothing():
    store = _store()
    cut = _gap(store, date(2017, 6, 30))
    np.testing.assert_array_equal(cut, _gap(store)[: cut.size])


def test_it_is_an_index_in_standard_deviations():
    assert definitions()[NAME].unit == "standard deviations"
