"""What moved the outcome: robust errors, betas through time, studentised slopes of histories.

statsmodels' slopes are timed on 100 histories and scaled.
"""

from typing import Any

import numpy as np
from clock import Row, cpu, line

from leadline.kernels import attribution

PEERS = ("statsmodels",)
WEEKS, DAYS, DRIVERS, HISTORIES, PEER_HISTORIES = 520, 4000, 5, 1999, 100


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
    return line(
        f"{DAYS:,} days on {DRIVERS} drivers with Newey-West errors",
        cpu(lambda: attribution.least_squares(y, x)),
        "statsmodels `OLS`",
        lambda: cpu(lambda: OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags}).bse),
        at_least=1,
    )


def filtered() -> Row:
    """Follow betas through time once, the step of every likelihood search."""
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

    y, x = regression(WEEKS)
    k = x.shape[1]
    speed = np.full(k, 1e-3)

    def theirs() -> Any:
        model = KalmanFilter(k_endog=1, k_states=k, k_posdef=k)
        model.bind(y)
        model["design"] = x.T[None]
        model["transition"] = model["selection"] = np.eye(k)
        model["state_cov"], model["obs_cov"] = np.diag(speed), np.eye(1)
        model.initialize_known(np.zeros(k), attribution.VAGUE * np.eye(k))
        return model.filter()

    return line(
        f"Kalman filter of {DRIVERS + 1} betas, {WEEKS} weeks",
        cpu(lambda: attribution.follow(y, x, speed, burn_in=10), 50),
        "statsmodels `KalmanFilter`",
        lambda: cpu(theirs),
        at_least=2,
    )


def slopes() -> Row:
    """Studentise a slope in every null history."""
    from statsmodels.regression.linear_model import OLS

    y, x = regression(DAYS)
    rng = np.random.default_rng(1)
    paths = rng.permuted(np.broadcast_to(y, (HISTORIES, DAYS)), axis=1)
    basis, own = np.linalg.qr(x)[0], np.linalg.pinv(x)[1]
    squares = paths**2

    def theirs() -> Any:
        return [OLS(p, x).fit(cov_type="HC0").tvalues[1] for p in paths[:PEER_HISTORIES]]

    return line(
        f"robust t of a slope in {HISTORIES:,} histories of {DAYS:,} days",
        cpu(lambda: attribution.studentised(paths, squares, own, basis)),
        "statsmodels `OLS`, HC0",
        lambda: cpu(theirs, 3) / PEER_HISTORIES * HISTORIES,
        at_least=10,
    )


def rows() -> list[Row]:
    """Give the three pieces of work."""
    return [errors(), filtered(), slopes()]
