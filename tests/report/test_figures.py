"""Every shape draws, says what it shows, and keeps its signs."""

import csv
import io
import json
import os
import re
import struct
import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report import sample

from leadline import report
from leadline.evidence.exhibits import Bar, Bars, Curve, Exhibit, Forest, ForestRow, Line
from leadline.report import figures
from leadline.report.charts.curve import thinned
from leadline.report.charts.ribbon import Run, runs
from leadline.report.charts.waterfall import placed
from leadline.report.rows import shifts
from leadline.report.tables import numbers
from leadline.report.theme import COMPACT, DARK, LIGHT, WIDE, Look

SVG = "{http://www.w3.org/2000/svg}"
EVERY = {shown.name: shown for shown in sample.every_shape()}


@pytest.fixture(params=EVERY.values(), ids=EVERY.keys())
def exhibit(request):
    return request.param


def layers(spec):
    for layer in spec.get("layer", []):
        yield from layers(layer)
    if "mark" in spec:
        yield spec


def drawn(shown, mark, *, width=WIDE):
    spec = figures.specification(shown, Look(LIGHT, width))
    return [layer for layer in layers(spec) if layer["mark"]["type"] == mark]


def test_the_sample_has_every_shape():
    shapes = {kind.model_fields["shape"].default for kind in Exhibit.__args__[0].__args__}
    assert {shown.shape for shown in EVERY.values()} == shapes


def test_a_chart_is_valid_vega_lite(exhibit):
    chart = report.chart(exhibit)
    assert chart.to_dict()["config"]["background"] == LIGHT["paper"]


def test_a_chart_draws_the_same_rows_as_the_picture(exhibit):
    def rows(spec):
        if "data" in spec:
            values = spec["data"]["values"]
            yield json.loads(values) if isinstance(values, str) else values
        for part in (*spec.get("layer", ()), *spec.get("vconcat", ())):
            yield from rows(part)

    spec = figures.specification(exhibit, Look(LIGHT, WIDE))
    charted = report.chart(exhibit).to_dict(validate=False)
    assert list(rows(charted)) == json.loads(json.dumps(list(rows(spec))))


@pytest.mark.parametrize("width", [WIDE, COMPACT])
def test_an_svg_says_its_title_and_finding(exhibit, width):
    root = ET.fromstring(report.svg(exhibit, width=width))  # noqa: S314 - drawn here
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text == exhibit.title
    assert desc.text == exhibit.finding
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert "undefined" not in ET.tostring(root, encoding="unicode")
    assert "NaN" not in ET.tostring(root, encoding="unicode")


@pytest.mark.parametrize("width", [WIDE, COMPACT])
def test_an_svg_keeps_to_its_width_and_its_letters_stay_legible(exhibit, width):
    svg = report.svg(exhibit, width=width)
    across = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    assert 0.8 * width <= across <= 1.06 * width
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
    assert min(sizes) >= 11


def test_dark_and_light_differ_in_colour_alone(exhibit):
    def bare(svg):
        return re.sub(r"#[0-9a-f]{6}", "#", svg)

    light, dark = report.svg(exhibit), report.svg(exhibit, dark=True)
    assert light != dark
    assert bare(light) == bare(dark)
    assert DARK["paper"] in dark
    assert LIGHT["paper"] not in dark


def test_a_png_has_twice_the_pixels_of_the_design(exhibit):
    png = report.png(exhibit)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    across = float(re.search(r'viewBox="0 0 ([\d.]+)', report.svg(exhibit))[1])
    assert struct.unpack(">I", png[16:20])[0] == pytest.approx(2 * across, abs=2)


def test_a_csv_holds_the_rows_of_the_frame_unrounded(exhibit):
    shown = report.frame(exhibit)
    lines = list(csv.reader(io.StringIO(report.csv(exhibit))))
    assert lines[0] == list(shown.columns)
    assert len(lines) == len(shown.rows) + 1
    assert all(len(line) == len(shown.columns) for line in lines)
    for line, row in zip(lines[1:], shown.rows, strict=True):
        assert line == ["" if cell is None else str(cell) for cell in row]


def test_an_inline_svg_takes_every_colour_from_the_page(exhibit):
    svg = figures.inline_svg(exhibit, prefix="here", width=WIDE)
    assert not re.findall(r'"#[0-9a-f]{6}"', svg)
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", svg)) <= set(LIGHT)
    assert all(name.startswith("here-") for name in re.findall(r'id="([^"]+)"', svg))


@pytest.mark.parametrize("peak", [3, -3])
def test_a_planted_lag_of_three_peaks_at_three(peak):
    shown = sample.lag_profile(peak=peak)
    rows = [row for row in drawn(shown, "line")[0]["data"]["values"] if row["label"] == "returns"]
    assert max(rows, key=lambda row: row["y"])["x"] == peak
    table = report.frame(shown)
    at = table.columns.index("returns")
    assert max(table.rows, key=lambda row: row[at])[0] == peak


def test_moving_the_leader_forward_moves_its_line_to_the_right():
    shown = sample.overlay()
    follower, leader = (line["data"]["values"] for line in drawn(shown, "line"))
    day = 86_400_000
    assert leader[0]["x"] - follower[0]["x"] == shown.start_shift * day
    assert date.fromisoformat(shown.days[0]) == date(1970, 1, 1) + timedelta(
        milliseconds=follower[0]["x"]
    )


def test_the_overlay_hatches_what_came_after_the_claim():
    assert "-hatch)" in report.svg(sample.overlay())
    unpublished = sample.overlay().model_copy(update={"published": None})
    assert "-hatch)" not in report.svg(unpublished)


def test_the_shift_table_has_a_row_for_each_shift():
    shown = shifts(sample.overlay(n_shifts=7))
    assert [row[0] for row in shown.rows] == list(range(7))


def test_each_step_of_a_waterfall_starts_where_the_last_one_ended():
    shown = sample.waterfall()
    parts = placed(shown.steps)
    assert parts[0].start == 0
    for before, part in pairwise(parts[:-1]):
        assert part.start == before.stop
    assert (parts[-1].start, parts[-1].stop) == (0, shown.steps[-1].value)
    assert parts[-2].stop == pytest.approx(shown.steps[-1].value)
    bars = drawn(shown, "bar")[0]["data"]["values"]
    assert [(row["start"], row["stop"]) for row in bars] == [(p.start, p.stop) for p in parts]
    assert [row["text"] for row in bars][:3] == ["+5.1%", "+11.8%", "−2.1%"]


def test_an_interval_of_a_waterfall_is_that_of_the_part_at_its_place():
    whiskers = drawn(sample.waterfall(), "rule")
    rows = next(r["data"]["values"] for r in whiskers if "x2" in r["encoding"])
    dollar = rows[1]
    assert dollar["low"] == pytest.approx(0.051 + 0.07)
    assert dollar["high"] == pytest.approx(0.051 + 0.166)
    assert len(rows) == 5
    bare = [s.model_copy(update={"low": None, "high": None}) for s in sample.waterfall().steps]
    alone = sample.waterfall().model_copy(update={"steps": tuple(bare)})
    assert not any("x2" in r["encoding"] for r in drawn(alone, "rule"))
    assert "whiskers" not in report.svg(alone)


def test_what_is_not_explained_is_hatched_and_said_in_words():
    svg = report.svg(sample.waterfall())
    assert "-hatch)" in svg
    assert "not explained" in svg


def test_a_ribbon_keeps_states_apart_by_lanes_and_shows_gaps_and_revisions():
    shown = sample.ribbon()
    areas = drawn(shown, "area")
    assert len(areas) == len(shown.states)
    floors = [layer["data"]["values"][0]["floor"] for layer in areas]
    assert floors == sorted(floors, reverse=True)
    for layer in areas:
        heights = [row["y"] for row in layer["data"]["values"]]
        assert heights[0] is None
        floor = layer["data"]["values"][0]["floor"]
        assert all(floor <= y <= floor + 0.72 + 1e-9 for y in heights if y is not None)
    assert "would be called otherwise today" in report.svg(shown)
    calm = shown.model_copy(update={"revised": ()})
    assert "otherwise" not in report.svg(calm)


def test_stretches_of_a_ribbon_are_runs_of_its_labels():
    assert runs(("", "a", "a", "b")) == [Run("", 0, 1), Run("a", 1, 3), Run("b", 3, 4)]
    assert runs(()) == []
    shown = sample.ribbon()
    table = numbers(shown)
    labels = [run for run in runs(shown.labels) if run.label]
    assert len(table.rows) == len(labels)
    assert [row[2] for row in table.rows] == [run.label for run in labels]
    assert table.rows[0][0] == shown.days[labels[0].start]
    assert any("of" in row[-1] for row in table.rows)


def test_rows_with_the_same_words_stay_apart():
    rows = tuple(ForestRow(label="by chance", value=v, low=v - 1, high=v + 1) for v in (1, 2))
    shown = sample.halves().model_copy(update={"rows": rows})
    places = {row["name"] for row in drawn(shown, "point")[0]["data"]["values"]}
    assert len(places) == 2


def test_many_repetitions_of_one_placebo_share_a_lane():
    rows = (
        *(ForestRow(label=f"silver shuffled {i}", value=i / 10) for i in range(19)),
        ForestRow(label="the claim's leader", value=1, highlight=True),
    )
    shown = Forest(name="placebos", title="t", finding="f", x_label="z", rows=rows)
    lanes = {row["name"] for row in drawn(shown, "point")[0]["data"]["values"]}
    assert lanes == {"000|silver shuffled (19 times)"}
    assert len(report.frame(shown).rows) == 20


def test_a_hostile_label_stays_text():
    hostile = "</text><script>alert(1)</script>'\\"
    shown = sample.placebos()
    rows = (shown.rows[0].model_copy(update={"label": hostile}), *shown.rows[1:])
    svg = report.svg(shown.model_copy(update={"rows": rows, "title": hostile, "finding": hostile}))
    assert "<script" not in svg
    ET.fromstring(svg)  # noqa: S314 - drawn here


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.integers(-50, 50), min_size=421, max_size=900))
def test_thinning_keeps_the_extremes_the_ends_and_the_gaps(y):
    keep = thinned(y)
    seen = [value for value in y if value is not None]
    kept = [y[i] for i in keep if y[i] is not None]
    assert keep == sorted(set(keep))
    assert {0, len(y) - 1} <= set(keep)
    assert sum(value is None for value in y) == sum(y[i] is None for i in keep)
    if seen:
        assert (min(kept), max(kept)) == (min(seen), max(seen))


def test_lines_of_one_role_do_not_look_alike():
    lines = tuple(
        Line(label=name, x=(0.0, 1.0), y=(0.0, 1.0)) for name in ("silver", "gold", "oil")
    )
    shown = Curve(name="c", title="t", finding="f", x_label="x", y_label="y", lines=lines)
    channels = drawn(shown, "line")[0]["encoding"]
    looks = zip(*(channels[c]["scale"]["range"] for c in ("color", "strokeDash")), strict=True)
    assert len({(colour, tuple(dash)) for colour, dash in looks}) == 3


def test_no_clock_of_the_machine_moves_a_day():
    code = (
        "from report import sample; from leadline import report;print(report.svg(sample.rolling()))"
    )
    said = {
        zone: subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"TZ": zone, "PYTHONPATH": "tests"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone in ("Asia/Tokyo", "America/Los_Angeles")
    }
    assert len(set(said.values())) == 1


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_stand_out_from_the_paper(colours):
    for name in ("ink", "muted", "main", "second"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    edges = [name for name in colours if name.endswith("-edge")]
    for name in ("third", "ghost", "base", "live", "axis", "hatch-line", *edges):
        assert contrast(colours[name], colours["paper"]) >= 3, name


def test_every_colour_has_a_value_of_its_own():
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


def test_a_bar_of_one_day_can_be_seen_and_neighbours_stay_apart():
    bars = tuple(
        Bar(lane="S27", start=start, stop=stop, tone="for")
        for start, stop in (("2026-01-01", "2026-01-02"), ("2026-01-02", "2026-12-31"))
    )
    shown = Bars(name="b", title="b", finding="b.", bars=bars, legend={"for": "as said"})
    (layer,) = drawn(shown, "bar")
    first, second = layer["data"]["values"]
    per_pixel = 364 * 86_400_000 / 640
    assert first["x2"] - first["x"] > 3 * per_pixel
    assert second["x2"] <= layer["encoding"]["x"]["scale"]["domain"][1]


def test_fills_differ_by_more_than_colour():
    (layer,) = drawn(sample.ruler(), "bar")
    assert layer["encoding"]["fill"]["scale"]["range"] == [
        LIGHT["main"], LIGHT["hatch"], LIGHT["paper"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.05, 20, [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]), (0.6, 1.5, [0.6, 0.8, 1.0, 1.2, 1.4])],
)
def test_an_axis_of_ratios_has_round_ticks(low, high, ticks):
    line = Line(label="e", x=(0.0, 1.0), y=(low, high))
    shown = Curve(name="e", title="e", finding="e.", x_label="", y_label="", log_y=True,
                  lines=(line,))  # fmt: skip
    (layer,) = drawn(shown, "line")
    assert layer["encoding"]["y"]["axis"]["values"] == pytest.approx(ticks)
