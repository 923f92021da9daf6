"""Which of a scan's pairs are asked for, and in which order."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from leadline.scan import Scan

if TYPE_CHECKING:
    import pandas as pd

QUERY = ("leader", "follower", "group", "r", "q", "sort", "page")
"""What a query may ask for."""
ORDERS = {
    "": "smallest p first",
    "r": "largest correlation first",
    "lag": "shortest lag first",
    "leader": "by leader",
    "follower": "by follower",
}
SIZES = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Correlations that are offered as the least."""
SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Shares of false leads that are offered as the most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which pairs are asked for; what makes no sense in a query is as if it were not there."""

    leader: str = ""
    follower: str = ""
    group: int | None = None
    r: float | None = None
    q: float | None = None
    sort: str = ""
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for some pairs only."""
        return replace(self, sort="", page=1) != Asked()

    def query(self, page: int) -> str:
        """Give the query of another page of the same pairs, with its question mark."""
        held = {
            "leader": self.leader,
            "follower": self.follower,
            "group": "" if self.group is None else str(self.group + 1),
            "r": "" if self.r is None else str(self.r),
            "q": "" if self.q is None else str(self.q),
            "sort": self.sort,
            "page": "" if page == 1 else str(page),
        }
        said = {name: value for name, value in held.items() if value}
        return f"?{urlencode(said)}" if said else "?"


def asked(query: Mapping[str, str]) -> Asked:
    """Read a query, every value a text."""
    group = _number(query["group"], 1, 1e6)
    n_page = _number(query["page"], 1, 1e6)
    return Asked(
        leader=query["leader"].strip(),
        follower=query["follower"].strip(),
        group=None if group is None else int(group) - 1,
        r=_number(query["r"], 0, 1),
        q=_number(query["q"], 0, 1),
        sort=query["sort"] if query["sort"] in ORDERS else "",
        page=1 if n_page is None else int(n_page),
    )


def choices(offered: tuple[float, ...], chosen: float | None) -> tuple[float, ...]:
    """Give what a list offers, and what was asked for in its place among it."""
    return offered if chosen is None else tuple(sorted({*offered, chosen}))


def _number(text: str, low: float, high: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def chosen(found: Scan, asked: Asked) -> "pd.DataFrame":
    """Give the listed pairs that are asked for, in the order asked for."""
    pairs = found.table
    for side in ("leader", "follower"):
        wanted = getattr(asked, side)
        if wanted in found.assets:
            pairs = pairs[pairs[side] == wanted]
        elif wanted:
            names = pairs[side].str.casefold()
            pairs = pairs[names.str.contains(wanted.casefold(), regex=False)]
    if asked.group is not None:
        own = found.clusters[found.clusters["cluster"] == asked.group]["asset"]
        pairs = pairs[pairs["leader"].isin(own)]
    if asked.r is not None:
        pairs = pairs[pairs["r"].abs() >= asked.r]
    if asked.q is not None:
        pairs = pairs[pairs["q_bh"] <= asked.q]
    match asked.sort:
        case "":
            return pairs
        case "r":
            return pairs.iloc[(-pairs["r"].abs()).argsort(kind="stable")]
        case column:
            return pairs.sort_values(column, kind="stable")
