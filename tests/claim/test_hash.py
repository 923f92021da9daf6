"""The canonical form: what changes it, what must not, and that YAML is read back equal."""

import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.claim import Article, Claim, load_article, parse

FOUNDING = Path(__file__).parent / "founding.yml"


@pytest.fixture
def raw():
    return yaml.safe_load(FOUNDING.read_text())


def hashes(text):
    return {claim.id: claim.sha256 for claim in parse(text, where="x.yml").claims}


def shuffled(value, draw):
    """Give the same YAML value with the keys of every mapping in another order."""
    if isinstance(value, dict):
        items = draw(st.permutations(list(value.items())))
        return {key: shuffled(item, draw) for key, item in items}
    if isinstance(value, list):
        return [shuffled(item, draw) for item in value]
    return value


def test_the_canonical_form_stays_as_it_was_first_written():
    # A golden: our own digits, to catch a change that would disown every archived verdict.
    claim = load_article(FOUNDING).claim("S27")
    assert claim.sha256 == "141e2ae43613f9d0fc8ddee3f753495e6db6a7bf48c2f17e83941a63825423e2"
    assert claim.seed == claim.sha256


def test_the_canonical_form_is_json_with_sorted_keys_and_defaults():
    claim = load_article(FOUNDING).claim("S01")
    document = json.loads(claim.canonical)
    assert list(document) == sorted(document)
    assert document["direction"] == "positive"
    assert document["tests"][0]["quiet"] == 20
    assert document["publisher"] == "BeInCrypto"
    assert document["first_seen"] == "2026-01-23"
    assert document["history_until"] == "2026-01-23"


@settings(deadline=None, max_examples=30)
@given(data=st.data(), flow=st.sampled_from([True, False, None]), width=st.integers(20, 200))
def test_neither_key_order_nor_layout_changes_the_hash(data, flow, width):
    text = FOUNDING.read_text()
    mixed = shuffled(yaml.safe_load(text), data.draw)
    again = yaml.safe_dump(mixed, sort_keys=False, default_flow_style=flow, width=width)
    assert hashes(again) == hashes(text)


def test_comments_folding_quotes_and_unicode_form_leave_the_hash_alone(raw):
    text = FOUNDING.read_text()
    expected = hashes(text)
    assert hashes("# why\n" + text.replace("type: pattern", "type: 'pattern'  # so")) == expected
    assert hashes(text.replace("0.10", "0.1").replace("101.0", "101")) == expected
    assert hashes(text.replace("26w", "26.0w")) == expected

    def named(form):
        claim = raw["claims"][0] | {"family": unicodedata.normalize(form, "Ängström")}
        return hashes(yaml.safe_dump(raw | {"claims": [claim, *raw["claims"][1:]]}))

    assert named("NFC") == named("NFD") != expected


def test_saying_what_is_the_default_leaves_the_hash_alone(raw):
    expected = hashes(FOUNDING.read_text())
    raw["claims"][0] |= {"direction": "positive", "decides": "first", "supersedes": None}
    raw["claims"][0]["tests"][0]["quiet"] = 20
    assert hashes(yaml.safe_dump(raw)) == expected


def test_where_the_argument_map_is_written_leaves_the_hash_alone(raw):
    expected = hashes(FOUNDING.read_text())
    for claim in raw["claims"]:
        claim["supports"] = raw["supports"].get(claim["id"], [])
    del raw["supports"]
    assert hashes(yaml.safe_dump(raw)) == expected


def test_where_the_claim_can_be_read_leaves_the_hash_alone(raw):
    expected = hashes(FOUNDING.read_text())
    moved = raw | {"url": "https://example.org/moved", "title": "Another", "id": "silver"}
    assert hashes(yaml.safe_dump(moved)) == expected


EDITS = {
    "id": "S28",
    "paraphrase": "Bitcoin has followed gold and silver with a lag of days",
    "publisher": "Another",
    "first_seen": date(2026, 1, 25),
    "variants": ["Rewriter Four"],
    "conflict_of_interest": None,
    "supersedes": "S26",
    "type": "driver",
    "identifiability": "C",
    "direction": "negative",
    "matters": {"value": 0.11, "unit": "correlation"},
    "claimed": {"value": 0.24, "label": "largest monthly correlation"},
    "placebos": ["copper"],
    "tests": [{"kind": "record_test", "subject": "gold"}],
    "family": "others",
    "family_size": 4,
    "history_until": date(2026, 1, 21),
    "live": {"horizon": "364d"},
    "revised_data": "refuse",
    "supports": ["S01"],
}


def test_every_field_with_meaning_has_an_edit_below():
    unmeaning = {"article", "url", "title", "quotes", "cues"}
    single = {"decides", "untestable"}  # one word so far; excludes tests
    assert EDITS.keys() == Claim.model_fields.keys() - unmeaning - single


@pytest.mark.parametrize("field", EDITS)
def test_an_edited_claim_is_another_claim(raw, field):
    before = load_article(FOUNDING).claim("S27").sha256
    claim = raw["claims"][1] | {field: EDITS[field]}
    if field == "tests":
        del claim["matters"]
    others = [raw["claims"][0], raw["claims"][2]]
    del raw["supports"]
    edited = parse(yaml.safe_dump(raw | {"claims": [claim, *others]}), where="x").claims[0]
    assert edited.sha256 != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_lag: 26w", "max_lag: 27w"),
        ("leader: silver", "leader: gold"),
        ("leader: [gold]", "leader: [gold, copper]"),
        ("series: vix, over: 13w", "series: vix, over: 14w"),
        ("rise: 0.2", "rise: 0.21"),
        ("over: 63d, above: 0.0", "over: 63d, above: 0.1"),
        ("publisher: BeInCrypto", "publisher: Another"),
        ("first_seen: 2026-01-23", "first_seen: 2026-01-24"),
    ],
)
def test_an_edited_setting_or_context_makes_another_claim(old, new):
    text = FOUNDING.read_text()
    assert old in text
    assert hashes(text.replace(old, new))["S27"] != hashes(text)["S27"]


words = st.text(min_size=1, max_size=40).filter(lambda text: text.split())
ids = st.from_regex(r"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?\Z")
days = st.dates(date(1900, 1, 2), date(2100, 1, 1))
numbers = st.floats(-1e300, 1e300)
lengths = st.from_regex(r"\A[1-9][0-9]{0,3}(\.[1-9])?[dwmy]\Z")


@st.composite
def settings_of_tests(draw):
    if draw(st.booleans()):
        return {"kind": "record_test", "subject": draw(words), "above": draw(numbers)}
    return {
        "kind": "lag_test",
        "leader": draw(words),
        "follower": draw(words),
        "max_lag": draw(lengths),
        "start": draw(st.none() | days),
        "given": draw(st.none() | st.fixed_dictionaries({"series": words, "over": lengths})),
        "forks": draw(st.dictionaries(words, st.lists(words | numbers, max_size=2), max_size=2)),
    }


@st.composite
def claims(draw, name=None):
    first_seen = draw(days)
    return Claim.model_validate(
        {
            "id": name or draw(ids),
            "paraphrase": draw(words),
            "publisher": draw(words),
            "first_seen": first_seen,
            "url": draw(st.none() | st.just("https://example.org/?a=b#c")),
            "title": draw(st.none() | words),
            "variants": draw(st.lists(words, max_size=2)),
            "type": draw(st.sampled_from(["fact", "pattern", "forecast"])),
            "identifiability": draw(st.none() | st.sampled_from("ABCD")),
            "direction": draw(st.sampled_from(["positive", "negative"])),
            "placebos": draw(st.lists(words, max_size=2)),
            "claimed": draw(st.none() | st.fixed_dictionaries({"value": numbers, "label": words})),
            "tests": draw(st.lists(settings_of_tests(), min_size=1, max_size=3)),
            "family": draw(st.none() | words),
            "live": draw(
                st.none()
                | st.fixed_dictionaries(
                    {
                        "horizon": lengths,
                        "antecedent": st.none()
                        | st.fixed_dictionaries({"series": words, "over": lengths}),
                    }
                )
            ),
            "supports": draw(st.lists(ids, max_size=2).map(lambda them: set(them) - {name})),
        }
        if name is not None
        else {
            "id": "C1",
            "paraphrase": draw(words),
            "publisher": draw(words),
            "first_seen": first_seen,
            "type": "hedge",
            "untestable": draw(words),
        }
    )


@settings(deadline=None)
@given(claim=claims("S27") | claims())
def test_a_claim_written_as_yaml_reads_back_equal(claim):
    again = parse(claim.to_yaml(), where="x.yml")
    assert again == claim
    assert again.sha256 == claim.sha256
    assert again.to_yaml() == claim.to_yaml()


@settings(deadline=None)
@given(first=claims("S01"), second=claims("S02"), title=words, publisher=words, day=days)
def test_an_article_written_as_yaml_reads_back_equal(first, second, title, publisher, day):
    title = " ".join(unicodedata.normalize("NFC", title).split())
    article = Article(
        id="a-1",
        title=title,
        publisher=publisher,
        first_seen=day,
        claims=tuple(
            claim.model_copy(update={"supports": (), "article": "a-1", "title": title})
            for claim in (first, second)
        ),
    )
    again = parse(article.to_yaml(), where="x.yml")
    assert again == article
    assert [c.sha256 for c in again.claims] == [c.sha256 for c in article.claims]


def test_the_founding_article_reads_back_equal():
    article = load_article(FOUNDING)
    assert parse(article.to_yaml(), where="x.yml") == article
