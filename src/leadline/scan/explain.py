"""One pair of a scan on trial: the whole ``lag_profile`` with power, forks and placebos."""

from datetime import timedelta
from typing import Any, Literal

import numpy as np

from leadline.claim import Claim
from leadline.data.series import Series, SeriesInfo, series_of
from leadline.data.store import MemoryStore, Store
from leadline.errors import DataError, did_you_mean
from leadline.scan.prepare import Every
from leadline.scan.prices import Given, Universe, read
from leadline.trial import Progress, hear
from leadline.verdict import Verdict

Direction = Literal["positive", "negative"]


def explain(
    leader: str,
    follower: str,
    given: Given,
    *,
    max_lag: int = 60,
    every: Every = "day",
    direction: Direction = "positive",
    store: Store | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Hear the claim that ``follower`` repeats what ``leader`` did 1 to ``max_lag`` rows before.

    Its p pays for the lags searched, and not for the pairs that a scan has searched to find this
    one; the scan's table does.

    Parameters
    ----------
    leader, follower : str
        Series of ``given``.
    given : DataFrame, path, or sequence of str
        Prices, as :func:`leadline.scan.scan` takes them.
    max_lag : int
        Longest lag, in days of the pair's common calendar or in weeks.
    direction : {"positive", "negative"}
        Whether the follower moves the same way or the opposite one.

    Raises
    ------
    DataError
        Where a series is not there, or has no more than one price.
    """
    universe = read(given, store)
    if leader == follower:
        raise DataError(f"{leader!r} cannot lead itself; name two series.")
    held = {name: _series(universe, name) for name in (leader, follower)}
    days = np.intersect1d(held[leader].period, held[follower].period)
    if days.size < 2:
        raise DataError(f"{leader!r} and {follower!r} have no days in common.")
    until = days[-1].astype("datetime64[D]").astype(object)
    longest = f"{max_lag}w"
    if every == "day":
        span = (days[-1] - days[0]).astype("timedelta64[D]").astype(int)
        longest = f"{round(max_lag * span / (days.size - 1))}d"
    way = "repeats" if direction == "positive" else "does the opposite of"
    said: dict[str, Any] = {
        "id": "pair",
        "paraphrase": f"{follower} {way} what {leader} did, up to {max_lag} {every}s later.",
        "publisher": "a scan",
        "first_seen": until + timedelta(days=1),
        "type": "pattern",
        "identifiability": "A",
        "direction": direction,
        "placebos": ("reversed", "shuffled"),
        "tests": (
            {
                "kind": "lag_profile",
                "leader": leader,
                "follower": follower,
                "every": every,
                "window": {"min": "1d" if every == "day" else "1w", "max": longest},
                "forks": {"scaled": (True,), "prewhiten": (False,)},
            },
        ),
    }
    return hear(Claim.model_validate(said), MemoryStore(held), progress=progress)


def _series(universe: Universe, name: str) -> Series:
    if name not in universe.assets:
        raise DataError(f"There is no series {name!r}.{did_you_mean(name, universe.assets)}")
    prices = universe.prices[:, universe.assets.index(name)]
    there = np.isfinite(prices)
    info = universe.infos.get(name) or SeriesInfo(
        id=name, title=name, unit="as given", kind="price"
    )
    return series_of(info, universe.days[there], prices[there])
