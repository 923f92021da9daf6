import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from archive.sample import EXHIBITS, verdict
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from leadline import archive
from leadline.data.database import Database, documents, tables
from leadline.errors import AlteredError, ArchiveError, LeadlineError
from leadline.evidence.exhibits import Curve, Line
from leadline.verdict import MadeBy

GOLDEN = Path(__file__).parents[1] / "golden" / "verdict-1.json"


@pytest.fixture
def exported(tmp_path):
    """Give a verdict and the path of its document."""
    one, path = verdict(), tmp_path / "verdict.json"
    path.write_text(archive.dumps(one), encoding="utf-8")
    return one, path


def altered(path, change, *, reseal=False):
    """Change the document that a path holds."""
    document = json.loads(path.read_text())
    change(document)
    if reseal:
        document["seal"] = archive.seal(document)
    path.write_text(json.dumps(document))


def refusal(seal_or_path, database=None):
    with pytest.raises(ArchiveError) as caught:
        archive.load(seal_or_path, database)
    return str(caught.value)


def rows(url):
    with Database.open(url) as db, db.connect() as connection:
        return connection.execute(select(tables.documents)).all()


def smuggle(url, one, text):
    """Put a document into the archive as no command would."""
    article, _, _ = one.claim.id.partition("/")
    with Database.open(url) as db:
        documents.keep(
            db,
            documents.Document(
                one.seal, "verdict", 1, one.claim.id, article, one.as_of, one.made_by.at, text
            ),
        )


def test_a_verdict_read_back_is_equal(store_url):
    one = verdict()
    assert archive.save(one, store_url) == one.seal
    assert archive.load(one.seal, store_url) == one
    assert archive.load(one.seal[:6], store_url) == one
    assert archive.history(one.claim.id, store_url) == (one,)


def test_a_document_that_was_exported_is_read_by_its_path(exported):
    one, path = exported
    assert archive.load(path) == one
    assert archive.load(str(path)) == one
    assert archive.dumps(archive.load(path)) == path.read_text()


def test_the_archive_is_the_store_that_the_environment_names(store_url, monkeypatch):
    monkeypatch.setenv("LEADLINE_STORE", store_url)
    one = verdict()
    archive.save(one)
    assert archive.load(one.seal) == one
    assert archive.history(one.claim.id) == (one,)
    with Database.open() as db:
        assert archive.load(one.seal, db) == one


def test_a_verdict_is_kept_as_the_text_that_is_shown_with_what_it_is_found_by(store_url):
    one, lone = verdict(), verdict(claim="W03")
    for each in (one, lone):
        archive.save(each, store_url)
    (row,) = [row for row in rows(store_url) if row.seal == one.seal]
    assert row.text == archive.dumps(one)
    assert (row.kind, row.schema, row.made_at) == ("verdict", 1, "2026-11-22T10:00:00Z")
    assert (row.claim, row.article) == ("silver-2026/S27", "silver-2026")
    assert tables.day(row.as_of) == one.as_of
    (row,) = [row for row in rows(store_url) if row.seal == lone.seal]
    assert (row.claim, row.article) == ("W03", None)


def test_saving_the_same_seal_again_changes_nothing(store_url):
    archive.save(verdict(), store_url)
    before = rows(store_url)
    later = verdict(at="2027-01-01T00:00:00Z")
    assert archive.save(later, store_url) == before[0].seal
    assert rows(store_url) == before


def test_another_document_under_the_same_seal_is_never_overwritten(store_url):
    one = verdict()
    smuggle(store_url, one, archive.dumps(verdict(caveats=("another",))))
    before = rows(store_url)
    with pytest.raises(AlteredError, match=r"verdict [0-9a-f]{16}: Altered: the document there"):
        archive.save(one, store_url)
    assert rows(store_url) == before


def test_a_verdict_with_a_seal_not_its_own_is_not_kept(tmp_path):
    false = verdict().model_copy(update={"seal": "0" * 64})
    with pytest.raises(ArchiveError, match="The seal is not that of the document"):
        archive.save(false, tmp_path / "store.db")
    assert not list(tmp_path.iterdir())


def test_many_savers_at_once_keep_one_document(store_url):
    one = verdict()
    with ThreadPoolExecutor(8) as pool:
        seals = set(pool.map(lambda _: archive.save(one, store_url), range(16)))
    assert seals == {one.seal}
    assert len(rows(store_url)) == 1


def test_a_store_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LeadlineError, match="the store cannot be made: "):
        archive.save(verdict(), tmp_path / "file" / "store.db")


def test_history_is_in_order_of_the_data_then_of_the_trial(store_url):
    august = verdict(at="2026-11-22T10:00:00Z")
    again = verdict(at="2026-11-23T10:00:00Z", caveats=("Heard again by later code.",))
    january = verdict(at="2026-12-01T10:00:00Z", as_of=date(2026, 1, 22))
    other = verdict(claim="silver-2026/S01")
    for one in (again, august, other, january):
        archive.save(one, store_url)
    assert archive.history("silver-2026/S27", store_url) == (january, august, again)
    assert archive.history("silver-2026/S01", store_url) == (other,)
    assert archive.history("silver-2026/S99", store_url) == ()
    assert archive.history("S27", store_url) == ()


@pytest.mark.parametrize("claim", ["", "../S27", "a/b/S27", "silver-2026/", "/etc", "a/.."])
def test_an_id_that_is_no_name_finds_nothing(claim, store_url):
    with pytest.raises(ArchiveError) as caught:
        archive.history(claim, store_url)
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


def test_an_earlier_schema_is_brought_up_to_date(exported, monkeypatch):
    _, path = exported

    def from_1_to_2(document):
        return document | {"caveats": [*document["caveats"], "migrated"]}

    monkeypatch.setattr(archive, "SCHEMA", 2)
    monkeypatch.setattr(archive, "MIGRATIONS", {1: from_1_to_2})
    found = archive.load(path)
    assert found.schema_ == 2
    assert found.caveats[-1] == "migrated"


def test_keys_of_a_later_version_are_ignored_wherever_they_stand(exported):
    one, path = exported

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


def test_an_altered_document_is_caught(exported):
    _, path = exported
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
def test_a_document_that_cannot_be_read_is_explained(exported, change, message):
    _, path = exported
    altered(path, change)
    assert refusal(path) == f"{path}: {message}"


def test_text_that_is_no_json_is_called_damaged(exported):
    _, path = exported
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


def test_a_seal_that_names_no_verdict_or_several_is_explained(store_url):
    with Database.open(store_url) as db:
        assert refusal("abcd", db) == f"No verdict with seal abcd in {db.name}."
    assert refusal("xyz", store_url) == (
        "'xyz' is no seal: write 4 or more of its digits 0-9 and a-f, or the path of a .json file."
    )
    one = verdict()
    archive.save(one, store_url)
    assert refusal(one.seal[:20] + "0" * 44, store_url).startswith("No verdict with seal ")
    twin = one.seal[:20] + "0" * 44
    smuggle(store_url, one.model_copy(update={"seal": twin}), archive.dumps(one))
    assert refusal(one.seal[:5], store_url) == (
        f"2 verdicts have a seal that starts with {one.seal[:5]}: "
        f"{one.seal[:16]}, {one.seal[:16]}. Write more digits."
    )


def test_a_document_that_was_altered_in_the_archive_is_caught(store_url):
    one = verdict()
    smuggle(store_url, one, archive.dumps(one).replace("not_supported", "supported"))
    assert re.fullmatch(
        rf".*: verdict {one.seal[:16]}: Altered since it was sealed: its digits bring out another "
        r"seal\.",
        refusal(one.seal, store_url),
    )
    with pytest.raises(AlteredError):
        archive.history(one.claim.id, store_url)


def test_the_root_is_where_leadline_home_says(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_HOME", str(tmp_path))
    assert archive.default_root() == tmp_path
    one = verdict()
    archive.save(one)
    assert (tmp_path / "leadline.db").exists()
    assert archive.load(one.seal) == one
    assert archive.history("silver-2026/S27") == (one,)
    monkeypatch.setenv("LEADLINE_HOME", "")
    assert archive.default_root().name == "leadline"


@pytest.fixture(scope="module")
def one_store(tmp_path_factory):
    """Give a store for many examples."""
    with Database.open(tmp_path_factory.mktemp("root") / "store.db") as db:
        yield db


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
def test_whatever_a_verdict_holds_is_read_back_equal(one_store, data, caveats, xs):
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
    found = archive.load(archive.save(one, one_store), one_store)
    assert archive.document(found) == archive.document(one)
    assert archive.dumps(found) == archive.dumps(one)


def test_another_hour_is_another_text_but_the_same_seal():
    one = verdict()
    later = one.model_copy(
        update={"made_by": MadeBy(leadline="0.1.0", panel="sha256:77ab", at="later")}
    )
    assert archive.dumps(later) != archive.dumps(one)
    assert archive.sealed(later).seal == one.seal
