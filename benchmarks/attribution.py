"""What attribution costs beside statsmodels: errors, filter, studentised slopes of histories."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from leadline.kernels import attribution

WEEKS, DAYS, DRIVERS, HISTORIES, PEER_HISTORIES = 520, 4000, 5, 1999, 100
Row = tuple[str, str, str, str, str]


def cpu(work: Callable[[], Any], repeats: int = 5) -> float:
    """Give seconds of CPU, the best of several."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def ms(seconds: float) -> str:
    """Write milliseconds."""
    return f"{1000 * seconds:,.2f} ms" if seconds < 0.01 else f"{1000 * seconds:,.0f} ms"


def line(what: str, mine: float, peer: str, theirs: float, bar: str) -> Row:
    """Put two times side by side."""
    return what, ms(mine), f"{peer}: {ms(theirs)}", f"{theirs / mine:.1f}", bar


def regression(n_obs: int) -> tuple[Any, Any]:
    """Give an outcome and its drivers, drift first."""
    rng = np.random.default_rng(0)
    x = np.column_stack((np.ones(n_obs), rng.standard_t(5, (n_obs, DRIVERS))))
    return x @ np.arange(1.0, DRIVERS + 2) + rng.standard_t(5, n_obs), x


def errors() -> Row:
    """Fit with Newey and West's errors."""
    from statsmodels.regression.linear_model import OLS

    y, x = regression(DAYS)
    lags = attribution.newey_west_lags(DAYS)
    mine = cpu(lambda: attribution.least_squares(y, x))
    theirs = cpu(lambda: OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags}).bse)
    what = f"{DAYS:,} days on {DRIVERS} drivers with Newey-West errors"
    return line(what, mine, "statsmodels `OLS`", theirs, "at least 1")


def filtered() -> Row:
    """Follow betas through time once, the step of every likelihood search."""
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

    y, x = regression(WEEKS)
    k = x.shape[1]
    speed = np.full(k, 1e-3)
    attribution.follow(y, x, speed, burn_in=10)
    mine = cpu(lambda: attribution.follow(y, x, speed, burn_in=10), 50)

    def peer() -> Any:
        model = KalmanFilter(k_endog=1, k_states=k, k_posdef=k)
        model.bind(y)
        model["design"] = x.T[None]
        model["transition"] = model["selection"] = np.eye(k)
        model["state_cov"], model["obs_cov"] = np.diag(speed), np.eye(1)
        model.initialize_known(np.zeros(k), attribution.VAGUE * np.eye(k))
        return model.filter()

    what = f"Kalman filter of {DRIVERS + 1} betas, {WEEKS} weeks"
    return line(what, mine, "statsmodels `KalmanFilter`", cpu(peer), "at least 2")


def slopes() -> Row:
    """Studentise a slope in every null history."""
    from statsmodels.regression.linear_model import OLS

    y, x = regression(DAYS)
    rng = np.random.default_rng(1)
    paths = rng.permuted(np.broadcast_to(y, (HISTORIES, DAYS)), axis=1)
    basis, own = np.linalg.qr(x)[0], np.linalg.pinv(x)[1]
    squares = paths**2
    mine = cpu(lambda: attribution.studentised(paths, squares, own, basis))
    few = cpu(lambda: [OLS(p, x).fit(cov_type="HC0").tvalues[1] for p in paths[:PEER_HISTORIES]], 3)
    what = f"robust t of a slope in {HISTORIES:,} histories of {DAYS:,} days"
    theirs = few / PEER_HISTORIES * HISTORIES
    return line(what, mine, "statsmodels `OLS`, HC0", theirs, "at least 10")


def rows() -> list[Row]:
    """Give the lines of the table: what, ours, beside, ratio, bar."""
    with threadpool_limits(1, "blas"):
        return [errors(), filtered(), slopes()]


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
