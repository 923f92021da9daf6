"""What a scan found as exhibits: network, heat map, scores, and the strongest leads."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from leadline.evidence.exhibits import (
    Arrow,
    Exhibit,
    Forest,
    ForestRow,
    Heatmap,
    Network,
    Node,
    Table,
)
from leadline.scan.result import Scan, percent

if TYPE_CHECKING:
    import pandas as pd

MOST_ARROWS = 60
MOST_NODES = 36
MOST_SIDE = 30
"""Leaders, and followers, of the heat map at most."""
MOST_SCORES = 12
MOST_ROWS = 20
EFFECT = "correlation of the follower's move with the leader's earlier one"


def exhibits(found: Scan) -> tuple[Exhibit, ...]:
    """Give every exhibit of a scan; network and heat map only where leads count.

    Scores are there where all series were asked both to lead and to follow.
    """
    drawn: list[Exhibit] = []
    if len(found.found()):
        drawn += [network(found), heatmap(found)]
    drawn.append(strongest(found))
    if np.isfinite(found.leaders["score"]).all():
        drawn.append(scores(found))
    return tuple(drawn)


def network(found: Scan) -> Network:
    """Draw the strongest leads that count as arrows, from as many assets as can be told apart."""
    counted = found.found()
    shown = counted.loc[list(_few_assets(counted))]
    standing: dict[str, float] = {}
    for row in rows_of(shown):
        size = abs(float(row.r))
        standing[row.leader] = standing.get(row.leader, 0.0) + size
        standing[row.follower] = standing.get(row.follower, 0.0) - size
    place = {asset: number for number, asset in enumerate(standing)}
    return Network(
        name="network",
        title="Who leads whom",
        finding=_most(counted),
        note=_part(len(shown), len(counted))
        + "A thicker arrow is a larger correlation. Left is who leads more than it follows.",
        nodes=tuple(Node(label=asset, standing=value) for asset, value in standing.items()),
        arrows=tuple(
            Arrow(
                start=place[row.leader],
                stop=place[row.follower],
                value=row.r,
                label=f"{after(found, row.lag)}, q = {row.q_bh:.2g}",
            )
            for row in rows_of(shown)
        ),
        value_label="correlation",
    )


def _few_assets(counted: "pd.DataFrame") -> Iterator[Any]:
    """Choose pairs from the strongest on, without more assets than can be drawn."""
    seen: set[str] = set()
    n = 0
    for row in rows_of(counted):
        wider = seen | {row.leader, row.follower}
        if len(wider) <= MOST_NODES:
            seen = wider
            n += 1
            yield row.Index
        if n == MOST_ARROWS:
            return


def _most(counted: "pd.DataFrame") -> str:
    """Say who leads and who follows most often."""
    if len(counted) == 1:
        only = counted.iloc[0]
        return f"One lead counts: {only['leader']} before {only['follower']}."
    leads, follows = (counted[side].value_counts() for side in ("leader", "follower"))
    return (
        f"{len(counted):,} leads count. {leads.index[0]} leads most often ({leads.iloc[0]:,}), "
        f"{follows.index[0]} follows most often ({follows.iloc[0]:,})."
    )


def _part(n: int, total: int) -> str:
    if n == total:
        return ""
    return f"{n:,} of {total:,} leads are drawn, the strongest. "


def heatmap(found: Scan) -> Heatmap:
    """Show leaders by followers, ordered by group and score, with the correlation of each lead."""
    counted = found.found()
    order = {asset: number for number, asset in enumerate(_in_order(found))}
    sides = []
    for side in ("leader", "follower"):
        often = counted[side].value_counts(sort=True).index[:MOST_SIDE]
        sides.append(sorted(often, key=order.__getitem__))
    rows, columns = sides
    held = {(row.leader, row.follower): float(row.r) for row in rows_of(counted)}
    values = tuple(tuple(held.get((a, b)) for b in columns) for a in rows)
    n_shown = sum(value is not None for row in values for value in row)
    return Heatmap(
        name="heatmap",
        title="Leaders by followers",
        finding=f"Each cell is a lead that counts: {n_shown:,} between {len(rows)} leaders, the "
        f"rows, and {len(columns)} followers, the columns.",
        note=_crowded(n_shown, len(counted))
        + "Blue: the follower moves the same way. Orange: the opposite way. Empty: no lead that "
        "counts.",
        rows=tuple(rows),
        columns=tuple(columns),
        values=values,
        value_label="correlation",
    )


def _crowded(n: int, total: int) -> str:
    if n == total:
        return ""
    return f"{n:,} of {total:,} leads are drawn, between those who lead or follow most often. "


def _in_order(found: Scan) -> list[str]:
    """Order assets by group, and within one by score."""
    merged = found.leaders.merge(found.clusters, on="asset")
    ordered = merged.sort_values(["cluster", "score"], ascending=[True, False], kind="stable")
    return [str(asset) for asset in ordered["asset"]]


def scores(found: Scan) -> Forest:
    """Rank the assets that lead most on the whole."""
    top = found.leaders.head(MOST_SCORES)
    sure = int((found.leaders["low"] > 0).sum())
    return Forest(
        name="leaders",
        title="Who leads on the whole",
        finding=f"Of {len(found.leaders):,} series, {sure:,} lead more than they are led, by "
        f"their own interval; where nobody leads, about {0.025 * len(found.leaders):.0f} would."
        if np.isfinite(top["low"]).all()
        else "Without decoys there is no telling how far scores stray by chance.",
        note="How much larger, on average over all partners, the statistic is by which a series "
        "leads than the one by which it is led. The bar is an interval of 95% for each series by "
        "itself.",
        x_label="leads (right) or is led (left)",
        rows=tuple(
            ForestRow(
                label=row.asset,
                value=row.score,
                low=row.low if np.isfinite(row.low) else None,
                high=row.high if np.isfinite(row.high) else None,
                highlight=bool(row.low > 0),
            )
            for row in rows_of(top)
        ),
    )


def strongest(found: Scan) -> Table:
    """List the pairs with the smallest p, whether they count or not."""
    shown = found.table.head(MOST_ROWS)
    heads, rows = listed(shown)
    n = int((shown["q_bh"] <= found.settings.fdr).sum())
    none = (
        "None of these counts at that share of false ones, though some stand out from all pairs."
        if len(family_wise(found))
        else "None of these counts: each is what a search of so many pairs finds by chance."
    )
    return Table(
        name="strongest",
        title="The strongest leads",
        finding=f"{n} of these {len(shown)} count at a false discovery rate of "
        f"{percent(found.settings.fdr)}."
        if n
        else none,
        note="q is the share of false ones expected among this lead and all stronger ones.",
        columns=heads,
        rows=rows,
    )


def family_wise(found: Scan) -> "pd.DataFrame":
    """Give the pairs that hold family-wise at 5 %; none where no resamples were drawn."""
    if "p_fwer" not in found.table:
        return found.table.head(0)
    return found.table[found.table["p_fwer"] <= 0.05]


def listed(shown: "pd.DataFrame") -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Give pairs as text: titles of the columns, and a row a pair."""
    heads = ["leader", "follower", "lag", "effect", "q"]
    heads += ["p of all"] if "p_fwer" in shown else []
    heads += ["again"] if "rest_p" in shown else []
    rows = []
    for row in rows_of(shown):
        cells = [row.leader, row.follower, str(row.lag), f"{row.r:+.2f}", odds(row.q_bh)]
        cells += [odds(row.p_fwer)] if "p_fwer" in shown else []
        cells += ["yes" if row.rest_p <= 0.05 else "no"] if "rest_p" in shown else []
        rows.append((*cells, row.flags))
    return (*heads, "beware"), tuple(rows)


def rows_of(frame: "pd.DataFrame") -> Iterator[Any]:
    """Give the rows of a table, each with its columns by name."""
    yield from frame.itertuples()


def odds(p: float) -> str:
    """Write a p- or q-value in few letters."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def after(found: Scan, lag: int) -> str:
    """Say how much later: "after 3 days"."""
    unit = found.settings.every
    return f"after {lag} {unit}{'' if lag == 1 else 's'}"
