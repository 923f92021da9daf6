"""The feed: valid Atom, the same for the same changes, whatever stands in a sentence."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import sample

from leadline.data.database import Database
from leadline.live import feed, ledger
from leadline.live.alerts import NEWEST, recent
from leadline.live.changes import Change
from leadline.report import plain

SPACE = {"a": feed.ATOM}
START = date(2026, 1, 5)


def change(number=0, sentence="It turned.", what="state"):
    return Change(
        subject="made-up/A1",
        day=START + timedelta(days=number),
        what=what,
        old="on_course",
        new="hit",
        sentence=sentence,
        key=f"{number:064x}",
    )


def made(*changes):
    return feed.atom("made-up", "Silver rises", START, changes)


def parsed(text):
    return ET.fromstring(text)  # noqa: S314  (our own)


def texts(node, tag):
    return [each.text for each in node.findall(f"a:{tag}", SPACE)]


def test_a_feed_has_what_atom_demands():
    root = parsed(made(change(3)))
    assert root.tag == f"{{{feed.ATOM}}}feed"
    assert texts(root, "title") == ["Silver rises"]
    assert root.find("a:author/a:name", SPACE).text == "Leadline"
    # The decision of a day is taken ten minutes after its end.
    assert texts(root, "updated") == ["2026-01-09T00:10:00Z"]
    (entry,) = root.findall("a:entry", SPACE)
    assert texts(entry, "updated") == ["2026-01-09T00:10:00Z"]
    assert texts(entry, "title") == ["made-up/A1: hit, was on course"]
    assert texts(entry, "content") == ["It turned."]
    assert entry.find("a:content", SPACE).get("type") == "text"
    assert entry.find("a:category", SPACE).get("term") == "state"
    ids = texts(root, "id") + texts(entry, "id")
    assert len(set(ids)) == 2
    assert all(each.startswith("urn:uuid:") for each in ids)


def test_ids_come_from_keys_and_the_text_from_the_changes_alone():
    one, two = change(1), change(2)
    assert made(one, two) == made(two, one)
    first, second = parsed(made(one)), parsed(made(one, two))
    assert texts(first, "id") == texts(second, "id")
    of_one = texts(first.find("a:entry", SPACE), "id")
    assert of_one in [texts(entry, "id") for entry in second.findall("a:entry", SPACE)]


def test_an_empty_feed_is_a_feed():
    root = parsed(made())
    assert texts(root, "updated") == ["2026-01-06T00:10:00Z"]
    assert root.findall("a:entry", SPACE) == []


def test_the_newest_hundred_are_shown_newest_first():
    entries = parsed(made(*map(change, range(150)))).findall("a:entry", SPACE)
    assert len(entries) == NEWEST == 100
    days = [texts(entry, "updated")[0] for entry in entries]
    assert days == sorted(days, reverse=True)
    assert days[0] == f"{START + timedelta(days=150)}T00:10:00Z"


@given(said=st.text())
def test_whatever_a_sentence_holds_the_feed_can_be_read(said):
    (content,) = parsed(made(change(1, f"Said: {said}"))).findall("a:entry/a:content", SPACE)
    letters = [letter for letter in plain.told(f"Said: {said}") if letter.isprintable()]
    assert all(letter in (content.text or "") for letter in letters)


def test_markup_is_text():
    said = '<b>up</b> & ]]> "away"'
    assert "<b>" not in made(change(1, said))
    assert parsed(made(change(1, said))).find("a:entry/a:content", SPACE).text == said


@pytest.mark.parametrize(
    ("what", "old", "new", "said"),
    [
        ("state", "on_course", "not_so_far", "not so far, was on course"),
        ("resolved", "on_course", "miss", "missed, was on course"),
        ("credit", "even", "losing", "losing credit"),
        ("antecedent", "holds", "not known", "its condition is not known"),
        ("trigger", "not fired", "fired", "trigger fired"),
        ("phase", "fear", "p_neutral", "phase p neutral"),
        ("stale", "fresh", "stale", "data too old"),
        ("stale", "stale", "fresh", "data up to date"),
        ("correction", "3 rows", "no states changed", "corrected"),
        ("registration", "", "made-up/A2", "registered anew"),
    ],
)
def test_a_title_says_what_it_came_to(what, old, new, said):
    told = replace(change(1, what=what), old=old, new=new)
    (entry,) = parsed(made(told)).findall("a:entry", SPACE)
    assert texts(entry, "title") == [f"made-up/A1: {said}"]


def test_series_are_called_by_their_names_and_the_claim_is_told():
    told = change(1, "made-up/A1: dgs10 stood above dxy since 2026-01-05.")
    says = {"made-up/A1": "Yields lead."}
    text = feed.atom("made-up", "Silver rises", START, [told], says=says)
    (content,) = parsed(text).findall("a:entry/a:content", SPACE)
    assert content.text == (
        "The 10-year Treasury yield stood above the dollar index since 5 Jan 2026. "
        "The claim: “Yields lead.”"
    )


def test_a_feed_of_a_site_leads_there_and_keeps_its_ids():
    site = feed.Site("https://example.org/feed.xml", {"made-up/A1": "https://example.org/a?b&c"})
    others = replace(change(2), subject="made-up/A2", key="2")
    bare, linked = (
        parsed(feed.atom("made-up", "Silver", START, [change(1), others], site=each))
        for each in (None, site)
    )
    (own,) = linked.findall("a:link", SPACE)
    assert own.attrib == {"rel": "self", "href": "https://example.org/feed.xml"}
    (page,) = linked.findall("a:entry/a:link", SPACE)
    assert page.attrib == {"rel": "alternate", "href": "https://example.org/a?b&c"}
    assert bare.findall(".//a:link", SPACE) == []
    ids = [[each.text for each in root.iter(f"{{{feed.ATOM}}}id")] for root in (bare, linked)]
    assert ids[0] == ids[1]


def test_readers_see_a_whole_feed_always(tmp_path):
    path, faults, stop = tmp_path / "deep" / "feed.xml", [], threading.Event()
    feed.write(path, made())

    def read():
        while not stop.is_set():
            try:
                parsed(path.read_text(encoding="utf-8"))
            except ET.ParseError as error:
                faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(30):
        feed.write(path, made(*map(change, range(number))))
    stop.set()
    reader.join()
    assert faults == []
    assert [each.name for each in path.parent.iterdir()] == ["feed.xml"]


def test_the_store_gives_the_changes_of_an_article_digests_left_out(tmp_path):
    with Database.open(tmp_path / "store.db") as db:
        written = ledger.write(db, sample.book())
        found = recent(db, "made-up")
        assert recent(db, "another") == ()
        assert recent(db) == found
        assert len(recent(db, n_changes=1)) == 1
    assert set(found) == set(written.changes)
    assert [each.day for each in found] == sorted((each.day for each in found), reverse=True)
