"""Batches of confirmed projects (R7, R9, R10); annual plan against confirmed (R11)."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.batches import batch_table, confirmations, of_batches, plan_against_confirmed
from programme.progress import CITY_CODE, project_years
from tests.programme.frames import DAY, events, investments, projects, targets

AS_OF = DAY("2020-08-31")
HELD = projects(
    {"project_id": "a", "batch": "2020-第一批", "planned_investment_fen": 100},
    {"project_id": "b", "batch": "2020-第一批", "planned_investment_fen": 50, "is_central_state": True},
    {
        "project_id": "c",
        "batch": " 2020-第一批 ",
        "district_code": "110102",
        "confirmation_document_no": "9号",
    },
    {"project_id": "d", "batch": "2020-第二批", "planned_investment_fen": 7},
    {"project_id": "e", "planned_investment_fen": 3},
    {"project_id": "f", "planned_investment_fen": 11},
    {"project_id": "g", "batch": "2020-零批", "plan_year": 2019, "planned_investment_fen": 13},
)
DATED = events(
    ("a", "confirmed", "2020-03-01"),
    ("a", "confirmed", "2020-03-02", "1号"),
    ("b", "confirmed", "2020-03-02", "1号"),
    ("c", "confirmed", "2020-03-05"),
    ("d", "confirmed", "2020-05-01"),  # no number: does not count
    ("e", "confirmed", "2020-06-01", "3号"),
    ("g", "confirmed", "2020-02-01", "0号"),
)


def test_each_confirmation_has_its_day_and_number() -> None:
    found = confirmations(HELD, DATED, AS_OF)
    assert found["document_no"].to_dict() == {"a": "1号", "b": "1号", "c": "9号", "e": "3号", "g": "0号"}
    assert found.loc["a", "confirmed_date"] == pd.Timestamp("2020-03-02")


def test_batches_in_order_of_their_confirmation() -> None:
    table = batch_table(HELD, DATED, AS_OF)
    assert table["batch"].tolist() == ["2020-零批", "2020-第一批", "2020-第二批", None]
    first = table.loc[1]
    assert (first["first_date"], first["last_date"]) == (
        pd.Timestamp("2020-03-02"),
        pd.Timestamp("2020-03-05"),
    )
    assert first["documents"] == ("1号", "9号")
    assert first[["projects", "central_projects", "unknown_sums", "districts"]].tolist() == [3, 1, 1, 2]
    assert first[["planned_investment_fen", "central_investment_fen"]].tolist() == [150, 50]
    second = table.loc[2]
    assert (second["projects"], second["unconfirmed"], second["documents"]) == (0, ("d",), ())
    assert pd.isna(second["first_date"])
    # f is in no batch and not confirmed: it is in the reserve pool, not in a batch.
    assert (table.loc[3, "projects"], table.loc[3, "unconfirmed"]) == (1, ())


def test_batches_without_the_projects_of_central_state_organs() -> None:
    table = batch_table(HELD, DATED, AS_OF, has_central=False).set_index("batch")
    first = table.loc["2020-第一批"]
    assert first[["projects", "central_projects", "planned_investment_fen"]].tolist() == [2, 0, 100]
    assert batch_table(projects(), events(), AS_OF).empty


def test_a_batch_filters_the_projects() -> None:
    assert of_batches(HELD, ["2020-第一批"])["project_id"].tolist() == ["a", "b", "c"]
    assert of_batches(HELD, [None, "2020-第二批"])["project_id"].tolist() == ["d", "e", "f"]
    assert of_batches(HELD, []).empty


def test_the_annual_plan_against_what_is_confirmed() -> None:
    wanted = targets(
        (2020, CITY_CODE, "confirmed", 6), (2020, "110101", "confirmed", 5), (2020, "110101", "starts", 99)
    )
    table = plan_against_confirmed(
        HELD, DATED, wanted, ["110101", "110102", "110105"], year=2020, as_of=AS_OF
    ).set_index("area_code")
    city = table.loc[CITY_CODE]
    assert city[["target", "planned", "confirmed", "not_confirmed", "beside_plan"]].tolist() == [
        6,
        6,
        4,
        2,
        1,
    ]
    assert city[["planned_fen", "confirmed_fen", "unknown_sums"]].tolist() == [171, 153, 1]
    assert table.loc["110101", ["target", "planned", "confirmed"]].tolist() == [5, 5, 3]
    assert pd.isna(table.loc["110102", "target"])
    assert table.loc["110105", ["planned", "confirmed", "planned_fen"]].tolist() == [0, 0, 0]
    own = plan_against_confirmed(HELD, DATED, wanted, ["110101"], year=2020, as_of=AS_OF, has_central=False)
    assert own.loc[0, ["planned", "confirmed", "confirmed_fen"]].tolist() == [5, 3, 103]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "", "一", "二"]),
            st.sampled_from(["110101", "110102"]),
            st.sampled_from([None, 2019, 2020]),
            st.booleans(),
            st.none() | st.integers(0, 10**14),
            st.sampled_from([None, "2019-12-31", "2020-05-01", "2021-01-01"]),
            st.sampled_from([None, "1号"]),
        ),
        max_size=12,
    ),
    st.booleans(),
)
def test_totals_equal_their_rows(rows: list, has_central: bool) -> None:
    held = projects(
        *(
            {
                "project_id": f"p{n:02d}",
                "batch": batch,
                "district_code": district,
                "plan_year": year,
                "is_central_state": is_central,
                "planned_investment_fen": fen,
            }
            for n, (batch, district, year, is_central, fen, _, _) in enumerate(rows)
        )
    )
    dated = events(*((f"p{n:02d}", "confirmed", r[5], r[6]) for n, r in enumerate(rows) if r[5]))
    counted = [r for r in rows if r[5] in ("2019-12-31", "2020-05-01") and r[6] and (has_central or not r[3])]
    table = batch_table(held, dated, AS_OF, has_central=has_central)
    assert table["projects"].sum() == len(counted)
    assert int(table["planned_investment_fen"].sum()) == sum(r[4] or 0 for r in counted)
    assert table["central_projects"].sum() == sum(r[3] for r in counted)
    again = batch_table(held.iloc[::-1], dated.iloc[::-1], AS_OF, has_central=has_central)
    pd.testing.assert_frame_equal(table, again)
    plan = plan_against_confirmed(
        held, dated, targets(), ["110101", "110102"], year=2020, as_of=AS_OF, has_central=has_central
    ).set_index("area_code")
    numbers = [
        "planned",
        "confirmed",
        "not_confirmed",
        "beside_plan",
        "planned_fen",
        "confirmed_fen",
        "unknown_sums",
    ]
    assert (plan.loc[CITY_CODE, numbers] == plan.drop(CITY_CODE)[numbers].sum()).all()
    assert (plan["planned"] == plan["confirmed"] + plan["not_confirmed"]).all()
    if has_central:
        # The dashboard's count of the year is the plan's confirmed and those of the year that no plan holds.
        years = project_years(held, dated, investments(), year=2020, as_of=AS_OF)
        no_plan = sum(r[5] == "2020-05-01" and bool(r[6]) and r[2] is None for r in rows)
        assert years["confirmed"].sum() == plan.loc[CITY_CODE, "confirmed"] + no_plan
