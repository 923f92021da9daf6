"""Publish a calibration: ``python tools/calibrate.py DIR`` takes what ``leadline calibrate`` wrote.

It becomes the one that comes with the package, and docs/calibration.md is written from it;
without DIR the page is written anew from the one that is there.
"""

import sys
from pathlib import Path

from leadline.calibration import document, load, markdown, published

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "src" / "leadline" / "calibration" / "published.json"
DOCS = ROOT / "docs" / "calibration.md"


def main(arguments: list[str]) -> int:
    """Publish."""
    match arguments:
        case []:
            found = published()
        case [folder]:
            found = load(Path(folder) / "calibration.json")
            KEPT.write_text(document.dumps(found), encoding="utf-8")
        case _:
            print(__doc__)
            return 2
    DOCS.write_text(markdown.page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
