"""`python -m loaders ledger …`: the template, a check that writes nothing, and loading what is good."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from loaders.cli import SOME_REJECTED, Json, Lang, opened, out, progress_bar, refusing, say, show_json
from loaders.settings import settings

if TYPE_CHECKING:
    from loaders.ledger.difference import LedgerDifference
    from store.engine import Store

ledger_app = typer.Typer(
    name="ledger", help="台账:模板、检查、装载 · the ledger: template, check, load", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(help="台账文件 · ledger (.xlsx)")]
District = Annotated[str | None, typer.Option("--district", help="区代码 · district, 6 digits")]


@ledger_app.command()
def template(
    out_file: Annotated[Path, typer.Option("--out", help="输出 .xlsx · target workbook")],
    district: District = None,
    tables: Annotated[str, typer.Option(help="main · all · 表名,逗号分隔 · table names")] = "main",
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """生成台账模板 · write the template of a district, or of the whole city."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from loaders.errors import AtlasError
        from loaders.ledger.held import held_ledger
        from loaders.ledger.sheets import LEDGER_TABLES, MAIN_TABLES
        from loaders.ledger.template import template_bytes
        from loaders.reference import districts

        step("step.open", 0, None)
        if district is not None and district not in set(districts()["district_code"]):
            raise AtlasError("ledger.no_such_district", district=district)
        groups = {"main": MAIN_TABLES, "all": LEDGER_TABLES}
        chosen = groups.get(tables) or tuple(t.strip() for t in tables.split(",") if t.strip())
        strange = [t for t in chosen if t not in LEDGER_TABLES]
        if strange or not chosen:
            raise AtlasError("ledger.no_such_table", tables=strange, known=list(LEDGER_TABLES))
        held = held_ledger(opened(), district)
        data = template_bytes(held, chosen, district_code=district, lang=lang)
        out_file.parent.mkdir(parents=True, exist_ok=True)
        out_file.write_bytes(data)
    rows = {t: len(held.rows(t)) for t in chosen}
    if as_json:
        show_json({"file": str(out_file), "rows": rows})
    else:
        out.print(say("ledger.template_written", lang, file=out_file.name, rows=sum(rows.values())))


@ledger_app.command()
def check(file: File, district: District = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """检查一份台账,不写入 · what a ledger would change, and what is wrong with it; nothing is written."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        step("step.open", 0, None)
        found = _compared(opened(), file, district)
    _show(found, None, as_json, lang)
    if found.of("refused", "conflict"):
        raise typer.Exit(SOME_REJECTED)


@ledger_app.command()
def load(
    file: File,
    district: District = None,
    refused: Annotated[
        Path | None, typer.Option("--refused", help="退回行输出 .xlsx · workbook of the refused rows")
    ] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """装载台账中合格的行 · write the good rows of a ledger; the others are kept beside the run."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from loaders.ledger.refused import refused_workbook
        from loaders.ledger.writing import write_ledger
        from store.access import Principal, Role

        step("step.open", 0, None)
        store = opened()
        found = _compared(store, file, district)
        run_id = None
        if found.of("new", "changed", "refused"):
            step("step.write", 0, None)
            principal = Principal(settings().actor, Role.PROGRAMME_OFFICE)
            run_id = write_ledger(store, principal, found).run_id
        if refused is not None and found.of("refused"):
            refused.write_bytes(refused_workbook(found, lang))
    _show(found, run_id, as_json, lang)
    if found.of("refused", "conflict"):
        raise typer.Exit(SOME_REJECTED)


def _compared(store: "Store", file: Path, district: str | None) -> "LedgerDifference":
    from loaders.ledger.difference import difference
    from loaders.ledger.held import held_ledger
    from loaders.ledger.reading import read_ledger

    ledger = read_ledger(file)
    home = district or (ledger.mark.district_code if ledger.mark is not None else None)
    allowed = None if home is None else frozenset({home})
    return difference(ledger, held_ledger(store, home), allowed=allowed)


def _show(found: "LedgerDifference", run_id: int | None, as_json: bool, lang: str) -> None:
    from loaders.ledger.difference import CHANGES

    counts = found.counts()
    if as_json:
        show_json(
            {
                "file": found.ledger.file_name,
                "run": run_id,
                "tables": {t: {c: counts.get((t, c), 0) for c in CHANGES} for t in found.ledger.tables},
                "faults": [
                    _as_json(f, lang) for f in (*found.remarks, *(f for r in found.rows for f in r.faults))
                ],
            }
        )
        return
    table = Table(title=say("cli.run_title", lang, run=run_id) if run_id is not None else None)
    table.add_column(say("cli.column_layer", lang))
    for change in CHANGES:
        table.add_column(say(f"ledger.change_{change}", lang), justify="right")
    for name in found.ledger.tables:
        figures = (str(counts.get((name, c), 0)) for c in CHANGES)
        table.add_row(say(f"ledger.sheet.{name}", lang), *figures)
    out.print(table)
    for fault in (*found.remarks, *(f for r in found.rows for f in r.faults)):
        out.print(fault.say(lang))


def _as_json(fault: Any, lang: str) -> dict[str, Any]:
    return {
        "code": fault.code,
        "severity": fault.severity,
        "sheet": fault.sheet,
        "cell": fault.cell,
        "value": fault.value,
        "message": fault.say(lang),
    }
