"""The command line: from files to the store and back.

Exit codes: 0 done, 1 done but some rows were rejected (or `check` found faults), 2 refused.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from loaders.settings import settings
from store.engine import Store, open_store

app = typer.Typer(
    name="loaders",
    help="老旧小区综合整治一张图:数据装载 · Renewal Atlas: loading data",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
#: A file or a pipe has no width of its own: tables then keep all their words.
_WIDTH = None if sys.stdout.isatty() else 180
out = Console(soft_wrap=True, markup=False, highlight=False, width=_WIDTH)
err = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)

DONE, SOME_REJECTED, REFUSED = 0, 1, 2
Json = Annotated[bool, typer.Option("--json", help="机器可读的结果 · result as JSON")]
Lang = Annotated[Literal["zh", "en"], typer.Option("--lang", help="语言 · language", envvar="ATLAS_LANG")]


def say(code: str, lang: str, **params: Any) -> str:
    from loaders.wording import WORDING

    return WORDING.say(code, lang, **params)


def show_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str, indent=2) + "\n")


@contextmanager
def refusing(lang: str, as_json: bool) -> Iterator[None]:
    """Every known fault becomes one clear message and exit code 2."""
    from loaders.errors import AtlasError
    from store.errors import StoreError

    try:
        yield
    except (StoreError, AtlasError) as fault:
        message = say(fault.code, lang, **fault.params)
        if as_json:
            show_json({"error": {"code": fault.code, "message": message}})
        else:
            err.print(message, style="red")
        raise typer.Exit(REFUSED) from fault


@contextmanager
def progress_bar(lang: str, quiet: bool) -> Iterator[Any]:
    """A bar on the error stream for anything that takes longer than a moment."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=quiet) as bar:
        task = bar.add_task("", total=None)

        def step(code: str, done: int, total: int | None) -> None:
            bar.update(task, description=say(code, lang), completed=done, total=total)

        yield step


def opened() -> Store:
    """The store that the settings name, with the reference data in it."""
    from loaders.commit import ensure_reference

    store = open_store()
    ensure_reference(store)
    return store


@app.command()
def demo(
    size: Annotated[Literal["tiny", "small", "large"], typer.Option(help="tiny · small · large")] = "small",
    seed: Annotated[int, typer.Option(help="随机种子 · seed")] = 2020,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="已有数据则不动 · do nothing where there is data")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="先撤销已有的演示城市 · undo the demo city held")
    ] = False,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """生成合成的演示城市 · build the synthetic demo city."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from loaders.commit import load_demo
        from loaders.errors import AtlasError
        from store.queries_runs import active_runs

        step("step.open", 0, None)
        store = opened()
        with store.reading() as conn:
            runs = active_runs(conn)
        demos = [r for r in runs if r["kind"] == "demo"]
        others = [r for r in runs if r["kind"] not in ("demo", "reference")]
        if if_empty and (demos or others):
            return
        if demos and not replace:
            raise AtlasError("demo.already_there", run=demos[-1]["run_id"])
        if replace:
            from loaders.undo import undo_and_relink

            for run in reversed(demos):
                step("step.undo", 0, None)
                undo_and_relink(store, run["run_id"], actor=settings().actor)
        from loaders.demo import build_city

        step("step.build_city", 0, None)
        city = build_city(size, seed=seed)
        result = load_demo(store, city, actor=settings().actor, progress=step)
    if as_json:
        show_json(result.as_json())
    else:
        _print_layers(result, lang)


@app.command()
def load(
    catalogue: Annotated[Path, typer.Argument(help="数据目录描述 · catalogue (.toml)")],
    base: Annotated[Path | None, typer.Option(help="文件所在的文件夹 · folder of the files")] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """装载一份数据目录所描述的文件 · load the files that a catalogue describes."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from loaders.pipeline import load_catalogue_file

        step("step.open", 0, None)
        store = opened()
        result = load_catalogue_file(store, catalogue, base=base, actor=settings().actor, progress=step)
    if as_json:
        show_json(result.as_json())
    else:
        _print_layers(result, lang)
        _print_subdistricts(store, result, lang)
    if result.rejected:
        raise typer.Exit(SOME_REJECTED)


def _print_subdistricts(store: Store, result: Any, lang: str) -> None:
    """What now stands in the subdistricts of the districts that the run touched."""
    from store.summary import summary_by

    touched: set[str] = set()
    for layer in result.layers:
        if "district_code" in layer.prepared.rows:
            touched |= set(layer.prepared.rows["district_code"].dropna())
    with store.reading() as conn:
        rows = [r for r in summary_by(conn, "subdistrict") if r["code"][:6] in touched]
    if rows:
        _print_summary(rows, lang)


def _print_summary(rows: list[dict[str, Any]], lang: str) -> None:
    table = Table()
    names = ("code", "name", "communities", "pre_2000", "post_2000", "unknown_year", "buildings", "projects")
    for name in names:
        table.add_column(
            say(f"cli.column_{name}", lang), justify="left" if name in ("code", "name") else "right"
        )
    for row in rows:
        table.add_row(*(str(row[n]) for n in names))
    out.print(table)


def _print_layers(result: Any, lang: str) -> None:
    table = Table(title=say("cli.run_title", lang, run=result.run_id))
    names = (
        "layer",
        "read",
        "accepted",
        "rejected",
        "repaired",
        "inserted",
        "updated",
        "unchanged",
        "datum",
        "encoding",
    )
    for name in names:
        table.add_column(
            say(f"cli.column_{name}", lang),
            justify="left" if name in ("layer", "datum", "encoding") else "right",
        )
    for row in result.as_json()["layers"]:
        table.add_row(*("—" if row[name] is None else str(row[name]) for name in names))
    out.print(table)
    if result.rejected:
        out.print(say("cli.rejected_hint", lang, rows=result.rejected, run=result.run_id))
    for name, report in result.joins.items():
        out.print(
            say(
                "cli.join",
                lang,
                join=say(f"join.{name}", lang),
                matched=report["matched"],
                left=report["left"],
                unmatched_left=report["unmatched_left"],
                unmatched_right=report["unmatched_right"],
                duplicated=report["duplicated"],
            )
        )


@app.command()
def doctor(
    file: Annotated[Path, typer.Argument(help="待诊断的文件 · file to diagnose")],
    x: Annotated[str | None, typer.Option("--x", help="经度或东坐标列 · column of x")] = None,
    y: Annotated[str | None, typer.Option("--y", help="纬度或北坐标列 · column of y")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="图层或工作表 · layer or sheet")] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """装载之前诊断一个文件 · diagnose a file before it is loaded."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from loaders.doctor import diagnose
        from loaders.held import held_layers

        step("step.diagnose", 0, None)
        told = diagnose(file, held=held_layers(opened()), x=x, y=y, layer=layer).as_json(lang)
    if as_json:
        show_json(told)
        return
    out.print(
        say("cli.doctor_title", lang, file=file.name, rows=told["rows"], encoding=told["encoding"] or "—")
    )
    out.print(say("cli.doctor_datum", lang, datum=told["datum"]["verdict"], axes=told["axes"]))
    for finding in told["findings"]:
        out.print(f"[{finding['severity']}] {finding['message']}")


@app.command()
def runs(as_json: Json = False, lang: Lang = "zh") -> None:
    """列出装载记录 · list the import runs."""
    with refusing(lang, as_json):
        from store.queries_runs import all_runs

        store = opened()
        with store.reading() as conn:
            rows = all_runs(conn)
    if as_json:
        show_json(rows)
        return
    table = Table()
    for name in ("run", "title", "started", "status", "accepted", "rejected"):
        table.add_column(say(f"cli.column_{name}", lang))
    for row in rows:
        table.add_row(
            str(row["run"]),
            row["title_zh" if lang == "zh" else "title_en"],
            str(row["started_at"])[:16],
            say(f"run.{row['status']}", lang),
            str(row["accepted"]),
            str(row["rejected"]),
        )
    out.print(table)


@app.command()
def undo(
    run: Annotated[int, typer.Argument(help="装载编号 · run")], as_json: Json = False, lang: Lang = "zh"
) -> None:
    """撤销一次装载 · take a run back, exactly."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from loaders.undo import undo_and_relink

        step("step.undo", 0, None)
        touched = undo_and_relink(opened(), run, actor=settings().actor)
    if as_json:
        show_json({"run": run, "undone": touched})
    else:
        out.print(say("cli.undone", lang, run=run, rows=sum(touched.values())))


@app.command()
def rejected(
    run: Annotated[int, typer.Argument(help="装载编号 · run")],
    out_file: Annotated[Path | None, typer.Option("--out", help="输出 .xlsx · target workbook")] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """取出被拒绝的行 · the rows that a run turned away, with the reasons."""
    with refusing(lang, as_json):
        from loaders.rejected import rejected_table, write_rejected

        store = opened()
        rows = rejected_table(store, run, lang)
        if out_file is not None:
            write_rejected(rows, out_file, lang)
    if as_json:
        show_json(json.loads(rows.to_json(orient="records", force_ascii=False)))
    elif out_file is not None:
        out.print(say("cli.rejected_written", lang, rows=len(rows), file=out_file.name))
    else:
        for row in rows.itertuples():
            out.print(f"{row.layer} · {row.row_number} · {row.field} · {row.value} · {row.reason}")


@app.command()
def summary(
    by: Annotated[Literal["district", "subdistrict"], typer.Option("--by")] = "district",
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """按区或街道汇总 · counts by district or subdistrict."""
    with refusing(lang, as_json):
        from store.summary import summary_by

        store = opened()
        with store.reading() as conn:
            rows = summary_by(conn, by)
    if as_json:
        show_json(rows)
    else:
        _print_summary(rows, lang)


@app.command()
def export(
    layer: Annotated[str, typer.Argument(help="图层 · layer")],
    out_file: Annotated[Path, typer.Option("--out", help=".gpkg .geojson .parquet .csv .xlsx")],
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """导出一个图层 · export a layer."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from loaders.export import export_layer

        step("step.export", 0, None)
        count = export_layer(opened(), layer, out_file)
    if as_json:
        show_json({"layer": layer, "rows": count, "file": str(out_file)})
    else:
        out.print(say("cli.exported", lang, rows=count, file=out_file.name))


@app.command()
def check(as_json: Json = False, lang: Lang = "zh") -> None:
    """检查整个数据库 · check the integrity of the whole store."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from store.integrity import check_store

        step("step.check", 0, None)
        with opened().reading() as conn:
            faults = check_store(conn)
    if as_json:
        show_json(
            {"ok": not faults, "faults": [{"code": f.code, "count": f.count, **f.params} for f in faults]}
        )
    elif not faults:
        out.print(say("cli.check_ok", lang))
    for fault in [] if as_json else faults:
        out.print(say(fault.code, lang, count=fault.count, **fault.params))
    if faults:
        raise typer.Exit(SOME_REJECTED)


@app.command()
def backup(
    out_file: Annotated[Path, typer.Option("--out", help="备份文件 · backup file (.json.gz)")],
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """备份 · write the whole store to one file."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from store.backup import backup as write

        step("step.backup", 0, None)
        counts = write(opened(), out_file)
    if as_json:
        show_json({"file": str(out_file), "rows": counts})
    else:
        out.print(say("cli.backed_up", lang, rows=sum(counts.values()), file=out_file.name))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="备份文件 · backup file")],
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """恢复 · replace the whole store by a backup."""
    with refusing(lang, as_json), progress_bar(lang, as_json) as step:
        from store.backup import restore as read

        step("step.restore", 0, None)
        counts = read(open_store(), file)
    if as_json:
        show_json({"file": str(file), "rows": counts})
    else:
        out.print(say("cli.restored", lang, rows=sum(counts.values()), file=file.name))


def main() -> None:
    """Run the command line."""
    from loaders.cli_coverage import coverage
    from loaders.cli_ledger import ledger_app
    from loaders.cli_months import brief, months_app
    from loaders.cli_roles import roles_app

    app.add_typer(ledger_app)
    app.add_typer(months_app)
    app.add_typer(roles_app)
    app.command()(brief)
    app.command()(coverage)
    app()
