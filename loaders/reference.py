"""The tables under `data/reference/`: read once, small, each row with its source."""

from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

REFERENCE_DIR = Path(__file__).resolve().parent.parent / "data" / "reference"


@cache
def districts() -> gpd.GeoDataFrame:
    """The 16 districts with their outlines (EPSG:4326)."""
    return gpd.read_file(REFERENCE_DIR / "districts.geojson", engine="pyogrio").assign(
        district_code=lambda d: d["district_code"].astype(str)
    )


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE_DIR / name, dtype=str, keep_default_na=False, encoding="utf-8")


@cache
def subdistricts() -> pd.DataFrame:
    """Codes and names of the city's subdistricts and towns."""
    return _table("subdistricts.csv")


@cache
def facility_kinds() -> pd.DataFrame:
    """Kinds of facility."""
    return _table("facility_kinds.csv")


@cache
def stages() -> pd.DataFrame:
    """The chain from survey to long-term management (R31)."""
    return _table("stages.csv")


@cache
def funding_sources() -> pd.DataFrame:
    """Who pays (R47)."""
    return _table("funding_sources.csv")


@cache
def social_capital_models() -> pd.DataFrame:
    """What is published of the models of social capital that the plan names (R52)."""
    return _table("social_capital_models.csv")


@cache
def funding_rules_text() -> str:
    """The text of the funding rules (R47), for `programme.money.rules.rules_from_toml`."""
    return (REFERENCE_DIR / "funding_rules.toml").read_text(encoding="utf-8")
