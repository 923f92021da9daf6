"""What turned from one day to the next, in one plain sentence."""

from dataclasses import replace
from datetime import timedelta

import pytest
from live import sample

from leadline.live.book import Book, Freshness, Row, State
from leadline.live.changes import changes

BOOK = sample.book()
ALL = changes(BOOK, sample.PUBLISHED, sample.LAST)


def told(what, subject=None, among=ALL):
    return [
        change
        for change in among
        if change.what == what and subject in {None, change.subject.rpartition("/")[2]}
    ]


def test_each_turn_is_told_on_its_day():
    hit = told("resolved")
    assert [(each.subject, each.day, each.new) for each in hit] == [
        ("made-up/A1", sample.day(sample.HIT), "hit")
    ]
    assert {each.day for each in told("antecedent")} == {sample.day(sample.LAPSED)}
    assert {each.day for each in told("trigger")} == {sample.day(sample.FIRED)}
    assert [each.day for each in told("phase")][-1] == sample.day(38)
    assert [(e.day, e.old, e.new) for e in told("stale")] == [
        (sample.day(sample.STALE), "fresh", "stale"),
        (sample.day(sample.STALE + 1), "stale", "fresh"),
    ]
    assert [(e.day, e.new) for e in told("credit", "A1")] == [(sample.day(37), "earning")]


def test_each_is_one_plain_sentence():
    for change in ALL:
        assert change.sentence.startswith(f"{change.subject}: ")
        assert change.sentence.endswith(".")
        assert "None" not in change.sentence
        assert "  " not in change.sentence
    said = told("resolved")[0].sentence
    assert "reached its mark" in said
    assert "its mark is +10%" in said
    (boom, *_) = told("trigger")
    assert '"Liquidity expands" holds.' in boom.sentence
    (lapsed, *_) = told("antecedent")
    assert '"silver was up over 4 weeks" holds no longer' in lapsed.sentence
    assert "is 9 days old" in told("stale")[0].sentence


def test_nothing_is_told_of_days_outside():
    day = sample.day(sample.HIT)
    assert changes(BOOK, day, sample.LAST) == tuple(each for each in ALL if each.day > day)
    assert changes(BOOK, sample.PUBLISHED, day) == tuple(each for each in ALL if each.day <= day)
    assert changes(BOOK, sample.LAST, sample.LAST) == ()
    # The first day differs from nothing.
    assert changes(BOOK, sample.PUBLISHED, sample.day(1)) == ()


def test_a_change_keeps_its_key_whenever_it_is_found_and_no_two_share_one():
    day = sample.day(sample.HIT)
    (alone,) = (e for e in changes(BOOK, day - timedelta(1), day) if e.what == "resolved")
    assert alone in ALL
    assert len({change.key for change in ALL}) == len(ALL)
    assert all(len(change.key) == 64 for change in ALL)


def test_another_registration_has_other_keys():
    rows = tuple(
        row.model_copy(update={"body": row.body.model_copy(update={"registration": "f" * 64})})
        if isinstance(row.body, State)
        else row
        for row in BOOK.rows
    )
    anew = changes(replace(BOOK, rows=rows), sample.PUBLISHED, sample.LAST)
    keys = {each.key for each in ALL if each.subject != "made-up"}
    assert not keys & {each.key for each in anew}


def test_what_is_not_known_is_not_called_untrue():
    rows = []
    for row in BOOK.rows:
        body = row.body
        if isinstance(body, State) and row.day == sample.LAST:
            body = body.model_copy(
                update={
                    "antecedent": None,
                    "triggers": tuple(
                        fired.model_copy(update={"fired": False, "value": None, "since": None})
                        for fired in body.triggers
                    ),
                }
            )
        rows.append(row.model_copy(update={"body": body}))
    found = changes(replace(BOOK, rows=tuple(rows)), sample.LAST - timedelta(1), sample.LAST)
    (antecedent,) = told("antecedent", "A1", found)
    assert (antecedent.old, antecedent.new) == ("lapsed", "not known")
    assert antecedent.sentence.endswith("is not known any more.")
    (trigger,) = told("trigger", "A1", found)
    assert trigger.sentence.endswith('whether "Liquidity expands" holds is not known any more.')


def test_a_row_put_right_is_a_change_of_its_day():
    row = next(r for r in BOOK.on(sample.day(10)) if r.subject == "made-up/A2")
    right = row.model_copy(
        update={
            "corrects": row.sha256,
            "body": row.body.model_copy(update={"state": "on_course"}),
        }
    )
    found = told("correction", "A2", changes(
        replace(BOOK, rows=(*BOOK.rows, right)), sample.day(9), sample.day(10)
    ))  # fmt: skip
    assert [(each.old, each.new) for each in found] == [("not_so_far", "on_course")]
    assert "was put right" in found[0].sentence


@pytest.mark.parametrize("gap", [1, 5])
def test_days_that_were_missed_hide_no_change(gap):
    left = range(sample.HIT, sample.HIT + gap)
    rows = tuple(r for r in BOOK.rows if (r.day - sample.PUBLISHED).days not in left)
    found = told("resolved", among=changes(replace(BOOK, rows=rows), sample.PUBLISHED, sample.LAST))
    assert [each.day for each in found] == [sample.day(sample.HIT + gap)]


def test_rows_of_the_data_alone_make_a_book():
    rows = tuple(
        Row(subject="made-up", day=sample.day(n), body=Freshness(ages={"x": n}, stale=stale))
        for n, stale in ((1, ()), (2, ("x",)), (3, ("x",)))
    )
    book = Book(BOOK.article, {}, rows)
    (change,) = changes(book, sample.PUBLISHED, sample.LAST)
    assert change.sentence == (
        "made-up: the newest value of x is 2 days old, older than it should be."
    )
