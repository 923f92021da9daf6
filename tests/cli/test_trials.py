"""A claim goes in at the command line; a verdict comes out, is kept, explained and verified."""

import json

import pytest

from leadline import demo
from leadline.evidence import kinds


@pytest.fixture(scope="module")
def heard(trial):
    """Give what `leadline try claim.yml --json` left behind."""
    return trial("try", "claim.yml", "--json", "--out", "out")


def test_try_prints_one_verdict_document_and_nothing_else(heard):
    assert heard.exit_code == 0, heard.output
    document = json.loads(heard.stdout)
    assert document["document"] == "verdict"
    assert document["schema"] == 1
    assert document["claim"]["id"] == "silver-first"
    assert document["evidence"][0]["kind"] == "lag_profile"


def test_try_shows_the_first_screen(trial):
    shown = trial("try", "claim.yml", "--no-save")
    assert shown.exit_code == 0
    assert "HISTORY" in shown.stdout
    assert "seal" in shown.stdout
    assert "No investment advice." in shown.stdout
    assert "2022-12-30  rule      file  silver (stale), gold (stale)" in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80
    assert "\x1b" not in shown.stdout


def test_two_trials_give_the_same_bytes_but_for_the_time(heard, trial):
    again = trial("try", "claim.yml", "--json", "--no-save")
    first, second = (json.loads(shown.stdout) for shown in (heard, again))
    first["made_by"].pop("at")
    second["made_by"].pop("at")
    assert json.dumps(first) == json.dumps(second)


def test_an_earlier_day_gives_the_verdict_of_that_day(trial):
    shown = trial("try", "claim.yml", "--json", "--no-save", "--as-of", "2021-12-31")
    document = json.loads(shown.stdout)
    assert document["as_of"] == "2021-12-31"
    assert document["history"]["data_until"] == "2021-12-31"


def test_try_writes_document_and_report(heard, trial):
    assert "Wrote out/silver-first.json" in heard.stderr
    assert (trial.folder / "out" / "silver-first.json").read_text() == heard.stdout
    assert (
        "<!doctype html>" in (trial.folder / "out" / "silver-first.html").read_text()[:100].lower()
    )


def test_an_article_gives_one_document_with_every_verdict(trial):
    shown = trial("try", "article.yml", "--json", "--no-save")
    document = json.loads(shown.stdout)
    assert (document["document"], document["schema"]) == ("article", 1)
    assert document["article"]["id"] == "two"
    assert [each["claim"]["id"] for each in document["verdicts"]] == ["two/A1", "two/A2"]


def test_an_article_shows_its_scoreboard(trial):
    shown = trial("try", "article.yml", "--no-save")
    assert shown.exit_code == 0
    assert "A1" in shown.stdout
    assert "UNTESTABLE" in shown.stdout.upper()
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80


def test_why_recalls_the_archived_verdict(heard, trial):
    seal = json.loads(heard.stdout)["seal"]
    by_claim, by_seal = trial("why", "claim.yml", data=None), trial("why", seal[:12], data=None)
    assert by_claim.exit_code == 0
    assert by_claim.stdout == by_seal.stdout
    assert kinds()["lag_profile"].null in " ".join(by_claim.stdout.split())


def test_why_hears_where_data_are_given(trial):
    shown = trial("why", "claim.yml", "--as-of", "2021-06-30", "--json")
    assert json.loads(shown.stdout)["as_of"] == "2021-06-30"


def test_verify_recomputes_digit_for_digit(heard, trial):
    seal = json.loads(heard.stdout)["seal"]
    for name in (seal, "out/silver-first.json", "claim.yml"):
        shown = trial("verify", name)
        assert shown.exit_code == 0
        assert "Verified, digit for digit: silver-first" in shown.stdout
        assert seal in shown.stdout


def test_verify_fails_with_code_30_where_the_data_changed(heard, trial, market, tmp_path):
    for path in market.iterdir():
        text = path.read_text()
        if path.name == "silver.csv":
            first = text.splitlines()[500]
            day, value = first.split(",")
            text = text.replace(first, f"{day},{float(value) * 1.01:.4f}")
        (tmp_path / path.name).write_text(text)
    seal = json.loads(heard.stdout)["seal"]
    shown = trial("verify", seal, data=tmp_path)
    assert shown.exit_code == 30
    assert "NOT verified" in shown.stdout
    assert "evidence[0].p_value: archived" in shown.stdout or "made_by.panel" in shown.stdout
    as_json = json.loads(trial("verify", seal, "--json", data=tmp_path).stdout)
    assert as_json["verified"] is False
    (verdict,) = as_json["verdicts"]
    assert verdict["recomputed_seal"] != verdict["seal"] == seal
    assert any(line.startswith("made_by.panel: ") for line in verdict["differences"])


def test_verify_fails_with_code_30_where_the_document_was_altered(heard, trial, tmp_path):
    altered = tmp_path / "altered.json"
    altered.write_text(heard.stdout.replace("Bitcoin follows", "Bitcoin leads"))
    shown = trial("verify", altered)
    assert shown.exit_code == 30
    assert "Altered since it was sealed" in shown.stderr


def test_what_is_not_in_the_archive_is_heard(trial):
    shown = trial("why", "article.yml#A2", data=None)
    assert shown.exit_code == 0
    assert "UNTESTABLE" in shown.stdout


def test_an_edited_claim_does_not_get_the_old_verdict(heard, trial, tmp_path):
    assert heard.exit_code == 0
    edited = tmp_path / "edited.yml"
    edited.write_text((trial.folder / "claim.yml").read_text().replace("weeks", "many weeks"))
    shown = trial("why", edited, data=None)
    assert shown.exit_code == 3
    assert "silver-first needs silver, bitcoin, gold" in shown.stderr


def test_only_what_was_heard_can_be_verified(trial):
    shown = trial("verify", "article.yml#A2")
    assert shown.exit_code == 2
    assert shown.stderr == (
        "leadline: The archive has no verdict on article.yml#A2. "
        "Hear it: leadline try article.yml#A2\n"
    )


@pytest.fixture(scope="module")
def result(trial):
    """Give the demo, run once."""
    return demo.demo(trial.folder / "shown")


def test_the_demo_shows_verdict_beside_truth_and_ends_with_the_report(result, trial, monkeypatch):
    monkeypatch.setattr(demo, "demo", lambda *_: result)
    shown = trial("demo", "--out", "shown", data=None)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.count(" truth ") == 2
    assert "SUPPORTED" in shown.stdout
    *words, last = shown.stdout.splitlines()
    assert max(len(line) for line in words) <= 80
    assert last == f"Report: {result.report}"
    assert result.report.read_text().startswith("<!")


def test_the_demo_gives_one_document(result, trial, monkeypatch):
    monkeypatch.setattr(demo, "demo", lambda *_: result)
    document = json.loads(trial("demo", "--json", data=None).stdout)
    assert (document["document"], document["schema"]) == ("demo", 1)
    assert [set(market) for market in document["markets"]] == [{"world", "truth", "verdict"}] * 2
