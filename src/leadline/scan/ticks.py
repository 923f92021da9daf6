"""Which of two prices, each seen at its own ticks, moves first and by how long."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leadline.errors import DataError, LeadlineError
from leadline.evidence.exhibits import Band, Curve, Line, Mark
from leadline.kernels import asynchronous
from leadline.scan.settings import SEED, whole

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    Prices = pd.Series[Any]
    Span = str | pd.Timedelta

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

FEWEST_BLOCKS = 10
"""Blocks of moves that a series must have, for signs of fewer are too few ways that chance has."""
MOST_STEPS = 5000
NANOSECONDS = 1e9


@dataclass(frozen=True, repr=False, eq=False)
class TickLead:
    """The lead of one tick series over another.

    Attributes
    ----------
    x, y : str
        Names of the two.
    lag : Timedelta
        The lag at which their moves go together most; positive where ``x`` moves first.
    r : float
        The contrast at that lag over the root of both sums of squared moves: in large samples a
        correlation, though a sample's may pass one. Whatever ticks hold beside the price, such as
        the bounce between bid and ask, makes it smaller.
    p_value : float
        Of the largest contrast over all lags searched.
    chance : float
        The size of ``r`` that the largest over all lags passes in 5 % of draws of the null.
    ratio : float
        Sum of squared ``r`` where ``x`` moves first over the same where ``y`` does (Huth and
        Abergel 2014); above one where ``x`` leads on the whole.
    n_ticks : tuple of int
        Ticks of ``x`` and ``y`` within the time that both cover.
    lags, contrasts, correlations : ndarray
        The profile: seconds, contrast of log prices, and ``r`` at each lag.
    """

    x: str
    y: str
    lag: "pd.Timedelta"
    r: float
    p_value: float
    chance: float
    ratio: float
    n_ticks: tuple[int, int]
    lags: Floats
    contrasts: Floats
    correlations: Floats
    resamples: int

    def to_frame(self) -> "pd.DataFrame":
        """Give the profile, a lag a row, in seconds; positive where ``x`` moves first."""
        import pandas as pd

        return pd.DataFrame({"lag": self.lags, "contrast": self.contrasts, "r": self.correlations})

    def words(self) -> str:
        """Say what was found, in a sentence or two."""
        seconds = self.lag.total_seconds()
        reach = f"within {self.lags[-1]:g} s either way"
        if self.p_value > 0.05:
            return (
                f"Moves of {self.x} and {self.y} {reach} go together no more than chance would "
                f"have it (p = {self.p_value:.3f})."
            )
        odds = f"r = {self.r:+.2f}, p = {self.p_value:.3f} over all lags {reach}"
        if seconds == 0:
            how = "together" if self.r > 0 else "against one another"
            return f"{self.x} and {self.y} move {how} at the same time ({odds})."
        leads = seconds > 0
        first, second = (self.x, self.y) if leads else (self.y, self.x)
        how = "repeats" if self.r > 0 else "does the opposite of"
        with np.errstate(divide="ignore"):
            weight = self.ratio if leads else float(np.divide(1.0, self.ratio))
        return (
            f"{second} {how} what {first} did {abs(seconds):g} s before ({odds}). {first} before "
            f"{second} weighs {weight:.2g} times as much as the other way.{self._edge()}"
        )

    def _edge(self) -> str:
        if abs(self.lag.total_seconds()) < self.lags[-1]:
            return ""
        return " That is the longest lag searched; the true one may be longer."

    @cached_property
    def exhibit(self) -> Curve:
        """Give the profile as an exhibit."""
        return Curve(
            name="tick_lead",
            title=f"{self.x} and {self.y}, tick by tick",
            finding=self.words(),
            note=f"Right of zero, {self.x} moves first. No tick is moved to a grid.",
            x_label="seconds",
            y_label="correlation",
            lines=(Line(label="correlation", x=tuple(self.lags), y=tuple(self.correlations)),),
            bands=(
                Band(
                    label="what chance reaches",
                    x=tuple(self.lags),
                    low=(-self.chance,) * self.lags.size,
                    high=(self.chance,) * self.lags.size,
                ),
            ),
            marks=(Mark(label="strongest", at=self.lag.total_seconds()),),
        )

    def chart(self) -> "alt.TopLevelMixin":
        """Draw the profile."""
        from leadline import report

        return report.chart(self.exhibit)

    def __repr__(self) -> str:
        """Give one line."""
        return (
            f"TickLead({self.x} before {self.y} by {self.lag.total_seconds():+g} s, "
            f"r={self.r:+.3f}, p={self.p_value:.3f})"
        )

    def _repr_html_(self) -> str:
        from leadline import report

        return f"<p>{escape(self.words())}</p>{report.svg(self.exhibit)}"


def tick_lead(
    x: "Prices",
    y: "Prices",
    max_lag: "Span" = "10s",
    step: "Span" = "100ms",
    *,
    resamples: int = 199,
    block: int = asynchronous.BLOCK,
    seed: str = SEED,
) -> TickLead:
    """Find by how long one price moves before another, each seen at its own ticks.

    At every lag, the products of all moves whose intervals meet once ``y`` is moved back by it are
    added up (Hayashi and Yoshida 2005; Hoffmann, Rosenbaum and Yoshida 2013). No tick is moved to
    a grid, so that the price that trades more often does not seem to lead. The p-value is that of
    the largest over all lags, by a wild bootstrap with signs a block of moves; null: at no lag
    searched do moves of the two go together.

    Parameters
    ----------
    x, y : Series
        Prices with a DatetimeIndex, increasing; the names label the result.
    max_lag, step : str or Timedelta
        Lags from ``-max_lag`` to ``max_lag`` in steps, such as ``"10s"`` and ``"100ms"``. A step
        far below the time between ticks finds the same moves again and again.
    resamples : int
        Draws of the null.
    block : int
        Moves in a row that share a sign, more than a move still says about the next ones.
    seed : str
        Names the random stream.

    Returns
    -------
    TickLead

    Raises
    ------
    DataError
        For an index that is not of times, ticks out of order or of the same time, prices that are
        not positive, and too few ticks in the time that both cover.
    LeadlineError
        For lags and resamples that make no sense.

    Notes
    -----
    Times must be of one clock: an exchange whose clock is late by a second follows by a second.
    Signs of single moves would not do: where prices bounce between bid and ask such a test at 5 %
    rejects in none of 300 independent pairs, where moves carry on for some ticks in 60 % of them;
    in blocks of 50 moves it rejects in 2 to 5 % and in 5 %.

    Examples
    --------
    >>> import numpy as np, pandas as pd, leadline as ll
    >>> rng = np.random.default_rng(0)
    >>> price = np.exp(np.cumsum(rng.standard_normal(40_000)) / 1e4)
    >>> ticks = [np.sort(rng.choice(np.arange(100, 40_000), 4000, replace=False)) for _ in "xy"]
    >>> start = pd.Timestamp("2026-01-05 09:00")
    >>> x = pd.Series(price[ticks[0]], start + pd.to_timedelta(ticks[0], "ms"), name="future")
    >>> y = pd.Series(price[ticks[1] - 60], start + pd.to_timedelta(ticks[1], "ms"), name="share")
    >>> ll.tick_lead(x, y, max_lag="200ms", step="20ms", resamples=99)
    TickLead(future before share by +0.06 s, r=+1.019, p=0.010)
    """
    import pandas as pd

    lags = _lags(max_lag, step)
    resamples, block = _checked(resamples, block)
    for name, given in (("x", x), ("y", y)):
        if not isinstance(given, pd.Series):
            msg = f"{name} is of type {type(given).__name__}; give one Series of prices."
            raise LeadlineError(msg)
    names = _names(x, y)
    series = [_ticks(name, given) for name, given in zip(names, (x, y), strict=True)]
    _one_clock(names, x, y)
    series = _in_common(names, series, block)
    (x_times, x_path), (y_times, y_path) = series
    profile = asynchronous.contrast(x_times, x_path, y_times, y_path, lags)
    digest = hashlib.sha256(f"{seed}/ticks".encode()).digest()
    test = asynchronous.max_test(
        x_times,
        x_path,
        y_times,
        y_path,
        lags,
        n_resamples=resamples,
        rng=np.random.default_rng(int.from_bytes(digest[:8], "little")),
        block=block,
    )
    squares, best = profile.r**2, int(np.flatnonzero(lags == test.lag)[0])
    other = float(squares[lags < 0].sum())
    return TickLead(
        x=names[0],
        y=names[1],
        lag=pd.Timedelta(test.lag, "ns"),
        r=float(profile.r[best]),
        p_value=test.p_value,
        chance=float(np.quantile(test.null, 0.95) * abs(profile.r[best]) / test.statistic),
        ratio=float(squares[lags > 0].sum()) / other if other > 0 else np.inf,
        n_ticks=(x_times.size, y_times.size),
        lags=lags / NANOSECONDS,
        contrasts=profile.covariance,
        correlations=profile.r,
        resamples=resamples,
    )


def _lags(max_lag: "Span", step: "Span") -> Times:
    import pandas as pd

    spans = []
    for what, given in (("max_lag", max_lag), ("step", step)):
        try:
            spans.append(int(pd.Timedelta(given).as_unit("ns").value))
        except (ValueError, TypeError) as error:
            msg = f"{what} is {given!r}; give a time such as '10s' or '100ms'."
            raise LeadlineError(msg) from error
    longest, each = spans
    if not 0 < each <= longest or longest // each > MOST_STEPS:
        msg = (
            f"max_lag {max_lag} in steps of {step}: give steps of one to {MOST_STEPS:,} to the "
            "longest lag."
        )
        raise LeadlineError(msg)
    n_steps = longest // each
    return np.arange(-n_steps, n_steps + 1, dtype=np.int64) * each


def _checked(resamples: int, block: int) -> tuple[int, int]:
    resamples, block = whole("resamples", resamples), whole("block", block)
    if resamples < 19:
        msg = f"{resamples} resamples cannot reach p = 0.05; give 19 or more."
        raise LeadlineError(msg)
    if block < 1:
        msg = f"block is {block}; give one move or more."
        raise LeadlineError(msg)
    return resamples, block


def _names(x: "Prices", y: "Prices") -> tuple[str, str]:
    one, other = (str(given.name) if given.name is not None else "" for given in (x, y))
    one, other = one or "x", other or "y"
    return (one, other) if one != other else (f"{one} (x)", f"{other} (y)")


def _ticks(name: str, given: "Prices") -> tuple[Times, Floats]:
    """Give nanoseconds and log prices."""
    import pandas as pd

    index = given.index
    if not isinstance(index, pd.DatetimeIndex):
        msg = f"{name!r}: the index is of {index.dtype}, not of times. Use pandas.to_datetime."
        raise DataError(msg)
    if index.hasnans:
        msg = f"{name!r}: position {int(np.argmax(index.isna()))} is not a time (NaT). Drop it."
        raise DataError(msg)
    times = index.as_unit("ns").asi8
    if (bad := np.flatnonzero(np.diff(times) < 0)).size:
        at = int(bad[0])
        msg = f"{name!r}: {index[at + 1]} comes after {index[at]}. Sort it with .sort_index()."
        raise DataError(msg)
    if (bad := np.flatnonzero(np.diff(times) == 0)).size:
        msg = (
            f"{name!r}: {index[int(bad[0])]} is there twice. Merge ticks of the same time, such as "
            "with .groupby(level=0).last()."
        )
        raise DataError(msg)
    try:
        price = given.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        msg = f"{name!r} holds something that is not a number: {error}."
        raise DataError(msg) from error
    wrong = ~(np.isfinite(price) & (price > 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        msg = (
            f"{name!r}: the price at {index[at]}, {price[at]:g}, is not positive and finite. "
            "Correct it or drop the tick."
        )
        raise DataError(msg)
    return times, np.log(price)


def _one_clock(names: tuple[str, str], x: "Prices", y: "Prices") -> None:
    zones = [getattr(given.index, "tz", None) for given in (x, y)]
    if (zones[0] is None) != (zones[1] is None):
        bare = names[0] if zones[0] is None else names[1]
        msg = f"{bare!r} has no time zone and the other has one. Set it with .tz_localize()."
        raise DataError(msg)


def _in_common(
    names: tuple[str, str], series: list[tuple[Times, Floats]], block: int
) -> list[tuple[Times, Floats]]:
    """Cut both to the time that both cover; raise DataError where that leaves too little."""
    begin = max((times[0] for times, _ in series if times.size), default=0)
    end = min((times[-1] for times, _ in series if times.size), default=0)
    out = []
    needed = FEWEST_BLOCKS * block + 1
    for name, (times, path) in zip(names, series, strict=True):
        within = (times >= begin) & (times <= end)
        if np.count_nonzero(within) < needed:
            msg = (
                f"{name!r}: {np.count_nonzero(within):,} ticks in the time that both cover; it "
                f"takes {needed:,}, ten blocks of {block} moves."
            )
            raise DataError(msg)
        if np.ptp(path[within]) == 0:
            msg = f"{name!r}: the price never moves in the time that both cover."
            raise DataError(msg)
        out.append((times[within], path[within]))
    return out
