"""What every test may ask for."""

import os
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no finding; in CI the examples are the same every time.
settings.register_profile(
    "leadline",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("leadline")

DEMANDED = {
    "--require-real-data": ("real_data",),
    "--require-browser": ("browser",),
    "--require-postgres": ("postgres",),
    "--require-torch": ("torch",),
}


def pytest_addoption(parser):
    for option, names in DEMANDED.items():
        parser.addoption(
            option,
            action="store_true",
            help=f"a skipped test marked {' or '.join(names)} is a failure (CI)",
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    demanded = any(
        item.config.getoption(option) and any(item.get_closest_marker(name) for name in names)
        for option, names in DEMANDED.items()
    )
    if demanded and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where it must run: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def data_dir():
    """Give the folder of real series that LEADLINE_TEST_DATA names."""
    named = os.environ.get("LEADLINE_TEST_DATA", "")
    if not named:
        pytest.skip("LEADLINE_TEST_DATA names no folder of real series")
    folder = Path(named).resolve()
    if not folder.is_dir():
        pytest.skip(f"LEADLINE_TEST_DATA: {folder} is not a folder")
    return folder


@pytest.fixture(scope="session")
def torch():
    """Give PyTorch, where it is installed."""
    return pytest.importorskip("torch")


@pytest.fixture(autouse=True, scope="session")
def _no_archive_of_the_user(tmp_path_factory):
    """Keep every verdict that a test saves out of the user's own archive."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLINE_HOME", str(tmp_path_factory.mktemp("leadline-home")))
        patch.delenv("LEADLINE_STORE", raising=False)
        yield


@pytest.fixture(scope="session")
def postgres():
    """Give the folder of a PostgreSQL server's socket."""
    from postgres import NotInstalledError, cluster

    with ExitStack() as stack:
        try:
            folder = stack.enter_context(cluster())
        except NotInstalledError as missing:
            pytest.skip(str(missing))
        yield folder


ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def store_url(request, tmp_path):
    """Give the address of a store that is not there yet, in either engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    from postgres import database

    with database(request.getfixturevalue("postgres"), f"store-{uuid4().hex}") as url:
        yield url


@pytest.fixture(scope="session")
def _replay_server():
    from replay.server import serving

    with serving() as server:
        yield server


@pytest.fixture
def replay(_replay_server):
    """Serve what every provider would send, from a market that is made up."""
    _replay_server.reset()
    yield _replay_server
    assert not _replay_server.broken, _replay_server.broken[0]
