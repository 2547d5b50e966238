"""Standards as data: dates of effect, non-nesting tiers, values that are not set, a planner's corrections."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from programme.standards import (
    Standards,
    StandardsRefused,
    Status,
    Verdict,
    capacity_measure,
    capacity_requirement,
    in_force,
    requirement,
    requirements,
    requirements_table,
    verdicts,
)
from programme.standards_corrections import with_corrections
from programme.standards_text import COLUMNS, standards_from_text

DATA = Path(__file__).resolve().parents[2] / "data" / "reference"
TOML = (DATA / "facility_standards.toml").read_text(encoding="utf-8")
ROWS = (DATA / "facility_standards_rows.csv").read_text(encoding="utf-8")
KINDS = tuple(pd.read_csv(DATA / "facility_kinds.csv", dtype=str)["key"])
IN_2020, IN_2026 = dt.date(2020, 8, 31), dt.date(2026, 6, 30)


@pytest.fixture(scope="module")
def held() -> Standards:
    return standards_from_text(TOML, ROWS, KINDS)


def test_the_standard_in_force_follows_the_day(held: Standards) -> None:
    def names(on: dt.date) -> list[str]:
        return [f"{s.key} {s.version}" for s in in_force(held, on)]

    assert names(dt.date(2018, 11, 30)) == ["beijing_facilities 2015"]
    assert names(dt.date(2025, 11, 30)) == [
        "beijing_facilities 2015",
        "gb50180 2018",
        "complete_community 2020",
    ]
    assert names(dt.date(2025, 12, 1))[0] == "beijing_facilities 2025"


def test_each_kind_stands_in_the_tier_of_its_standard_with_its_distance(held: Standards) -> None:
    asked = requirements(held, ("kindergarten", "primary_school", "junior_school", "waste_point"), IN_2020)
    assert {k: (a.tiers, a.radius_m) for k, a in asked.items()} == {
        "kindergarten": (("5",), 300.0),
        "primary_school": (("10",), 500.0),
        "junior_school": (("15",), 1000.0),
        "waste_point": (("block",), 70.0),
    }
    assert all((a.standard_key, a.version) == ("gb50180", "2018") for a in asked.values())
    assert asked["kindergarten"].clause == "表C.0.2"


def test_what_no_source_gives_is_not_set_and_makes_no_verdict(held: Standards) -> None:
    toilet = requirement(held, "public_toilet", IN_2020)
    assert (toilet.status, toilet.radius_m) == (Status.NOT_SET, None)
    assert verdicts(toilet, [10.0, np.nan]).tolist() == ["not_set", "not_set"]
    # The Beijing standard of 2015 holds in 2020, but none of its values was found.
    chosen = requirement(held, "kindergarten", IN_2020, chosen=("beijing_facilities", None))
    assert (chosen.status, chosen.version, chosen.radius_m) == (Status.NOT_SET, "2015", None)


def test_a_kind_that_no_standard_knows_is_said_so(held: Standards) -> None:
    room = requirement(held, "idle_room", IN_2020)
    assert (room.status, room.standard_key) == (Status.NO_STANDARD, None)
    assert verdicts(room, [5.0]).tolist() == ["no_standard"]
    assert requirement(held, "never heard of", IN_2020).status is Status.NO_STANDARD
    before_all = requirement(held, "kindergarten", dt.date(1999, 1, 1))
    assert before_all.status is Status.NO_STANDARD


def test_minutes_become_metres_only_at_a_stated_speed(held: Standards) -> None:
    asked = ("complete_community", "2020")
    assert requirement(held, "bus_stop", IN_2026, asked).status is Status.NOT_SET
    paced = requirement(held, "bus_stop", IN_2026, asked, walk_speed_m_per_min=70.0)
    assert (paced.radius_m, paced.from_minutes, paced.walk_speed_m_per_min) == (700.0, 10.0, 70.0)


def test_a_chosen_version_is_asked_alone_and_whatever_the_day(held: Standards) -> None:
    early = requirement(held, "community_health_station", IN_2020, ("beijing_facilities", "2025"))
    assert (early.version, early.radius_m, early.value("floor_area_m2_per_1000")) == ("2025", None, 25.0)
    with pytest.raises(KeyError):
        requirement(held, "kindergarten", IN_2020, ("beijing_facilities", "1994"))
    with pytest.raises(KeyError):
        requirement(held, "kindergarten", IN_2020, ("nowhere", None))


def test_exactly_the_distance_is_within_and_nothing_near_is_beyond(held: Standards) -> None:
    needed = requirement(held, "kindergarten", IN_2020)
    assert verdicts(needed, [0.0, 300.0, 300.001, np.nan]).tolist() == [
        Verdict.WITHIN,
        Verdict.WITHIN,
        Verdict.BEYOND,
        Verdict.BEYOND,
    ]
    assert verdicts(needed, [10.0], is_held=False).tolist() == ["not_held"]
    with pytest.raises(ValueError, match="negative"):
        verdicts(needed, [-1.0])


def test_capacity_is_counted_as_the_standard_says(held: Standards) -> None:
    station = requirement(held, "community_health_station", IN_2026, ("beijing_facilities", None))
    measure = capacity_measure(station)
    assert measure is not None
    # 25 m² for 1,000 residents.
    assert (measure.column, measure.per, measure.need) == ("floor_area_m2", "residents", 0.025)
    parking = capacity_measure(requirement(held, "parking_community", IN_2026))
    assert parking is not None
    assert (parking.column, parking.per, parking.need) == ("capacity", "households", 1.0)
    assert capacity_measure(requirement(held, "junior_school", IN_2026)) is None


def test_quantity_may_come_from_another_standard_than_the_distance(held: Standards) -> None:
    assert requirement(held, "community_health_station", IN_2026).standard_key == "gb50180"
    found = capacity_requirement(held, "community_health_station", IN_2026)
    assert found is not None
    assert (found[0].need, found[1].standard_key, found[1].version) == (0.025, "beijing_facilities", "2025")
    assert capacity_requirement(held, "community_health_station", IN_2020) is None


def test_tiers_hold_what_the_life_circles_say(held: Standards) -> None:
    gb = next(s for s in held.versions if s.key == "gb50180")
    assert {t.key: t.pairs["walk_m"] for t in gb.tiers} == {
        "15": (800.0, 1000.0),
        "10": (500.0, 500.0),
        "5": (300.0, 300.0),
        "block": None,
    }


# --- corrections -------------------------------------------------------------------------------------
def own_row(**told: object) -> pd.DataFrame:
    row: dict[str, object] = {
        "standard_row_id": "1",
        "standard_key": "gb50180",
        "facility_kind": "public_toilet",
        "tier": "5",
        "radius_m": 400.0,
        "walk_minutes": np.nan,
        "floor_area_m2_per_1000": np.nan,
        "places_per_1000": np.nan,
        "least_floor_area_m2": np.nan,
        "effective_from": None,
        "effective_to": None,
        "clause": "4.1",
        "source": "district rule",
        "confidence": "own",
        "note": None,
    }
    return pd.DataFrame([row | told])


def test_a_planners_row_takes_the_place_of_the_shipped_one(held: Standards) -> None:
    mended = with_corrections(held, own_row(), KINDS)
    toilet = requirement(mended, "public_toilet", IN_2020)
    assert (toilet.status, toilet.radius_m, toilet.is_corrected) == (Status.SET, 400.0, True)
    assert (toilet.standard_key, toilet.version, toilet.source) == ("gb50180", "2018", "district rule")
    assert requirement(held, "public_toilet", IN_2020).status is Status.NOT_SET


def test_a_correction_holds_on_its_own_days_alone(held: Standards) -> None:
    row = own_row(facility_kind="kindergarten", radius_m=350.0, effective_from=dt.date(2024, 1, 1))
    mended = with_corrections(held, row, KINDS)
    assert requirement(mended, "kindergarten", dt.date(2023, 12, 31)).radius_m == 300.0
    assert requirement(mended, "kindergarten", dt.date(2024, 1, 1)).radius_m == 350.0


def test_a_standard_of_the_planners_own_is_asked_first(held: Standards) -> None:
    rows = own_row(standard_key="district_rule", facility_kind="idle_room", radius_m=250.0)
    found = requirement(with_corrections(held, rows, KINDS), "idle_room", IN_2020)
    assert (found.standard_key, found.version, found.radius_m) == ("district_rule", "own", 250.0)


@pytest.mark.parametrize(
    ("told", "code", "key"),
    [
        ({"radius_m": -5.0}, "standards.value", "radius_m"),
        ({"radius_m": np.inf}, "standards.value", "radius_m"),
        ({"tier": "7"}, "standards.value", "tier"),
        ({"facility_kind": "castle"}, "standards.kind_unknown", "facility_kind"),
        ({"standard_key": " "}, "standards.key_missing", "standard_key"),
    ],
)
def test_a_wrong_correction_is_refused_by_name(
    held: Standards, told: dict[str, object], code: str, key: str
) -> None:
    with pytest.raises(StandardsRefused) as caught:
        with_corrections(held, own_row(**told), KINDS)
    assert (caught.value.code, caught.value.params["key"], caught.value.params["row"]) == (code, key, "1")


# --- files -------------------------------------------------------------------------------------------
LINE = "gb50180,2018,kindergarten,幼儿园,5,300" + "," * 12 + "表C.0.2,K-med,"
HEAD = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("lines", "code", "row", "key"),
    [
        ([HEAD.replace("tier", "level"), LINE], "standards.key_missing", "1", "tier"),
        ([HEAD + ",extra", LINE + ","], "standards.key_unknown", "1", "extra"),
        ([HEAD, LINE, LINE], "standards.row_twice", "3", "kindergarten"),
        ([HEAD, LINE.replace("kindergarten", "castle")], "standards.kind_unknown", "2", "facility_kind"),
        ([HEAD, LINE.replace(",300,", ",,")], "standards.value", "2", "radius_m"),
        ([HEAD, LINE.replace(",300,", ",-300,")], "standards.value", "2", "radius_m"),
        ([HEAD, LINE.replace(",300,", ",nan,")], "standards.value", "2", "radius_m"),
        ([HEAD, LINE.replace(",5,300", ",6,300")], "standards.value", "2", "tier"),
        ([HEAD, LINE.replace("表C.0.2", "")], "standards.key_missing", "2", "clause"),
        ([HEAD, LINE.replace("2018", "1993")], "standards.standard_unknown", "2", "gb50180 1993"),
        ([HEAD, LINE + ",,"], "standards.value", "2", ""),
    ],
)
def test_a_wrong_row_is_refused_by_file_line_and_key(lines: list[str], code: str, row: str, key: str) -> None:
    with pytest.raises(StandardsRefused) as caught:
        standards_from_text(TOML, "\n".join(lines), KINDS, rows_file="rows.csv")
    told = caught.value.params
    assert (caught.value.code, told["file"], told["row"], told["key"]) == (code, "rows.csv", row, key)


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("precedence = 2", "precedence = 0", "standards.value", "precedence"),
        ("precedence = 2", "precedence = true", "standards.value", "precedence"),
        ("precedence = 2", "rank = 2", "standards.key_unknown", "rank"),
        ("effective_from = 2018-12-01", 'effective_from = "soon"', "standards.value", "effective_from"),
        ("effective_from = 2018-12-01", "", "standards.key_missing", "effective_from"),
        ("effective_to = 2025-11-30", "effective_to = 2014-01-01", "standards.value", "effective_to"),
        ("effective_to = 2025-11-30", 'effective_to = "not_set"', "standards.overlap", "effective_from"),
        ("walk_m = [800, 1000]", "walk_m = [1000, 800]", "standards.value", "walk_m"),
        ("walk_m = [800, 1000]", "walk_m = 800", "standards.value", "walk_m"),
        ('as = ["primary_school"', 'as = ["castle"', "standards.kind_unknown", "as"),
        ('name_en = "Public green space"', "", "standards.key_missing", "name_en"),
    ],
)
def test_a_wrong_standard_is_refused_by_file_and_key(old: str, new: str, code: str, key: str) -> None:
    assert old in TOML
    with pytest.raises(StandardsRefused) as caught:
        standards_from_text(TOML.replace(old, new, 1), ROWS, KINDS, file="s.toml")
    told = caught.value.params
    assert (caught.value.code, told["file"], told["key"]) == (code, "s.toml", key)


def test_broken_toml_is_said(held: Standards) -> None:
    with pytest.raises(StandardsRefused, match=r"standards\.unreadable"):
        standards_from_text("[[standard", ROWS, KINDS)


def test_the_table_shows_what_made_each_verdict(held: Standards) -> None:
    table = requirements_table(requirements(held, ("kindergarten", "idle_room"), IN_2020))
    assert table["facility_kind"].tolist() == ["kindergarten", "idle_room"]
    assert table["radius_m"].tolist()[0] == 300.0
    assert np.isnan(table["radius_m"].iloc[1])
    assert table.loc[0, ["standard_key", "version", "tier"]].tolist() == ["gb50180", "2018", "5"]
