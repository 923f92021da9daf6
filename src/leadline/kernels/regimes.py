"""A hidden Markov model of regimes: fitted from many starts, filtered, never smoothed.

Observations of a state are normal with a mean and a variance for each feature (Hamilton 1989,
Econometrica 57, 357-384). Signs fix which state is which; a sticky prior keeps it from flickering.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Signs = NDArray[np.int8]

_SCREEN, _CLIMB, _POLISHED = 1e-2, 1e-7, 3
_MANY, _FEW = 2000, 500
_FLOOR = 1e-4
_SAME = 0.5
_LLOYD, _STRETCHES = 10, 15


class Model(NamedTuple):
    """Parameters: first probabilities (K,), transitions (K, K), means and variances (K, D)."""

    start: Floats
    transition: Floats
    mean: Floats
    variance: Floats


class Prior(NamedTuple):
    """What is believed before the data.

    Attributes
    ----------
    duration : float
        Expected stay in a state, in observations.
    transitions : float
        Weight of that belief for each state, in pseudo-transitions; 0 for none.
    ridge : float
        Pseudo-observations that pull each variance to that of all observations; 0 for none.
    """

    duration: float = 13.0
    transitions: float = 52.0
    ridge: float = 4.0


NOTHING = Prior(transitions=0.0, ridge=0.0)
"""No prior: plain maximum likelihood."""


class Fit(NamedTuple):
    """The best of all starts.

    Attributes
    ----------
    log_likelihood, objective : float
        Of ``model``, without and with the log prior.
    log_likelihoods, objectives : ndarray of float64, shape (n_starts,)
        Where every start came to rest; a warm start, if any, is the last.
    """

    model: Model
    log_likelihood: float
    objective: float
    log_likelihoods: Floats
    objectives: Floats

    @property
    def agreement(self) -> float:
        """Share of the starts that came to rest within 0.5 of the best."""
        return float(np.mean(self.objectives >= self.objective - _SAME))


class Expanding(NamedTuple):
    """What a model refitted every so often said of each observation, before it was refitted.

    Attributes
    ----------
    probabilities : ndarray of float64, shape (n_obs, n_states)
        Filtered probabilities under the last fit before the observation; NaN before the first.
    scores : ndarray of float64, shape (n_obs,)
        Log predictive density of the observation, one step ahead; NaN before the first fit.
    refits : ndarray of intp, shape (n_fits,)
        A fit at position p has seen the observations before p and is used from p on.
    fits : tuple of Fit
    """

    probabilities: Floats
    scores: Floats
    refits: Index
    fits: tuple[Fit, ...]


def filter_densities(density: Floats, transition: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Give P(S_t | y_1..t) and log p(y_t | y_1..t-1) from log densities, shape (n_obs, n_states).

    Hamilton (1989, equations 4.1 to 4.7). States may stand for histories of states, which is how
    a model with switching lags is filtered.
    """
    from leadline.kernels import compiled_regimes

    filtered, scores = compiled_regimes.forward(
        np.ascontiguousarray(density, dtype=np.float64),
        np.ascontiguousarray(transition, dtype=np.float64),
        np.ascontiguousarray(start, dtype=np.float64),
    )
    return filtered, scores


def filtered(y: Floats, model: Model) -> tuple[Floats, Floats]:
    """Give P(S_t | y_1..t), shape (n_obs, n_states), and the log predictive density of each y_t.

    Parameters
    ----------
    y : ndarray of float64, shape (n_obs, n_features)
        A feature that is NaN says nothing of its observation's state.
    """
    from leadline.kernels import compiled_regimes

    y, whole = _checked(y)
    density = compiled_regimes.log_densities(y, whole, model.mean, model.variance)
    return filter_densities(density, model.transition, model.start)


def fit(
    y: Floats,
    n_states: int,
    rng: Generator,
    *,
    signs: Signs | None = None,
    prior: Prior = NOTHING,
    n_starts: int = 20,
    warm: Model | None = None,
) -> Fit:
    """Fit by EM from ``n_starts`` starts and, where given, from a model that fitted before.

    Every start climbs until a step gains less than 0.01; the three best then to 1e-7. EM with a
    diagonal covariance keeps signs exactly: the M-step's mean is the closest one allowed.

    Parameters
    ----------
    y : ndarray of float64, shape (n_obs, n_features)
        NaN where a feature is unknown; one that is never known tells nothing.
    signs : ndarray of int8, shape (n_states, n_features), optional
        +1 or -1 where the state's mean must not have the other sign, 0 where it is free. Without
        signs the states are put in order of their variance, the calmest first.

    Raises
    ------
    ValueError
        Where there are fewer observations than parameters of one state for each state, or a
        known feature never varies.
    """
    y, whole = _checked(y)
    n_obs, n_features = y.shape
    if n_obs < n_states * (n_features + 1):
        msg = f"{n_obs} observations of {n_features} features are too few for {n_states} states."
        raise ValueError(msg)
    seen = np.isfinite(y).any(axis=0)
    spread = np.ones(n_features)
    spread[seen] = np.nanvar(y[:, seen], axis=0)
    if not np.all(spread > 0):
        msg = f"Feature {int(np.argmin(spread > 0))} never varies, so no state can be told by it."
        raise ValueError(msg)
    bound = np.zeros((n_states, n_features), dtype=np.int8) if signs is None else signs
    # One state has one optimum, which every start reaches.
    streams = rng.spawn(n_starts if n_states > 1 else 1)
    starts = [_start(y, bound, spread, way, one) for way, one in enumerate(streams)]
    if warm is not None:
        # A probability of exactly zero would stay zero for ever.
        even = np.full(n_states, 1 / n_states)
        starts.append(Model(even, *(a.copy() for a in warm[1:])))
    climb = _climber(y, whole, bound, prior, spread)
    reached = [climb(model, _FEW, _SCREEN) for model in starts]
    for which in np.argsort([-objective for objective, _ in reached], kind="stable")[:_POLISHED]:
        reached[which] = climb(starts[which], _MANY, _CLIMB)
    objectives = np.array([objective for objective, _ in reached])
    best = int(np.argmax(objectives))
    model = starts[best] if signs is not None else _calmest_first(starts[best])
    return Fit(
        model,
        reached[best][1],
        reached[best][0],
        np.array([likelihood for _, likelihood in reached]),
        objectives,
    )


def sign_loss(constrained: Fit, y: Floats, rng: Generator, *, prior: Prior) -> float:
    """Give the log likelihood, the prior's included, that the signs cost.

    A large loss speaks against the story that the signs tell. The free fit also starts from the
    constrained one, so it cannot come to rest below it.
    """
    n_states = constrained.model.mean.shape[0]
    free = fit(y, n_states, rng, prior=prior, warm=constrained.model)
    return free.objective - constrained.objective


def expanding(
    y: Floats,
    n_states: int,
    rng: Generator,
    *,
    first: int,
    every: int,
    signs: Signs | None = None,
    prior: Prior = NOTHING,
    n_starts: int = 20,
) -> Expanding:
    """Refit every ``every`` observations from ``first`` on; write each probability down once.

    What stands at t follows from the observations up to t alone: the fit from those before the
    refit, the filter from those up to t. Each refit also starts from the one before.
    """
    n_obs = y.shape[0]
    probabilities = np.full((n_obs, n_states), np.nan)
    scores = np.full(n_obs, np.nan)
    refits = np.arange(first, n_obs, every)
    fits: list[Fit] = []
    for (at, until), own in zip(
        pairwise([*refits.tolist(), n_obs]), rng.spawn(refits.size), strict=True
    ):
        warm = fits[-1].model if fits else None
        fits.append(
            fit(y[:at], n_states, own, signs=signs, prior=prior, n_starts=n_starts, warm=warm)
        )
        inside, score = filtered(y[:until], fits[-1].model)
        probabilities[at:until] = inside[at:]
        scores[at:until] = score[at:]
    return Expanding(probabilities, scores, refits, tuple(fits))


def _checked(y: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    y = np.ascontiguousarray(y, dtype=np.float64)
    if y.ndim != 2 or np.isinf(y).any():
        msg = f"Observations have shape {y.shape}; needed are finite values (n_obs, n_features)."
        raise ValueError(msg)
    whole = np.asarray(~np.isnan(y).any(axis=1))
    return y, whole


def _climber(
    y: Floats, whole: NDArray[np.bool_], signs: Signs, prior: Prior, spread: Floats
) -> Callable[[Model, int, float], tuple[float, float]]:
    """Fix the data and the prior of EM; it then climbs from any model, in place."""
    from leadline.kernels import compiled_regimes

    n_states = signs.shape[0]
    leave = 1 / prior.duration
    counts = np.full((n_states, n_states), leave / max(n_states - 1, 1))
    np.fill_diagonal(counts, 1 - leave if n_states > 1 else 1.0)
    fixed = (
        y,
        whole,
        np.ascontiguousarray(signs, dtype=np.int8),
        prior.transitions * counts,
        float(prior.ridge),
        spread,
        _FLOOR * spread,
    )

    def climb(model: Model, most: int, tolerance: float) -> tuple[float, float]:
        objective, likelihood, _ = compiled_regimes.em(*fixed, *model, most, tolerance)
        return objective, likelihood

    return climb


def _start(y: Floats, signs: Signs, spread: Floats, way: int, rng: Generator) -> Model:
    """Start from clusters of rows: by place, by size or by time, since optima are many.

    No single way of starting finds the best optimum in all worlds that were tried.
    """
    n_states, n_features = signs.shape
    centre = np.zeros(n_features)
    seen = np.isfinite(y).any(axis=0)
    centre[seen] = np.nanmean(y[:, seen], axis=0)
    scaled = np.nan_to_num((y - centre) / np.sqrt(spread))
    cluster = _CLUSTERS[way % len(_CLUSTERS)](scaled, n_states, rng)
    mean = np.zeros((n_states, n_features))
    variance = np.tile(spread, (n_states, 1))
    for k in range(n_states):
        inside = y[cluster == k]
        use = np.isfinite(inside).sum(axis=0) > 1
        mean[k, use] = np.nanmean(inside[:, use], axis=0)
        variance[k, use] = (np.nanvar(inside[:, use], axis=0) + spread[use]) / 2
    # Which cluster is which state: the assignment that breaks the signs least.
    broken = np.maximum(-signs[:, None, :] * (mean / np.sqrt(spread))[None], 0).sum(axis=2)
    order = linear_sum_assignment(broken)[1]
    mean = mean[order]
    mean[signs * mean < 0] = 0.0
    stay = _STAYS[way // len(_CLUSTERS) % len(_STAYS)] if n_states > 1 else 1.0
    transition = np.full((n_states, n_states), (1 - stay) / max(n_states - 1, 1))
    np.fill_diagonal(transition, stay)
    even = np.full(n_states, 1 / n_states)
    return Model(even, transition, mean, np.ascontiguousarray(variance[order]))


def _seeded(x: Floats, n_states: int, rng: Generator) -> Index:
    """Give each row to the nearest of far-apart rows (Arthur and Vassilvitskii 2007)."""
    distance = np.square(x - x[rng.integers(x.shape[0])]).sum(axis=1)
    cluster = np.zeros(x.shape[0], dtype=np.intp)
    for k in range(1, n_states):
        total = np.cumsum(distance)
        seed = min(int(np.searchsorted(total, rng.random() * total[-1])), total.size - 1)
        own = np.square(x - x[seed]).sum(axis=1)
        cluster[own < distance] = k
        distance = np.minimum(distance, own)
    return cluster


def _by_place(x: Floats, n_states: int, rng: Generator) -> Index:
    """Give k-means clusters from far-apart rows, by a few of Lloyd's steps."""
    cluster = _seeded(x, n_states, rng)
    for _ in range(_LLOYD):
        means = [x[cluster == k].mean(axis=0) for k in range(n_states) if (cluster == k).any()]
        cluster = np.argmin([np.square(x - mean).sum(axis=1) for mean in means], axis=0)
    return cluster


def _by_size(x: Floats, n_states: int, rng: Generator) -> Index:
    """Give clusters of calm and stormy rows, whatever their direction."""
    return _by_place(np.abs(x), n_states, rng)


def _by_time(x: Floats, n_states: int, rng: Generator) -> Index:
    """Give stretches of time to clusters at random."""
    n_obs = x.shape[0]
    stretch = max(n_obs // _STRETCHES, 1)
    owner = rng.integers(n_states, size=n_obs // stretch + 1, dtype=np.intp)
    cluster: Index = owner[np.arange(n_obs) // stretch]
    return cluster


_CLUSTERS = (_seeded, _by_place, _by_size, _by_time)
_STAYS = (0.9, 0.5)


def _calmest_first(model: Model) -> Model:
    order = np.argsort(np.log(model.variance).sum(axis=1), kind="stable")
    return Model(
        model.start[order],
        model.transition[np.ix_(order, order)],
        model.mean[order],
        model.variance[order],
    )
