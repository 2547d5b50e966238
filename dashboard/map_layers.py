"""The layers of the map on the store: what tiles carry, and the same rows for the table and the counts.

Tiles are served from threads outside any page, so nothing here asks Streamlit for anything.
"""

import datetime as dt
import secrets
import threading
from collections.abc import Sequence
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import func, select

from dashboard.map_ground import GroundSource
from dashboard.map_programme import GATE_CODES, NONE, STAGE_CODES, Programme, place_codes
from dashboard.scale import DECADES
from dashboard.tile_archive import TileLayers
from dashboard.tile_archive_keeper import ArchiveKeeper, ArchiveState, tile_folder
from dashboard.tile_archive_postgres import DatabaseLayer
from dashboard.tile_levels import EDGES_OF, GROUND, GROUPS, LEVELS, NAMES_OF
from dashboard.tile_names import placed_names
from dashboard.tile_sources import (
    FIGURES,
    FROM_ZOOM,
    Columns,
    FrameSource,
    LayerPlan,
    LayerSource,
    coded_texts,
    codes,
    numbers,
    texts,
)
from programme.progress import month_end
from store import queries, queries_map, tiles
from store.engine import Store, database_url, open_store, read_state, write_state
from store.tables import buildings, projects
from store.tiles import Snapshot

#: Codes for what is not known, so that no missing number reaches a tile.
UNKNOWN_YEAR = 0
UNKNOWN_COUNT = -1
PRECISIONS = ("year", "range", "decade", "about", "unknown")
AGE_CLASSES = ("pre_2000", "post_2000", "unknown")
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


def community_rows(store: Store, states: pd.DataFrame | None = None) -> gpd.GeoDataFrame:
    """The communities as tiles carry them (EPSG:4326); `states` of the projects, where they are at hand."""
    rows = queries_map.community_layer(store, latest_date(store), states)
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


class BuildingSource:
    """The footprints: read by district, with the programme's state looked up for all of them at every revision."""

    derived_names: tuple[str, ...] = ("stage", "gate", "funding", "batch", "central", "structure")

    def __init__(self, at: Snapshot, programme: Programme) -> None:
        self._at = at
        self._programme = programme

    def parts(self) -> dict[str, tiles.Part]:
        """See `LayerSource`."""
        return tiles.building_parts(self._at)

    def shapes(self, part: str) -> NDArray:
        """See `LayerSource`."""
        return tiles.building_shapes(self._at, part)

    def attributes(self, part: str) -> Columns:
        """See `LayerSource`."""
        rows = tiles.building_rows(self._at, part)
        storeys = _number(rows["storeys"], UNKNOWN_COUNT)
        height = pd.to_numeric(rows["height_m"], errors="coerce").fillna(storeys.clip(lower=1) * STOREY_M)
        names = rows["name"].fillna("").astype(str)
        homes = rows["community"].fillna("").astype(str)
        district = np.full(len(rows), int(part) if part.isdigit() else 0)
        return {
            "id": texts(rows["building_id"]),
            "name": texts((homes + " " + names).str.strip()),
            "community": coded_texts(rows["community_id"]),
            "decade": codes(decade_codes(rows["year_from"], rows["year_to"]), tuple(DECADES), "unknown"),
            "precision": codes(rows["year_precision"], PRECISIONS, "unknown"),
            "year": numbers(_number(rows["year_to"], UNKNOWN_YEAR)),
            "storeys": numbers(storeys),
            "lifts": numbers(_number(rows["lift_count"], UNKNOWN_COUNT)),
            "height": numbers(height.round(1), np.float64),
            "age": codes(rows["age_class"], AGE_CLASSES, "unknown"),
            "district": numbers(district),
            "subdistrict": numbers(_number(rows["subdistrict_code"], 0), np.int64),
            "_structure": coded_texts(rows["structure"]),
            "_projects": coded_texts(rows["projects"]),
            # Missing where not on record.
            **{name: numbers(_figure(rows[name]), np.float64) for name in FIGURES},
        }

    def derived(self, columns: Columns) -> Columns:
        """See `LayerSource`."""
        places = self._structure_places(columns)["code"].to_numpy()
        structure = places[columns["_structure"].indices.to_numpy(zero_copy_only=True)]
        programme = self._programme.columns(columns["community"], columns["_projects"])
        return {**programme, "structure": numbers(structure)}

    def lookups(self, columns: Columns) -> dict[str, Columns]:
        """What `derived` says, for a database that looks it up."""
        places = self._structure_places(columns)
        known = places[places["code"] > 0]
        built = {"key": texts(known["structure"]), "code": numbers(known["code"])}
        return {**self._programme.lookups(columns["_projects"]), "structure_codes": built}

    def _structure_places(self, columns: Columns) -> pd.DataFrame:
        """Each structure with its `code`: its place in `structures`, 0 for none; rows as in the column's dictionary."""
        held = columns["_structure"]
        counted = pd.DataFrame({"structure": pd.Series(held.dictionary.to_pylist(), dtype=object)})
        numbers_of = held.indices.to_numpy(zero_copy_only=True)
        counted["n"] = np.bincount(numbers_of, minlength=len(counted))
        known = _most_frequent_first(counted[counted["structure"] != ""])
        return counted.assign(code=place_codes(counted["structure"], known))


def batches(store: Store) -> list[str]:
    """The batches in the order of their names; on the map a batch is its place in this list, counted from 1."""
    return sorted(store.frame(select(projects.c.batch).distinct())["batch"].dropna())


def structures(store: Store) -> list[str]:
    """The structures of buildings, the most frequent first; on the map one is its place in this list, from 1."""
    column = buildings.c.structure
    counted = select(column, func.count().label("n")).where(column.is_not(None)).group_by(column)
    return _most_frequent_first(store.frame(counted))


def _most_frequent_first(counted: pd.DataFrame) -> list[str]:
    counted = counted[counted["n"] > 0]
    return list(counted.sort_values(["n", "structure"], ascending=[False, True])["structure"])


def _programme(rows: pd.DataFrame, batch_names: list[str]) -> dict[str, pd.Series]:
    return {
        name: rows[source].astype(object).where(rows[source].notna(), NONE).astype(str)
        for name, source in (("stage", "stage"), ("gate", "gate"), ("funding", "funding_source"))
    } | {
        "batch": place_codes(rows["batch"], batch_names),
        "age": rows["age_class"],
        "central": rows["is_central_state"].astype(np.int64),
    }


def _place(rows: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "district": _number(rows["district_code"], 0),
        "subdistrict": _number(rows["subdistrict_code"], 0),
    }


def _figure(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").astype(float)


def _number(values: pd.Series, missing: int) -> pd.Series:
    return _figure(values).fillna(missing).astype(np.int64)


def _frame_columns(rows: pd.DataFrame, funding: Sequence[str]) -> Columns:
    """The attributes of communities and areas as the archive keeps them."""
    known = {
        "decade": (tuple(DECADES), "unknown"),
        "precision": (PRECISIONS, "unknown"),
        "age": (AGE_CLASSES, "unknown"),
        "stage": (STAGE_CODES, NONE),
        "gate": (GATE_CODES, NONE),
        "funding": (funding, NONE),
    }
    kinds = {FROM_ZOOM: np.int8, "central": np.int8, "subdistrict": np.int64, "_subdistrict": np.int64}
    return {
        name: codes(rows[name], *known[name])
        if name in known
        else texts(rows[name])
        if name in ("id", "name")
        else numbers(rows[name], kinds.get(name, np.int32))
        for name in rows.columns
    }


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """What a layer of names keeps: the name; unseen its level, and its subdistrict, by which some see their own."""
    hidden = {"subdistrict": "_subdistrict"} if "subdistrict" in rows else {}
    return rows[["name", FROM_ZOOM, *hidden]].rename(columns=hidden)


def area_rows(store: Store, level: str) -> gpd.GeoDataFrame:
    """Districts or subdistricts as tiles carry them (EPSG:4326)."""
    areas = queries_map.area_layer(store, level)
    return gpd.GeoDataFrame(
        {"id": areas["code"], "name": areas["name_zh"]}, geometry=areas.geometry, crs="EPSG:4326"
    )


def layer_plans(at: Snapshot) -> list[LayerPlan]:
    """The layers of the tile archive, as a snapshot of the store has them."""
    states = queries_map.project_states(at, latest_date(at))
    programme = Programme.of(at, states, batches(at))
    held: dict[str, gpd.GeoDataFrame] = {}

    def made(name: str) -> gpd.GeoDataFrame:
        if name not in held:
            held[name] = community_rows(at, states) if name == "communities" else area_rows(at, name)
        return held[name]

    def source(name: str) -> LayerSource:
        if name == "buildings":
            return BuildingSource(at, programme)
        if name in GROUND:
            return GroundSource(at, name)
        columns = partial(_frame_columns, funding=programme.funding_codes())
        by = "district" if "communit" in name else None
        if name in NAMES_OF:
            return FrameSource(
                lambda: placed_names(name, made(NAMES_OF[name])), lambda rows: columns(_named(rows)), by
            )
        return FrameSource(lambda: made(name), columns, by)

    return [LayerPlan(name, source(name), zooms) for name, zooms in archive_levels().items()]


def archive_levels() -> dict[str, tuple[int, ...]]:
    """The layers of the tile archive with their zoom levels; outlines and groups are made of other layers."""
    return {
        name: tuple(range(level.min_zoom, level.max_zoom + 1))
        for name, level in LEVELS.items()
        if name not in EDGES_OF and name not in GROUPS
    }


class StoreLayers:
    """The map's layers, for `dashboard.tiles.TileService`, and their rows for counts and tables."""

    def __init__(self) -> None:
        self._keepers: dict[str, ArchiveKeeper] = {}
        self._lock = threading.Lock()

    def keeper(self) -> ArchiveKeeper:
        """The archive of the store of `ATLAS_DATABASE_URL`."""
        store = opened_store()
        url = database_url()
        with self._lock:
            if url not in self._keepers:
                self._keepers[url] = ArchiveKeeper(
                    store, tile_folder(store, store_id(store)), layer_plans, archive_levels()
                )
            return self._keepers[url]

    def revision(self) -> str:
        """The store's own name and its state: never the same for two states."""
        return self.keeper().revision()

    def tiles_of(self, name: str) -> TileLayers:
        """A layer at the store's present state or a later one; waits while it is being made.

        PostgreSQL makes the tiles itself; else they are cut from the archive's files.
        """
        keeper = self.keeper()
        layer = keeper.present().layers[name]
        if keeper.store.is_sqlite:
            return layer
        derived = BuildingSource.derived_names if name == "buildings" else ()
        return DatabaseLayer(keeper.store, layer, derived)

    def prepare(self) -> None:
        """Begin to bring the archive up to date, where it is not; comes back at once."""
        self.keeper().begin()

    def state(self) -> ArchiveState:
        """How far the archive is; begins to bring it up to date where nobody has. Comes back at once."""
        return self.keeper().state()

    def rows(self, name: str) -> pd.DataFrame:
        """The rows of `communities` or `buildings` without their shapes, instead with west, south, east and north.

        Those of buildings have also households and floor_area_m2, missing where not on record. They lie in the
        archive's files, by district and id; never change them. Waits while the archive is being made.
        """
        return self.keeper().present().layers[name].frame


LAYERS = StoreLayers()
