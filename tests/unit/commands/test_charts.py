from __future__ import annotations

import math
import xml.etree.ElementTree as ET

from dialer.charts import Panel, Series, draw

SVG = "{http://www.w3.org/2000/svg}"
TICKS = [(0.0, "0"), (5.0, "five"), (10.0, "10")]


def drawn(*panels: Panel, width: int = 860) -> ET.Element:
    return ET.fromstring(draw(panels, title="a < b & c", ticks=TICKS, x_label="x", width=width))


def texts(picture: ET.Element) -> list[str | None]:
    return [element.text for element in picture.iter(f"{SVG}text")]


def test_points_are_where_they_belong() -> None:
    series = Series(name="line", points=[(0.0, 0.0), (10.0, 100.0)], colour="#000000")
    picture = drawn(Panel(title="p", series=[series], height=200, high=100.0))
    line = next(picture.iter(f"{SVG}polyline"))
    assert line.get("points") == "64.0,270.0 840.0,70.0"
    assert {"a < b & c", "five", "0", "20", "100", "line"} <= set(texts(picture))


def test_a_value_that_is_no_number_breaks_the_line() -> None:
    points = [(0.0, 1.0), (1.0, 2.0), (2.0, math.nan), (3.0, 2.0), (4.0, 1.0)]
    picture = drawn(Panel(title="p", series=[Series(name="line", points=points, colour="#000000")]))
    assert [len((line.get("points") or "").split()) for line in picture.iter(f"{SVG}polyline")] == [2, 2]


def test_a_panel_without_a_point_is_drawn_empty() -> None:
    picture = drawn(Panel(title="nothing yet", series=[Series(name="line", points=[], colour="#000000")], percent=True))
    assert "nothing yet" in texts(picture)
    assert not list(picture.iter(f"{SVG}polyline"))


def test_fractions_are_labelled_in_per_cent_with_as_many_decimals_as_needed() -> None:
    series = Series(name="line", points=[(0.0, 0.005), (10.0, 0.02)], colour="#000000")
    assert {"0.0 %", "0.5 %", "2.0 %"} <= set(texts(drawn(Panel(title="p", series=[series], percent=True))))


def test_a_long_legend_goes_on_in_the_next_line_and_the_picture_grows() -> None:
    def height(count: int) -> int:
        series = [Series(name=f"a series called {n}", points=[(0.0, 1.0)], colour="#000000") for n in range(count)]
        return int(drawn(Panel(title="p", series=series), width=600).get("height") or 0)

    assert height(2) < height(8) < height(12)
