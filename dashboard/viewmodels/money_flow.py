"""Who pays for what, and how far the money has come (R47, R48)."""

from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.money_scope import STATE_COLOURS, MoneyScope, payers, source_name
from dashboard.viewmodels.record_tables import Names, coded, record_table
from dashboard.words import Words
from programme.money.fen import exact_sum
from programme.money.flows import REACHES, purse_split, sankey, state_table
from programme.money.funding import STATES

#: Who pays, told apart also in grey: government, owners, companies, and sources that the reference does not know.
PAYER_COLOURS = {"government": "#12508f", "owners": "#c7772b", "companies": "#5b8f7b", None: "#8a939c"}
CLASS_COLOURS = {"basic": "#55606b", "optional": "#9aa6b2", None: "#d0d5da"}
REACH_COLOURS = {
    "paid": STATE_COLOURS["paid"],
    "allotted_open": STATE_COLOURS["allotted"],
    "planned_open": STATE_COLOURS["planned"],
}
#: Fields of an entry as it is shown behind a figure.
ENTRY_FIELDS = (
    "entry_id",
    "project_id",
    "district_code",
    "funding_source",
    "content_class",
    "state",
    "entry_date",
    "funding_fen",
    "funding_exact",
    "import_run_id",
    "project_key",
)


@dataclass(frozen=True)
class FlowNode:
    """A box of the picture; `column` is 0 (source), 1 (class) or 2 (how far the money has come).

    `text` is its name with its sum, in one line or two.
    """

    label: str
    colour: str
    column: int
    fen: int
    text: str


@dataclass(frozen=True)
class FlowLink:
    """A band between two boxes (their places in the list of nodes)."""

    origin: int
    target: int
    fen: int
    text: str
    colour: str


@dataclass(frozen=True)
class FlowView:
    """The picture, the table beside it, and the entries behind each figure (label → keys)."""

    headline: str
    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    table: Table
    left_out: Table | None
    figures: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class StatesView:
    """Planned, allotted and paid beside each other: bars (area, state, wan_yuan), by area and by purse."""

    headline: str
    bars: pd.DataFrame
    order: tuple[str, ...]
    table: Table
    purses: Table
    figures: dict[str, tuple[str, ...]]
    is_by_district: bool


def flow_view(scope: MoneyScope, names: Names, title: str, notes: dict[str, str]) -> FlowView:
    """Source → class → reach with every link's entries; the table's totals are those of its rows."""
    words = names.words
    flows = sankey(scope.funding)
    nodes, places = _nodes(flows.links, words)
    links = []
    for link in flows.links.itertuples(index=False):
        is_first = link.stage == "source_class"
        origin = places[0 if is_first else 1, link.origin]
        target = places[1 if is_first else 2, link.target]
        fen = int(link.funding_fen)
        text = words.say(
            "money_page.flow_link",
            origin=nodes[origin].label,
            target=nodes[target].label,
            sum=words.money(fen),
        )
        links.append(FlowLink(origin, target, fen, text, nodes[origin if is_first else target].colour))
    table = state_table(scope.funding, ["funding_source", "content_class"])
    rows = pd.DataFrame(
        {
            "funding_source": [source_name(s, words) for s in table["funding_source"]],
            "content_class": [coded(words, "money_code.content_class", c) for c in table["content_class"]],
            **{f"{s}_fen": table[f"{s}_fen"] for s in STATES},
            "paid_share": [None if v is None else float(100 * v) for v in table["paid_share"]],
        }
    )
    columns = [
        TableColumn("funding_source", words.say("record.col.funding_source")),
        TableColumn("content_class", words.say("record.col.content_class")),
        *(TableColumn(f"{s}_fen", words.say(f"record.col.{s}_fen"), "wan_yuan") for s in STATES),
        TableColumn("paid_share", words.say("record.col.paid_share"), "pct"),
    ]
    figures = _figures(
        {
            f"{a} · {b}": at
            for a, b, at in zip(rows["funding_source"], rows["content_class"], rows.index, strict=True)
        },
        table,
        words,
    )
    lost = flows.left_out
    return FlowView(
        headline=_headline(scope, words),
        nodes=tuple(nodes),
        links=tuple(links),
        table=Table(rows, columns, title, notes),
        left_out=None if lost.empty else _left_out(lost, names, title, notes),
        figures=figures,
    )


def _headline(scope: MoneyScope, words: Words) -> str:
    sums = {state: scope.sum_of(state) for state in STATES}
    if scope.funding.empty:
        return words.say("money_page.no_funding")
    basic = scope.funding[(scope.funding["state"] == "planned") & (scope.funding["content_class"] == "basic")]
    whole = exact_sum(basic["funding_fen"])
    public = exact_sum(basic.loc[basic["payer"] == "government", "funding_fen"])
    share = words.pct(100 * public / whole) if whole > 0 else words.say("figure.no_data")
    return words.say(
        "money_page.flow_headline",
        planned=words.money(sums["planned"]),
        allotted=words.money(sums["allotted"]),
        paid=words.money(sums["paid"]),
        share=share,
        part=words.money(public),
        whole=words.money(whole),
    )


def _nodes(links: pd.DataFrame, words: Words) -> tuple[list[FlowNode], dict[tuple[int, str | None], int]]:
    sums: dict[tuple[int, str | None], int] = {}
    for link in links.itertuples(index=False):
        is_first = link.stage == "source_class"
        if is_first:
            sums[0, link.origin] = sums.get((0, link.origin), 0) + int(link.funding_fen)
            sums[1, link.target] = sums.get((1, link.target), 0) + int(link.funding_fen)
        else:
            sums[2, link.target] = sums.get((2, link.target), 0) + int(link.funding_fen)
    known = list(payers())
    reach = list(REACHES)
    order = sorted(
        sums,
        key=lambda k: (
            k[0],
            (known if k[0] == 0 else ["basic", "optional"] if k[0] == 1 else reach).index(k[1])
            if k[1] in (known if k[0] == 0 else ["basic", "optional"] if k[0] == 1 else reach)
            else 99,
            str(k[1]),
        ),
    )
    nodes = []
    for column, code in order:
        if column == 0:
            label, colour = source_name(code, words), PAYER_COLOURS[payers().get(code or "")]
        elif column == 1:
            label = coded(words, "money_code.content_class", code)
            colour = CLASS_COLOURS.get(code, CLASS_COLOURS[None])
        else:
            label, colour = words.say(f"money_code.reach.{code}"), REACH_COLOURS[str(code)]
        fen = sums[column, code]
        # Two lines where there is room: names of the middle and of the right would else run into each other.
        text = f"{label} {words.money(fen)}" if column == 0 else f"{label}\n{words.money(fen)}"
        nodes.append(FlowNode(label, colour, column, fen, text))
    return nodes, {key: place for place, key in enumerate(order)}


def _figures(places: dict[str, int], table: pd.DataFrame, words: Words) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for label, at in places.items():
        for state in STATES:
            keys = table.at[at, f"{state}_rows"]
            if keys:
                name = words.say(f"money_code.funding_state.{state}")
                sum_ = words.money(int(table.at[at, f"{state}_fen"]))
                found[f"{label} · {name} · {sum_}"] = tuple(keys)
    return found


def _left_out(lost: pd.DataFrame, names: Names, title: str, notes: dict[str, str]) -> Table:
    fields = ["project_id", "funding_source", "content_class", "state", "funding_fen", "funding_exact"]
    return record_table(lost, fields, names, title, notes, _spoken(names.words))


def _spoken(words: Words) -> dict:
    return {
        "funding_source": lambda code: source_name(code, words),
        "content_class": lambda code: coded(words, "money_code.content_class", code),
        "state": lambda code: coded(words, "money_code.funding_state", code),
    }


def entries_table(rows: pd.DataFrame, names: Names, title: str, notes: dict[str, str]) -> Table:
    """Funding entries as they are shown behind a figure, the largest first."""
    ordered = rows.sort_values(["funding_fen", "entry_id"], ascending=[False, True])
    return record_table(ordered, ENTRY_FIELDS, names, title, notes, _spoken(names.words))


def states_view(scope: MoneyScope, names: Names, title: str, notes: dict[str, str]) -> StatesView:
    """Planned, allotted and paid by district (in the city) or by project (in a district), and by purse (R48)."""
    words = names.words
    is_city = scope.filters.district_code is None
    by = "district_code" if is_city else "project_id"
    named = names.district if is_city else names.project
    table = state_table(scope.funding, [by]).sort_values(["planned_fen", by], ascending=[False, True])
    table = table.reset_index(drop=True)
    places = _unique([named(v) for v in table[by]], list(table[by]))
    rows = pd.DataFrame(
        {
            by: places,
            **{f"{s}_fen": table[f"{s}_fen"] for s in STATES},
            "allotted_share": [None if v is None else float(100 * v) for v in table["allotted_share"]],
            "paid_share": [None if v is None else float(100 * v) for v in table["paid_share"]],
        }
    )
    shares = ("allotted_share", "paid_share")
    columns = [
        TableColumn(by, words.say(f"record.col.{by}")),
        *(TableColumn(f"{s}_fen", words.say(f"record.col.{s}_fen"), "wan_yuan") for s in STATES),
        *(TableColumn(s, words.say(f"record.col.{s}"), "pct") for s in shares),
    ]
    bars = rows.head(20).melt(id_vars=by, value_vars=[f"{s}_fen" for s in STATES], value_name="fen")
    bars = pd.DataFrame(
        {
            "area": bars[by],
            "state": bars["variable"].str.removesuffix("_fen"),
            "wan_yuan": bars["fen"] / 1_000_000,
        }
    )
    figures = _figures({place: at for at, place in enumerate(places)}, table, words)
    purses, purse_figures = _purses(scope, names, title, notes)
    return StatesView(
        _states_headline(table, places, scope, words),
        bars,
        tuple(places[:20]),
        Table(rows, columns, title, notes),
        purses,
        {**figures, **purse_figures},
        is_city,
    )


def _unique(labels: list[str], keys: list[str | None]) -> list[str]:
    """Names as labels of bars: two of one name carry their key."""
    return [n if labels.count(n) == 1 else f"{n} ({k})" for n, k in zip(labels, keys, strict=True)]


def _purses(
    scope: MoneyScope, names: Names, title: str, notes: dict[str, str]
) -> tuple[Table, dict[str, tuple[str, ...]]]:
    words = names.words
    split = purse_split(scope.funding)
    rows = pd.DataFrame(
        {
            "district_code": [names.district(c) for c in split["district_code"]],
            "purse": [coded(words, "money_code.purse", p) for p in split["purse"]],
            **{f"{s}_fen": split[f"{s}_fen"] for s in STATES},
            "allotted_share": [None if v is None else float(100 * v) for v in split["allotted_share"]],
            "paid_share": [None if v is None else float(100 * v) for v in split["paid_share"]],
        }
    )
    columns = [
        TableColumn("district_code", words.say("record.col.district_code")),
        TableColumn("purse", words.say("record.col.purse")),
        *(TableColumn(f"{s}_fen", words.say(f"record.col.{s}_fen"), "wan_yuan") for s in STATES),
        TableColumn("allotted_share", words.say("record.col.allotted_share"), "pct"),
        TableColumn("paid_share", words.say("record.col.paid_share"), "pct"),
    ]
    labels = {
        f"{d} · {p}": at for d, p, at in zip(rows["district_code"], rows["purse"], rows.index, strict=True)
    }
    return Table(rows, columns, title, notes), _figures(labels, split, words)


def _states_headline(table: pd.DataFrame, places: list[str], scope: MoneyScope, words: Words) -> str:
    if table.empty:
        return words.say("money_page.no_funding")
    planned, allotted, paid = (scope.sum_of(s) for s in STATES)
    known = [
        (share, place) for share, place in zip(table["paid_share"], places, strict=True) if share is not None
    ]
    slow = min(known, default=None)
    sentence = words.say(
        "money_page.states_headline",
        allotted=words.money_of(allotted, planned),
        allotted_share=words.pct(100 * allotted / planned) if planned > 0 else words.say("figure.no_data"),
        paid=words.money_of(paid, allotted),
        paid_share=words.pct(100 * paid / allotted) if allotted > 0 else words.say("figure.no_data"),
    )
    if slow is None or len(known) < 2:
        return sentence
    return words.say(
        "money_page.states_slowest", sentence=sentence, name=slow[1], share=words.pct(float(100 * slow[0]))
    )
