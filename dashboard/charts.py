"""Charts with Altair in the house's type and colours; nothing in them is fetched from outside."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.fonts import FAMILIES

INK, QUIET, LINE = "#16202a", "#55606b", "#d5dade"
BAR_HEIGHT_PX = 27
ACTUAL, PACE = "#12508f", "#16202a"


def styled(chart: Any) -> Any:
    """A chart in the house's type."""
    return (
        chart.configure(font=FAMILIES, background="transparent", padding=2)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=QUIET,
            titleColor=QUIET,
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
            gridColor="#e8ebee",
            domainColor=LINE,
            tickColor=LINE,
        )
        .configure_legend(labelColor=INK, titleColor=QUIET, labelFontSize=11, titleFontSize=11)
    )


def months_chart(
    months: pd.DataFrame, labels: Mapping[str, str], *, height: int, is_whole: bool
) -> alt.LayerChart:
    """A running total by month (area) beside its pace line (dashed).

    `months` has month (1-12), actual and pace (missing: not yet, or no target); `labels` has
    month, month_suffix, actual, pace.
    """
    month = alt.X(
        "month:Q",
        title=None,
        axis=alt.Axis(
            values=[1, 4, 8, 12],
            format="d",
            labelExpr=f"datum.value + {json.dumps(labels['month_suffix'], ensure_ascii=False)}",
            grid=False,
        ),
        scale=alt.Scale(domain=[1, 12], nice=False),
    )
    base = alt.Chart(months)
    tips = [
        alt.Tooltip("month:Q", title=labels["month"]),
        alt.Tooltip("actual:Q", title=labels["actual"], format=",.4~f"),
        alt.Tooltip("pace:Q", title=labels["pace"], format=",.4~f"),
    ]
    y = alt.Axis(title=None, tickCount=3, format=",~f", tickMinStep=1 if is_whole else 0.01)
    area = base.mark_area(
        color=ACTUAL, opacity=0.18, line={"color": ACTUAL, "strokeWidth": 2}, interpolate="linear"
    ).encode(x=month, y=alt.Y("actual:Q", axis=y))
    pace = base.mark_line(color=PACE, strokeDash=[4, 3], strokeWidth=1.2).encode(
        x=month, y=alt.Y("pace:Q", axis=y)
    )
    dots = base.mark_point(color=ACTUAL, filled=True, size=16, opacity=1).encode(
        x=month, y=alt.Y("actual:Q", axis=y), tooltip=tips
    )
    return styled(alt.layer(area, pace, dots).properties(height=height, width="container"))


def stacked_bars(
    rows: pd.DataFrame,
    *,
    category: str,
    part: str,
    value: str,
    order: Sequence[str],
    parts: Mapping[str, str],
    labels: Mapping[str, str],
    height: int | None = None,
    outlined: str = "",
) -> alt.Chart:
    """Horizontal bars of parts: one bar for each category in `order`, coloured by `parts` (name to colour).

    `labels` has category, part and value, each with its unit; the part called `outlined` is drawn with an outline.
    """
    names = list(parts)
    data = rows.assign(part_order=rows[part].map({n: i for i, n in enumerate(names)}))
    chart = (
        alt.Chart(data)
        .mark_bar(strokeWidth=0.8, height={"band": 0.78})
        .encode(
            y=alt.Y(
                f"{category}:N", sort=list(order), title=None, axis=alt.Axis(labelLimit=140, ticks=False)
            ),
            x=alt.X(f"{value}:Q", title=labels["value"], axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color(
                f"{part}:N",
                scale=alt.Scale(domain=names, range=list(parts.values())),
                legend=alt.Legend(
                    title=None, orient="top", columns=6, symbolStrokeColor="#8a939c", symbolType="square"
                ),
            ),
            order=alt.Order("part_order:Q"),
            stroke=alt.condition(
                alt.FieldEqualPredicate(field=part, equal=outlined),
                alt.value("#55606b"),
                alt.value("#ffffff"),
            ),
            tooltip=[
                alt.Tooltip(f"{category}:N", title=labels["category"]),
                alt.Tooltip(f"{part}:N", title=labels["part"]),
                alt.Tooltip(f"{value}:Q", title=labels["value"], format=","),
            ],
        )
    )
    return styled(chart.properties(height=height or 20 * max(1, len(order)), width="container"))


def bars_chart(
    rows: pd.DataFrame,
    *,
    category: str,
    value: str,
    colours: Mapping[str, str],
    labels: Mapping[str, str],
) -> alt.LayerChart:
    """Horizontal bars in the order of `colours`, each in its own colour with its figure at the end.

    `labels` has category and value, the latter with its unit.
    """
    base = alt.Chart(rows).encode(
        y=alt.Y(f"{category}:N", sort=list(colours), title=None, axis=alt.Axis(ticks=False, labelLimit=140)),
        x=alt.X(f"{value}:Q", title=labels["value"], axis=alt.Axis(format=",~f", tickCount=4, tickMinStep=1)),
        tooltip=[
            alt.Tooltip(f"{category}:N", title=labels["category"]),
            alt.Tooltip(f"{value}:Q", title=labels["value"], format=","),
        ],
    )
    bars = base.mark_bar(stroke="#55606b", strokeWidth=0.6, height={"band": 0.78}).encode(
        color=alt.Color(
            f"{category}:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None
        )
    )
    figures = base.mark_text(dx=4, align="left", color=INK, fontSize=11).encode(
        text=alt.Text(f"{value}:Q", format=",")
    )
    height = BAR_HEIGHT_PX * max(1, len(colours))
    return styled(alt.layer(bars, figures).properties(height=height, width="container"))
