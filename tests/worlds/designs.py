"""The designs of tools/calibrate.py, so that tests and docs measure the same."""

import importlib.util
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "calibrate.py"


def load():
    """Import the script once, under a name by which other processes find its functions."""
    if "calibrate" not in sys.modules:
        spec = importlib.util.spec_from_file_location("calibrate", SCRIPT)
        module = importlib.util.module_from_spec(spec)
        sys.modules["calibrate"] = module
        spec.loader.exec_module(module)
    return sys.modules["calibrate"]


calibrate = load()
