"""What can be shown: data in a closed set of shapes, drawn elsewhere.

A kind of test puts whatever is peculiar to it into exhibits. ``report`` draws shapes, never
kinds, so that page, picture and notebook show the same thing.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _ten_digits(value: float) -> float:
    # Beyond ten digits BLAS builds disagree; a seal must not hang on them.
    return float(f"{value:.10g}")


Number = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_ten_digits)]
Numbers = tuple[Number, ...]
Gappy = tuple[Number | None, ...]


class Frozen(BaseModel):
    """Immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Shape(Frozen):
    """What every exhibit carries.

    ``name`` is the short name of the chart within its evidence (``lag_profile``, ``power``);
    ``finding`` states in one sentence what is seen and serves as the alternative text.
    """

    name: str
    title: str
    finding: str
    note: str = ""


class Line(Frozen):
    """One curve. ``role`` tells the drawer its weight: the finding, the ghost behind, the base."""

    label: str
    x: Numbers | tuple[str, ...]
    y: Gappy
    role: Literal["main", "second", "ghost", "base", "live"] = "main"
    points: bool = False


class Band(Frozen):
    """The area between ``low`` and ``high``."""

    label: str
    x: Numbers | tuple[str, ...]
    low: Gappy
    high: Gappy
    role: Literal["wide", "narrow", "base"] = "wide"


class Mark(Frozen):
    """A shaded stretch (``to`` given) or a single rule of the x axis (``axis='x'``) or y axis."""

    label: str
    at: Number | str
    to: Number | str | None = None
    axis: Literal["x", "y"] = "x"


class Curve(Shape):
    """Lines and bands over one x axis, which holds numbers or ISO dates.

    ``log_y`` spaces positive values by their ratios.
    """

    shape: Literal["curve"] = "curve"
    x_label: str
    y_label: str
    y_format: str = ".2f"
    log_y: bool = False
    lines: tuple[Line, ...]
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()


class Distribution(Shape):
    """A null distribution as a histogram, and where the observed value falls."""

    shape: Literal["distribution"] = "distribution"
    x_label: str
    edges: Numbers
    counts: tuple[int, ...]
    observed: Number
    observed_label: str = "observed"
    critical: Number | None = None


class ForestRow(Frozen):
    """One estimate with its interval."""

    label: str
    value: Number
    low: Number | None = None
    high: Number | None = None
    highlight: bool = False


class Forest(Shape):
    """Estimates side by side; ``reference`` is the line to compare them with."""

    shape: Literal["forest"] = "forest"
    x_label: str
    rows: tuple[ForestRow, ...]
    reference: Number | None = 0.0
    critical: Number | None = None


class Span(Frozen):
    """Something that lasted from one day to another, in a lane."""

    lane: str
    start: str
    stop: str
    label: str = ""


class Timeline(Shape):
    """Spans in lanes over calendar time."""

    shape: Literal["timeline"] = "timeline"
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...] = ()


class Heatmap(Shape):
    """A matrix with named rows and columns."""

    shape: Literal["heatmap"] = "heatmap"
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[Gappy, ...]
    value_label: str
    value_format: str = ".2f"


class Table(Shape):
    """Rows of text and numbers, formatted where they are made."""

    shape: Literal["table"] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Specification(Frozen):
    """One defensible way to have run the test."""

    choices: dict[str, str]
    z: Number
    estimate: Number
    chosen: bool = False


class SpecificationCurve(Shape):
    """All declared specifications, sorted by z, with the choices behind each.

    ``null_low`` and ``null_high`` bound the sorted curve in 90 % of null resamples
    (Simonsohn, Simmons and Nelson 2020).
    """

    shape: Literal["specification_curve"] = "specification_curve"
    specifications: tuple[Specification, ...]
    null_low: Numbers
    null_high: Numbers
    estimate_label: str


class Shift(Frozen):
    """What the eye sees, and what it is worth, with the leader moved ``days`` forward."""

    days: int
    level_r: Number | None
    return_r: Number | None
    p_search: Number | None
    share_random: Number | None


class Overlay(Shape):
    """Leader over follower, with every shift's figures computed beforehand.

    ``days`` are ISO dates, about weekly; ``leader`` and ``follower`` are prices. ``shifts`` is
    ordered by days. ``published`` is the day of the claim, if it falls within the picture.
    """

    shape: Literal["overlay"] = "overlay"
    leader_label: str
    follower_label: str
    days: tuple[str, ...]
    leader: Gappy
    follower: Gappy
    shifts: tuple[Shift, ...]
    start_shift: int
    published: str | None = None


class Step(Frozen):
    """One part of a waterfall; ``low`` to ``high`` is the interval of this part's own value."""

    label: str
    value: Number
    low: Number | None = None
    high: Number | None = None
    role: Literal["driver", "alpha", "residual", "total"] = "driver"


class Waterfall(Shape):
    """Parts that add up: each step starts where the last one ended.

    A ``total`` starts at zero again and is the sum of the steps before it; ``alpha`` is what
    would have come anyway, ``residual`` what no driver explains. ``value_format`` is that of
    `format`, such as ``+.1%``.
    """

    shape: Literal["waterfall"] = "waterfall"
    steps: tuple[Step, ...]
    value_label: str
    value_format: str = "+.2f"


class Ribbon(Shape):
    """Which state it was, day by day, as far as could be known on each day.

    ``days`` are ISO dates in order. ``probabilities`` has a row for each of ``states`` with a
    value for each day, None where unknown. ``labels`` is the state written down on each day, ""
    where none was. ``revised`` are the days that would be called otherwise today.
    """

    shape: Literal["ribbon"] = "ribbon"
    days: tuple[str, ...]
    states: tuple[str, ...]
    probabilities: tuple[Gappy, ...]
    labels: tuple[str, ...]
    revised: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


Tone = Literal["for", "against", "open"]


class Bar(Frozen):
    """A stretch of a lane and how it stands or came out.

    ``label`` says so in a word or two and is drawn where it fits, ``note`` says why and stands in
    the table.
    """

    lane: str
    start: Number | str
    stop: Number | str
    tone: Tone
    label: str = ""
    note: str = ""


class Bars(Shape):
    """Stretches in lanes over ISO dates or numbers, each filled by how it came out.

    ``legend`` says what the fills mean that occur.
    """

    shape: Literal["bars"] = "bars"
    x_label: str = ""
    bars: tuple[Bar, ...]
    legend: dict[Tone, str]
    marks: tuple[Mark, ...] = ()


class Node(Frozen):
    """One member of a network; ``standing`` above zero leads more than it is led."""

    label: str
    standing: Number = 0.0


class Arrow(Frozen):
    """One member leads another; both by their place among the nodes.

    ``value`` is the strength with its sign, ``label`` what else is to be said of it.
    """

    start: int
    stop: int
    value: Number
    label: str = ""


class Network(Shape):
    """Who leads whom among named members: an arrow from each leader to its follower."""

    shape: Literal["network"] = "network"
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    value_label: str
    value_format: str = "+.2f"


Exhibit = Annotated[
    Curve
    | Distribution
    | Forest
    | Timeline
    | Heatmap
    | Table
    | SpecificationCurve
    | Overlay
    | Waterfall
    | Ribbon
    | Bars
    | Network,
    Field(discriminator="shape"),
]
