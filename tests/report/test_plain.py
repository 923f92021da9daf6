"""Readers are shown words: no id of a series, no ISO day in a sentence, no bare p."""

import re

import pytest
from report import sample

from leadline import report
from leadline.data import conditions
from leadline.data.series import catalogue
from leadline.report import plain, words

IDS = [*catalogue(), *conditions.definitions()]


@pytest.mark.parametrize("name", IDS)
def test_every_series_and_condition_has_a_name_that_reads_as_words(name):
    for said in (plain.short(name), plain.label(name)):
        assert "_" not in said
        assert not re.search(r"\b[a-z]+\d+[a-z]*\b", said.replace("M2", ""))
    is_a_word = name in {"silver", "gold", "copper", "ether", "fear", "debasement"}
    assert (plain.told(f"The level of {name} rose.") == f"The level of {name} rose.") == is_a_word


def test_short_names_are_those_of_series_that_exist():
    assert not set(plain.SHORT) - set(IDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vix", "VIX"),
        ("p_fear", "fear"),
        ("2026-01-22", "2026-01-22"),
        ("silver_high rose 12 % by 2026-01-22.", "Silver's daily high rose 12% by 22 Jan 2026."),
        ("It fell. spx did not.", "It fell. The S&P 500 did not."),
        ("a move of the vix of -0.5", "a move of the VIX of −0.5"),
        ("bitcoin moved (p = 0.0372).", "Bitcoin moved (chance does as well 3.7% of the time)."),
        ("chance does as well with p = 0.5", "chance does as well 50% of the time"),
        ("silver-2026/S27 and data/vix.csv", "silver-2026/S27 and data/vix.csv"),
        ("no day: 2026-02-30", "no day: 2026-02-30"),
        ("", ""),
    ],
)
def test_a_text_is_told_in_words(text, said):
    assert plain.told(text) == said
    assert plain.told(said) == said


def test_only_what_is_read_changes():
    kept = sample.verdict()
    told = plain.verdict(kept)
    for field in ("claim", "as_of", "data", "made_by", "seal"):
        assert getattr(told, field) == getattr(kept, field)
    for before, after in zip(kept.evidence, told.evidence, strict=True):
        assert after.settings == before.settings
        assert after.components == before.components
        assert [e.name for e in after.exhibits] == [e.name for e in before.exhibits]


def test_no_id_is_left_on_screen_or_page():
    kept = sample.verdict()
    history = kept.history.model_copy(
        update={"sentence": "dfii10 fell.", "reasons": ("hy_oas rose by 2026-01-22.",)}
    )
    kept = kept.model_copy(update={"history": history})
    for shown in (report.why(kept), report.page(kept)):
        assert "The 10-year real yield fell." in shown
        assert "The high-yield credit spread rose by 22 Jan 2026." in shown
        assert "hy_oas" not in shown


def test_what_is_said_of_several_series_is_said_once():
    kept = sample.verdict()
    caveats = ("vix: stale, 36 days.", "hy_oas: stale, 36 days.", "bitcoin: two sources.", "Other.")
    told = plain.verdict(kept.model_copy(update={"caveats": caveats}))
    assert told.caveats == (
        "The VIX and the high-yield credit spread: stale, 36 days.",
        "Bitcoin: two sources.",
        "Other.",
    )


def test_a_caveat_of_one_test_stands_with_that_test_alone():
    kept = sample.verdict()
    own = kept.evidence[0].caveats
    assert own
    kept = kept.model_copy(
        update={"caveats": (*own, "Of the data.", "History is retrospective: x.")}
    )
    assert words.own_caveats(kept) == ("Of the data.",)
    assert report.why(kept).count(own[0][:40]) == 1
