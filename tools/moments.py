"""Measure what daily prices of metals and Bitcoin are like, for worlds to be held against.

``LEADLINE_TEST_DATA=DIR python tools/moments.py`` reads the series there and writes summary
moments, no data, with the day of the measurement, to src/leadline/worlds/moments.json.
"""

import json
import os
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from leadline.data.providers.folder import FolderStore
from leadline.worlds.moments import moments, together

KEPT = Path(__file__).parents[1] / "src" / "leadline" / "worlds" / "moments.json"
SERIES = ("gold", "silver", "copper", "btc", "spx")
FROM = "2014-09-17"


def main() -> int:
    """Measure and write."""
    folder = os.environ.get("LEADLINE_TEST_DATA")
    if not folder:
        print(__doc__)
        return 2
    store = FolderStore(Path(folder))
    closes = {}
    for name in SERIES:
        held = store.series(name)
        kept = held.period >= np.datetime64(FROM, "D")
        closes[name] = (held.period[kept], held.value[kept])
    found = {
        "day": datetime.now(UTC).date().isoformat(),
        "from": FROM,
        "until": max(str(days[-1]) for days, _ in closes.values()),
        "series": {name: moments(*closes[name]) for name in SERIES},
        "pairs": {
            f"{first}, {second}": together(closes[first], closes[second])
            for first, second in [("silver", "btc"), ("gold", "btc"), *pairwise(SERIES)]
        },
    }
    KEPT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
