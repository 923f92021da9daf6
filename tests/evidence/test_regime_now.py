"""Which phase it was on a day, in panels whose states are known."""

from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from leadline.data import MemoryStore, gather
from leadline.data.conditions import regime_model
from leadline.data.providers.folder import FolderStore
from leadline.data.series import SeriesInfo, find, series_of
from leadline.evidence import kinds
from leadline.evidence.base import Evidence
from leadline.evidence.exhibits import Ribbon

DAYS = np.arange("2017-01-01", "2020-01-02", dtype="datetime64[D]")
DAY = date(2020, 1, 1)


def a_state(kind, value):
    info = SeriesInfo(id=kind, title=f"The {kind}", unit="probability", kind=kind)
    return series_of(info, DAYS[: len(value)], value)


def probabilities(last, *, on=200):
    """Give a probability that was high in two spells of ``on`` / 2 days and is ``last`` now."""
    value = np.full(DAYS.size, 0.1)
    value[100 : 100 + on // 2] = value[500 : 500 + on // 2] = 0.95
    value[-1] = last
    return value


def heard(store, *, as_of=DAY, **settings):
    test = kinds()["regime_now"].model_validate(
        {"day": str(DAY), "state": "alarm", "alternatives": ["calm"]} | settings
    )
    panel = gather(test.series(), store, as_of=as_of, revised_data="allow")
    return test.find(panel, test.stream("a seed"))


def store(last=0.9, **more):
    alarm = probabilities(last)
    held = {
        "alarm": a_state("probability", alarm),
        "calm": a_state("probability", 1 - alarm),
        "rule": a_state("flag", (alarm > 0.5).astype(float)),
    }
    return MemoryStore(held | more)


@pytest.mark.parametrize(
    ("last", "holds"), [(0.80, True), (0.79, None), (0.21, None), (0.20, False), (0.0, False)]
)
def test_a_state_holds_where_it_is_probable_enough(last, holds):
    found = heard(store(last))
    assert found.holds is holds
    assert found.estimate.value == last
    assert found.numbers[0].value == last


def test_the_base_rate_is_the_share_of_earlier_days_in_the_state():
    found = heard(store())
    expected = 200 / (DAYS.size - 1)
    assert found.components["base_rate"] == pytest.approx(expected)
    assert found.wording.share == pytest.approx(expected)
    assert found.n_episodes == 2
    assert found.n_obs == DAYS.size - 1
    assert found.p_value == pytest.approx((1 + 200) / DAYS.size)
    assert [number.name for number in found.numbers] == ["size", "odds", "power", "episodes"]


def test_readings_that_agree_are_counted_and_all_are_listed():
    agreed = heard(store(0.9), also=["rule"])
    assert (agreed.components["readings"], agreed.components["readings_agree"]) == (2, 2)
    assert agreed.caveats == ()
    other = heard(store(0.6), also=["rule"])
    assert other.holds is None
    assert other.components["readings_agree"] == 1
    assert "1 of 2 readings" in other.caveats[0]
    rows = other.exhibit("readings").rows
    assert [row[0] for row in rows] == ["alarm", "rule"]
    assert [row[3] for row in rows] == ["cannot be told", "yes"]


def test_a_reading_that_is_unknown_agrees_with_nothing():
    rng = np.random.default_rng(1)
    days = DAYS[np.is_busday(DAYS)][:-100]
    vix = series_of(find("vix"), days, np.exp(3 + 0.1 * rng.standard_normal(days.size)))
    found = heard(store(vix=vix), also=["fear_vix"])
    assert found.exhibit("readings").rows[1][2:4] == ("unknown", "cannot be told")
    assert found.components["readings_agree"] == 1


def test_the_ribbon_shows_each_friday_as_it_was_written():
    found = heard(store())
    ribbon = found.exhibit("phases")
    assert isinstance(ribbon, Ribbon)
    days = np.array(ribbon.days, dtype="datetime64[D]")
    assert set((days.astype(int)) % 7) == {1}
    assert days[-1] <= np.datetime64(DAY)
    written = probabilities(0.9)[np.searchsorted(DAYS, days)]
    np.testing.assert_allclose(ribbon.probabilities[0], written)
    assert ribbon.labels == tuple("alarm" if p > 0.5 else "calm" for p in written)
    assert ribbon.revised == ()


def test_only_the_days_up_to_the_day_count():
    early = date(2019, 1, 4)
    whole = heard(store(), day=str(early))
    cut = heard(store(), day=str(early), as_of=early)
    assert whole.model_dump() == cut.model_dump()


def test_it_can_be_written_and_read_back():
    found = heard(store())
    assert Evidence.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"day": "2020-01-05"}, "2020-01-05 was not over as of 2020-01-01"),
        ({"day": "2016-12-01"}, "2016-12-01 is before 2017-01-01"),
        ({"day": "2017-03-01"}, "alarm is known on 2017-03-01, and on 59 days before; needs 250"),
    ],
)
def test_a_day_that_cannot_be_judged_is_infeasible(settings, said):
    found = heard(store(), **settings)
    assert found.status == "infeasible"
    assert said in found.summary


def test_a_condition_that_is_unknown_on_the_day_is_infeasible():
    rng = np.random.default_rng(1)
    days = DAYS[np.is_busday(DAYS)][:-100]
    vix = series_of(find("vix"), days, np.exp(3 + 0.1 * rng.standard_normal(days.size)))
    found = heard(store(vix=vix), state="fear_vix", also=["rule"])
    assert found.status == "infeasible"
    assert "fear_vix is not known on 2020-01-01" in found.summary


@pytest.mark.parametrize("at_least", [0.5, 0.2, 1.1])
def test_half_is_not_enough_to_be_told(at_least):
    with pytest.raises(ValidationError):
        heard(store(), at_least=at_least)


def market(n_years=8):
    """Give the model's inputs in a world that turns from calm to fear in its last months."""
    rng = np.random.default_rng(3)
    days = np.arange(DAYS[-1] - round(n_years * 365.25), DAYS[-1] + 1)
    days = days[np.is_busday(days)]
    fear = (np.arange(days.size) // 130) % 3 == 0
    fear[-130:] = True
    sign = np.where(fear, 1.0, -0.5)
    size = np.where(fear, 2.0, 1.0)

    def walk(drift, noise):
        steps = np.cumsum(drift * sign + noise * size * rng.standard_normal(days.size))
        return steps - steps.mean()

    def price(level, drift, noise):
        return level * np.exp(walk(drift, noise))

    def rate(level, drift, noise):
        return np.clip(level + walk(drift, noise), -9, 40)

    held = {
        "spx": price(2000.0, -0.004, 0.006),
        "vix": np.exp(np.log(20) + 0.3 * sign + 0.02 * rng.standard_normal(days.size)),
        "hy_oas": rate(8.0, 0.03, 0.03),
        "dxy": price(95.0, 0.0, 0.003),
        "dfii10": rate(1.0, 0.0, 0.02),
        "t10yie": rate(2.0, 0.0, 0.02),
        "gold": price(1200.0, 0.0, 0.006),
        "rrpontsyd": np.full(days.size, 100.0),
    }
    weekly = days[(days.astype(int) + 3) % 7 == 2]
    held = {name: series_of(find(name), days, value) for name, value in held.items()}
    for name, level in (("walcl", 4e6), ("tga", 3e5)):
        noise = np.exp(0.01 * np.cumsum(rng.standard_normal(weekly.size)))
        held[name] = series_of(find(name), weekly, level * noise)
    return MemoryStore(held)


def test_the_model_sees_a_planted_fear_and_says_what_it_called_otherwise():
    settings = {"state": "p_fear", "alternatives": ["p_debasement", "p_neutral"]}
    found = heard(market(), **settings, also=["model_fear"])
    assert found.holds is True
    assert found.components["readings_agree"] == 2
    ribbon = found.exhibit("phases")
    states = np.array(ribbon.probabilities, dtype=float)
    known = np.isfinite(states).all(axis=0)
    np.testing.assert_allclose(states[:, known].sum(axis=0), 1.0)
    assert known.sum() > 50

    test = kinds()["regime_now"].model_validate({"day": str(DAY), **settings})
    panel = gather(test.series(), market(), as_of=DAY)
    path = regime_model.path_of(panel, "p_fear")
    expected = path.weeks[path.revised]
    np.testing.assert_array_equal(np.array(ribbon.revised, dtype="datetime64[D]"), expected)
    assert regime_model.path_of(panel, "fear") is None


@pytest.mark.real_data
def test_january_2026_was_not_a_phase_of_fear(data_dir):
    found = heard(
        FolderStore(data_dir),
        day="2026-01-23",
        as_of=date(2026, 1, 23),
        state="p_fear",
        also=["phase_fear", "fear"],
        alternatives=["p_debasement", "p_neutral"],
    )
    assert found.holds is False
    assert found.components["readings_agree"] == 3
    assert len(found.exhibit("phases").days) == pytest.approx(15 * 52, abs=5)
