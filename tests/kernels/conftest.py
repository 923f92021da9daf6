"""Series with the traits of markets."""

import numpy as np
import pytest
from scipy.signal import lfilter
from threadpoolctl import threadpool_limits


@pytest.fixture
def rng():
    return np.random.default_rng(20260123)


@pytest.fixture
def market():
    """Give two series that share volatility, with own momentum and heavy tails."""

    def make(n_obs, rng, momentum=0.3):
        volatility = np.exp(lfilter([0.2], [1.0, -0.97], rng.standard_normal(n_obs)))
        shocks = volatility * rng.standard_t(5, (2, n_obs))
        return lfilter([1.0], [1.0, -momentum], shocks, axis=1)

    return make


@pytest.fixture(autouse=True, scope="session")
def _one_blas_thread():
    """Compute as a trial does; on a busy machine two threads of small products wait for ages."""
    with threadpool_limits(1, "blas"):
        yield
