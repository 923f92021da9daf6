"""``leadline scan``: what it reads, what it says, what it writes, and how it refuses."""

import json

import numpy as np
import pandas as pd
import pytest

from leadline.worlds.universes import priced

QUICK = ("--max-lag", "15")


@pytest.fixture(scope="module")
def prices(trial):
    """Give a CSV file of twelve series in which a000 leads a005 by 9 days, against it."""
    rng = np.random.default_rng(3)
    moves = rng.standard_normal((700, 12)) / 100 + rng.standard_normal((700, 1)) / 150
    moves[4:, 3] += 0.4 * moves[:-4, 8]
    moves[9:, 5] -= 0.4 * moves[:-9, 0]
    path = trial.folder / "prices.csv"
    priced(moves).rename_axis("date").to_csv(path)
    return path


@pytest.fixture(scope="module")
def scanned(trial, prices):
    shown = trial("scan", prices, *QUICK, "--resamples", "39", "--out", "found", data=None)
    assert shown.exit_code == 0, shown.output
    return shown


def said(shown):
    return " ".join(shown.stdout.split())


def complaint(shown):
    assert shown.exit_code == 2, shown.output
    assert "Traceback" not in shown.output
    return " ".join(shown.stderr.split())


def test_the_screen_says_what_was_found_and_what_to_beware_of(scanned):
    told = said(scanned)
    assert "SCAN of 12 series, 2 Jan 2015 to" in told
    assert "132 pairs were searched" in told
    assert "132 ordered pairs of 12 series, lags of 1 to 15 days" in told
    assert "family-wise at 5 % (step-down, 39 resamples)" in told
    assert "appear again after it" in told
    assert "leader follower lag effect q p of all again beware" in told
    lines = [line.split()[:3] for line in scanned.stdout.splitlines()]
    assert ["a000", "a005", "9"] in lines
    assert ["a008", "a003", "4"] in lines
    assert "A lead is not a cause, and not a trade" in told
    assert "(--factors market)" in told
    assert max(map(len, scanned.stdout.splitlines())) <= 80


def test_the_folder_holds_tables_page_and_pictures(scanned, trial):
    folder = trial.folder / "found"
    table = pd.read_parquet(folder / "leads.parquet")
    pd.testing.assert_frame_equal(
        pd.read_csv(folder / "leads.csv", keep_default_na=False), table, check_dtype=False
    )
    for name in ("network", "heatmap", "leaders"):
        assert f"{folder.name}/{name}.png" in scanned.stderr
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg")
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "Who leads whom among 12 series" in report
    assert report.count("<svg") >= 6
    document = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    assert document["document"] == "scan"
    assert document["n_found"] == len(table[table["q_bh"] <= 0.05])
    assert {(lead["leader"], lead["follower"]) for lead in document["leads"]} >= {
        ("a000", "a005"),
        ("a008", "a003"),
    }


def test_json_is_the_document_that_is_written(scanned, trial, prices):
    assert scanned.exit_code == 0
    again = trial(
        "scan", prices, *QUICK, "--resamples", "39", "--out", "found", "--json", data=None
    )
    written = (trial.folder / "found" / "scan.json").read_text(encoding="utf-8")
    assert json.loads(again.stdout) == json.loads(written)


def test_what_is_finished_is_not_done_again(scanned, trial, prices):
    assert scanned.exit_code == 0
    tiles = sorted((trial.folder / "found" / "tiles").rglob("*.tile"))
    assert tiles
    before = [tile.stat().st_mtime_ns for tile in tiles]
    again = trial("scan", prices, *QUICK, "--resamples", "39", "--out", "found", data=None)
    assert again.stdout == scanned.stdout
    assert [tile.stat().st_mtime_ns for tile in tiles] == before
    other = trial("scan", prices, "--max-lag", "5", "--out", "found", data=None)
    assert "holds another scan: max_lag, resamples differ" in complaint(other)


def test_series_are_named_where_a_store_has_them(trial):
    shown = trial("scan", "silver,gold", "bitcoin", "--max-lag", "5", "--every", "week")
    assert shown.exit_code == 0, shown.output
    assert "6 ordered pairs of 3 series, lags of 1 to 5 weeks" in said(shown)
    assert "Nobody, as far as these data tell: 6 pairs were searched" in said(shown)


def test_a_series_that_was_not_fetched_ends_in_code_3(online):
    shown = online("scan", "silver", "gold")
    assert shown.exit_code == 3
    assert "leadline fetch --series silver,gold" in shown.stderr


def test_what_was_left_out_or_is_not_believed_is_named(trial, prices):
    frame = pd.read_csv(prices)
    frame["late"] = frame["a001"].where(frame.index > 650)
    frame.loc[100:110, "a002"] = 50.0
    frame.loc[300, "a004"] *= 10
    path = trial.folder / "doubtful.csv"
    frame.to_csv(path, index=False)
    told = said(trial("scan", path, *QUICK, data=None))
    assert "Left out: late (late: 49 returns between consecutive days; it takes 115)." in told
    assert "Prices that stood still for days: a002." in told
    assert "Prices that look like misprints: a004." in told


def test_only_some_lead_and_some_follow(trial, prices):
    shown = trial(
        "scan", prices, *QUICK, "--leaders", "a008,a000", "--followers", "a003", data=None
    )
    assert shown.exit_code == 0, shown.output
    assert "2 pairs were searched" in said(shown)
    assert "Who leads on the whole" not in said(shown)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--leaders", "a0O8"), "leaders: no series 'a0O8' takes part. Did you mean 'a008'?"),
        (("--factors", "marked"), "'marked' is no asset here"),
        (("--executor", "clouds"), "There is no executor 'clouds'"),
        (("--leaders", "a001", "--followers", "a001"), "'a001' is the only leader and the only"),
        (("--fdr", "5"), "fdr is 5.0; give a share between 0 and 1"),
        (("--resamples", "5"), "5 resamples cannot reach p = 0.05"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_message(trial, prices, words, told):
    assert told in complaint(trial("scan", prices, *QUICK, *words, data=None))


def test_the_shortest_lag_is_asked_for(trial, prices):
    shown = trial("scan", prices, *QUICK, "--min-lag", "5", "--json", data=None)
    document = json.loads(shown.stdout)
    assert document["settings"]["min_lag"] == 5
    assert min(lead["lag"] for lead in document["leads"]) >= 5


def test_a_slip_does_not_lock_the_folder(trial, prices):
    words = ("scan", prices, *QUICK, "--out", "slip")
    complaint(trial(*words, "--leaders", "a0O8", data=None))
    complaint(trial(*words, "--executor", "clouds", data=None))
    assert not (trial.folder / "slip").exists()
    mended = trial(*words, "--leaders", "a008", data=None)
    assert mended.exit_code == 0, mended.output


def test_files_of_a_folder_that_take_no_part_are_named(trial, prices):
    frame = pd.read_csv(prices)
    folder = trial.folder / "each"
    folder.mkdir()
    for name in ("a000", "a003", "a005"):
        column = "price" if name == "a003" else "value"
        own = frame[["date", name]].rename(columns={name: column})
        own.to_csv(folder / f"{name}.csv", index=False)
    (folder / "about.csv").write_text("file,source\na000,somebody\n")
    shown = trial("scan", folder, *QUICK, "--json", data=None)
    document = json.loads(shown.stdout)
    assert document["assets"] == ["a000", "a003", "a005"]
    assert [left["asset"] for left in document["left_out"]] == ["about"]
    (folder / "a005.csv").write_text((folder / "a005.csv").read_text().replace("date", "day", 1))
    refused = complaint(trial("scan", folder, *QUICK, data=None))
    assert "a005.csv: line 1: expected the header date,value" in refused


def test_prices_that_cannot_be_used_are_named(trial):
    assert "nothing.csv: no such file or folder" in complaint(
        trial("scan", "nothing.csv", data=None)
    )
    path = trial.folder / "wrong.csv"
    path.write_text("date,a,b\n2020-01-01,1,2\n2020-01-02,-1,2\n")
    assert "'a' on 2020-01-02, -1, is not positive" in complaint(trial("scan", path, data=None))


def test_a_pair_is_explained_by_a_whole_trial(trial, prices):
    words = ("scan", "explain", "a000", "a005", "--prices", prices, "--max-lag", "15")
    shown = trial(*words, "--direction", "negative", "--out", "pair", data=None)
    assert shown.exit_code == 0, shown.output
    told = said(shown)
    assert "a005 does the opposite of what a000 did, up to 15 days later." in told
    assert "at 9 observations" in told
    assert "Picked from a scan? Then these odds pay for the lags" in told
    assert max(map(len, shown.stdout.splitlines())) <= 80
    document = json.loads((trial.folder / "pair" / "pair.json").read_text(encoding="utf-8"))
    assert document["evidence"][0]["kind"] == "lag_profile"
    assert document["evidence"][0]["p_value"] <= 0.01
    assert "<svg" in (trial.folder / "pair" / "pair.html").read_text(encoding="utf-8")
    again = trial(*words, "--direction", "negative", "--json", data=None)
    assert json.loads(again.stdout)["seal"] == document["seal"]


def test_a_pair_that_cannot_be_explained_says_why(trial, prices):
    words = ("scan", "explain", "a000", "a05", "--prices", prices)
    assert "There is no series 'a05'" in complaint(trial(*words, data=None))
    assert "--prices or --data, not both" in complaint(trial(*words))
    same = ("scan", "explain", "a000", "a000", "--prices", prices)
    assert "'a000' cannot lead itself" in complaint(trial(*same, data=None))
    path = trial.folder / "short.csv"
    days = pd.bdate_range("2020-01-01", periods=50).strftime("%Y-%m-%d")
    path.write_text(
        "date,a,b\n" + "".join(f"{day},{i % 7 + 1},{i % 5 + 1}\n" for i, day in enumerate(days))
    )
    short = trial("scan", "explain", "a", "b", "--prices", path, data=None)
    assert "common data" in complaint(short)
