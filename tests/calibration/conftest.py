"""One BLAS thread a worker: faster where workers share processors, and the same digits."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    with threadpool_limits(1, "blas"):
        yield
