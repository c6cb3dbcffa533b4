from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from ivr_flows.drawing import draw
from ivr_flows.layers import Edge, lay_out
from ivr_flows.loader import load, shipped_flows
from tests.support.self_service import written

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str, language: str) -> ET.Element:
    return ET.fromstring(draw(load(name), language))


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", shipped_flows())
def test_every_node_is_in_the_picture_and_no_two_lie_on_each_other(name: str, language: str) -> None:
    picture = drawn(name, language)
    words = [element.text for element in picture.iter(f"{SVG}text")]
    assert set(load(name).flow.nodes) <= set(words)
    boxes = [
        [float(box.attrib[key]) for key in ("x", "y", "width", "height")]
        for box in picture.iter(f"{SVG}rect")
        if "stroke" in box.attrib
    ]
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(boxes, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])
    assert all(x >= 0 and x + w <= width and y >= 0 and y + h <= height for x, y, w, h in boxes)


def test_ways_bear_their_words_and_conditions() -> None:
    words = {element.text for element in drawn("inbound", "en").iter(f"{SVG}text")}
    assert {"Inbound call", "identify", 'country = "US"', "otherwise", "not identified"} <= words
    assert "identificar" in {element.text for element in drawn("inbound", "es").iter(f"{SVG}text")}


def test_signs_of_xml_in_a_condition_do_no_harm(tmp_path: Path) -> None:
    branches = "[{when: 'name != \"<&>\"', next: b}]"
    nodes = f"  a: {{kind: condition, branches: {branches}, otherwise: b}}\n  b: {{kind: hang_up}}\n"
    text = f"flow: mine\nstart: a\nnodes:\n{nodes}"
    words = [element.text or "" for element in ET.fromstring(draw(written(tmp_path, text), "en")).iter(f"{SVG}text")]
    assert 'name != "<&>", otherwise' in words


def test_rows_follow_the_ways_and_loops_are_marked() -> None:
    edges = [Edge("a", "b", ""), Edge("b", "c", ""), Edge("a", "c", ""), Edge("c", "a", "back"), Edge("b", "b", "self")]
    layout = lay_out("a", ["c", "b", "a"], edges, dict.fromkeys("abc", 10.0), 5.0)
    assert {name: row for name, (_, row) in layout.place.items()} == {"a": 0, "b": 1, "c": 2}
    assert [route.backward for route in layout.routes] == [False, False, False, True, True]
    assert [row for _, row in layout.routes[3].points] == [2, 1, 0]
    assert [row for _, row in layout.routes[2].points] == [0, 1, 2]


def test_neighbours_in_a_row_keep_their_distance() -> None:
    names = ["root", *"abcdef"]
    layout = lay_out("root", names, [Edge("root", name, "") for name in "abcdef"], dict.fromkeys(names, 10.0), 5.0)
    places = sorted(layout.place[name][0] for name in "abcdef")
    assert all(right - left >= 15.0 - 1e-9 for left, right in pairwise(places))
    assert layout.place["root"][0] == pytest.approx((places[0] + places[-1]) / 2)
