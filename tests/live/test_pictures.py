"""A book as pictures: nothing lost, nothing overwritten, nothing made up."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import sample

from leadline import report
from leadline.live import call_pictures, pictures, process_pictures
from leadline.live.book import Phase, Row
from leadline.live.calls import Row as CallRow
from leadline.live.calls import Scoreboard, Totals
from leadline.live.lags import Lag
from leadline.live.written import states
from leadline.report.rows import frame
from leadline.report.tables import numbers

A1, A2, A3 = (claim.ref for claim in sample.article().claims)


@pytest.fixture(scope="module")
def book():
    return sample.book()


@pytest.fixture(scope="module")
def drawn(book):
    return pictures.by_subject(book)


def lane(shown, name):
    return [bar for bar in shown.bars if bar.lane.startswith(name)]


def test_everything_with_a_clock_is_drawn_and_nothing_else(drawn):
    assert set(drawn) == {"made-up", A1, A2}
    assert [shown.name for shown in drawn[A1]] == ["states", "path", "e_values"]
    assert {"standing", "evidence", "phases"} < {shown.name for shown in drawn["made-up"]}


def test_every_picture_says_what_it_shows_and_draws(drawn):
    for shown in (each for made in drawn.values() for each in made):
        assert shown.title
        assert shown.finding.endswith(".")
        assert numbers(shown).rows
        assert report.svg(shown, width=360).startswith("<svg")


def test_the_timeline_has_every_turn_on_its_day(book):
    shown = pictures.timeline(book, A1)
    assert [(bar.label, bar.start) for bar in lane(shown, "state")] == [
        ("not so far", str(sample.day(1))),
        ("on course", str(sample.day(28))),
        ("hit", str(sample.day(sample.HIT))),
    ]
    assert [bar.label for bar in lane(shown, "condition")] == ["holds", "lapsed"]
    assert lane(shown, "condition")[1].start == str(sample.day(sample.LAPSED))
    assert lane(shown, "trigger: Liquidity")[1].start == str(sample.day(sample.FIRED))
    assert [bar.label for bar in lane(shown, "evidence")] == ["even", "earning"]


def test_lanes_leave_no_day_out(book):
    for each in (A1, A2):
        for name in dict.fromkeys(bar.lane for bar in pictures.timeline(book, each).bars):
            own = [bar for bar in pictures.timeline(book, each).bars if bar.lane == name]
            assert own[0].start == str(sample.day(1))
            assert own[-1].stop == str(sample.LAST + timedelta(days=1))
            assert all(a.stop == b.start for a, b in pairwise(own))


def test_a_correction_is_marked_on_its_day_and_the_row_in_force_is_drawn(book):
    shown = pictures.timeline(book, A2)
    assert [(mark.label, mark.at) for mark in shown.marks] == [
        ("corrected", str(sample.day(sample.CORRECTED)))
    ]
    assert "One row was put right later." in shown.finding
    path = next(line for line in pictures.path(book, A2).lines if line.role == "live")
    said = dict(zip(path.x, path.y, strict=True))[sample.CORRECTED]
    assert said == pytest.approx(1 + sample.state("A2", sample.CORRECTED).moved)
    assert not pictures.timeline(book, A1).marks


def test_a_reason_stands_in_the_table_of_the_timeline(book):
    shown = frame(pictures.timeline(book, A1))
    assert shown.rows[2][-1] == sample.state("A1", sample.HIT).sentence


@given(n=st.integers(2, sample.N_DAYS))
def test_what_came_later_changes_no_day_that_was_drawn(n):
    whole, cut = sample.book(), sample.book(n)
    last = str(sample.day(n))
    for ref in (A1, A2):
        before = {(b.lane, b.start, b.label, b.note) for b in pictures.timeline(cut, ref).bars}
        after = {
            (b.lane, b.start, b.label, b.note)
            for b in pictures.timeline(whole, ref).bars
            if b.start <= last
        }
        assert before == after


def test_the_path_keeps_checkpoints_and_the_last_day_however_thin(book):
    shown = pictures.path(book, A2, every=20)
    live = next(line for line in shown.lines if line.role == "live")
    assert {0, 14, 30, 60, sample.N_DAYS} <= set(live.x)
    assert len(live.x) < 12
    at = next(line for line in shown.lines if line.label == "checkpoint")
    assert [x for x, y in zip(at.x, at.y, strict=True) if y is not None] == [14, 30, 60]


def test_the_fan_is_that_of_publication_and_the_mark_that_of_the_call(book):
    call = sample.registrations()[A2].call
    shown = pictures.path(book, A2)
    assert shown.bands[0].low == pytest.approx([1, *(1 + move for move in call.low)])
    assert shown.marks[0].at == pytest.approx(1.5)
    assert "The mark is +50%." in shown.finding


def test_a_claim_without_a_clock_has_no_picture(book):
    assert pictures.of_claim(book, A3) == ()


def test_e_values_keep_their_steps_and_extremes_when_thinned(book):
    full, thin = (process_pictures.e_values(book, A1, every=every) for every in (1, 14))
    official = thin.lines[0]
    hit = str(sample.day(sample.HIT))
    assert dict(zip(official.x, official.y, strict=True))[hit] == pytest.approx(1.24)
    assert str(sample.day(sample.HIT - 1)) in official.x
    for dense, sparse in zip(full.lines, thin.lines, strict=True):
        assert (min(sparse.y), max(sparse.y)) == (min(dense.y), max(dense.y))
    assert len(thin.lines[2].x) < len(full.lines[2].x) / 4


def test_evidence_against_is_drawn_upside_down_between_the_same_thresholds(book):
    shown = process_pictures.e_values(book, A1)
    told = dict(states(book, A1))[sample.LAST]
    assert shown.lines[1].y[-1] == pytest.approx(1 / told.outcomes.against)
    assert [mark.at for mark in shown.marks] == [20, 0.05]


def test_claims_without_an_outcome_are_one_line_together(book):
    shown = process_pictures.all_e_values(book)
    assert [line.label for line in shown.lines] == ["A1", "no outcome yet (1)"]
    assert set(shown.lines[1].y) == {1.0}


def test_days_without_a_phase_are_gaps(book):
    shown = pictures.phases(book)
    assert len(shown.days) == sample.N_DAYS
    unknown = [sample.day(age).isoformat() for age in sample.UNKNOWN_PHASE]
    gaps = [
        day
        for day, label, *p in zip(shown.days, shown.labels, *shown.probabilities, strict=True)
        if label == "" and p == [None, None]
    ]
    assert gaps == unknown
    assert "not known on 5 of 64 days" in shown.finding


def test_a_phase_that_became_unknown_is_said_to_be(book):
    after = sample.LAST + timedelta(days=1)
    lost = Phase(label="unknown", since=after, probabilities={})
    row = Row(subject="made-up", day=after, body=lost)
    later = type(book)(book.article, book.registrations, (*book.rows, row))
    assert pictures.phases(later).finding.startswith(f"The phase is not known since {after}")


def test_odds_that_earned_nothing_say_to_use_the_base_rate(drawn):
    odds = [shown for shown in drawn["made-up"] if shown.name.startswith("odds")]
    assert [shown.name for shown in odds] == ["odds_bitcoin_13", "odds_bitcoin_26"]
    for shown in odds:
        assert shown.finding.index("base rate is") < shown.finding.index("conditions are")
        assert "Use the base rate" in shown.finding


def test_reliability_is_the_last_refit_on_a_diagonal(drawn):
    shown = next(each for each in drawn["made-up"] if each.name == "reliability_bitcoin_13")
    diagonal, curve, given_how_often = shown.lines
    assert diagonal.x == (0, 100)
    assert curve.x == pytest.approx((5, 12, 20, 31, 45, 60))
    assert sum(given_how_often.y) == pytest.approx(1)


def _lag(claim, low, high, call=None, history=None):
    return Lag(claim=claim, publisher="Gazette", said=date(2025, 2, 3), leader="gold",
               follower="bitcoin", low=low, high=high, call=call, history=history)  # fmt: skip


def test_the_ruler_has_every_lag_shortest_first_with_its_outcome():
    lags = [_lag("a/W2", 100, 150, "hit", "undecidable"), _lag("a/W1", 65, 65, "miss"),
            _lag("a/W3", 180, 365)]  # fmt: skip
    shown = call_pictures.ruler(lags)
    assert [(bar.start, bar.stop, bar.tone) for bar in shown.bars] == [
        (65, 65, "against"), (100, 150, "for"), (180, 365, "open"),
    ]  # fmt: skip
    assert len({bar.lane for bar in shown.bars}) == 3
    assert shown.bars[1].label == "hit; history: undecidable"
    assert shown.finding.startswith("3 published lags run from 65 to 365 days.")
    assert "Of 2 calls settled, 1 came true." in shown.finding
    assert call_pictures.ruler([]) is None


def test_the_table_of_calls_states_the_base_rate_before_the_outcome():
    row = CallRow(claim="a/W1", publisher="Gazette", said=date(2025, 2, 3), paraphrase="Up.",
                  call="bitcoin rises", state="hit", sentence="", on=date(2025, 5, 1), base=0.4,
                  odds=0.55)  # fmt: skip
    rows = (row, row.model_copy(update={"claim": "a/W2", "state": "not_resolvable",
                                        "vague": True, "base": None}))  # fmt: skip
    totals = Totals(n=2, repeated=0, hits=1, misses=0, open=0, vague=1, lacking=0, n_eff=1.0)
    shown = call_pictures.scoreboard(Scoreboard(as_of=date(2026, 1, 1), rows=rows, totals=totals))
    assert shown.columns.index("base rate") < shown.columns.index("how it stands")
    assert shown.rows[0][-3:] == ("40%", "55% (implied)", "hit 1 May 2025")
    assert shown.rows[1][-1] == "not resolvable: too vague"
