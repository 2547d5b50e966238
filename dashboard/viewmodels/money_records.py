"""Reviews and audits, loans, supports, and cases of social capital (R50–R53), each with what it lacks."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.money_scope import MoneyScope
from dashboard.viewmodels.record_tables import Field, Names, coded, record_table
from dashboard.words import Words
from loaders import reference
from programme.money.fen import exact_sum
from programme.money.loans import LoanState, loan_register, mean_rate_pct
from programme.money.social_capital import Model, case_table, cases_by
from programme.money.supports import FindingState, finding_states, support_flags, support_totals

WAN_FEN = 1_000_000


@dataclass(frozen=True)
class RecordsView:
    """A register: its sentence, its rows, and totals over them where there are any (with the rows of each)."""

    headline: str
    table: Table
    totals: Table | None = None
    flags: Table | None = None


@dataclass(frozen=True)
class ModelFact:
    """One published fact of a model: what, figure with unit, period, source, confidence."""

    text: str
    figure: str
    period: str
    source: str


@dataclass(frozen=True)
class ModelCard:
    """One of the two models that the plan names, with what is published of it."""

    title: str
    facts: tuple[ModelFact, ...]


def findings_view(
    findings: pd.DataFrame, scope: MoneyScope, names: Names, title: str, notes: dict[str, str]
) -> RecordsView:
    """Reviews and audits of the chosen area, open ones that wait longest first (R50)."""
    words = names.words
    own = _of_projects(findings, scope, has_area=True)
    states = finding_states(own, scope.as_of)
    counts = states["state"].value_counts()
    waiting = states[states["state"] != FindingState.CLOSED]
    headline = words.say(
        "money_page.findings_headline",
        total=len(states),
        open=len(waiting),
        overdue=int(counts.get(FindingState.OVERDUE.value, 0)),
        undated=int(counts.get(FindingState.NO_DUE_DATE.value, 0)),
        sum=words.money(exact_sum(waiting["amount_fen"].dropna())),
    )
    fields: list[Field] = [
        "finding_id",
        "finding_kind",
        "state",
        "text",
        "district_code",
        "project_id",
        "found_date",
        "due_date",
        "closed_date",
        ("days_open", "count"),
        ("days_over", "count"),
        "amount_fen",
        "amount_exact",
        "import_run_id",
    ]
    spoken = {
        "finding_kind": _speaks(words, "money_code.finding_kind"),
        "state": _speaks(words, "money_code.finding_state"),
    }
    shown = states.assign(finding_kind=states["kind"])
    return RecordsView(headline, record_table(shown, fields, names, title, notes, spoken))


def _speaks(words: Words, topic: str) -> Callable[[object], str]:
    return lambda code: coded(words, topic, code)


def _of_projects(rows: pd.DataFrame, scope: MoneyScope, *, has_area: bool = False) -> pd.DataFrame:
    """The rows of the view's projects, and those of its district that name no project."""
    own = rows["project_id"].isin(scope.projects["project_id"])
    filters = scope.filters
    if has_area and filters.subdistrict_code is None:
        is_bare = rows["project_id"].isna()
        own |= is_bare & (rows["district_code"].eq(filters.district_code) if filters.district_code else True)
    return rows[own]


def loans_view(
    loans: pd.DataFrame, scope: MoneyScope, names: Names, title: str, notes: dict[str, str]
) -> RecordsView:
    """The loans register with what is outstanding, mean rates weighted by it, and what each loan lacks (R51)."""
    words = names.words
    own = _of_projects(loans, scope)
    register = loan_register(own, scope.as_of)
    register["import_run_id"] = own["import_run_id"]
    rate, over = mean_rate_pct(register)
    guarantee, guaranteed = mean_rate_pct(register, "guarantee_rate_pct")
    counts = register["state"].value_counts()
    headline = words.say(
        "money_page.loans_headline",
        total=len(register),
        outstanding=words.money(exact_sum(register["outstanding_fen"])),
        overdue=int(counts.get(LoanState.OVERDUE.value, 0)),
        rate=_rate(rate, words),
        loans=len(over),
        guarantee=_rate(guarantee, words),
        guarantees=len(guaranteed),
    )
    shown = register.assign(
        loan_rate=[_rate(r, words) for r in register["loan_rate_pct"]],
        guarantee_rate=[_rate(r, words) for r in register["guarantee_rate_pct"]],
        missing=[_missing(m, words) for m in register["missing"]],
        is_in_mean=register["loan_id"].isin(over),
    )
    fields: list[Field] = [
        "loan_id",
        "project_id",
        "loan_state",
        "lender",
        "pledge",
        "principal_fen",
        "repaid_fen",
        "outstanding_fen",
        "outstanding_exact",
        "loan_rate",
        "guarantee_rate",
        ("is_in_mean", "yes_no"),
        "drawn_date",
        "due_date",
        "missing",
        "import_run_id",
    ]
    spoken = {"loan_state": _speaks(words, "money_code.loan_state")}
    shown = shown.assign(loan_state=shown["state"]).sort_values(
        ["outstanding_fen", "loan_id"], ascending=[False, True]
    )
    return RecordsView(headline, record_table(shown, fields, names, title, notes, spoken))


def _rate(value: object, words: Words) -> str:
    return words.say("record.not_set") if value is None else f"{float(value):.2f} %"  # type: ignore[arg-type]


def _missing(columns: tuple[str, ...], words: Words) -> str:
    return words.listed([words.say(f"record.col.{c.removesuffix('_pct')}") for c in columns])


def supports_view(
    supports: pd.DataFrame,
    communities: pd.DataFrame,
    scope: MoneyScope,
    names: Names,
    titles: tuple[str, str, str],
    notes: dict[str, str],
) -> RecordsView:
    """Provident fund and service rewards decided by the day, by district and kind, and those that do not fit (R53)."""
    words = names.words
    decided = pd.to_datetime(supports["decided_date"])
    own = supports[supports["community_id"].isin(communities["community_id"])]
    own = own[~(decided[own.index] > pd.Timestamp(scope.as_of))]
    flags = support_flags(own, communities)
    totals = support_totals(own, communities)
    headline = words.say(
        "money_page.supports_headline",
        total=len(own),
        sum=words.money(exact_sum(own["amount_fen"])),
        flags=len(flags),
    )
    spoken = {
        "support_kind": _speaks(words, "money_code.support_kind"),
        "content_class": _speaks(words, "money_code.content_class"),
        "support_flag": _speaks(words, "money_code.support_flag"),
    }
    own = own.assign(support_kind=own["kind"])
    fields: list[Field] = [
        "support_id",
        "community_id",
        "support_kind",
        "content_class",
        "amount_fen",
        "amount_exact",
        "decided_date",
        "document_no",
        "import_run_id",
    ]
    shown_totals = totals.assign(support_kind=totals["kind"], row_count=[len(r) for r in totals["rows"]])
    flagged = flags.assign(support_flag=flags["flag"])
    return RecordsView(
        headline,
        record_table(own, fields, names, titles[0], notes, spoken),
        record_table(
            shown_totals,
            ["district_code", "support_kind", "support_fen", "support_exact", ("row_count", "count")],
            names,
            titles[1],
            notes,
            spoken,
        ),
        record_table(
            flagged,
            ["support_flag", "clause", "support_id", "community_id", "amount_fen", "amount_exact"],
            names,
            titles[2],
            notes,
            spoken,
        ),
    )


def cases_view(
    cases: pd.DataFrame, scope: MoneyScope, names: Names, titles: tuple[str, str], notes: dict[str, str]
) -> RecordsView:
    """Cases of social capital with the ways of taking part and of return, and how often each occurs (R52)."""
    words = names.words
    own = _of_projects(cases, scope, has_area=True)
    table = case_table(own)
    known = table["social_fen"].dropna()
    headline = words.say(
        "money_page.cases_headline",
        total=len(table),
        jinsong=int((table["model"] == Model.JINSONG).sum()),
        shoukai=int((table["model"] == Model.SHOUKAI).sum()),
        sum=words.money(exact_sum(known)),
        known=len(known),
        gaps=int(table["missing"].map(len).gt(0).sum()),
    )
    shown = table.assign(
        case_title=own["title"],
        district_code=own["district_code"],
        import_run_id=own["import_run_id"],
        participation=[_codes(v, "money_code.participation", words) for v in table["participation"]],
        returns=[_codes(v, "money_code.returns", words) for v in table["returns"]],
        case_model=[
            coded(words, "money_code.model", m) if m else words.say("money_code.model.none")
            for m in table["model"]
        ],
        missing=[_missing(m, words) for m in table["missing"]],
        social_share_pct=[None if s is None else float(s) for s in table["social_share_pct"]],
    )
    fields: list[Field] = [
        "case_title",
        "case_model",
        "company",
        "participation",
        "returns",
        "social_fen",
        "government_fen",
        "social_share_pct",
        "evidence",
        "missing",
        "district_code",
        "case_id",
        "import_run_id",
    ]
    return RecordsView(
        headline,
        record_table(shown, fields, names, titles[0], notes),
        _ways(table, words, titles[1], notes),
    )


def _codes(codes: tuple[str, ...], topic: str, words: Words) -> str:
    return words.listed([words.say(f"{topic}.{c}") for c in codes])


def _ways(table: pd.DataFrame, words: Words, title: str, notes: dict[str, str]) -> Table:
    found = []
    for column in ("model", "participation", "returns"):
        for way in cases_by(table, column).itertuples(index=False):
            none = "money_code.model.none" if column == "model" else "record.not_given"
            name = words.say(none) if way[0] is None else coded(words, f"money_code.{column}", way[0])
            found.append(
                (
                    words.say(f"record.col.{column}"),
                    name,
                    way.cases,
                    way.social_fen,
                    words.listed(list(way.rows)),
                )
            )
    fields = ["way_kind", "way", "cases", "social_fen", "case_ids"]
    kinds = {"cases": "count", "social_fen": "wan_yuan"}
    columns = [TableColumn(f, words.say(f"record.col.{f}"), kinds.get(f, "text")) for f in fields]  # type: ignore[arg-type]
    return Table(pd.DataFrame(found, columns=fields), columns, title, notes)


def model_cards(words: Words) -> tuple[ModelCard, ...]:
    """The two models that the plan names, with what is published of each; what is not published is "not set"."""
    rows = reference.social_capital_models()
    lang = "en" if words.lang == "en" else "zh"
    found = []
    for model in Model:
        facts = []
        for row in rows[rows["model"] == model.value].to_dict("records"):
            confidence = coded(words, "money_code.confidence", row["confidence"]) if row["confidence"] else ""
            source = words.say("money_page.fact_source", source=row[f"source_{lang}"], confidence=confidence)
            facts.append(ModelFact(row[f"fact_{lang}"], _fact_figure(row, words), row["period"], source))
        found.append(ModelCard(words.say(f"money_code.model.{model.value}"), tuple(facts)))
    return tuple(found)


def _fact_figure(row: dict, words: Words) -> str:
    if not row["value"]:
        return ""
    if row["value"] == "not_set":
        return words.say("record.not_set")
    return words.money(int(row["value"]) * WAN_FEN) if row["unit"] == "wan_yuan" else f"{row['value']} %"
