"""Pictures of curves, as SVG that a page of documentation shows in any theme."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from pathlib import Path

import pygal
from pygal.style import Style

STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#4a4540",
    foreground_strong="#14110f",
    foreground_subtle="#d8d2c8",
    colors=("#b3261e", "#1f5f8b", "#7a6a00"),
    font_family="system-ui, sans-serif",
    title_font_size=20,
    label_font_size=14,
    major_label_font_size=14,
    legend_font_size=15,
    stroke_width=3,
    guide_stroke_color="#d8d2c8",
    major_guide_stroke_color="#d8d2c8",
    guide_stroke_dasharray="0",
    major_guide_stroke_dasharray="0",
)


def draw(file: Path, title: str, rows: str, sizes: Sequence[int], curves: Mapping[str, Sequence[float]]) -> None:
    """Draw a curve of milliseconds over `sizes` for each name; both axes are logarithmic."""
    chart = pygal.XY(
        style=STYLE,
        logarithmic=True,
        xrange=(sizes[0] * 0.8, sizes[-1] * 1.25),
        width=760,
        height=420,
        title=title,
        x_title=rows,
        y_title="milliseconds",
        legend_at_bottom=True,
        legend_at_bottom_columns=len(curves),
        dots_size=4,
        js=[],
        x_value_formatter=lambda value: f"{value:,.0f}",
        value_formatter=lambda value: f"{value:g}",
        truncate_legend=-1,
    )
    chart.x_labels = list(sizes)
    highest = max(max(points) for points in curves.values())
    lowest = min(min(points) for points in curves.values())
    chart.y_labels = [10.0**power for power in range(floor(log10(lowest)), ceil(log10(highest)) + 1)]
    for name, points in curves.items():
        chart.add(name, list(zip(sizes, points, strict=True)))
    file.write_bytes(chart.render())
