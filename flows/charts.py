"""Charts as SVG that belongs into a page: drawn by Vega, coloured by the page's own variables.

Nothing is fetched and no script is left: what comes back is one `<svg>` element, with a title,
that takes the width it is given.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

Row = Mapping[str, Any]

COLOURS = tuple(f"var(--c{number})" for number in range(1, 9))
"""Eight colours that the page defines for its light and its dark face."""

WIDTH = 520
HEIGHT = 150
_INK, _SOFT, _HAIR = "var(--ink)", "var(--soft)", "var(--hair)"


def lines(rows: Sequence[Row], title: str, name: str, unit: str = "") -> str:
    """Values over days, a line with points for each source.

    Rows have `measured_on`, `value` and `source`; `unit` is `%` for shares.
    """
    highest = max(*(float(row["value"] or 0) for row in rows), 0.04 if unit else 1.0)
    axis = alt.Axis(format=".0%" if unit == "%" else "~s", title=None, tickCount=4)
    chart = (
        alt.Chart(_data(rows, measured_on="measured_on"))
        .mark_line(point={"size": 18, "filled": True}, strokeWidth=1.5)
        .encode(
            x=alt.X("measured_on:T", axis=_time_axis(rows, "measured_on"), scale=_time_scale(rows)),
            y=alt.Y("value:Q", axis=axis, scale=alt.Scale(domain=[0, highest], nice=True)),
            color=_coloured("source:N", rows, "source"),
        )
    )
    return _draw(chart, title, name)


def stacked(rows: Sequence[Row], title: str, name: str, by: str) -> str:
    """Counts over days, stacked by a column; rows have `day`, `records` and that column."""
    chart = (
        alt.Chart(_data(rows, day="day"))
        .mark_bar(size=_bar_size(rows, "day"))
        .encode(
            x=alt.X("day:T", axis=_time_axis(rows, "day"), scale=_time_scale(rows, "day")),
            y=alt.Y("records:Q", axis=alt.Axis(title=None, tickCount=4, format="~s")),
            color=_coloured(f"{by}:N", rows, by),
            order=alt.Order(f"{by}:N"),
        )
    )
    return _draw(chart, title, name)


def bars(rows: Sequence[Row], title: str, name: str, x: str, y: str, format: str = "~s") -> str:
    """One bar a row, in the order of the rows; `x` names it and `y` is its height."""
    labels = [str(row[x]) for row in rows]
    step = max(1, len(labels) // 6)
    chart = (
        alt.Chart(_values([{x: str(row[x]), y: _plain(row[y])} for row in rows]))
        .mark_bar(color=COLOURS[0])
        .encode(
            x=alt.X(
                f"{x}:N",
                sort=labels,
                axis=alt.Axis(title=None, labelAngle=0, values=labels[::step], ticks=False),
            ),
            y=alt.Y(f"{y}:Q", axis=alt.Axis(title=None, tickCount=4, format=format)),
        )
    )
    return _draw(chart, title, name)


def _data(rows: Iterable[Row], **days: str) -> alt.Data:
    """Rows as Vega reads them: days as noon in UTC, so that no time zone moves them."""
    values = [
        {
            key: f"{value:%Y-%m-%d}T12:00:00Z" if key in days.values() else _plain(value)
            for key, value in row.items()
        }
        for row in rows
    ]
    return _values(values)


def _values(rows: list[dict[str, Any]]) -> alt.Data:
    make: Any = alt.Data  # it has no types of its own
    data: alt.Data = make(values=rows)
    return data


def _plain(value: Any) -> Any:
    return float(value) if hasattr(value, "as_tuple") else value


def _time_axis(rows: Sequence[Row], day: str) -> alt.Axis:
    days = len({row[day] for row in rows})
    return alt.Axis(title=None, format="%-d %b", tickCount=min(days, 6), grid=False)


def _time_scale(rows: Sequence[Row], day: str = "measured_on") -> alt.Scale:
    days = sorted({row[day] for row in rows})
    ends = [f"{end:%Y-%m-%d}T{hour}:00:00Z" for end, hour in ((days[0], "00"), (days[-1], "23"))]
    return alt.Scale(type="utc", domain=ends)


def _bar_size(rows: Sequence[Row], day: str) -> float:
    days = sorted({row[day] for row in rows})
    span: int = (days[-1] - days[0]).days + 1
    return max(2.0, min(28.0, 0.7 * WIDTH / span))


def _coloured(shorthand: str, rows: Sequence[Row], key: str) -> alt.Color:
    names = list(dict.fromkeys(str(row[key]) for row in rows))
    legend = alt.Legend(title=None, orient="bottom", columns=5, symbolType="circle", labelLimit=160)
    scale = alt.Scale(domain=names, range=[COLOURS[at % len(COLOURS)] for at in range(len(names))])
    return alt.Color(shorthand, scale=scale, legend=legend if len(names) > 1 else None)


def _draw(chart: alt.Chart, title: str, name: str) -> str:
    """The chart as an element with a title; `name` keeps its ids apart from other charts'."""
    configured = chart.properties(width=WIDTH, height=HEIGHT, background="transparent").configure(
        font="sans-serif",
        axis=alt.AxisConfig(
            labelColor=_SOFT, domainColor=_INK, tickColor=_HAIR, gridColor=_HAIR, labelFontSize=12
        ),
        legend=alt.LegendConfig(labelColor=_INK, labelFontSize=12),
        view=alt.ViewConfig(stroke=None),
    )
    svg = vl_convert.vegalite_to_svg(configured.to_dict())
    svg = re.sub(r'\bid="', f'id="{name}-', svg).replace("url(#", f"url(#{name}-")
    size = re.search(r'width="(\d+)" height="(\d+)"', svg)
    width, height = size.groups() if size else (str(WIDTH), str(HEIGHT))
    opening = (
        f'<svg class="chart" role="img" aria-label="{_escaped(title)}" '
        f'viewBox="0 0 {width} {height}"><title>{_escaped(title)}</title>'
    )
    inside = re.sub(r"^<svg[^>]*>|</svg>$", "", svg.strip())
    # the marks are one picture with a title and a table beside it: nobody wants to hear each
    inside = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", inside)
    return f'{opening}<g aria-hidden="true">{inside}</g></svg>'


def _escaped(text: str) -> str:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text
