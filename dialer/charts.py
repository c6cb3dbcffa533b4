"""Line charts as SVG, without a library: panels one above the other on one horizontal axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

#: Told apart by people who do not see all colours (Okabe and Ito), darkest first; then dashed.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7f7f7f", "#000000")

_LEFT, _RIGHT, _TOP, _GAP = 64, 20, 46, 76
_LEGEND_LINE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """``points`` in the order of x. ``strong`` is drawn thicker, ``dashed`` thin and broken."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    strong: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One chart. ``percent``: values are fractions, labelled in per cent. ``low`` and ``high`` are the ends of the
    vertical axis; None: 0, and the highest value."""

    title: str
    series: Sequence[Series]
    height: int = 170
    percent: bool = False
    low: float | None = None
    high: float | None = None


def draw(
    panels: Sequence[Panel], *, title: str, ticks: Sequence[tuple[float, str]], x_label: str, width: int = 860
) -> str:
    """A whole SVG document. ``ticks`` are places on the horizontal axis with their words; the first and the last are
    its ends."""
    legends = [_legend_lines(panel.series, width) for panel in panels]
    below = [_GAP + _LEGEND_LINE * (len(lines) - 1) for lines in legends]
    height = _TOP + sum(panel.height for panel in panels) + sum(below) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"',
        'font-family="system-ui, sans-serif" font-size="12" fill="#333">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15" font-weight="600">{escape(title)}</text>',
    ]
    top = _TOP
    for panel, lines, gap in zip(panels, legends, below, strict=True):
        parts += _panel(panel, top + 24, width, ticks)
        for n, line in enumerate(lines):
            parts += _legend(line, top + 24 + panel.height + 36 + n * _LEGEND_LINE)
        top += panel.height + gap
    parts.append(f'<text x="{width - _RIGHT}" y="{height - 8}" text-anchor="end">{escape(x_label)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, top: int, width: int, ticks: Sequence[tuple[float, str]]) -> Iterator[str]:
    values = [y for series in panel.series for _, y in series.points if math.isfinite(y)]
    low = 0.0 if panel.low is None else panel.low
    high = max([*values, low + 1e-6]) if panel.high is None else panel.high
    step = _step(high - low)
    high = low + math.ceil((high - low) / step - 1e-9) * step
    x_low, x_high = ticks[0][0], ticks[-1][0]

    def x(value: float) -> float:
        return _LEFT + (value - x_low) / (x_high - x_low) * (width - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return top + panel.height * (1.0 - (min(high, max(low, value)) - low) / (high - low))

    yield f'<text x="{_LEFT}" y="{top - 10}" font-weight="600">{escape(panel.title)}</text>'
    for n in range(round((high - low) / step) + 1):
        value = low + n * step
        at, label = y(value), _number(value, step, panel.percent)
        yield f'<line x1="{_LEFT}" x2="{width - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#e3e3e3"/>'
        yield f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{label}</text>'
    for place, word in ticks:
        yield f'<text x="{x(place):.1f}" y="{top + panel.height + 17}" text-anchor="middle">{escape(word)}</text>'
    for series in panel.series:
        for run in _runs(series.points):
            points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in run)
            broken = ' stroke-dasharray="5 4"' if series.dashed else ""
            thick = 2.6 if series.strong else 1.2 if series.dashed else 1.6
            yield f'<polyline points="{points}" fill="none" stroke="{series.colour}" stroke-width="{thick}"{broken}/>'


def _legend_width(series: Series) -> float:
    return 42 + 6.4 * len(series.name)


def _legend_lines(series: Sequence[Series], width: int) -> list[list[Series]]:
    lines: list[list[Series]] = [[]]
    for each in series:
        if lines[-1] and sum(map(_legend_width, (*lines[-1], each))) > width - _LEFT - _RIGHT:
            lines.append([])
        lines[-1].append(each)
    return lines


def _legend(series: Sequence[Series], y: float) -> Iterator[str]:
    x = float(_LEFT)
    for each in series:
        broken = ' stroke-dasharray="5 4"' if each.dashed else ""
        stroke = f'stroke="{each.colour}" stroke-width="{2.6 if each.strong else 1.6}"{broken}'
        yield f'<line x1="{x:.0f}" x2="{x + 18:.0f}" y1="{y - 4}" y2="{y - 4}" {stroke}/>'
        yield f'<text x="{x + 23:.0f}" y="{y}">{escape(each.name)}</text>'
        x += _legend_width(each)


def _runs(points: Sequence[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """The points in runs without a gap: a value that is not a number breaks the line."""
    run: list[tuple[float, float]] = []
    for point in points:
        if math.isfinite(point[1]):
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _step(span: float) -> float:
    rough = max(span, 1e-9) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough - 1e-12)


def _number(value: float, step: float, percent: bool) -> str:
    if percent:
        value, step = 100 * value, 100 * step
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals == 0 and step % 1:
        decimals = 1
    return f"{value:.{decimals}f}" + (" %" if percent else "")
