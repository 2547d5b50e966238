"""The command line's months: close, correct, list, replay, show; and the monthly brief as a file.

Who sits at the command line holds the database itself, so these commands act as the assessment office, under the name
that `ATLAS_ACTOR` gives.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from loaders.cli import Json, Lang, opened, out, refusing, say, show_json
from loaders.settings import settings
from programme.months import ClosedMonth, decimal_of
from store.access import Principal, Role

months_app = typer.Typer(
    name="month",
    help="月份的封存、更正与复算 · closing, correcting and replaying months",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Month = Annotated[str, typer.Argument(help="月份 · month (2020-06)")]
Version = Annotated[
    int | None, typer.Option("--version", min=1, help="版次，默认最新 · version, newest by default")
]


def _office() -> Principal:
    return Principal(settings().actor, Role.ASSESSMENT_OFFICE)


def _told(held: ClosedMonth, lang: str, code: str, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "month": held.month,
                "version": held.version,
                "digest": held.digest,
                "previous_digest": held.previous,
                "reason": held.correction.reason if held.correction else None,
            }
        )
    else:
        out.print(say(code, lang, month=held.month, version=held.version, digest=held.digest))


@months_app.command("close")
def close(month: Month, as_json: Json = False, lang: Lang = "zh") -> None:
    """封存一个月份 · close a month: its figures, rules and inputs are frozen."""
    with refusing(lang, as_json):
        from loaders.assessment import assessment_settings, plan_mechanism_units
        from store.months import close_month

        weights = assessment_settings(month)
        made = close_month(opened(), _office(), month, weights, plan_mechanism_units())
    _told(made, lang, "month_cli.closed", as_json)


@months_app.command("correct")
def correct(
    month: Month,
    reason: Annotated[str, typer.Option("--reason", help="更正理由 · why")],
    new_weights: Annotated[
        bool, typer.Option("--new-weights", help="改用现行权重 · use the weights now in force")
    ] = False,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """更正一个已封存的月份 · add a version to a closed month; the old versions stay."""
    with refusing(lang, as_json):
        from loaders.assessment import assessment_settings, plan_mechanism_units
        from store.months import correct_month

        weights = assessment_settings(month) if new_weights else None
        made = correct_month(opened(), _office(), month, plan_mechanism_units(), reason, settings=weights)
    _told(made, lang, "month_cli.corrected", as_json)


@months_app.command("list")
def list_months(as_json: Json = False, lang: Lang = "zh") -> None:
    """列出已封存的月份 · list the closed months with their versions."""
    with refusing(lang, as_json):
        from store.queries_months import closed_versions

        rows = closed_versions(opened())
    columns = ("month", "version", "closed_at", "closed_by", "reason", "digest")
    if as_json:
        show_json(rows.astype(object).where(rows.notna(), None).to_dict("records"))
        return
    if rows.empty:
        out.print(say("month_cli.none", lang))
        return
    from store.months import beijing_time

    table = Table()
    for name in columns:
        table.add_column(say(f"month_cli.column_{name}", lang))
    for row in rows.itertuples():
        table.add_row(
            row.month,
            str(row.version),
            beijing_time(row.closed_at),
            row.closed_by,
            row.reason if isinstance(row.reason, str) else "",
            row.digest[:12],
        )
    out.print(table)


@months_app.command("replay")
def replay(month: Month, version: Version = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """复算一个已封存的月份 · recompute a closed month; the bytes must be identical."""
    with refusing(lang, as_json):
        from store.months import replay_month

        made = replay_month(opened(), month, version)
    _told(made, lang, "month_cli.identical", as_json)


@months_app.command("show")
def show(month: Month, version: Version = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """查看一个月份的考核 · the assessment of a month; open figures where it is not closed."""
    with refusing(lang, as_json):
        from loaders.reports.figures import Voice
        from store.queries import area_names

        store, voice = opened(), Voice(lang)
        held, is_closed = month_or_open(store, month, version)
        names = area_names(store).set_index("code")["name_zh" if lang == "zh" else "name_en"].to_dict()
    if as_json:
        show_json(
            {
                "month": held.month,
                "version": held.version if is_closed else None,
                "digest": held.digest if is_closed else None,
                "rules": held.rules.plain(),
                "figures": held.figures,
            }
        )
        return
    if not is_closed:
        out.print(say("month_cli.not_closed", lang, month=month))
    table = Table()
    for name in ("place", "unit", "score", "measures"):
        table.add_column(say(f"month_cli.column_{name}", lang))
    for score in held.districts():
        total = say("month_cli.no_score", lang) if score.score is None else str(decimal_of(score.score))
        parts = (
            f"{voice.measure(p.measure)} "
            f"{voice.amount(p.numerator, p.measure)}/{voice.amount(p.denominator, p.measure)}"
            for p in score.parts
        )
        table.add_row(
            str(score.place or "—"), str(names.get(score.unit) or score.unit), total, " · ".join(parts)
        )
    out.print(table)


def month_or_open(store: Any, month: str, version: int | None) -> tuple[ClosedMonth, bool]:
    """A closed month, or where it is not closed and no version is asked for, what it would be now.

    Raises MonthRefused and AtlasError as the two ways do.
    """
    from loaders.assessment import assessment_settings, plan_mechanism_units
    from store.months import MonthRefused, open_month, read_month

    try:
        return read_month(store, month, version), True
    except MonthRefused as fault:
        if fault.code != "month.not_closed":
            raise
    return open_month(store, month, assessment_settings(month), plan_mechanism_units()), False


def brief(
    month: Annotated[str, typer.Option("--month", help="月份 · month (2020-08)")],
    out_file: Annotated[Path, typer.Option("--out", help=".pdf .xlsx")],
    paper: Annotated[Literal["a4", "a3"], typer.Option("--paper", help="a4 · a3")] = "a4",
    version: Version = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """月报 · the monthly brief as PDF (A4, A3) or Excel."""
    with refusing(lang, as_json):
        from loaders.reports import write_brief

        store = opened()
        held, is_closed = month_or_open(store, month, version)
        told = write_brief(store, held, is_closed, out_file, paper=paper, lang=lang)
    if as_json:
        show_json({"file": str(out_file), "month": month, **told})
        return
    out.print(say("report.written", lang, file=out_file.name))
    if told["missing_glyphs"]:
        out.print(say("report.glyphs_missing", lang, glyphs="".join(told["missing_glyphs"])))
