"""The interface on what verdicts rest on: series, providers, scans, kinds, calls, calibration."""

from datetime import UTC, date, datetime
from urllib.parse import quote

import numpy as np
import pytest
from scan import kept
from web.asking import every, get
from web.conftest import fill, served

from leadline import calibration
from leadline.data.conditions import definitions
from leadline.data.database import Database, DatabaseStore, import_series
from leadline.data.providers import providers
from leadline.data.series import find, series_of
from leadline.evidence import kinds
from leadline.live.calls import Row, Scoreboard, Totals
from leadline.live.kept_calls import keep_calls
from leadline.scan import saved
from leadline.web.shelf import Sources

OPEN, CLOSED = "wiki_bitcoin", "vix"
"""A series whose values may be passed on, and one whose may not."""


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):
    """Give a browser on a store with two series, and the store."""
    sources = fill(tmp_path_factory.mktemp("stocked"))
    days = np.arange("2026-01-01", "2026-03-01", dtype="datetime64[D]")
    with Database.open(sources.database) as db:
        for name in (OPEN, CLOSED):
            made = series_of(find(name), days, 10.0 + np.arange(days.size))
            import_series(db, made, source="a test", at=datetime(2026, 3, 1, tzinfo=UTC))
        with served(sources) as client:
            yield client, DatabaseStore(db)


def test_a_series_says_how_old_it_is_and_gives_its_values(stocked):
    client, store = stocked
    held = store.series(OPEN)
    said = get(client, f"series/{OPEN}")
    assert (said["last"], said["stale"], said["withheld"]) == ("2026-02-28", True, None)
    listed = {each["id"]: each for each in every(client, "series", limit=1)}
    assert set(listed) == {OPEN, CLOSED}
    assert {name: said[name] for name in listed[OPEN]} == listed[OPEN]
    found = every(client, f"series/{OPEN}/values")
    assert [each["day"] for each in found] == [str(day) for day in held.period.astype("M8[D]")]
    assert [each["value"] for each in found] == held.value.tolist()
    part = every(client, f"series/{OPEN}/values", since="2026-01-05", until="2026-01-20")
    assert (part[0]["day"], part[-1]["day"], len(part)) == ("2026-01-05", "2026-01-20", 16)


def test_values_as_of_a_day_are_those_known_then(stocked):
    client, store = stocked
    held = store.series(OPEN)
    for day in ("2026-01-10", "2026-02-01"):
        decision = np.datetime64(day) + np.timedelta64(24 * 60 + 10, "m")
        known = held.value[held.known_at <= decision]
        found = every(client, f"series/{OPEN}/values", as_of=day)
        assert [each["value"] for each in found] == known.tolist()


def test_values_that_may_not_be_passed_on_are_not_given(stocked):
    client, _ = stocked
    problem = get(client, f"series/{CLOSED}/values", 403)
    assert "licence" in problem["detail"]
    assert f"leadline data show {CLOSED}" in problem["detail"]
    assert get(client, f"series/{CLOSED}")["withheld"] in problem["detail"]


def test_kinds_conditions_and_providers_are_those_there_are(client):
    assert [each["kind"] for each in every(client, "kinds")] == sorted(kinds())
    said = get(client, "kinds/lag_profile")
    assert said["null"] == kinds()["lag_profile"].null
    assert said["settings"]["properties"]["guard"]["default"] == "2d"
    assert [each["id"] for each in every(client, "conditions")] == sorted(definitions())
    assert get(client, "conditions/debasement")["rule"] == definitions()["debasement"].rule
    assert [each["id"] for each in every(client, "providers")] == sorted(providers())
    assert get(client, "providers/fred")["licence"] == providers()["fred"].terms.licence


def test_lags_have_what_was_found_of_them(client):
    found = {each["claim"]: each for each in every(client, "lags")}
    assert found["silver-2026/S27"]["history"] == "undecidable"
    assert found["silver-2026/S27"]["high"] == 182


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """Give a browser on one scan, and the scan."""
    folder = kept.keep(kept.odd_scan(), tmp_path_factory.mktemp("scans") / "odd")
    sources = Sources(database=str(folder.parent / "leadline.db"), scans=(folder.parent,))
    with served(sources) as client:
        yield client, saved.load(folder)


def test_a_scan_is_given_with_its_settings_and_leads(scanned):
    client, held = scanned
    found, table = held.found, held.found.table
    (said,) = every(client, "scans")
    assert (said["name"], said["n_pairs"]) == ("odd", found.n_pairs)
    assert said["n_leads"] == len(found.found())
    whole = get(client, "scans/odd")
    assert whole["settings"] == found.manifest
    assert whole["series"] == list(found.assets)
    leads = every(client, "scans/odd/leads", limit=50)
    assert [each["rank"] for each in leads] == list(range(1, len(table) + 1))
    for name in ("leader", "follower", "lag", "p", "n_obs", "flags"):
        assert [each[name] for each in leads] == table[name].tolist()
    named = every(client, "scans/odd/leads", leader="BTC/USD", limit=2)
    assert named == [each for each in leads if each["leader"] == "BTC/USD"]
    assert every(client, "scans/odd/leads", leader="BTC/USD", follower="BTC/USD") == []
    for shown in held.exhibits:
        data = get(client, f"scans/odd/exhibits/{quote(shown.name)}")
        assert data == shown.model_dump(mode="json")
    get(client, "scans/odd/exhibits/nope", 404)


def test_a_damaged_scan_hides_no_other(tmp_path):
    held = kept.odd_scan(8)
    for name in ("whole", "damaged"):
        kept.keep(held, tmp_path / name)
    (tmp_path / "damaged" / saved.TABLE).unlink()
    sources = Sources(database=str(tmp_path / "leadline.db"), scans=(tmp_path,))
    with served(sources) as client:
        assert [each["name"] for each in every(client, "scans")] == ["whole"]
        problem = get(client, "scans/damaged", 503)
    assert str(tmp_path) not in problem["detail"]


def test_calls_are_those_of_the_board_that_was_kept_last(tmp_path):
    sources = fill(tmp_path)
    rows = tuple(
        Row(
            claim=name,
            publisher="Letter",
            said=date(2026, 1, 1),
            paraphrase="It will rise.",
            call="bitcoin at 200,000 or above",
            state=state,
            sentence="So it stands.",
        )
        for name, state in (("b/2", "hit"), ("a/1", "open"))
    )
    totals = Totals(n=2, repeated=0, hits=1, misses=0, open=1, vague=0, lacking=0, n_eff=1.0)
    board = Scoreboard(as_of=date(2026, 6, 1), rows=rows, totals=totals)
    with served(sources) as client:
        assert every(client, "calls") == []
        assert get(client, "calls/totals")["totals"] is None
        with Database.open(sources.database) as db:
            keep_calls(db, board)
        found = every(client, "calls", limit=1)
        assert found == [row.model_dump(mode="json") for row in reversed(rows)]
        said = get(client, "calls/totals")
    assert said["totals"] == totals.model_dump(mode="json")
    assert (said["as_of"], said["summary"]) == ("2026-06-01", board.words())


def test_the_calibration_is_the_document_that_was_published(client):
    published = calibration.published().model_dump(mode="json", by_alias=True)
    assert get(client, "calibration") == published
