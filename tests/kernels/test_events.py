import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from leadline.kernels import events as ev

walks = st.tuples(st.integers(0, 2**32), st.integers(3, 80)).map(
    lambda seed_n: np.cumsum(np.random.default_rng(seed_n[0]).standard_normal(seed_n[1]))
)
flags = st.lists(st.booleans(), min_size=1, max_size=60).map(np.array)
few = settings(max_examples=50, deadline=None)


def plain_first_after_quiet(happening, quiet):
    return np.array(
        [
            bool(happening[t]) and t >= quiet and not any(happening[t - quiet : t])
            for t in range(happening.size)
        ]
    )


def plain_record_highs(level, quiet, memory):
    above = []
    for t in range(level.size):
        past = level[:t] if memory is None else level[max(t - memory, 0) : t]
        above.append(past.size > 0 and level[t] > past.max())
    return plain_first_after_quiet(np.array(above), quiet)


def plain_rises(level, by, within, quiet):
    above = [
        t > 0 and level[t] - level[max(t - within, 0) : t].min() >= by for t in range(level.size)
    ]
    return plain_first_after_quiet(np.array(above), quiet)


def plain_rises_after(level, by, start, stop):
    out = []
    for t in range(level.size):
        later = level[t + start + 1 : t + stop + 1]
        out.append(
            t + start < level.size and later.size > 0 and later.max() - level[t + start] >= by
        )
    return np.array(out)


def plain_any_within(happening, start, stop):
    n = happening.size
    return np.array(
        [any(happening[s] for s in range(t + start, t + stop + 1) if 0 <= s < n) for t in range(n)]
    )


@given(walks, st.integers(0, 12), st.one_of(st.none(), st.integers(1, 30)))
@few
def test_record_highs_agree_with_their_plain_twin(level, quiet, memory):
    found = ev.record_highs(level, quiet=quiet, memory=memory)
    np.testing.assert_array_equal(found, plain_record_highs(level, quiet, memory))


@given(walks, st.floats(0.1, 4.0), st.integers(2, 30), st.integers(0, 12))
@few
def test_rises_agree_with_their_plain_twin(level, by, within, quiet):
    found = ev.rises(level, by=by, within=within, quiet=quiet)
    np.testing.assert_array_equal(found, plain_rises(level, by, within, quiet))


@given(walks, st.floats(0.1, 4.0), st.integers(0, 2), st.integers(1, 30))
@few
def test_rises_after_agree_with_their_plain_twin(level, by, start, width):
    found = ev.rises_after(level, by=by, start=start, stop=start + width)
    np.testing.assert_array_equal(found, plain_rises_after(level, by, start, start + width))


@given(flags, st.integers(0, 70))
@few
def test_first_after_quiet_agrees_with_its_plain_twin(happening, quiet):
    np.testing.assert_array_equal(
        ev.first_after_quiet(happening, quiet), plain_first_after_quiet(happening, quiet)
    )


@given(flags, st.integers(-70, 70), st.integers(0, 40))
@few
def test_any_within_agrees_with_its_plain_twin(happening, start, width):
    np.testing.assert_array_equal(
        ev.any_within(happening, start, start + width),
        plain_any_within(happening, start, start + width),
    )


@given(flags, st.integers(0, 2**32))
@few
def test_rotation_hits_are_counted_as_numpy_rolls(events, seed):
    hits = np.random.default_rng(seed).random(events.size) < 0.4
    rolled = [int(np.sum(np.roll(events, s) & hits)) for s in range(events.size)]
    assert ev.rotation_hits(events, hits).tolist() == rolled


@given(walks)
@few
def test_rotated_sums_are_those_of_numpy_rolls(values):
    weights = np.cos(np.arange(values.size))
    rolled = [np.roll(weights, s) @ values for s in range(values.size)]
    np.testing.assert_allclose(ev.rotated_sums(weights, values), rolled, atol=1e-10)


def test_many_histories_at_once_are_the_same_as_one_by_one():
    levels = np.cumsum(np.random.default_rng(3).standard_normal((4, 90)), axis=1)
    for make in (
        lambda x: ev.record_highs(x, quiet=4),
        lambda x: ev.record_highs(x, quiet=4, memory=20),
        lambda x: ev.rises(x, by=1.5, within=15, quiet=5),
        lambda x: ev.rises_after(x, by=1.5, start=3, stop=15),
        lambda x: ev.any_within(x > 0, -5, 9),
        lambda x: ev.past_minimum(x, 7),
        lambda x: ev.past_maximum(x, 7),
    ):
        np.testing.assert_array_equal(make(levels), np.stack([make(row) for row in levels]))


@given(walks, st.integers(1, 79))
@few
def test_events_are_told_from_the_past_alone(level, cut):
    cut = min(cut, level.size)
    later = level.copy()
    later[cut:] += 9.0
    for make in (
        lambda x: ev.record_highs(x, quiet=3),
        lambda x: ev.record_highs(x, quiet=3, memory=10),
        lambda x: ev.rises(x, by=1.0, within=10, quiet=3),
        lambda x: ev.expanding_rank(x, at_least=5),
    ):
        whole = make(level)[:cut]
        np.testing.assert_array_equal(make(later)[:cut], whole)
        np.testing.assert_array_equal(make(level[:cut]), whole)


@given(walks, st.floats(-50.0, 50.0))
@few
def test_events_know_no_unit(level, shift):
    """A price in cents is a log price moved by a constant."""
    np.testing.assert_array_equal(
        ev.record_highs(level + shift, quiet=3), ev.record_highs(level, quiet=3)
    )


@pytest.mark.parametrize("at_least", [1, 5, 40])
def test_the_expanding_rank_is_the_mid_rank_of_scipy(at_least):
    rng = np.random.default_rng(at_least)
    x = rng.integers(0, 12, 90).astype(float)
    x[rng.random(90) < 0.1] = np.nan
    found = ev.expanding_rank(x, at_least=at_least)
    for t in range(90):
        past = x[:t][~np.isnan(x[:t])]
        if np.isnan(x[t]) or past.size < at_least:
            assert np.isnan(found[t])
        else:
            # scipy counts the value itself, which our share of the past does not.
            rank = rankdata(np.append(past, x[t]), method="average")[-1]
            assert found[t] == pytest.approx((rank - 1) / past.size, abs=1e-12)


def test_the_first_value_is_no_record():
    assert not ev.record_highs(np.array([5.0, 4.0, 3.0]), quiet=0).any()
    assert ev.record_highs(np.array([5.0, 6.0, 7.0]), quiet=0).tolist() == [False, True, True]
