"""The command line's roles: who may do what, granted and taken away, each with an entry in the audit trail."""

from typing import Annotated

import typer
from rich.table import Table

from loaders.cli import Json, Lang, opened, out, refusing, say, show_json
from loaders.settings import settings
from store import roles
from store.access import Role

roles_app = typer.Typer(
    name="roles",
    help="身份的查看、授予与收回 · who may do what: list, grant, revoke",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[
    str,
    typer.Argument(
        help="登录名(邮箱、sub 或代理给出的用户名) · name of the login, as the provider or proxy gives it"
    ),
]


@roles_app.command("list")
def list_roles(as_json: Json = False, lang: Lang = "zh") -> None:
    """列出已授予的身份 · list everybody with a role."""
    with refusing(lang, as_json):
        store = opened()
        with store.reading() as conn:
            rows = roles.role_rows(conn)
    if as_json:
        show_json(rows)
        return
    table = Table()
    for name in ("user", "role", "areas", "granted_by", "granted_at"):
        table.add_column(say(f"roles.column_{name}", lang))
    for row in rows:
        table.add_row(
            row["user_name"],
            say(f"roles.{row['role']}", lang),
            row["area_codes"],
            row["granted_by"],
            str(row["granted_at"])[:16],
        )
    out.print(table)


@roles_app.command("grant")
def grant_role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="身份 · role")],
    areas: Annotated[
        list[str] | None,
        typer.Option(
            "--area", help="区(6 位)或街道(9 位)代码,可重复 · code of a district or subdistrict, repeatable"
        ),
    ] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """授予身份(取代原有身份) · grant a role, in the place of the one held."""
    with refusing(lang, as_json):
        made = roles.grant(opened(), name, role, areas or [], actor=settings().actor)
    if as_json:
        show_json({"user_name": made.name, "role": made.role.value, "area_codes": sorted(made.area_codes)})
    else:
        told = say(f"roles.{made.role.value}", lang)
        out.print(
            say("roles.granted", lang, name=made.name, role=told, areas=" ".join(sorted(made.area_codes)))
        )


@roles_app.command("revoke")
def revoke_role(name: Name, as_json: Json = False, lang: Lang = "zh") -> None:
    """收回身份 · take a role away: what remains is what the public sees."""
    with refusing(lang, as_json):
        roles.revoke(opened(), name, actor=settings().actor)
    if as_json:
        show_json({"user_name": name, "role": None})
    else:
        out.print(say("roles.revoked", lang, name=name))
