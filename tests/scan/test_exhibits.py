"""What a scan shows: exhibits, page and document say the same, and no more than was found."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from scan.universes import null_universe

import leadline as ll
from leadline import report
from leadline.evidence.exhibits import Network
from leadline.scan import caveats, exhibits, page
from leadline.scan.explain import explain
from leadline.worlds.universes import priced


@pytest.fixture(scope="module")
def prices():
    """Give fourteen series; a000 leads three others, against one of them."""
    rng = np.random.default_rng(8)
    moves = rng.standard_normal((800, 14)) / 100
    for follower, lag, strength in ((3, 1, 0.5), (5, 4, 0.5), (9, 7, -0.5)):
        moves[lag:, follower] += strength * moves[:-lag, 0]
    return priced(moves)


@pytest.fixture(scope="module")
def found(prices):
    return ll.scan(prices, 10, resamples=39)


@pytest.fixture(scope="module")
def nothing():
    return ll.scan(null_universe(12, 500, np.random.default_rng(1)), 5)


def named(found):
    return {shown.name: shown for shown in exhibits.exhibits(found)}


def test_every_exhibit_is_drawn(found):
    shown = named(found)
    assert list(shown) == ["network", "heatmap", "strongest", "leaders"]
    for exhibit in shown.values():
        assert report.svg(exhibit, width=360)
        assert exhibit.finding.endswith(".")


def test_arrows_are_the_leads_that_count(found):
    drawn = exhibits.network(found)
    names = [node.label for node in drawn.nodes]
    counted = found.found()
    assert [(names[arrow.start], names[arrow.stop]) for arrow in drawn.arrows] == list(
        zip(counted["leader"], counted["follower"], strict=True)
    )
    assert [arrow.value for arrow in drawn.arrows] == pytest.approx(counted["r"].to_list())
    assert {node.label: node.standing > 0 for node in drawn.nodes}["a000"]
    assert any(arrow.value < 0 for arrow in drawn.arrows)
    assert f"{len(counted)} leads count. a000 leads most often" in drawn.finding
    assert drawn.arrows[0].label.startswith("after ")


def test_cells_are_the_leads_that_count(found):
    drawn = exhibits.heatmap(found)
    cells = {
        (leader, follower): value
        for leader, row in zip(drawn.rows, drawn.values, strict=True)
        for follower, value in zip(drawn.columns, row, strict=True)
        if value is not None
    }
    expected = {(row.leader, row.follower): row.r for row in found.found().itertuples()}
    assert cells == pytest.approx(expected)
    scores = found.leaders.merge(found.clusters, on="asset").set_index("asset")
    places = [(scores.loc[name, "cluster"], -scores.loc[name, "score"]) for name in drawn.rows]
    assert places == sorted(places)


def many(n):
    """Give a scan of many leads, without searching for them."""
    rng = np.random.default_rng(0)
    pairs = [(f"x{i:03}", f"y{j:03}") for i in range(n) for j in range(n)]
    table = pd.DataFrame(pairs, columns=["leader", "follower"])
    for name in ("p", "q_bh", "q_by", "fdp_shifted", "fdp_signed"):
        table[name] = 1e-6
    table["lag"], table["r"], table["flags"] = 2, rng.uniform(-0.3, 0.3, len(table)), ""
    names = sorted({name for pair in pairs for name in pair})
    leaders = pd.DataFrame({"asset": names, "score": 0.0, "low": -0.1, "high": 0.1})
    clusters = pd.DataFrame({"asset": names, "cluster": 0})
    return table, leaders, clusters


def test_a_crowd_is_cut_to_what_can_be_read(found):
    import dataclasses

    table, leaders, clusters = many(40)
    crowd = dataclasses.replace(found, table=table, leaders=leaders, clusters=clusters)
    drawn = exhibits.network(crowd)
    assert len(drawn.nodes) <= exhibits.MOST_NODES
    assert len(drawn.arrows) <= exhibits.MOST_ARROWS
    assert "of 1,600 leads are drawn" in drawn.note
    matrix = exhibits.heatmap(crowd)
    assert len(matrix.rows) == len(matrix.columns) == exhibits.MOST_SIDE
    assert "900 of 1,600 leads are drawn" in matrix.note
    assert len(report.svg(drawn)) < 100_000


def test_where_nothing_counts_nothing_is_drawn_as_a_lead(nothing):
    assert nothing.found().empty
    shown = named(nothing)
    assert list(shown) == ["strongest", "leaders"]
    assert shown["strongest"].finding.startswith("None of these counts")
    assert page.answer(nothing).startswith("Nobody, as far as these data tell")
    text = page.page(nothing)
    assert "Who leads whom among 12 series" in text
    assert "nan" not in re.sub(r"<style>.*?</style>|<script.*?</script>", "", text, flags=re.DOTALL)


class Words(HTMLParser):
    """What a page says, in order."""

    def __init__(self):
        super().__init__()
        self.words, self.ids, self.silent = [], [], False

    def handle_starttag(self, tag, attrs):
        self.silent = tag in {"style", "script"}
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        if not self.silent:
            self.words.append(data)


def test_the_page_says_what_the_scan_says(found):
    said = Words()
    said.feed(page.page(found))
    text = " ".join(" ".join(said.words).split())
    assert page.answer(found) in text
    assert "a000 moves, and" in text
    for line in (*found.summary().splitlines(), *caveats.caveats(found)):
        assert " ".join(line.split()) in text
    assert len(said.ids) == len(set(said.ids))
    assert {"beware", "pictures", "network", "heatmap", "strongest", "leaders"} <= set(said.ids)


def test_the_page_needs_no_network(found):
    text = page.page(found)
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)


def test_the_document_is_json_and_the_same_each_time(found):
    first, again = (
        json.dumps(page.document(found), allow_nan=False, sort_keys=True) for _ in range(2)
    )
    assert first == again
    document = json.loads(first)
    assert document["n_pairs"] == 14 * 13
    assert len(document["leads"]) == document["n_found"] == len(found.found())
    assert document["out_of_sample"]["n_again"] == found.out_of_sample.n_again
    assert document["settings"]["resamples"] == 39


def test_files_are_the_same_each_time(found, tmp_path):
    written = []
    for name in ("one", "two"):
        paths = tuple(page.write(found, tmp_path / name))
        written.append({path.name: path.read_bytes() for path in paths})
    assert written[0] == written[1]
    assert {"leads.parquet", "leads.csv", "scan.json", "report.html", "network.svg"} <= set(
        written[0]
    )


def test_names_are_text_and_nothing_else(prices, tmp_path):
    odd = prices.rename(columns={"a000": "<b>A&B</b>", "a003": "=1+1"})
    found = ll.scan(odd, 10)
    text = page.page(found)
    assert "<b>A&B" not in text
    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in text
    table = pd.read_csv(next(path for path in page.write(found, tmp_path) if path.suffix == ".csv"))
    assert table["leader"].iloc[0] == "<b>A&B</b>"


def test_each_caveat_stands_where_it_applies(found, nothing, prices):
    told = " ".join(caveats.caveats(found))
    assert "Clock skew: 1 of" in told
    assert "--factors market" in told
    assert "“Again” flatters" in told
    assert "Stale prices" not in told
    assert "Clock skew" not in " ".join(caveats.caveats(nothing))
    taken = caveats.caveats(ll.scan(prices, 10, factors="market"))
    assert "loadings estimated on the past" in " ".join(taken)
    still = prices.copy()
    still.iloc[100:120, 0] = still.iloc[100, 0]
    still.iloc[300, 0] *= 10
    mended = ll.scan(still, 10)
    told = " ".join(caveats.caveats(mended))
    assert "Stale prices: " in told
    assert "Bad ticks: " in told
    said = Words()
    said.feed(page.page(mended))
    assert "Prices that leap away and are back the day after" in said.words
    (tick,) = page.document(mended)["ticks"]
    assert tick["asset"] == "a000"
    assert tick["move"] == pytest.approx(9, abs=0.5)


def test_a_network_puts_leaders_on_the_left(found):
    drawn = exhibits.network(found)
    layers = report.chart(drawn).to_dict(validate=False)["layer"]
    points = [layer for layer in layers if layer["mark"].get("size") == 46]
    left, right = (
        {" ".join(row["label"]): row["x"] for row in json.loads(layer["data"]["values"])}
        for layer in points
    )
    assert "a000" in left
    assert max(left.values()) < min(right.values())
    heads = next(layer for layer in layers if layer["mark"].get("shape") == "triangle")
    assert len(json.loads(heads["data"]["values"])) == len(drawn.arrows)


def test_a_network_without_arrows_can_be_drawn():
    bare = Network(
        name="n", title="Nobody", finding="None.", nodes=(), arrows=(), value_label="correlation"
    )
    assert report.svg(bare).startswith("<svg")


def test_a_pair_taken_from_a_scan_can_be_heard(prices):
    verdict = explain("a000", "a005", prices, max_lag=10)
    assert verdict.evidence[0].at == "4 observations"
    assert verdict.evidence[0].p_value <= 0.01
    assert verdict.evidence[0].estimate.value == pytest.approx(0.45, abs=0.1)
