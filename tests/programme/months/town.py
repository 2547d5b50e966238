"""A small town's tables in the form of `programme.months.tables`."""

import datetime as dt
from fractions import Fraction

import pandas as pd

from programme.months import MeasureSetting, Rules, Settings, unset

DAY = dt.date.fromisoformat


def frame(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(), dtype="object")


def town() -> dict[str, pd.DataFrame]:
    """Two districts and one without a target; A broke the agreement gate once."""
    return {
        "districts": frame("district_code", ("110101",), ("110102",), ("110105",)),
        "projects": frame(
            "project_id district_code is_central_state confirmation_document_no name",
            ("a1", "110101", False, "1号", "甲"),
            ("a2", "110101", False, "2号", "乙"),
            ("b1", "110102", False, "3号", "丙"),
            ("b2", "110102", True, "4号", "丁"),
        ),
        "events": frame(
            "event_id project_id stage event_date document_no",
            ("e1", "a1", "confirmed", DAY("2020-03-01"), None),
            ("e2", "a1", "service_agreement", DAY("2020-04-01"), None),
            ("e3", "a1", "started", DAY("2020-04-02"), None),
            ("e4", "a2", "confirmed", DAY("2020-03-01"), None),
            ("e5", "a2", "started", DAY("2020-06-01"), None),
            ("e6", "b1", "confirmed", DAY("2020-03-01"), None),
            ("e7", "b1", "service_agreement", DAY("2020-05-01"), None),
            ("e8", "b1", "started", DAY("2020-06-30"), None),
            ("e9", "b2", "started", DAY("2020-07-01"), None),
        ),
        "investments": frame(
            "investment_id project_id month amount_fen",
            ("i1", "a1", "2020-05", 300),
            ("i2", "b1", "2020-06", 100),
            ("i3", "b1", "2020-07", 900),
            ("i4", "a1", "2019-12", 7777),
        ),
        "targets": frame(
            "target_id year area_code measure value",
            ("t1", 2020, "110101", "starts", 4),
            ("t2", 2020, "110102", "starts", 2),
            ("t3", 2020, "110101", "investment_fen", 900),
            ("t4", 2020, "110102", "investment_fen", 900),
            ("t5", 2020, "110000", "starts", 80),
        ),
        "project_communities": frame(
            "project_community_id project_id community_id",
            ("p1", "a1", "c1"),
            ("p2", "a2", "c2"),
            ("p3", "b1", "c3"),
        ),
        "communities": frame(
            "community_id district_code age_class is_central_state has_owners_body has_property_service "
            "has_party_organisation",
            ("c1", "110101", "pre_2000", False, True, True, None),
            ("c2", "110101", "pre_2000", False, True, False, None),
            ("c3", "110102", "pre_2000", False, True, True, True),
            ("c4", "110102", "post_2000", False, False, False, False),
        ),
        "issues": frame(
            "issue_id district_code project_id kind reported_date due_date closed_date",
            ("q1", "110101", "a1", "leak", DAY("2020-05-01"), DAY("2020-05-15"), DAY("2020-07-03")),
            ("q2", "110101", "a1", "leak", DAY("2020-06-20"), DAY("2020-07-15"), None),
            ("q3", "110102", None, "noise", DAY("2020-06-20"), None, None),
        ),
        "issue_calls": frame(
            "call_id issue_id unit called_date answered_date",
            ("k1", "q1", "市住房城乡建设委", DAY("2020-05-02"), DAY("2020-05-03")),
            ("k2", "q2", "市住房城乡建设委", DAY("2020-06-21"), DAY("2020-07-02")),
        ),
        "mechanism_units": frame(
            "mechanism_unit_id mechanism_no unit role",
            ("m1", 1, "市住房城乡建设委", "lead"),
            ("m2", 5, "市金融局", "lead"),
            ("m3", 5, "市财政局", "responsible"),
        ),
        "deliverables": frame(
            "deliverable_id mechanism_no unit due_date delivered_date",
            ("d1", 5, None, DAY("2020-06-15"), DAY("2020-06-15")),
            ("d2", 5, None, DAY("2020-06-30"), DAY("2020-07-01")),
            ("d3", 1, None, None, None),
            ("d4", 15, None, DAY("2020-06-30"), None),
        ),
    }


def weighted(**weights: int) -> Rules:
    """Rules in which only the named measures have a weight."""
    empty = unset()
    return Rules(
        Settings(
            {
                m: MeasureSetting(Fraction(weights[m]) if m in weights else None, source="测试")
                for m in empty.districts
            },
            {
                m: MeasureSetting(Fraction(weights[m]) if m in weights else None, source="测试")
                for m in empty.departments
            },
            {},
        )
    )


RULES = weighted(starts=60, investment_fen=40, gates_kept=20, deliverables_on_time=1)
