"""The claimant's picture: leader moved forward over follower, both stretched to one height."""

import math
from datetime import date, timedelta
from statistics import fmean, pstdev

from leadline.evidence.exhibits import Gappy, Mark, Overlay
from leadline.report import words
from leadline.report.charts.parts import (
    DAY,
    Axis,
    Rows,
    Spec,
    dressed,
    layered,
    marked,
    name,
    named_scale,
    position,
    quantity,
    view,
)
from leadline.report.theme import Look

_DASHES = {"main": [1, 0], "second": [6, 2]}


def stretched(prices: Gappy, *, log: bool = True) -> list[float | None]:
    """Give (log) prices with mean 0 and standard deviation 1, as two axes would show them."""
    heights: list[float | None] = list(prices)
    if log:
        heights = [None if p is None or p <= 0 else math.log(p) for p in prices]
    seen = [value for value in heights if value is not None]
    if not seen:
        return heights
    middle, spread = fmean(seen), pstdev(seen) or 1.0
    return [None if v is None else round((v - middle) / spread, 4) for v in heights]


def plot_width(look: Look) -> float:
    """Give the width of the plot, fixed so that a day has a known width."""
    return look.width - 32.0


def axis_of(exhibit: Overlay) -> Axis:
    """Give the x axis: the days, with room on the right for the leader as the claim moves it."""
    last = date.fromisoformat(exhibit.days[-1]) + timedelta(days=max(exhibit.start_shift, 0))
    return Axis.over([exhibit.days[0], exhibit.days[-1], last.isoformat()], "")


def pixels_per_day(exhibit: Overlay, look: Look) -> float:
    """Give how far one day of shift moves the leader's line."""
    axis = axis_of(exhibit)
    return plot_width(look) * DAY / (axis.high - axis.low)


def _points(
    exhibit: Overlay, prices: Gappy, every: int, moved: int = 0, *, log: bool = True
) -> Rows:
    heights = stretched(prices, log=log)
    return [
        {"x": position(exhibit.days[i]) + moved * DAY, "y": heights[i]}
        for i in range(0, len(exhibit.days), every)
    ]


def overlay(exhibit: Overlay, look: Look, *, shift: int | None = None, log: bool = True) -> Spec:
    """Draw both lines, the leader ``shift`` days late (the claim's own shift if not given)."""
    moved = exhibit.start_shift if shift is None else shift
    axis = axis_of(exhibit)
    every = max(1, math.ceil(len(exhibit.days) / (look.width * 0.9)))
    names = [exhibit.follower_label, f"{exhibit.leader_label}, moved later"]
    x = axis.channel(look, grid=True)
    colour = named_scale(names, [look["main"], look["second"]])
    dash = named_scale(names, list(_DASHES.values()))
    y = quantity(
        "y",
        scale={"zero": False, "nice": False},
        axis={
            "title": f"{'log price' if log else 'price'}, stretched to one height",
            "labels": False,
            "ticks": False,
            "grid": False,
        },
    )

    def line(label: str, rows: Rows, view_name: str) -> Spec:
        drawn = view(
            [{**row, "label": label} for row in rows],
            "line",
            {"clip": True, "strokeWidth": 1.8, "strokeJoin": "round"},
            x=x,
            y=y,
            color=name("label", scale=colour, legend={}),
            strokeDash=name("label", scale=dash, legend={}),
        )
        return {"name": view_name, **drawn}

    marks: tuple[Mark, ...] = ()
    after: list[Spec] = []
    if exhibit.published is not None:
        said = f"claim published {words.day(exhibit.published)}"
        marks = (Mark(label=said, at=exhibit.published),)
        stretch = {"x": position(exhibit.published), "x2": position(exhibit.days[-1])}
        style = {"color": look["hatch"], "clip": True}
        after = [view([stretch], "rect", style, x=x, x2={"field": "x2"})]
    _, above = marked(marks, axis, look, plot_width(look))
    layers = [
        *after,
        line(names[0], _points(exhibit, exhibit.follower, every, log=log), "follower"),
        line(names[1], _points(exhibit, exhibit.leader, every, moved, log=log), "leader"),
        *above,
    ]
    height = 200 if look.is_compact else 300
    return dressed(layered(layers, width=plot_width(look), height=height), exhibit, look)


def thumbnail(exhibit: Overlay, look: Look) -> Spec:
    """Draw the two lines alone, unshifted and small, to be repeated at several shifts."""
    axis = axis_of(exhibit)
    every = max(1, math.ceil(len(exhibit.days) * 2 / (look.width * 0.9)))
    x = axis.channel(look)
    x["axis"] |= {"title": None}
    y = quantity("y", scale={"zero": False, "nice": False}, axis=None)
    layers = [
        {
            "name": view_name,
            **view(
                _points(exhibit, prices, every),
                "line",
                {"clip": True, "strokeWidth": 1.5, "color": look[role], "strokeDash": dash},
                x=x,
                y=y,
            ),
        }
        for (role, dash), view_name, prices in zip(
            _DASHES.items(),
            ("follower", "leader"),
            (exhibit.follower, exhibit.leader),
            strict=True,
        )
    ]
    size = {"width": plot_width(look), "height": look.width * 0.42}
    return dressed(layered(layers, **size), exhibit, look)
