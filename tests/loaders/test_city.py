"""The demo city: its ground, its programme, its awkward cases; the same from the same seed."""

import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import select

from loaders import reference
from loaders.city import DemoCity, build_city
from loaders.city.plan import METRIC, shared_out
from loaders.commit import ensure_reference, load_demo
from loaders.contracts import broken_rows
from programme.gates import Gate, gate_table, started_without_agreement
from programme.progress import PLAN_MEASURES, Lamp, Measure, project_years, standings
from programme.stages import Stage, confirmed_dates, current_stage, first_dates
from store.engine import Store, open_store
from store.integrity import check_store
from store.tables import BASE_TABLES, ORIGIN_COLUMNS, community_links, key_column


@pytest.fixture(scope="module")
def tiny() -> DemoCity:
    return build_city("tiny")


@pytest.fixture(scope="module")
def small() -> DemoCity:
    return build_city("small")


@pytest.fixture(scope="module", params=["tiny", "small"])
def city(request: pytest.FixtureRequest) -> DemoCity:
    return request.getfixturevalue(request.param)


def metric(layer: gpd.GeoDataFrame) -> np.ndarray:
    return layer.geometry.to_crs(METRIC).to_numpy()


def outlines(city: DemoCity) -> np.ndarray:
    """Each community's outline: its own boundary, or the parcel that stands in for it (metres)."""
    homes, lots = city.layers["communities"], city.layers["parcels"]
    by_id = dict(zip("C" + lots["parcel_id"].str[1:], metric(lots), strict=True))
    own = metric(homes)
    return np.array(
        [by_id[i] if s is None else s for i, s in zip(homes["community_id"], own, strict=True)], dtype=object
    )


def place_of(city: DemoCity) -> pd.Series:
    """The position of the community that covers each building, -1 for none."""
    houses = metric(city.layers["buildings"])
    at, home = shapely.STRtree(outlines(city)).query(houses, predicate="covered_by")
    return pd.Series(home, index=at).reindex(range(len(houses)), fill_value=-1)


def state_of(city: DemoCity) -> dict:
    layers = city.layers
    years = project_years(
        layers["projects"],
        layers["stage_events"],
        layers["monthly_investments"],
        year=2020,
        as_of=city.as_of_date,
    )
    areas = sorted(layers["projects"]["district_code"].unique())
    return standings(
        years, layers["projects"], layers["annual_targets"], areas, year=2020, as_of=city.as_of_date
    )


# --- shape of the tables ----------------------------------------------------------------------------
def test_layers_have_exactly_the_columns_of_their_tables(city: DemoCity) -> None:
    assert set(city.layers) == set(BASE_TABLES) - {"districts"}
    for name, rows in city.layers.items():
        expected = {c.name for c in BASE_TABLES[name].columns} - set(ORIGIN_COLUMNS)
        assert set(rows.columns) == expected, name
        keys = rows[key_column(BASE_TABLES[name])]
        assert keys.notna().all() and keys.is_unique, name
        if isinstance(rows, gpd.GeoDataFrame):
            assert rows.crs.to_epsg() == 4326
            assert shapely.is_valid(rows.geometry.dropna().to_numpy()).all(), name


def test_rows_keep_the_contracts_that_foreign_files_must_keep(tiny: DemoCity) -> None:
    for name, rows in tiny.layers.items():
        if name in ("projects", "stage_events", "buildings", "communities", "facilities", "annual_targets"):
            assert broken_rows(name, pd.DataFrame(rows)).empty, name


def test_sizes(tiny: DemoCity, small: DemoCity) -> None:
    assert len(tiny.layers["communities"]) == 64
    assert 850 <= len(tiny.layers["buildings"]) <= 950
    assert len(small.layers["communities"]) == 1500
    assert 24_000 <= len(small.layers["buildings"]) <= 26_000
    assert set(tiny.layers["communities"]["district_code"]) == {"110101", "110106", "110107", "110108"}
    with pytest.raises(ValueError, match="no such size"):
        build_city("middling")


def test_same_seed_same_city_and_another_seed_another(tiny: DemoCity) -> None:
    def seals(city: DemoCity) -> dict[str, str]:
        return {
            name: hashlib.sha256(
                pd.DataFrame(rows)
                .assign(
                    **{
                        c: shapely.to_wkb(rows[c].to_numpy(), hex=True)
                        for c in ("geometry", "point")
                        if c in rows
                    }
                )
                .to_json(orient="split", date_format="iso")
                .encode()
            ).hexdigest()
            for name, rows in city.layers.items()
        }

    again, other = build_city("tiny"), build_city("tiny", seed=7)
    assert seals(again) == seals(tiny)
    assert again.notes == tiny.notes
    differing = {n for n, seal in seals(other).items() if seal != seals(tiny)[n]}
    assert differing == set(tiny.layers)


# --- the ground -------------------------------------------------------------------------------------
def test_subdistricts_fill_each_district_without_overlap(city: DemoCity) -> None:
    areas = city.layers["subdistricts"]
    districts = reference.districts().to_crs(METRIC).set_index("district_code").geometry
    for code, own in areas.groupby("district_code"):
        shapes = metric(own)
        whole = districts[code]
        assert abs(shapely.area(shapes).sum() / whole.area - 1) < 0.001
        assert shapely.union_all(shapes).symmetric_difference(whole).area < 0.001 * whole.area
        one, other = np.triu_indices(len(shapes), 1)
        assert shapely.area(shapely.intersection(shapes[one], shapes[other])).max(initial=0.0) < 1.0


def test_subdistricts_have_the_real_codes_and_names(small: DemoCity) -> None:
    columns = ["subdistrict_code", "district_code", "name_zh"]
    held = small.layers["subdistricts"][columns].sort_values("subdistrict_code")
    real = reference.subdistricts()[columns].sort_values("subdistrict_code")
    assert held.to_numpy().tolist() == real.to_numpy().tolist()


def test_communities_never_overlap_and_lie_in_one_subdistrict(city: DemoCity) -> None:
    shapes = outlines(city)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (one == other).all()
    areas = city.layers["subdistricts"]
    at, area = shapely.STRtree(metric(areas)).query(shapes, predicate="covered_by")
    assert sorted(at) == list(range(len(shapes)))
    homes = city.layers["communities"].iloc[at]
    assert (homes["subdistrict_name"].to_numpy() == areas["name_zh"].to_numpy()[area]).all()
    assert (homes["district_code"].to_numpy() == areas["district_code"].to_numpy()[area]).all()


def test_buildings_stand_in_their_community_and_apart_from_each_other(city: DemoCity) -> None:
    houses = city.layers["buildings"]
    shapes, home = metric(houses), place_of(city)
    ids = city.layers["communities"]["community_id"].to_numpy()
    stated = houses["community_id_stated"].notna().to_numpy()
    assert stated.sum() > len(houses) / 3
    assert (ids[home[stated]] == houses.loc[stated, "community_id_stated"].to_numpy()).all()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (one == other).all()
    # Those of no community are so far off that none can be taken for theirs (30 m).
    outside = (home == -1).to_numpy()
    assert outside.any()
    assert (
        len(shapely.STRtree(outlines(city)).query(shapes[outside], predicate="dwithin", distance=30)[0]) == 0
    )


def test_old_slabs_are_low_and_without_lifts_and_towers_have_them(small: DemoCity) -> None:
    houses = small.layers["buildings"]
    old = houses[(houses["build_year_to"] < 1985) & (houses["structure"] == "砖混")]
    assert len(old) > 1000
    assert old["storeys"].max() <= 6
    assert (old["lift_count"].fillna(0) > 0).mean() < 0.05
    high = houses[(houses["storeys"] >= 12) & houses["lift_count"].notna() & (houses["use"] == "住宅")]
    assert (high["lift_count"] >= 2).all()


def test_the_city_thins_out_and_grows_younger_from_the_centre(small: DemoCity) -> None:
    homes = small.layers["communities"].set_index("district_code")
    area = reference.districts().set_index("district_code")["area_km2"].astype(float)
    density = homes.groupby(level=0).size() / area
    assert density["110102"] > density["110105"] > density["110112"] > density["110118"]
    years = homes.loc[homes["build_year_precision"] == "year", "build_year_from"].astype(float)
    assert years.loc[["110101", "110102"]].mean() + 5 < years.loc[["110112", "110114", "110115"]].mean()
    shares = small.layers["communities"]["build_year_precision"].value_counts(normalize=True)
    assert set(shares.index) == {"year", "range", "decade", "about", "unknown"}
    assert 0.03 < shares["unknown"] < 0.09


def test_names_are_unique_within_a_district_and_addresses_name_streets(city: DemoCity) -> None:
    homes = city.layers["communities"]
    assert not homes.duplicated(["district_code", "name"]).any()
    streets = set(city.layers["streets"]["name"].dropna())
    addresses = homes["address"].dropna().str.replace(r"\d+号$", "", regex=True)
    assert set(addresses) <= streets


def test_facilities_are_of_the_reference_and_leave_gaps(city: DemoCity) -> None:
    places = city.layers["facilities"]
    assert set(places["kind"]) <= set(reference.facility_kinds()["key"])
    care = places[places["kind"] == "elderly_daycare"]
    assert 0 < len(care) < len(city.layers["communities"]) / 3


# --- the programme ----------------------------------------------------------------------------------
def test_targets_of_2020_are_the_plans(city: DemoCity) -> None:
    rows = city.layers["annual_targets"]
    own = rows[(rows["year"] == 2020) & (rows["area_code"] == "110000")].set_index("measure")["value"]
    assert own.to_dict() == {"starts": 80, "completions": 50, "investment_fen": 128_000_000_000}


def test_district_targets_add_up_to_the_citys(small: DemoCity) -> None:
    rows = small.layers["annual_targets"]
    own = rows[(rows["year"] == 2020) & (rows["area_code"] != "110000")]
    assert own.groupby("measure")["value"].sum().to_dict() == {
        "starts": 80,
        "completions": 50,
        "investment_fen": 128_000_000_000,
    }


def test_where_2020_stands_at_the_end_of_august(small: DemoCity) -> None:
    rows = state_of(small)
    assert rows["110000", Measure.STARTS].actual == 52
    assert rows["110000", Measure.COMPLETIONS].actual == 27
    assert rows["110000", Measure.INVESTMENT].actual == pytest.approx(8.3e10, rel=0.01)


def test_one_district_is_behind_on_everything_and_one_over_fulfilled(city: DemoCity) -> None:
    rows = state_of(city)
    (behind,), (over,) = city.notes["behind_on_everything"], city.notes["over_fulfilled"]
    for measure in PLAN_MEASURES:
        assert rows[behind, measure].lamp is Lamp.BEHIND
        assert rows[over, measure].rate_pct > 100


def test_events_follow_the_chain_and_lie_before_the_day(city: DemoCity) -> None:
    events, projects = city.layers["stage_events"], city.layers["projects"]
    assert events["event_date"].max() <= city.as_of_date
    assert set(events["stage"]) <= set(reference.stages()["key"])
    dates = first_dates(events, city.as_of_date)
    chain = dates[[s.value for s in Stage]].ffill(axis=1)
    for before, after in zip(chain.columns, chain.columns[1:], strict=False):
        both = dates[before].notna() & dates[after].notna()
        assert (dates.loc[both, before] <= dates.loc[both, after]).all(), (before, after)
    stages = set(current_stage(events, projects, city.as_of_date))
    assert stages >= {"reserve", "confirmed", "designed", "tendered", "started", "completed", "long_term"}


def test_every_stage_is_in_the_small_city(small: DemoCity) -> None:
    layers = small.layers
    found = set(current_stage(layers["stage_events"], layers["projects"], small.as_of_date))
    assert found == {s.value for s in Stage}


def test_projects_take_old_communities_of_their_district(city: DemoCity) -> None:
    layers = city.layers
    pairs = layers["project_communities"].merge(layers["projects"], on="project_id")
    pairs = pairs.merge(layers["communities"], on="community_id", suffixes=("", "_home"))
    assert (pairs["district_code"] == pairs["district_code_home"]).all()
    known = pairs["build_year_precision"] == "year"
    assert (pairs.loc[known, "build_year_from"] < 2000).all()
    assert set(layers["project_communities"]["project_id"]) == set(layers["projects"]["project_id"])


def test_money_is_whole_and_paid_never_exceeds_allotted_but_where_noted(city: DemoCity) -> None:
    entries = city.layers["funding_entries"]
    assert set(entries["funding_source"]) <= set(reference.funding_sources()["key"])
    sums = entries.pivot_table(
        index=["project_id", "funding_source", "content_class"],
        columns="state",
        values="amount_fen",
        aggfunc="sum",
        fill_value=0,
    )
    assert (sums["allotted"] <= sums["planned"]).all()
    over = sums.index[sums["paid"] > sums["allotted"]].get_level_values("project_id")
    assert sorted(set(over)) == city.notes["paid_above_allotted"]
    planned = sums["planned"].groupby("project_id").sum()
    stated = city.layers["projects"].set_index("project_id")["planned_investment_fen"]
    assert (planned == stated[planned.index]).all()
    spent = city.layers["monthly_investments"].groupby("project_id")["amount_fen"].sum()
    assert (spent <= stated[spent.index]).all()


# --- awkward cases ----------------------------------------------------------------------------------
def test_every_awkward_case_is_there(city: DemoCity) -> None:
    assert {name for name, ids in city.notes.items() if not ids} == set()
    for name, ids in city.notes.items():
        assert len(ids) == len(set(ids)), name


def test_breaches_are_breaches(city: DemoCity) -> None:
    layers, notes = city.layers, city.notes
    assert (
        started_without_agreement(layers["stage_events"], city.as_of_date)
        == (notes["started_without_service_agreement"])
    )
    gates = gate_table(
        layers["projects"],
        layers["stage_events"],
        layers["project_communities"],
        layers["communities"],
        city.as_of_date,
    )
    begun = first_dates(layers["stage_events"], city.as_of_date)[Stage.STARTED.value].dropna().index
    gates = gates.loc[begun]
    assert sorted(gates.index[~gates[Gate.OWNERS_BODY.value]]) == notes["started_without_owners_body"]
    assert sorted(gates.index[~gates[Gate.CONFIRMATION.value]]) == notes["started_without_document"]
    assert gates[[Gate.DESIGN.value, Gate.TENDER.value]].all(axis=None)
    counted = confirmed_dates(layers["stage_events"], layers["projects"], city.as_of_date)
    assert not set(notes["started_without_document"]) & set(counted.index)


def test_odd_names_are_plain_text(city: DemoCity) -> None:
    names = city.layers["communities"].set_index("community_id")
    assert names.loc[city.notes["markup_name"], "name"].tolist() == ["<img src=x onerror=alert(1)>"]
    assert names.loc[city.notes["formula_name"], "name"].tolist() == ['=HYPERLINK("http://x")']
    twins = names.loc[city.notes["same_name_in_two_districts"]]
    assert twins["name"].nunique() == 1
    assert twins["district_code"].nunique() == 2


def test_a_community_in_two_projects_and_one_without_buildings(city: DemoCity) -> None:
    times = city.layers["project_communities"]["community_id"].value_counts()
    assert times.index[times > 1].tolist() == city.notes["community_in_two_projects"]
    ids = city.layers["communities"]["community_id"].to_numpy()
    held = set(ids[place_of(city)[lambda p: p >= 0]])
    assert set(city.notes["community_without_buildings"]) <= set(ids) - held


# --- in the store -----------------------------------------------------------------------------------
def test_the_store_takes_it_and_finds_nothing_wrong(tiny: DemoCity, sqlite_url: str) -> None:
    store: Store = open_store(sqlite_url)
    ensure_reference(store)
    result = load_demo(store, tiny, actor="test")
    assert result.rejected == 0
    with store.reading() as conn:
        assert check_store(conn) == []
        links = {r.community_id: r for r in conn.execute(select(community_links))}
    assert {r.area_rule for r in links.values()} == {"inside"}
    assert [i for i, r in links.items() if r.buildings == 0] == tiny.notes["community_without_buildings"]
    assert all(links[i].is_mixed_age for i in tiny.notes["mixed_age_communities"])
    assert sum(links[i].age_class == "unknown" for i in tiny.notes["straddling_ranges"]) >= 3
    assert {i for i, r in links.items() if r.parcel_id} == set(tiny.notes["boundary_from_parcel"])
    outside = result.joins["buildings_to_communities"]["by_rule"]["none"]
    assert outside >= len(tiny.notes["buildings_without_community"])
    store.dispose()


@pytest.mark.parametrize(
    ("total", "weights", "most", "shares"),
    [
        (10, [1, 1], None, [5, 5]),
        (3, [1, 1, 8], None, [0, 0, 3]),
        (5, [9, 1], [2, 9], [2, 3]),
        (9, [1], [4], [4]),
    ],
)
def test_shares_add_up(total: int, weights: list[float], most: list[int] | None, shares: list[int]) -> None:
    assert shared_out(total, np.array(weights), None if most is None else np.array(most)).tolist() == shares


def test_no_file_is_written(tiny: DemoCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(build_city("tiny").layers["streets"]) == len(tiny.layers["streets"])
    assert list(tmp_path.iterdir()) == []
