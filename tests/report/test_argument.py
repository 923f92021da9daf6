"""The argument: what falls, what stands, and a map without needless crossings."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report import sample

from leadline.report import argument, words
from leadline.report.argument import Branch, fall, laid_out, loads
from leadline.report.map import Node, argument_map

# A and B are foundations; C rests on A alone, D on C and B, E on D.
SMALL = {"A": ("C",), "B": ("D",), "C": ("D",), "D": ("E",)}
NAMES = tuple("ABCDE")
FOUNDING = {name: row[3] for name, row in sample.FOUNDING.items() if row[3]}
TYPES = {name: words.GROUPS[row[1]] for name, row in sample.FOUNDING.items()}

graphs = st.dictionaries(
    st.sampled_from("ABCDEFGH"), st.lists(st.sampled_from("ABCDEFGH"), max_size=4), max_size=8
).map(lambda found: argument.within("ABCDEFGH", found))


def test_what_rests_on_one_claim_alone_falls_with_it():
    fallen = fall(NAMES, SMALL, ["A"])
    assert fallen.leaning == ("C", "D", "E")
    assert fallen.bare == ("C",)
    assert fallen.shaken == ("D", "E")


def test_a_claim_falls_with_the_last_of_its_supports():
    assert fall(NAMES, SMALL, ["A", "B"]).bare == ("C", "D", "E")
    assert fall(NAMES, SMALL, ["D"]).bare == ("E",)
    assert fall(NAMES, SMALL, ["E"]) == argument.Fall((), ())


def test_the_only_quantitative_support_of_the_forecast_is_seen():
    supports = {"S25": ("S27",), "S27": ("S33",), "S01": ("S30",)}
    assert fall(("S01", "S25", "S27", "S30", "S33"), supports, ["S27"]).bare == ("S33",)


def test_a_circle_holds_nothing_up_by_itself():
    supports = {"A": ("B",), "B": ("C",), "C": ("B", "D")}
    assert fall("ABCD", supports, ["A"]).bare == ("B", "C", "D")
    assert argument.circles("ABCD", supports) == (("B", "C"),)
    assert argument.circles(NAMES, SMALL) == ()


def brute_bare(names, supports, gone):
    """Take away support step by step until nothing changes, as a second way to the same."""
    has = {n: {m for m, targets in supports.items() if n in targets} for n in names}
    grounded = {n for n in names if not has[n]} - set(gone)
    while True:
        more = {n for n in names if n not in gone and has[n] & grounded} - grounded
        if not more:
            return {n for n in names if has[n] and n not in grounded and n not in gone}
        grounded |= more


@given(graphs, st.sets(st.sampled_from("ABCDEFGH"), min_size=1, max_size=3))
def test_what_falls_agrees_with_taking_support_away_step_by_step(supports, gone):
    fallen = fall("ABCDEFGH", supports, gone)
    never = brute_bare("ABCDEFGH", supports, ())
    assert set(fallen.bare) == brute_bare("ABCDEFGH", supports, gone) & set(fallen.leaning)
    assert brute_bare("ABCDEFGH", supports, gone) - never <= set(fallen.bare)
    assert not set(fallen.leaning) & set(gone)


def test_most_passes_through_the_claim_in_the_middle():
    load = loads(NAMES, SMALL)
    assert max(load, key=load.__getitem__) == "D"
    assert load == {"A": 3, "B": 2, "C": 5, "D": 7, "E": 4}


def test_the_founding_claim_is_the_keystone_of_the_founding_article():
    load = loads(tuple(FOUNDING), FOUNDING)
    assert max(FOUNDING, key=load.__getitem__) == "S27"


@given(graphs)
def test_every_arrow_leads_to_the_right_and_every_claim_has_one_place(supports):
    layout = laid_out("ABCDEFGH", supports, {})
    column = {slot.name: x for x, slots in enumerate(layout.columns) for slot in slots if slot.name}
    assert sorted([*column, *layout.alone]) == list("ABCDEFGH")
    drawn = {*layout.arrows, *layout.backward}
    assert drawn == {(name, target) for name, above in supports.items() for target in above}
    for (name, target), way in layout.arrows.items():
        assert column[name] < column[target]
        assert [slot.column for slot in way] == list(range(column[name], column[target] + 1))
        assert all(slot in layout.columns[slot.column] for slot in way)
    assert bool(layout.backward) == bool(argument.circles("ABCDEFGH", supports))


def test_claims_of_one_group_stand_together():
    layout = laid_out(tuple(TYPES), FOUNDING, TYPES)
    for column in layout.columns:
        groups = [slot.group for slot in column if slot.name]
        changes = sum(a != b for a, b in pairwise(groups))
        assert changes == len(set(groups)) - 1
    assert layout.alone == ("S34",)


def test_a_tangle_that_can_be_undone_is_undone():
    supports = {"A": ("Z",), "B": ("Y",), "C": ("X",)}
    layout = laid_out(tuple("ABCXYZ"), supports, {})
    places = [{slot.name: y for y, slot in enumerate(column)} for column in layout.columns]
    ends = sorted((places[0][a], places[1][b]) for (a, b) in layout.arrows)
    assert ends == [(0, 0), (1, 1), (2, 2)]


def test_the_list_tells_each_claim_once_with_what_it_rests_on():
    def first(name, *below):
        return Branch(name, again=False, below=below)

    again = Branch("A", again=True, below=())
    told = argument.chains(NAMES, SMALL | {"A": ("C", "E")})
    assert told == (first("E", first("A"), first("D", first("B"), first("C", again))),)


@given(graphs)
def test_the_list_ends_and_tells_every_claim_of_the_argument(supports):
    tied = {name for pair in supports.items() for name in (pair[0], *pair[1])}
    met = []

    def walk(branches):
        for branch in branches:
            if not branch.again:
                met.append(branch.name)
            walk(branch.below)

    walk(argument.chains("ABCDEFGH", supports))
    assert sorted(met) == sorted(tied)


def node(outcome="undecidable", says="A claim.", group="facts"):
    return Node(words.OUTCOMES[outcome], says, group)


def boxes(svg):
    """Give each box of a map: left, top, width and height."""
    root = ET.fromstring(svg)[1]  # noqa: S314 - drawn here
    found = {}
    for link in root.iter("a"):
        group = link.find("g")
        left, top = group.get("transform")[10:-1].split(",")
        box = group.find("rect")
        size = (float(box.get("width")), float(box.get("height")))
        found[link.get("href")] = (float(left), float(top), *size)
    return root, found


@pytest.mark.parametrize("deepest", [3, 6, 12])
def test_no_box_lies_on_another_and_all_lie_inside(deepest):
    chain = [f"C{i}" for i in range(deepest)]
    more = [f"F{i}" for i in range(9)]
    supports = {a: (b,) for a, b in pairwise(chain)} | dict.fromkeys(more, (chain[-1],))
    names = [*chain, *more, "alone"]
    layout = laid_out(names, supports, {})
    root, found = boxes(argument_map(dict.fromkeys(names, node()), layout))
    assert set(found) == {f"#{name}" for name in names}
    left, top, width, height = map(float, root.get("viewBox").split())
    placed = list(found.values())
    for i, (x, y, wide, deep) in enumerate(placed):
        assert left <= x <= x + wide <= left + width
        assert top <= y <= y + deep <= top + height
        for x2, y2, wide2, deep2 in placed[:i]:
            apart = x + wide <= x2 or x2 + wide2 <= x or y + deep <= y2 or y2 + deep2 <= y
            assert apart


def test_the_map_of_34_claims_needs_no_more_than_a_desktop():
    layout = laid_out(tuple(TYPES), FOUNDING, TYPES)
    nodes = {n: node(row[2], row[0], TYPES[n]) for n, row in sample.FOUNDING.items()}
    root, found = boxes(argument_map(nodes, layout))
    assert len(found) == 34
    assert float(root.get("viewBox").split()[2]) <= 1152
    assert all(wide >= 120 for _, _, wide, _ in found.values())


def test_the_map_says_outcomes_by_word_and_sign_and_pattern():
    names = ("A", "B", "C")
    nodes = dict(zip(names, map(node, ("supported", "contradicted", "undecidable")), strict=True))
    svg = argument_map(nodes, laid_out(names, {"A": ("B",), "B": ("C",)}, {}))
    for outcome in ("supported", "contradicted", "undecidable"):
        assert words.OUTCOMES[outcome].label in svg
    assert svg.count('fill="url(#map-stripes)"') == 1
    assert svg.count('stroke-dasharray="4 3"') == 1
    root = ET.fromstring(svg)[1]  # noqa: S314 - drawn here
    assert root.get("aria-labelledby") == "map-t map-d"
    assert root.find("desc").text == "A supports B; B supports C"


def test_a_circular_argument_is_drawn_with_the_arrow_that_closes_it_dashed():
    supports = argument.within("ABC", {"A": ("B",), "B": ("A",), "C": ("C",)})
    layout = laid_out("ABC", supports, {})
    svg = argument_map({name: node() for name in "ABC"}, layout)
    assert layout.backward == (("B", "A"),)
    assert svg.count('stroke-dasharray="5 4"') == 1
    assert len(boxes(svg)[1]) == 3


def test_hostile_words_stay_words_on_the_map():
    hostile = "</text><script>alert(1)</script>\"'&"
    layout = laid_out("AB", {"A": ("B",)}, {})
    svg = argument_map({"A": node(says=hostile, group=hostile), "B": node()}, layout)
    assert "<script" not in svg
    ET.fromstring(svg)  # noqa: S314 - drawn here
