"""The page of what is followed: one file, complete without script, light, in plain words."""

import re

import numpy as np
import pytest
from live import sample
from report import sample as verdicts
from report.test_page import Reading

from leadline import report
from leadline.live import pictures
from leadline.live.book import Book, Odds, Row, State
from leadline.live.cards import MOST_DRAWN
from leadline.live.page import page, view
from leadline.report.views import FigureView


@pytest.fixture(scope="module")
def shown():
    return view(sample.book())


@pytest.fixture(scope="module")
def text():
    return page(sample.book(), reports={"A1": "made-up/A1.html"})


@pytest.fixture(scope="module")
def read(text):
    return Reading(text)


@pytest.fixture
def undrawn(monkeypatch):
    """Lay figures out without drawing them."""

    def bare(exhibit, name):
        return FigureView(name, exhibit.title, exhibit.finding, exhibit.note, None, None, None,
                          is_table=False, shift=None)  # fmt: skip

    monkeypatch.setattr("leadline.live.page.figure", bare)
    monkeypatch.setattr("leadline.live.page.small_figure", bare)
    monkeypatch.setattr("leadline.live.cards.small_figure", bare)


def test_the_page_is_one_closed_file_with_unique_ids(text, read):
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert set(read.refs) <= set(read.ids)
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)
    assert {link for link in read.links if not link.startswith("#")} == {"made-up/A1.html"}
    assert not {tag for tag, _ in read.tags} & {"link", "iframe", "object", "embed", "img"}
    assert not re.search(r"url\((?!#)", text)


def test_the_top_says_how_old_the_data_are_and_when_there_is_more(shown):
    assert dict(shown.status) == {
        "published": "5 Jan 2026",
        "data to the end of": "10 Mar 2026, day 64",
        "next update due": "12 Mar 2026, 00:10 UTC",
        "data": "2 series, fresh",
    }
    assert shown.answer == (
        "2 claims name a mark to be reached by a day: 1 has reached it and 1 is not on course so "
        "far. 1 cannot be followed."
    )


@pytest.mark.usefixtures("undrawn")
def test_stale_data_are_named():
    stale = view(sample.book(sample.STALE))
    assert stale.stale == ("silver (9 days old)",)
    assert dict(stale.status)["data"] == "1 of 2 series too old"


def test_every_claim_has_its_word_its_days_left_and_an_arrow(shown):
    hit, waiting = shown.cards
    assert (hit.anchor, hit.word.label, hit.since) == ("A1", "Hit", "on 14 Feb 2026")
    assert hit.trend == ""
    assert waiting.clock == "day 64 of 365, 301 days left"
    assert waiting.trend.startswith("\N{SOUTH EAST ARROW}")


def test_the_base_rate_stands_before_the_odds_and_before_what_happened(shown):
    lines = shown.cards[1].lines
    at = next(i for i, line in enumerate(lines) if "On any day" in line)
    assert lines[at].index("38%") < lines[at].index("50%")
    assert at < next(i for i, line in enumerate(lines) if "stands at" in line)


def test_tiles_hold_follower_condition_phase_and_triggers(shown):
    follower, condition, phase, triggers = shown.tiles
    assert follower.value == "\N{MINUS SIGN}2.1%"
    assert follower.lines[0] == "A1: its mark of +10% was reached."
    assert condition.value == "Lapsed 4 Feb 2026"
    assert "For A1 and A2." in condition.lines
    assert phase.value == "Debasement since 12 Feb 2026"
    assert triggers.value == "1 of 2 fulfilled"


@pytest.mark.usefixtures("undrawn")
def test_an_unknown_phase_is_said_to_be():
    unknown = view(sample.book(sample.UNKNOWN_PHASE[0]))
    assert next(t for t in unknown.tiles if t.title == "Phase of the story").value == "Not known"


def test_what_did_not_change_is_said_quietly_and_the_log_has_the_rest(shown, text):
    assert shown.today == ()
    assert "Nothing. That is the usual answer" in text
    days = [each.day for each in shown.log]
    assert days == sorted(days, reverse=True)
    told = {each.day: " ".join(each.sentences) for each in shown.log}
    assert "put right" in told[sample.day(sample.CORRECTED)]
    assert sample.day(sample.HIT) in told
    assert "A1 and A2: " in told[sample.day(sample.LAPSED)]
    assert "made-up" not in " ".join(told.values())


@pytest.mark.usefixtures("undrawn")
def test_a_change_of_the_last_day_comes_first():
    assert view(sample.book(sample.HIT)).today[0].startswith("A1: ")


def test_the_rules_are_told_with_their_thresholds(shown):
    rules = " ".join(shown.rules)
    for threshold in ("5 days in a row", "55%", "45%", "60%", "40%", "reaches 3", "Evidence of 20"):
        assert threshold in rules
    assert len(shown.rules) == len(set(shown.rules))


def test_claims_without_a_clock_say_why(shown):
    (reason,) = shown.no_clock
    assert reason.claims == ("A3",)
    assert reason.why.startswith("A fact of its day")


@pytest.mark.usefixtures("undrawn")
def test_skilled_odds_do_not_send_to_the_base_rate():
    book = sample.book(20)
    rows = tuple(_skilled(row) if isinstance(row.body, Odds) else row for row in book.rows)
    assert view(book).base_rate.startswith("Use the base rate")
    assert view(Book(book.article, book.registrations, rows)).base_rate == ""


def _skilled(row):
    horizons = tuple(each.model_copy(update={"skilled": True}) for each in row.body.horizons)
    return row.model_copy(update={"body": row.body.model_copy(update={"horizons": horizons})})


@pytest.mark.usefixtures("undrawn")
def test_a_picture_that_was_drawn_is_not_drawn_again():
    book = _many(3, 40)
    twin = dict.fromkeys(book.registrations)
    assert len(twin) == 3
    same = Book(book.article, book.registrations, tuple(_as_first(row) for row in book.rows))
    first, *others = view(same).cards
    assert first.alike == ()
    assert all(card.alike == (first.anchor,) and card.figures == () for card in others)


def _as_first(row):
    if not isinstance(row.body, State):
        return row
    return row.model_copy(update={"body": sample.state("A2", row.body.day)})


def test_thirty_four_claims_of_two_hundred_days_stay_under_half_a_megabyte():
    text = page(_many(34, 210))
    assert len(re.findall('<section class="card"', text)) == 34
    assert len(re.findall(r'<figure id="A\d+-path"', text)) == MOST_DRAWN
    # Calls and published lags of a library take some 45,000 more.
    assert len(text.encode()) < 455_000


def _many(n_claims, n_days):
    """Give a book of claims that all have a mark, and each a path of its own."""
    model = sample.registrations()["made-up/A2"]
    claims = tuple(
        sample.article().claims[1].model_copy(update={"id": f"A{i}"}) for i in range(n_claims)
    )
    rng = np.random.default_rng(4)
    walks = np.cumsum(rng.normal(0, 0.02, (n_claims, n_days + 1)), axis=1)
    paths = np.expm1(walks)
    rows = []
    for age in range(1, n_days + 1):
        about = {"subject": "made-up", "day": sample.day(age)}
        rows += [Row(**about, body=b, about=a) for b, a in sample.about_the_article(age)]
        rows += [
            Row(subject=claim.ref, day=sample.day(age), body=_moved(age, path))
            for claim, path in zip(claims, paths, strict=True)
        ]
    article = sample.article().model_copy(update={"claims": claims})
    frozen = {claim.ref: model.model_copy(update={"claim": claim.ref}) for claim in claims}
    return Book(article, frozen, tuple(rows))


def _moved(age, path):
    old = sample.state("A2", min(age, sample.N_DAYS))
    moved = float(path[age])
    returns = old.returns.model_copy(
        update={"value": float(np.exp(3 * moved)), "against": float(np.exp(-2 * moved))}
    )
    # As it was at the start of the month, so that a word stays for a while.
    ahead = path[age - age % 30] > 0
    update = {"day": age, "moved": moved, "returns": returns}
    return old.model_copy(update=update | {"state": "on_course" if ahead else "not_so_far"})


def test_the_report_on_a_claim_shows_what_came_since():
    verdict = verdicts.verdict()
    followed = pictures.of_claim(sample.book(), "made-up/A2")
    read = Reading(report.page(verdict, followed=followed))
    assert len(read.ids) == len(set(read.ids))
    assert {"followed", "followed-states", "followed-path", "followed-e_values"} <= set(read.ids)
    assert "#followed" in read.links
    assert "path" not in read.ids


def test_the_report_on_an_article_shows_what_came_since():
    article, heard = verdicts.article()
    drawn = pictures.of_article(sample.book())
    since = {article.id: drawn[:1], heard[0].claim.id: drawn[1:2]}
    first, claim = dict(report.article_files(article, heard[:1], followed=since)).values()
    assert "followed-standing" in Reading(first).ids
    assert "followed-evidence" in Reading(claim).ids
