"""Every way in which a claim file can be wrong, and the one line that says so."""

import pytest

from leadline.claim import load, parse
from leadline.errors import ClaimError

HEAD = """
id: C1
paraphrase: So it is
publisher: P
first_seen: 2026-01-23
type: pattern
"""
TEST = "tests: [{kind: lag_test, leader: silver, follower: bitcoin}]\n"
ARTICLE = """
id: a-2026
title: An article
publisher: P
first_seen: 2026-01-23
"""


def fault(text):
    with pytest.raises(ClaimError) as caught:
        parse(text, where="claims/x.yml")
    return str(caught.value)


def faults_of_a_test(settings):
    return fault(HEAD + f"tests: [{{kind: lag_test, leader: silver, follower: btc, {settings}}}]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file is empty. Expected a claim or an article."),
        ("# only a comment\n", "The file is empty. Expected a claim or an article."),
        ("- id: C1\n", 'Expected a mapping (key: value) at the top, found [{"id": "C1"}].'),
        ("silver leads\n", "Expected a mapping (key: value) at the top, found 'silver leads'."),
        ("id: C1\nid: C2\n", "line 2: Key 'id' appears twice. Keep one."),
        (
            HEAD + "live: {horizon: 1y, horizon: 2y}\n",
            "line 7: Key 'horizon' appears twice. Keep one.",
        ),
        ("id: C1\n1: x\n", "line 2: Key 1 is not text. Put it in quotes."),
        ("id: C1\non: x\n", "line 2: Key on is not text. Put it in quotes."),
        ("id: C1\n? [a]\n: x\n", "line 2: Key ['a'] is not text. Put it in quotes."),
        ("id: C1\nlive: &x {next: *x}\n", None),
        ("id: C1\ntests: &x [*x]\n", None),
        ("id: !!set {a}\n", None),
        ("id: !!python/object:os.system x\n", None),
        ("id: C1\n\ttype: x\n", None),
        ("id: [C1\n", None),
        ("id: C1\n--- \nid: C2\n", None),
        ("id: C1\ntype: \x07\n", "line 2: Character U+0007 may not stand in YAML."),
        ("a: " + "[" * 3000, "Nested too deeply for a claim."),
    ],
)
def test_text_that_is_no_mapping_is_refused_with_its_line(text, message):
    found = fault(text)
    assert "\n" not in found
    if message is None:
        assert found.startswith("claims/x.yml: line ")
        assert ": Not valid YAML: " in found
        assert found.endswith(". Check indentation, quotes and colons.")
    else:
        assert found == f"claims/x.yml: {message}"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("hoizon: 3", "Unknown key 'hoizon'. Known keys: id, article, "),
        ("familly: x", "Unknown key 'familly'. Did you mean 'family'?"),
        ("live: {horizon: 1y, sucess: 3}", "live: Unknown key 'sucess'. Did you mean 'success'?"),
        (
            "live: {horizon: 1y, success: {series: x, rise: .2, by: 3}}",
            "live.success: Unknown key 'by'. Known keys: series, rise, level, record, beats.",
        ),
        (
            "live: {horizon: 1y, success: {series: x}}",
            "live.success: Takes one of rise, level, record, beats; none of them is given.",
        ),
        (
            "live: {horizon: 1y, success: {series: x, level: 9, record: true}}",
            "live.success: Takes one of rise, level, record, beats; level, record is given.",
        ),
        (
            "live: {horizon: 1y, success: {series: x, rise: 0}}",
            "live.success: rise: 0 is reached at once; take a figure above or below it.",
        ),
        ("live: {horizon: 1 year}", "live.horizon: '1 year' is not a duration. Write a number and"),
        ("live: {}", "live: Missing key 'horizon'."),
        ("live: daily", "live: Expected a mapping (key: value), found 'daily'."),
        (
            "live: {horizon: 1y, antecedent: {series: silver, over: 9w, above: .nan}}",
            "live.antecedent.above: Must be a finite number, found nan.",
        ),
        (
            "live: {horizon: 1y, success: {series: x, rise: -2}}",
            "live.success.rise: Must be greater than -1, found -2",
        ),
        (
            "matters: {value: 0, unit: correlation}",
            "matters.value: Must be greater than 0, found 0",
        ),
        (
            "matters: {value: 1e-3, unit: correlation}",
            "matters.value: Expected a number, found '1e-3'. Write it as 0.001, without quotes.",
        ),
        ("matters: {value: low, unit: x}", "matters.value: Expected a number, found 'low'."),
        ("matters: {value: yes, unit: x}", "matters.value: Expected a number, found true."),
        ("claimed: 0.8", "claimed: Expected a mapping (key: value), found 0.8."),
        ("direction: up", "direction: 'up' is none of: positive, negative."),
        (
            "direction: postive",
            "direction: 'postive' is none of: positive, negative. Did you mean 'positive'?",
        ),
        ("decides: last", "decides: 'last' is none of: first."),
        ("identifiability: E", "identifiability: 'E' is none of: A, B, C, D."),
        ("placebos: copper", "placebos: Expected a list, found 'copper'."),
        ("placebos: [copper, 5]", "placebos[1]: Expected text, found 5. Put it in quotes."),
        ("family: no", "family: Expected text, found false. Put it in quotes."),
        ("family: [a]", 'family: Expected text, found ["a"].'),
        ("family: '  '", "family: Must not be empty."),
        ("quotes: [12ab]", "quotes[0]: '12ab' is not a SHA-256. Write 64 digits"),
        ("revised_data: ask", "revised_data: 'ask' is none of: refuse, allow."),
        ("url: javascript:alert(1)", "url: 'javascript:alert(1)' is not a web address."),
        ("supports: [C1]", "supports: C1 cannot support itself."),
        ("supports: [a b]", "supports[0]: 'a b' is not an id. Use letters, digits,"),
        (
            "history_until: 2026-01-23",
            (
                "history_until 2026-01-23 must be at most 2026-01-22: what came with or "
                "after the claim is not history (a fact may be of the day itself)."
            ),
        ),
        (
            "history_until: 2026-02-30",
            "history_until: Expected a date such as 2026-01-23, found '2026-02-30'.",
        ),
        (
            "history_until: 20260122",
            "history_until: Expected a date such as 2026-01-23, found 20260122.",
        ),
        (
            "history_until: 2026-01-22 10:00",
            "history_until: Expected a date such as 2026-01-23, found '2026-01-22 10:00'.",
        ),
        (
            "untestable: too vague",
            "'untestable' says that no test is possible, yet 'tests' has some. Drop one.",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_place(lines, message):
    found = fault(HEAD + TEST + lines)
    assert found.startswith(f"claims/x.yml: {message}")
    assert "\n" not in found


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "hoizon: 3",
            "tests[0]: Unknown key 'hoizon'. Known keys: kind, leader, follower, max_lag",
        ),
        ("max_lags: 3w", "tests[0]: Unknown key 'max_lags'. Did you mean 'max_lag'?"),
        ("max_lag: 26", "tests[0].max_lag: Expected text, found 26. Put it in quotes."),
        ("max_lag: six", "tests[0].max_lag: 'six' is not a duration."),
        (
            "start: long ago",
            "tests[0].start: Expected a date such as 2026-01-23, found 'long ago'.",
        ),
        (
            "claimed: '0.8'",
            "tests[0].claimed: Expected a number, found '0.8'. Write it as 0.8, without",
        ),
        (
            "given: {series: vix, ovr: 1w}",
            "tests[0].given: Unknown key 'ovr'. Did you mean 'over'?",
        ),
        ("given: {over: 1w}", "tests[0].given: Missing key 'series'."),
        ("forks: [leader]", "tests[0].forks: Expected a mapping (key: value), found"),
        ("forks: {leader: gold}", "tests[0].forks.leader: Expected a list, found 'gold'."),
    ],
)
def test_a_wrong_setting_is_named_with_its_test(settings, message):
    found = faults_of_a_test(settings)
    assert found.startswith(f"claims/x.yml: {message}")
    assert "\n" not in found


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (
            "{kind: lagtest}",
            "tests[0]: No test of kind 'lagtest'. Did you mean 'lag_test'?",
        ),
        ("{kind: 5}", "tests[0]: No test of kind 5. Known kinds: lag_test, record_test."),
        ("{kind: [a]}", 'tests[0]: No test of kind ["a"]. Known kinds: lag_test, record_test.'),
        ("{leader: x}", "tests[0]: Missing key 'kind'. Known kinds: lag_test, record_test."),
        ("lag_test", "tests[0]: Expected a mapping (key: value), found 'lag_test'."),
        ("{kind: record_test}", "tests[0]: Missing key 'subject'."),
        (
            "{kind: record_test, subject: x, quiet: 2.5}",
            "tests[0].quiet: Expected a whole number, found 2.5.",
        ),
        (
            "{kind: record_test, subject: x, quiet: 1000}",
            "tests[0].quiet: quiet must leave some days over",
        ),
        (
            "{kind: record_test, subject: x, above: high}",
            "tests[0].above: Expected a number, found 'high'.",
        ),
    ],
)
def test_a_wrong_test_is_named_with_its_place(test, message):
    assert fault(f"{HEAD}tests: [{test}]") == f"claims/x.yml: {message}"


def test_tests_that_are_no_list_are_refused():
    assert fault(HEAD + "tests: lag_test") == (
        "claims/x.yml: tests: Expected a list, found 'lag_test'."
    )


def test_a_claim_without_test_must_say_why():
    assert fault(HEAD) == (
        "claims/x.yml: A claim needs 'tests', or 'untestable' with the reason why "
        "there can be none."
    )


def test_every_missing_key_gets_its_line():
    assert fault("id: C1\ntype: fact\n").splitlines() == [
        "claims/x.yml: Missing key 'paraphrase'.",
        "claims/x.yml: Missing key 'publisher'.",
        "claims/x.yml: Missing key 'first_seen'.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("claims: []", "claims: An article needs at least one claim."),
        ("claims: C1", "claims: Expected a list, found 'C1'."),
        ("claims: [C1]", "claims[0]: Expected a mapping (key: value), found 'C1'."),
        ("claims: [{id: C1}]", None),
        ("clams: []", None),
        (
            "claims: [{id: 5, paraphrase: x, type: fact, untestable: x}]",
            "claims[0]: id: Expected text, found 5. Put it in quotes.",
        ),
        (
            "claims:\n- &c {id: C1, paraphrase: x, type: fact, untestable: x}\n- *c",
            "claims: C1 appears more than once. An id names one claim.",
        ),
        (
            "claims: [{id: C1, paraphrase: x, type: fact, untestable: x, supports: [C2]}]",
            "C1: supports: No claim 'C2' here. It has: C1.",
        ),
        (
            "supports: {C2: [C1]}\nclaims: [{id: C1, paraphrase: x, type: fact, untestable: x}]",
            "supports: No claim 'C2' here. It has: C1.",
        ),
        (
            "supports: {C1: C2}\nclaims: [{id: C1, paraphrase: x, type: fact, untestable: x}]",
            (
                "supports: Expected a list of ids for each claim, such as 'S01: [S31]', "
                'found {"C1": "C2"}.'
            ),
        ),
        (
            "claims: [{id: C1, paraphrase: x, type: fact, untestable: x, family: [a]}]",
            'C1: family: Expected text, found ["a"].',
        ),
        (
            "claims: [{id: C1, paraphrase: x, type: fact, untestable: x, article: other}]",
            "C1: article: 'other' is not this article, 'a-2026'.",
        ),
        (
            "claims: [{id: C1, paraphrase: x, type: fact, tests: [{kind: lagtest}]}]",
            "C1: tests[0]: No test of kind 'lagtest'. Did you mean 'lag_test'?",
        ),
    ],
)
def test_a_wrong_article_is_explained(text, message):
    found = fault(ARTICLE + text)
    if text == "claims: [{id: C1}]":
        assert found.splitlines() == [
            "claims/x.yml: C1: Missing key 'paraphrase'.",
            "claims/x.yml: C1: Missing key 'type'.",
        ]
    elif text == "clams: []":
        assert found.splitlines() == [
            "claims/x.yml: Missing key 'claims'.",
            "claims/x.yml: Unknown key 'clams'. Did you mean 'claims'?",
        ]
    else:
        assert found == f"claims/x.yml: {message}"


def test_a_fault_of_the_article_is_not_repeated_by_its_claims():
    text = """
    id: a 2026
    title: 5
    first_seen: 23 Jan
    claims:
    - {id: C1, paraphrase: x, type: fact, untestable: x}
    - {id: C2, paraphrase: x, type: fact, untestable: x, title: 6}
    """
    assert fault(text).splitlines() == [
        (
            "claims/x.yml: id: 'a 2026' is not an id. Use letters, digits, '.', '_' and '-', "
            "such as 'S27'."
        ),
        "claims/x.yml: title: Expected text, found 5. Put it in quotes.",
        "claims/x.yml: Missing key 'publisher'.",
        "claims/x.yml: first_seen: Expected a date such as 2026-01-23, found '23 Jan'.",
        "claims/x.yml: C2: title: Expected text, found 6. Put it in quotes.",
    ]


def test_a_long_value_is_cut_short():
    assert fault(HEAD + f"tests: {'x' * 99}") == (
        f"claims/x.yml: tests: Expected a list, found '{'x' * 56}...."
    )


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    file = tmp_path / "x.yml"
    file.write_bytes(b"id: C1\nparaphrase: caf\xe9\n")
    with pytest.raises(ClaimError) as caught:
        load(file)
    assert str(caught.value) == (f"{file}: line 2: Byte 0xe9 is not UTF-8. Save the file as UTF-8.")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    file = tmp_path / "x.yml"
    file.write_bytes(b"\xef\xbb\xbf" + (HEAD + TEST).encode())
    assert load(file).id == "C1"


def test_a_folder_is_no_claim_file(tmp_path):
    for folder in (tmp_path, tmp_path / "x.yml"):
        folder.mkdir(exist_ok=True)
        with pytest.raises(ClaimError) as caught:
            load(folder)
        assert str(caught.value) == (
            f"{folder}: Is a folder, expected a YAML file. Name a file in it."
        )
