"""How series respond to shocks: local projections, and the time of the response."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.kernels.cross_correlation import lagged
from leadline.kernels.resample import signs

Floats = NDArray[np.float64]


class Projection(NamedTuple):
    """Cumulative response at each horizon, with its standard error, shape (n_horizons,)."""

    response: Floats
    error: Floats


def lags_of(columns: Floats, lags: int) -> Floats:
    """Put lags 1 to ``lags`` of each column side by side, (n_obs, n_columns * lags); 0 outside."""
    past = np.arange(1, lags + 1)
    return np.hstack([lagged(column, past) for column in columns.T])


def local_projections(
    moves: Floats, shock: Floats, controls: Floats, *, longest: int, first: int
) -> Projection:
    """Regress the cumulative move over each horizon on the shock that begins it.

    ``sum_{j=0}^{h} moves[t + j] = a + b_h shock[t] + c' controls[t] + e`` (Jorda 2005, eq. 3).
    With lags of moves and shock among the controls White errors (HC1) suffice although horizons
    overlap (Montiel Olea and Plagborg-Moller 2021).

    Parameters
    ----------
    moves, shock : ndarray of float64, shape (n_obs,)
        The move at the shock's own row is horizon 0.
    controls : ndarray of float64, shape (n_obs, n_controls)
        Known before the row.
    longest : int
        Horizons 0 to ``longest`` are estimated.
    first : int
        The first row whose controls are complete.
    """
    total = np.concatenate(([0.0], np.cumsum(moves)))
    response, error = np.empty(longest + 1), np.empty(longest + 1)
    for h in range(longest + 1):
        rows = slice(first, moves.size - h)
        y = total[first + h + 1 :] - total[first : moves.size - h]
        others = np.column_stack((np.ones(y.size), controls[rows]))
        basis, _ = np.linalg.qr(others)
        x = shock[rows] - basis @ (basis.T @ shock[rows])
        square = float(x @ x)
        response[h] = x @ y / square
        rest = y - response[h] * x
        rest -= basis @ (basis.T @ rest)
        freedom = y.size - others.shape[1] - 1
        error[h] = np.sqrt(np.sum((x * rest) ** 2) * y.size / freedom) / square
    return Projection(response, error)


def residual(shock: Floats, controls: Floats, *, first: int) -> Floats:
    """Take the controls and the mean out of the shock; rows before ``first`` are zero."""
    others = np.column_stack((np.ones(shock.size - first), controls[first:]))
    out = np.zeros(shock.size)
    out[first:] = shock[first:] - others @ np.linalg.lstsq(others, shock[first:], rcond=1e-12)[0]
    return out


def responses(moves: Floats, shock: Floats, longest: int) -> Floats:
    """Give the response at each single lag from 0 to ``longest``, shape (..., longest + 1).

    ``sum_t shock[t] moves[t + l] / sum_t shock[t]^2``: for a shock without memory the steps of
    the local projections, and linear in the moves.
    """
    return np.asarray(moves @ lagged(shock, np.arange(longest + 1)) / float(shock @ shock))


def row_weights(shock: Floats, by_lag: Floats) -> Floats:
    """Give weights on the moves whose sum is ``by_lag`` times the responses times sum shock^2."""
    return np.asarray(np.convolve(shock, by_lag)[: shock.size])


def late_share(response: Floats, late: NDArray[np.bool_]) -> float:
    """Give the share of a response that comes at ``late`` lags.

    Noise may take it somewhat outside 0 to 1, and it stays there, so that what is orthogonal to
    it remains so; where parts of opposite sign cancel it is kept between -1/2 and 3/2. A
    response that adds up to none counts as half late.
    """
    whole = float(response.sum())
    if whole == 0:
        return 0.5
    return float(np.clip(response[late].sum() / whole, -0.5, 1.5))


def peak(response: Floats, *, sign: int) -> NDArray[np.intp]:
    """Give the lag at which the response has added up to the most, along the last axis."""
    return np.asarray(np.argmax(sign * np.cumsum(response, axis=-1), axis=-1))


def half_way(response: Floats, *, sign: int) -> Floats:
    """Give the lag at which the response first stands at half of its highest, along the last axis.

    Between lags by linear interpolation, from nothing just before the shock. Where a response
    has come to its end, noise moves the peak anywhere after; half-way it is on its way up. A
    response that never stands above nothing has the lag of its highest.
    """
    total = sign * np.cumsum(response, axis=-1)
    highest = total.max(axis=-1, keepdims=True)
    at = np.argmax(total >= highest / 2, axis=-1)
    here = np.take_along_axis(total, at[..., None], axis=-1)[..., 0]
    before = np.take_along_axis(total, np.maximum(at - 1, 0)[..., None], axis=-1)[..., 0]
    before = np.where(at == 0, 0.0, before)
    rise = np.where(here > before, here - before, 1.0)
    crossed = at + (highest[..., 0] / 2 - here) / rise
    return np.asarray(np.where(highest[..., 0] > 0, crossed, np.argmax(total, axis=-1)))


def joint_draws(
    moves: Floats, shock: Floats, longest: int, *, n_resamples: int, rng: Generator
) -> Floats:
    """Draw responses of several series around those found, (n_resamples, n_series, longest + 1).

    What the shock leaves unexplained gets random signs, the same for all series of a day, so
    that volatility and the link between the series stay (Liu 1988).

    Parameters
    ----------
    moves : ndarray of float64, shape (n_series, n_obs)
    """
    past = lagged(shock, np.arange(longest + 1))
    found = responses(moves, shock, longest)
    rest = moves - found @ past.T
    drawn = signs(n_resamples, shock.size, rng).astype(np.float64)
    out = np.stack([drawn @ (row[:, None] * past) for row in rest], axis=1)
    return np.asarray(found + out / float(shock @ shock))
