"""The layers of the map on the store: what tiles carry, and the same rows for the table and the counts.

Tiles are served from threads outside any page, so nothing here asks Streamlit for anything.
"""

import datetime as dt
import secrets
import threading

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import func, select

from dashboard.scale import DECADES
from programme.progress import month_end
from store import queries, queries_map
from store.engine import Store, database_url, open_store, read_state, write_state
from store.tables import buildings, projects

#: Codes for what is not known, so that no missing number reaches a tile.
UNKNOWN_YEAR = 0
UNKNOWN_COUNT = -1
NONE = "none"
#: Metres a storey, for standing footprints whose height is not held.
STOREY_M = 3.0

_lock = threading.Lock()
_open: dict[str, Store] = {}


def opened_store() -> Store:
    """The store of `ATLAS_DATABASE_URL`, opened once for all threads."""
    url = database_url()
    with _lock:
        if url not in _open:
            _open[url] = open_store(url)
        return _open[url]


def store_id(store: Store) -> str:
    """A name that this store keeps and no other has: tiles of a rebuilt store must not share an address."""
    with store.reading() as conn:
        held = read_state(conn, "store_id")
    if held:
        return held
    with store.writing() as conn:
        held = read_state(conn, "store_id") or secrets.token_hex(6)
        write_state(conn, "store_id", held)
    return held


def latest_date(store: Store) -> dt.date:
    """The day that stages and money on the map stand for: the newest that the data speaks of."""
    span = queries.data_span(store).iloc[0]
    days = []
    if isinstance(span["latest_event_date"], (str, dt.date, pd.Timestamp)) and pd.notna(
        span["latest_event_date"]
    ):
        days.append(pd.Timestamp(span["latest_event_date"]).date())
    if isinstance(span["latest_month"], str):
        days.append(month_end(span["latest_month"]))
    return max(days, default=dt.date(2100, 1, 1))


def decade_codes(year_from: pd.Series, year_to: pd.Series) -> pd.Series:
    """The class of each year range in `DECADES`: its decade, `spanning` where it has several, `unknown`."""
    low = pd.to_numeric(year_from, errors="coerce").astype(float)
    high = pd.to_numeric(year_to, errors="coerce").astype(float).fillna(low)
    low = low.fillna(high)

    def decade(years: pd.Series) -> pd.Series:
        whole = (years // 10 * 10).clip(1940, 2020).fillna(0).astype(int)
        return whole.astype(str).where(whole >= 1950, "before_1950")

    first, last = decade(low), decade(high)
    out = first.where(first == last, "spanning").where(low.notna(), "unknown")
    assert set(out) <= set(DECADES)
    return out.astype(object)


def community_rows(store: Store) -> gpd.GeoDataFrame:
    """The communities as tiles carry them (EPSG:4326)."""
    rows = queries_map.community_layer(store, latest_date(store))
    return gpd.GeoDataFrame(
        {
            "id": rows["community_id"],
            "name": rows["name"],
            "decade": decade_codes(rows["build_year_from"], rows["build_year_to"]),
            "precision": rows["build_year_precision"],
            "year": _number(rows["build_year_to"], UNKNOWN_YEAR),
            "completeness": rows["completeness_pct"].astype(int),
            "footprints": _number(rows["buildings"], 0),
            **_programme(rows, batches(store)),
            **_place(rows),
        },
        geometry=rows.geometry,
        crs="EPSG:4326",
    )


def building_rows(store: Store) -> gpd.GeoDataFrame:
    """The footprints as tiles carry them (EPSG:4326)."""
    rows = queries_map.building_layer(store, latest_date(store))
    storeys = _number(rows["storeys"], UNKNOWN_COUNT)
    height = pd.to_numeric(rows["height_m"], errors="coerce").fillna(storeys.clip(lower=1) * STOREY_M)
    names = rows["name"].fillna("").astype(str)
    homes = rows["community"].fillna("").astype(str)
    return gpd.GeoDataFrame(
        {
            "id": rows["building_id"],
            "name": (homes + " " + names).str.strip(),
            "community": rows["community_id"].astype(object).where(rows["community_id"].notna(), ""),
            "decade": decade_codes(rows["year_from"], rows["year_to"]),
            "precision": rows["year_precision"],
            "year": _number(rows["year_to"], UNKNOWN_YEAR),
            "storeys": storeys,
            "lifts": _number(rows["lift_count"], UNKNOWN_COUNT),
            "height": height.round(1),
            "structure": _codes(rows["structure"], structures(store)),
            **_programme(rows, batches(store)),
            **_place(rows),
        },
        geometry=rows.geometry,
        crs="EPSG:4326",
    )


def batches(store: Store) -> list[str]:
    """The batches in the order of their names; on the map a batch is its place in this list, counted from 1."""
    return sorted(store.frame(select(projects.c.batch).distinct())["batch"].dropna())


def structures(store: Store) -> list[str]:
    """The structures of buildings, the most frequent first; on the map one is its place in this list, from 1."""
    column = buildings.c.structure
    counted = select(column, func.count().label("n")).where(column.is_not(None)).group_by(column)
    return list(store.frame(counted).sort_values(["n", "structure"], ascending=[False, True])["structure"])


def _codes(values: pd.Series, names: list[str]) -> pd.Series:
    """The place of each value in a list, from 1; 0 where it has none. Names from data never enter a tile's filter."""
    return values.map({name: i for i, name in enumerate(names, start=1)}).fillna(0).astype(np.int64)


def _programme(rows: pd.DataFrame, batch_names: list[str]) -> dict[str, pd.Series]:
    return {
        name: rows[source].astype(object).where(rows[source].notna(), NONE).astype(str)
        for name, source in (("stage", "stage"), ("gate", "gate"), ("funding", "funding_source"))
    } | {
        "batch": _codes(rows["batch"], batch_names),
        "age": rows["age_class"],
        "central": rows["is_central_state"].astype(np.int64),
    }


def _place(rows: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "district": _number(rows["district_code"], 0),
        "subdistrict": _number(rows["subdistrict_code"], 0),
    }


def _number(values: pd.Series, missing: int) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").fillna(missing).astype(np.int64)


class StoreLayers:
    """The map's layers, for `dashboard.tiles.TileService`, and their rows for counts and tables."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[str, pd.DataFrame]] = {}
        self._making = {"communities": threading.Lock(), "buildings": threading.Lock()}

    def revision(self) -> str:
        """The store's own name and its revision: never the same for two states."""
        store = opened_store()
        return f"{store_id(store)}-{store.revision()}"

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """A layer with what the map shows of it."""
        store = opened_store()
        if name in self._making:
            with self._making[name]:
                return self._make(name, self.revision())
        areas = queries_map.area_layer(store, name)
        return gpd.GeoDataFrame(
            {"id": areas["code"], "name": areas["name_zh"]}, geometry=areas.geometry, crs="EPSG:4326"
        )

    def rows(self, name: str) -> pd.DataFrame:
        """The rows of `communities` or `buildings` without their shapes, instead with west, south, east and north.

        They are made once for each revision, by whoever asks first, tile or page; never change them.
        """
        revision = self.revision()
        with self._making[name]:
            held = self._rows.get(name)
            if held is None or held[0] != revision:
                self._make(name, revision)
            return self._rows[name][1]

    def _make(self, name: str, revision: str) -> gpd.GeoDataFrame:
        layer = (community_rows if name == "communities" else building_rows)(opened_store())
        bounds = layer.geometry.bounds.set_axis(["west", "south", "east", "north"], axis=1)
        self._rows[name] = (revision, pd.DataFrame(layer.drop(columns="geometry")).join(bounds))
        return layer


LAYERS = StoreLayers()
