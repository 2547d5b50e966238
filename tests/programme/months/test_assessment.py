"""Scores worked out by hand, and against the page's own figures."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.gates import started_without_agreement
from programme.months import (
    MeasureSetting,
    Rules,
    Settings,
    SettingsRefused,
    close,
    decimal_of,
    parts_frame,
    ranking_frame,
    settings_from_toml,
    source_rows,
    unset,
)
from programme.months.scores_1 import make_part, make_score, ranked
from programme.progress import month_end, project_years
from tests.programme.months.town import DAY, RULES, frame, town, weighted

SHIPPED = Path(__file__).resolve().parents[3] / "data" / "reference" / "assessment_weights.toml"


def test_districts_by_hand() -> None:
    month = close("2020-06", town(), RULES)
    by_unit = {s.unit: s for s in month.districts()}
    a, b, c = by_unit["110101"], by_unit["110102"], by_unit["110105"]
    # A: 2 of 4 starts, 300 of 900 fen, 1 of 2 starts without a breach.
    assert a.score == 100 * (60 * Fraction(1, 2) + 40 * Fraction(1, 3) + 20 * Fraction(1, 2)) / 120
    # B: b1 alone had started by the end of June; 100 of 900 fen; no breach.
    assert b.score == 100 * (60 * Fraction(1, 2) + 40 * Fraction(1, 9) + 20) / 120
    assert (a.place, b.place, c.place) == (2, 1, None)
    assert (a.weight_made, a.weight_set, c.weight_made) == (120, 120, 0)
    assert a.part("starts").rows == {"counted": {"events": ["e3", "e5"]}, "target": {"targets": ["t1"]}}
    assert a.part("starts").place == b.part("starts").place == 1
    gates = a.part("gates_kept")
    assert gates.counts == {"breach.confirmation": 0, "breach.owners_body": 0, "breach.service_agreement": 1}
    assert gates.rows["breach.service_agreement"] == {"projects": ["a2"]}
    assert c.part("starts").state == "no_target"
    assert a.part("owners_body").state == "weight_not_set"
    assert c.part("owners_body").state == "nothing_to_measure"
    party = a.part("party_organisation")
    assert (party.numerator, party.denominator, party.counts["not_known"]) == (0, 0, 2 - 0)
    late = a.part("issues_in_time")
    assert (late.numerator, late.denominator) == (1, 2)
    assert late.rows["not_counted"] == {"issues": ["q1"]}
    assert b.part("issues_in_time").counts == {"not_known": 1, "overdue": 0}
    city = {p.measure: p for p in month.city()}
    assert (city["starts"].numerator, city["starts"].denominator) == (3, 80)


def test_with_and_without_central_state_projects() -> None:
    month = close("2020-07", town(), RULES)
    starts = [
        {s.unit: s.part("starts").numerator for s in month.districts(has_central=flag)}["110102"]
        for flag in (True, False)
    ]
    assert starts == [2, 1]
    assert [p.numerator for p in month.city(has_central=False) if p.measure == "starts"] == [3]
    # b2 started in July without agreement, counted confirmation or owners' body.
    gates = next(s for s in month.districts(has_central=True) if s.unit == "110102").part("gates_kept")
    assert set(gates.counts.values()) == {1}


def test_departments_by_hand() -> None:
    month = close("2020-06", town(), RULES)
    by_unit = {s.unit: s for s in month.departments()}
    assert set(by_unit) == {"市住房城乡建设委", "市金融局"}  # a responsible unit leads nothing
    finance = by_unit["市金融局"].part("deliverables_on_time")
    assert finance.counts == {"on_time": 1, "late": 0, "open_overdue": 1, "not_due": 0, "undated": 0}
    assert (finance.attainment, by_unit["市金融局"].score) == (Fraction(1, 2), 50)
    housing = by_unit["市住房城乡建设委"]
    assert housing.score is None
    assert housing.part("deliverables_on_time").counts["undated"] == 1
    assert housing.part("issues_answered").attainment == Fraction(1, 2)
    assert month.figures["departments"]["unassigned"] == ["d4"]  # the fifteenth mechanism names nobody
    july = {s.unit: s for s in close("2020-07", town(), RULES).departments()}
    assert july["市金融局"].part("deliverables_on_time").counts["late"] == 1


def test_rows_without_a_district_are_listed() -> None:
    tables = town()
    tables["districts"] = frame("district_code", ("110101",))
    tables["events"].loc[0, "project_id"] = "gone"
    unplaced = close("2020-06", tables, RULES).figures["districts"]["unplaced"]
    assert unplaced == {
        "projects": ["b1", "b2"],
        "communities": ["c3", "c4"],
        "issues": ["q3"],
        "events": ["e1"],
    }


def test_ties_share_a_place_and_caps_hold() -> None:
    setting = MeasureSetting(Fraction(1), Fraction(1))
    scores = [
        make_score(unit, [make_part("starts", setting, n, d)])
        for unit, n, d in (("a", 1, 3), ("b", 2, 6), ("c", 9, 3), ("d", 3, 3), ("e", 5, None))
    ]
    assert [(s.unit, s.place) for s in ranked(scores)] == [
        ("c", 1),
        ("d", 1),
        ("a", 3),
        ("b", 3),
        ("e", None),
    ]
    assert [(s.unit, s.part("starts").place) for s in ranked(scores)][:2] == [("c", 1), ("d", 2)]


def test_opened_as_frames() -> None:
    month = close("2020-06", town(), RULES)
    table = ranking_frame(month.districts())
    assert list(table["unit"]) == ["110102", "110101", "110105"]
    assert [str(x) for x in table["score"]] == ["45.37", "44.44", "None"]
    parts = parts_frame(month.districts())
    one = parts[(parts["unit"] == "110101") & (parts["measure"] == "investment_fen")].iloc[0]
    assert (one["numerator"], one["denominator"], str(one["attainment_pct"])) == (300, 900, "33.33")
    rows = source_rows(month.districts()[1], "gates_kept")
    assert list(rows.itertuples(index=False, name=None)) == [
        ("breach.service_agreement", "projects", "a2"),
        ("counted", "projects", "a1"),
        ("not_counted", "projects", "a2"),
    ]
    assert parts_frame([]).empty
    assert ranking_frame([]).empty


@given(st.fractions(max_denominator=10**6), st.integers(0, 6))
def test_rounding_is_within_half_a_unit(value: Fraction, places: int) -> None:
    shown = decimal_of(value, places)
    assert abs(Fraction(shown) - value) <= Fraction(1, 2 * 10**places)
    assert Fraction(decimal_of(-value, places)) == -Fraction(shown)


def test_halves_round_up() -> None:
    assert str(decimal_of(Fraction(1, 8), 2)) == "0.13"
    assert str(decimal_of(Fraction(-1, 8), 2)) == "-0.13"
    assert str(decimal_of(Fraction(10**40 + 1, 2), 0)) == "5" + "0" * 38 + "1"


STAGES = ["confirmed", "service_agreement", "started", "completed", "owners_body"]
EVENT = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from(STAGES),
    st.dates(DAY("2019-10-01"), DAY("2020-12-31")),
    st.sampled_from([None, "1号"]),
)
MONEY = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from(["2019-12", "2020-01", "2020-06", "2020-09"]),
    st.integers(-5, 10**12),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENT, max_size=25), st.lists(MONEY, max_size=8), st.integers(1, 12))
def test_the_frozen_rule_agrees_with_the_pages(events: list, money: list, number: int) -> None:
    month = f"2020-{number:02d}"
    as_of = month_end(month)
    projects = pd.DataFrame(
        {
            "project_id": list("abcd"),
            "district_code": ["110101", "110101", "110102", "110102"],
            "plan_year": 2020,
            "is_central_state": False,
            "confirmation_document_no": [None, "9号", None, None],
        }
    )
    dated = frame(
        "event_id project_id stage event_date document_no", *((f"e{i}", *e) for i, e in enumerate(events))
    )
    sums = frame("investment_id project_id month amount_fen", *((f"i{i}", *m) for i, m in enumerate(money)))
    tables = {
        "districts": frame("district_code", ("110101",), ("110102",)),
        "projects": projects,
        "events": dated,
        "investments": sums,
    }
    years = project_years(projects, dated, sums, year=2020, as_of=as_of)
    expected = years.groupby("district_code")[["starts", "completions", "investment_fen"]].sum()
    closed = close(month, tables, RULES)
    breaches = started_without_agreement(dated, as_of)
    for score in closed.districts():
        for measure in expected.columns:
            assert score.part(measure).numerator == expected.loc[score.unit, measure]
        own = [p for p in breaches if ("110101" if p in "ab" else "110102") == score.unit]
        this_year = [p for p in own if years.loc[p, "starts"] == 1]
        found = score.part("gates_kept").rows.get("breach.service_agreement", {}).get("projects", [])
        assert found == this_year
    city = {p.measure: p.numerator for p in closed.city()}
    assert city["starts"] == years["starts"].sum()


@given(st.integers(1, 50))
def test_scores_depend_on_the_ratio_of_weights_alone(factor: int) -> None:
    one = close("2020-06", town(), weighted(starts=60, investment_fen=40))
    other = close("2020-06", town(), weighted(starts=60 * factor, investment_fen=40 * factor))
    assert [(s.unit, s.score, s.place) for s in one.districts()] == [
        (s.unit, s.score, s.place) for s in other.districts()
    ]


def test_the_shipped_file_sets_no_weight() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    held = settings_from_toml(text, dt.date(2020, 6, 30))
    for group in (held.districts, held.departments):
        assert all(s.weight is None and s.cap is None and "权重未公布" in s.source for s in group.values())
    assert held.issue_limit_days == {}
    assert {m: s.weight for m, s in unset().districts.items()} == dict.fromkeys(held.districts)
    scores = close("2020-06", town(), Rules(held)).districts()
    assert all(s.score is None and s.place is None and s.weight_set == 0 for s in scores)
    assert scores[0].part("starts").place == 1  # each measure still has its own ranking


def test_settings_hold_from_day_to_day() -> None:
    text = """
    [[district]]
    measure = "starts"
    weight = 30
    valid_to = 2020-06-30
    [[district]]
    measure = "starts"
    weight = 12.5
    valid_from = 2020-07-01
    [[issue_limit]]
    kind = "leak"
    days = 15
    """
    assert settings_from_toml(text, DAY("2020-06-30")).districts["starts"].weight == 30
    july = settings_from_toml(text, DAY("2020-07-01"))
    assert july.districts["starts"].weight == Fraction(25, 2)
    assert Settings.of(july.plain()) == july
    late = close("2020-06", {**town(), "issues": town()["issues"].assign(due_date=None)}, Rules(july))
    part = {s.unit: s for s in late.districts()}["110101"].part("issues_in_time")
    assert part.rows == {"counted": {"issues": ["q2"]}, "not_counted": {"issues": ["q1"]}}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[district]]\nmeasure = 'luck'\nweight = 1", "month.settings_measure"),
        ("[[district]]\nmeasure = 'starts'\nweight = -1", "month.settings_number"),
        ("[[district]]\nmeasure = 'starts'\nweight = nan", "month.settings_number"),
        ("[[district]]\nmeasure = 'starts'\nweight = true", "month.settings_number"),
        ("[[district]]\nmeasure = 'starts'\nweight = 'much'", "month.settings_number"),
        ("[[issue_limit]]\nkind = '*'\ndays = 1.5", "month.settings_number"),
        ("[[district]]\nmeasure = 'starts'\n[[district]]\nmeasure = 'starts'", "month.settings_overlap"),
        ("[choices]\ncoverage_scope = 'some'", "month.settings_scope"),
        ("[[district]", "month.settings_unreadable"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(text: str, code: str) -> None:
    with pytest.raises(SettingsRefused) as caught:
        settings_from_toml(text, DAY("2020-06-30"))
    assert caught.value.code == code
