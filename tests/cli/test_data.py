"""`leadline data`: what is in the store, where it is from, and the way in and out by files."""

import json
import re

import numpy as np
import pytest

from leadline.data.providers import providers
from leadline.data.providers.folder import FolderStore

LOOK = [("list",), ("show", "vix"), ("revisions", "vix"), ("sources",), ("sources", "yahoo")]


@pytest.mark.parametrize("words", LOOK, ids=" ".join)
def test_every_screen_fits_eighty_columns_and_every_document_is_json(words, filled):
    shown = filled("data", *words)
    assert shown.exit_code == 0, shown.output
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80
    document = json.loads(filled("data", *words, "--json").stdout)
    assert document["schema"] == 1


def test_the_list_has_provider_age_and_basis(filled):
    rows = {
        each["series"]: each
        for each in json.loads(filled("data", "list", "--json").stdout)["series"]
    }
    assert rows["bitcoin"]["providers"] == ["coinmetrics", "coinbase", "kraken", "binance"]
    assert rows["m2"]["basis"] == "vintage"
    assert rows["vix"]["first"] == "2025-06-02"
    assert rows["dgs10"]["age_days"] <= 7
    assert not rows["dgs10"]["stale"]


def test_an_empty_store_says_how_to_fill_it(online):
    assert "leadline fetch silver-2026" in online("data", "list").stdout
    shown = online("data", "show", "silver")
    assert shown.exit_code == 3
    assert "the store is empty" in shown.stderr


def test_sources_tell_terms_hosts_and_credit(filled):
    rows = json.loads(filled("data", "sources", "--json").stdout)["sources"]
    assert [row["provider"] for row in rows] == sorted(providers())
    yahoo = next(row for row in rows if row["provider"] == "yahoo")
    assert yahoo["licence"] == "restricted"
    assert yahoo["agreed_at"]
    assert "silver" in yahoo["series"]
    told = " ".join(filled("data", "sources", "yahoo").stdout.split())
    assert yahoo["consent"] in told
    assert yahoo["hosts"][0] in told


def test_a_folder_goes_in_and_is_tried_without_naming_it(online, market):
    shown = online("data", "import", market)
    assert shown.exit_code == 0, shown.output
    again = json.loads(online("data", "import", market, "--json").stdout)
    assert {each["series"]: each["new"] for each in again["series"]} == {
        "silver": 0,
        "gold": 0,
        "bitcoin": 0,
    }
    stored = json.loads(online("try", "claim.yml", "--json").stdout)
    named = json.loads(online("try", "claim.yml", "--no-save", "--json", data=market).stdout)
    assert stored["evidence"] == named["evidence"]
    assert "import" in online("data", "show", "silver").stdout


def test_a_file_that_cannot_be_read_is_named_and_stops_no_other(online, market, tmp_path):
    folder = tmp_path / "bad"
    folder.mkdir()
    for path in market.iterdir():
        (folder / path.name).write_text(path.read_text())
    (folder / "gold.csv").write_text("date,value\n2020-01-01,1500\n2020-01-02,much\n")
    shown = online("data", "import", folder)
    assert shown.exit_code == 3
    assert "gold.csv: line 3" in shown.stderr
    held = json.loads(online("data", "list", "--json").stdout)["series"]
    assert {each["series"] for each in held} == {"silver", "bitcoin"}


@pytest.mark.parametrize(("name", "said"), [("none", "no such folder"), (".", "no CSV file")])
def test_a_folder_without_series_is_one_message(name, said, online, tmp_path):
    (tmp_path / "claim.yml").unlink()
    shown = online("data", "import", name)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert said in shown.stderr


def test_what_goes_out_is_read_again(filled, tmp_path):
    shown = filled("data", "export", "files", "--json")
    assert shown.exit_code == 0, shown.output
    files = {each["series"]: each for each in json.loads(shown.stdout)["series"]}
    # Coinbase and others keep their prices to themselves, and the index has an owner.
    assert files["bitcoin"]["file"] is None
    assert "does not allow" in files["bitcoin"]["note"]
    assert files["vix"]["file"] is None
    assert files["dgs10"]["file"] == "files/dgs10.csv"
    assert "Left out" in filled("data", "export", "files").stdout
    all_of_it = filled("data", "export", "all", "--i-have-rights", "--json")
    assert all(each["file"] for each in json.loads(all_of_it.stdout)["series"])
    again, back = FolderStore(tmp_path / "all"), filled("data", "import", "all")
    assert back.exit_code == 0, back.stderr
    from leadline.data.database import Database, DatabaseStore

    with Database.open(tmp_path / "home" / "leadline.db") as db:
        store = DatabaseStore(db)
        for name in ("dgs10", "vix", "bitcoin", "m2"):
            mine, theirs = store.series(name), again.series(name)
            assert np.array_equal(mine.period, theirs.period), name
            assert np.array_equal(mine.value, theirs.value)
        # With vintages the instants of knowledge come back, too.
        assert np.array_equal(store.series("m2").known_at, again.series("m2").known_at)


def test_only_what_is_named_goes_out(filled, tmp_path):
    filled("data", "export", "one", "--series", "dgs10")
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["dgs10.csv"]
    shown = filled("data", "export", "one", "--series", "dgs11")
    assert shown.exit_code in (2, 3)
    assert "Did you mean" in shown.stderr


def test_the_doctor_asks_every_provider(online):
    shown = online("doctor", "--online", "--json")
    health = json.loads(shown.stdout)
    assert shown.exit_code == 0, shown.stdout
    states = {each["provider"]: each["state"] for each in health["providers"]}
    assert set(states) == set(providers())
    assert states["fred"] == states["coinmetrics"] == "as expected"
    assert states["yahoo"] == "needs consent"
    assert states["fredapi"] == "needs key"


def test_the_doctor_says_who_does_not_answer(online, replay):
    replay.script_provider("fred", "html_403")
    replay.script_provider("treasury", "html_200")
    shown = online("doctor", "--online")
    assert shown.exit_code == 3
    assert re.search(r"^NOT  fred +blocked +fred: refused", shown.stdout, re.MULTILINE)
    assert re.search(r"^NOT  treasury +unexpected +treasury: ", shown.stdout, re.MULTILINE)
    assert re.search(r"^ok +coinbase +as expected", shown.stdout, re.MULTILINE)
