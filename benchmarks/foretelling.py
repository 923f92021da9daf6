"""Granger tests, forecasts and local projections, beside statsmodels.

statsmodels is timed on a few of the histories and scaled.
"""

import warnings
from typing import Any

import numpy as np
from clock import Row, cpu, line

from leadline.kernels import forecast, granger, projections

PEERS = ("statsmodels",)
N_OBS, N_HISTORIES, LAGS = 700, 1999, 8
PEER_HISTORIES, ROLLING_HISTORIES = 20, 2
FIRST, EMBARGO, LONGEST = 150, 13, 26


def wald(leader: Any, histories: Any) -> Row:
    """Test the leader's lags in every history, robust to heteroskedasticity."""
    import statsmodels.api as sm

    def ours() -> None:
        made = granger.design(leader, np.empty((0, N_OBS)), lags=LAGS, augment=1)
        granger.wald(histories, made, robust=True)

    order = LAGS + 1
    past = [leader[order - k : N_OBS - k] for k in range(1, order + 1)]
    zero = np.zeros((LAGS, 2 * order + 1))
    zero[np.arange(LAGS), order + np.arange(LAGS)] = 1.0

    def theirs() -> None:
        for y in histories[:PEER_HISTORIES]:
            own = [y[order - k : N_OBS - k] for k in range(1, order + 1)]
            design = np.column_stack([*own, *past, np.ones(N_OBS - order)])
            fit = sm.OLS(y[order:], design).fit(cov_type="HC1")
            fit.wald_test(zero, use_f=False, scalar=True)

    return line(
        f"robust lag-augmented Wald, {LAGS} lags, {N_OBS} weeks, {N_HISTORIES:,} histories",
        cpu(ours, 3),
        "statsmodels `OLS(…).wald_test`",
        lambda: cpu(theirs, 3) / PEER_HISTORIES * N_HISTORIES,
        at_least=10,
    )


def walk_forward(leader: Any, histories: Any) -> Row:
    """Foretell every history from its own past, beside expanding windows."""
    import statsmodels.api as sm
    from statsmodels.regression.rolling import RollingOLS

    outcome = histories[:, EMBARGO:] - histories[:, :-EMBARGO]
    x = np.diff(leader, prepend=leader[0])[: outcome.shape[1]]
    design, fewest = sm.add_constant(x), FIRST - EMBARGO

    def theirs() -> None:
        for y in outcome[:ROLLING_HISTORIES]:
            RollingOLS(y, design, window=y.size, min_nobs=fewest, expanding=True).fit(
                params_only=True
            )

    return line(
        f"walk-forward of {N_HISTORIES:,} histories, {N_OBS} weeks",
        cpu(
            lambda: forecast.nested_walk_forward(x, (), outcome, embargo=EMBARGO, first=FIRST),
            3,
        ),
        "statsmodels `RollingOLS`, expanding",
        lambda: cpu(theirs, 3) / ROLLING_HISTORIES * N_HISTORIES,
        at_least=10,
    )


def responses(leader: Any, follower: Any) -> Row:
    """Project the follower on the leader's shock at every horizon."""
    import statsmodels.api as sm

    moves, shock = np.diff(follower), np.diff(leader)
    controls = projections.lags_of(np.column_stack((shock, moves)), 4)
    level = np.concatenate(([0.0], np.cumsum(moves)))

    def ours() -> None:
        projections.local_projections(moves, shock, controls, longest=LONGEST, first=4)

    def theirs() -> None:
        for h in range(LONGEST + 1):
            rows = np.arange(4, moves.size - h)
            design = sm.add_constant(np.column_stack((shock[rows], controls[rows])))
            fit = sm.OLS(level[rows + h + 1] - level[rows], design).fit(cov_type="HC1")
            _ = fit.bse

    return line(
        f"local projections, {LONGEST + 1} horizons, White errors",
        cpu(ours),
        "statsmodels `OLS`",
        lambda: cpu(theirs, 3),
        at_least=1,
    )


def rows() -> list[Row]:
    """Give the three pieces of work on weekly series."""
    rng = np.random.default_rng(0)
    leader = np.cumsum(rng.standard_normal(N_OBS)) * 0.03 + 3.0
    histories = np.cumsum(rng.standard_normal((N_HISTORIES, N_OBS)), axis=1) * 0.08 + 9.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            wald(leader, histories),
            walk_forward(leader, histories),
            responses(leader, histories[0]),
        ]
