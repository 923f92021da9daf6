"""What counts as new where one input of a derived series has ended."""

from datetime import date

import numpy as np
import pytest

from leadline.data.panel import Column, Panel
from leadline.data.series import SeriesInfo
from leadline.live import readings

DAYS = np.arange("2026-05-01", "2026-05-31", dtype="datetime64[D]")
ENDED = np.minimum(DAYS, np.datetime64("2026-05-05"))


def info(name, kind):
    return SeriesInfo(
        id=name,
        title=name,
        unit="share",
        kind=kind,
        frequency="daily",
        close="24:00 UTC",
        release={"rule": "at_close"},
    )


def panel(kind, value):
    daily = Column(info("daily", "index"), DAYS.astype(float), DAYS, np.ones(30, bool), "rule")
    ended = Column(info("ended", "index"), np.ones(30), ENDED, DAYS == ENDED, "rule")
    derived = Column(
        info("p", kind), value, ENDED, np.ones(30, bool), "derived", needs=("daily", "ended")
    )
    return Panel(date(2026, 5, 30), DAYS, {"daily": daily, "ended": ended, "p": derived})


def test_a_probability_that_moves_turns_the_phase_though_an_input_has_ended():
    rising = np.where(np.datetime64("2026-05-10") > DAYS, 0.1, 0.9) + np.arange(30) / 1000
    told = readings.phases({"on": "p", "off": "q"}, with_opposite(panel("probability", rising)))
    assert [told.names[label] for label in told.turned.label[[8, 12, 13, 29]]] == [
        "off",
        "off",
        "on",
        "on",
    ]


def test_one_value_repeated_turns_nothing():
    still = np.where(np.datetime64("2026-05-10") > DAYS, 0.1, 0.9)
    moved = np.where(np.datetime64("2026-05-08") > DAYS, np.arange(30) / 1000, 0)
    told = readings.phases(
        {"on": "p", "off": "q"}, with_opposite(panel("probability", still + moved))
    )
    assert told.names[told.turned.label[-1]] == "off"


@pytest.mark.parametrize(("kind", "turned"), [("flag", "on"), ("probability", "off")])
def test_a_flag_is_as_new_as_the_newest_of_what_it_is_made_from(kind, turned):
    flag = (np.datetime64("2026-05-10") <= DAYS).astype(float)
    known = np.where(np.datetime64("2026-05-08") > DAYS, np.arange(30) / 1000, 0)
    value = flag if kind == "flag" else np.clip(flag + known, 0, 1)
    told = readings.phases({"on": "p", "off": "q"}, with_opposite(panel(kind, value)))
    assert told.names[told.turned.label[-1]] == turned


def with_opposite(of):
    held = of["p"]
    other = Column(held.info, 1 - held.value, held.period, held.fresh, "derived", needs=held.needs)
    return Panel(of.as_of, of.days, {**of.columns, "q": other})
