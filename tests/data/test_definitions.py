"""What a definition may read, and how a panel comes to hold one."""

from datetime import date

import numpy as np
import pytest

from leadline.data import MemoryStore, Panel, SeriesInfo, gather, last_day
from leadline.data import conditions as package
from leadline.data.conditions import Definition, Inputs
from leadline.data.duration import DurationText
from leadline.data.series import series_of
from leadline.errors import DataError

DAYS = np.arange("2020-01-06", "2020-03-01", dtype="datetime64[D]")
WEEKDAYS = DAYS[np.is_busday(DAYS)]
LAST = date(2020, 2, 29)


def _info(name, **more):
    return SeriesInfo(id=name, title=name, unit="USD", kind="price", **more)


def _twice(inputs: Inputs):
    return 2 * inputs.value("silver")


def _above(inputs: Inputs):
    inputs.note("counted from 150")
    value = inputs.value("doubled")
    return np.where(np.isnan(value), np.nan, value > 150)


DOUBLED = Definition(
    "doubled", "Twice the price", "price", ("silver",), "2 x silver", "made up", _twice, unit="USD"
)
HIGH = Definition("is_high", "High", "flag", ("doubled",), "doubled > 150", "made up", _above)


@pytest.fixture
def known(monkeypatch):
    found = {each.id: each for each in (DOUBLED, HIGH)}
    monkeypatch.setattr(package, "definitions", lambda: found)
    return found


@pytest.fixture
def store():
    rng = np.random.default_rng(4)
    silver = series_of(_info("silver"), WEEKDAYS, 70 + np.arange(WEEKDAYS.size, dtype=float))
    bitcoin = series_of(_info("bitcoin"), DAYS, np.exp(rng.normal(9, 0.1, DAYS.size)))
    return MemoryStore({"silver": silver, "bitcoin": bitcoin})


@pytest.mark.usefixtures("known")
def test_a_panel_holds_a_definition_and_all_it_is_made_from(store):
    panel = gather(("is_high",), store, as_of=LAST)
    assert set(panel.columns) == {"silver", "doubled", "is_high"}
    silver, doubled, high = (panel[name] for name in ("silver", "doubled", "is_high"))
    np.testing.assert_array_equal(doubled.value, 2 * silver.value)
    np.testing.assert_array_equal(high.value, (doubled.value > 150).astype(float))
    assert high.basis == doubled.basis == "derived"
    np.testing.assert_array_equal(high.period, silver.period)
    # A price moves when its source does; a state is known every day.
    np.testing.assert_array_equal(doubled.fresh, silver.fresh)
    assert high.fresh.all()
    assert panel.notes == ("is_high: counted from 150",)


@pytest.mark.usefixtures("known")
def test_cutting_the_future_off_leaves_a_derived_column_as_it_was(store):
    whole = gather(("is_high",), store, as_of=LAST)
    cut = gather(("is_high",), store, as_of=date(2020, 2, 3))
    for name, column in cut.columns.items():
        np.testing.assert_array_equal(column.value, whole[name].value[: cut.days.size])
        np.testing.assert_array_equal(column.fresh, whole[name].fresh[: cut.days.size])


@pytest.mark.usefixtures("known")
def test_a_part_of_a_panel_is_the_panel_that_was_asked_for_alone(store):
    early = series_of(_info("early"), DAYS - 40, np.arange(1.0, DAYS.size + 1))
    both = MemoryStore({**store.held, "early": early})
    whole = gather(("early", "is_high", "bitcoin"), both, as_of=LAST)
    for names in (("is_high",), ("bitcoin", "silver"), ("early",), ("bitcoin", "is_high")):
        alone, part = gather(names, both, as_of=LAST), whole.only(names)
        assert part.digest == alone.digest
        assert part.notes == alone.notes
        np.testing.assert_array_equal(part.days, alone.days)
        assert set(part.columns) == set(alone.columns)


@pytest.mark.usefixtures("known")
def test_the_last_day_of_a_definition_is_that_of_its_sources(store):
    assert last_day(("is_high",), store) == last_day(("silver",), store)


@pytest.mark.usefixtures("known")
def test_a_missing_source_is_named_with_the_definition_that_needs_it():
    with pytest.raises(DataError, match="doubled is made from silver: The store holds no 'silver'"):
        gather(("is_high",), MemoryStore({}), as_of=LAST)


def test_a_definition_that_is_never_known_is_refused(store, monkeypatch):
    blind = Definition(
        "blind", "Never", "flag", ("silver",), "no", "no", lambda i: np.full(i.days.size, np.nan)
    )
    monkeypatch.setattr(package, "definitions", lambda: {"blind": blind})
    with pytest.raises(DataError, match=r"'blind' was not known on any day up to 2020-02-29"):
        gather(("blind",), store, as_of=LAST)


def test_definitions_in_a_circle_are_refused(monkeypatch):
    one = Definition("one", "", "flag", ("two",), "", "", _twice)
    two = Definition("two", "", "flag", ("one",), "", "", _twice)
    monkeypatch.setattr(package, "definitions", lambda: {"one": one, "two": two})
    with pytest.raises(DataError, match="'one' is defined by itself: one needs two needs one"):
        package.sources(("one",))


def test_a_definition_of_the_wrong_length_is_a_fault_of_ours(store):
    short = Definition("short", "", "flag", ("silver",), "", "", lambda i: i.value("silver")[:3])
    panel = gather(("silver",), store, as_of=LAST)
    with pytest.raises(ValueError, match="short: gives shape"):
        short.column(Inputs(panel.days, panel.columns, {}))


def _inputs(*series, as_of=LAST):
    held = {one.info.id: one for one in series}
    panel: Panel = gather(tuple(held), MemoryStore(held), as_of=as_of, revised_data="allow")
    return Inputs(panel.days, panel.columns, held)


def test_a_value_is_held_until_it_is_stale():
    short = series_of(_info("short", max_age=3), DAYS[:5], np.arange(1.0, 6.0))
    inputs = _inputs(short, as_of=date(2020, 1, 20))
    value = inputs.value("short")
    assert np.flatnonzero(np.isfinite(value)).size == 8  # five days, and three of grace
    np.testing.assert_array_equal(inputs.held("short", np.arange(5.0)) + 1, value)


def test_own_observations_are_those_days_on_which_something_newer_was_known():
    weekdays = series_of(_info("weekdays"), WEEKDAYS, np.ones(WEEKDAYS.size))
    inputs = _inputs(weekdays)
    rows, values = inputs.own("weekdays")
    np.testing.assert_array_equal(inputs.days[rows], WEEKDAYS)
    assert values.size == WEEKDAYS.size


def test_growth_takes_both_ends_from_one_snapshot():
    # The base year changes on 15 March: every level doubles, and nothing grew.
    info = _info("money", frequency="monthly", revised=True)
    months = np.array(["2020-01-01", "2020-02-01"], dtype="datetime64[D]")
    first = np.array(["2020-02-10", "2020-03-10"], dtype="datetime64[s]")
    again = np.array(["2020-03-15", "2020-03-15"], dtype="datetime64[s]")
    money = series_of(
        info,
        np.concatenate((months, months)),
        np.array([100.0, 110.0, 200.0, 220.0]),
        known=np.concatenate((first, again)),
    )
    growth = _inputs(money, as_of=date(2020, 3, 31)).growth("money", DurationText("1m"))
    known = growth[np.isfinite(growth)]
    assert known.size > 20
    np.testing.assert_allclose(known, np.log(1.1))


def test_every_name_is_one_thing():
    for name in package.definitions():
        assert not package.knows(name)
