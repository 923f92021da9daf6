"""What every test may ask for."""

import os
from pathlib import Path

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

DEMANDED = ("real_data", "browser")


def pytest_addoption(parser):
    parser.addoption(
        "--require-real-data",
        action="store_true",
        help="a skipped test marked real_data or browser is a failure (CI)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    demanded = item.config.getoption("--require-real-data") and any(
        item.get_closest_marker(name) for name in DEMANDED
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


@pytest.fixture(autouse=True, scope="session")
def _no_archive_of_the_user(tmp_path_factory):
    """Keep every verdict that a test saves out of the user's own archive."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLINE_HOME", str(tmp_path_factory.mktemp("leadline-home")))
        yield
