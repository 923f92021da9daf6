"""Exhibits that every relation shares."""

import numpy as np

from leadline.evidence import pictures
from leadline.kernels.multiverse import joint

CHOICES = [
    {"leader": leader, "every": every, "lag": "1"}
    for leader in ("silver", "gold")
    for every in ("day", "week")
]


def test_the_hinge_is_the_setting_whose_choice_moves_the_median_most():
    null = np.random.default_rng(5).normal(size=(999, 4))
    (table,) = pictures.hinges(CHOICES, np.array([3.0, 2.8, 0.1, -0.1]), null)
    assert table.finding.startswith("The choice of leader moves the median most")
    # A setting with one choice explains nothing.
    assert [row[:3] for row in table.rows] == [
        ("leader", "silver", "2"),
        ("leader", "gold", "2"),
        ("every", "day", "2"),
        ("every", "week", "2"),
    ]
    silver = joint(np.array([3.0, 2.8]), null[:, :2])
    assert table.rows[0][3:] == (f"{silver.median:+.2f}", "100%", f"{silver.p:.3f}")


def test_one_specification_hinges_on_nothing():
    assert pictures.hinges([{}], np.array([1.0]), np.zeros((9, 1))) == ()
    assert pictures.hinges([{"lag": "1"}], np.array([1.0]), np.zeros((9, 1))) == ()
