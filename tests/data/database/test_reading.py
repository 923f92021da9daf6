"""Series out of the store: whose rows, known when, and what a panel makes of them."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.data import gather, last_day, snapshot
from leadline.data.database import (
    Database,
    DatabaseStore,
    Fetched,
    Stamped,
    import_series,
    record,
)
from leadline.data.provider import Answer, Request, Rows, Want, stamped
from leadline.data.providers.folder import FolderStore
from leadline.data.series import find, series_of
from leadline.errors import DataError, NotHeldError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def put(db, name, provider, values, *, first="2026-01-05", at=NOON, known=None, basis="rule"):
    """Record consecutive days; without ``known``, by the rule of the series."""
    period = np.datetime64(first) + np.arange(len(values))
    moments = find(name).known_at(period) if known is None else known
    moments = np.broadcast_to(np.asarray(moments, dtype="datetime64[s]"), period.shape)
    fetched = Fetched(provider=provider, series=name, url="x", fetched_at=at, outcome="ok")
    return record(db, fetched, Stamped(Rows(period, np.array(values, float)), moments, basis))


def months(db, values, known, first="2025-11"):
    """Record one vintage of M2."""
    period = (np.datetime64(first, "M") + np.arange(len(values))).astype("datetime64[D]")
    moments = np.full(period.size, np.datetime64(known, "s"))
    fetched = Fetched(provider="alfred", series="m2", url="x", fetched_at=NOON, outcome="ok")
    return record(db, fetched, Stamped(Rows(period, np.array(values, float)), moments, "vintage"))


def by_day(panel, name):
    return dict(zip(panel.days.astype(str), panel[name].value, strict=True))


def test_a_series_has_the_feed_s_words_and_its_rows_in_order_of_knowledge(db):
    put(db, "silver", "lbma", [30, 31])
    silver = DatabaseStore(db).series("XAGUSD")
    assert silver.info.title == "Silver, London auction (LBMA)"
    assert silver.info.id == "silver"
    assert (silver.basis, silver.providers) == ("rule", ("lbma",))
    assert silver.value.tolist() == [30, 31]
    assert str(silver.period[0]) == "2026-01-05"
    assert silver.known_at.dtype == "datetime64[s]"


def test_a_series_is_read_once(db):
    put(db, "silver", "yahoo", [30, 31])
    store = DatabaseStore(db)
    assert store.series("silver") is store.series("xag")
    assert repr(store) == f"DatabaseStore({db!r})"


def test_what_is_missing_at_its_source_is_no_observation(db):
    put(db, "silver", "yahoo", [30, np.nan, 32])
    put(db, "silver", "yahoo", [30, np.nan, np.nan], at=NOON + timedelta(days=1))
    assert DatabaseStore(db).series("silver").value.tolist() == [30, 32]


def test_the_preferred_provider_gives_the_series_alone_as_long_as_it_goes_on(db):
    put(db, "silver", "dukascopy", [90] * 40)
    put(db, "silver", "yahoo", [30] * 40)
    put(db, "silver", "frankfurter", [1] * 60)
    silver = DatabaseStore(db).series("silver")
    assert silver.providers == ("yahoo",)
    assert set(silver.value) == {30}
    assert silver.remarks == ()


def test_another_provider_goes_on_where_the_preferred_one_ends_if_they_agree(db):
    level = 30 + np.arange(40)
    put(db, "silver", "yahoo", level[:30])
    put(db, "silver", "dukascopy", level * 1.001)
    silver = DatabaseStore(db).series("silver")
    assert silver.providers == ("yahoo", "dukascopy")
    assert silver.value[30] == pytest.approx(60 * 1.001)
    assert str(silver.remarks[0].first) == "2026-02-04"
    assert silver.remarks[0].text == (
        "from 2026-02-04 on the values come from Silver, spot bid (Dukascopy), which agreed with "
        "yahoo within 0.10% (median of the last 30 common days)."
    )
    store = DatabaseStore(db)
    assert gather(["silver"], store, as_of=date(2026, 2, 3)).notes == ()
    assert len(gather(["silver"], store, as_of=date(2026, 2, 5)).notes) == 1


@pytest.mark.parametrize(
    ("factor", "start", "problem"),
    [
        (1.02, 0, "differ by 2.0% (median of the last 30 common days; at most 1% expected)"),
        (1.0, 25, "share only 5 days; it takes 20 to see that one may continue the other"),
    ],
)
def test_a_provider_that_does_not_agree_goes_on_with_nothing_and_this_is_said(
    db, factor, start, problem
):
    level = 30 + np.arange(40)
    put(db, "silver", "yahoo", level[:30])
    first = str(np.datetime64("2026-01-05") + start)
    put(db, "silver", "dukascopy", level[start:] * factor, first=first)
    silver = DatabaseStore(db).series("silver")
    assert silver.providers == ("yahoo",)
    assert len(silver) == 30
    assert silver.remarks[0].text == (
        "yahoo goes from 2026-01-05 to 2026-02-03; Silver, spot bid (Dukascopy) has more but is "
        f"not used, for the two {problem}."
    )


def test_an_older_history_goes_before_the_preferred_provider_s_if_they_agree(db):
    level = 30 + np.arange(60)
    put(db, "hy_oas", "fred", level[30:], first="2026-02-04")
    put(db, "hy_oas", "fredapi", level)
    spread = DatabaseStore(db).series("hy_oas")
    assert spread.value.tolist() == level.tolist()
    assert spread.providers == ("fred", "fredapi")
    assert [str(remark.first) for remark in spread.remarks] == ["2026-01-05"]
    assert spread.remarks[0].text.startswith("from 2026-01-05 to 2026-02-03 the values come from")


def test_a_source_that_comes_back_takes_nothing_away_that_was_known_without_it(db):
    """EPU's own file fails for ten days, FRED stands in, then the file is there again."""
    level = 100 + np.arange(70.0)
    whole = np.datetime64("2026-01-05") + np.arange(70)

    def seen(provider, n, at):
        rows = Rows(whole[:n], level[:n] + (0.01 if provider == "fred" else 0))
        known = np.full(n, np.datetime64(at.replace(tzinfo=None), "s"))
        fetched = Fetched(provider=provider, series="epu", url="x", fetched_at=at, outcome="ok")
        record(db, fetched, Stamped(rows, known, "first_seen"))

    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    seen("epu", 50, start)
    seen("fred", 60, start + timedelta(days=10))
    day = date(2026, 3, 12)
    before = gather(["epu"], DatabaseStore(db), as_of=day)
    assert before["epu"].value[-1] == level[59] + 0.01
    seen("epu", 70, start + timedelta(days=20))
    after = gather(["epu"], DatabaseStore(db), as_of=day)
    assert after.digest == before.digest
    assert gather(["epu"], DatabaseStore(db), as_of=date(2026, 3, 25))["epu"].value[-1] == level[69]


def test_bitcoin_is_the_median_where_three_have_the_day(db):
    put(db, "bitcoin", "coinmetrics", [100, 110, 120, 130])
    put(db, "bitcoin", "coinbase", [111, 121, 131], first="2026-01-06", known="2026-01-10T12:00")
    put(db, "bitcoin", "binance", [110.5, 150, 129], first="2026-01-06")
    bitcoin = DatabaseStore(db).series("bitcoin")
    # Until the third of them is known, the first one speaks alone.
    assert bitcoin.value.tolist() == [100, 110, 120, 130, 110.5, 121, 130]
    assert str(bitcoin.known_at[0]) == "2026-01-06T00:05:00"
    assert set(bitcoin.known_at[4:].astype(str)) == {"2026-01-10T12:00:00"}
    assert bitcoin.providers == ("coinmetrics", "coinbase", "binance")
    assert [(str(each.first), each.text) for each in bitcoin.remarks] == [
        (
            "2026-01-06",
            "from 2026-01-06 on a value is the median of coinmetrics, coinbase, binance, where 3 "
            "or more have it.",
        ),
        (
            "2026-01-07",
            "the sources of its median are more than 1% apart on some days, on 2026-01-07 for the "
            "first time.",
        ),
    ]


def test_a_change_in_one_of_them_changes_the_median_when_it_is_seen(db):
    for provider, value in (("coinmetrics", 100), ("coinbase", 101), ("binance", 102)):
        put(db, "bitcoin", provider, [value])
    put(db, "bitcoin", "binance", [90], at=NOON)
    bitcoin = DatabaseStore(db).series("bitcoin")
    assert bitcoin.value.tolist() == [101, 100]
    assert str(bitcoin.known_at[1]) == "2026-03-02T12:00:00"


def test_a_change_before_the_last_of_them_came_is_part_of_the_first_median(db):
    put(db, "bitcoin", "coinmetrics", [100])
    put(db, "bitcoin", "binance", [90])
    put(db, "bitcoin", "binance", [102], at=NOON)
    put(db, "bitcoin", "coinbase", [101], known="2026-04-01")
    bitcoin = DatabaseStore(db).series("bitcoin")
    assert bitcoin.value.tolist() == [100, 101]
    assert str(bitcoin.known_at[1]) == "2026-04-01T00:00:00"


def test_one_that_comes_late_takes_nothing_away_from_the_median_of_the_others(db):
    for provider, value in (("coinmetrics", 100), ("coinbase", 101), ("kraken", 104)):
        put(db, "bitcoin", provider, [90, value])
    put(db, "bitcoin", "binance", [90, np.nan])
    before = gather(["bitcoin"], DatabaseStore(db), as_of=date(2026, 1, 20))
    put(db, "bitcoin", "binance", [90, 108], at=NOON)
    store = DatabaseStore(db)
    assert gather(["bitcoin"], store, as_of=date(2026, 1, 20)).digest == before.digest
    assert store.series("bitcoin").value.tolist() == [90, 101, 102.5]
    assert str(store.series("bitcoin").known_at[2]) == "2026-03-02T12:00:00"


def test_what_was_imported_is_no_witness_of_the_median(db):
    put(db, "bitcoin", "coinmetrics", [100])
    put(db, "bitcoin", "binance", [101])
    put(db, "bitcoin", "import", [90])
    assert DatabaseStore(db).series("bitcoin").value.tolist() == [100]


def test_days_that_only_two_have_are_no_median(db):
    put(db, "bitcoin", "coinmetrics", [100, 110])
    put(db, "bitcoin", "coinbase", [111], first="2026-01-06")
    put(db, "bitcoin", "binance", [112], first="2026-01-07")
    bitcoin = DatabaseStore(db).series("bitcoin")
    assert bitcoin.value.tolist() == [100, 110]


def test_a_revision_of_an_old_period_never_hides_a_newer_period(db):
    months(db, [100], "2026-01-01T12:00")
    months(db, [100, 110], "2026-01-10T12:00")
    months(db, [90, 110], "2026-01-20T12:00")
    months(db, [90, 111], "2026-01-25T12:00")
    panel = gather(["m2"], DatabaseStore(db), as_of=date(2026, 1, 31))
    value = by_day(panel, "m2")
    assert value["2026-01-09"] == 100
    assert value["2026-01-10"] == value["2026-01-20"] == 110
    assert value["2026-01-25"] == 111
    assert panel.days[panel["m2"].fresh].astype(str).tolist() == ["2026-01-01", "2026-01-10"]


def test_growth_has_both_ends_from_one_snapshot(db):
    months(db, [100, 101], "2026-01-10T12:00")
    months(db, [50, 50.5, 51.005], "2026-02-10T12:00")
    _, values = snapshot(DatabaseStore(db).series("m2"), date(2026, 2, 15))
    np.testing.assert_allclose(values[1:] / values[:-1] - 1, 0.01)
    _, values = snapshot(DatabaseStore(db).series("m2"), date(2026, 1, 15))
    assert values.tolist() == [100, 101]


def test_an_answer_that_changes_history_adds_rows_and_leaves_the_old_panel(db):
    months(db, [100, 110], "2026-01-10T12:00")
    before = gather(["m2"], DatabaseStore(db), as_of=date(2026, 1, 31))
    assert DatabaseStore(db).revisions("m2") == ()
    months(db, [100, 112, 120], "2026-02-10T12:00")
    store = DatabaseStore(db)
    assert gather(["m2"], store, as_of=date(2026, 1, 31)).digest == before.digest
    assert gather(["m2"], store, as_of=date(2026, 2, 28)).digest != before.digest
    (revision,) = store.revisions("M2SL")
    assert (revision.provider, revision.period) == ("alfred", date(2025, 12, 1))
    assert (revision.before, revision.after, revision.basis) == (110, 112, "vintage")
    assert revision.known_at == datetime(2026, 2, 10, 12, tzinfo=UTC)


def test_a_value_that_has_gone_from_its_source_is_a_revision_too(db):
    put(db, "silver", "yahoo", [30, 31])
    put(db, "silver", "yahoo", [np.nan, 31])
    (revision,) = DatabaseStore(db).revisions("silver")
    assert revision.before == 30
    assert np.isnan(revision.after)
    assert revision.basis == "first_seen"


def test_a_series_grown_old_is_noted_with_its_age(db):
    put(db, "silver", "yahoo", [30, 31])
    store = DatabaseStore(db)
    assert gather(["silver"], store, as_of=date(2026, 1, 13)).notes == ()
    (note,) = gather(["silver"], store, as_of=date(2026, 3, 1)).notes
    assert note.startswith("silver: stale, the newest value is of 2026-01-06, 54 days before")


def test_a_revised_series_without_vintages_answers_from_its_first_fetch_on(db):
    values = 100 + np.arange(10.0)
    put(db, "epu", "epu", values, known="2026-03-02T12:00", basis="first_seen")
    put(db, "epu", "epu", values + 1, at=NOON + timedelta(days=7), basis="first_seen")
    store = DatabaseStore(db)
    with pytest.raises(NotHeldError) as caught:
        gather(["epu"], store, as_of=date(2026, 3, 1))
    assert str(caught.value) == (
        "'epu' is revised at its source and the store has no vintages of it, only what it has "
        "seen since 2026-03-02; what was known by 2026-03-01 cannot be told. Add vintages, use "
        "another series, ask as of 2026-03-02 or later, or set revised_data: allow; every result "
        "will then say so."
    )
    panel = gather(["epu"], store, as_of=date(2026, 3, 10))
    assert str(panel.days[0]) == "2026-03-02"
    assert by_day(panel, "epu")["2026-03-08"] == 109
    assert by_day(panel, "epu")["2026-03-10"] == 110
    assert panel.notes[0] == (
        "epu: revised at its source and without vintages, so known from 2026-03-02 on, when it "
        "was first fetched, and not before."
    )


def test_where_revised_data_are_allowed_first_values_count_as_known_by_the_rule(db):
    values = 100 + np.arange(10.0)
    put(db, "epu", "epu", values, known="2026-03-02T12:00", basis="first_seen")
    put(db, "epu", "epu", values + 1, at=NOON + timedelta(days=7), basis="first_seen")
    panel = gather(["epu"], DatabaseStore(db), as_of=date(2026, 3, 10), revised_data="allow")
    period = np.datetime64("2026-01-05") + np.arange(10)
    ruled = gather(
        ["epu"],
        FakeStore(series_of(find("epu"), period, values)),
        as_of=date(2026, 3, 1),
        revised_data="allow",
    )
    n_days = ruled.days.size
    np.testing.assert_array_equal(panel["epu"].value[:n_days], ruled["epu"].value)
    assert by_day(panel, "epu")["2026-03-10"] == 110
    assert panel.notes[0] == (
        "epu: values as they were when first fetched, not those known at the time "
        "(revised_data: allow)."
    )


class FakeStore:
    """A store of one series."""

    def __init__(self, series):
        self.held = series

    def series(self, _):
        return self.held

    def ids(self):
        return (self.held.info.id,)


def test_vintages_put_together_with_values_stamped_by_rule_count_as_stamped_by_rule(db):
    months(db, 100 + np.arange(30.0), "2026-02-10", first="2023-01")
    period = np.arange("2023-01", "2026-01", dtype="datetime64[M]").astype("datetime64[D]")
    import_series(db, series_of(find("m2"), period, 100 + np.arange(36.0)), source="mine", at=NOON)
    m2 = DatabaseStore(db).series("m2")
    assert m2.providers == ("alfred", "import")
    assert m2.basis == "rule"


def test_the_store_says_what_it_holds_and_how_old_it_is(db):
    store = DatabaseStore(db)
    assert store.ids() == store.ages() == ()
    put(db, "silver", "yahoo", [30, 31])
    put(db, "silver", "yahoo", [30, 32], at=NOON + timedelta(days=1))
    months(db, [100], "2026-01-10")
    put(db, "gold", "frankfurter", [1])
    assert store.ids() == ("silver", "gold", "m2")
    silver, m2 = store.ages()
    assert (silver.series, silver.providers, silver.n) == ("silver", ("yahoo",), 3)
    assert (silver.last, silver.basis) == (date(2026, 1, 6), "rule")
    assert silver.fetched_at == NOON + timedelta(days=1)
    assert (m2.series, m2.basis) == ("m2", "vintage")


def test_what_is_not_held_is_answered_with_what_is(db):
    store = DatabaseStore(db)
    with pytest.raises(NotHeldError, match=r"no series 'silver', for the store is empty\. Fetch"):
        store.series("silver")
    put(db, "silver", "yahoo", [30])
    with pytest.raises(NotHeldError, match=r"no series 'gold'\. It holds: silver\."):
        store.series("gold")
    with pytest.raises(DataError, match=r"no series 'silvr'\. Did you mean 'silver'\?") as caught:
        store.revisions("silvr")
    assert not isinstance(caught.value, NotHeldError)


def test_rows_of_a_series_that_nobody_describes_are_said_to_be_so(db):
    fetched = Fetched(provider="acme", series="wool", url="x", fetched_at=NOON, outcome="ok")
    period = np.array(["2026-01-05"], dtype="datetime64[D]")
    record(db, fetched, Stamped(Rows(period, np.array([1.0])), period, "rule"))
    with pytest.raises(DataError, match="'wool' comes from a provider that is not installed here"):
        DatabaseStore(db).series("wool")


@pytest.fixture
def brought(tmp_path):
    """Give a folder with a spliced series, vintages, gaps, and one that no catalogue knows."""
    folder = tmp_path / "brought"
    folder.mkdir()
    days = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    level = 100 + np.arange(days.size) / 7
    rows = [f"{day},{value!r}" for day, value in zip(days, level.tolist(), strict=True)]
    write = {
        "btc": ["date,value", *rows[:300]],
        "btc_ohlc": ["date,close", *rows],
        "silver": ["date,value", *rows[:60:3]],
        "m2sl_vintages": [
            "vintage,available_by,date,value",
            "2025-02,2025-02-28,2024-12-01,21500",
            "2025-02,2025-02-28,2025-01-01,21600",
            "2025-03,2025-03-31,2024-12-01,21510",
            "2025-03,2025-03-31,2025-01-01,21600",
            "2025-03,2025-03-31,2025-02-01,21700",
        ],
        "wool": ["date,value", *rows[:50]],
        "CATALOG": ["id,title,units,frequency,kind", "wool,Wool,EUR,weekly,index"],
    }
    for name, lines in write.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]))
    return FolderStore(folder)


def test_an_imported_folder_gives_the_panel_that_the_folder_gives(db, brought):
    names = ("bitcoin", "silver", "m2", "wool")
    for name in names:
        import_series(db, brought.series(name), source=str(brought.path), at=NOON)
    store = DatabaseStore(db)
    for as_of in (date(2025, 4, 10), date(2025, 12, 31)):
        one, other = (gather(names, each, as_of=as_of) for each in (brought, store))
        assert one.digest == other.digest
        assert one.notes == other.notes
        assert [one[name].info for name in names] == [other[name].info for name in names]
        assert [one[name].basis for name in names] == [other[name].basis for name in names]
        # A seal holds who gave the values; a file has no provider, by whichever way it came.
        assert {other[name].providers for name in names} == {()}
    assert last_day(names, brought) == last_day(names, store)
    for name in names:
        again = import_series(db, brought.series(name), source=str(brought.path), at=NOON)
        assert again.outcome == "unchanged"


def test_a_corrected_file_imported_again_changes_nothing_before_it_was_imported(db, brought):
    import_series(db, brought.series("silver"), source="x", at=NOON)
    path = brought.path / "silver.csv"
    path.write_text(path.read_text().replace("2025-01-04,100.", "2025-01-04,90."))
    series = FolderStore(brought.path).series("silver")
    assert import_series(db, series, source="x", at=NOON + timedelta(days=5)).changed == 1
    (revision,) = DatabaseStore(db).revisions("silver")
    assert revision.known_at == NOON + timedelta(days=5)


def test_a_series_with_changes_can_be_moved_from_store_to_store(db, tmp_path):
    put(db, "silver", "yahoo", [30, 31])
    put(db, "silver", "yahoo", [30, 32])
    series = DatabaseStore(db).series("silver")
    with Database.open(tmp_path / "other.db") as other:
        import_series(other, series, source="x", at=NOON)
        moved = DatabaseStore(other).series("silver")
    np.testing.assert_array_equal(moved.value, series.value)
    np.testing.assert_array_equal(moved.known_at, series.known_at)


def ask(db, name, today, final, *, changed=0.0):
    """Fetch all that is out on a day; ``changed`` is added to what is older than a week."""
    info, now = find(name), datetime.combine(today, datetime.min.time(), UTC).replace(hour=23)
    periods = np.datetime64("2026-01-01") + np.arange(final.size)
    out = info.known_at(periods) <= np.datetime64(now.replace(tzinfo=None))
    old = periods < np.datetime64(today) - 7
    rows = Rows(periods[out], (final + changed * old)[out])
    answer = Answer(Request("https://example.org"), "https://example.org", 200, {}, b"", now)
    stamps = stamped(Want(info, "x", now), answer, rows)
    fetched = Fetched(provider="epu", series=name, url="x", fetched_at=now, outcome="ok")
    return record(db, fetched, Stamped(rows, *stamps))


DAYS = [date(2026, 1, 5) + timedelta(days=n) for n in range(0, 30, 3)]


def test_recording_day_by_day_and_all_at_once_answer_alike_where_nothing_is_revised(tmp_path):
    final = 50 + np.arange(60.0)
    with Database.open(tmp_path / "daily") as daily, Database.open(tmp_path / "bulk") as bulk:
        for day in DAYS:
            ask(daily, "dgs10", day, final)
        ask(bulk, "dgs10", DAYS[-1], final)
        one, other = DatabaseStore(daily), DatabaseStore(bulk)
        for day in DAYS:
            digests = {gather(["dgs10"], each, as_of=day).digest for each in (one, other)}
            assert len(digests) == 1


def test_recording_all_at_once_refuses_the_past_of_a_revised_series(tmp_path):
    final = 50 + np.arange(60.0)
    with Database.open(tmp_path / "daily") as daily, Database.open(tmp_path / "bulk") as bulk:
        for number, day in enumerate(DAYS):
            ask(daily, "epu", day, final, changed=number)
        ask(bulk, "epu", DAYS[-1], final)
        one, other = DatabaseStore(daily), DatabaseStore(bulk)
        for day in DAYS[:-1]:
            assert gather(["epu"], one, as_of=day).as_of == day
            with pytest.raises(NotHeldError, match=f"ask as of {DAYS[-1]} or later"):
                gather(["epu"], other, as_of=day)
        assert gather(["epu"], other, as_of=DAYS[-1]).as_of == DAYS[-1]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.lists(
        st.dictionaries(st.integers(0, 8), st.integers(1, 9), min_size=1), min_size=2, max_size=6
    ),
    basis=st.sampled_from(["vintage", "first_seen"]),
)
def test_what_is_recorded_later_never_changes_what_was_known(tmp_path, answers, basis):
    asked = []
    with Database.open(tmp_path / f"{len(list(tmp_path.iterdir()))}.db") as db:
        for number, answer in enumerate(answers):
            now = NOON + timedelta(days=3 * number)
            period = np.datetime64("2026-01-01") + np.array(list(answer))
            rows = Rows(period, np.array(list(answer.values()), float))
            known = np.full(period.size, np.datetime64(now.replace(tzinfo=None), "s"))
            fetched = Fetched(provider="epu", series="epu", url="x", fetched_at=now, outcome="ok")
            record(db, fetched, Stamped(rows, known, basis))
            asked.append(gather(["epu"], DatabaseStore(db), as_of=now.date()))
        after = DatabaseStore(db)
        for panel in asked:
            assert gather(["epu"], after, as_of=panel.as_of).digest == panel.digest


def told(rng, level, now, *, whole):
    """Say what a source sends at a moment: all days, or with gaps, corrections and late ones."""
    days = np.arange("2026-02-25", now.date(), dtype="datetime64[D]")
    value = level + rng.integers(0, 3, days.size) * (rng.random(days.size) < 0.2)
    if whole:
        return Rows(days, value.astype(float))
    kept = rng.random(days.size) < 0.8
    return Rows(days[kept], np.where(rng.random(days.size) < 0.2, np.nan, value)[kept])


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_no_witness_that_comes_later_changes_a_median_that_was_known(tmp_path, seed):
    rng = np.random.default_rng(seed)
    asked = []
    with Database.open(tmp_path / f"{len(list(tmp_path.iterdir()))}.db") as db:
        now = NOON
        for _ in range(5):
            now += timedelta(hours=int(rng.integers(24, 60)))
            for place, provider in enumerate(("coinmetrics", "coinbase", "kraken", "binance")):
                rows = told(rng, 100 + place, now, whole=place == 0)
                known = np.full(len(rows), np.datetime64(now.replace(tzinfo=None), "s"))
                fetched = Fetched(
                    provider=provider, series="bitcoin", url="x", fetched_at=now, outcome="ok"
                )
                record(db, fetched, Stamped(rows, known, "first_seen"))
            asked.append(gather(["bitcoin"], DatabaseStore(db), as_of=now.date()))
        after = DatabaseStore(db)
        for panel in asked:
            assert gather(["bitcoin"], after, as_of=panel.as_of).digest == panel.digest
