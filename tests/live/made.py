"""A small article on a made-up market: every kind of relation, every kind of mark."""

from datetime import date, timedelta

import numpy as np
from evidence.quick import FEW, SMALL, beside, infos, market

from leadline.claim import Article
from leadline.data.series import SeriesInfo, series_of
from leadline.data.store import MemoryStore

PUBLISHED = date(2019, 6, 1)
LAST = date(2019, 8, 20)
MARKS = {
    "rise": {"rise": 0.1},
    "fall": {"rise": -0.1},
    "level": {"level": 3200.0},
    "record": {"record": True},
    "beats": {"beats": "early"},
}
FACT = {"kind": "market_fact", "fact": "record", "of": "leader", "windows": ["3m", "1m"]} | {
    "day": str(PUBLISHED)
}
RISING = {"series": "leader", "over": "20d", "above": 0.0}


def a_claim(name, *, tests=(), **more):
    said = {
        "id": name,
        "article": "made",
        "paraphrase": f"It says {name}.",
        "publisher": "somebody",
        "first_seen": PUBLISHED,
        "type": "pattern",
        "tests": list(tests),
    }
    return said | more


def relation(kind, **more):
    return {"kind": kind, "leader": "leader", "follower": "follower", **FEW, **SMALL[kind], **more}


def call(horizon="30d", **success):
    return {"horizon": horizon, "success": {"series": "follower", **success}, "antecedent": RISING}


def an_article(kinds=tuple(SMALL), marks=tuple(MARKS)):
    claims = [a_claim(kind, tests=[relation(kind)]) for kind in kinds]
    claims += [a_claim(mark, tests=[FACT], live=call(**MARKS[mark])) for mark in marks]
    claims.append(a_claim("both", tests=[relation("lag_profile")], live=call(rise=0.1)))
    claims.append(a_claim("hedge", untestable="It names nothing.", type="hedge"))
    watch = {
        "phases": {"rising": "p_rising", "falling": "p_falling"},
        "triggers": [
            {
                "id": "boom",
                "says": "The follower booms.",
                "series": "booming",
                "above": 0.5,
                "claims": [claim["id"] for claim in claims],
            }
        ],
    }
    return Article.model_validate(
        {
            "id": "made",
            "title": "A made-up market",
            "publisher": "somebody",
            "first_seen": PUBLISHED,
            "watch": watch,
            "claims": claims,
        }
    )


def the_series(n_obs=1200, **more):
    """Give pandas Series by name: prices, conditions and the probabilities of two phases."""
    read = beside(*market(n_obs, **more))
    moves = np.log(read["leader"]).diff(15).fillna(0.0)
    rising = 1 / (1 + np.exp(-30 * moves))
    return {**read, "p_rising": rising, "p_falling": 1 - rising}


def store_of(series, *, until=None):
    """Give a store of the series, cut off after a day where one is given."""
    known = infos(series)
    held = {}
    for name, given in series.items():
        kind = "probability" if name.startswith("p_") else "price"
        info = known.get(name) or SeriesInfo(id=name, title=name, unit="as given", kind=kind)
        kept = given if until is None else given[: str(until)]
        days = kept.index.to_numpy().astype("datetime64[D]")
        held[name] = series_of(info, days, kept.to_numpy().astype(float))
    return MemoryStore(held)


def days(first=PUBLISHED, last=LAST):
    return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
