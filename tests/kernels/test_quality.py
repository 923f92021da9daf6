import numpy as np
import pytest

from leadline.kernels.quality import reversed_spikes


@pytest.fixture
def path(rng):
    return np.cumsum(0.01 * rng.standard_t(5, 400))


def test_an_ordinary_series_has_no_bad_tick(path):
    assert reversed_spikes(path).size == 0


@pytest.mark.parametrize("factor", [10.0, 0.1])
def test_a_misplaced_decimal_point_is_found_on_its_day(path, factor):
    path[200] += np.log(factor)
    assert reversed_spikes(path).tolist() == [200]


def test_a_crash_that_stays_is_no_bad_tick(path):
    path[200:] -= 0.5
    assert reversed_spikes(path).size == 0


def test_the_first_days_and_the_last_are_not_judged(path):
    path[30] += 2.0
    path[-1] += 2.0
    assert reversed_spikes(path).size == 0
    assert reversed_spikes(path[:50]).size == 0


def test_the_unit_changes_nothing(path):
    path[200] += np.log(10)
    assert reversed_spikes(path + np.log(100)).tolist() == [200]
