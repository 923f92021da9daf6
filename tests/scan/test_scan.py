"""The whole scan: what it finds, that it goes on where it was cut off, and where it runs."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from scan.universes import null_universe

import leadline as ll
from leadline.errors import DataError, LeadlineError
from leadline.kernels import cross_correlation as cc
from leadline.scan import tiles, work
from leadline.scan.prepare import prepare
from leadline.scan.prices import read
from leadline.worlds.universes import priced


@pytest.fixture(scope="module")
def prices():
    rng = np.random.default_rng(5)
    moves = rng.standard_normal((900, 14)) / 100 + rng.standard_normal((900, 1)) / 150
    moves[4:, 3] += 0.35 * moves[:-4, 8]
    moves[9:, 12] -= 0.35 * moves[:-9, 0]
    return priced(moves)


@pytest.fixture(scope="module")
def found(prices):
    return ll.scan(prices, 15, resamples=99)


def test_planted_leads_are_found_with_lag_and_sign(found):
    leads = found.table.head(2).sort_values("leader")
    assert leads[["leader", "follower", "lag"]].to_numpy().tolist() == [
        ["a000", "a012", 9],
        ["a008", "a003", 4],
    ]
    assert (np.sign(leads["t"]) == [-1, 1]).all()
    assert (leads[["q_bh", "q_by", "p_fwer"]] <= 0.01).all(axis=None)
    assert (leads["rest_p"] < 0.01).all()
    assert (leads["first_lag"] == leads["lag"]).all()
    assert found.out_of_sample.n_again >= 2


def test_a_pair_has_the_numbers_of_its_own_profile(found, prices):
    prepared = prepare(read(prices), every="day", factors=0, max_lag=15)
    row = found.table.iloc[0]
    place = {asset: k for k, asset in enumerate(prepared.assets)}
    u, v = (prepared.innovations[place[row[side]]] for side in ("leader", "follower"))
    expected = cc.profile(u, v, np.arange(1, 16))
    best = np.abs(expected.t).argmax()
    assert row["lag"] == expected.lags[best]
    assert row["t"] == pytest.approx(expected.t[best], rel=1e-10)
    assert row["r"] == pytest.approx(expected.r[best], rel=1e-10)


def test_the_result_tells_its_story(found, tmp_path):
    told = found.summary()
    assert "182 ordered pairs of 14 series, lags of 1 to 15 days" in told
    assert "family-wise at 5 % (step-down, 99 resamples)" in told
    assert repr(found).startswith("Scan(14 assets, 182 pairs, ")
    assert "<table" in found._repr_html_()
    found.to_parquet(tmp_path / "leads.parquet")
    held = pd.read_parquet(tmp_path / "leads.parquet")
    pd.testing.assert_frame_equal(held, found.table)
    assert held.attrs["max_lag"] == 15
    assert set(found.leaders["asset"]) == set(found.assets)
    assert found.leaders.loc[found.leaders["asset"] == "a008", "leads"].item() >= 1
    assert set(found.clusters["asset"]) == set(found.assets)


def test_only_pairs_asked_for_are_tested(prices, found):
    some = ll.scan(prices, 15, leaders=["a008", "a000"], followers=["a003", "a008"])
    assert some.n_pairs == 3
    row = some.table.iloc[0]
    assert (row["leader"], row["follower"], row["lag"]) == ("a008", "a003", 4)
    assert some.leaders["score"].isna().all()
    assert some.clusters["cluster"].eq(0).all()
    whole = found.table.set_index(["leader", "follower"])["t"]
    for _, pair in some.table.iterrows():
        assert pair["t"] == pytest.approx(whole[pair["leader"], pair["follower"]], rel=1e-12)


def test_tiles_do_not_change_what_is_found(prices, found, monkeypatch):
    monkeypatch.setattr(tiles, "SIDE", 4)
    monkeypatch.setattr(tiles, "DRAWS", 30)
    small = ll.scan(prices, 15, resamples=99)
    assert small.n_pairs == found.n_pairs
    for column in ("leader", "follower", "lag", "p_fwer", "first_lag"):
        assert (small.table[column].head(20) == found.table[column].head(20)).all()
    assert small.leaders["score"].to_numpy() == pytest.approx(found.leaders["score"], rel=1e-4)


def test_lags_that_share_hours_never_count():
    rng = np.random.default_rng(1)
    moves = rng.standard_normal((800, 3)) / 100
    # Bitcoin closes after silver: some of its day is in silver's next one.
    moves[1:, 0] += 0.6 * moves[:-1, 1]
    named = priced(moves).set_axis(["silver", "bitcoin", "other"], axis=1)
    found = ll.scan(named, 5).table.set_index(["leader", "follower"])
    assert found.loc[("bitcoin", "silver"), "lag"] >= 2
    assert found.loc[("bitcoin", "silver"), "p"] > 1e-4
    unknown = ll.scan(named.rename(columns={"silver": "x"}), 5).table.iloc[0]
    assert unknown["lag"] == 1
    assert "closes unknown" in unknown["flags"]


def test_pairs_that_begin_at_a_lag_of_two_are_told():
    named = null_universe(4, 400, np.random.default_rng(1))
    named.columns = ["bitcoin", "gold", "silver", "x"]
    told = (
        " at a lag of two: by the catalogue the follower closes earlier than the leader, so that "
        "the first lag shares hours"
    )
    rename = "Rename a series that is not the catalogue's."
    whole = ll.scan(named, 5)
    assert f"3 pairs begin{told} (bitcoin, gold, silver). {rename}" in whole.notes
    assert f"3 pairs begin{told}" in whole.summary()
    one = ll.scan(named, 5, leaders=["bitcoin", "x"], followers=["gold", "x"], decoys=False)
    assert f"1 pair begins{told} (bitcoin, gold). {rename}" in one.notes
    for asked in ({"min_lag": 2}, {"leaders": ["x"]}):
        assert told not in ll.scan(named, 5, decoys=False, **asked).summary()


def few_in_common(n, rng):
    """Give prices of which the first is delisted on the day before the second is listed."""
    prices = null_universe(n, 800, rng)
    prices.iloc[400:, 0] = np.nan
    prices.iloc[:400, 1] = np.nan
    return prices


def test_series_without_days_in_common_show_nothing():
    prices = few_in_common(4, np.random.default_rng(0))
    found = ll.scan(prices, 10, resamples=19)
    assert len(found.table) == found.n_pairs
    assert found.table["r"].abs().max() <= 1
    both = found.table.set_index(["leader", "follower"])
    for pair in (("a000", "a001"), ("a001", "a000")):
        own = both.loc[pair]
        assert (own["t"], own["r"], own["p"], own["q_bh"], own["p_fwer"]) == (0, 0, 1, 1, 1)
        assert (own["first_p"], own["rest_p"]) == (1, 1)
        assert "few days in common" in own["flags"]
        assert own["n_obs"] < 30
    numbers = found.table.drop(columns=["leader", "follower", "flags"])
    assert np.isfinite(numbers).all(axis=None)
    alone = ll.scan(prices, 10, leaders=["a000"], followers=["a001"], resamples=19)
    assert alone.table["p"].tolist() == [1]


def test_what_few_days_made_look_strong_gives_way_to_the_rest(monkeypatch):
    monkeypatch.setattr(work, "AT_LEAST", 40)
    prices = few_in_common(12, np.random.default_rng(3))
    moves = np.log(prices).diff()
    # The last nine moves of the one are the first of the other.
    again = moves["a000"].iloc[391:400].to_numpy()
    prices.iloc[401:410, 1] = prices.iloc[400, 1] * np.exp(again.cumsum())
    screened = ll.scan(prices, 10)
    assert ("a000", "a001") not in set(
        zip(screened.table["leader"], screened.table["follower"], strict=True)
    )
    assert screened.table["p"].max() < 1


def test_blocks_that_alternate_lead_over_the_days_of_their_lag():
    rng = np.random.default_rng(0)
    moves = rng.standard_normal((1600, 3)) / 100
    moves[40:, 1] += 0.9 * moves[:-40, 0]
    prices = priced(moves)
    block = np.arange(len(prices)) // 40 % 2
    prices.loc[block == 1, "a000"] = np.nan
    prices.loc[block == 0, "a001"] = np.nan
    found = ll.scan(prices, 60, decoys=False)
    lead = found.table.iloc[0]
    assert (lead["leader"], lead["follower"], lead["lag"]) == ("a000", "a001", 40)
    assert lead["r"] == pytest.approx(0.67, abs=0.06)
    assert lead["n_obs"] > 700
    assert found.table["r"].abs().max() <= 1


def test_naming_every_series_is_asking_for_all(prices, found):
    named = ll.scan(prices, 15, leaders=list(prices.columns[::-1]), resamples=99)
    pd.testing.assert_frame_equal(named.leaders, found.leaders)
    pd.testing.assert_frame_equal(named.clusters, found.clusters)
    assert named.settings.leaders == tuple(prices.columns[::-1])
    assert named.manifest["leaders"] == list(prices.columns[::-1])


def test_the_table_is_given_as_a_frame_of_its_own(found):
    frame = found.to_frame()
    pd.testing.assert_frame_equal(frame, found.table)
    frame["t"] = 0.0
    assert found.table["t"].abs().max() > 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"factors": "market"}, ", each without the mean of the others."),
        ({"factors": 1}, ", without 1 principal component."),
        ({"factors": "a005"}, ", without what goes with a005."),
        ({"every": "week", "max_lag": 8}, "lags of 1 to 8 weeks, 179 weeks"),
        ({"max_lag": 400, "decoys": False}, "too short for its longest lag"),
    ],
)
def test_what_was_asked_is_said(prices, settings, said):
    told = ll.scan(prices, **{"max_lag": 10, **settings}).summary()
    assert said in told
    assert ("1 series left out" in told) == (settings.get("factors") == "a005")


def test_no_more_pairs_are_listed_than_can_be_told(prices, monkeypatch):
    monkeypatch.setattr(work, "AT_MOST", 1)
    monkeypatch.setattr(work, "STEPPED", 1)
    found = ll.scan(prices, 15, resamples=19)
    assert len(found.table) == 1
    assert "listed" in found.notes[-1]


def test_pairs_beyond_those_stepped_through_are_never_ahead(prices, found, monkeypatch):
    monkeypatch.setattr(work, "STEPPED", 3)
    short = ll.scan(prices, 15, resamples=99).table["p_fwer"]
    assert (short[:3] == found.table["p_fwer"][:3]).all()
    assert (short[3:] >= found.table["p_fwer"][3:]).all()


def test_flags_say_what_to_be_wary_of():
    prices = null_universe(5, 700, np.random.default_rng(3))
    prices.iloc[:500, 0] = np.nan
    prices.iloc[200:230, 1] = prices.iloc[200, 1]
    found = ll.scan(prices, 5)
    flags = found.table.set_index(["leader", "follower"])["flags"]
    assert "few days in common; listed late; stale prices" in flags["a000", "a001"]
    assert found.stale["n"].tolist() == [30]


def test_an_empty_network_has_no_groups_and_scores_about_zero():
    found = ll.scan(null_universe(30, 600, np.random.default_rng(4)), 10)
    inside = (found.leaders["low"] <= 0) & (found.leaders["high"] >= 0)
    assert inside.mean() >= 0.8
    assert found.clusters["cluster"].max() <= 1
    plain = ll.scan(null_universe(6, 300, np.random.default_rng(4)), 10, decoys=False)
    assert plain.leaders["low"].isna().all()
    assert "fdp_signed" not in plain.table


def test_a_leading_group_is_told_from_those_it_leads():
    rng = np.random.default_rng(6)
    moves = rng.standard_normal((1500, 30)) / 100
    moves[2:, 10:] += 0.2 * moves[:-2, :1] + 0.2 * moves[:-2, 1:2]
    found = ll.scan(priced(moves), 5)
    assert set(found.leaders["asset"].head(2)) == {"a000", "a001"}
    assert (found.leaders["low"].head(2) > 0).all()
    group = found.clusters.set_index("asset")["cluster"]
    assert group["a000"] == group["a001"] == 0
    assert (group[[f"a{k:03}" for k in range(10, 30)]] > 0).all()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"max_lag": 0}, "lags count from 1"),
        ({"min_lag": 70}, "lags count from 1"),
        ({"every": "month"}, "every is 'month'"),
        ({"fdr": 0.0}, "fdr is 0.0"),
        ({"resamples": 5}, "5 resamples cannot reach"),
        ({"factors": -1}, "factors is -1"),
        ({"leaders": []}, "leaders names nobody"),
        ({"followers": ["a00"]}, "followers: no series 'a00' takes part. Did you mean"),
        ({"executor": "gpu"}, "no executor 'gpu'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(prices, settings, said):
    with pytest.raises(LeadlineError, match=said):
        ll.scan(prices, **{"max_lag": 15, **settings})


def bytes_of(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def scan_to(folder, prices, **settings):
    return ll.scan(prices, 15, resamples=99, out=folder, **settings)


def test_a_finished_scan_is_read_again_and_damage_is_mended(prices, found, tmp_path, monkeypatch):
    first = scan_to(tmp_path, prices)
    pd.testing.assert_frame_equal(first.table, found.table)
    before = bytes_of(tmp_path)
    a_tile = next(tmp_path.glob("tiles/resampled/*.tile"))
    a_tile.write_bytes(a_tile.read_bytes()[:-5])
    done = []
    scan_to(tmp_path, prices, progress=lambda n, total: done.append((n, total)))
    assert bytes_of(tmp_path) == before
    assert done[-1][0] == done[-1][1]
    # What is whole is not computed again.
    monkeypatch.setattr(tiles.lag_scan, "best_lags", None)
    scan_to(tmp_path, prices)


def test_a_folder_holds_one_scan(prices, tmp_path):
    scan_to(tmp_path, prices)
    with pytest.raises(DataError, match="holds another scan: seed differ"):
        scan_to(tmp_path, prices, seed="other")
    with pytest.raises(DataError, match="holds another scan: prices differ"):
        scan_to(tmp_path, prices * np.linspace(1, 2, 14))
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(DataError, match=r"manifest\.json: cannot be read"):
        scan_to(tmp_path, prices)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(DataError, match="holds tiles but no"):
        scan_to(tmp_path, prices)


CUT_OFF = """
import sys, time
import pandas as pd
import leadline as ll
from leadline.scan import tiles

tiles.SIDE, tiles.DRAWS = 5, 20
slow = tiles.Results.write
def write(self, *args):
    slow(self, *args)
    time.sleep(0.02)
tiles.Results.write = write
ll.scan(pd.read_parquet(sys.argv[1]), 15, resamples=99, out=sys.argv[2], workers=2)
"""


def test_a_scan_killed_in_the_middle_goes_on_to_the_same_bytes(prices, tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "SIDE", 5)
    monkeypatch.setattr(tiles, "DRAWS", 20)
    prices.to_parquet(tmp_path / "prices.parquet")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    scan_to(whole, prices)
    given = (str(tmp_path / "prices.parquet"), str(cut))
    with subprocess.Popen([sys.executable, "-c", CUT_OFF, *given]) as process:
        started = time.monotonic()
        while len(list(cut.glob("tiles/resampled/*.tile"))) < 3 and process.poll() is None:
            assert time.monotonic() - started < 60
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert 3 <= len(list(cut.glob("tiles/resampled/*.tile"))) < 30
    assert not (cut / "leads.parquet").exists()
    scan_to(cut, prices)
    kept = {name: held for name, held in bytes_of(cut).items() if name.name[0] != "."}
    assert kept == bytes_of(whole)


def test_processes_find_the_same_bytes(prices, tmp_path):
    scan_to(tmp_path / "threads", prices)
    scan_to(tmp_path / "processes", prices, executor="processes", workers=2)
    assert bytes_of(tmp_path / "processes") == bytes_of(tmp_path / "threads")


def test_the_manifest_says_what_was_asked(prices, tmp_path):
    scan_to(tmp_path, prices)
    held = json.loads((tmp_path / "manifest.json").read_text())
    assert held["document"] == "scan"
    assert held["max_lag"] == 15
    assert held["prices"].startswith("sha256:")


def test_the_package_can_be_called_however_it_was_imported(prices):
    import leadline.scan as package

    assert package(prices, 10, decoys=False).n_pairs == 182
    assert ll.scan.__doc__
    assert ll.Scan is package.Scan


def test_units_and_order_of_series_change_nothing(prices, found):
    scaled = prices.iloc[:, ::-1] * np.geomspace(0.01, 1000, 14)
    other = ll.scan(scaled, 15, decoys=False).table.set_index(["leader", "follower"])
    same = found.table.set_index(["leader", "follower"])
    other = other.loc[same.index]
    for column in ("lag", "t", "r", "p", "q_bh", "first_lag", "rest_p"):
        assert other[column].to_numpy() == pytest.approx(same[column].to_numpy(), rel=1e-6)


def test_a_lead_turned_round_in_time_is_the_other_ones(prices):
    found = ll.scan(prices, 15, decoys=False).table.iloc[0]
    turned = prices.iloc[::-1].set_axis(prices.index)
    other = ll.scan(turned, 15, decoys=False).table.iloc[0]
    assert (other["leader"], other["follower"]) == (found["follower"], found["leader"])
    assert other["lag"] == found["lag"]
