"""The panel: what was known at each decision."""

import hashlib
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.data import MemoryStore, SeriesInfo, gather, last_day, snapshot
from leadline.data.clock import decision_days, decisions
from leadline.data.gather import assemble, newest_day
from leadline.data.series import Series, find, series_of
from leadline.errors import DataError

START = np.datetime64("2020-01-01")


def info(name, **more):
    return SeriesInfo(id=name, title=name, unit="USD", kind="price", **more)


def daily(name, first, values, **more):
    period = np.datetime64(first) + np.arange(len(values))
    return series_of(info(name, **more), period, values)


def revised(rows, **more):
    """Give a series of vintages from (known, period, value)."""
    known, period, value = zip(*rows, strict=True)
    return series_of(
        info("m", revised=True, max_age=9999, **more),
        np.array(period, dtype="datetime64[D]"),
        value,
        known=np.array(known, dtype="datetime64[s]"),
    )


@st.composite
def histories(draw, name="x"):
    """Draw vintages: each period becomes known some hours late and may be revised later."""
    rows = draw(
        st.dictionaries(
            st.tuples(st.integers(0, 40), st.integers(0, 20 * 24)),
            st.integers(1, 1000),
            min_size=1,
            max_size=40,
        )
    )
    period = START + np.array([p for p, _ in rows])
    late = np.array([hours for _, hours in rows]) * np.timedelta64(1, "h")
    known = period.astype("datetime64[s]") + late
    values = np.array(list(rows.values()), dtype=float)
    return series_of(info(name, max_age=9999), period, values, known=known)


def known_by(series, day):
    """Give the series without anything known after the decision of ``day``."""
    keep = series.known_at <= decisions(np.array([day]))[0]
    return Series(
        series.info, series.period[keep], series.value[keep], series.known_at[keep], series.basis
    )


@given(histories("x"), histories("y"), st.integers(0, 60))
def test_what_comes_later_never_changes_what_was_known(x, y, offset):
    day = START + offset
    cut = {"x": known_by(x, day), "y": known_by(y, day)}
    as_of = day.astype(object)
    if 0 in map(len, cut.values()):
        with pytest.raises(DataError, match="Store has no"):
            gather(["x", "y"], MemoryStore({"x": x, "y": y}), as_of=as_of)
        return
    whole = gather(["x", "y"], MemoryStore({"x": x, "y": y}), as_of=as_of)
    then = gather(["x", "y"], MemoryStore(cut), as_of=as_of)
    assert then.digest == whole.digest
    assert then.notes == whole.notes
    np.testing.assert_array_equal(then["x"].fresh, whole["x"].fresh)


@given(histories("x"), st.integers(0, 30), st.integers(0, 30))
def test_a_later_panel_begins_with_the_earlier_one(x, offset, more):
    first = decision_days(x.known_at[:1])[0] + offset
    early = assemble({"x": x}, as_of=first.astype(object))
    late = assemble({"x": x}, as_of=(first + more).astype(object))
    n_days = early.days.size
    np.testing.assert_array_equal(late.days[:n_days], early.days)
    for part in ("value", "period", "fresh"):
        whole = getattr(late["x"], part)[:n_days]
        np.testing.assert_array_equal(whole, getattr(early["x"], part))


@given(histories("x"))
def test_each_decision_sees_the_newest_period_in_its_newest_vintage(x):
    panel = assemble({"x": x}, as_of=date(2020, 3, 15))
    column, before = panel["x"], None
    for i, moment in enumerate(decisions(panel.days)):
        seen = x.known_at <= moment
        period = x.period[seen].max()
        rows = np.flatnonzero(seen & (x.period == period))
        assert column.period[i] == period
        assert column.value[i] == x.value[rows[np.argmax(x.known_at[rows])]]
        assert column.fresh[i] == (before is None or period > before)
        before = period


def test_a_late_revision_of_an_old_period_does_not_hide_the_newest_one():
    series = revised(
        [
            ("2020-02-15T12:00", "2020-01-01", 100),
            ("2020-03-15T12:00", "2020-02-01", 110),
            ("2020-03-20T12:00", "2020-01-01", 90),
            ("2020-03-25T12:00", "2020-02-01", 111),
        ]
    )
    panel = assemble({"m": series}, as_of=date(2020, 3, 31))
    column = panel["m"]
    by_day = dict(zip(panel.days.astype(str), column.value, strict=True))
    assert by_day["2020-03-14"] == 100
    assert by_day["2020-03-20"] == 110
    assert by_day["2020-03-25"] == 111
    assert panel.days[column.fresh].astype(str).tolist() == ["2020-02-15", "2020-03-15"]


def test_a_value_known_ten_minutes_past_midnight_belongs_to_the_day_before():
    rows = [("2020-01-02T00:10:00", "2020-01-01", 1), ("2020-01-03T00:10:01", "2020-01-02", 2)]
    panel = assemble({"m": revised(rows)}, as_of=date(2020, 1, 4))
    assert panel.days.astype(str).tolist() == [
        "2020-01-01",
        "2020-01-02",
        "2020-01-03",
        "2020-01-04",
    ]
    assert panel["m"].value.tolist() == [1, 1, 2, 2]


def test_before_its_first_value_a_column_is_empty():
    panel = assemble(
        {"a": daily("a", "2020-01-01", [1, 2, 3]), "b": daily("b", "2020-01-03", [7])},
        as_of=date(2020, 1, 4),
    )
    assert np.isnan(panel["b"].value[:2]).all()
    assert np.isnat(panel["b"].period[:2]).all()
    assert panel["b"].fresh.tolist() == [False, False, True, False]
    assert panel["a"].value.tolist() == [1, 2, 3, 3]


def test_a_day_before_the_first_value_is_refused_with_the_day_to_ask_for():
    store = MemoryStore({"silver": daily("silver", "2012-05-14", [30.0, 31.0])})
    with pytest.raises(DataError) as caught:
        gather(["silver"], store, as_of=date(2012, 3, 1))
    assert str(caught.value) == (
        "Store has no 'silver' known by 2012-03-01; its first value was known 2012-05-14."
    )
    assert gather(["silver"], store, as_of=date(2012, 5, 14))["silver"].value.tolist() == [30.0]


def test_nothing_asked_for_and_nothing_there_are_errors():
    with pytest.raises(DataError, match="needs at least one series"):
        gather([], MemoryStore({}), as_of=date(2020, 1, 1))
    with pytest.raises(DataError, match="name at least one"):
        last_day([], MemoryStore({}))
    empty = daily("x", "2020-01-01", [])
    with pytest.raises(DataError, match="no value of 'x' at all"):
        gather(["x"], MemoryStore({"x": empty}), as_of=date(2020, 1, 1))
    with pytest.raises(DataError, match=r"holds no 'y'\. It holds: x\."):
        gather(["y"], MemoryStore({"x": empty}), as_of=date(2020, 1, 1))
    assert MemoryStore({"x": empty}).ids() == ("x",)


def test_revised_data_without_vintages_are_refused_unless_allowed():
    store = MemoryStore({"gdp": daily("gdp", "2020-01-01", [1.0, 2.0], revised=True)})
    with pytest.raises(DataError, match=r"'gdp' is revised at its source .* revised_data: allow"):
        gather(["gdp"], store, as_of=date(2020, 1, 2))
    panel = gather(["gdp"], store, as_of=date(2020, 1, 2), revised_data="allow")
    assert panel.notes == (
        "gdp: revised values, not those known at the time (revised_data: allow).",
    )


def test_a_series_that_ended_long_before_is_noted_as_stale():
    old = daily("x", "2020-01-01", [1.0, 2.0])
    assert assemble({"x": old}, as_of=date(2020, 1, 9)).notes == ()
    (note,) = assemble({"x": old}, as_of=date(2020, 1, 10)).notes
    assert note == (
        "x: stale, the newest value is of 2020-01-02, 8 days before 2020-01-10 "
        "(at most 7 expected)."
    )


def test_the_last_day_is_that_of_the_series_known_last():
    x, y = daily("x", "2020-01-01", [1.0, 2.0]), daily("y", "2020-01-01", [1.0, 2.0, 3.0])
    store = MemoryStore({"x": x, "y": y})
    assert last_day(["x"], store) == date(2020, 1, 2)
    assert last_day(["x", "y"], store) == date(2020, 1, 3)
    assert newest_day((x, y)) == date(2020, 1, 3)


def test_the_digest_is_of_days_ids_values_and_periods_in_any_order():
    x, y = daily("x", "2020-01-01", [1.0, 2.0]), daily("y", "2020-01-01", [3.0, 4.0])
    store = MemoryStore({"x": x, "y": y, "ex": x})
    digest = gather(["x", "y"], store, as_of=date(2020, 1, 2)).digest
    assert gather(["y", "x"], store, as_of=date(2020, 1, 2)).digest == digest
    assert gather(["ex", "y", "x"], store, as_of=date(2020, 1, 2)).digest == digest
    assert gather(["x"], store, as_of=date(2020, 1, 2)).digest != digest
    assert gather(["x", "y"], store, as_of=date(2020, 1, 3)).digest != digest
    days = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]").astype("<i8").tobytes()
    by_hand = hashlib.sha256(days)
    for name, values in (("x", [1.0, 2.0]), ("y", [3.0, 4.0])):
        by_hand.update(name.encode() + b"\0" + np.array(values).tobytes() + days)
    assert by_hand.hexdigest() == digest


def test_a_panel_is_asked_by_the_names_it_was_made_with():
    store = MemoryStore({"btc": daily("bitcoin", "2020-01-01", [1.0])})
    panel = gather(["btc", "btc"], store, as_of=date(2020, 1, 1))
    assert list(panel.columns) == ["btc"]
    assert panel["btc"].info.id == "bitcoin"
    with pytest.raises(DataError, match=r"no series 'bct'. Did you mean 'btc'\?"):
        panel["bct"]


def test_growth_from_one_snapshot_does_not_see_a_change_of_base_year():
    old = [("2020-03-01T00:00", "2020-01-01", 100.0), ("2020-03-01T00:00", "2020-02-01", 101.0)]
    new = [
        ("2020-04-01T00:00", "2020-01-01", 50.0),
        ("2020-04-01T00:00", "2020-02-01", 50.5),
        ("2020-04-01T00:00", "2020-03-01", 51.005),
    ]
    series = revised(old + new)
    periods, values = snapshot(series, date(2020, 4, 15))
    np.testing.assert_allclose(values[1:] / values[:-1] - 1, 0.01)
    assert periods.astype(str).tolist() == ["2020-01-01", "2020-02-01", "2020-03-01"]
    # Across vintages the same growth would look like a collapse by half.
    level = assemble({"m": series}, as_of=date(2020, 4, 15))["m"].value
    assert level[-1] / level[0] - 1 < -0.4
    earlier, _ = snapshot(series, date(2020, 3, 15))
    assert earlier.size == 2


@given(histories("x"), st.integers(0, 70))
def test_a_snapshot_holds_the_newest_vintage_of_every_known_period(x, offset):
    day = START + offset
    periods, values = snapshot(x, day.astype(object))
    seen = x.known_at <= decisions(np.array([day]))[0]
    # Rows are in order of knowledge, so a dict keeps the newest vintage of each period.
    newest = dict(zip(x.period[seen], x.value[seen], strict=True))
    assert dict(zip(periods, values, strict=True)) == newest
    assert (np.diff(periods).astype(int) > 0).all()


def market(name, first, n_days, *, weekends):
    days = np.datetime64(first) + np.arange(n_days)
    days = days if weekends else days[np.is_busday(days)]
    return series_of(find(name), days, np.arange(1.0, days.size + 1))


def test_weekend_moves_fall_into_the_interval_of_the_market_that_closes():
    store = MemoryStore(
        {
            "silver": market("silver", "2026-01-05", 14, weekends=False),
            "bitcoin": market("bitcoin", "2026-01-05", 14, weekends=True),
        }
    )
    aligned = gather(["silver", "bitcoin"], store, as_of=date(2026, 1, 18)).align(
        ("silver", "bitcoin")
    )
    assert np.is_busday(aligned.days).all()
    assert len(aligned) == 10
    monday = int(np.flatnonzero(aligned.days == np.datetime64("2026-01-12"))[0])
    assert np.diff(aligned.values["bitcoin"])[monday - 1] == 3
    assert np.diff(aligned.values["silver"]).tolist() == [1] * 9


def test_nothing_is_filled_over_a_holiday():
    bitcoin = market("bitcoin", "2026-01-12", 10, weekends=True)
    silver = market("silver", "2026-01-12", 10, weekends=False)
    open_days = silver.period != np.datetime64("2026-01-19")
    holiday = series_of(find("silver"), silver.period[open_days], silver.value[open_days])
    panel = assemble({"silver": holiday, "bitcoin": bitcoin}, as_of=date(2026, 1, 21))
    assert "2026-01-19" not in panel.align(("silver", "bitcoin")).days.astype(str)


@pytest.mark.parametrize(
    ("as_of", "weeks"),
    [
        (date(2026, 1, 16), ["2026-01-09"]),
        (date(2026, 1, 17), ["2026-01-09"]),
        (date(2026, 1, 18), ["2026-01-09", "2026-01-16"]),
    ],
)
def test_a_week_counts_once_it_has_ended(as_of, weeks):
    silver = market("silver", "2026-01-05", 21, weekends=False)
    aligned = assemble({"silver": silver}, as_of=as_of).align(("silver",), every="week")
    assert aligned.days.astype(str).tolist() == weeks


@pytest.mark.parametrize(("as_of", "n_months"), [(date(2026, 3, 30), 2), (date(2026, 3, 31), 3)])
def test_a_month_counts_once_it_has_ended(as_of, n_months):
    silver = market("silver", "2026-01-05", 100, weekends=False)
    aligned = assemble({"silver": silver}, as_of=as_of).align(("silver",), every="month")
    assert (
        aligned.days.astype(str).tolist()[:n_months]
        == ["2026-01-30", "2026-02-27", "2026-03-31"][:n_months]
    )
    assert len(aligned) == n_months


def test_a_window_includes_both_its_ends():
    silver = market("silver", "2026-01-05", 14, weekends=False)
    panel = assemble({"silver": silver}, as_of=date(2026, 1, 18))
    part = panel.align(("silver",), start=date(2026, 1, 7), stop=date(2026, 1, 9))
    assert part.days.astype(str).tolist() == ["2026-01-07", "2026-01-08", "2026-01-09"]
    assert len(panel.align(("silver",), every="month", start=date(2027, 1, 1))) == 0


def test_observations_a_year_are_counted_from_the_days():
    silver = market("silver", "2024-01-01", 366 * 2, weekends=False)
    aligned = assemble({"silver": silver}, as_of=date(2025, 12, 31)).align(("silver",))
    assert aligned.per_year == pytest.approx(261, abs=1)


def test_a_trial_never_stands_on_a_day_whose_decision_is_still_to_come():
    tomorrow = np.datetime64("today") + 1
    store = MemoryStore({"x": series_of(info("x"), [tomorrow - 3, tomorrow], [1.0, 2.0])})
    assert np.datetime64(last_day(["x"], store)) < np.datetime64("today")
