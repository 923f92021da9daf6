"""Does a series' past add to what another's own past says about it, for all ordered pairs?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import fdtrc

Floats = NDArray[np.float64]
TARGETS = 64
"""Followers a block: their moments with all leaders are what is held at a time."""
LEAST = 1e-11
"""Share of a lag that others must leave, or the pair has no answer."""


class AllPairs(NamedTuple):
    """F statistic and p of every pair, shape (n_leaders, n_followers).

    NaN where a leader's lags are a combination of the other regressors, as a series' own are.
    ``freedom`` is the second number of degrees of freedom, ``lags`` the first.
    """

    f: Floats
    p_value: Floats
    lags: int
    freedom: int


class _Columns(NamedTuple):
    """What a regression takes from each series.

    ``lagged`` are values of which lags 0 to ``n_lags`` - 1 are columns; ``level``, where there is
    one, is the last column, on the rows themselves. ``first`` is the row of ``lagged`` to be
    explained first, and ``nuisance`` holds what is taken out of all, orthonormal.
    """

    lagged: Floats
    n_lags: int
    first: int
    level: Floats | None
    nuisance: Floats

    @property
    def each(self) -> list[Floats]:
        """Give every column of all series, (n_series, n_rows)."""
        n_obs = self.lagged.shape[1]
        out = [self.lagged[:, self.first - lag : n_obs - lag] for lag in range(self.n_lags)]
        return out if self.level is None else [*out, self.level]


def all_pairs(
    paths: Floats, *, lags: int, augment: int = 0, controls: Floats | None = None
) -> AllPairs:
    """Test for every ordered pair whether the leader's ``lags`` lags help to explain the follower.

    Null: their coefficients are zero, given a constant and the follower's own lags (Granger
    1969). With ``augment`` 0 this is the F test of the sums of squares of
    ``statsmodels.tsa.stattools.grangercausalitytests``. Otherwise levels are given, every series
    takes ``lags`` + ``augment`` lags, and the first ``lags`` of the leader are tested (Toda and
    Yamamoto 1995).

    The moments of all lags of all series serve all regressions. They change from one lag to the
    next by what enters and leaves at the ends, so that 2 ``lags`` + 1 matrix products give them;
    each follower's own lags are taken out of all leaders' at once.

    Parameters
    ----------
    paths : ndarray of float64, shape (n_series, n_obs)
        Moves, or levels where ``augment`` is positive.
    controls : ndarray of float64, shape (n_controls, n_obs), optional
        Series, such as the market, whose lags 1 to ``lags`` + ``augment`` are held constant.

    Raises
    ------
    ValueError
        Where a value is missing, for all pairs share their days: keep the days that all series
        have, or leave out series. Or where there are too few days for so many lags.
    """
    controls = np.empty((0, paths.shape[1])) if controls is None else controls
    freedom = _check(paths, controls, lags, augment)
    columns = _columns(paths, controls, lags + augment, differ=augment > 0)
    taken = [column @ columns.nuisance for column in columns.each]
    own = _own(columns, taken)
    f = np.empty((paths.shape[0], paths.shape[0]))
    for start in range(0, paths.shape[0], TARGETS):
        part = slice(start, min(start + TARGETS, paths.shape[0]))
        f[part] = _statistics(_moments(columns, taken, part), own, part, lags, freedom)
    return AllPairs(f.T, np.asarray(fdtrc(lags, freedom, f)).T, lags, freedom)


def _check(paths: Floats, controls: Floats, lags: int, augment: int) -> int:
    """Give the degrees of freedom left."""
    for what, values in (("series", paths), ("control", controls)):
        if (bad := np.flatnonzero(~np.isfinite(values).all(axis=1))).size:
            msg = (
                f"{what} {bad[0]}: {np.count_nonzero(~np.isfinite(values[bad[0]]))} values are "
                "missing; keep the days that all series have, or leave it out."
            )
            raise ValueError(msg)
    order = lags + augment
    freedom = paths.shape[1] - order - (2 + controls.shape[0]) * order - 1
    if lags < 1 or augment < 0 or freedom < 1:
        msg = f"{paths.shape[1]} days leave nothing to test {lags} lags by, {augment} more added."
        raise ValueError(msg)
    return int(freedom)


def _columns(paths: Floats, controls: Floats, order: int, *, differ: bool) -> _Columns:
    """Scale series and cut their columns.

    Lags of levels are written as moves and one level: they span the same, and are far better
    conditioned. A move is then explained, which with the level's lags is the same as the level.
    """
    n_rows = paths.shape[1] - order
    mine, theirs = (_scaled(block, differ=differ) for block in (paths, controls))
    first, n_lags = (order - 1, order) if differ else (order, order + 1)
    level = _scaled(paths, differ=False)[:, :n_rows] if differ else None
    held = [np.ones((1, n_rows))]
    held += [theirs[:, first - lag : theirs.shape[1] - lag] for lag in range(1, n_lags)]
    if differ:
        held.append(_scaled(controls, differ=False)[:, :n_rows])
    nuisance, _ = np.linalg.qr(np.vstack(held).T)
    return _Columns(mine, n_lags, first, level, nuisance)


def _scaled(paths: Floats, *, differ: bool) -> Floats:
    values = np.diff(paths, axis=1) if differ else paths
    values = values - values.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.mean(values**2, axis=1, keepdims=True))
    return np.asarray(values / np.where(scale > 0, scale, 1.0))


def _own(columns: _Columns, taken: list[Floats]) -> Floats:
    """Give the moments of each series' columns with one another, (n_columns, n_columns, n)."""
    each = columns.each
    n_series = each[0].shape[0]
    out = np.empty((len(each), len(each), n_series))
    for a, one in enumerate(each):
        for b in range(a + 1):
            moment = np.einsum("nt,nt->n", one, each[b])
            out[a, b] = out[b, a] = moment - np.einsum("nq,nq->n", taken[a], taken[b])
    return out


def _moments(columns: _Columns, taken: list[Floats], part: slice) -> Floats:
    """Give the moments of the part's columns with all series', (n_columns, n_columns, m, n)."""
    each = columns.each
    out = np.empty((len(each), len(each), part.stop - part.start, columns.lagged.shape[0]))
    n_lags = columns.n_lags
    for lag in range(n_lags):
        np.matmul(each[0][part], each[lag].T, out=out[0, lag])
        if lag:
            np.matmul(each[lag][part], each[0].T, out=out[lag, 0])
    enters, leaves = columns.first - 1, columns.lagged.shape[1] - 1
    z = columns.lagged
    for a in range(1, n_lags):
        for b in range(1, n_lags):
            ends = np.stack((z[part, enters - a + 1], -z[part, leaves - a + 1]), axis=1)
            others = np.stack((z[:, enters - b + 1], z[:, leaves - b + 1]))
            np.matmul(ends, others, out=out[a, b])
            out[a, b] += out[a - 1, b - 1]
    if columns.level is not None:
        for lag in range(n_lags):
            np.matmul(each[lag][part], columns.level.T, out=out[lag, n_lags])
            np.matmul(columns.level[part], each[lag].T, out=out[n_lags, lag])
        np.matmul(columns.level[part], columns.level.T, out=out[n_lags, n_lags])
    for a, one in enumerate(taken):
        for b, other in enumerate(taken):
            out[a, b] -= one[part] @ other.T
    return out


def _statistics(moments: Floats, own: Floats, part: slice, lags: int, freedom: int) -> Floats:
    """Give F of all leaders for each follower of the part."""
    from leadline.kernels import compiled_all_granger

    tested, others = np.empty((2, *moments.shape[2:]))
    out: Floats = np.empty(moments.shape[2:])
    for m, i in enumerate(range(part.start, part.stop)):
        mine = own[:, :, i]
        try:
            factor = np.asarray(np.linalg.cholesky(mine[1:, 1:]), dtype=np.float64)
        except np.linalg.LinAlgError:
            # The follower does not move, or its lags are those of a control.
            out[m] = np.nan
            continue
        target = np.asarray(solve_triangular(factor, mine[1:, 0], lower=True), dtype=np.float64)
        compiled_all_granger.explained(
            moments[:, :, m], own, factor, target, lags, LEAST, tested[m], others[m]
        )
        residual = mine[0, 0] - target @ target - others[m] - tested[m]
        out[m] = tested[m] / lags / (np.maximum(residual, 0) / freedom)
    return out
