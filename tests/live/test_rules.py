"""A single noisy day flips nothing; what is so for long enough counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leadline.aftermath import rules
from leadline.aftermath.rules import AS_IT_IS, OFF, ON, UNKNOWN


def stands(said, new=None, *, first=OFF):
    said = np.array(said)
    new = np.ones(said.size, dtype=bool) if new is None else np.array(new, dtype=bool)
    return rules.settled(said, new, first=first).label.tolist()


def test_a_label_turns_on_the_fifth_day_in_a_row():
    assert stands([0, 1, 1, 1, 1, 1, 1]) == [0, 0, 0, 0, 0, 1, 1]
    assert stands([1, 1, 1, 1, 0, 1, 1, 1, 1, 1]) == [0] * 9 + [1]
    assert stands([1, 1, 1, 1, AS_IT_IS, 1]) == [0] * 6
    turned = rules.settled(np.array([0, 1, 1, 1, 1, 1, 1]), np.ones(7, dtype=bool), first=OFF)
    assert turned.since.tolist() == [0, 0, 0, 0, 0, 5, 5]


def test_one_value_repeated_over_a_long_weekend_turns_nothing():
    assert stands([1] * 9, [1, 0, 0, 0, 0, 0, 0, 0, 0]) == [0] * 9
    assert stands([1] * 9, [1, 0, 0, 0, 0, 0, 0, 1, 0]) == [0] * 7 + [1, 1]


def test_silence_turns_to_unknown_without_new_values():
    assert stands([1] * 2 + [UNKNOWN] * 6, [0] * 8, first=ON) == [1] * 6 + [-1] * 2


@given(st.integers(1, 60), st.integers(0, 59), st.sampled_from([OFF, UNKNOWN, 7]))
def test_one_noisy_day_flips_no_badge(n_days, at, noise):
    said = np.full(n_days, ON)
    said[at % n_days] = noise
    new = np.ones(n_days, dtype=bool)
    assert (rules.settled(said, new, first=ON).label == ON).all()


@given(
    st.lists(st.sampled_from([UNKNOWN, OFF, ON, AS_IT_IS]), min_size=2, max_size=80),
    st.randoms(use_true_random=False),
    st.data(),
)
def test_what_stands_needs_no_later_day(said, random, data):
    new = np.array([random.random() < 0.6 for _ in said])
    whole = rules.settled(np.array(said), new, first=OFF)
    cut = data.draw(st.integers(1, len(said)))
    part = rules.settled(np.array(said[:cut]), new[:cut], first=OFF)
    assert np.array_equal(part.label, whole.label[:cut])
    assert np.array_equal(part.since, whole.since[:cut])


def test_the_course_has_a_band_in_which_it_stays():
    ahead = np.array([0.5] * 3 + [0.55] * 5 + [0.46] * 9 + [0.45] * 5 + [np.nan] * 9)
    label = rules.on_course(ahead, np.ones(ahead.size, dtype=bool)).label
    assert label.tolist() == [0] * 7 + [1] * 14 + [0] * 10


def phases(*rows):
    odds = np.array(rows, dtype=float)
    return rules.phase(odds, np.ones(len(rows), dtype=bool)).label.tolist()


def test_a_phase_begins_when_likely_and_ends_when_unlikely():
    fear, even, other = [0.8, 0.2, 0.0], [0.45, 0.5, 0.05], [0.35, 0.5, 0.15]
    begun = phases(*[fear] * 5)
    assert begun == [-1] * 4 + [0]
    # Not the most probable any more, but neither unlikely, nor another likely.
    assert phases(*[fear] * 5, *[even] * 20)[-1] == 0
    assert phases(*[fear] * 5, *[other] * 5)[-2:] == [0, 1]
    assert phases(*[fear] * 5, *[[0.4, 0.6, 0.0]] * 5)[-2:] == [0, 1]


def test_a_phase_is_unknown_after_five_unknown_days_and_known_again_after_five():
    fear, none = [0.8, 0.2], [np.nan, np.nan]
    label = phases(*[fear] * 5, *[none] * 6, *[fear] * 5)
    assert label == [-1] * 4 + [0] * 5 + [-1] * 6 + [0]


def credit(value, against, official=None):
    value, against = np.array(value, dtype=float), np.array(against, dtype=float)
    even = np.ones(value.size)
    return rules.credit(value, against, official or (even, even)).label.tolist()


def test_credit_is_earned_at_three_and_kept_until_one_and_a_half():
    assert credit([1, 2.9, 3, 1.6, 1.5, 1.4, 2], [1] * 7) == [0, 0, 1, 1, 1, 0, 0]
    assert credit([1] * 4, [1, 3, 1.5, 1.4]) == [0, 2, 2, 0]
    assert credit([3, 3, 3], [1, 4, 1]) == [1, 2, 1]


def test_only_pre_committed_outcomes_decide_and_what_they_decide_is_final():
    official = (np.array([1.0, 20.0, 0.1, 0.1]), np.array([1.0, 0.05, 30.0, 30.0]))
    assert credit([25, 25, 1, 1], [1, 1, 30, 30], official) == [1, 3, 3, 3]
    official = (np.ones(3), np.array([1.0, 20.0, 1.0]))
    assert credit([1, 1, 9], [1, 20, 1], official) == [0, 4, 4]


@given(arrays(float, st.integers(2, 50), elements=st.floats(0.01, 100)), st.data())
def test_credit_needs_no_later_day(value, data):
    cut = data.draw(st.integers(1, value.size))
    whole = rules.credit(value, 1 / value, (value, 1 / value)).label
    part = rules.credit(value[:cut], 1 / value[:cut], (value[:cut], 1 / value[:cut])).label
    assert np.array_equal(part, whole[:cut])


@pytest.mark.parametrize("name", sorted(rules.RULES))
def test_the_rules_that_are_frozen_are_numbers(name):
    assert rules.RULES[name] > 0
