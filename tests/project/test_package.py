"""What ``import leadline`` gives, and what it leaves alone."""

import subprocess
import sys
from importlib import metadata

import pytest

import leadline

HEAVY = (
    "alembic",
    "altair",
    "distributed",
    "httpx",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "scipy",
    "sqlalchemy",
    "statsmodels",
    "torch",
    "vl_convert",
)


def loaded_by(code):
    probe = f"import sys\n{code}\nprint(*sorted(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_leadline_loads_nothing_heavy():
    assert loaded_by("import leadline") == []


def test_a_claim_is_loaded_without_statistics_drawing_or_frames():
    heavy = loaded_by("import leadline as ll; ll.load_article('silver-2026')")
    assert not {"altair", "numba", "pandas", "statsmodels", "vl_convert"} & set(heavy)


def test_the_public_names_are_these():
    assert leadline.__all__ == [
        "Article",
        "Book",
        "Claim",
        "Evidence",
        "FolderStore",
        "LeadlineError",
        "Scan",
        "Scoreboard",
        "Verdict",
        "__version__",
        "calls",
        "changes",
        "driver_loading",
        "driver_share",
        "event_coincidence",
        "event_study",
        "explosive",
        "follow",
        "forecast",
        "gap_frequency",
        "gather",
        "granger",
        "hear",
        "hear_article",
        "lag_profile",
        "level_correlation",
        "load",
        "load_article",
        "market_fact",
        "necessary_condition",
        "pace",
        "predictive_skill",
        "published_figure",
        "regime_means",
        "regime_now",
        "response_order",
        "scan",
        "scan_granger",
        "shift",
        "shock_response",
        "standing",
        "state_transition",
        "stress_behaviour",
        "tick_lead",
        "tradable",
    ]


def test_every_public_name_has_a_home():
    assert {*leadline._HOME, "__version__"} == set(leadline.__all__)


@pytest.mark.parametrize("name", leadline.__all__)
def test_every_public_name_is_there_and_explains_itself(name):
    value = getattr(leadline, name)
    assert isinstance(value, str) or value.__doc__


def test_dir_lists_the_public_names():
    assert sorted(dir(leadline)) == sorted(leadline.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'leadline' has no attribute 'lead_profile'"):
        _ = leadline.lead_profile


def test_every_kind_of_test_is_also_a_plain_function():
    from leadline.evidence import kinds

    assert set(kinds()) <= set(leadline.__all__)


def test_the_installed_version_is_the_one_in_the_code():
    assert metadata.version("leadline") == leadline.__version__
