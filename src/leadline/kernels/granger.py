"""Does one series' past add to what another's own past says about it?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import fdtrc

Floats = NDArray[np.float64]
CHUNK = 32
"""Histories a block: their lags then stay in the cache."""


class Design(NamedTuple):
    """What follows from leader and controls alone, fixed for all histories of the follower.

    Attributes
    ----------
    nuisance : ndarray of float64, shape (n_rows, n_nuisance)
        Orthonormal: constant, the leader's lags beyond those tested, the controls' lags.
    tested : ndarray of float64, shape (n_rows, lags)
        The leader's tested lags, orthonormal and orthogonal to ``nuisance``.
    sums : ndarray of float64, shape (lags, lags)
        Row j turns coefficients on ``tested`` into the response to the last j + 1 moves.
    """

    lags: int
    augment: int
    first: int
    nuisance: Floats
    tested: Floats
    sums: Floats


class Tested(NamedTuple):
    """One row a history; ``response`` and ``error`` have shape (n, lags)."""

    wald: Floats
    response: Floats
    error: Floats
    freedom: int


def moves_and_level(path: Floats, order: int, first: int) -> Floats:
    """Give lag ``order`` of a path and its moves at lags 1 to ``order`` - 1, from row ``first``.

    They span the lags 1 to ``order`` themselves, and are far better conditioned where the path
    wanders. Shape (..., n_rows, order), moves first.
    """
    n_obs = path.shape[-1]
    columns = [
        path[..., first - lag : n_obs - lag] - path[..., first - lag - 1 : n_obs - lag - 1]
        for lag in range(1, order)
    ]
    columns.append(path[..., first - order : n_obs - order] - path[..., :1])
    return np.stack(columns, axis=-1)


def design(
    leader: Floats, controls: Floats, *, lags: int, augment: int, first: int | None = None
) -> Design:
    """Fix the regressors of a lag-augmented test (Toda and Yamamoto 1995; Dolado, Luetkepohl 1996).

    The follower's equation of a VAR(``lags`` + ``augment``) in levels, of which the leader's first
    ``lags`` lags are tested. As one lag at least stays untested, they may be written as moves, and
    the ``response`` is the sum of their coefficients: by how much the follower moves over the
    following ``lags`` periods, its own momentum apart, for a move of one of the leader. With
    ``augment`` 0 levels are tested, and the response is to a level of one that lasts a period.

    Parameters
    ----------
    leader : ndarray of float64, shape (n_obs,)
        Levels, such as log prices.
    controls : ndarray of float64, shape (n_controls, n_obs)
        Levels whose lags 1 to ``lags`` + ``augment`` are held constant.
    first : int, optional
        The first row to be explained; ``lags`` + ``augment`` where omitted, its least value.

    Raises
    ------
    ValueError
        Where the tested lags are a combination of the others.
    """
    order = lags + augment
    first = order if first is None else first
    n_rows = leader.size - first
    others = [np.ones((n_rows, 1))]
    if augment:
        mine = moves_and_level(leader, order, first)
        # The moves at lags 1 to ``lags`` are those tested; the rest is the leader's farther past.
        past = _moves(leader, lags, first)
        others += [mine[:, lags:]]
    else:
        past = _levels(leader, lags, first)
    others += [moves_and_level(control, order, first) for control in controls]
    nuisance, _ = np.linalg.qr(_unit(np.hstack(others)))
    scale = np.linalg.norm(past, axis=0)
    past = past / np.where(scale > 0, scale, 1.0)
    rest = past - nuisance @ (nuisance.T @ past)
    # Once more, for what rounding leaves of the nuisance.
    rest -= nuisance @ (nuisance.T @ rest)
    tested, triangle = np.linalg.qr(rest)
    if np.any(np.abs(np.diag(triangle)) < 1e-9):
        msg = "The leader's tested lags are a combination of the other regressors."
        raise ValueError(msg)
    to_coefficients = np.linalg.inv(triangle) / scale[:, None]
    return Design(lags, augment, first, nuisance, tested, np.cumsum(to_coefficients, axis=0))


def _moves(path: Floats, lags: int, first: int) -> Floats:
    moves = np.diff(path)
    return np.column_stack([moves[first - k - 1 : path.size - k - 1] for k in range(1, lags + 1)])


def _levels(path: Floats, lags: int, first: int) -> Floats:
    return np.column_stack([path[first - k : path.size - k] for k in range(1, lags + 1)])


def _unit(columns: Floats) -> Floats:
    return np.asarray(columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300))


def wald(follower: Floats, given: Design, *, robust: bool) -> Tested:
    """Test the leader's lags in every history of the follower.

    Null: the coefficients of the leader's first ``lags`` lags are zero. Plain: ``lags`` times the
    F statistic of restricted against unrestricted least squares. Robust: the Wald statistic
    with the covariance HC1 of MacKinnon and White (1985). Everything fixed is taken out once,
    and what is left are products of a few rows a history.

    Parameters
    ----------
    follower : ndarray of float64, shape (n, n_obs)
        Levels.

    Returns
    -------
    Tested
        The Wald statistic, chi-squared with ``lags`` degrees of freedom in large samples.
    """
    n = follower.shape[0]
    out = (np.empty(n), np.empty((n, given.lags)), np.empty((n, given.lags)))
    for start in range(0, n, CHUNK):
        part = slice(start, min(start + CHUNK, n))
        for whole, found in zip(out, _wald(follower[part], given, robust=robust), strict=True):
            whole[part] = found
    return Tested(*out, freedom=_freedom(given))


def _freedom(given: Design) -> int:
    n_regressors = given.nuisance.shape[1] + 2 * given.lags + given.augment
    return int(given.tested.shape[0] - n_regressors)


def _wald(follower: Floats, given: Design, *, robust: bool) -> tuple[Floats, Floats, Floats]:
    own, target = _partialled(follower, given)
    q = given.tested
    a = own @ q  # (n, order, lags)
    u = (target[:, None, :] @ q)[:, 0]
    square = own @ own.transpose(0, 2, 1)
    v = (own @ target[:, :, None])[:, :, 0]
    solved = np.linalg.solve(square, np.concatenate((a, v[:, :, None]), axis=2))
    on_own, short = solved[:, :, :-1], solved[:, :, -1:]
    score = u - (a.transpose(0, 2, 1) @ short)[:, :, 0]
    bread = np.eye(given.lags) - a.transpose(0, 2, 1) @ on_own
    coefficients = np.linalg.solve(bread, score[:, :, None])[:, :, 0]
    rows = q.T[None] - on_own.transpose(0, 2, 1) @ own
    residual = target - (short.transpose(0, 2, 1) @ own)[:, 0]
    residual -= (coefficients[:, None, :] @ rows)[:, 0]
    freedom = _freedom(given)
    if robust:
        rows *= residual[:, None, :]
        meat = rows @ rows.transpose(0, 2, 1) * (residual.shape[1] / freedom)
    else:
        variance = np.einsum("ht,ht->h", residual, residual) / freedom
        meat = bread * variance[:, None, None]
    statistic = np.einsum("hp,hp->h", score, np.linalg.solve(meat, score[:, :, None])[:, :, 0])
    weights = np.linalg.solve(bread, np.broadcast_to(given.sums.T, bread.shape))
    error = np.sqrt(np.einsum("hpj,hpq,hqj->hj", weights, meat, weights))
    return statistic, coefficients @ given.sums.T, error


def _partialled(follower: Floats, given: Design) -> tuple[Floats, Floats]:
    """Give the follower's own lags (n, order, n_rows) and its moves, both without the nuisance."""
    order, first, n_obs = given.lags + given.augment, given.first, follower.shape[1]
    both = np.empty((follower.shape[0], order + 1, n_obs - first))
    moves = np.diff(follower, axis=1)
    for lag in range(order):
        # Row 0 is the move to be explained, rows 1 to order - 1 the moves before it.
        both[:, lag] = moves[:, first - lag - 1 : n_obs - lag - 1]
    both[:, order] = follower[:, first - 1 : n_obs - 1] - follower[:, :1]
    # The level is the last lag's, so that the system stays near diagonal.
    both -= (both @ given.nuisance) @ given.nuisance.T
    return both[:, 1:], both[:, 0]


def f_p_value(tested: Tested) -> Floats:
    """Give the textbook p of each history: F with ``lags`` and ``freedom`` degrees of freedom."""
    lags = tested.response.shape[1]
    return np.asarray(fdtrc(lags, tested.freedom, tested.wald / lags))


def best_order(paths: Floats, longest: int) -> int:
    """Choose the order of a VAR in levels by the Bayesian information criterion, at least 1.

    All orders are compared on the rows after ``longest`` (Luetkepohl 2005, section 4.3.2).

    Parameters
    ----------
    paths : ndarray of float64, shape (n_series, n_obs)
    """
    n_series, n_obs = paths.shape
    n_rows = n_obs - longest
    target = np.diff(paths, axis=1)[:, longest - 1 :].T
    columns = [np.ones((n_rows, 1)), (paths[:, longest - 1 : -1] - paths[:, :1]).T]
    columns += [
        np.diff(paths, axis=1)[:, longest - 1 - k : n_obs - 1 - k].T for k in range(1, longest)
    ]
    # The regressors are nested, so one Cholesky factor serves all orders.
    regressors = _unit(np.hstack(columns))
    factor = np.linalg.cholesky(regressors.T @ regressors)
    on_basis = np.asarray(solve_triangular(factor, regressors.T @ target, lower=True))
    criterion = []
    for order in range(1, longest + 1):
        used = on_basis[: 1 + n_series * order]
        rest = target.T @ target - used.T @ used
        _, log_determinant = np.linalg.slogdet(rest / n_rows)
        criterion.append(log_determinant + order * n_series**2 * np.log(n_rows) / n_rows)
    return 1 + int(np.argmin(criterion))
