"""The content menu and the published figures under `data/reference/`, read once (R15)."""

from functools import cache

import pandas as pd

from loaders.reference import REFERENCE_DIR
from programme.content.menu import Scheme, menu_items, schemes_from_toml

_NUMBERS = ("projects", "buildings", "households", "floor_area_m2")


@cache
def content_schemes() -> tuple[Scheme, ...]:
    """The schemes of the menu with their days of effect."""
    file = REFERENCE_DIR / "content_schemes.toml"
    return schemes_from_toml(file.read_text(encoding="utf-8"), file.name)


@cache
def content_items() -> pd.DataFrame:
    """The items of the menu, one a row, as `programme.content.menu.menu_items`."""
    rows = pd.read_csv(REFERENCE_DIR / "content_menu.csv", dtype=str, keep_default_na=False, encoding="utf-8")
    return menu_items(rows, content_schemes())


@cache
def published_figures() -> pd.DataFrame:
    """Figures that were published about the programme, each with its page: they are history, not the store's rows.

    Columns: key, name_zh, name_en, published (day or month as far as known, else empty), period_from and period_to
    (datetime64: the figure counts what happened from and to these days, both included), measure (confirmed, started or
    completed), scope (all, city, central: projects of central state organs and enterprises, or not_stated), projects,
    buildings, households, floor_area_m2 (Int64, missing where not published), source, confidence.
    """
    file = REFERENCE_DIR / "published_batches.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    for name in ("period_from", "period_to"):
        rows[name] = pd.to_datetime(rows[name]).astype("datetime64[ns]")
    numbers = {n: pd.to_numeric(rows[n].replace("", None)).astype("Int64") for n in _NUMBERS}
    return rows.assign(**numbers)
