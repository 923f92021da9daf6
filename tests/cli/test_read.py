"""`leadline read`: a text of the user's, sentence by sentence, with outcomes and no trace left."""

import json
import re
from html.parser import HTMLParser

import pytest
from cli.conftest import ARTICLE, CLAIM, Desk

from leadline.annotate import digest

QUOTED = "Bitcoin simply trails the metal by a few weeks."
TEXT = f"""\
Silver and Bitcoin

{QUOTED} Nobody told my neighbour Quincy about it. In such markets timing matters a lot, of course.

Rain is on its way <script>alert("x")</script> & so is wind.
"""
SECRET = ("Quincy", "neighbour", "trails the metal")


@pytest.fixture(scope="module")
def desk(market, tmp_path_factory):
    """Give the command line with an article that knows one sentence by its hash, one by words."""
    folder = tmp_path_factory.mktemp("reading")
    article = ARTICLE.replace(
        "  type: pattern", f"  quotes: [{digest(QUOTED)}]\n  type: pattern"
    ).replace("  type: hedge", "  cues: [timing matters in markets]\n  type: hedge")
    (folder / "article.yml").write_text(article)
    (folder / "claim.yml").write_text(CLAIM)
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    return Desk(folder, market)


@pytest.fixture(scope="module")
def unheard(desk):
    return desk("read", "text.txt", "--article", "article.yml", data=None)


@pytest.fixture(scope="module")
def heard(desk):
    """Read with data and a page; nothing is in the archive before or after."""
    return desk("read", "text.txt", "--article", "article.yml", "--out", "deep/page.html")


class Page(HTMLParser):
    """What a browser would find."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.marks, self.tags, self.said = [], [], [], [], []
        self._marking = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "mark":
            self._marking = True
            self.marks.append((values["class"], ""))

    def handle_endtag(self, tag):
        if tag == "mark":
            self._marking = False

    def handle_data(self, data):
        self.said.append(data)
        if self._marking:
            tone, said = self.marks[-1]
            self.marks[-1] = (tone, said + data)


@pytest.fixture(scope="module")
def page(desk, heard):
    assert heard.exit_code == 0, heard.stderr
    text = (desk.folder / "deep" / "page.html").read_text("utf-8")
    return text, Page(text)


def test_each_sentence_has_its_tag_within_80_columns(unheard):
    assert unheard.exit_code == 0
    assert "2 of 4 sentences state a claim of two; 2 of its 2 claims are stated." in unheard.stdout
    lines = unheard.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    at = next(i for i, line in enumerate(lines) if QUOTED in line)
    assert lines[at + 1].startswith("    > [..] NOT HEARD YET  A1: Bitcoin follows silver")
    assert "(by its words)" in unheard.stdout
    assert any("Quincy" in line for line in lines)
    assert "gives no investment advice" in " ".join(unheard.stdout.split())


def test_what_was_not_heard_says_how_to_hear_it(unheard):
    told = " ".join(unheard.stdout.split())
    assert "`leadline try two`" in told


def test_with_data_the_claims_are_heard(heard):
    assert heard.exit_code == 0
    assert "NOT HEARD YET" not in heard.stdout
    assert "[/] UNTESTABLE  A2: Timing matters" in heard.stdout
    assert re.search(r"\[\S+\] [A-Z ]+  A1: Bitcoin follows silver", heard.stdout)
    assert "Wrote deep/page.html" in heard.stderr


def test_reading_keeps_nothing_of_the_text(desk, unheard, heard):
    assert unheard.exit_code == heard.exit_code == 0
    assert not (desk.folder / "home").exists()
    kept = {path.name for path in desk.folder.rglob("*") if path.is_file()}
    assert kept == {"article.yml", "claim.yml", "text.txt", "page.html"}
    for result in (unheard, heard):
        assert not any(word in result.stderr for word in SECRET)


def test_the_archive_is_asked_first(market, tmp_path):
    own = Desk(tmp_path, market)
    for name, text in (("article.yml", ARTICLE), ("text.txt", "Bitcoin follows silver by weeks.")):
        (tmp_path / name).write_text(text)
    assert own("try", "article.yml").exit_code == 0
    result = own("read", "text.txt", "--article", "article.yml", data=None)
    assert "NOT HEARD YET" not in result.stdout
    assert "A1: Bitcoin follows silver" in " ".join(result.stdout.split())
    # A verdict on another wording is not one on this.
    (tmp_path / "article.yml").write_text(ARTICLE.replace("a lag of weeks", "a lag of months"))
    again = own("read", "text.txt", "--article", "article.yml", data=None)
    assert "NOT HEARD YET" in again.stdout


def test_the_document_holds_places_and_no_words(desk):
    result = desk("read", "text.txt", "--article", "article.yml", "--json", data=None)
    document = json.loads(result.stdout)
    assert document["document"] == "reading"
    assert document["schema"] == 1
    assert (document["n_sentences"], document["n_marked"]) == (4, 2)
    first = document["sentences"][1]
    assert TEXT[first["start"] : first["end"]] == QUOTED
    assert (first["claims"], first["how"], first["score"]) == (["A1"], "quote", 1.0)
    assert document["sentences"][0]["heading"]
    assert {claim["id"]: claim["outcome"] for claim in document["claims"]} == {
        "two/A1": None,
        "two/A2": None,
    }
    assert not any(word in result.stdout for word in SECRET)


def test_the_document_has_the_outcomes(desk):
    result = desk("read", "text.txt", "--article", "article.yml", "--json")
    claims = {claim["id"]: claim for claim in json.loads(result.stdout)["claims"]}
    assert claims["two/A2"]["outcome"] == "untestable"
    assert re.fullmatch("[0-9a-f]{64}", claims["two/A1"]["seal"])


def test_the_page_marks_what_is_stated_and_nothing_else(page):
    text, found = page
    assert [said for _, said in found.marks] == [
        QUOTED,
        "In such markets timing matters a lot, of course.",
    ]
    assert all(tone in {"for", "against", "open", "mixed"} for tone, _ in found.marks)
    assert "Untestable" in text
    assert "no investment advice" in text


def test_the_page_shows_the_text_whole_and_harmless(page):
    text, found = page
    assert '<script>alert("x")' not in text
    assert 'alert("x")' in "".join(found.said)
    shown = " ".join("".join(found.said).split())
    assert "Nobody told my neighbour Quincy about it." in shown
    assert "& so is wind." in shown


def test_every_link_of_the_page_leads_somewhere(page):
    _, found = page
    assert len(found.ids) == len(set(found.ids))
    inside = [link[1:] for link in found.links if link.startswith("#")]
    assert {"A1", "A2"} <= set(inside)
    assert set(inside) <= set(found.ids)
    assert not any(link.startswith("http") for link in found.links)


def test_the_page_works_without_scripts_and_loads_nothing(page):
    text, found = page
    assert not {"img", "iframe", "link", "object"} & set(found.tags)
    assert "script-src 'sha256-" in text
    assert "url(" not in text


def test_claims_that_the_text_leaves_out_are_listed(desk):
    (desk.folder / "one.txt").write_text(QUOTED)
    result = desk("read", "one.txt", "--article", "article.yml", "--out", "one.html", data=None)
    assert "1 of its 2 claims are stated" in " ".join(result.stdout.split())
    text = (desk.folder / "one.html").read_text("utf-8")
    assert "Claims of the article that this text does not state" in text
    assert "not heard yet" in text
    assert "leadline try two/A1" in text


def test_a_text_that_states_nothing_is_no_error(desk):
    (desk.folder / "rain.txt").write_text("Rain is on its way. So is wind.")
    for options in ((), ("--out", "rain.html"), ("--json",)):
        for data in (None, "market"):
            result = desk("read", "rain.txt", "--article", "article.yml", *options, data=data)
            assert result.exit_code == 0
    assert Page((desk.folder / "rain.html").read_text("utf-8")).marks == []


def test_standard_input_and_a_single_claim_will_do(desk):
    from typer.testing import CliRunner

    from leadline.cli import app

    words = ["read", "-", "--article", str(desk.folder / "claim.yml"), "--json"]
    result = CliRunner().invoke(app, words, input="Bitcoin follows silver by weeks, they say.\r\n")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["sentences"][0]["claims"] == ["silver-first"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "bad.txt: empty; there is nothing to read."),
        (b" \n\t\xc2\xa0\n", "bad.txt: empty"),
        (b"Silver\x00rose", "bad.txt: holds zero bytes"),
        (b"Silver \xff\xfe rose", "bad.txt: not text in UTF-8 (byte 8)"),
        (b"\xff\xfeS\x00i\x00", "bad.txt: not text in UTF-8 (byte 1)"),
        (b"%PDF-1.7 and so on", "bad.txt: a PDF, RTF or office file"),
        (b"PK\x03\x04 and so on", "bad.txt: a PDF, RTF or office file"),
        (b"<!DOCTYPE html><title>Silver</title>", "bad.txt: HTML, not text"),
        (b"<p>One.</p><p>Two.</p><p>Three.</p>", "bad.txt: HTML, not text"),
        (b"silver " * 150_000, "bad.txt: more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_text_is_called_by_its_name(desk, content, fault):
    (desk.folder / "bad.txt").write_bytes(content)
    result = desk("read", "bad.txt", "--article", "article.yml", data=None)
    (desk.folder / "bad.txt").unlink()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"leadline: {fault}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("text.txt",), "Name the article to look for with --article. The library has: "),
        (("text.txt", "--article", "silver-2025"), "Did you mean 'silver-2026'?"),
        (("text.txt", "--article", "silver-2026/S27"), "is one claim. Name its article"),
        (("text.txt", "--article", "article.yaml"), "article.yaml: No such file."),
        (("no.txt", "--article", "article.yml"), "no.txt: No such file."),
        ((".", "--article", "article.yml"), ".: Is a folder, expected a text file."),
        (("text.txt", "--article", "article.yml", "--as-of", "soon"), "is not a date"),
    ],
)
def test_what_cannot_be_found_is_said(desk, words, fault):
    result = desk("read", *words, data=None)
    assert result.exit_code == 2
    assert fault in " ".join(result.stderr.split())
