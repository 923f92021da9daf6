"""A figure to explore: what its marks say, what zooms, and that Vega takes it."""

import json

import pytest
from report import sample

from leadline.evidence.exhibits import Table
from leadline.report.theme import DARK, LIGHT, Look
from leadline.web import explore

SHAPES = [shown for shown in sample.every_shape() if not isinstance(shown, Table)]


def layers(spec):
    return [layer for part in spec.get("vconcat", [spec]) for layer in part.get("layer", [part])]


def spec_of(shown):
    return explore.explorable(shown, Look(LIGHT, titled=False))


@pytest.mark.parametrize("shown", SHAPES, ids=lambda shown: shown.name)
def test_vega_takes_the_figure_and_some_mark_says_its_value(shown):
    compiled = json.loads(explore.printed(shown, dark=False).body)
    assert "/vega/" in compiled["$schema"]
    assert compiled["marks"]
    assert any("tooltip" in layer["encoding"] for layer in layers(spec_of(shown)))


def test_only_one_axis_zooms_and_words_above_the_plot_are_not_cut_off():
    spec = spec_of(sample.specifications())
    assert sum("params" in layer for layer in layers(spec)) <= 1
    overlay = layers(spec_of(sample.overlay()))
    assert sum("params" in layer for layer in overlay) == 1
    assert {layer["mark"]["clip"] for layer in overlay if layer["mark"]["type"] == "text"} == {
        False
    }


def test_a_line_is_read_point_by_point_in_the_words_of_its_axes():
    line = next(x for x in layers(spec_of(sample.lag_profile())) if x["mark"]["type"] == "line")
    told = {each["field"]: each["title"] for each in line["encoding"]["tooltip"]}
    assert told["y"] == "correlation"
    assert told["x"].startswith("weeks by which silver moved")
    assert line["mark"]["point"]["opacity"] == 0


def test_dark_is_drawn_on_dark_paper():
    for dark, colours in ((False, LIGHT), (True, DARK)):
        compiled = json.loads(explore.printed(sample.power(), dark=dark).body)
        assert compiled["background"] == colours["paper"]
        assert "title" not in compiled
