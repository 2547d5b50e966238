"""A town small enough to work out on paper: one street, three communities, two facilities."""

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import METRIC
from store.engine import Store
from store.linking import relink
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES

X0, Y0 = 447_000.0, 4_417_000.0  # metres, EPSG:4548: a spot in the city


def spot(*metres: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Point(X0 + x, Y0 + y) for x, y in metres], crs=METRIC).to_crs(4326)


def line(*metres: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(p.x, p.y) for p in spot(*metres)])


def block(x: float, y: float, side: float = 10) -> shapely.Polygon:
    return shapely.Polygon(
        [(p.x, p.y) for p in spot((x, y), (x + side, y), (x + side, y + side), (x, y + side))]
    )


def frame(rows: dict, geometry: object = None) -> pd.DataFrame:
    return pd.DataFrame(rows) if geometry is None else gpd.GeoDataFrame(rows, geometry=geometry, crs=4326)


def put(store: Store, **tables: pd.DataFrame) -> int:
    with store.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key="t", actor="t", is_synthetic=False)
        for name, rows in tables.items():
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=False)
        relink(conn)
        end_run(conn, run, actor="t", detail={})
    return run


def fill_town(store: Store) -> None:
    """A street of 1,000 m from west to east; 100 residents at its west end (A), 40 at 600 m (B), 7 beyond the town.

    A crèche stands at 250 m: 250 m from A, 350 m from B. C's place is 400 m north of A, off every street.
    """
    outer = block(-500, -500, 2000)
    put(
        store,
        districts=frame({"district_code": ["110101"], "name_zh": ["东城区"]}, [outer]),
        subdistricts=frame(
            {"subdistrict_code": ["110101001"], "district_code": ["110101"], "name_zh": ["甲街道"]}, [outer]
        ),
        streets=frame({"street_id": ["S1"]}, [line((0, 0), (1000, 0))]),
        communities=frame(
            {
                "community_id": ["A", "B", "C"],
                "name": ["甲", "乙", "丙"],
                "district_code": "110101",
                "build_year_from": [1985, 2005, 1990],
                "build_year_to": [1985, 2005, 1990],
                "build_year_precision": "year",
                "residents": [100.0, 40.0, None],
                "point": list(spot((0, 0), (600, 0), (0, 400))),
            }
        ),
        population_points=frame(
            {"point_id": ["1", "2", "3"], "residents": [100.0, 40.0, 7.0]}, spot((0, 0), (600, 0), (5000, 0))
        ),
        facilities=frame(
            {"facility_id": ["K1", "T1"], "kind": ["kindergarten", "public_toilet"]},
            spot((250, 0), (950, 0)),
        ),
    )
