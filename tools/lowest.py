"""Print a constraints file that holds every runtime dependency at its lowest declared version.

Run as ``python tools/lowest.py > build/lowest.txt``. Only direct dependencies are held down: a
lowest version together with today's versions of what *it* needs is what users meet.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
_BOUND = re.compile(r"(?P<name>[\w.-]+)>=(?P<version>[\w.]+)")


def lowest(pyproject: str) -> list[str]:
    """Give ``name==version`` for each runtime dependency's lower bound."""
    pins = []
    for requirement in tomllib.loads(pyproject)["project"]["dependencies"]:
        bound = _BOUND.fullmatch(requirement)
        if bound is None:
            message = f"pyproject.toml: {requirement!r} states no lower bound."
            raise SystemExit(message)
        pins.append(f"{bound['name']}=={bound['version']}")
    return pins


if __name__ == "__main__":
    print("\n".join(lowest((ROOT / "pyproject.toml").read_text(encoding="utf-8"))))
