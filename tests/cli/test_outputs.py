"""Reports and exports: the files a verdict turns into."""

import csv
import json

import pytest


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
