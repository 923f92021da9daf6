"""The feed: valid Atom, the same for the same changes, whatever stands in a sentence."""

import threading
from datetime import date, timedelta
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from live import sample

from leadline.data.database import Database
from leadline.live import feed, ledger
from leadline.live.alerts import NEWEST, recent
from leadline.live.changes import Change

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
    assert texts(entry, "title") == ["made-up/A1: state"]
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
    (content,) = parsed(made(change(1, said))).findall("a:entry/a:content", SPACE)
    plain = "".join(letter for letter in said if letter.isprintable())
    assert all(letter in (content.text or "") for letter in plain)


def test_markup_is_text():
    said = '<b>up</b> & ]]> "away"'
    assert "<b>" not in made(change(1, said))
    assert parsed(made(change(1, said))).find("a:entry/a:content", SPACE).text == said


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
