"""The page of everything that was put right."""

import re
from datetime import date

from live import sample as live
from web.conftest import heard
from web.made import nasty, shelf, text

from leadline import archive
from leadline.claim import load_article
from leadline.data.database import Database
from leadline.live import ledger
from leadline.live.book import Book, State
from leadline.verdict import MadeBy
from leadline.web.views.corrections import corrections


def at(verdict, when):
    """Give a verdict as made at another moment."""
    made_by = MadeBy.model_validate(verdict.made_by.model_dump() | {"at": when})
    return archive.sealed(verdict.model_copy(update={"made_by": made_by}))


def turned(book: Book, day: date) -> Book:
    """Give a book in which A1 was on course on a day on which it was not."""
    rows = []
    for row in (row for each in book.days for row in book.on(each)):
        body = row.body
        if row.subject == "made-up/A1" and row.day == day and isinstance(body, State):
            other = "on_course" if body.state == "not_so_far" else "not_so_far"
            body = body.model_copy(update={"state": other})
        rows.append(row.model_copy(update={"body": body, "corrects": None}))
    return Book(book.article, book.registrations, tuple(rows))


def test_rows_that_were_put_right_tell_what_stood_and_what_stands(tmp_path):
    article, book = live.article(), live.book()
    made = shelf(tmp_path, articles=[article], books=[book, turned(book, live.day(5))])
    told = text(corrections(made))
    assert "Rows of the ledger: " in told
    assert "1 of the rows of 10 Jan 2026 put right" in told
    row = re.search(r'<th scope="row"><a href="/articles/made-up/A1">A1</a>.*?</tr>', told)[0]
    assert "10 Jan 2026" in row
    assert re.findall(r'data-l="st[a-z]+">([^<]+)', row) in (
        ["Not so far", "On course"],
        ["On course", "Not so far"],
    )
    made.close()


def test_figures_alone_turn_no_word(tmp_path):
    article, book = live.article(), live.book()
    rows = tuple(
        row.model_copy(update={"body": row.body.model_copy(update={"moved": 0.5})})
        if row.subject == "made-up/A1" and row.day == live.day(5) and row.corrects is None
        else row
        for row in book.rows
    )
    other = Book(book.article, book.registrations, rows)
    made = shelf(tmp_path, articles=[article], books=[book, other])
    told = text(corrections(made))
    assert "No word is another for it." in told
    assert "<tbody>" not in told
    made.close()


def test_a_verdict_that_came_out_otherwise_is_told_of_newest_first(tmp_path):
    claim = load_article("silver-2026").claim("S27")
    given = [
        at(heard(claim, "supported", as_of=date(2026, 5, 1)), "2026-05-02T00:10:00+00:00"),
        at(heard(claim, "supported", as_of=date(2026, 6, 1)), "2026-06-02T00:10:00+00:00"),
        at(heard(claim, "decayed", as_of=date(2026, 6, 1)), "2026-06-03T00:10:00+00:00"),
        # A look back at an earlier day corrects nothing.
        at(heard(claim, "contradicted", as_of=date(2025, 1, 1)), "2026-07-01T00:10:00+00:00"),
        at(heard(claim, "undecidable", as_of=date(2026, 8, 1)), "2026-08-02T00:10:00+00:00"),
    ]
    made = shelf(tmp_path, verdicts=given)
    told = text(corrections(made))
    assert told.count('class="correction"') == 2
    assert told.index("decayed becomes undecidable") < told.index("supported becomes decayed")
    assert "contradicted" not in told.lower()
    for verdict in (given[1], given[2], given[4]):
        assert f"/verdicts/{verdict.seal}" in told
    made.close()


def test_a_day_that_nobody_can_read_stands_in_nobodys_way(tmp_path):
    claim = load_article("silver-2026").claim("S27")
    given = [
        at(heard(claim, "supported", as_of=date(2026, 5, 1)), "last Tuesday"),
        at(heard(claim, "decayed", as_of=date(2026, 6, 1)), "2026-06-03 00:10"),
    ]
    made = shelf(tmp_path, verdicts=given)
    assert "Recorded 3 Jun 2026" in text(corrections(made))
    made.close()


def test_a_claim_worded_otherwise_is_told_of(shelf):
    told = text(corrections(shelf))
    assert "file was changed between the two." in told


def test_nothing_to_put_right_says_so_and_what_would_stand_there(tmp_path, empty_shelf):
    claim = load_article("silver-2026").claim("S27")
    made = shelf(tmp_path, verdicts=[heard(claim)])
    told = text(corrections(made))
    assert "Nothing was put right so far." in told
    assert "What would stand here" in told
    assert 'href="/data"' in told
    made.close()
    assert "leadline try silver-2026" in text(corrections(empty_shelf))


def test_words_do_no_harm(tmp_path):
    article = nasty()
    claim = article.claims[0]
    given = [
        at(heard(claim, "supported", as_of=date(2026, 5, 1)), "2026-05-02T00:10:00+00:00"),
        at(heard(claim, "decayed", as_of=date(2026, 6, 1)), "2026-06-02T00:10:00+00:00"),
    ]
    hostile = shelf(tmp_path, articles=[article], verdicts=given)
    assert "<script>alert" not in text(corrections(hostile))
    hostile.close()


def test_a_second_writer_is_seen(tmp_path):
    article, book = live.article(), live.book()
    made = shelf(tmp_path, articles=[article], books=[book])
    before = made.stamp("ledger")
    with Database.open(made.sources.database) as db:
        ledger.write(db, turned(book, live.day(6)))
    assert made.stamp("ledger") != before
    assert "11 Jan 2026" in text(corrections(made))
    made.close()
