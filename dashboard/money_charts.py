"""The pictures of the page *Money*: who pays for what, planned against paid, the investment curve."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import ACTUAL, PACE, QUIET, styled
from dashboard.fonts import FAMILIES
from dashboard.viewmodels.money_flow import FlowLink, FlowNode
from dashboard.viewmodels.money_scope import STATE_COLOURS

SANKEY_HEIGHT_PX = 430
CURVE_HEIGHT_PX = 250
#: The thickness of the bars: planned is widest, paid lies innermost.
BAR_SIZES = {"planned": 19, "allotted": 12, "paid": 6}


def _see_through(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def sankey_figure(nodes: Sequence[FlowNode], links: Sequence[FlowLink]) -> go.Figure:
    """Source → class → how far the money has come; labels and tips carry their sums, and are shown as text."""
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            node={
                "label": [_lines(n.text) for n in nodes],
                "color": [n.colour for n in nodes],
                "x": [(0.001, 0.46, 0.999)[n.column] for n in nodes],
                "y": _heights(nodes),
                "pad": 14,
                "thickness": 15,
                "line": {"width": 0},
                "customdata": [_lines(n.text) for n in nodes],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            link={
                "source": [k.origin for k in links],
                "target": [k.target for k in links],
                "value": [k.fen / 1_000_000 for k in links],
                "color": [_see_through(k.colour, 0.32) for k in links],
                "customdata": [html.escape(k.text) for k in links],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        )
    )
    figure.update_layout(
        height=SANKEY_HEIGHT_PX,
        margin={"l": 4, "r": 4, "t": 8, "b": 8},
        font={"family": FAMILIES, "size": 12, "color": "#16202a"},
        paper_bgcolor="rgba(0,0,0,0)",
    )
    return figure


def _lines(text: str) -> str:
    """A text as the picture takes it: every mark in it is shown as it is, and its lines stay lines."""
    return "<br>".join(html.escape(line) for line in text.split("\n"))


def _heights(nodes: Sequence[FlowNode]) -> list[float]:
    """The middle of each box, from the top, so that the order of the columns stays the list's."""
    whole = {c: sum(n.fen for n in nodes if n.column == c) or 1 for c in (0, 1, 2)}
    count = {c: sum(n.column == c for n in nodes) for c in (0, 1, 2)}
    done = dict.fromkeys(whole, 0.0)
    found = []
    for node in nodes:
        gap = 0.035 * (count[node.column] - 1)
        share = node.fen / whole[node.column] * (1 - gap)
        found.append(min(max(done[node.column] + share / 2, 0.001), 0.999))
        done[node.column] += share + 0.035
    return found


def states_chart(
    bars: pd.DataFrame, order: Sequence[str], names: Mapping[str, str], labels: Mapping[str, str]
) -> Any:
    """Planned, allotted and paid one within the other, one line for each area; `labels` has area, state, value."""
    layers = []
    for state, size in BAR_SIZES.items():
        own = bars[bars["state"] == state].assign(state=names[state])
        layers.append(
            alt.Chart(own)
            .mark_bar(size=size)
            .encode(
                y=alt.Y("area:N", sort=list(order), title=None, axis=alt.Axis(ticks=False, labelLimit=190)),
                x=alt.X("wan_yuan:Q", title=labels["value"], axis=alt.Axis(format=",~f", tickCount=5)),
                color=alt.Color(
                    "state:N",
                    scale=alt.Scale(
                        domain=[names[s] for s in BAR_SIZES], range=[STATE_COLOURS[s] for s in BAR_SIZES]
                    ),
                    legend=alt.Legend(title=None, orient="top", symbolType="square"),
                ),
                tooltip=[
                    alt.Tooltip("area:N", title=labels["area"]),
                    alt.Tooltip("state:N", title=labels["state"]),
                    alt.Tooltip("wan_yuan:Q", title=labels["value"], format=",.2f"),
                ],
            )
        )
    height = 26 * max(1, len(order)) + 30
    return styled(alt.layer(*layers).properties(height=height, width="container"))


def curve_chart(months: pd.DataFrame, labels: Mapping[str, str]) -> Any:
    """The running sum of the year (area), each month's own (bars), and the target's line (dashed).

    `labels` has month, suffix, own, done, expected, value; months without a figure have none.
    """
    month = alt.X(
        "month:O",
        title=None,
        axis=alt.Axis(
            labelExpr=f"datum.value + {json.dumps(labels['suffix'], ensure_ascii=False)}",
            labelAngle=0,
            grid=False,
        ),
    )
    series = {"own": "#bdd7ec", "done": ACTUAL, "expected": PACE}
    kept = [s for s in series if months[s].notna().any()]
    long = months.melt(id_vars="month", value_vars=kept, var_name="series", value_name="value").dropna()
    long["series"] = long["series"].map(lambda s: labels[s])
    y = alt.Y("value:Q", title=labels["value"], axis=alt.Axis(format=",~f", tickCount=5))
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=[labels[s] for s in kept], range=[series[s] for s in kept]),
        legend=alt.Legend(title=None, orient="top", symbolType="stroke", symbolStrokeWidth=4),
    )
    tips = [
        alt.Tooltip("month:O", title=labels["month"]),
        alt.Tooltip("series:N", title=labels["kind"]),
        alt.Tooltip("value:Q", title=labels["value"], format=",.2f"),
    ]

    def of(name: str) -> pd.DataFrame:
        return long[long["series"] == labels[name]]

    layers = [alt.Chart(of("own")).mark_bar(size=20).encode(x=month, y=y, color=colour, tooltip=tips)]
    layers.append(
        alt.Chart(of("done"))
        .mark_line(strokeWidth=2.4, point={"size": 34})
        .encode(x=month, y=y, color=colour, tooltip=tips)
    )
    if "expected" in kept:
        layers.append(
            alt.Chart(of("expected"))
            .mark_line(strokeWidth=1.4, strokeDash=[5, 3])
            .encode(x=month, y=y, color=colour, tooltip=tips)
        )
    return styled(alt.layer(*layers).properties(height=CURVE_HEIGHT_PX, width="container"))


def rate_lines(
    rows: pd.DataFrame, labels: Mapping[str, str], *, height: int = 220, colour: str = ACTUAL
) -> Any:
    """A rate by month (`month` YYYY-MM, `pct`, `part`, `whole`) as a line with its figures in the tip."""
    chart = (
        alt.Chart(rows)
        .mark_line(color=colour, strokeWidth=2.2, point={"size": 30, "color": colour})
        .encode(
            x=alt.X(
                "month:O", title=None, axis=alt.Axis(labelAngle=-40, labelColor=QUIET, labelOverlap=True)
            ),
            y=alt.Y("pct:Q", title=labels["value"], scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
            tooltip=[
                alt.Tooltip("month:O", title=labels["month"]),
                alt.Tooltip("pct:Q", title=labels["value"], format=".1f"),
                alt.Tooltip("part:Q", title=labels["part"], format=",.2f"),
                alt.Tooltip("whole:Q", title=labels["whole"], format=",.2f"),
            ],
        )
    )
    return styled(chart.properties(height=height, width="container"))
