"""A small scan in a folder, with names that make trouble in addresses, files and pages."""

import numpy as np

import leadline as ll
from leadline.scan import page, saved
from leadline.worlds.universes import priced

NAMES = ("BTC/USD", "Gold spot €", "nan", "<b>&x</b>", "50% + more?", "-v", "..", "A7")


def odd_scan(n=14, **asked):
    """Scan fourteen series; the first leads three others, against one of them."""
    rng = np.random.default_rng(8)
    moves = rng.standard_normal((800, n)) / 100
    for follower, lag, strength in ((1, 1, 0.5), (2, 4, 0.5), (3, 7, -0.5)):
        moves[lag:, follower] += strength * moves[:-lag, 0]
    prices = priced(moves)
    prices.columns = [*NAMES, *prices.columns[len(NAMES) :]]
    return ll.scan(prices, 10, **asked)


def keep(found, folder):
    """Write all that is read back, and neither report nor picture, which take seconds."""
    for path in page.write(found, folder):
        if path.name == saved.DOCUMENT:
            return folder
    raise AssertionError(folder)
