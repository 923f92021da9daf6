"""A whole claim and a whole article on real data, as the command line tries them.

Fresh processes on the wall clock, the better of two, with as many tests at a time as there are
CPUs; the bars are for two idle CPUs.
"""

import os

from clock import Row, fresh, line, span

PEERS = ()
AS_OF = "2026-08-20"


def rows() -> list[Row]:
    """Give a claim and the article, where the folder of real series is named."""
    folder = os.environ.get("LEADLINE_TEST_DATA")
    out = []
    for ref, bar in (("silver-2026/S27", 10), ("silver-2026", 120)):
        what = f"`leadline try {ref}`"
        if not folder:
            out.append(Row(what, "not measured", "LEADLINE_TEST_DATA names no folder"))
            continue
        command = ("-m", "leadline", "try", ref, "--data", folder, "--as-of", AS_OF, "--no-save")
        wall, work = fresh(*command, repeats=2)
        out.append(line(what, wall, f"its CPU time: {span(work)}", at_most=bar))
    return out
