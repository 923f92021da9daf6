from datetime import date
from pathlib import Path

import pytest

from leadline import claim as claims
from leadline.claim import Article, Claim, find, from_source, load, load_article, parse
from leadline.errors import ClaimError

FOUNDING = Path(__file__).parent / "founding.yml"
ALONE = """
id: W10
paraphrase: Silver moves about six months before Bitcoin
publisher: A forum
first_seen: 2026-02-02
title: A calculation
type: pattern
tests: [{kind: lag_test, leader: silver, follower: bitcoin}]
"""


@pytest.fixture
def article():
    return load_article(FOUNDING)


@pytest.fixture
def shelf(monkeypatch):
    """Put the founding article and a lone claim into the library."""
    lone = parse(ALONE, where="W10.yaml")
    books = (load_article(FOUNDING), claims.as_article(lone))
    monkeypatch.setattr(claims, "library", lambda: books)
    return books


def test_an_article_knows_its_claims_and_what_holds_up_what(article):
    assert [claim.id for claim in article.claims] == ["S01", "S27", "S33"]
    assert article.supports == {"S01": ("S27",), "S27": ("S33",)}
    assert repr(article) == "<Article silver-2026: 3 claims, BeInCrypto>"
    assert article.variants == ("Rewriter One", "Rewriter Two")


def test_a_claim_knows_where_it_was_said(article):
    claim = article.claim("S27")
    assert claim.publisher == "BeInCrypto"
    assert claim.first_seen == date(2026, 1, 23)
    assert claim.url == "https://example.org/silver-record"
    assert claim.title == "Silver at its record, Bitcoin not following"
    assert claim.ref == "silver-2026/S27"
    assert repr(claim).startswith("<Claim silver-2026/S27: Bitcoin has followed")


def test_a_claim_may_have_been_said_elsewhere_than_its_article(article):
    claim = article.claim("S33")
    assert (claim.publisher, claim.first_seen) == ("A Sibling Site", date(2026, 1, 24))


def test_the_file_that_states_every_field_leaves_none_out():
    text = FOUNDING.read_text()
    inherited = {"article"}
    for field in [*Article.model_fields, *(Claim.model_fields.keys() - inherited)]:
        assert f"{field}:" in text, field


def test_history_ends_the_day_before_the_claim_unless_it_is_a_fact_or_says_so(article):
    assert article.claim("S33").history_until == date(2026, 1, 23)
    assert article.claim("S27").history_until == date(2026, 1, 22)
    assert article.claim("S01").history_until == date(2026, 1, 23)
    assert _claim("untestable: x", "history_until: 2025-12-31").history_until == date(2025, 12, 31)


def test_an_article_counts_the_claims_of_each_family():
    lines = [
        f"- {{id: C{number}, paraphrase: x, type: pattern, untestable: x, {family}}}"
        for number, family in enumerate(
            ["family: a", "family: a", "family: b", "type_: 0", "family: a, family_size: 9"]
        )
    ]
    head = "id: a\ntitle: t\npublisher: P\nfirst_seen: 2026-01-23\nclaims:\n"
    text = head + "\n".join(lines).replace(", type_: 0", "")
    article = parse(text, where="x.yml")
    assert [claim.family_size for claim in article.claims] == [3, 3, 1, 1, 9]
    assert parse(article.to_yaml(), where="x.yml") == article


def test_a_claim_may_borrow_from_another_by_a_merge_key():
    text = FOUNDING.read_text().replace("  - id: S01", "  - &first\n    id: S01")
    text += "\n  - <<: *first\n    id: S02\n    type: driver\n"
    article = parse(text, where="x.yml")
    assert article.claim("S02").tests == article.claim("S01").tests
    assert article.claim("S02").type == "driver"


def test_tests_are_of_the_kind_they_name_with_defaults_filled_in(article, small_kinds):
    first, second = article.claim("S27").tests
    assert type(first) is small_kinds["lag_test"]
    assert first.start == date(2014, 9, 17)
    assert first.max_lag.days == 182
    assert second.quiet == 20


def test_what_the_claim_says_reaches_the_tests_that_leave_it_unsaid():
    claim = _claim(
        "direction: negative",
        "placebos: [copper]",
        "matters: {value: 0.1, unit: correlation}",
        "claimed: {value: -0.4, label: monthly}",
        "tests:",
        "- {kind: lag_test, leader: silver, follower: bitcoin}",
        "- {kind: lag_test, leader: gold, follower: bitcoin, matters: 0.3, direction: positive}",
        "- {kind: record_test, subject: silver}",
    )
    plain, own, other = claim.tests
    assert (plain.direction, plain.placebos, plain.matters, plain.claimed) == (
        "negative",
        ("copper",),
        0.1,
        -0.4,
    )
    assert (own.direction, own.matters, own.claimed) == ("positive", 0.3, -0.4)
    assert other.matters is None  # a record is not measured in correlations


def test_a_size_in_another_unit_than_the_deciding_test_is_refused():
    with pytest.raises(ClaimError) as caught:
        _claim(
            "matters: {value: 0.1, unit: percent}",
            "tests: [{kind: lag_test, leader: silver, follower: bitcoin}]",
        )
    assert str(caught.value) == (
        "x.yml: matters: The unit is 'percent', but lag_test, which decides, "
        "measures in 'correlation'."
    )


def test_a_claim_names_every_series_once(article):
    assert article.claim("S27").series() == ("silver", "bitcoin", "gold", "copper", "oil_wti")
    assert article.claim("S01").series() == ("silver_high",)
    assert article.claim("S33").series() == ()


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("silver-2026/S27", "silver-2026/S27"),
        ("S27", "silver-2026/S27"),
        ("W10", "W10"),
        (f"{FOUNDING}#S01", "silver-2026/S01"),
    ],
)
def test_a_claim_is_found_by_reference(ref, found):
    assert load(ref).ref == found
    assert find(ref) == load(ref)


@pytest.mark.parametrize("ref", ["silver-2026", FOUNDING, str(FOUNDING)])
def test_an_article_is_found_by_reference(shelf, ref):
    assert load_article(ref) == shelf[0]
    assert find(ref) == shelf[0]


@pytest.mark.usefixtures("shelf")
def test_a_claim_published_alone_is_an_article_of_one(tmp_path):
    file = tmp_path / "w10.yaml"
    file.write_text(ALONE)
    for ref in ("W10", file):
        article = load_article(ref)
        assert (article.id, article.title, article.claims) == ("W10", "A calculation", (load(ref),))
        assert isinstance(find(ref), Claim)
    assert load(f"{file}#W10") == load("W10")


@pytest.mark.usefixtures("shelf")
def test_a_file_without_a_yaml_ending_is_found_where_it_exists(tmp_path):
    file = tmp_path / "claim"
    file.write_text(ALONE)
    assert load(str(file)) == load(file) == load("W10")


def test_the_library_wins_over_a_folder_of_the_same_name(shelf, tmp_path, monkeypatch):
    (tmp_path / "silver-2026").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_article("silver-2026") == shelf[0]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("ref", "message"),
    [
        (
            "silver-2062",
            (
                "No claim or article 'silver-2062'. Did you mean 'silver-2026'? "
                "The library has: silver-2026, W10. A file is named with its ending, .yml or .yaml."
            ),
        ),
        (
            "silver-2026/S72",
            "silver-2026: No claim 'S72' here. Did you mean 'S27'? It has: S01, S27, S33.",
        ),
        (
            "silver-2026",
            (
                "silver-2026 is an article of 3 claims: S01, S27, S33. "
                "Name one, such as silver-2026/S01."
            ),
        ),
        ("gone.yml", "gone.yml: No such file."),
        ("x" * 5000 + ".yml", "x" * 5000 + ".yml: Cannot be read: File name too long."),
    ],
)
def test_a_reference_that_names_no_claim_is_explained(ref, message):
    with pytest.raises(ClaimError) as caught:
        load(ref)
    assert str(caught.value) == message


@pytest.mark.usefixtures("shelf")
def test_a_very_long_reference_is_no_crash():
    with pytest.raises(ClaimError, match="No claim or article"):
        load("x" * 5000)


def test_a_file_of_many_claims_tells_how_to_name_one():
    with pytest.raises(ClaimError) as caught:
        load(FOUNDING)
    assert str(caught.value) == (
        f"{FOUNDING} is an article of 3 claims: S01, S27, S33. Name one, such as {FOUNDING}#S01."
    )
    with pytest.raises(ClaimError) as caught:
        load(f"{FOUNDING}#S72")
    assert str(caught.value) == (
        f"{FOUNDING}: No claim 'S72' here. Did you mean 'S27'? It has: S01, S27, S33."
    )


@pytest.mark.usefixtures("shelf")
def test_a_claim_is_not_taken_for_its_article():
    with pytest.raises(ClaimError) as caught:
        load_article("silver-2026/S27")
    assert str(caught.value) == "silver-2026/S27 is one claim. Name its article: silver-2026."


def test_an_id_that_two_articles_use_must_be_told_apart(shelf, monkeypatch):
    other = parse(shelf[0].to_yaml().replace("id: silver-2026", "id: copy"), where="copy")
    monkeypatch.setattr(claims, "library", lambda: (shelf[0], other))
    with pytest.raises(ClaimError) as caught:
        load("S27")
    assert str(caught.value) == (
        "S27 is the id of 2 claims: silver-2026/S27, copy/S27. Name one of them."
    )


def test_a_claim_taken_out_of_its_article_keeps_what_it_supports(article, tmp_path):
    file = tmp_path / "one.yml"
    file.write_text(article.claim("S27").to_yaml())
    assert load(f"{file}#S27") == article.claim("S27")
    assert load(f"{file}#S27").supports == ("S33",)


def test_an_archived_claim_is_rebuilt_and_keys_of_later_versions_are_ignored(article):
    for claim in article.claims:
        source = claim.model_dump(mode="json")
        assert from_source(source) == claim
        assert from_source(source).sha256 == claim.sha256
        assert from_source(source | {"mood": "gloomy"}) == claim


def test_an_archived_claim_that_lost_a_key_is_explained(article):
    source = article.claim("S27").model_dump(mode="json")
    del source["type"]
    with pytest.raises(ClaimError, match=r"^archived claim: Missing key 'type'\.$"):
        from_source(source)


def _claim(*lines):
    head = "id: C1\nparaphrase: So it is\npublisher: P\nfirst_seen: 2026-01-23\ntype: pattern\n"
    return parse(head + "\n".join(lines), where="x.yml")
