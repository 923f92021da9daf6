"""The regime model with twenty starts, beside twenty fits of hmmlearn.

hmmlearn fits by its faster recursion and without its prior, so that both climb the same
likelihood, in worlds whose states are hardly apart. It stops once a step gains less than 0.01; ours
drops hopeless starts there and climbs on with the best. An optimum is worse if it lies more than
0.0001 of log likelihood below.
"""

import warnings
from typing import Any

import numpy as np
from clock import Row, cpu, line

from leadline.kernels import regimes

PEERS = ("hmmlearn",)
N_OBS, N_FEATURES, N_STATES, N_STARTS = 4000, 6, 3, 20
STAY = np.array([[0.97, 0.02, 0.01], [0.02, 0.96, 0.02], [0.03, 0.02, 0.95]])
SPREAD = np.array([0.6, 1.0, 1.6])
WORLDS = 3
ROUNDING = 1e-4


def world(seed: int) -> Any:
    """Give observations of a chain of three states whose means are hardly apart."""
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 0.4, (N_STATES, N_FEATURES))
    states = np.zeros(N_OBS, dtype=int)
    for t in range(1, N_OBS):
        states[t] = rng.choice(N_STATES, p=STAY[states[t - 1]])
    noise = rng.standard_normal((N_OBS, N_FEATURES))
    return means[states] + SPREAD[states, None] * noise


def fitted(y: Any, n_starts: int = N_STARTS) -> regimes.Fit:
    """Fit ours."""
    return regimes.fit(y, N_STATES, np.random.default_rng(1), n_starts=n_starts)


def theirs(y: Any) -> tuple[float, float]:
    """Give the seconds of one fit a start, and the best log likelihood of all."""
    from hmmlearn.hmm import GaussianHMM

    optima = []

    def fit_each() -> None:
        for seed in range(N_STARTS):
            model = GaussianHMM(
                N_STATES,
                "diag",
                n_iter=500,
                tol=1e-2,
                random_state=seed,
                implementation="scaling",
                covars_prior=0.0,
                covars_weight=1.0,
            )
            optima.append(float(model.fit(y).score(y)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cpu(fit_each, 1), max(optima)


def rows() -> list[Row]:
    """Give time and best optimum in each world, and one pass of the filter."""
    title = f"{N_STATES} states, {N_OBS:,} observations of {N_FEATURES} features, {N_STARTS} starts"
    out, gained = [], []
    for number in range(WORLDS):
        y = world(number)

        def beside(y: Any = y) -> float:
            seconds, best = theirs(y)
            gained.append(fitted(y).log_likelihood - best)
            return seconds

        out.append(
            line(
                f"{title}: one world" if number == 0 else "… another world",
                cpu(lambda y=y: fitted(y), 3),
                "hmmlearn, one fit a start",
                beside,
                at_least=3,
            )
        )
    if gained:
        out.append(
            Row(
                f"… best log likelihood above theirs, least of {WORLDS} worlds",
                f"{min(gained):+.4f}",
                f"hmmlearn, the best of {N_STARTS} fits",
                bar="never worse",
                missed=min(gained) < -ROUNDING,
            )
        )
    y = world(0)
    model = fitted(y, n_starts=2).model
    return [
        *out,
        line(f"… filtered once, {N_OBS:,} observations", cpu(lambda: regimes.filtered(y, model))),
    ]
