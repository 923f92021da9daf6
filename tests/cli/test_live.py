"""`leadline live`, `diff` and `calls` on a small made-up market."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from cli.followed import ARTICLE, CHANGED, LACKING, STALE, UNCHANGED

from leadline.data.database import Database
from leadline.live.book import Registration, Row
from leadline.live.kept_calls import kept_calls


@pytest.fixture(scope="module")
def desk(trial):
    (trial.folder / "followed.yml").write_text(ARTICLE)
    (trial.folder / "lacking.yml").write_text(ARTICLE + LACKING)
    return trial


def look(desk, *words, as_of=UNCHANGED, what="followed.yml"):
    return desk("live", what, "--as-of", as_of, *words)


def complaint(shown, code=2):
    assert shown.exit_code == code, shown.output
    assert shown.stdout == ""
    assert "Traceback" not in shown.stderr
    return " ".join(shown.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("what", "as_of", "code"),
    [
        ("followed.yml", UNCHANGED, 0),
        ("followed.yml", CHANGED, 10),
        ("followed.yml", STALE, 20),
        ("lacking.yml", UNCHANGED, 3),
        ("lacking.yml", CHANGED, 10),
        ("lacking.yml", STALE, 3),
        ("followed.yml#L2", CHANGED, 0),
        ("followed.yml#L1", CHANGED, 10),
    ],
)
def test_the_exit_code_says_what_happened(what, as_of, code, desk):
    shown = look(desk, "--json", what=what, as_of=as_of)
    assert shown.exit_code == code, shown.output
    document = json.loads(shown.stdout)
    assert (document["document"], document["schema"]) == ("live", 1)
    assert document["as_of"] == as_of
    assert bool(document["changes"]) == (code == 10)
    assert bool(document["stale"]) == (as_of == STALE)
    assert list(document["not_measured"]) == ["followed/L4"] * (what == "lacking.yml")


def test_the_document_holds_the_rows_and_what_was_fixed(desk):
    document = json.loads(look(desk, "--json").stdout)
    rows = [Row.model_validate(row) for row in document["rows"]]
    assert [row.subject for row in rows] == ["followed", *(f"followed/L{n}" for n in (1, 2, 3))]
    registered = {
        ref: Registration.model_validate(each) for ref, each in document["registrations"].items()
    }
    assert list(registered) == ["followed/L1", "followed/L2"]
    assert rows[1].body.registration == registered["followed/L1"].sha256
    assert document["no_clock"] == {"No reading of it could be wrong.": ["L3"]}
    assert document["next_decision"] == "2023-01-02T00:10:00Z"


def test_without_a_day_it_is_the_last_one_of_the_data(desk):
    assert "as known at the end of 31 Dec 2022" in desk("live", "followed.yml").stdout


def test_a_later_look_says_the_same_of_an_earlier_day(desk, market, tmp_path):
    """What came later is not looked at, so that data without it give the same screen."""
    for path in market.iterdir():
        lines = [line for line in path.read_text().splitlines() if line[:10] <= CHANGED]
        (tmp_path / path.name).write_text("\n".join(["date,value", *lines]))
    whole = look(desk, as_of=CHANGED)
    cut = desk("live", "followed.yml", "--as-of", CHANGED, data=tmp_path)
    assert whole.stdout == cut.stdout


@pytest.mark.parametrize("what", ["followed.yml", "lacking.yml", "followed.yml#L1"])
@pytest.mark.parametrize("as_of", [UNCHANGED, CHANGED, STALE])
def test_every_screen_fits_eighty_columns(what, as_of, desk):
    shown = look(desk, what=what, as_of=as_of)
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "\x1b" not in shown.stdout


def test_the_board_says_how_each_claim_stands(desk):
    said = look(desk, as_of=CHANGED).stdout
    assert "What can be followed: 2 of 3 claims" in said
    assert re.search(r"missed +90/90 +holds 6 Dec 2022", said)
    assert "yes  Gold stands above 100" in said
    assert "Changed since 5 Dec 2022\n- L1: " in said
    assert "- L3: No reading of it could be wrong." in said
    assert "no investment advice" in said
    assert "Nothing." in look(desk).stdout


def test_the_board_says_first_in_plain_words_how_things_stand(desk):
    said = " ".join(look(desk).stdout.split())
    assert "1 claim names a mark to be reached by a day: 1 has missed it." in said
    assert "1 claim names no mark: what came since says little of 1. 1 cannot be followed." in said


def test_a_claim_tells_of_all_that_its_exit_code_counts(desk):
    """That data got too old is a change of the article, and is told of each of its claims."""
    for day in ("2023-01-02", "2023-01-03", "2023-01-04", "2023-01-05", "2023-01-06"):
        shown = look(desk, what="followed.yml#L1", as_of=day)
        assert (shown.exit_code == 10) == ("\nNothing.\n" not in shown.stdout)


def test_a_claim_of_the_library_is_followed_to_the_day_of_its_article(desk):
    """S01 reads no series and S29 reads others, and yet they stand beside the rest."""
    days = {
        desk("live", what, "--json").stdout.partition('"as_of": ')[2][:12]
        for what in ("silver-2026/S27", "silver-2026/S01")
    }
    assert len(days) == 1


def test_old_data_and_missing_series_are_said(desk):
    said = look(desk, what="lacking.yml", as_of=STALE).stdout
    assert re.search(r"STALE, older than they should be: .*bitcoin \(31 days\)", said)
    assert "Not measured\n- L4: The store has no copper" in said


def test_a_claim_is_shown_with_its_checkpoints_evidence_and_rules(desk):
    said = look(desk, what="followed.yml#L1").stdout
    for heading in ("Fixed at publication", "Conditions", "Checkpoints", "Evidence", "Rules"):
        assert f"\n{heading}" in said
    assert re.search(r"^ 60 +31 Jul 2022 ", said, re.MULTILINE)
    alone = look(desk, what="followed.yml#L3")
    assert "No reading of it could be wrong." in alone.stdout
    assert alone.exit_code == 0


def test_files_are_written_where_they_are_asked_for(desk, tmp_path):
    shown = look(desk, "--out", tmp_path / "live", "--json", as_of=CHANGED)
    paths = [tmp_path / "live" / name for name in ("live.html", "live.json", "feed.xml")]
    assert [line.removeprefix("Wrote ") for line in shown.stderr.splitlines()] == list(
        map(str, paths)
    )
    assert "<!doctype html>" in paths[0].read_text(encoding="utf-8")[:20]
    assert json.loads(paths[1].read_text(encoding="utf-8")) == json.loads(shown.stdout)
    feed = ET.parse(paths[2]).getroot()  # noqa: S314 - our own file
    assert len(feed.findall("{*}entry")) >= 5


def test_the_page_is_opened_where_that_is_asked_for(desk, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    look(desk, "--open")
    assert opened == [(desk.folder / "out" / "live.html").resolve().as_uri()]


def test_diff_tells_of_every_change_with_its_day_and_reason(desk):
    shown = desk("diff", "2022-06-02", "2022-12-30", "followed.yml")
    assert shown.exit_code == 10
    said = shown.stdout
    assert max(map(len, said.splitlines())) <= 80
    days = re.findall(r"^\d+ \w+ 2022$", said, re.MULTILINE)
    assert {"30 Aug 2022", "6 Dec 2022"} <= set(days)
    assert "did not reach its mark in time" in said
    document = json.loads(desk("diff", "2022-06-02", "2022-12-30", "followed.yml", "--json").stdout)
    assert document["document"] == "diff"
    assert [set(each) for each in document["changes"]] == [
        {"subject", "day", "what", "old", "new", "sentence", "key"}
    ] * len(document["changes"])
    missed = next(each for each in document["changes"] if each["what"] == "resolved")
    assert (missed["day"], missed["new"]) == ("2022-08-30", "miss")


def test_diff_says_where_nothing_changed(desk):
    shown = desk("diff", "2022-12-20", "2022-12-30", "followed.yml")
    assert shown.exit_code == 0
    assert shown.stdout == ("followed.yml: nothing changed from 20 Dec 2022 to 30 Dec 2022.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("2022-08-01", "2022-07-01"), 2, "2022-08-01 is after 2022-07-01"),
        (("2022-08-01", "2022-08-01"), 2, "the day it is compared with"),
        (("2022-05-01", "2022-08-01"), 2, "was published on 2022-06-01"),
        (("2022-08-01", "2023-08-01"), 3, "the last day is 2022-12-31"),
        (("2022-08-01", "2999-08-01"), 2, "has not come yet"),
        (("2022-08-01", "tomorrow"), 2, "'tomorrow' is not a date"),
    ],
)
def test_diff_refuses_days_outside(words, code, said, desk):
    assert said in complaint(desk("diff", *words, "followed.yml"), code)


def test_nothing_is_followed_before_publication(desk):
    said = complaint(look(desk, as_of="2022-06-01"))
    assert "was published on 2022-06-01; as of 2022-06-01 there is nothing to follow" in said


@pytest.mark.parametrize("words", [("live",), ("diff", "2022-08-01", "2022-09-01")], ids=" ".join)
def test_an_empty_store_says_what_to_fetch(words, desk):
    said = complaint(desk(*words, "followed.yml", data=None), code=3)
    assert "of which the store has none" in said
    assert "leadline fetch followed.yml --accept" in said
    assert "leadline fetch" in complaint(desk("calls", data=None), code=3)


def test_a_folder_without_the_series_is_named(desk, tmp_path):
    (tmp_path / "vix.csv").write_text("date,value\n2022-01-03,17.2\n")
    said = complaint(desk("live", "followed.yml", data=tmp_path), code=3)
    assert f"{tmp_path} has none of them" in said


def test_an_unknown_claim_asks_did_you_mean(desk):
    assert "Did you mean 'S32'?" in complaint(desk("live", "silver-2026/S72"))


def test_calls_are_listed_beside_their_base_rate(desk):
    shown = desk("calls", "--as-of", "2022-12-31")
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= 80
    document = json.loads(desk("calls", "--json").stdout)
    assert (document["document"], document["schema"]) == ("scoreboard", 1)
    assert document["as_of"] == "2022-12-31"


def kept(desk):
    with Database.open(desk.folder / "home" / "leadline.db") as db:
        return kept_calls(db)


def test_calls_of_the_store_are_kept_there_and_those_of_a_folder_are_not(desk, market, tmp_path):
    (tmp_path / "followed.yml").write_text(ARTICLE)
    desk = type(desk)(tmp_path, market)
    Database.open(tmp_path / "home" / "leadline.db").close()
    desk("calls", "--as-of", "2022-12-31")
    assert kept(desk) is None
    desk("data", "import", str(market), data=None)
    document = json.loads(desk("calls", "--as-of", "2022-12-31", "--json", data=None).stdout)
    assert kept(desk).to_json() == document
    desk("watch", "followed.yml", "--once", "--no-fetch", "--as-of", "2023-01-01", data=None)
    assert kept(desk).as_of.isoformat() == "2023-01-01"
    desk("calls", "--as-of", "2999-01-01", data=None)
    assert kept(desk).as_of.isoformat() == "2023-01-01"
