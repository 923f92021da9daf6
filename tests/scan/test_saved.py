"""A scan read back from its folder says what it said, and a damaged folder what to do."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scan.kept import NAMES, keep, odd_scan

from leadline import archive
from leadline.errors import ArchiveError
from leadline.scan import exhibits, page, pair, saved
from leadline.scan.caveats import caveats
from leadline.scan.explain import explain


@pytest.fixture(scope="module")
def found():
    return odd_scan(resamples=39)


@pytest.fixture(scope="module")
def kept(found, tmp_path_factory):
    """Give a scan in its folder; copy it before damaging it."""
    return keep(found, tmp_path_factory.mktemp("scans") / "odd")


@pytest.fixture
def folder(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / "odd")


def change(path, **keys):
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | keys), encoding="utf-8")


def test_what_is_read_back_says_the_same(found, kept):
    held = saved.load(kept)
    again = held.found
    assert again.settings == found.settings
    assert again.assets == found.assets
    assert again.summary() == found.summary()
    assert page.answer(again) == page.answer(found)
    assert page.numbers(again) == page.numbers(found)
    assert caveats(again) == caveats(found)
    assert again.out_of_sample == found.out_of_sample
    assert repr(again) == repr(found)
    pd.testing.assert_frame_equal(again.table, found.table)
    for name in ("leaders", "clusters", "left_out"):
        same = getattr(again, name)
        pd.testing.assert_frame_equal(same, getattr(found, name), check_dtype=False)


def test_the_pictures_are_those_of_the_scan(found, kept):
    held = saved.load(kept)
    assert held.exhibits == exhibits.exhibits(found)
    assert {"network", "heatmap"} <= {shown.name for shown in held.exhibits}
    sheet, fresh = (page.sheet(one, held.exhibits) for one in (held.found, found))
    assert sheet.description == fresh.description


def test_scores_that_are_not_known_stay_unknown(tmp_path):
    one_sided = odd_scan(leaders=["BTC/USD"], decoys=False)
    again = saved.load(keep(one_sided, tmp_path / "one-sided")).found
    assert again.leaders["score"].isna().all()
    assert again.settings.leaders == ("BTC/USD",)
    assert [shown.name for shown in exhibits.exhibits(again)] == [
        shown.name for shown in exhibits.exhibits(one_sided)
    ]


def test_a_folder_without_a_scan_says_how_to_make_one(tmp_path):
    with pytest.raises(ArchiveError, match=r"Holds no scan \(scan.json is missing\). Run leadline"):
        saved.load(tmp_path)


def test_an_older_folder_says_scan_again(folder):
    (folder / "exhibits.json").unlink()
    with pytest.raises(ArchiveError) as refused:
        saved.load(folder)
    assert str(refused.value) == (
        f"{folder}/exhibits.json: Is missing; an older Leadline wrote this folder. Run leadline "
        f"scan again with --out {folder}, or another folder."
    )


def test_a_newer_folder_says_upgrade(folder):
    change(folder / "scan.json", schema=2)
    with pytest.raises(ArchiveError, match=r"schema 2; this Leadline reads up to 1\. Upgrade"):
        saved.load(folder)


@pytest.mark.parametrize("schema", [0, True, "1", None])
def test_a_schema_that_is_no_number_is_damage(folder, schema):
    change(folder / "exhibits.json", schema=schema)
    with pytest.raises(ArchiveError, match="Damaged, its schema is"):
        saved.load(folder)


def test_another_document_is_not_taken_for_a_scan(folder):
    change(folder / "scan.json", document="verdict")
    with pytest.raises(ArchiveError, match="Is not a document of the kind 'scan'"):
        saved.load(folder)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"assets": []}, "Damaged at assets"),
        ({"n_pairs": "many"}, "Damaged at n_pairs"),
        ({"first_day": "yesterday"}, "Damaged at first_day"),
        ({"leaders": [{"asset": "x"}]}, r"Damaged at leaders\.0\.score"),
        ({"settings": {"max_lag": 0}}, "Damaged at settings: min_lag 1 and max_lag 0"),
        ({"settings": {"max_lag": "ten"}}, "Damaged at settings"),
        ({"out_of_sample": {"first_day": "2020-01-01"}}, r"Damaged at out_of_sample\.n_found"),
    ],
)
def test_what_is_wrong_in_a_document_is_named(folder, keys, told):
    change(folder / "scan.json", **keys)
    with pytest.raises(ArchiveError, match=told):
        saved.load(folder)


@pytest.mark.parametrize("name", ["leads.parquet", "exhibits.json"])
def test_files_of_two_scans_are_not_mixed(folder, name, tmp_path):
    other = keep(odd_scan(fdr=0.2), tmp_path / "other")
    shutil.copy(other / name, folder / name)
    with pytest.raises(ArchiveError, match=rf"{name}: Belongs to another scan than the scan\.json"):
        saved.load(folder)


def test_a_missing_table_is_named(folder):
    (folder / "leads.parquet").unlink()
    with pytest.raises(ArchiveError, match=r"leads\.parquet: Is missing"):
        saved.load(folder)


def test_a_table_without_a_column_is_named(folder):
    table = pd.read_parquet(folder / "leads.parquet")
    table.drop(columns=["r", "t"]).to_parquet(folder / "leads.parquet")
    with pytest.raises(ArchiveError, match=r"leads\.parquet: Lacks r, t\."):
        saved.load(folder)


@pytest.mark.parametrize("name", ["scan.json", "exhibits.json", "leads.parquet"])
def test_bytes_that_rotted_are_an_error_in_words(folder, name):
    whole = (folder / name).read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(25):
        rotten = bytearray(whole[: rng.integers(1, len(whole))])
        for place in rng.integers(0, len(rotten), 40):
            rotten[place] = rng.integers(0, 256)
        (folder / name).write_bytes(rotten)
        with pytest.raises(ArchiveError, match="Run leadline scan again with --out"):
            saved.load(folder)


def test_numbers_that_json_lacks_are_refused(folder):
    text = (folder / "exhibits.json").read_text(encoding="utf-8")
    (folder / "exhibits.json").write_text(text.replace('"schema": 1', '"schema": NaN'))
    with pytest.raises(ArchiveError, match="NaN is no JSON"):
        saved.load(folder)


@given(st.lists(st.tuples(st.text(), st.text()), unique=True, max_size=8))
def test_every_pair_has_a_folder_of_its_own(pairs):
    names = [saved.place(*pair) for pair in pairs]
    assert len(set(names)) == len(names)
    for name in names:
        assert not set(name) & set('/\\:*?"<>|. ')


def test_surrogates_have_no_folder():
    # What UTF-8 cannot hold is in no file of prices either.
    with pytest.raises(UnicodeEncodeError):
        saved.place("\ud800", "x")


def test_a_pair_says_chance_first_and_then_what_was_found(kept):
    found = saved.load(kept).found
    forth = pair.sentences(found, "BTC/USD", "<b>&x</b>")
    assert forth[0].startswith("Where nobody leads anybody, ")
    assert "<b>&x</b> moves against what BTC/USD did, after 7 days: correlation −0." in forth[1]
    assert "so it counts where at most 5% may be" in forth[2]
    table = pair.table(found, "BTC/USD", "<b>&x</b>")
    assert table.head == ("", "BTC/USD before <b>&x</b>", "<b>&x</b> before BTC/USD")
    rows = {label: cells for label, *cells in table.rows}
    assert rows["lag at which they go together most"][0] == "after 7 days"
    assert rows["p over all pairs at once"][0] == "0.025"


def test_a_pair_that_is_not_listed_is_said_to_be_so(found, kept):
    held = saved.load(kept)
    import dataclasses

    few = dataclasses.replace(found, table=found.table.head(3), n_listed=3)
    told = pair.sentences(few, "A7", "..")
    assert told == (
        f"A7 before .. is not among the 3 pairs with the smallest p, which are listed: its own is "
        f"above {few.table['p'].max():.2g}, and that is nothing remarkable among 182 pairs.",
    )
    assert pair.table(few, "A7", "..") is None
    only = few.table.iloc[0]
    one_way = pair.table(few, only["follower"], only["leader"])
    assert one_way.head == ("", f"{only['leader']} before {only['follower']}")
    assert pair.row(held.found, "A7", "A7") is None


def test_a_side_that_was_not_asked_for_is_said_to_be_so():
    found = odd_scan(leaders=["BTC/USD"], decoys=False)
    assert pair.sentences(found, "nan", "BTC/USD") == (
        "nan was not among the series asked for as a leader.",
    )


def test_the_command_is_one_that_a_shell_takes_apart_again(kept):
    import shlex

    held = saved.load(kept)
    for leader in NAMES[1:]:
        words = shlex.split(pair.command(held, leader, "BTC/USD"))
        assert words[:3] == ["leadline", "scan", "explain"]
        assert {leader, "BTC/USD"} <= set(words)
        assert words[words.index("--out") + 1] == f"odd/pairs/{saved.place(leader, 'BTC/USD')}"
        assert (words[3] == leader) != ("--" in words)
    assert "--direction negative" in pair.command(held, "BTC/USD", "<b>&x</b>")


def test_a_trial_is_found_where_the_command_writes_it(folder):
    held = saved.load(folder)
    assert held.trial("a008", "a009") is None
    assert held.trial("long " * 99, "a009") is None
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2022-01-03", periods=70)
    prices = pd.DataFrame(
        np.exp(rng.standard_normal((70, 2)).cumsum(0) / 100), days, ["a008", "a009"]
    )
    verdict = explain("a008", "a009", prices, max_lag=40)
    home = folder / "pairs" / saved.place("a008", "a009")
    home.mkdir(parents=True)
    (home / "pair.json").write_text(archive.dumps(verdict), encoding="utf-8")
    assert held.trial("a008", "a009") == verdict
    shutil.copytree(home, folder / "pairs" / saved.place("a009", "a008"))
    with pytest.raises(ArchiveError, match=r"Is not on a009 before a008\. Remove it"):
        held.trial("a009", "a008")
