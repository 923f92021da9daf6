"""A text read: every outcome by word and sign, on paper and on screen."""

import re

import pytest

from leadline import annotate, trial
from leadline.annotate import digest
from leadline.claim import Article, Claim
from leadline.data import MemoryStore
from leadline.report import words
from leadline.report.annotated import NOT_HEARD, reading_page, reading_text

FIRST = "The tide follows the moon by many hours."
SECOND = "Wind & <waves> have “little” to do with it."
TEXT = f"On tides\n\nSailors talk. {FIRST} {SECOND} Then they sleep.\n\nRain came.\n"


def a_claim(name, *quotes):
    return Claim(
        id=name,
        article="tides",
        paraphrase=f"Claim {name} about <tides>",
        publisher="The Example",
        first_seen="2022-06-01",
        type="hedge",
        untestable="A stub.",
        quotes=tuple(map(digest, quotes)),
    )


@pytest.fixture(scope="module")
def article():
    claims = (a_claim("A1", FIRST), a_claim("A2", FIRST, SECOND), a_claim("A3"))
    return Article(
        id="tides",
        title="On the tides",
        publisher="The Example",
        first_seen="2022-06-01",
        claims=claims,
    )


@pytest.fixture(scope="module")
def read(article):
    return annotate.annotate(TEXT, article.claims)


@pytest.fixture(scope="module")
def verdicts(article):
    """Give verdicts with chosen outcomes."""
    found = trial.hear_article(article, MemoryStore({}))

    def chosen(*outcomes):
        return {
            verdict.claim.id.removeprefix("tides/"): outcome
            and verdict.model_copy(
                update={"history": verdict.history.model_copy(update={"outcome": outcome})}
            )
            for verdict, outcome in zip(found, outcomes, strict=False)
        }

    return chosen


def marks(page):
    return re.findall(r'<mark class="(\w+)">', page)


@pytest.mark.parametrize("outcome", sorted(words.OUTCOMES))
def test_every_outcome_is_named_beside_its_sentence(read, article, verdicts, outcome):
    word = words.OUTCOMES[outcome]
    found = verdicts(outcome, outcome)
    page = reading_page(read, article, found)
    assert marks(page) == [word.tone, word.tone]
    tags = re.findall(r'<a class="reading-tag.*?</a>', page)
    assert len(tags) == 3
    assert all(f"<span>{word.label}</span>" in tag and "<svg" in tag for tag in tags)
    text = reading_text(read, article, found)
    assert text.count(f"[{word.sign}] {word.label.upper()}") == 3
    assert f"2 {word.label.lower()}" in text


def test_claims_that_differ_give_a_mark_of_its_own(read, article, verdicts):
    page = reading_page(read, article, verdicts("supported", "contradicted"))
    assert marks(page) == ["mixed", "against"]
    assert "1 supported, 1 contradicted" in page


def test_what_was_not_heard_has_a_word_and_a_sign_too(read, article, verdicts):
    page = reading_page(read, article, verdicts("supported", None))
    assert marks(page) == ["mixed", "open"]
    assert page.count("stroke-dasharray") >= 2
    assert "1 of these claims were not heard yet" in page
    assert NOT_HEARD.label.upper() in reading_text(read, article, {})


def test_the_text_is_shown_letter_by_letter(read, article, verdicts):
    page = reading_page(read, article, verdicts("supported", "supported"))
    assert "<mark" in page
    assert "Wind &amp; &lt;waves&gt; have “little” to do with it." in page
    assert "Claim A1 about &lt;tides&gt;" in page
    assert "<waves>" not in page
    assert '<h2 class="reading-heading">On tides</h2>' in page
    assert "Rain came." in page


def test_claims_that_are_not_stated_are_listed_apart(read, article, verdicts):
    page = reading_page(read, article, verdicts("supported", "supported"))
    stated, _, absent = page.partition('<section id="absent">')
    assert 'id="A1"' in stated
    assert 'id="A2"' in stated
    assert 'id="A3"' in absent


def test_the_same_text_gives_the_same_page(read, article, verdicts):
    found = verdicts("supported", "undecidable")
    assert reading_page(read, article, found) == reading_page(read, article, found)


@pytest.mark.parametrize("length", [1, 300])
def test_long_words_and_lines_fit_the_screen(article, length):
    text = f"{'tide ' * length}\n\n{FIRST}"
    shown = reading_text(annotate.annotate(text, article.claims), article, {})
    assert max(map(len, shown.splitlines())) <= 80
