"""Reports and exports: the files a verdict turns into."""

import csv
import json

import pytest
from cli.followed import ARTICLE


@pytest.fixture(scope="module")
def kept(trial):
    """Give the seal of a verdict that is in the archive."""
    return json.loads(trial("try", "claim.yml", "--json").stdout)["seal"]


def test_report_writes_one_page_and_says_where(kept, trial):
    shown = trial("report", kept[:12], data=None)
    assert shown.stdout == "out/silver-first.html\n"
    page = (trial.folder / "out" / "silver-first.html").read_text()
    assert "Bitcoin follows silver with a lag of weeks" in page
    assert kept[:8] in page


def test_report_hears_an_article_where_data_are_given(trial):
    shown = trial("report", "article.yml", "--out", "papers/two.html", "--json")
    assert json.loads(shown.stdout)["files"] == ["papers/two.html"]
    assert 'id="A1"' in (trial.folder / "papers" / "two.html").read_text()


def test_report_opens_the_browser_when_asked(kept, trial, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    trial("report", kept, "--open", data=None)
    assert opened == [(trial.folder / "out" / "silver-first.html").as_uri()]


@pytest.fixture(scope="module")
def followed(trial):
    (trial.folder / "followed.yml").write_text(ARTICLE)
    return trial


def test_a_report_shows_what_the_ledger_holds(followed):
    """Without a ledger no picture of it, with one those of the claim, and of the article."""

    def ids(what, *words):
        shown = followed("report", what, "--out", "since.html", *words, data=None)
        assert shown.exit_code == 0, shown.output
        page = (followed.folder / "since.html").read_text()
        return {name for name in ("followed-states", "followed-path") if f'id="{name}"' in page}

    followed("try", "followed.yml#L1")
    assert ids("followed.yml#L1") == set()
    assert followed("watch", "followed.yml", "--once", "--as-of", "2022-12-31").exit_code == 10
    assert ids("followed.yml#L1") == {"followed-states", "followed-path"}
    # Worded otherwise, it is another claim.
    (followed.folder / "other.yml").write_text(ARTICLE.replace("a tenth higher", "higher"))
    followed("try", "other.yml#L1")
    assert ids("other.yml#L1") == set()


def test_a_report_follows_the_claim_where_that_is_asked_for(followed):
    shown = followed("report", "followed.yml", "--live", "--pages", "--out", "since/followed.html")
    assert shown.exit_code == 0, shown.output
    whole = (followed.folder / "since" / "followed.html").read_text()
    claim = (followed.folder / "since" / "followed" / "L1.html").read_text()
    assert 'id="followed-standing"' in whole
    assert 'id="followed-path"' in claim
    early = followed("report", "followed.yml#L1", "--live", "--as-of", "2022-05-01")
    assert early.exit_code == 2
    assert "there is nothing to follow yet" in early.stderr


@pytest.mark.parametrize("form", ["csv", "json", "svg", "png"])
def test_export_writes_every_exhibit(form, kept, trial):
    shown = trial("export", kept, "--format", form, "--out", form, data=None)
    assert shown.exit_code == 0, shown.output
    paths = [trial.folder / line for line in shown.stdout.splitlines()]
    evidence = json.loads(trial("why", kept, "--json", data=None).stdout)["evidence"][0]
    names = [f"silver-first-1-lag_profile-{each['name']}.{form}" for each in evidence["exhibits"]]
    assert [path.name for path in paths] == names
    start = {"csv": b"", "json": b"{", "svg": b"<svg", "png": b"\x89PNG"}[form]
    assert all(path.read_bytes().startswith(start) and path.stat().st_size > 20 for path in paths)


def test_exported_numbers_carry_their_seal_and_caveats(kept, trial):
    trial("export", kept, "--format", "json", "--out", "numbers", data=None)
    document = json.loads(next((trial.folder / "numbers").glob("*-power.json")).read_text())
    assert document["document"] == "exhibit"
    assert document["seal"] == kept
    assert document["caveats"]
    assert document["exhibit"]["name"] == "power"


def test_exported_tables_are_tables(kept, trial):
    trial("export", kept, "--out", "tables", data=None)
    for path in (trial.folder / "tables").glob("*.csv"):
        rows = list(csv.reader(path.read_text().splitlines()))
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1


def test_json_ld_describes_the_verdict_as_a_whole(kept, trial):
    shown = trial("export", kept, "--format", "jsonld", "--out", "ld", "--json", data=None)
    assert json.loads(shown.stdout)["files"] == ["ld/silver-first.jsonld"]
    assert "ClaimReview" in (trial.folder / "ld" / "silver-first.jsonld").read_text()


def test_a_picture_on_dark_paper_is_another_picture(kept, trial):
    for words in (("--out", "light"), ("--out", "dark", "--dark")):
        trial("export", kept, "--format", "svg", *words, data=None)
    light, dark = (min((trial.folder / name).iterdir()) for name in ("light", "dark"))
    assert light.name == dark.name
    assert light.read_text() != dark.read_text()


def test_an_unknown_format_lists_the_known_ones(kept, trial):
    shown = trial("export", kept, "--format", "pdf", data=None)
    assert shown.exit_code == 2
    assert "csv" in shown.stderr
    assert "jsonld" in shown.stderr


def test_a_folder_that_cannot_be_made_is_one_message(kept, trial):
    (trial.folder / "taken").write_text("a file")
    shown = trial("export", kept, "--out", "taken/below", data=None)
    assert shown.exit_code == 2
    assert shown.stderr.startswith("leadline: taken")
    assert len(shown.stderr.splitlines()) == 1
