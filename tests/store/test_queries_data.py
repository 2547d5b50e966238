"""What the page *Data* reads, on both databases, counted by hand on the small city."""

import pandas as pd
import pytest

from loaders.undo import undo_and_relink
from store import queries_data
from store.engine import Store
from store.queries_map import COMPLETENESS_FIELDS
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES, communities, import_layers
from tests.dashboard.small_store import fill


@pytest.fixture
def small_city(store: Store) -> Store:
    fill(store)
    return store


def change_communities(store: Store) -> int:
    """A later run that changes C1, repeats nothing, and brings C7."""
    rows = pd.DataFrame(
        {
            "community_id": ["C1", "C7"],
            "name": ["C1小区", "新小区"],
            "district_code": ["110101", "110102"],
            "build_year_from": [1985, 1990],
            "build_year_to": [1985, 1990],
            "build_year_precision": ["year", "year"],
            "households": [321, 50],
        }
    )
    with store.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key="later", actor="乙", is_synthetic=False)
        applied = apply_rows(conn, run, communities, rows, is_synthetic=False)
        conn.execute(
            import_layers.insert().values(
                run_id=run,
                layer="communities",
                target="communities",
                is_synthetic=False,
                read_rows=5,
                accepted_rows=2,
                rejected_rows=3,
                repaired_rows=1,
                inserted_rows=applied.inserted,
                updated_rows=applied.updated,
                unchanged_rows=applied.unchanged,
            )
        )
        end_run(conn, run, actor="乙", detail={})
    return run


def test_runs_come_newest_first_with_their_sums(small_city: Store) -> None:
    number = change_communities(small_city)
    runs = queries_data.run_rows(small_city)
    assert list(runs["kind"]) == ["load", "demo", "reference"]
    newest = runs.iloc[0]
    assert (newest["run_id"], newest["actor"], newest["status"]) == (number, "乙", "done")
    counts = [int(newest[f"{n}_rows"]) for n in ("read", "accepted", "rejected", "repaired")]
    assert counts == [5, 2, 3, 1]
    assert [int(newest[f"{n}_rows"]) for n in ("inserted", "updated")] == [1, 1]
    # The small city was written without layers: zeros, not missing.
    assert int(runs.iloc[1]["read_rows"]) == 0
    assert int(runs.iloc[1]["layers"]) == 0
    layers = queries_data.run_layers(small_city, number)
    assert list(layers["layer"]) == ["communities"]
    assert queries_data.run_layers(small_city, 999).empty


def test_what_undoing_would_change_is_what_it_changes(small_city: Store) -> None:
    number = change_communities(small_city)
    effects = queries_data.undo_effects(small_city, number)
    assert effects.to_dict("records") == [
        {"table_name": "communities", "removed": 1, "restored": 1, "returned": 0}
    ]
    undo_and_relink(small_city, number, actor="甲")
    assert queries_data.undo_effects(small_city, number).empty
    undone = queries_data.run_rows(small_city).iloc[0]
    assert (undone["status"], undone["undone_by"]) == ("undone", "甲")


def test_the_effects_of_the_whole_city_stand_in_the_order_of_the_tables(small_city: Store) -> None:
    effects = queries_data.undo_effects(small_city, 2)
    names = list(effects["table_name"])
    assert names == [t for t in BASE_TABLES if t in names]
    removed = effects.set_index("table_name")["removed"]
    assert (int(removed["communities"]), int(removed["buildings"]), int(removed["projects"])) == (6, 11, 5)


def test_only_old_communities_count_for_completeness(small_city: Store) -> None:
    counts = queries_data.completeness(small_city, "district")
    assert counts.set_index("code")["communities"].to_dict() == {"110101": 2, "110102": 1}
    row = counts.set_index("code").loc["110101"]
    # C1 and C2: both with year, households and an answer on the owners' body, C1 alone surveyed.
    assert {f: int(row[f]) for f in COMPLETENESS_FIELDS if row[f]} == {
        "build_year_from": 2,
        "households": 2,
        "has_owners_body": 2,
        "surveyed_date": 1,
    }
    inner = queries_data.completeness(small_city, "subdistrict", "110101")
    assert inner[["code", "communities"]].to_dict("records") == [{"code": "110101001", "communities": 2}]
    assert queries_data.completeness(small_city, "subdistrict", "110116").empty


def test_the_emptiest_communities_come_first(small_city: Store) -> None:
    rows = queries_data.incomplete_communities(small_city)
    assert list(rows["community_id"]) == ["C2", "C1", "C4"]
    assert list(queries_data.incomplete_communities(small_city, district_code="110102")["community_id"]) == [
        "C4"
    ]
    assert queries_data.incomplete_communities(small_city, subdistrict_code="110101002").empty


def test_an_empty_text_is_not_filled(small_city: Store) -> None:
    with small_city.writing() as conn:
        conn.execute(communities.update().where(communities.c.community_id == "C4").values(address=""))
    counts = queries_data.completeness(small_city, "district").set_index("code")
    assert int(counts.loc["110102", "address"]) == 0
