import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from archive.sample import EXHIBITS, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import archive
from leadline.errors import ArchiveError
from leadline.evidence.exhibits import Curve, Line
from leadline.verdict import MadeBy

GOLDEN = Path(__file__).parents[1] / "golden" / "verdict-1.json"


@pytest.fixture
def kept(tmp_path):
    """Give a verdict and the path under which it is kept."""
    one = verdict()
    return one, archive.save(one, tmp_path)


def altered(path, change, *, reseal=False):
    """Change the document that a path holds."""
    document = json.loads(path.read_text())
    change(document)
    if reseal:
        document["seal"] = archive.seal(document)
    path.write_text(json.dumps(document))


def refusal(seal_or_path, root=None):
    with pytest.raises(ArchiveError) as caught:
        archive.load(seal_or_path, root)
    return str(caught.value)


def test_a_verdict_read_back_is_equal(kept, tmp_path):
    one, path = kept
    assert archive.load(path) == one
    assert archive.load(str(path)) == one
    assert archive.load(one.seal, tmp_path) == one
    assert archive.load(one.seal[:6], tmp_path) == one
    assert archive.dumps(archive.load(path)) == path.read_text() == archive.dumps(one)


def test_a_verdict_lies_under_its_article_and_claim(kept, tmp_path):
    one, path = kept
    folder = tmp_path / "verdicts" / "silver-2026" / "S27"
    assert path == folder / f"2026-08-20-{one.seal[:12]}.json"
    lone = archive.save(verdict(claim="W03"), tmp_path)
    assert lone.parent == tmp_path / "verdicts" / "alone" / "W03"


def test_nothing_but_the_verdict_is_left_in_its_folder(kept):
    _, path = kept
    assert list(path.parent.iterdir()) == [path]


def test_saving_the_same_seal_again_changes_nothing(kept, tmp_path):
    one, path = kept
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    later = verdict(at="2027-01-01T00:00:00Z")
    assert later.seal == one.seal
    assert archive.save(later, tmp_path) == path
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_another_verdict_under_the_same_name_is_never_overwritten(kept, tmp_path):
    one, path = kept
    altered(path, lambda document: document.update(caveats=["another"]), reseal=True)
    before = path.read_bytes()
    with pytest.raises(ArchiveError) as caught:
        archive.save(one, tmp_path)
    assert str(caught.value) == f"{path}: Holds another verdict. It is left as it is."
    assert path.read_bytes() == before


def test_a_verdict_with_a_seal_not_its_own_is_not_kept(tmp_path):
    false = verdict().model_copy(update={"seal": "0" * 64})
    with pytest.raises(ArchiveError, match="The seal is not that of the document"):
        archive.save(false, tmp_path)
    assert not list(tmp_path.iterdir())


def test_many_savers_at_once_leave_one_whole_file(tmp_path):
    one = verdict()
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: archive.save(one, tmp_path), range(32)))
    assert len(paths) == 1
    assert list(paths.pop().parent.iterdir()) == [archive.save(one, tmp_path)]


def test_a_file_system_without_links_keeps_verdicts_too(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    one = verdict()
    path = archive.save(one, tmp_path)
    assert archive.load(path) == one
    assert list(path.parent.iterdir()) == [path]


def test_whoever_is_second_leaves_the_first_file_alone(tmp_path):
    path = tmp_path / "x.json"
    archive._write_once(path, "first")
    archive._write_once(path, "second")
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match=r"Cannot be written: No space left on device\.$"):
        archive.save(verdict(), tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_root_that_is_a_file_is_explained(tmp_path):
    root = tmp_path / "root"
    root.write_text("")
    with pytest.raises(ArchiveError, match=r"Cannot be written: "):
        archive.save(verdict(), root)


def test_history_is_in_order_of_the_data_then_of_the_trial(tmp_path):
    august = verdict(at="2026-11-22T10:00:00Z")
    again = verdict(at="2026-11-23T10:00:00Z", caveats=("Heard again by later code.",))
    january = verdict(at="2026-12-01T10:00:00Z", as_of=date(2026, 1, 22))
    other = verdict(claim="silver-2026/S01")
    for one in (again, august, other, january):
        archive.save(one, tmp_path)
    assert archive.history("silver-2026/S27", tmp_path) == (january, august, again)
    assert archive.history("silver-2026/S01", tmp_path) == (other,)
    assert archive.history("silver-2026/S99", tmp_path) == ()
    assert archive.history("S27", tmp_path) == ()


@pytest.mark.parametrize("claim", ["", "../S27", "a/b/S27", "silver-2026/", "/etc", "a/.."])
def test_an_id_that_is_no_name_reaches_no_folder(claim, tmp_path):
    with pytest.raises(ArchiveError) as caught:
        archive.history(claim, tmp_path)
    assert str(caught.value) == f"{claim!r} is not the id of a claim, such as 'silver-2026/S27'."


def test_the_seal_covers_everything_but_itself_and_the_hour():
    document = archive.document(verdict())
    seal = archive.seal(document)
    assert archive.seal(document | {"seal": "x"}) == seal
    assert archive.seal(document | {"made_by": document["made_by"] | {"at": "x"}}) == seal
    for key in document.keys() - {"seal", "made_by"}:
        assert archive.seal(document | {key: "x"}) != seal, key
    for key in ("leadline", "panel"):
        assert archive.seal(document | {"made_by": document["made_by"] | {key: "x"}}) != seal


def test_the_seal_does_not_hang_on_the_order_of_keys():
    document = archive.document(verdict())
    backwards = dict(reversed(document.items()))
    assert archive.seal(backwards) == archive.seal(document)


def test_a_document_is_json_with_the_most_asked_for_first():
    text = archive.dumps(verdict())
    document = json.loads(text)
    assert list(document)[:4] == ["document", "schema", "claim", "as_of"]
    assert document == archive.document(verdict())
    assert text.endswith("}\n")
    assert '"x": [1.0, 2.0, 3.0]' in text  # numbers stay on one line


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_say_is_refused_with_its_place(value):
    with pytest.raises(ArchiveError) as caught:
        verdict(data=({"id": "silver"}, {"id": "gold", "ages": [1.0, value]}))
    assert str(caught.value) == (
        "data[1].ages[1]: NaN and infinity do not exist in JSON. Use null and a caveat."
    )


def test_dumps_refuses_nan_too():
    one = verdict().model_copy(update={"data": ({"last": float("nan")},)})
    with pytest.raises(ArchiveError, match=r"^data\[0\]\.last: NaN and infinity"):
        archive.dumps(one)


def test_every_golden_of_a_schema_loads():
    found = archive.load(GOLDEN)
    assert found.claim.id == "silver-2026/S27"
    assert found.history.outcome == "not_supported"
    assert [type(shown) for shown in found.evidence[0].exhibits] == [type(e) for e in EXHIBITS]
    assert found.evidence[0].power.decidable_by == 2041


def test_every_schema_has_a_golden_and_a_migration():
    for schema in range(1, archive.SCHEMA + 1):
        assert GOLDEN.with_name(f"verdict-{schema}.json").exists()
    assert sorted(archive.MIGRATIONS) == list(range(1, archive.SCHEMA))


def test_an_earlier_schema_is_brought_up_to_date(kept, monkeypatch):
    _, path = kept

    def from_1_to_2(document):
        return document | {"caveats": [*document["caveats"], "migrated"]}

    monkeypatch.setattr(archive, "SCHEMA", 2)
    monkeypatch.setattr(archive, "MIGRATIONS", {1: from_1_to_2})
    found = archive.load(path)
    assert found.schema_ == 2
    assert found.caveats[-1] == "migrated"


def test_keys_of_a_later_version_are_ignored_wherever_they_stand(kept):
    one, path = kept

    def grow(value):
        if isinstance(value, dict):
            for item in list(value.values()):
                grow(item)
            value["a_later_key"] = {"x": 1}
        elif isinstance(value, list):
            for item in value:
                grow(item)

    def later(document):
        parts = ("claim", "history", "live", "evidence", "made_by")
        free = [document["claim"].pop("source")]  # whose keys are anybody's
        free += [found.pop("settings") for found in document["evidence"]]
        free += [found.pop("components") for found in document["evidence"]]
        free += [found["forks"].pop("by_null") for found in document["evidence"]]
        for found in document["evidence"]:
            curve = next(e for e in found["exhibits"] if e["shape"] == "specification_curve")
            free += [each.pop("choices") for each in curve["specifications"]]
        for name in parts:
            grow(document[name])
        document["a_later_key"] = 1
        source, described, components, by_null, *choices = free
        document["claim"]["source"] = source
        found = document["evidence"][0]
        found |= {"settings": described, "components": components}
        found["forks"]["by_null"] = by_null
        curve = next(e for e in found["exhibits"] if e["shape"] == "specification_curve")
        for each, choice in zip(curve["specifications"], choices, strict=True):
            each["choices"] = choice

    altered(path, later, reseal=True)
    found = archive.load(path)
    assert found.model_copy(update={"seal": one.seal}) == one


def test_an_altered_document_is_caught(kept):
    _, path = kept
    altered(path, lambda document: document["history"].update(outcome="supported"))
    assert refusal(path) == (
        f"{path}: Altered since it was sealed: its digits bring out another seal."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda document: document.update(schema=99),
            "Written in schema 99; this Leadline reads up to 1. Upgrade Leadline.",
        ),
        (
            lambda document: document.update(schema="1"),
            "Damaged, its schema is '1', not a number from 1.",
        ),
        (
            lambda document: document.pop("schema"),
            "Damaged, its schema is None, not a number from 1.",
        ),
        (lambda document: document.update(document="article"), "Not a verdict document."),
        (lambda document: document.pop("live"), "Damaged at live: Field required."),
        (
            lambda document: document["history"].update(outcome="proved"),
            (
                "Damaged at history.outcome: Input should be 'supported', 'weakly_supported', "
                "'conditional', 'decayed', 'not_supported', 'contradicted', 'undecidable' or "
                "'untestable'."
            ),
        ),
        (
            lambda document: document["evidence"][0].update(p_value="0.48"),
            "Damaged at evidence.0.p_value: Input should be a valid number.",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_explained(kept, change, message):
    _, path = kept
    altered(path, change)
    assert refusal(path) == f"{path}: {message}"


def test_text_that_is_no_json_is_called_damaged(kept):
    _, path = kept
    whole = path.read_bytes()
    for broken in (whole[:-40], b"", b"\xff\xfe\x00", whole.replace(b"0.48", b"NaN", 1)):
        path.write_bytes(broken)
        assert refusal(path).startswith(f"{path}: Damaged, not JSON: ")
    path.write_text("[1, 2]")
    assert refusal(path) == f"{path}: Not a verdict document."


def test_a_path_that_leads_nowhere_is_explained(tmp_path):
    assert refusal("gone.json") == "gone.json: No such file."
    folder = tmp_path / "x.json"
    folder.mkdir()
    assert refusal(folder) == f"{folder}: Cannot be read: Is a directory."


def test_a_seal_that_names_no_verdict_or_several_is_explained(tmp_path):
    place = tmp_path / "verdicts"
    assert refusal("abcd", tmp_path) == f"No verdict with seal abcd in {place}."
    assert refusal("xyz", tmp_path) == (
        "'xyz' is no seal: write 4 or more of its digits 0-9 and a-f, or the path of a .json file."
    )
    one = verdict()
    path = archive.save(one, tmp_path)
    assert refusal(one.seal[:20] + "0" * 44, tmp_path).startswith("No verdict with seal ")
    twin = place / "other" / "S27" / path.name
    twin.parent.mkdir(parents=True)
    twin.write_bytes(path.read_bytes())
    assert refusal(one.seal[:5], tmp_path) == (
        f"2 verdicts have a seal that starts with {one.seal[:5]}: "
        f"{one.seal[:16]}, {one.seal[:16]}. Write more digits."
    )


def test_the_root_is_where_leadline_home_says(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_HOME", str(tmp_path))
    assert archive.default_root() == tmp_path
    one = verdict()
    assert archive.save(one).is_relative_to(tmp_path)
    assert archive.load(one.seal) == one
    assert archive.history("silver-2026/S27") == (one,)
    monkeypatch.setenv("LEADLINE_HOME", "")
    assert archive.default_root().name == "leadline"


numbers = st.floats(-1e300, 1e300)
labels = st.text(max_size=9)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | labels
values = st.recursive(
    leaves,
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(labels, deeper, max_size=3),
)


@settings(deadline=None)
@given(
    data=st.lists(st.dictionaries(labels, values, max_size=3), max_size=3),
    caveats=st.lists(st.text(), max_size=3),
    xs=st.lists(numbers, max_size=4) | st.lists(st.from_regex(r"\A[0-9]{1,4}\Z"), max_size=4),
)
def test_whatever_a_verdict_holds_is_read_back_equal(tmp_path_factory, data, caveats, xs):
    curve = Curve(
        name="c",
        title="t",
        finding="f",
        x_label="x",
        y_label="y",
        lines=(Line(label="l", x=tuple(xs), y=(None,) * len(xs)),),
    )
    evidence = verdict().evidence[0].model_copy(update={"exhibits": (curve,)})
    one = verdict(data=tuple(data), caveats=tuple(caveats), evidence=(evidence,))
    path = archive.save(one, tmp_path_factory.mktemp("root"))
    found = archive.load(path)
    assert archive.document(found) == archive.document(one)
    assert archive.dumps(found) == archive.dumps(one)


def test_another_hour_is_another_text_but_the_same_seal():
    one = verdict()
    later = one.model_copy(
        update={"made_by": MadeBy(leadline="0.1.0", panel="sha256:77ab", at="later")}
    )
    assert archive.dumps(later) != archive.dumps(one)
    assert archive.sealed(later).seal == one.seal
