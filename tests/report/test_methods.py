"""What readers are told of the kinds of test follows from their code, and leaves nothing out."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline import verdict
from leadline.evidence import kinds
from leadline.report import meanings, methods, prose

KINDS = sorted(kinds())


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_says_what_it_asks_and_every_setting_what_it_means(name):
    told = methods.methods()[name]
    assert told.question[-1] in "?."
    assert told.about
    assert told.null[0].isupper()
    names = [setting.name for setting in told.settings]
    assert names == [field for field in kinds()[name].model_fields if field != "kind"]
    assert [setting.name for setting in told.settings if not setting.meaning.endswith(".")] == []
    assert not any(" object at 0x" in setting.default for setting in told.settings)


def test_no_meaning_is_left_of_a_setting_that_went():
    known = {s.name for told in methods.methods().values() for s in told.settings}
    assert set(meanings.MEANINGS) == known
    for kind, name in meanings.OWN:
        assert name in kinds()[kind].model_fields


@pytest.mark.parametrize(
    ("kind", "works"),
    [
        (
            "lag_profile",
            (
                "Haugh (1976)",
                "Dalla, Giraitis and Phillips (2022)",
                "Chernozhukov, Chetverikov and Kato (2013)",
            ),
        ),
        ("necessary_condition", ("Dul, van der Laan and Kuik (2020)", "Phipson and Smyth (2010)")),
        ("tradable", ("Hansen (2005)", "Bailey and Lopez de Prado (2014)")),
        ("event_study", ("MacKinlay (1997)",)),
        ("gap_frequency", ()),
    ],
)
def test_sources_are_those_that_the_docstring_names(kind, works):
    assert methods.methods()[kind].sources == works


def test_a_month_is_no_author():
    assert methods.sources("In March 2020 fear rose; June and July 2021 were calm.") == ()


@pytest.mark.parametrize("name", KINDS)
def test_a_docstring_loses_no_word_on_its_way_to_the_page(name):
    about = methods.methods()[name].about
    shown = re.sub(r"<[^>]+>", " ", str(prose.html(about)).replace("<li>", "- "))
    bare = re.sub(r"``|`|\*(?=\w)|(?<=\w)\*", "", about)
    assert re.findall(r"\w+", html.unescape(shown)) == re.findall(r"\w+", bare)


class Tags(HTMLParser):
    """The tags of a text, each closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen |= {(tag, name) for name, _ in attrs} or {(tag, "")}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@given(st.text(alphabet="ab <>&\"'`*-\n\\{}%/:") | st.text())
def test_no_text_gets_a_tag_through(text):
    told = Tags(str(prose.html(text, lambda name: f"/methods/{name}")))
    assert told.open == []
    assert {tag for tag, _ in told.seen} <= {"p", "ul", "li", "code", "em", "a"}
    assert {name for _, name in told.seen} <= {"", "href"}


def test_lists_code_and_names_are_marked():
    text = """One ``x < 1``, *two* and `three`.

    Both:
    - a thing
      of two lines;
    - another.

    The end, 2 * 3 * 4.
    """
    assert str(prose.html(text, lambda name: "/there" if name == "three" else "")) == (
        '<p>One <code>x &lt; 1</code>, <em>two</em> and <a href="/there">three</a>.</p>\n'
        "<p>Both:</p>\n<ul><li>a thing of two lines;</li><li>another.</li></ul>\n"
        "<p>The end, 2 * 3 * 4.</p>"
    )


def test_the_rule_names_every_outcome_once_and_its_thresholds(monkeypatch):
    outcomes = [outcome for outcome, _ in methods.rule()]
    assert sorted(outcomes) == sorted(verdict.Outcome.__args__)
    assert outcomes[-1] == "undecidable"
    names = (
        "P_SUPPORTED",
        "P_PASS",
        "P_SECOND_HALF",
        "SHARE_SUPPORTED",
        "SHARE_WEAK",
        "WORDING_EMPTY",
    )
    places = [(verdict, name) for name in names]
    for module, name in (*places, (methods, "POWER_ENOUGH")):
        before = methods.rule()
        with monkeypatch.context() as patch:
            patch.setattr(module, name, 0.4321)
            assert methods.rule() != before
