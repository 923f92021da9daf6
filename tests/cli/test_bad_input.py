"""Bad input: one clear message each, exit code 2, no traceback."""

import json
import re
import shutil

import pytest


@pytest.fixture
def data(market, tmp_path):
    """Give a copy of the market to spoil."""
    return shutil.copytree(market, tmp_path / "data")


def complaint(shown, code=2):
    """Give the one message, after checking that there is nothing but it."""
    assert shown.exit_code == code, shown.output
    assert shown.stdout == ""
    assert "Traceback" not in shown.stderr
    lines = shown.stderr.splitlines()
    assert lines
    assert all(line.startswith("leadline: ") for line in lines)
    return shown.stderr


def spoil(path, change):
    lines = path.read_text().splitlines()
    change(lines)
    path.write_text("\n".join([*lines, ""]))


def swap(lines):
    lines[10], lines[11] = lines[11], lines[10]


def repeat(lines):
    lines.insert(10, lines[10])


def value(text):
    def change(lines):
        lines[10] = f"{lines[10].partition(',')[0]},{text}"

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swap, "line 12"),
        (repeat, "line 12"),
        (value("0"), "line 11"),
        (value("-3.5"), "line 11"),
        (value("12,5"), "line 11"),
        (value("n/a"), "line 11"),
        (value("much"), "'much'"),
        (value("999999999"), "999"),
        (lambda lines: lines.__setitem__(10, "31.01.2018,20"), "31.01.2018"),
        (lambda lines: lines.clear(), "silver.csv"),
        (lambda lines: lines.__setitem__(0, "<!DOCTYPE html>"), "a web page"),
        (lambda lines: lines.__setitem__(0, "when,what"), "when"),
    ],
    ids=[
        "unsorted dates",
        "repeated date",
        "price of zero",
        "negative price",
        "comma in a number",
        "no value",
        "text in a number",
        "implausible value",
        "date in another form",
        "empty file",
        "a page instead of a table",
        "wrong header",
    ],
)
def test_a_spoilt_file_is_named_with_its_line(change, said, data, trial):
    spoil(data / "silver.csv", change)
    message = complaint(trial("try", "claim.yml", data=data))
    assert "silver.csv" in message
    assert said in message


def test_an_empty_store_says_what_to_run(trial):
    message = complaint(trial("try", "claim.yml", data=None), code=3)
    assert "leadline fetch claim.yml --accept yahoo" in message
    message = complaint(trial("try", "silver-2026", data=None), code=3)
    assert message.splitlines() == [
        "leadline: 30 claims need silver_high, silver, gold, cpi_latest, bitcoin, spx and 21 more, "
        "which the store does not hold.",
        "leadline: Fetch what is missing: leadline fetch silver-2026 --accept yahoo",
        "leadline: No provider has gld_shares, btc_etf_flow. From files of your own: "
        "leadline data import DIR",
    ]


def test_a_folder_that_is_not_there_is_named(trial):
    assert "nowhere" in complaint(trial("try", "claim.yml", data="nowhere"))


def test_a_missing_file_is_named(data, trial):
    (data / "silver.csv").unlink()
    assert "silver.csv" in complaint(trial("try", "claim.yml", data=data), code=3)


def test_a_day_before_the_first_value_is_refused(trial):
    message = complaint(trial("try", "claim.yml", "--as-of", "2012-03-01"), code=3)
    assert "known by 2012-03-01" in message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("leader: silver", "leader: slver", "Did you mean 'silver'?"),
        ("leader: silver", "leadr: silver", "Unknown key 'leadr'. Did you mean 'leader'?"),
        ("kind: lag_profile", "kind: lag_profil", "Did you mean 'lag_profile'?"),
        ("window: {min: 2w, max: 8w}", "window: {min: 8w, max: 2w}", "window"),
        ("window: {min: 2w, max: 8w}", "window: {min: 2w, max: 8 weeks}", "8 weeks"),
        ("n_resamples: 99", "n_resamples: many", "Expected a whole number"),
        ("first_seen: 2022-06-01", "first_seen: soon", "Expected a date"),
        ("id: silver-first", "id: [silver-first", "Not valid YAML"),
        ("publisher: The Example\n", "", "Missing key 'publisher'"),
    ],
    ids=[
        "unknown series",
        "unknown key",
        "unknown kind",
        "empty window",
        "no duration",
        "text in a number",
        "no date",
        "malformed YAML",
        "missing key",
    ],
)
def test_a_spoilt_claim_is_named_with_its_fault(old, new, said, trial, tmp_path):
    path = tmp_path / "spoilt.yml"
    path.write_text((trial.folder / "claim.yml").read_text().replace(old, new, 1))
    message = complaint(trial("try", path))
    assert said in message


def test_an_empty_claim_file_says_so(trial, tmp_path):
    (tmp_path / "empty.yml").write_text("")
    assert "The file is empty" in complaint(trial("try", tmp_path / "empty.yml"))


def test_an_unknown_claim_asks_did_you_mean(trial):
    said = complaint(trial("try", "silver-2026/S72"))
    assert "No claim 'S72' here. Did you mean 'S32'? It has: S01 … S34." in said


def test_a_claim_whose_window_is_longer_than_the_sample_is_heard_as_untestable(trial, tmp_path):
    path = tmp_path / "long.yml"
    path.write_text((trial.folder / "claim.yml").read_text().replace("max: 8w", "max: 9y"))
    shown = trial("try", path, "--no-save")
    assert shown.exit_code == 2
    assert "UNTESTABLE" in shown.stdout
    assert re.fullmatch(r"leadline: silver-first: .*9 years.*\n", shown.stderr)


def test_thirty_observations_are_heard_as_untestable(data, trial):
    for path in data.iterdir():
        spoil(path, lambda lines: lines.__delitem__(slice(31, None)))
    shown = trial("try", "claim.yml", "--no-save", "--json", data=data)
    assert shown.exit_code == 2
    assert json.loads(shown.stdout)["history"]["outcome"] == "untestable"
    assert re.fullmatch(r"leadline: silver-first: 4 weeks of common data.*\n", shown.stderr)


def test_an_article_of_which_something_could_be_heard_is_no_bad_input(trial, tmp_path):
    path = tmp_path / "long.yml"
    path.write_text((trial.folder / "article.yml").read_text().replace("max: 8w", "max: 9y"))
    shown = trial("try", path, "--no-save")
    assert shown.exit_code == 0
    assert "leadline: two/A1: " in shown.stderr


def test_an_unknown_seal_says_where_it_looked(trial):
    assert "No verdict with seal deadbeef" in complaint(trial("verify", "deadbeef"))


def test_a_file_that_is_no_verdict_is_refused(trial, tmp_path):
    (tmp_path / "x.json").write_text("[]")
    assert "Not a verdict document" in complaint(trial("verify", tmp_path / "x.json"))
