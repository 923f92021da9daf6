"""From prices to innovations: one calendar, returns, common factors, own past."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import eigsh

from leadline.data.panel import last_of_complete_period, period_index
from leadline.data.series import SeriesInfo, close_gap
from leadline.errors import DataError
from leadline.kernels import autoregression as ar
from leadline.scan.prices import Left, Stale, Tick, Universe, bad_ticks, stale_runs

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Every = Literal["day", "week"]
Factors = int | str
"""0 for none, ``"market"``, the name of an asset, or the number of principal components."""

FIRST_PART = 0.7
"""Share of the sample in which leads are found that the rest is to show again."""
MIN_RETURNS = 100
"""A series needs so many returns more than the longest lag."""
STALE_RUN = 5
"""So many equal prices in a row are a price that stood still."""
TAMED = 6.0
"""Beyond so many standard deviations, by the median, a return has no more say in a model."""
NORMAL_MAD = 0.6744897501960817
"""Median absolute deviation of a standard normal variable."""
USUAL = 0.25
"""A series trades on a weekday if it has a price on so many of them."""
MIN_WEEKDAYS = 4
"""A series of fewer days a week, such as a weekly one, does not decide the calendar."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CARRIED, SOME_DAYS = 0.9, 20
"""A price is carried over a weekday if so large a share of so many only repeats the day before."""
NAMED = 5
"""Series named in a note."""
BURN_IN = 120
"""Rows from which loadings on common factors are first estimated."""
OWN = 60
"""Returns of its own that a series needs for loadings; so many rows share loadings at most."""
RIDGE = 1e-10
GROWTH = 1.1
"""Loadings are estimated again whenever the past has grown by so much."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Innovations of every series that takes part, shape (n_assets, n_rows), NaN where none.

    ``moves`` are the returns that they are the innovations of, about their mean; ``first`` holds
    innovations under models fitted on the first ``split`` rows alone, over all rows.
    ``days`` says on which day each row's return ended.
    """

    days: Days
    assets: tuple[str, ...]
    innovations: Floats
    moves: Floats
    first: Floats
    split: int
    infos: Mapping[str, SeriesInfo]
    left: tuple[Left, ...]
    stale: tuple[Stale, ...]
    ticks: tuple[Tick, ...]
    notes: tuple[str, ...]


class Rows(NamedTuple):
    """Prices on the rows of the common calendar, (n_rows, n_assets); NaN where none is trusted."""

    days: Days
    prices: Floats
    stale: tuple[Stale, ...]
    ticks: tuple[Tick, ...]
    notes: tuple[str, ...]


def prepare(universe: Universe, *, every: Every, factors: Factors, max_lag: int) -> Prepared:
    """Make prices into innovations that foretell nothing by themselves.

    A return lies between two consecutive rows of the common calendar; one over a longer gap is
    left out, for it would overlap what others did within the gap and so look led by them. For
    the same reason the calendar has only weekdays on which every series trades, so that moves of
    a market that never closes are added up over the weekend, and prices that stood still or look
    like misprints do not count as observed.

    Raises
    ------
    DataError
        Where fewer than two series are long enough, or the factor is no asset of the universe.
    """
    held = on_common_rows(universe, every)
    returns = np.diff(np.log(held.prices), axis=0)
    days = held.days[1:]
    notes = (*held.notes, *_over_gaps(held.prices, returns))
    own_factor = factors if isinstance(factors, str) and factors != "market" else None
    if own_factor is not None and own_factor not in universe.assets:
        msg = f"factors: {own_factor!r} is no asset here. Give 'market', a number, or an asset."
        raise DataError(msg)
    if factors != 0:
        returns, days = _residuals(returns, days, factors, universe.assets)
    split = int(FIRST_PART * len(days))
    # From here on a series a row.
    returns = np.ascontiguousarray(returns.T)
    left = {entry.asset: entry for entry in universe.left}
    taken = []
    for row, asset in enumerate(universe.assets):
        moves = _moves(universe.prices[:, row])
        reason = _reason(returns[row], asset == own_factor, moves, max_lag)
        if reason is None:
            taken.append(row)
        else:
            left[asset] = Left(asset, reason)
    if len(taken) < 2:
        told = "; ".join(f"{entry.asset}: {entry.reason}" for entry in list(left.values())[:5])
        msg = f"A scan takes two series or more; {len(taken)} of them can take part. {told}"
        raise DataError(msg)
    returns = returns[taken]
    assets = tuple(universe.assets[row] for row in taken)
    return Prepared(
        days,
        assets,
        whitened(returns, returns),
        returns - np.nanmean(returns, axis=1, keepdims=True),
        whitened(returns, returns[:, :split]),
        split,
        {name: info for name, info in universe.infos.items() if name in assets},
        tuple(left.values()),
        held.stale,
        held.ticks,
        notes,
    )


def on_common_rows(universe: Universe, every: Every) -> Rows:
    """Choose the days, or week ends, on which every series trades, and the prices to be trusted."""
    stale, ticks = stale_runs(universe, STALE_RUN), bad_ticks(universe)
    prices = _trusted(universe, stale, ticks)
    carried = tuple(_without_carried(universe, prices))
    rows, notes = _rows(universe.days, prices, every)
    return Rows(universe.days[rows], prices[rows], stale, ticks, (*carried, *notes))


def whitened(returns: Floats, past: Floats) -> Floats:
    """Take own past out of each row by an AR of order up to 12 fitted on ``past`` (BIC).

    The mean of the innovations over ``past`` is zero; NaN stays NaN. The model is fitted to
    returns pulled in to six robust standard deviations: a misprint and its undoing would look
    like a strong reversal, and taking that out would put everybody's yesterday into the series.
    """
    observed = np.isfinite(returns)
    out = np.empty(returns.shape)
    for row, known in enumerate(_tamed(past)):
        model = ar.fit(known)
        out[row] = ar.whiten(np.where(observed[row], returns[row], model.mean), model)
    n_past = past.shape[1]
    within = observed[:, :n_past]
    total = np.where(within, out[:, :n_past], 0.0).sum(axis=1, keepdims=True)
    out -= total / np.maximum(within.sum(axis=1, keepdims=True), 1)
    out[~observed] = np.nan
    return out


def _tamed(returns: Floats) -> Floats:
    middle = _medians(returns)
    away = returns - middle
    reach = TAMED * _medians(np.abs(away, out=away)) / NORMAL_MAD
    reach[reach == 0] = np.inf
    return np.clip(returns, middle - reach, middle + reach, out=away)


def _medians(values: Floats) -> Floats:
    """Give the median of what is known of each row, (n_rows, 1); NaN where nothing is."""
    out = np.full((len(values), 1), np.nan)
    known = np.isfinite(values)
    whole = known.all(axis=1)
    out[whole, 0] = np.median(values[whole], axis=1, overwrite_input=True)
    for row in np.flatnonzero(~whole & known.any(axis=1)):
        out[row] = np.median(values[row, known[row]])
    return out


def smallest_lags(
    assets: tuple[str, ...], infos: Mapping[str, SeriesInfo], *, every: Every, min_lag: int
) -> NDArray[np.int16] | int:
    """Give the smallest lag that counts, of each leader (row) before each follower (column).

    A follower that closes earlier in the day than its leader shares the hours in between with
    the leader's move at a lag of one, so its leads count from two. Over weeks those hours hardly
    matter. A plain number where it is the same for all.
    """
    n = len(assets)
    wide = np.full((n, n), min_lag, dtype=np.int16)
    if every == "day":
        known = [(i, infos[asset]) for i, asset in enumerate(assets) if asset in infos]
        for i, leader in known:
            for j, follower in known:
                if leader.close != follower.close and close_gap(leader, follower) < 0:
                    wide[i, j] = max(min_lag, 2)
    return min_lag if (wide == min_lag).all() else wide


def _over_gaps(prices: Floats, returns: Floats) -> list[str]:
    observed = np.isfinite(prices)
    before = np.maximum.accumulate(observed, axis=0)[:-1]
    n = int(np.count_nonzero(observed[1:] & before & ~np.isfinite(returns)))
    if n == 0:
        return []
    share = n / np.count_nonzero(observed[1:] & before)
    return [f"{n:,} returns over gaps are left out ({share:.1%}): they overlap others' moves."]


def _trusted(universe: Universe, stale: Sequence[Stale], ticks: Sequence[Tick]) -> Floats:
    """Give prices without those that stood still and those that look like misprints."""
    prices = universe.prices.copy()
    column = {asset: number for number, asset in enumerate(universe.assets)}
    for run in stale:
        first, last = np.searchsorted(universe.days, [run.first, run.last])
        prices[first + 1 : last + 1, column[run.asset]] = np.nan
    for tick in ticks:
        prices[np.searchsorted(universe.days, tick.day), column[tick.asset]] = np.nan
    return prices


def _without_carried(universe: Universe, prices: Floats) -> Iterator[str]:
    """Leave out prices on weekdays on which a series only repeats the day before, and say so.

    A closed market's price is often carried over the weekend. The move of the next day would
    then answer whatever other markets did in between, as if they led it.
    """
    weekday = _weekday(universe.days)
    observed = np.isfinite(universe.prices)
    row = np.arange(len(prices))[:, None]
    latest = np.maximum.accumulate(np.where(observed, row, -1), axis=0)
    before = np.concatenate((np.full((1, prices.shape[1]), -1), latest[:-1]))
    follows = observed & (before >= 0)
    repeats = follows & (
        universe.prices == np.take_along_axis(universe.prices, np.maximum(before, 0), axis=0)
    )
    seen, still = (
        np.stack([each[weekday == day].sum(axis=0) for day in range(7)])
        for each in (follows, repeats)
    )
    share = still / np.maximum(seen, 1)
    moves = (seen >= SOME_DAYS) & (share <= 1 - CARRIED)
    carried = (seen >= SOME_DAYS) & (share >= CARRIED) & moves.any(axis=0)
    prices[carried[weekday]] = np.nan
    for day, name in enumerate(WEEKDAYS):
        names = [universe.assets[number] for number in np.flatnonzero(carried[day])]
        if names:
            yield (
                f"On {name}s these series only repeat the day before, and count as missing: "
                f"{some(names, NAMED)}."
            )


def some(names: Sequence[str], most: int) -> str:
    """List names, so many at most, and say how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _weekday(days: Days) -> NDArray[np.int64]:
    """Give the day of the week, 0 for Monday."""
    return (days.astype(np.int64) + 3) % 7


def _rows(days: Days, prices: Floats, every: Every) -> tuple[NDArray[np.intp], list[str]]:
    """Choose the rows of the common calendar, and say what that left out."""
    observed = np.isfinite(prices)
    weekday = _weekday(days)
    common = _common_weekdays(weekday, observed)
    rows = np.flatnonzero(common[weekday])
    notes = []
    if rows.size < days.size:
        notes.append(
            f"Left out as rows, for not every series trades on such weekdays: "
            f"{days.size - rows.size:,} of {days.size:,} days; moves add up to the next row."
        )
    if every == "week":
        rows = _week_ends(days, observed, rows)
    return rows, notes


def _common_weekdays(weekday: NDArray[np.int64], observed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say on which weekdays every series trades; all where they have none in common."""
    alive = np.maximum.accumulate(observed, axis=0)
    alive &= np.maximum.accumulate(observed[::-1], axis=0)[::-1]
    usual = np.zeros((7, observed.shape[1]), dtype=bool)
    there = np.zeros_like(usual)
    for day in range(7):
        held, seen = alive[weekday == day].sum(axis=0), observed[weekday == day].sum(axis=0)
        there[day] = held > 0
        usual[day] = seen > USUAL * np.maximum(held, 1)
    voters = usual.sum(axis=0) >= MIN_WEEKDAYS
    shared = np.asarray((usual | ~there)[:, voters].all(axis=1) & there.any(axis=1))
    return shared if shared.any() else np.ones(7, dtype=bool)


def _week_ends(days: Days, observed: NDArray[np.bool_], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Take of each complete week the latest of the days that most series have."""
    complete = last_of_complete_period(days[rows], "week", days[-1])
    week = period_index(days[rows], "week")
    count = observed[rows].sum(axis=1)
    # Sorted by week, then by how many have it, then by day: the last of each week is the one.
    order = np.lexsort((np.arange(rows.size), count, week))
    last = order[np.append(week[order][1:] != week[order][:-1], True)]
    return np.asarray(rows[last[np.isin(week[last], week[complete])]])


def _moves(prices: Floats) -> bool:
    """Say whether a price is ever another than its first."""
    known = prices[np.isfinite(prices)]
    return bool((known != known[:1]).any())


def _reason(returns: Floats, is_factor: bool, moves: bool, max_lag: int) -> str | None:  # noqa: FBT001
    if is_factor:
        return "is the factor that the others are taken apart by"
    if not moves:
        return "its price never moves"
    known = returns[np.isfinite(returns)]
    needed = MIN_RETURNS + max_lag
    if known.size < needed:
        return f"{known.size} returns between consecutive days; it takes {needed}"
    return None if np.ptp(known) > 0 else "its returns are all the same"


def _residuals(
    returns: Floats, days: Days, factors: Factors, assets: tuple[str, ...]
) -> tuple[Floats, Days]:
    """Take common factors out, with loadings estimated on rows before those they are used on.

    Out goes what a series makes of a factor's return on the same row and on the one before, for
    an answer that comes later is no lead of whoever answers at once (Dimson 1979). A series with
    too few returns for loadings of its own has no residual yet.
    """
    if returns.shape[0] <= BURN_IN:
        msg = f"factors: {returns.shape[0]} rows of returns; loadings alone take {BURN_IN}."
        raise DataError(msg)
    if isinstance(factors, int) and not 0 < factors < len(assets):
        msg = f"factors: {factors} components of {len(assets)} series; give fewer, or 'market'."
        raise DataError(msg)
    observed = np.isfinite(returns)
    zero_filled = np.where(observed, returns, 0.0)
    so_far = np.cumsum(observed, axis=0)
    out = np.full(returns.shape, np.nan)
    for past, rows in _expanding(returns.shape[0]):
        count = so_far[past.stop - 1]
        if isinstance(factors, int):
            left = _without_components(zero_filled, observed, past, rows, factors, count)
        else:
            column = None if factors == "market" else assets.index(factors)
            left = _without_market(zero_filled, observed, past, rows, column)
        out[rows] = np.where(observed[rows] & (count >= OWN), left, np.nan)
    return out[BURN_IN:], days[BURN_IN:]


def _expanding(n_rows: int) -> Iterator[tuple[slice, slice]]:
    """Give all rows before some, and those rows, so that no row is in its own past."""
    start = BURN_IN
    while start < n_rows:
        stop = min(n_rows, start + OWN, max(start + 1, int(start * GROWTH)))
        yield slice(0, start), slice(start, stop)
        start = stop


def _without_components(
    x: Floats, observed: NDArray[np.bool_], past: slice, rows: slice, k: int, count: Index
) -> Floats:
    """Remove the first ``k`` principal components of the past correlation matrix."""
    size = np.sqrt(np.sum(x[past] ** 2, axis=0) / np.maximum(count, 1))
    scale = np.where((count >= OWN) & (size > 0), size, np.inf)
    scaled = x[: rows.stop] / scale
    _, vectors = eigsh(scaled[past].T @ scaled[past], k=k, v0=np.ones(x.shape[1]))
    factors = np.hstack(_lagged(scaled @ vectors))
    before, there = factors[past], observed[past].astype(np.float64)
    squares = (before[:, :, None] * before[:, None]).reshape(len(before), -1)
    products = (there.T @ squares).reshape(-1, before.shape[1], before.shape[1])
    return np.asarray(x[rows] - factors[rows] @ _loadings(products, x[past].T @ before).T)


def _without_market(
    x: Floats, observed: NDArray[np.bool_], past: slice, rows: slice, column: int | None
) -> Floats:
    """Remove each series' past loadings on the mean of the others, or on one column."""
    seen = slice(0, rows.stop)
    if column is None:
        others = observed[seen].sum(axis=1, keepdims=True) - observed[seen]
        total = x[seen].sum(axis=1, keepdims=True) - x[seen]
        market = total / np.maximum(others, 1)
    else:
        market = np.broadcast_to(x[seen, column, None], x[seen].shape)
    lagged = np.stack(_lagged(market))
    before = np.where(observed[past], lagged[:, past], 0.0)
    products = np.einsum("lta,mta->alm", before, before)
    loadings = _loadings(products, np.einsum("lta,ta->al", before, x[past]))
    return np.asarray(x[rows] - np.einsum("lta,al->ta", lagged[:, rows], loadings))


def _lagged(factors: Floats) -> list[Floats]:
    """Give factors, (n_rows, …), on the same row and on the one before; zero where there is none.

    Every further row would cost what the one more loading is wrong by.
    """
    before = np.zeros_like(factors)
    before[1:] = factors[:-1]
    return [factors, before]


def _loadings(products: Floats, with_factors: Floats) -> Floats:
    """Solve the normal equations of each series, (n_assets, m, m) and (n_assets, m)."""
    size = np.trace(products, axis1=1, axis2=2)
    # Where factors do not tell themselves apart, as before any price, loadings shall be small.
    ridge = np.where(size > 0, RIDGE * size, 1.0)[:, None, None] * np.eye(products.shape[1])
    return np.asarray(np.linalg.solve(products + ridge, with_factors[..., None])[..., 0])
