"""The demo city: its ground fits together, its programme meets the figures, its awkward cases are there."""

import datetime as dt
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.assign import assign_buildings
from geo.crs import METRIC
from loaders import reference
from loaders.contracts import broken_rows
from loaders.demo import DemoCity, build_city
from loaders.demo.profile import profile, shared_out
from loaders.values.years import parse_years
from programme import progress, stages
from programme.gates import gate_table, started_without_agreement
from store.rows import content_columns, plain_rows
from store.tables import BASE_TABLES
from tests.loaders.demo_cities import built

AS_OF = dt.date(2020, 8, 31)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tiny() -> DemoCity:
    return built("tiny")


@pytest.fixture(scope="module")
def small() -> DemoCity:
    return built("small")


@pytest.fixture(scope="module", params=["tiny", "small"])
def city(request: pytest.FixtureRequest) -> DemoCity:
    return request.getfixturevalue(request.param)


#: What only people make: the demo holds none of it.
LEFT_TO_PEOPLE = {
    "proof_files",
    "siting_scenarios",
    "bundles",
    "bundle_projects",
    "standard_rows",
    "entrances",
}


def fingerprint(city: DemoCity) -> str:
    seal = hashlib.sha256()
    for name, rows in city.layers.items():
        seal.update(name.encode())
        for row in plain_rows(rows, BASE_TABLES[name], content_columns(BASE_TABLES[name])):
            seal.update(repr(row).encode())
    seal.update(repr(sorted(city.notes.items())).encode())
    return seal.hexdigest()


def metric(rows: gpd.GeoDataFrame) -> np.ndarray:
    return rows.geometry.to_crs(METRIC).to_numpy()


# --- shape of the layers ----------------------------------------------------------------------------
def test_layers_have_the_stores_columns_and_keep_its_contracts(city: DemoCity) -> None:
    assert list(city.layers) == [name for name in BASE_TABLES if name in city.layers]
    assert set(BASE_TABLES) - set(city.layers) <= {"districts", *LEFT_TO_PEOPLE}
    for name, rows in city.layers.items():
        assert list(rows.columns) == content_columns(BASE_TABLES[name])
        assert rows[rows.columns[0]].is_unique
        assert broken_rows(name, pd.DataFrame(rows)).empty, name


def test_references_between_layers_hold(city: DemoCity) -> None:
    known = {name: set(rows.iloc[:, 0]) for name, rows in city.layers.items()}
    known["districts"] = set(reference.districts()["district_code"])
    for name, rows in city.layers.items():
        for column in BASE_TABLES[name].columns:
            for key in column.foreign_keys:
                target = key.column.table.name
                if target in known:
                    assert set(rows[column.name].dropna()) <= known[target], (name, column.name)


def test_every_kind_of_facility_is_there(small: DemoCity) -> None:
    assert set(small.layers["facilities"]["kind"]) == set(reference.facility_kinds()["key"])


@pytest.mark.parametrize(("total", "weights"), [(7, [1, 1, 1]), (0, [1, 2]), (100, [0.1, 0, 5])])
def test_shared_out_adds_up(total: int, weights: list[float]) -> None:
    out = shared_out(total, np.array(weights))
    assert out.sum() == total
    assert (out >= 0).all()


# --- the ground -------------------------------------------------------------------------------------
def test_subdistricts_divide_their_districts_without_gap_or_overlap(small: DemoCity) -> None:
    parts = small.layers["subdistricts"]
    listed = reference.subdistricts().set_index("subdistrict_code")
    assert set(parts["subdistrict_code"]) == set(listed.index)
    assert (parts.set_index("subdistrict_code")["name_zh"] == listed["name_zh"]).all()
    outlines = reference.districts().set_index("district_code").geometry.to_crs(METRIC)
    for code, group in parts.groupby("district_code"):
        assert shapely.coverage_is_valid(group.geometry.to_numpy())
        shapes = metric(group)
        assert shapely.is_valid(shapes).all()
        assert shapely.area(shapes).min() > 1e6
        whole = shapely.union_all(shapes)
        assert shapely.area(shapely.symmetric_difference(whole, outlines[code])) < 1e-6 * outlines[code].area


def test_communities_never_overlap_and_lie_in_their_subdistrict(city: DemoCity) -> None:
    homes = city.layers["communities"]
    drawn = homes[homes.geometry.notna()]
    shapes = np.concatenate([metric(drawn), metric(city.layers["parcels"])])
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (one == other).all()
    areas = city.layers["subdistricts"].set_index("subdistrict_code")
    code = drawn["community_id"].str.extract(r"DEMO-C-(\d{9})-")[0]
    ground = areas.loc[code].geometry.to_numpy()
    assert shapely.covers(ground, drawn.geometry.to_numpy()).all()
    assert (areas.loc[code, "name_zh"].to_numpy() == drawn["subdistrict_name"].to_numpy()).all()


def test_buildings_stand_inside_their_community_and_apart_from_each_other(city: DemoCity) -> None:
    homes, houses = city.layers["communities"], city.layers["buildings"]
    drawn = homes[homes.geometry.notna()]
    footprints = metric(houses)
    assert shapely.is_valid(footprints).all()
    tree = shapely.STRtree(footprints)
    one, other = tree.query(footprints, predicate="intersects")
    assert (one == other).all()
    _, touched = tree.query(metric(drawn), predicate="intersects")
    _, inside = tree.query(metric(drawn), predicate="contains")
    assert set(touched) == set(inside)
    assert len(inside) > 0.5 * len(houses)


def test_sizes_are_what_the_profile_says(city: DemoCity) -> None:
    held = profile()["sizes"][city.size]
    assert len(city.layers["communities"]) == held["communities"]
    assert len(city.layers["buildings"]) == pytest.approx(held["buildings"], rel=0.03)


def test_totals_of_a_community_are_those_of_its_buildings(city: DemoCity) -> None:
    homes, houses = city.layers["communities"], city.layers["buildings"]
    odd = {i for case in ("community_without_buildings", "no_place") for i in city.notes[case]}
    odd |= {i for case, ids in city.notes.items() if case.startswith("boundary_") for i in ids}
    plain = homes[~homes["community_id"].isin(odd) & homes.geometry.notna()]
    links, _ = assign_buildings(houses.drop(columns="community_id_stated"), plain, max_distance_m=12.0)
    sums = houses.groupby(links["community_id"].to_numpy())[["floor_area_m2", "households"]].sum()
    count = links["community_id"].value_counts()
    held = plain.set_index("community_id")
    assert (count.reindex(held.index) == held["building_count"]).all()
    assert np.allclose(sums["floor_area_m2"].reindex(held.index), held["floor_area_m2"], atol=1.0)
    assert (sums["households"].reindex(held.index) == held["households"]).all()
    assert held["residents"].sum() == pytest.approx(2.45 * held["households"].sum(), rel=0.03)


def test_footprints_look_like_the_citys(small: DemoCity) -> None:
    houses = small.layers["buildings"]
    shapes = metric(houses)
    area = shapely.area(shapes)
    assert np.allclose(area * houses["storeys"], houses["floor_area_m2"], rtol=0.01, atol=2)
    old = (
        (houses["build_year_to"] < 1990).fillna(False)
        & houses["storeys"].isin([5, 6])
        & (houses["use"] == "住宅")
    )
    assert old.sum() > 1000
    assert (houses.loc[old, "lift_count"] > 0).mean() < 0.05
    tall = (houses["storeys"] >= 12) & (houses["use"] == "住宅")
    assert (houses.loc[tall, "lift_count"] >= 2).all()
    known = houses["build_year_from"].notna() & (houses["build_year_precision"] == "year")
    assert (houses.loc[tall & known, "build_year_from"] >= 1977).all()
    west, south, east, north = shapely.bounds(shapes[old]).T
    assert np.median(east - west) == pytest.approx(60, abs=15)
    assert ((east - west) > 1.5 * (north - south)).mean() > 0.95  # rows face south


def test_the_core_is_older(small: DemoCity) -> None:
    homes = small.layers["communities"]
    old = (homes["build_year_to"] <= 1999).where(homes["build_year_to"].notna())
    zone = homes["district_code"].map(reference.districts().set_index("district_code")["zone"])
    share = old.astype("float64").groupby(zone).mean()
    assert share["core"] > share["central"] > share["plain"]
    assert 0.45 < old.mean() < 0.65


def test_names_are_unique_within_a_district(small: DemoCity) -> None:
    homes = small.layers["communities"]
    assert not homes.duplicated(["district_code", "name"]).any()


def test_years_read_back_from_their_text(city: DemoCity) -> None:
    for name in ("communities", "buildings"):
        rows = city.layers[name]
        read = parse_years(rows["build_year_text"])
        for column in ("build_year_from", "build_year_to"):
            assert read[column].astype("Int64").equals(rows[column].astype("Int64")), (name, column)
        assert (read["build_year_precision"] == rows["build_year_precision"]).all()


def test_population_is_that_of_the_dwellings(city: DemoCity) -> None:
    people = city.layers["population_points"]["residents"].sum()
    assert people == pytest.approx(2.45 * city.layers["buildings"]["households"].sum(), rel=0.01)


# --- the programme ----------------------------------------------------------------------------------
def test_targets_of_2020_are_the_plans_and_the_districts_add_up(small: DemoCity) -> None:
    rows = small.layers["annual_targets"]
    now = rows[rows["year"] == 2020]
    city = now[now["area_code"] == "110000"].set_index("measure")["value"].to_dict()
    assert city == {"starts": 80, "completions": 50, "investment_fen": 128_000_000_000}
    entered = now[now["area_code"] != "110000"].groupby("measure")["value"].sum()
    assert {m: int(entered[m]) for m in city} == city
    assert set(rows["year"]) == {2018, 2019, 2020}


def test_the_year_stands_where_the_story_says(small: DemoCity) -> None:
    layers = small.layers
    projects, events = layers["projects"], layers["stage_events"]
    codes = sorted(reference.districts()["district_code"])
    years = progress.project_years(projects, events, layers["monthly_investments"], year=2020, as_of=AS_OF)
    found = progress.standings(years, projects, layers["annual_targets"], codes, year=2020, as_of=AS_OF)
    city = {m: found[progress.CITY_CODE, m] for m in progress.PLAN_MEASURES}
    assert city[progress.Measure.STARTS].actual == 52
    assert city[progress.Measure.COMPLETIONS].actual == 27
    assert city[progress.Measure.INVESTMENT].actual == pytest.approx(83e9, rel=0.03)
    behind, ahead = small.notes["district_behind"][0], small.notes["district_over_fulfilled"][0]
    assert {found[behind, m].lamp for m in progress.PLAN_MEASURES} == {progress.Lamp.BEHIND}
    assert {found[ahead, m].lamp for m in progress.PLAN_MEASURES} == {progress.Lamp.AHEAD}
    assert all((found[ahead, m].rate_pct or 0) > 100 for m in progress.PLAN_MEASURES)
    assert set(stages.current_stage(events, projects, AS_OF)) == {s.value for s in stages.CHAIN}


def test_events_follow_the_chain_and_end_with_the_as_of_date(city: DemoCity) -> None:
    events = city.layers["stage_events"]
    assert max(events["event_date"]) <= city.as_of_date == AS_OF
    dates = stages.first_dates(events, AS_OF)
    for early, late in zip(stages.CHAIN, stages.CHAIN[1:], strict=False):
        both = dates[[early.value, late.value]].dropna()
        assert (both[early.value] <= both[late.value]).all(), (early, late)
    numbered = events[events["stage"] == "confirmed"]
    assert numbered["document_no"].notna().all()
    batches = city.layers["projects"].set_index("project_id")["batch"]
    first = numbered[numbered["project_id"].map(batches) == "2020-1"]
    assert set(first["event_date"]) == {dt.date(2020, 6, 19)}


def test_money_adds_up(city: DemoCity) -> None:
    funds, projects = city.layers["funding_entries"], city.layers["projects"].set_index("project_id")
    odd = set(city.notes["paid_over_allotted"])
    sums = (
        funds[~funds["entry_id"].isin(odd)]
        .groupby(["project_id", "state"])["amount_fen"]
        .sum()
        .unstack(fill_value=0)
    )
    assert (sums["planned"] == projects.loc[sums.index, "planned_investment_fen"]).all()
    assert (sums["allotted"] <= sums["planned"]).all()
    assert (sums["paid"] <= sums["allotted"]).all()
    done = city.layers["monthly_investments"].groupby("project_id")["amount_fen"].sum()
    assert (done <= 1.001 * projects.loc[done.index, "planned_investment_fen"]).all()
    wan = projects["planned_investment_fen"] / 1e6
    assert wan.between(500, 9000).all()
    assert 1500 < wan.mean() < 4500
    assert set(funds["funding_source"]) <= set(reference.funding_sources()["key"])
    assert city.layers["monthly_investments"]["month"].between("2018-01", "2020-08").all()


def test_a_project_takes_in_old_dwellings_of_its_own_communities(city: DemoCity) -> None:
    layers = city.layers
    homes = layers["communities"].set_index("community_id")
    projects = layers["projects"].set_index("project_id")
    links = layers["project_communities"]
    assert (
        homes.loc[links["community_id"], "district_code"].to_numpy()
        == projects.loc[links["project_id"], "district_code"].to_numpy()
    ).all()
    taken = layers["buildings"].set_index("building_id").loc[layers["project_buildings"]["building_id"]]
    assert set(taken["use"]) == {"住宅"}
    assert (taken["build_year_from"].dropna() < 2000).all()
    assert set(projects.index) == set(links["project_id"])


# --- the awkward cases ------------------------------------------------------------------------------
CASES = {
    "mixed_age", "unknown_year", "straddles_2000", "precision_year", "precision_range", "precision_decade",
    "precision_about", "central_state", "district_behind", "district_over_fulfilled", "started_without_agreement",
    "agreement_after_start", "started_without_confirmation", "started_without_owners_body",
    "community_without_buildings", "building_without_community", "building_outside_boundary",
    "stated_community_unknown", "boundary_parcel_containing", "boundary_parcel_nearest", "boundary_footprint_hull",
    "no_place", "community_in_two_projects", "html_name", "formula_name", "duplicate_name", "paid_over_allotted",
    "works_overdue", "works_idle", "waits_for_agreement",
}  # fmt: skip


def test_every_awkward_case_is_there_and_names_rows_that_exist(city: DemoCity) -> None:
    assert set(city.notes) == CASES
    known = {k for rows in city.layers.values() for k in rows.iloc[:, 0]}
    known |= set(reference.districts()["district_code"])
    for case, ids in city.notes.items():
        assert ids, case
        assert set(ids) <= known, case


def test_awkward_years(city: DemoCity) -> None:
    homes = city.layers["communities"].set_index("community_id")
    for precision in ("year", "range", "decade", "about"):
        assert set(homes.loc[city.notes[f"precision_{precision}"], "build_year_precision"]) == {precision}
    assert homes.loc[city.notes["unknown_year"], "build_year_from"].isna().all()
    straddling = homes.loc[city.notes["straddles_2000"]]
    assert ((straddling["build_year_from"] < 2000) & (straddling["build_year_to"] >= 2000)).all()
    drawn = city.layers["communities"][city.layers["communities"].geometry.notna()]
    inside = gpd.sjoin(city.layers["buildings"], drawn[["community_id", "geometry"]], predicate="within")
    mixed = inside[inside["community_id"].isin(city.notes["mixed_age"])]
    ages = (mixed["build_year_from"].dropna() < 2000).groupby(mixed["community_id"]).nunique()
    assert (ages == 2).any()


def test_awkward_names_are_plain_text_in_the_data(city: DemoCity) -> None:
    homes = city.layers["communities"].set_index("community_id")
    assert homes.loc[city.notes["html_name"], "name"].str.contains("<script>").all()
    assert homes.loc[city.notes["formula_name"], "name"].str.startswith("=").all()
    same = homes.loc[city.notes["duplicate_name"]]
    assert same["name"].nunique() == 1
    assert same["district_code"].nunique() == len(same) == 2


def test_breaches_are_found_by_the_plans_own_rules(city: DemoCity) -> None:
    layers, notes = city.layers, city.notes
    late = started_without_agreement(layers["stage_events"], AS_OF)
    assert late == sorted(notes["started_without_agreement"] + notes["agreement_after_start"])
    gates = gate_table(
        layers["projects"],
        layers["stage_events"],
        layers["project_communities"],
        layers["communities"],
        AS_OF,
    )
    started = stages.first_dates(layers["stage_events"], AS_OF)["started"].dropna().index
    assert sorted(gates.index[~gates["confirmation"] & gates.index.isin(started)]) == sorted(
        notes["started_without_confirmation"]
    )
    assert set(notes["started_without_owners_body"]) <= set(gates.index[~gates["owners_body"]])
    assert layers["projects"]["is_central_state"].sum() == len(notes["central_state"]) > 0


def test_awkward_places(city: DemoCity) -> None:
    homes, houses = city.layers["communities"].set_index("community_id"), city.layers["buildings"]
    drawn = homes[homes.geometry.notna()]
    empty = drawn.loc[city.notes["community_without_buildings"]]
    tree = shapely.STRtree(houses.geometry.to_numpy())
    assert len(tree.query(empty.geometry.to_numpy(), predicate="intersects")[0]) == 0
    loose = houses.set_index("building_id").loc[city.notes["building_without_community"]]
    outlines = shapely.STRtree(drawn.geometry.to_numpy())
    assert len(outlines.query(loose.geometry.to_numpy(), predicate="intersects")[0]) == 0
    point_only = [i for case, ids in city.notes.items() if case.startswith("boundary_") for i in ids]
    assert homes.loc[point_only].geometry.isna().all()
    assert homes.loc[point_only, "point"].notna().all()
    assert homes.loc[city.notes["no_place"], "point"].isna().all()
    twice = city.layers["project_communities"]["community_id"].value_counts()
    assert (twice[city.notes["community_in_two_projects"]] >= 2).all()


# --- the same again ---------------------------------------------------------------------------------
def test_the_same_seed_gives_the_same_city_whatever_the_process(tiny: DemoCity) -> None:
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from tests.loaders.test_demo import fingerprint; from loaders.demo import build_city;"
        "print(fingerprint(build_city('tiny')))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "OMP_NUM_THREADS": threads,
                "OPENBLAS_NUM_THREADS": threads,
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, threads in (("1", "1"), ("4242", "2"))
    ]
    assert set(told) == {fingerprint(tiny)}


def test_another_seed_gives_another_city_that_holds_as_well() -> None:
    other = build_city("tiny", seed=7)
    assert len(other.layers["communities"]) == profile()["sizes"]["tiny"]["communities"]
    assert fingerprint(other) != fingerprint(built("tiny"))


@pytest.mark.slow
def test_the_large_city_has_its_size_and_no_overlaps() -> None:
    large = build_city("large")
    assert len(large.layers["communities"]) == 7_000
    assert len(large.layers["buildings"]) == pytest.approx(500_000, rel=0.01)
    shapes = metric(large.layers["communities"][large.layers["communities"].geometry.notna()])
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (one == other).all()
    starts = large.layers["stage_events"]["stage"].eq("started").sum()
    assert starts == 34 + 52 + 52
