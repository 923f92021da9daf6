"""What can be taken along: every figure in every form, and the claim as a whole."""

import csv
import io
import json
import re
import zipfile

import pytest
from web.conftest import HEARD, heard, verdicts
from web.made import NASTY, shelf, text

from leadline import archive
from leadline.claim import load_article
from leadline.report import files, views
from leadline.web.downloads import links
from leadline.web.views import claims

CLAIM = ("silver-2026", "S27")
STARTS = {"svg": b"<svg", "png": b"\x89PNG", "csv": b"", "json": b"{", "zip": b"PK"}


def taken(shelf, figure, form, dark=""):
    """Give one file of S27."""
    return claims.figure(shelf, *CLAIM, figure, form, dark)


@pytest.mark.parametrize("form", STARTS)
def test_a_figure_comes_in_every_form(shelf, form):
    printed = taken(shelf, "power", form)
    assert printed.media == files.MEDIA[form]
    assert printed.filename == f"S27-power.{form}"
    assert printed.body.startswith(STARTS[form])


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_picture_comes_light_or_dark(shelf, form):
    light, dark = taken(shelf, "power", form), taken(shelf, "power", form, "1")
    assert light.body != dark.body
    assert dark.filename == f"S27-power-dark.{form}"


def test_a_figure_that_can_be_explored_gives_its_specification(shelf):
    assert "/vega/" in json.loads(taken(shelf, "power", "vega").body)["$schema"]


@pytest.mark.parametrize(
    ("figure", "form"),
    [("power", "exe"), ("power", ""), ("../power", "svg"), ("no_such", "csv"), ("", "csv"),
     ("episodes", "vega")],
)  # fmt: skip
def test_other_names_give_nothing(shelf, figure, form):
    assert taken(shelf, figure, form) is None


def test_of_what_was_not_heard_there_is_nothing_to_take(shelf):
    assert claims.figure(shelf, "silver-2026", "S08", "power", "csv", "") is None
    for view in (claims.everything, claims.receipt, claims.review, claims.bibtex, claims.csl):
        assert view(shelf, "silver-2026", "S08") is None
        assert view(shelf, "silver-2026", "S99") is None


@pytest.fixture(scope="module")
def told(shelf):
    """Give the page of S27."""
    return text(claims.claim(shelf, *CLAIM))


def test_every_link_below_a_figure_leads_to_a_file(shelf, told):
    linked = re.findall(r'href="/articles/silver-2026/S27/([^"./]+)\.csv"', told)
    drawn = re.findall(r'<figure id="([^"]+)"', told)
    assert linked == drawn
    assert all(taken(shelf, name, "csv") is not None for name in linked)


def test_a_link_says_format_and_picture(told):
    label = re.search(r'S27/power\.csv" aria-label="([^"]+)" download>CSV</a>', told)[1]
    assert label.startswith("CSV: ")
    assert len(label) > 10


def test_tables_hold_what_is_drawn(shelf):
    rows = list(csv.reader(io.StringIO(taken(shelf, "power", "csv").body.decode())))
    assert len(rows) > 2
    assert len({len(row) for row in rows}) == 1


def test_numbers_carry_their_seal_licence_and_caveats(shelf):
    document = json.loads(taken(shelf, "power", "json").body)
    verdict = shelf.sealed(document["seal"])
    assert document["document"] == "exhibit"
    assert document["caveats"] == list(verdict.caveats)
    assert document["licence"] == {row["id"]: row["source"] for row in verdict.data}
    assert document["exhibit"]["name"] == "power"


def test_an_archive_of_a_figure_holds_every_form_and_says_what_it_is(shelf):
    packed = zipfile.ZipFile(io.BytesIO(taken(shelf, "overlay", "zip").body))
    assert set(packed.namelist()) == {
        "overlay.svg", "overlay.png", "overlay-dark.svg", "overlay-dark.png", "overlay.csv",
        "overlay-shifts.csv", "overlay.json", "README.txt",
    }  # fmt: skip
    readme = packed.read("README.txt").decode()
    assert "Seal: " in readme
    assert "no investment advice" in readme


def test_the_same_archive_is_the_same_bytes(shelf):
    assert taken(shelf, "placebos", "zip").body == taken(shelf, "placebos", "zip").body


def test_a_claim_comes_whole(shelf):
    printed = claims.everything(shelf, "silver-2026", "S01")
    packed = zipfile.ZipFile(io.BytesIO(printed.body))
    verdict = shelf.verdict(load_article("silver-2026").claim("S01"))
    names = set(packed.namelist())
    assert {"README.txt", "verdict.json", "review.jsonld", "cite.bib", "cite.json"} <= names
    for name in views.exhibits(verdict):
        assert {f"figures/{name}.{form}" for form in ("svg", "csv", "json")} <= names
    assert packed.read("verdict.json").decode() == archive.dumps(verdict)
    assert printed.filename == f"silver-2026-S01-{verdict.seal[:12]}.zip"


def test_the_sealed_document_verifies(shelf, tmp_path):
    for name in HEARD:
        path = tmp_path / f"{name}.json"
        path.write_bytes(claims.receipt(shelf, "silver-2026", name).body)
        assert archive.load(path).claim.id == f"silver-2026/{name}"


def test_an_older_verdict_gives_its_own_files(shelf):
    older = next(v for v in verdicts() if v.as_of.isoformat() == "2026-05-01")
    document = json.loads(claims.figure_of_seal(shelf, older.seal[:10], "power", "json", "").body)
    assert document["seal"] == older.seal
    assert json.loads(claims.receipt_of_seal(shelf, older.seal).body)["seal"] == older.seal
    assert claims.figure_of_seal(shelf, "0" * 64, "power", "json", "") is None
    assert claims.receipt_of_seal(shelf, "0" * 64) is None


def test_citations_name_the_seal(shelf):
    seal = shelf.verdict(load_article("silver-2026").claim("S27")).seal
    assert seal in claims.bibtex(shelf, *CLAIM).body.decode()
    cited = json.loads(claims.csl(shelf, *CLAIM).body)
    assert seal in cited[0]["note"]
    assert cited[0]["issued"]["date-parts"] == [[2026, 8, 21]]


def test_the_review_is_json_ld(shelf):
    printed = claims.review(shelf, *CLAIM)
    assert printed.media == "application/ld+json"
    assert json.loads(printed.body)["@graph"][0]["@type"] == "ClaimReview"


def test_names_of_files_are_names_of_files(tmp_path):
    """A document may come from anywhere, and so may the names in it."""
    bad = heard(load_article("silver-2026").claim("S01"))
    first = bad.evidence[0]
    name = '../../evil"; filename=x\r\n.svg'
    shown = first.exhibits[1].model_copy(update={"name": name, "title": NASTY})
    evidence = (first.model_copy(update={"exhibits": (shown,)}),)
    bad = archive.sealed(bad.model_copy(update={"evidence": evidence}))
    hostile = shelf(tmp_path, verdicts=[bad])
    printed = claims.figure(hostile, "silver-2026", "S01", name, "csv", "")
    assert re.fullmatch(r"[A-Za-z0-9._-]+", printed.filename)
    whole = zipfile.ZipFile(io.BytesIO(claims.everything(hostile, "silver-2026", "S01").body))
    assert all(re.fullmatch(r"(figures/)?[A-Za-z0-9._-]+", each) for each in whole.namelist())
    assert not any(".." in each for each in whole.namelist())
    told = str(links("/x")(views.figure(shown, name)))
    assert "<script>" not in told
    assert told.count('"') == 2 * told.count('="')
    hostile.close()


def test_downloads_come_as_files(client):
    answer = client.get("/articles/silver-2026/S27/power.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "S27-power.csv" in answer.headers["content-disposition"]
    assert answer.headers["content-type"].startswith("text/csv")
