"""`python -m loaders coverage`: who has a kind of facility within a distance."""

from typing import Annotated, Literal

import typer

from loaders.cli import Json, Lang, out, refusing, say, show_json
from store.engine import open_store

Kind = Annotated[str, typer.Option("--kind", help="设施类别,见 facility_kinds.csv · kind of facility")]
Radius = Annotated[float, typer.Option("--radius", help="距离(米) · distance in metres")]
Way = Annotated[
    Literal["straight", "walk"],
    typer.Option("--distance", help="直线或沿路步行 · straight line, or on foot along the streets"),
]


def coverage(
    kind: Kind, radius: Radius, distance: Way = "walk", as_json: Json = False, lang: Lang = "zh"
) -> None:
    """距离内有某类设施的人数和小区数 · residents and communities within a distance of a kind."""
    from loaders.coverage.count import count_within

    with refusing(lang, as_json):
        store = open_store()
        try:
            found = count_within(store, kind, radius, distance)
        finally:
            store.dispose()
    if as_json:
        show_json(found.as_json())
    else:
        out.print(say(f"coverage.answer_{distance}", lang, **found.as_json()))
