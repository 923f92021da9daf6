"""Lists and checks: claims, doctor."""

import json

import pytest
from cli.conftest import Desk

from leadline.claim import library


def test_claims_lists_the_whole_library(trial):
    shown = trial("claims", data=None)
    assert shown.exit_code == 0
    for article in library():
        assert article.id in shown.stdout
        assert all(f"  {claim.id} " in shown.stdout for claim in article.claims)
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80


def test_claims_lists_one_article(trial):
    shown = trial("claims", "article.yml", data=None)
    assert "Two things at once" in shown.stdout
    assert "silver-2026" not in shown.stdout


def test_claims_gives_the_articles_in_full_as_json(trial):
    document = json.loads(trial("claims", "silver-2026", "--json", data=None).stdout)
    assert (document["document"], document["schema"]) == ("claims", 1)
    (article,) = document["articles"]
    assert [claim["id"] for claim in article["claims"]] == [f"S{n:02d}" for n in range(1, 35)]


def test_an_unknown_article_asks_did_you_mean(trial):
    shown = trial("claims", "silver-2025", data=None)
    assert shown.exit_code == 2
    assert "Did you mean 'silver-2026'?" in shown.stderr


def test_the_doctor_finds_everything_in_its_place(trial):
    shown = trial("doctor", "--json")
    health = json.loads(shown.stdout)
    assert shown.exit_code == 0, shown.stdout
    assert health["ok"]
    assert {"python", "numpy", "linear algebra", "store", "data folder", "clock"} <= {
        check["what"] for check in health["checks"]
    }
    bitcoin = next(held for held in health["data"] if held["series"] == "bitcoin")
    assert (bitcoin["n_obs"], bitcoin["last"]) == (1826, "2022-12-31")
    assert bitcoin["stale"]


def test_the_doctor_fits_eighty_columns(trial):
    shown = trial("doctor")
    assert "bitcoin" in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80


def test_what_the_doctor_cannot_read_ends_in_code_3(trial, market, tmp_path):
    for path in market.iterdir():
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "gold.csv").write_text("date,value\n2020-01-01,1500\n2020-01-02,much\n")
    shown = trial("doctor", data=tmp_path)
    assert shown.exit_code == 3
    assert "NOT  gold" in shown.stdout
    assert "line 3" in " ".join(shown.stdout.split())


def test_a_missing_data_folder_ends_in_code_3(trial):
    shown = trial("doctor", data="nowhere")
    assert shown.exit_code == 3
    assert "NOT  data folder" in shown.stdout


def test_looking_makes_no_store(market, tmp_path):
    shown = Desk(tmp_path, market)("doctor", data=None)
    assert "Fill it: leadline fetch silver-2026" in " ".join(shown.stdout.split())
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("what", ["a file", "no rights"])
def test_a_store_that_cannot_be_written_ends_in_code_3(what, market, tmp_path, monkeypatch):
    if what == "a file":
        (tmp_path / "home").write_text("")
    else:
        monkeypatch.setattr("os.access", lambda *_: False)
    shown = Desk(tmp_path, market)("doctor", data=None)
    assert shown.exit_code == 3
    assert "Set LEADLINE_HOME." in " ".join(shown.stdout.split())


def test_data_from_the_future_accuse_the_clock(trial, tmp_path):
    (tmp_path / "silver.csv").write_text("date,value\n2199-01-01,20\n2199-01-02,21\n")
    shown = trial("doctor", data=tmp_path)
    assert shown.exit_code == 3
    assert "before the last day of silver" in " ".join(shown.stdout.split())
