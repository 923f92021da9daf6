"""No kind without a known answer, and none whose provenance nobody can follow."""

import importlib
import re
from pathlib import Path

import pytest
from known.register import ANSWERS, ELSEWHERE

from leadline.evidence import kinds

TESTS = Path(__file__).parent.parent
NAMED = (
    "chicken-and-egg",
    "GSADF critical values",
    "trigger and precursor rates",
    "block length of Politis and White",
    "Newey and West",
    "Toda and Yamamoto",
    "Markov switching",
    "Diebold and Mariano",
    "Clark and West",
    "deflated Sharpe ratio, variant of 2014",
    "probability of backtest overfitting",
    "superior predictive ability, studentised",
    "e-process",
    "confidence sequence",
    "Baur and McDermott",
    "local projections",
)


@pytest.fixture(scope="module")
def answers():
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        if file != Path(__file__):
            importlib.import_module(f"known.{file.stem}")
    return {*ANSWERS, *ELSEWHERE}


def test_every_kind_has_a_known_answer(answers):
    answered = {kind for answer in answers for kind in answer.kinds}
    assert answered == set(kinds())


@pytest.mark.parametrize("method", NAMED)
def test_every_method_named_has_a_known_answer(answers, method):
    assert any(method in answer.method for answer in answers)


def test_every_answer_says_where_it_comes_from(answers):
    for answer in answers:
        assert answer.kinds, answer
        # A paper has a year or an edition, a program and a script have a name.
        pattern = r"\d{4}|NIST" if answer.way == "paper" else r"\w{3,}"
        assert re.search(pattern, answer.source), answer


def test_every_answer_is_held_by_a_test_that_exists(answers):
    for answer in answers:
        file, _, name = answer.where.partition("::")
        text = (TESTS / file).read_text(encoding="utf-8")
        assert f"\ndef {name}(" in text, answer.where
