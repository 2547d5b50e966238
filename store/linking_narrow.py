"""Linking a part of the city: only the links that a run's touched rows can have changed, and exactly those.

What hangs on what, and so how far a change reaches:

* a community's boundary hangs on its own row, the parcels around its point, the footprints that state it, and, where
  it has none of these, the loose footprints around its point;
* a building's community hangs on the boundaries within 30 m of it, and the bare points within 60 m;
* a building's age hangs on its community's years, and a community's age on its buildings;
* the area of anything hangs on its own place, for a run that touches areas is linked as a whole.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, or_, select

from geo import age, assign, boundaries
from store.engine import frame, layer
from store.linking_reports import Marks, read_marks
from store.linking_rules import (
    AGE_COLUMNS,
    BUILDING_NEAREST_M,
    HOME_COLUMNS,
    HOUSE_COLUMNS,
    PARCEL_NEAREST_M,
    PLACE_TABLES,
    POINT_NEAREST_M,
    YEAR_COLUMNS,
    Areas,
    building_rows,
    locate,
    locate_homes,
    mark_points,
    outlined,
    place_rows,
    read_areas,
    read_parcels,
    with_points,
)
from store.linking_touched import Touched
from store.rows import Row, as_layer, chunks, insert_rows, plain_rows
from store.tables import building_links, buildings, communities, community_links, place_links

#: A run that touches a larger share of a table than this is linked as a whole: that is then faster.
MOST_SHARE = 0.15
#: A metre is never more degrees than this between the equator and 60 degrees north or south (1 / 55,000).
DEGREES_PER_M = 1.9e-5
KEYS_AT_ONCE = 5000
HULLS = ("footprint_hull", "none")


def relink_part(conn: Connection, touched: Touched) -> Marks | None:
    """Bring the link tables up to what the base tables give, after only `touched` changed.

    Returns the marks for the reports, or None where the whole is to be linked instead.
    """
    marks = read_marks(conn)
    if marks is None or touched.of("districts") or touched.of("subdistricts"):
        return None
    if _is_large(conn, touched):
        return None
    if any(touched.of(name) for name in ("parcels", "communities", "buildings")):
        part = _Part(conn, touched, marks, read_areas(conn))
        part.first_boundaries()
        part.first_buildings()
        part.bare_boundaries()
        part.write_buildings()
        part.write_communities()
    if not _is_whole(conn):
        return None
    _places(conn, touched, marks)
    return marks


def _is_large(conn: Connection, touched: Touched) -> bool:
    for name, table in (("communities", communities), ("buildings", buildings)):
        count = conn.execute(select(func.count()).select_from(table)).scalar() or 0
        if len(touched.of(name)) > MOST_SHARE * count:
            return True
    return False


def padded(boxes: np.ndarray, metres: float) -> np.ndarray:
    """Boxes (n × 4, degrees) with so much room around them, and a little more for the bend of the projection."""
    if not len(boxes):
        return boxes.reshape(0, 4)
    room = (metres + 2.0) * DEGREES_PER_M + 0.001 * (boxes[:, 2:] - boxes[:, :2])
    return np.hstack([boxes[:, :2] - room, boxes[:, 2:] + room])


def near_boxes(boxes: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Which shapes have a box that meets one of these boxes; a missing shape meets none."""
    if not len(boxes) or not len(shapes):
        return np.zeros(len(shapes), dtype=bool)
    own = shapely.bounds(shapes)
    hit = np.zeros(len(shapes), dtype=bool)
    filled = np.flatnonzero(~np.isnan(own[:, 0]))
    if len(filled):
        found = shapely.STRtree(shapely.box(*own[filled].T)).query(shapely.box(*boxes.T))[1]
        hit[filled[found]] = True
    return hit


@dataclass
class _Part:
    """One narrow linking under way."""

    conn: Connection
    touched: Touched
    marks: Marks
    areas: Areas

    def __post_init__(self) -> None:
        self.homes = with_points(layer(self.conn, select(*HOME_COLUMNS), "geometry")).set_index(
            "community_id", drop=False
        )
        self.homes.index.name = None
        links = frame(self.conn, select(community_links))
        links["boundary"] = shapely.from_wkb(links["boundary"].to_numpy(dtype=object))
        links = links.set_index("community_id", drop=False).rename_axis(None)
        #: What the link tables say of every community; empty for those that are new.
        self.old = links.reindex(self.homes.index)
        shapes = self.old["boundary"].to_numpy(dtype=object)
        self.boundary = pd.Series(
            [s if isinstance(s, shapely.Geometry) else None for s in shapes],
            index=self.homes.index,
            dtype=object,
        )
        self.old["boundary"] = self.boundary.copy()
        self.rule = self.old["boundary_rule"].astype(object).copy()
        self.parcel = self.old["parcel_id"].astype(object).copy()
        self.distance = self.old["boundary_distance_m"].astype(float).copy()
        by_point = frame(
            self.conn,
            select(
                building_links.c.building_id, building_links.c.community_id, building_links.c.distance_m
            ).where(building_links.c.rule == "nearest_point"),
        )
        #: Footprints that stood in a community by its point, as the link tables say.
        self.by_point = by_point.set_index("building_id").astype(
            {"community_id": object, "distance_m": float}
        )
        bare = (self.rule == "none") | self.homes.index.isin(self.by_point["community_id"])
        #: Communities with nothing but a point: their first boundary is none, whatever hull they have in the end.
        self.is_bare = pd.Series(bare, index=self.homes.index) & self.homes["point"].notna()
        self.removed = self.touched.of("communities") - set(self.homes.index)
        self.changed: set[str] = set()
        self.houses: dict[str, tuple[Any, ...]] = {}

    # --- the boundaries that need no loose footprints ------------------------------------------------
    def first_boundaries(self) -> None:
        """Boundaries of the communities whose own inputs changed; those that differ are `changed`."""
        names = self._directly_touched()
        self.relinked = set(names)
        homes = self.homes.loc[names, ["community_id", "point", "geometry"]]
        wants_lots = (homes.geometry.isna() & homes["point"].notna()).any()
        lots = read_parcels(self.conn) if wants_lots else self._no_lots()
        stated = self._stated_houses(names)
        found, _ = boundaries.derive_boundaries(homes, lots, stated, max_distance_m=PARCEL_NEAREST_M)
        was_bare = self.is_bare.loc[names]
        self.is_bare.loc[names] = (found["boundary_rule"] == "none") & homes["point"].notna()
        same = _same_shapes(found["geometry"].to_numpy(), self.boundary.loc[names].to_numpy())
        differs = ~same | was_bare.to_numpy() | self.is_bare.loc[names].to_numpy()
        self.changed = set(np.array(names, dtype=object)[differs])
        self.old_boxes = [shapely.from_wkb(np.array(self.touched.outlines, dtype=object))]
        self.old_boxes.append(self.boundary.loc[sorted(self.changed)].to_numpy())
        self._take(found)

    def _take(self, found: gpd.GeoDataFrame) -> None:
        names = found.index
        self.boundary.loc[names] = found["geometry"].to_numpy()
        self.rule.loc[names] = found["boundary_rule"].to_numpy()
        self.parcel.loc[names] = found["parcel_id"].to_numpy(dtype=object)
        self.distance.loc[names] = found["distance_m"].to_numpy()

    @staticmethod
    def _no_lots() -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame({"parcel_id": []}, geometry=[], crs="EPSG:4326")

    def _directly_touched(self) -> list[str]:
        names = self.touched.of("communities") & set(self.homes.index)
        hulls = set(self.homes.index[self.rule.isin(HULLS)])
        names |= hulls & self.touched.homes
        stated = _keys(
            self.conn, buildings.c.community_id_stated, buildings.c.building_id, self.touched.of("buildings")
        )
        names |= hulls & stated
        lots = self.touched.of("parcels")
        if lots:
            names |= set(self.parcel.index[self.parcel.isin(lots)])
            held = read_parcels(self.conn)
            fresh = held[held["parcel_id"].isin(lots)].geometry.bounds.to_numpy()
            near = near_boxes(padded(fresh, PARCEL_NEAREST_M), self.homes["point"].to_numpy())
            names |= set(self.homes.index[near & self.homes.geometry.isna()])
        return sorted(names)

    def _stated_houses(self, names: list[str]) -> gpd.GeoDataFrame:
        """The footprints that state one of these communities, of those that may have a hull of them."""
        chosen = self.homes.loc[names]
        open_ = chosen.index[chosen.geometry.isna()]
        ids = _keys(self.conn, buildings.c.building_id, buildings.c.community_id_stated, open_)
        rows = self._read(ids)
        return gpd.GeoDataFrame(
            {"building_id": rows["building_id"], "community_id": rows["community_id_stated"]},
            geometry=rows.geometry,
            crs="EPSG:4326",
        )

    # --- buildings -----------------------------------------------------------------------------------
    def _read(self, ids: set[str]) -> gpd.GeoDataFrame:
        """Whole buildings by id, in the order of their ids; read once."""
        missing = ids - set(self.houses)
        for row in _rows_in(self.conn, select(*HOUSE_COLUMNS), buildings.c.building_id, missing):
            self.houses[row[0]] = row
        rows = [self.houses[i] for i in ids if i in self.houses]
        return as_layer(_as_frame(rows, [c.name for c in HOUSE_COLUMNS], "building_id"), "geometry")

    def _buildings_in(self, boxes: np.ndarray) -> set[str]:
        """The buildings whose box meets one of these; found through the areas that they were linked to."""
        if not len(boxes):
            return set()
        near, wide = self.areas
        reach = self.marks.reach_deg
        wider = np.hstack([boxes[:, :2] - reach, boxes[:, 2:] + reach])
        links = building_links.c
        inner = near.loc[near_boxes(wider, near.geometry.to_numpy()), "subdistrict_code"].tolist()
        outer = wide.loc[near_boxes(wider, wide.geometry.to_numpy()), "district_code"].tolist()
        query = select(links.building_id, buildings.c.geometry).join_from(
            building_links, buildings, buildings.c.building_id == links.building_id
        )
        nowhere = links.subdistrict_code.is_(None)
        found: set[str] = set()
        for where in (
            links.subdistrict_code.in_(inner),
            nowhere & or_(links.district_code.in_(outer), links.district_code.is_(None)),
        ):
            rows = self.conn.execute(query.where(where)).all()
            shapes = shapely.from_wkb(np.array([r[1] for r in rows], dtype=object))
            hit = near_boxes(boxes, shapes)
            found.update(r[0] for r, is_near in zip(rows, hit, strict=True) if is_near)
        return found

    def _bounds(self, shapes: np.ndarray, metres: float) -> np.ndarray:
        boxes = shapely.bounds(shapes).reshape(-1, 4)
        return padded(boxes[~np.isnan(boxes[:, 0])], metres)

    def first_buildings(self) -> None:
        """The buildings that the changed boundaries and points can move, and which of them go by a point."""
        names = sorted(self.changed)
        bare = [n for n in names if self.is_bare[n]]
        boxes = np.vstack(
            [
                *(self._bounds(shapes, BUILDING_NEAREST_M) for shapes in self.old_boxes),
                self._bounds(self.boundary.loc[names].to_numpy(), BUILDING_NEAREST_M),
                self._bounds(self.homes.loc[bare, "point"].to_numpy(), POINT_NEAREST_M),
            ]
        )
        inserted = [n for n in names if pd.isna(self.old.loc[n, "boundary_rule"])]
        moved = self._buildings_in(boxes)
        links = building_links.c
        moved |= _keys(self.conn, links.building_id, links.community_id, self.changed | self.removed)
        moved |= _keys(self.conn, buildings.c.building_id, buildings.c.community_id_stated, inserted)
        moved |= _keys(
            self.conn, buildings.c.building_id, buildings.c.building_id, self.touched.of("buildings")
        )
        self.moved = moved
        rows = self._read(moved)
        if len(rows):
            boxes = rows.geometry.bounds.to_numpy()
            self.marks.reach_deg = max(self.marks.reach_deg, float(np.nanmax(boxes[:, 2:] - boxes[:, :2])))
        taken = self._assigned(rows, self._first_outlines())
        loose = rows[(taken["rule"] == "none").to_numpy()]
        around = near_boxes(
            self._bounds(rows.geometry.to_numpy(), POINT_NEAREST_M), self.homes["point"].to_numpy()
        )
        points = self.homes[self.is_bare.to_numpy() & around]
        by_point = assign.nearest_points(loose, points, max_distance_m=POINT_NEAREST_M)
        by_point.index = pd.Index(loose["building_id"])
        by_point = by_point[by_point["community_id"].notna()]
        left = self.by_point.loc[self.by_point.index.isin(moved), "community_id"]
        #: Bare communities whose footprints may be others now.
        self.rebuilt = (set(left) | set(points.index) | set(bare)) & set(self.homes.index[self.is_bare])
        kept = self.by_point[~self.by_point.index.isin(moved)]
        parts = [p for p in (kept, by_point) if len(p)]
        self.by_point = pd.concat(parts) if parts else kept

    def _first_outlines(self) -> pd.Series:
        """The boundaries that need no loose footprints; the bare communities have none."""
        shapes = self.boundary.to_numpy(dtype=object, copy=True)
        shapes[self.is_bare.to_numpy(dtype=bool)] = None
        return pd.Series(shapes, index=self.boundary.index, dtype=object)

    def _assigned(self, rows: gpd.GeoDataFrame, outlines: pd.Series) -> pd.DataFrame:
        """The community of each of these buildings by the outlines around them."""
        near = near_boxes(self._bounds(rows.geometry.to_numpy(), BUILDING_NEAREST_M), outlines.to_numpy())
        stated = set(rows["community_id_stated"].dropna())
        chosen = self.homes.index[near | self.homes.index.isin(stated)]
        around = outlined(pd.Series(chosen, dtype=object), outlines.loc[chosen])
        return assign.assign_buildings(rows, around, max_distance_m=BUILDING_NEAREST_M)[0]

    # --- boundaries around bare points -----------------------------------------------------------------
    def bare_boundaries(self) -> None:
        """Hulls of the bare communities whose footprints changed, and the buildings that these can move."""
        names = sorted(self.rebuilt)
        own = self.by_point[self.by_point["community_id"].isin(names)]
        rows = self._read(set(own.index))
        shapes = gpd.GeoDataFrame(
            {"community_id": own["community_id"].reindex(rows["building_id"]).to_numpy(dtype=object)},
            geometry=rows.geometry,
            crs="EPSG:4326",
        )
        homes = self.homes.loc[names, ["community_id", "point", "geometry"]]
        found, _ = boundaries.derive_boundaries(
            homes, self._no_lots(), shapes, max_distance_m=PARCEL_NEAREST_M
        )
        before = self.old.loc[names, "boundary"].to_numpy()
        differs = ~_same_shapes(found["geometry"].to_numpy(), before)
        boxes = np.vstack(
            [
                self._bounds(before[differs], BUILDING_NEAREST_M),
                self._bounds(found["geometry"].to_numpy()[differs], BUILDING_NEAREST_M),
            ]
        )
        self._take(found)
        self.relinked |= self.rebuilt
        self.moved |= self._buildings_in(boxes)

    # --- writing -----------------------------------------------------------------------------------------
    def write_buildings(self) -> None:
        """Links of the buildings that moved or whose community has other years now."""
        rows = self._read(self.moved)
        links = self._assigned(rows, self.boundary)
        join = "buildings_to_communities"
        self.marks.forget(join, self.moved | self.touched.of("buildings"))
        self.marks.several.setdefault(join, set()).update(rows.loc[links["is_ambiguous"], "building_id"])
        points = self.by_point.reindex(rows["building_id"])
        points.index = rows.index
        mark_points(links, points[points["community_id"].notna()])
        links["building_id"] = rows["building_id"]
        held = self._held_links(self.moved)
        self.old_homes = {*held["community_id"].dropna(), *self.touched.homes}
        places = held.set_index("building_id")[["district_code", "subdistrict_code"]].reindex(
            rows["building_id"]
        )
        places.index = rows.index
        fresh = rows["building_id"].isin(self.touched.of("buildings"))
        located = locate(rows.loc[fresh, ["building_id", "geometry"]], self.areas)
        self.marks.forget("buildings_to_subdistricts", self.touched.of("buildings"))
        self.marks.located("buildings_to_subdistricts", rows.loc[fresh, "building_id"], located)
        places = places.astype(object)
        for name in ("district_code", "subdistrict_code"):
            places.loc[fresh, name] = located[name]
        ages = age.building_ages(
            rows.assign(community_id=links["community_id"]),
            pd.DataFrame(self.homes[["community_id", *YEAR_COLUMNS]]),
        )
        self._write_links(held, building_rows(rows, links, places, ages))
        self.ageing = self.old_homes | set(links["community_id"].dropna()) | self.touched.of("communities")
        self._age_members()

    def _held_links(self, ids: set[str]) -> pd.DataFrame:
        rows = _rows_in(self.conn, select(building_links), building_links.c.building_id, ids)
        return _as_frame(rows, building_links.columns.keys(), "building_id")

    def _write_links(self, held: pd.DataFrame, fresh: pd.DataFrame) -> None:
        columns = building_links.columns.keys()
        before, after = (plain_rows(r, building_links, columns) for r in (held, fresh))
        _replace(self.conn, building_links, before, after)

    def _age_members(self) -> None:
        """Buildings that did not move take the years of their community, where these changed."""
        names = self.touched.of("communities") & set(self.homes.index)
        links = building_links.c
        ids = _keys(self.conn, links.building_id, links.community_id, names) - self.moved
        held = self._held_links(ids)
        if held.empty:
            return
        years = self._years(ids).reindex(held["building_id"])
        years.index = held.index
        ages = age.building_ages(
            years.assign(community_id=held["community_id"]),
            pd.DataFrame(self.homes[["community_id", *YEAR_COLUMNS]]),
        )
        self._write_links(held, building_rows(held, held, held, ages))

    def _years(self, ids: set[str]) -> pd.DataFrame:
        columns = (buildings.c.building_id, *(buildings.c[c] for c in YEAR_COLUMNS))
        rows = _rows_in(self.conn, select(*columns), buildings.c.building_id, ids)
        return _as_frame(rows, [c.name for c in columns], "building_id").set_index("building_id")

    def write_communities(self) -> None:
        """Links of the communities with another boundary, place, age or number of sharers."""
        counts = self.parcel.map(self.parcel.value_counts()).astype(float).fillna(1).astype(int) - 1
        sharers = counts.index[counts != self.old["boundary_shared_with"].astype(float)]
        names = sorted((self.relinked | self.ageing | set(sharers)) & set(self.homes.index))
        homes = self.homes.loc[names]
        rows = self.old.loc[names].copy()
        rows["community_id"] = names
        again = sorted(self.relinked)
        moved = self.homes.loc[again]
        shapes = gpd.GeoSeries(self.boundary.loc[again].to_numpy(), index=moved.index, crs="EPSG:4326")
        found = locate_homes(moved, shapes, self.areas)
        join = "communities_to_subdistricts"
        self.marks.forget(join, self.relinked | self.removed)
        self.marks.located(join, moved["community_id"], found)
        rows = rows.astype(object)
        for column, name in (
            ("district_code", "district_code"),
            ("subdistrict_code", "subdistrict_code"),
            ("area_rule", "rule"),
        ):
            rows.loc[again, column] = found[name].astype(object)
        for column, values in (
            ("boundary_rule", self.rule),
            ("boundary_distance_m", self.distance),
            ("parcel_id", self.parcel),
            ("boundary_shared_with", counts),
            ("boundary", self.boundary),
        ):
            rows[column] = values.loc[names].astype(object).to_numpy()
        ages = age.community_age(pd.DataFrame(homes[["community_id", *YEAR_COLUMNS]]), self._members(names))
        for column in AGE_COLUMNS:
            rows[column] = ages[column].astype(object)
        columns = [c.name for c in community_links.columns]
        held = plain_rows(
            self.old.loc[self.old["boundary_rule"].notna() & self.old.index.isin(names)],
            community_links,
            columns,
        )
        _replace(self.conn, community_links, held, plain_rows(rows, community_links, columns))

    def _members(self, names: list[str]) -> pd.DataFrame:
        """The buildings of these communities as the link tables have them now."""
        links = building_links.c
        query = select(
            links.building_id,
            links.community_id,
            links.age_class,
            links.year_source,
            buildings.c.floor_area_m2,
        ).join_from(building_links, buildings, buildings.c.building_id == links.building_id)
        rows = _rows_in(self.conn, query, links.community_id, names)
        return _as_frame(rows, [c.name for c in query.selected_columns], "building_id")


def _same_shapes(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which shapes are the same to the last bit; two missing ones are."""
    left, right = (shapely.to_wkb(np.asarray(s, dtype=object), byte_order=1) for s in (one, other))
    return np.array([a == b for a, b in zip(left, right, strict=True)], dtype=bool)


def _rows_in(
    conn: Connection, query: Select[Any], column: ColumnElement[Any], keys: Collection[str]
) -> list[tuple[Any, ...]]:
    """The rows of a query whose column is one of these keys."""
    found: list[tuple[Any, ...]] = []
    for part in chunks(sorted(keys), KEYS_AT_ONCE):
        found += [tuple(row) for row in conn.execute(query.where(column.in_(part)))]
    return found


def _keys(
    conn: Connection, wanted: ColumnElement[Any], column: ColumnElement[Any], keys: Collection[str]
) -> set[str]:
    """The values of one column where another is one of these keys; missing ones left out."""
    return {row[0] for row in _rows_in(conn, select(wanted), column, keys) if row[0] is not None}


def _as_frame(rows: list[tuple[Any, ...]], columns: Sequence[str], key: str) -> pd.DataFrame:
    """Rows by their key as a frame."""
    out = (
        pd.DataFrame.from_records(rows, columns=list(columns))
        if rows
        else pd.DataFrame(columns=list(columns))
    )
    return out.sort_values(key, kind="stable").reset_index(drop=True)


def _replace(conn: Connection, table: Table, held: list[Row], fresh: list[Row]) -> None:
    """Write the rows that differ from what the link table holds under their key (the first column)."""
    before = {row[0]: row for row in held}
    changed = [row for row in fresh if before.get(row[0]) != row]
    key = next(iter(table.primary_key.columns))
    for part in chunks([row[0] for row in changed if row[0] in before]):
        conn.execute(delete(table).where(key.in_(part)))
    insert_rows(conn, table, [c.name for c in table.columns], changed)


def _is_whole(conn: Connection) -> bool:
    """Whether every building and community has its link, as it must before a part can be linked for the whole."""
    for base, links in ((communities, community_links), (buildings, building_links)):
        counts = {conn.execute(select(func.count()).select_from(t)).scalar() for t in (base, links)}
        if len(counts) > 1:
            return False
    return True


def _places(conn: Connection, touched: Touched, marks: Marks) -> None:
    """Links of the facilities and population points that were touched."""
    areas: Areas | None = None
    columns = [c.name for c in place_links.columns]
    for name, (table, key) in PLACE_TABLES.items():
        ids = touched.of(name)
        if not ids:
            continue
        areas = areas or read_areas(conn)
        for part in chunks(sorted(ids)):
            conn.execute(
                delete(place_links).where(place_links.c.layer == name, place_links.c.row_id.in_(part))
            )
        rows = _rows_in(conn, select(table.c[key], table.c.geometry), table.c[key], ids)
        places = as_layer(_as_frame(rows, (key, "geometry"), key), "geometry")
        found = locate(places, areas)
        marks.forget(f"{name}_to_subdistricts", ids)
        marks.located(f"{name}_to_subdistricts", places[key], found)
        insert_rows(
            conn, place_links, columns, plain_rows(place_rows(name, places[key], found), place_links, columns)
        )
