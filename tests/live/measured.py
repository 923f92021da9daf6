"""The designs of tools/calibrate_live.py, so that tests and docs measure the same."""

import importlib.util
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "calibrate_live.py"


def load():
    """Import the script once, under a name by which other processes find its functions."""
    if "calibrate_live" not in sys.modules:
        spec = importlib.util.spec_from_file_location("calibrate_live", SCRIPT)
        module = importlib.util.module_from_spec(spec)
        sys.modules["calibrate_live"] = module
        spec.loader.exec_module(module)
    return sys.modules["calibrate_live"]


calibrate_live = load()
