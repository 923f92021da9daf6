import pytest
from evidence.quick import SMALL, market
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="session")
def _one_blas_thread():
    """Compute as a trial does; on a busy machine two threads of small products wait for ages."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="session")
def related():
    """Leader and a follower that does the same three days later."""
    return market()


@pytest.fixture(scope="session")
def unrelated():
    return market(link=0.0, noise=0.02, seed=2)


@pytest.fixture(params=sorted(SMALL))
def kind(request):
    """Every kind that tests a relation."""
    return request.param
