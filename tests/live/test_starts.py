"""A condition that lasts is no evidence twice: rallies as outcomes of a necessary condition."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from leadline.kernels import evalues
from leadline.live import relations

PUBLISHED = date(2015, 1, 1)
BEFORE, AFTER = 3650, 3650


class Made:
    """Stands for a test and a panel: days, on which rallies started, and which were covered."""

    sign, ceiling, leader, any_of, follower = 1, 0.95, "strong", (), "follower"
    rally = SimpleNamespace(words="made up")

    def __init__(self, started, covered):
        first = np.datetime64(PUBLISHED, "D") - BEFORE + 1
        self.all = first + np.arange(started.size), started, covered
        self.as_of = PUBLISHED + timedelta(days=started.size - BEFORE)

    def until(self, day):
        return BEFORE + (day - PUBLISHED).days

    def draw(self, panel):
        return len(self.all[0]) if panel is self else panel

    def own(self, sample):
        return sample

    def too_thin(self, sample):
        assert sample > 0

    def seen(self, sample):
        return tuple(part[:sample] for part in self.all)


def spells(rng, n, on, off):
    """Give a state of two that lasts ``on`` and ``off`` days on average."""
    lasts = rng.geometric(1 / np.tile([on, off], n // min(on, off) + 1))
    first = int(rng.random() < off / (on + off))
    which = (np.arange(lasts.size - first) + first) % 2 == 0
    return np.repeat(which, lasts[first:])[:n]


def a_path(made):
    frozen = relations.ceiling(made, made.until(PUBLISHED))
    return frozen, relations.starts(made, frozen, made, PUBLISHED)


def market(*starts, covered):
    flags = np.zeros(BEFORE + AFTER, dtype=bool)
    flags[[BEFORE - 1 + age for age in starts]] = True
    return Made(flags, covered)


def test_the_second_rally_of_a_spell_tells_little():
    covered = np.zeros(BEFORE + AFTER, dtype=bool)
    covered[500:1500] = True
    covered[BEFORE + 99 :] = True
    frozen, found = a_path(market(50, 100, 130, 1130, covered=covered))
    # Of 1000 days with the condition one was the last, of 2649 without it one.
    assert frozen.carry == pytest.approx(1 - 1 / 1000 - 1 / 2649)
    assert frozen.q == pytest.approx(1000 / 3650)
    np.testing.assert_array_equal(found.covered, [False, True, True, True])
    later = [frozen.q + (1 - frozen.q) * frozen.carry**gap for gap in (30, 1000)]
    assert found.q == pytest.approx([frozen.q, frozen.q, *later])
    # Where chance gives more than the claim, the claim says nothing.
    assert found.p == pytest.approx([0.95, 0.95, found.q[2], 0.95])


def test_what_never_comes_with_it_is_the_mirror():
    covered = np.ones(BEFORE + AFTER, dtype=bool)
    covered[500:1500] = False
    covered[BEFORE + 99 :] = False
    made = market(50, 100, 130, covered=covered)
    made.sign = -1
    frozen, found = a_path(made)
    assert frozen.p == pytest.approx(0.05)
    assert found.q == pytest.approx([frozen.q, frozen.q, frozen.q * (1 - frozen.carry**30)])
    assert (found.p <= found.q).all()


def test_rallies_by_chance_seldom_confirm_a_condition_that_lasts():
    def once(seed):
        rng = np.random.default_rng(seed)
        covered = spells(rng, BEFORE + AFTER, 500, 800)
        made = Made(rng.random(BEFORE + AFTER) < 1.2 / 365, covered)
        if not 0 < covered[:BEFORE].mean() < 0.9:
            return None
        frozen, found = a_path(made)
        anew = np.full((2, found.q.size), [[frozen.p], [frozen.q]])
        return [confirmed(found.covered, *odds) for odds in ((found.p, found.q), anew)]

    def confirmed(happened, p, q):
        log = evalues.mixed(lambda share: evalues.bernoulli(happened, q + share * (p - q), q))
        return bool(log.max(initial=0.0) >= np.log(20))

    shares = np.mean([found for seed in range(100) if (found := once(seed))], axis=0)
    assert shares[0] <= 0.05
    # With the odds of any day for every start, far more would.
    assert shares[1] > 0.1
