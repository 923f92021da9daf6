"""Parts that add up, one below the other, each starting where the last one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadline.evidence.exhibits import Step, Waterfall
from leadline.report.charts.parts import (
    Rows,
    Spec,
    dressed,
    layered,
    name,
    named_scale,
    names_axis,
    quantity,
    room_for,
    titled,
    view,
    wrapped,
)
from leadline.report.theme import Look
from leadline.report.words import MINUS, kind_title

# Words, fill and outline of each role; which way a driver pushes is written at its bar, too.
_ROLES = {
    "up": ("driver, adds", "main", "main"),
    "down": ("driver, takes away", "second", "second"),
    "alpha": ("would have come anyway", "band-base", "band-base-edge"),
    "residual": ("not explained", "hatch", "hatch-line"),
    "total": ("sum", "ink", "ink"),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A step with the place where it starts and where it ends."""

    step: Step
    start: float
    stop: float

    @property
    def role(self) -> str:
        """What it is to the eye."""
        if self.step.role == "driver":
            return "up" if self.step.value >= 0 else "down"
        return self.step.role


def placed(steps: Sequence[Step]) -> tuple[Placed, ...]:
    """Let each step start where the last one ended, and a total at zero."""
    reached, out = 0.0, []
    for step in steps:
        start = 0.0 if step.role == "total" else reached
        reached = start + step.value
        out.append(Placed(step, start, reached))
    return tuple(out)


def _label(step: Step, look: Look) -> str:
    return wrapped(kind_title(step.label), look, look.width * (0.3 if look.is_compact else 0.32))


def _rows(exhibit: Waterfall, look: Look) -> Rows:
    return [
        {
            # Numbered, because two steps may carry the same words.
            "name": f"{place:03d}|{_label(part.step, look)}",
            "start": part.start,
            "stop": part.stop,
            "role": _ROLES[part.role][0],
            "low": None if part.step.low is None else part.start + part.step.low,
            "high": None if part.step.high is None else part.start + part.step.high,
            "text": format(part.step.value, exhibit.value_format).replace("-", MINUS),
        }
        for place, part in enumerate(placed(exhibit.steps))
    ]


def waterfall(exhibit: Waterfall, look: Look) -> Spec:
    """Draw bars from running start to running end, joined, with intervals and values."""
    rows = _rows(exhibit, look)
    order = [row["name"] for row in rows]
    room = room_for([label[4:] for label in order], look, 0.34)
    beside = max((len(row["text"]) for row in rows), default=0) * look.text * 0.6 + 8
    plot = look.width - room - beside - 24
    present = list(dict.fromkeys(part.role for part in placed(exhibit.steps)))
    names = [_ROLES[role][0] for role in present]
    legend: Spec = {"symbolType": "square", "columns": 1 if look.is_compact else 3}

    def coloured(which: int) -> Spec:
        scale = named_scale(names, [look[_ROLES[role][which]] for role in present])
        return name("role", scale=scale, legend=legend)

    axis = names_axis(look, room) | {"labelExpr": "split(slice(datum.label, 4), '\\n')"}
    y = name("name", sort=order, axis=axis)
    has_intervals = any(row["low"] is not None and row["high"] is not None for row in rows)
    whiskers = "; whiskers: interval of the part alone" if has_intervals else ""
    x_axis: Spec = {
        "title": titled(exhibit.value_label + whiskers, look, plot),
        "format": exhibit.value_format.replace(".1%", ".0%"),
        "tickCount": 4 if look.is_compact else 6,
        "grid": True,
    }
    x = quantity("start", axis=x_axis, scale={"nice": True})
    bars = view(
        rows,
        "bar",
        {"height": {"band": 0.62}, "strokeWidth": 1.2},
        x=x,
        x2={"field": "stop"},
        y=y,
        fill=coloured(1),
        stroke=coloured(2),
    )
    values = view(
        rows,
        "text",
        {"align": "left", "fontWeight": "bold", "color": look["ink"]},
        x={"value": plot + 8},
        y=y,
        text=name("text"),
    )
    zero = view([{"x": 0}], "rule", {"color": look["axis"]}, x=quantity("x"))
    layers = [zero, *_joints(rows, y, look), bars, *_intervals(rows, y, look), values]
    lines_each = max((label.count("\n") + 1 for label in order), default=1)
    height = max(34, 14 + 14 * lines_each) * max(len(rows), 1)
    return dressed(layered(layers, width=plot, height=height), exhibit, look)


def _joints(rows: Rows, y: Spec, look: Look) -> list[Spec]:
    ends: Rows = [
        {"x": above["stop"], "name": above["name"], "next": below["name"]}
        for above, below in pairwise(rows)
    ]
    style = {"color": look["muted"], "strokeWidth": 1, "strokeDash": [2, 2]}
    return [view(ends, "rule", style, x=quantity("x"), y=y, y2={"field": "next"})] if ends else []


def _intervals(rows: Rows, y: Spec, look: Look) -> list[Spec]:
    """Draw whiskers with caps, on paper so that they show on any bar."""
    seen = [row for row in rows if row["low"] is not None and row["high"] is not None]
    if not seen:
        return []
    caps: Rows = [{"name": row["name"], "x": row[end]} for row in seen for end in ("low", "high")]
    ends: dict[str, Spec] = {"x": quantity("low"), "x2": {"field": "high"}, "y": y}
    layers: list[Spec] = []
    for colour, width in (("paper", 4.5), ("axis", 1.8)):
        style = {"color": look["muted" if colour == "axis" else colour], "strokeWidth": width}
        tick = {**style, "thickness": width, "size": 11, "orient": "vertical"}
        layers.append(view(seen, "rule", style, **ends))
        layers.append(view(caps, "tick", tick, x=quantity("x"), y=y))
    return layers
