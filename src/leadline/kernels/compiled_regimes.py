"""The compiled loops of the hidden Markov model; imported only where one is fitted or filtered."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]
Flags = NDArray[np.bool_]

_LEAST = 1e-290
_MOST = 1e100


@njit(cache=True, nogil=True)
def log_densities(y: Floats, whole: Flags, mean: Floats, variance: Floats) -> Floats:
    """Give log N(y_t; mean_k, variance_k), shape (n_obs, n_states); NaN elements are left out."""
    n_obs, n_features = y.shape
    n_states = mean.shape[0]
    out = np.empty((n_obs, n_states))
    half = -0.5 / variance
    constant = -0.5 * np.log(2 * np.pi * variance)
    for k in range(n_states):
        total = 0.0
        for d in range(n_features):
            total += constant[k, d]
        for t in range(n_obs):
            density = 0.0
            if whole[t]:
                for d in range(n_features):
                    off = y[t, d] - mean[k, d]
                    density += off * off * half[k, d]
                density += total
            else:
                for d in range(n_features):
                    if not np.isnan(y[t, d]):
                        off = y[t, d] - mean[k, d]
                        density += off * off * half[k, d] + constant[k, d]
            out[t, k] = density
    return out


@njit(cache=True, nogil=True)
def forward(  # noqa: C901  (loops over states, not branches)
    density: Floats, transition: Floats, start: Floats
) -> tuple[Floats, Floats]:
    """Filter: probabilities (n_obs, n_states) and log predictive densities (n_obs,)."""
    n_obs, n_states = density.shape
    filtered = np.empty((n_obs, n_states))
    scores = np.empty(n_obs)
    now = start.copy()
    ahead = np.empty(n_states)
    for t in range(n_obs):
        if t > 0:
            for j in range(n_states):
                ahead[j] = 0.0
            for k in range(n_states):
                for j in range(n_states):
                    ahead[j] += now[k] * transition[k, j]
        else:
            for j in range(n_states):
                ahead[j] = start[j]
        top = -np.inf
        for j in range(n_states):
            if ahead[j] > 0 and density[t, j] > top:
                top = density[t, j]
        scale = 0.0
        for j in range(n_states):
            now[j] = ahead[j] * np.exp(density[t, j] - top) if ahead[j] > 0 else 0.0
            scale += now[j]
        for j in range(n_states):
            now[j] /= scale
            filtered[t, j] = now[j]
        scores[t] = top + np.log(scale)
    return filtered, scores


@njit(cache=True, nogil=True)
def em(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  (one loop nest, its arrays made once)
    y: Floats,
    whole: Flags,
    signs: Signs,
    counts: Floats,
    ridge: float,
    prior_variance: Floats,
    floor: Floats,
    start: Floats,
    transition: Floats,
    mean: Floats,
    variance: Floats,
    most: int,
    tolerance: float,
) -> tuple[float, float, int]:
    """Climb from the given parameters, in place, until a step gains less than ``tolerance``.

    ``counts`` are the Dirichlet prior's pseudo-transitions; ``ridge`` the pseudo-observations of
    ``prior_variance`` (an inverse gamma prior). Returns the log likelihood plus log prior, the
    log likelihood, both of the parameters left in place, and the number of E-steps.
    """
    n_obs, n_features = y.shape
    n_states = mean.shape[0]
    forwards = np.empty((n_obs, n_states))
    relative = np.empty((n_obs, n_states))
    scales = np.empty(n_obs)
    half = np.empty((n_states, n_features))
    constant = np.empty((n_states, n_features))
    total = np.empty(n_states)
    ahead = np.empty(n_states)
    back = np.empty(n_states)
    weighted = np.empty(n_states)
    occupied = np.empty(n_states)
    weight = np.empty((n_states, n_features))
    first = np.empty((n_states, n_features))
    second = np.empty((n_states, n_features))
    moved = np.empty((n_states, n_states))
    before = -np.inf
    objective = -np.inf
    likelihood = -np.inf
    steps = 0
    while steps < most:
        steps += 1
        for k in range(n_states):
            total[k] = 0.0
            for d in range(n_features):
                half[k, d] = -0.5 / variance[k, d]
                constant[k, d] = -0.5 * np.log(2 * np.pi * variance[k, d])
                total[k] += constant[k, d]

        # Forward, scaled. Logarithms are taken of products that are about to leave the range.
        likelihood = 0.0
        product = 1.0
        for t in range(n_obs):
            top = -np.inf
            for k in range(n_states):
                density = 0.0
                if whole[t]:
                    for d in range(n_features):
                        off = y[t, d] - mean[k, d]
                        density += off * off * half[k, d]
                    density += total[k]
                else:
                    for d in range(n_features):
                        if not np.isnan(y[t, d]):
                            off = y[t, d] - mean[k, d]
                            density += off * off * half[k, d] + constant[k, d]
                relative[t, k] = density
                top = max(top, density)
            for j in range(n_states):
                ahead[j] = 0.0
            if t == 0:
                for j in range(n_states):
                    ahead[j] = start[j]
            else:
                for k in range(n_states):
                    for j in range(n_states):
                        ahead[j] += forwards[t - 1, k] * transition[k, j]
            scale = 0.0
            for j in range(n_states):
                relative[t, j] = max(np.exp(relative[t, j] - top), _LEAST)
                ahead[j] *= relative[t, j]
                scale += ahead[j]
            for j in range(n_states):
                forwards[t, j] = ahead[j] / scale
            scales[t] = scale
            likelihood += top
            product *= scale
            if product < 1e-250 or scale < 1e-50:
                likelihood += np.log(product)
                product = 1.0
        likelihood += np.log(product)

        objective = likelihood
        for k in range(n_states):
            for j in range(n_states):
                if counts[k, j] > 0:
                    objective += counts[k, j] * np.log(max(transition[k, j], _LEAST))
            if ridge > 0:
                for d in range(n_features):
                    share = prior_variance[d] / variance[k, d]
                    objective -= 0.5 * ridge * (np.log(variance[k, d]) + share)
        if steps > 1 and objective - before < tolerance:
            break
        before = objective
        if steps == most:
            break

        # Backward, and everything that the M-step needs, in one pass.
        for k in range(n_states):
            back[k] = 1.0
            occupied[k] = 0.0
            for d in range(n_features):
                weight[k, d] = 0.0
                first[k, d] = 0.0
                second[k, d] = 0.0
            for j in range(n_states):
                moved[k, j] = 0.0
        for t in range(n_obs - 1, -1, -1):
            for k in range(n_states):
                share = forwards[t, k] * back[k]
                if whole[t]:
                    occupied[k] += share
                    for d in range(n_features):
                        off = y[t, d] - mean[k, d]
                        first[k, d] += share * off
                        second[k, d] += share * off * off
                else:
                    for d in range(n_features):
                        if not np.isnan(y[t, d]):
                            off = y[t, d] - mean[k, d]
                            weight[k, d] += share
                            first[k, d] += share * off
                            second[k, d] += share * off * off
                if t == 0:
                    start[k] = share
            if t > 0:
                for j in range(n_states):
                    weighted[j] = relative[t, j] * back[j] / scales[t]
                for k in range(n_states):
                    total_back = 0.0
                    for j in range(n_states):
                        moved[k, j] += forwards[t - 1, k] * weighted[j]
                        total_back += transition[k, j] * weighted[j]
                    back[k] = min(total_back, _MOST)

        for k in range(n_states):
            for d in range(n_features):
                mass = weight[k, d] + occupied[k]
                if mass + ridge <= 1e-10:
                    continue
                step = first[k, d] / mass if mass > 1e-10 else 0.0
                centre = mean[k, d] + step
                # The closest allowed mean maximises the profile likelihood of mean and variance.
                if signs[k, d] * centre < 0:
                    centre = 0.0
                off = centre - mean[k, d]
                spread = second[k, d] - 2 * off * first[k, d] + off * off * mass
                mean[k, d] = centre
                fitted = (spread + ridge * prior_variance[d]) / (mass + ridge)
                variance[k, d] = max(fitted, floor[d])
            row = 0.0
            for j in range(n_states):
                moved[k, j] = moved[k, j] * transition[k, j] + counts[k, j]
                row += moved[k, j]
            if row > 1e-10:
                for j in range(n_states):
                    transition[k, j] = moved[k, j] / row
        total_start = 0.0
        for k in range(n_states):
            total_start += start[k]
        for k in range(n_states):
            start[k] /= total_start
    return objective, likelihood, steps
