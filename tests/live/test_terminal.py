"""What a terminal shows of a book made by hand."""

import io
from dataclasses import replace
from datetime import date

import pytest
from live import sample
from live.sample import CORRECTED, FIRED, HIT, LAPSED, STALE, UNKNOWN_PHASE, day
from rich.console import Console

from leadline.claim import Watch
from leadline.live import terminal
from leadline.live.calls import Row as Called
from leadline.live.calls import Scoreboard, Totals
from leadline.live.changes import changes


def shown(renderable):
    page = io.StringIO()
    Console(file=page, width=80, color_system=None, legacy_windows=False).print(renderable)
    lines = page.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    return "\n".join(line.rstrip() for line in lines)


def board(n_days):
    book = sample.book(n_days)
    return shown(terminal.board(book, changes(book, day(n_days - 1), day(n_days))))


@pytest.mark.parametrize("n_days", [1, 14, FIRED, LAPSED, HIT, STALE, sample.N_DAYS])
@pytest.mark.parametrize("name", ["A1", "A2", "A3"])
def test_every_day_of_every_claim_fits_the_screen(n_days, name):
    board(n_days)
    shown(terminal.claim(sample.book(n_days), f"made-up/{name}", ()))


@pytest.mark.parametrize("with_mark", [True, False])
def test_a_claim_with_a_long_name_and_many_words_fits_too(with_mark):
    book = sample.book(5)
    _, second, third = book.article.claims
    words = {"id": "A2-as-it-was-said-first", "paraphrase": f"{second.paraphrase} " * 5}
    article = book.article.model_copy(
        update={"claims": (second.model_copy(update=words), third), "watch": Watch()}
    )
    ref = article.claims[0].ref
    stated = book.registrations["made-up/A2"]
    registration = stated if with_mark else stated.model_copy(update={"call": None})
    rows = tuple(
        row.model_copy(update={"subject": ref}) for row in book.rows if row.subject == "made-up/A2"
    )
    named = replace(book, article=article, registrations={ref: registration}, rows=rows)
    assert "A2-as-it-was-said-first" in shown(terminal.board(named, ()))


def test_what_turned_is_told_and_nothing_else():
    assert "Changed since 13 Feb 2026\n- A1: " in board(HIT)
    assert "Changed since 9 Mar 2026\nNothing." in board(sample.N_DAYS)
    assert "yes  Liquidity expands since 25 Jan 2026" in board(FIRED)
    assert "no   Liquidity expands\n" in board(FIRED - 1)


def test_what_several_claims_share_is_told_once():
    book = sample.book(LAPSED)
    told = changes(book, day(LAPSED - 1), day(LAPSED))
    assert len(told) == 2
    assert "\n- A1 and A2: " in shown(terminal.difference("made-up", told, day(1), day(LAPSED)))


def test_old_data_stand_at_the_top():
    assert "STALE, older than they should be: silver (9 days)." in board(STALE)
    assert "2 series, all fresh" in board(STALE + 1)


def test_the_base_rate_stands_before_the_odds_and_wins_where_there_is_no_skill():
    said = board(sample.N_DAYS)
    assert said.index("any day  today") < said.index("\n13 weeks")
    assert "Use the base rate: past forecasts of this kind cannot be told from it." in said


def test_a_phase_that_is_not_known_is_said_to_be():
    assert "Not known on this day" in board(UNKNOWN_PHASE[0])
    assert "Debasement since 12 Feb 2026. Now: debasement" in board(sample.N_DAYS)


def test_a_claim_without_a_row_is_said_to_be_missing():
    book = sample.book(5)
    rows = tuple(row for row in book.rows if row.subject != "made-up/A1")
    without = replace(book, rows=rows)
    assert "Nothing was written about it" in shown(terminal.claim(without, "made-up/A1", ()))


def test_an_article_of_facts_alone_has_no_clock():
    book = sample.book(5)
    ref = "made-up/A3"
    facts = replace(book, registrations={ref: book.registrations[ref]})
    facts = replace(facts, rows=tuple(row for row in facts.rows if row.subject == ref))
    said = shown(terminal.board(facts, ()))
    assert "No claim here has a clock" in said
    assert "- A3: A fact of its day" in said


def test_an_article_that_watches_nothing_has_no_such_headings():
    book = sample.book(5)
    bare = replace(book, article=book.article.model_copy(update={"watch": Watch()}))
    assert "Phase of the story" not in shown(terminal.board(bare, ()))


def test_a_corrected_row_counts_as_it_was_put_right():
    said = shown(terminal.claim(sample.book(CORRECTED), "made-up/A2", ()))
    assert "+3.1%" not in said


def call(state, **more):
    told = {
        "claim": "made-up/A1",
        "publisher": "Example Gazette",
        "said": sample.PUBLISHED,
        "paraphrase": "Bitcoin will be much higher soon",
        "sentence": "Closed at 99,000.",
    }
    return Called(**told, state=state, **more)


def test_calls_stand_beside_their_base_rate():
    rows = (
        call("hit", call="bitcoin rises 10% by 16 Mar 2026", base=0.41, recent=0.3),
        call("miss", call="bitcoin rises 10% by 16 Mar 2026", base=0.41, same_as="made-up/A1"),
        call("not_resolvable", call="", vague=True),
    )
    totals = Totals(n=2, repeated=1, hits=1, misses=0, open=0, vague=1, lacking=0, n_eff=1.0)
    said = shown(terminal.scoreboard(Scoreboard(as_of=date(2026, 4, 1), rows=rows, totals=totals)))
    assert "Bitcoin rises 10% by 16 Mar 2026" in said
    assert "41%" in said
    assert "The same call as made-up/A1, counted once." in said.replace("\n             ", " ")
    assert "Bitcoin will be much higher soon" in said
    assert "no telling" in said
