"""Granger tests of all ordered pairs of a universe, from one matrix of moments."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from leadline.data.store import Store
from leadline.errors import DataError, LeadlineError
from leadline.kernels.all_granger import AllPairs, all_pairs
from leadline.scan import inference, prices
from leadline.scan.prepare import MIN_RETURNS, Every, on_common_rows, smallest_lags
from leadline.scan.result import percent
from leadline.scan.settings import one_of, share, whole

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Form = Literal["plain", "toda_yamamoto", "market"]

SHARED = 0.9
"""Share of the rows that all series must have; those that lack most are left out until they do."""
MOST_LAGS = 60
SHOWN = 20
LEAST_P = 1e-300
"""Stands for smaller ones where logs are taken."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class GrangerScan:
    """Granger tests of all ordered pairs.

    Attributes
    ----------
    table : DataFrame
        A pair a row, the smallest p first: ``leader``, ``follower``, ``F``, ``p``, and the false
        discovery rates ``q_bh`` and ``q_by`` over all pairs (Benjamini-Hochberg;
        Benjamini-Yekutieli, for any dependence).
    left_out : DataFrame
        Series that took no part, and why.
    lags, freedom : int
        Degrees of freedom of F.
    caveats : tuple of str
        What to know before believing a lead.
    """

    table: "pd.DataFrame"
    left_out: "pd.DataFrame"
    form: Form
    every: Every
    fdr: float
    lags: int
    freedom: int
    assets: tuple[str, ...]
    first_day: str
    last_day: str
    n_obs: int
    notes: tuple[str, ...]
    caveats: tuple[str, ...]

    def found(self) -> "pd.DataFrame":
        """Give the pairs that count at the false discovery rate asked for (Benjamini-Hochberg)."""
        return self.table[self.table["q_bh"] <= self.fdr]

    def to_frame(self) -> "pd.DataFrame":
        """Give the table of all pairs."""
        return self.table.copy()

    def summary(self) -> str:
        """Say in a few sentences what was tested and what was found."""
        sure = int((self.table["q_by"] <= self.fdr).sum())
        lines = [
            f"{len(self.table):,} ordered pairs of {len(self.assets)} series, {self.lags} "
            f"{self.every}{'' if self.lags == 1 else 's'} of lags, {self.n_obs:,} {self.every}s "
            f"from {self.first_day} to {self.last_day}{_FORM[self.form]}.",
            f"{len(self.found()):,} at a false discovery rate of {percent(self.fdr)} "
            f"(Benjamini-Hochberg), {sure:,} of them whatever the dependence "
            "(Benjamini-Yekutieli).",
        ]
        return "\n".join((*lines, *self.notes, *self.caveats))

    def __repr__(self) -> str:
        """Give one line."""
        return (
            f"GrangerScan({len(self.assets)} assets, {len(self.table):,} pairs, "
            f"{len(self.found()):,} at {percent(self.fdr)})"
        )

    def _repr_html_(self) -> str:
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in self.summary().splitlines())
        shown = self.table.head(SHOWN).to_html(index=False, border=0, float_format="{:.3g}".format)
        return f"{paragraphs}{shown}"


_FORM = {
    "plain": "",
    "toda_yamamoto": ", levels with one lag more than is tested",
    "market": ", the market's lags held constant",
}


def scan_granger(
    given: prices.Given,
    lags: int = 5,
    form: Form = "plain",
    *,
    every: Every = "day",
    fdr: float = 0.05,
    store: Store | None = None,
) -> GrangerScan:
    """Ask of all ordered pairs whether the leader's past adds to what the follower's own says.

    Null of a pair: in a regression of the follower on a constant, its own ``lags`` lags and the
    leader's, the leader's coefficients are zero (Granger 1969). The F test of the sums of squares
    takes errors to be equally wild at all times. Where they are not, and two series are wild at
    the same times, it rejects far too often: at a nominal 5 % in 20 % of pairs with a common
    GARCH volatility and nothing else in common (1,500 days, 5 lags, Student-t shocks), but in 5 %
    where each has a volatility of its own. :func:`leadline.scan.scan` keeps its level in both.

    Parameters
    ----------
    given : DataFrame, path, or sequence of str
        Prices, as :func:`leadline.scan.scan` takes them, and refused as there.
    lags : int
        Lags of both series, in rows (days or weeks).
    form : {"plain", "toda_yamamoto", "market"}
        ``"plain"`` tests log returns. ``"toda_yamamoto"`` tests log prices, with one lag more in
        the regression than is tested, which is valid whether or not they have unit roots or are
        cointegrated (Toda and Yamamoto 1995). ``"market"`` tests log returns, the mean return of
        all series held constant at the same lags.
    every : {"day", "week"}
        Length of the returns.
    fdr : float
        False discovery rate up to which a pair counts.
    store : Store, optional
        Where names are looked up.

    Returns
    -------
    GrangerScan

    Raises
    ------
    DataError
        For prices that cannot be used, naming asset and day, and where too few days are shared.
    LeadlineError
        For settings that make no sense.

    Notes
    -----
    All pairs share one matrix of moments, so they share their days: rows on which a series has no
    price are left out for all, and a return then spans the gap for all. That no late or patchy
    series costs the others their days, those that lack most rows are left out, one by one, until
    the rest share nine rows of ten. Pairs whose follower is known to close earlier in the day
    than its leader are not tested by the day: their first lag shares hours.

    Examples
    --------
    >>> import numpy as np, pandas as pd, leadline as ll
    >>> rng = np.random.default_rng(1)
    >>> moves = rng.standard_normal((600, 4)) / 100
    >>> moves[3:, 1] += 0.5 * moves[:-3, 0]
    >>> days = pd.bdate_range("2024-01-01", periods=600)
    >>> found = ll.scan_granger(pd.DataFrame(np.exp(moves.cumsum(0)), days, list("abcd")))
    >>> found.found()[["leader", "follower"]].values.tolist()
    [['a', 'b']]
    """
    lags, fdr = _checked(lags, form, every, fdr)
    universe = prices.read(given, store)
    held = _shared(universe, every)
    _enough(held, lags, form)
    found = _tested(held.levels, lags, form)
    least = smallest_lags(held.assets, universe.infos, every=every, min_lag=1)
    asked = (np.broadcast_to(least, found.f.shape) == 1) & ~np.eye(len(held.assets), dtype=bool)
    return GrangerScan(
        table=_table(found, held.assets, asked),
        left_out=held.left_out(),
        form=form,
        every=every,
        fdr=fdr,
        lags=lags,
        freedom=found.freedom,
        assets=held.assets,
        first_day=str(held.days[1]),
        last_day=str(held.days[-1]),
        n_obs=held.days.size - 1,
        notes=(*held.notes, *_notes(found, asked)),
        caveats=_CAVEATS[form],
    )


_WILD = (
    "Homoskedastic: F takes errors to be equally wild at all times. Series that are wild at the "
    "same times seem to lead one another; `scan` is robust to that."
)
_LEAD = "A lead here is in the past of prices: neither a cause nor a trade."
_CAVEATS: dict[Form, tuple[str, ...]] = {
    "plain": (
        _WILD,
        "Where some series answer the same news sooner than others, each of the first seems to "
        "lead each of the second; form 'market' holds the mean return constant.",
        _LEAD,
    ),
    "toda_yamamoto": (
        _WILD,
        "The p-values are those of large samples: with few days for many lags they come out too "
        "small.",
        _LEAD,
    ),
    "market": (
        _WILD,
        "The market is the mean of the very series that are tested: among few of them it holds "
        "part of the leader constant, and others can seem to lead in its place.",
        _LEAD,
    ),
}


def _checked(lags: int, form: Form, every: Every, fdr: float) -> tuple[int, float]:
    lags = whole("lags", lags)
    if not 1 <= lags <= MOST_LAGS:
        msg = f"lags is {lags}; give a number from 1 to {MOST_LAGS}."
        raise LeadlineError(msg)
    one_of("form", form, get_args(Form))
    one_of("every", every, get_args(Every))
    return lags, share("fdr", fdr)


@dataclass(frozen=True, slots=True)
class _Shared:
    """Log prices of the series that take part, (n_assets, n_days), on the days they all have."""

    levels: Floats
    assets: tuple[str, ...]
    days: Days
    left: tuple[prices.Left, ...]
    notes: tuple[str, ...]

    def left_out(self) -> "pd.DataFrame":
        import pandas as pd

        rows = [(entry.asset, entry.reason) for entry in self.left]
        return pd.DataFrame(rows, columns=["asset", "reason"])


_STILL = "its price never moves"


def _shared(universe: prices.Universe, every: Every) -> _Shared:
    held = on_common_rows(universe, every)
    there = np.isfinite(held.prices)
    # As given: of a price that stands still only the first day is trusted.
    never = np.fmin.reduce(universe.prices) == np.fmax.reduce(universe.prices)
    kept = _sharing(there)
    rows = there[:, kept].all(axis=1)
    levels = np.log(held.prices[np.ix_(rows, kept)]).T
    still = (levels == levels[:, :1]).all(axis=1)
    left = list(universe.left)
    for j in np.setdiff1d(np.arange(there.shape[1]), kept):
        reason = f"its prices can be used on {there[:, j].mean():.0%} of the rows, too few to share"
        left.append(prices.Left(universe.assets[j], _STILL if never[j] else reason))
    left += [prices.Left(universe.assets[j], _STILL) for j in kept[still]]
    notes = list(held.notes)
    if lost := int(np.count_nonzero(~rows)):
        notes.append(f"{lost:,} of {rows.size:,} rows are left out: not every series has a price.")
    assets = tuple(universe.assets[j] for j in kept[~still])
    return _Shared(levels[~still], assets, held.days[rows], tuple(left), tuple(notes))


def _sharing(there: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Choose series that share their rows: the one that lacks most is left out, time and again."""
    lacking = (~there).sum(axis=1)
    missing = (~there).sum(axis=0)
    kept = np.ones(there.shape[1], dtype=bool)
    for j in np.argsort(-missing, kind="stable"):
        if np.count_nonzero(lacking == 0) >= SHARED * lacking.size:
            break
        kept[j] = False
        lacking -= ~there[:, j]
    return np.flatnonzero(kept)


def _enough(held: _Shared, lags: int, form: Form) -> None:
    least = 3 if form == "market" else 2
    needed = MIN_RETURNS + lags
    n_moves = max(held.days.size - 1, 0)
    if len(held.assets) >= least and n_moves >= needed:
        return
    told = "; ".join(f"{entry.asset}: {entry.reason}" for entry in held.left[:5])
    msg = (
        f"Granger tests with {lags} lags take {least} series or more that share {needed} returns; "
        f"{len(held.assets)} share {n_moves:,}. {told}"
    )
    raise DataError(msg.rstrip())


def _tested(levels: Floats, lags: int, form: Form) -> AllPairs:
    if form == "toda_yamamoto":
        return all_pairs(levels, lags=lags, augment=1)
    moves = np.diff(levels, axis=1)
    market = moves.mean(axis=0, keepdims=True) if form == "market" else None
    return all_pairs(moves, lags=lags, controls=market)


def _table(found: AllPairs, assets: tuple[str, ...], asked: NDArray[np.bool_]) -> "pd.DataFrame":
    import pandas as pd

    leader, follower = np.nonzero(asked & np.isfinite(found.f))
    f, p = found.f[leader, follower], found.p_value[leader, follower]
    # Beyond what a float holds, pairs are put in the order of F.
    order = np.lexsort((-f, p))
    log_p = np.log(np.maximum(p[order], LEAST_P))
    q = inference.q_values(log_p, inference.histogram(log_p))
    return pd.DataFrame(
        {
            "leader": pd.Categorical.from_codes(leader[order], pd.Index(assets)),
            "follower": pd.Categorical.from_codes(follower[order], pd.Index(assets)),
            "F": f[order],
            "p": p[order],
            "q_bh": q.bh,
            "q_by": q.by,
        }
    )


def _notes(found: AllPairs, asked: NDArray[np.bool_]) -> Iterator[str]:
    n = asked.shape[0]
    if skewed := n * (n - 1) - int(np.count_nonzero(asked)):
        yield (
            f"{skewed:,} pairs are not tested by the day: the follower closes earlier than the "
            "leader, so that the first lag shares hours."
        )
    if alike := int(np.count_nonzero(asked & ~np.isfinite(found.f))):
        yield f"{alike:,} pairs have no answer: the leader moves as others in the regression do."
