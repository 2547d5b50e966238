"""Kept distances: only what changed is worked out again, nothing half-made is read; the plain count by hand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import loaders.coverage.work as work
from geo.crs import METRIC
from loaders.coverage.count import count_within
from loaders.coverage.inputs import HOMES, POINTS
from loaders.coverage.work import Stopped, brought_up, current
from loaders.errors import AtlasError
from store.engine import Store
from store.linking import relink
from store.runs import apply_rows, begin_run, end_run, undo_run
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


@pytest.fixture
def town(store: Store) -> Store:
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
    return store


@pytest.mark.parametrize("distance", ["straight", "walk"])
def test_counted_by_hand(town: Store, distance: str) -> None:
    told = count_within(town, "kindergarten", 300, distance).as_json()  # type: ignore[arg-type]
    assert told == {
        "kind": "kindergarten",
        "radius_m": 300,
        "distance": distance,
        "places": 1,
        "residents": 140,  # the seven live in no held subdistrict
        "residents_within": 100,
        "communities": 3,
        "communities_within": 1,
        "pre_2000": 2,
        "pre_2000_within": 1,
    }
    # C is 472 m from the crèche as the crow flies, and off every street on foot.
    far = count_within(town, "kindergarten", 480, distance)  # type: ignore[arg-type]
    assert (far.residents_within, far.communities_within) == (140, 3 if distance == "straight" else 2)
    none = count_within(town, "wet_market", 1000, distance)  # type: ignore[arg-type]
    assert (none.places, none.residents_within, none.communities_within) == (0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "radius"), [("spaceport", 300.0), ("kindergarten", 0.0), ("kindergarten", 1e9)]
)
def test_a_question_that_makes_no_sense_is_refused(town: Store, kind: str, radius: float) -> None:
    with pytest.raises(AtlasError):
        count_within(town, kind, radius, "straight")


def test_on_foot_without_streets_is_refused(store: Store) -> None:
    with pytest.raises(AtlasError) as refused:
        count_within(store, "kindergarten", 300, "walk")
    assert refused.value.code == "coverage.no_streets"


@pytest.fixture
def kept_dir(tmp_path: Path) -> Path:
    """Where distances are kept, beside the database but not among its files."""
    return tmp_path / "kept"


def test_distances_are_kept_and_known_again(town: Store, kept_dir: Path) -> None:
    assert current(town, kept_dir) is None
    made = brought_up(town, kept_dir)
    people = made.people(HOMES)
    reach = made.reach(HOMES, people, ["kindergarten", "wet_market"])
    at = dict(zip(people["origin_id"], reach.kinds["kindergarten"].straight_m.tolist(), strict=True))
    assert at == pytest.approx({"A": 250, "B": 350, "C": 471.7}, abs=0.1)
    held = reach.kinds["kindergarten"]
    assert set(reach.facility_ids[held.straight_at]) == {"K1"}
    assert np.isnan(reach.kinds["wet_market"].straight_m).all()
    assert (reach.kinds["wet_market"].straight_at == -1).all()
    points = made.people(POINTS)
    assert points["residents"].sum() == 147
    assert points["subdistrict_code"].fillna("").tolist() == ["110101001", "110101001", ""]
    again = current(town, kept_dir)
    assert again is not None
    assert again.manifest == made.manifest
    assert made.reports["network"]["edges"] >= 1


def test_only_the_kind_that_changed_is_worked_out_again(
    town: Store, kept_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_up(town, kept_dir)
    asked: list[str] = []
    plain = work.kind_reach

    def counting(*args: object, **more: object) -> object:
        asked.append(str(args[3]))
        return plain(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "kind_reach", counting)
    more = put(town, facilities=frame({"facility_id": ["K0"], "kind": ["kindergarten"]}, spot((600, 0))))
    made = brought_up(town, kept_dir)
    assert set(asked) == {"kindergarten"}
    people = made.people(HOMES)
    reach = made.reach(HOMES, people)
    named = dict(
        zip(people["origin_id"], reach.facility_ids[reach.kinds["kindergarten"].straight_at], strict=True)
    )
    assert (named["A"], named["B"]) == ("K1", "K0")
    far = reach.kinds["public_toilet"]
    assert set(reach.facility_ids[far.straight_at]) == {"T1"}
    asked.clear()
    with town.writing() as conn:
        undo_run(conn, more, actor="t")
        relink(conn)
    back = brought_up(town, kept_dir)
    assert set(asked) == {"kindergarten"}
    assert back.reach(HOMES, people).kinds["kindergarten"].straight_m[1] == pytest.approx(350, abs=0.1)
    asked.clear()
    put(town, streets=frame({"street_id": ["S2"]}, [line((0, 0), (0, 400))]))
    new = brought_up(town, kept_dir)
    assert len(set(asked)) > 40  # a street moves every kind
    walked = new.reach(HOMES, new.people(HOMES), ["kindergarten"]).kinds["kindergarten"].walk_m
    assert walked[2] == pytest.approx(650, abs=0.1)
    assert sorted(p.name for p in kept_dir.iterdir()) == sorted(["coverage.json", new.manifest.folder])


def test_work_that_was_stopped_leaves_what_was_kept(town: Store, kept_dir: Path) -> None:
    made = brought_up(town, kept_dir)
    put(town, facilities=frame({"facility_id": ["K0"], "kind": ["kindergarten"]}, spot((600, 0))))
    with pytest.raises(Stopped):
        brought_up(town, kept_dir, should_stop=lambda: True)
    held = work.last(town, kept_dir)
    assert held is not None
    assert held.manifest == made.manifest
    assert held.reach(HOMES, held.people(HOMES)).kinds["kindergarten"].facilities == 1
    assert len([p for p in kept_dir.iterdir() if p.is_dir()]) == 1


@pytest.mark.parametrize("text", ["", "{", '{"format": 99}', '{"format": 1}', "[]"])
def test_a_damaged_list_of_files_is_made_anew(town: Store, kept_dir: Path, text: str) -> None:
    brought_up(town, kept_dir)
    (kept_dir / "coverage.json").write_text(text, "utf-8")
    assert current(town, kept_dir) is None
    made = brought_up(town, kept_dir)
    assert made.reach(HOMES, made.people(HOMES)).kinds["kindergarten"].facilities == 1
