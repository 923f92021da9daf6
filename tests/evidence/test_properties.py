"""What must not matter, and what must never be seen."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from evidence.quick import (
    DAY,
    FACTS,
    SMALL,
    a_fact,
    a_test,
    beside,
    heard,
    market,
    panel_of,
    prices,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.evidence import kinds
from leadline.evidence.base import Evidence

few = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
YEARS = market(1500, link=0.5, noise=0.015, seed=3)
OTHERS = {
    name: prices(np.random.default_rng(n).standard_normal(1500) * 0.01, name)
    for n, name in enumerate(("tea", "tin"))
}
READ = beside(*YEARS)
SERIES = {**READ, **OTHERS}
LAST = YEARS[0].index[-1].date()
TESTS = {
    **{name: a_test(name) for name in SMALL},
    **{name: a_fact(name, str(LAST)) for name in FACTS},
}


@pytest.fixture(params=sorted(TESTS))
def test(request):
    """Every kind, and every fact."""
    return TESTS[request.param]


@pytest.fixture(scope="module")
def alone():
    """Each kind's evidence, found by itself."""
    return {name: heard(test, SERIES) for name, test in TESTS.items()}


@pytest.fixture
def found(test, alone):
    return next(alone[name] for name, other in TESTS.items() if other is test)


def what_decides(evidence):
    """Give every number that a verdict is made of."""
    kept = {"p_value", "p_against", "holds", "forks", "stability", "placebos", "skill", "power"}
    decided = evidence.model_dump(include=kept)
    for part in ("first", "second"):
        if decided["stability"] is not None:
            decided["stability"][part].pop("n_episodes")
    return decided


def close(one, other):
    """Whether two nests of numbers agree to nine digits."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float):
        return one == pytest.approx(other, rel=1e-7, abs=1e-9)
    return one == other


def is_price(series):
    return series.dtype != bool


def test_every_kind_and_every_fact_is_here_and_can_be_answered(alone):
    assert {found.kind for found in alone.values()} == set(kinds())
    assert {name for name, found in alone.items() if found.status != "ok"} == set()


@pytest.mark.parametrize("factor", [100.0, 0.001])
def test_the_unit_of_a_price_changes_no_p_and_no_verdict(test, found, factor):
    cents = {
        name: factor * series if is_price(series) else series for name, series in SERIES.items()
    }
    assert close(what_decides(heard(test, cents)), what_decides(found))


def test_unrelated_series_in_the_panel_change_nothing(test, found):
    rng = np.random.default_rng(0)
    mixed = {
        name: prices(rng.permutation(np.diff(np.log(series), prepend=0)), name)
        for name, series in OTHERS.items()
    }
    assert heard(test, {**SERIES, **mixed}) == found
    alone = {name: SERIES[name] for name in sorted(test.series(), reverse=True)}
    assert heard(test, alone or SERIES) == found


@given(days=st.integers(700, 1400), factor=st.floats(0.2, 5.0))
@few
def test_what_comes_later_never_changes_what_was_found(test, days, factor):
    as_of = YEARS[0].index[days].date()
    if test.kind not in SMALL:
        test = test.model_copy(update={DAY.get(test.kind, "day"): as_of})
    removed = {name: series.iloc[: days + 1] for name, series in SERIES.items()}
    changed = {name: series.copy() for name, series in SERIES.items()}
    for series in changed.values():
        later = series.iloc[days + 1 :]
        series.iloc[days + 1 :] = factor * later if is_price(series) else ~later
    known = heard(test, removed, as_of=as_of)
    assert heard(test, SERIES, as_of=as_of) == known
    assert heard(test, changed, as_of=as_of) == known
    assert str(as_of) >= (known.stop or "")


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_of_tomorrow_is_not_known_today(name, alone):
    tomorrow = heard(a_fact(name, str(LAST + timedelta(days=1))), SERIES)
    if name == "forecast":
        # A forecast of tomorrow is one made from the last price there is.
        assert tomorrow.n_obs == alone[name].n_obs
    elif name == "published_figure":
        assert tomorrow.holds is alone[name].holds
    else:
        assert tomorrow.status == "infeasible"


@given(test=st.sampled_from(sorted(TESTS)))
@few
def test_evidence_survives_json(test, alone):
    found = alone[test]
    assert Evidence.model_validate_json(found.model_dump_json()) == found


def test_settings_stored_in_the_evidence_find_the_same_digits(test, found):
    again = kinds()[found.kind].model_validate(found.settings)
    assert again == test
    assert heard(again, SERIES) == found


def test_threads_and_processes_find_the_same_digits(alone):
    """All at once, in reversed order, on threads and in fresh processes."""
    panel = panel_of(SERIES)
    backwards = sorted(TESTS, reverse=True)
    fresh = multiprocessing.get_context("spawn")
    # No limit on the threads of the fresh process: ten digits hold on any number of them.
    with ThreadPoolExecutor(4) as threads, ProcessPoolExecutor(1, mp_context=fresh) as processes:
        running = {
            (name, number): pool.submit(TESTS[name].find, panel, TESTS[name].stream("a seed"))
            for name in backwards
            for number, pool in enumerate((threads, processes))
        }
        for (name, _), future in running.items():
            assert future.result() == alone[name]


def test_the_stream_hangs_on_seed_and_settings_alone(kind):
    one, same = (a_test(kind).stream("s").random(4).tolist() for _ in range(2))
    assert one == same
    assert one != a_test(kind).stream("t").random(4).tolist()
    assert one != a_test(kind, n_resamples=98).stream("s").random(4).tolist()


def test_finding_uses_no_global_stream(found, test):
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - that nobody touches it is the point
    heard(test, SERIES)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    assert found == heard(test, SERIES)
