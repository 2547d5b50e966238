"""Social capital, loans, supports and findings."""

from fractions import Fraction

import pandas as pd
import pytest

from programme.money.fen import MoneyError
from programme.money.loans import loan_register, mean_rate_pct
from programme.money.social_capital import case_table, cases_by
from programme.money.supports import finding_states, support_flags, support_totals
from tests.programme.frames import DAY

AS_OF = DAY("2020-06-30")


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(), dtype="object")


CASES = "case_id project_id company participation returns model social_fen government_fen evidence"


def test_cases_say_how_they_take_part_and_are_paid_back() -> None:
    cases = table(
        CASES,
        (
            "k1",
            "p1",
            "甲公司",
            "operation、investment",
            "property_fees、parking_fees",
            "jinsong",
            30,
            46,
            "合同",
        ),
        ("k2", "p2", " ", "investment", None, None, None, 5, None),
        ("k3", "p3", "乙公司", "construction", "space_rent", "shoukai", 10, 0, None),
    )
    found = case_table(cases).set_index("case_id")
    assert found.loc["k1", "participation"] == ("investment", "operation")
    assert found.loc["k1", "social_share_pct"] == Fraction(3000, 76)
    assert found["missing"].tolist() == [(), ("company", "returns", "social_fen"), ()]
    assert found.loc["k2", "social_share_pct"] is None
    ways = cases_by(found.reset_index(), "participation").set_index("participation")
    assert ways.loc["investment", ["cases", "social_fen", "rows"]].tolist() == [2, 30, ("k1", "k2")]
    models = cases_by(found.reset_index(), "model")
    assert models[["model", "cases"]].values.tolist() == [[None, 1], ["jinsong", 1], ["shoukai", 1]]
    assert cases_by(case_table(cases.iloc[:0]), "returns").empty


@pytest.mark.parametrize(
    ("column", "value"), [("model", "other"), ("participation", "magic"), ("returns", "x、y")]
)
def test_codes_of_a_case_are_known_or_named(column: str, value: str) -> None:
    cases = table(CASES, ("k1", "p1", "甲", "investment", "space_rent", "jinsong", 1, 1, None))
    cases[column] = value
    with pytest.raises(MoneyError) as refused:
        case_table(cases)
    assert refused.value.params["column"] == column and refused.value.params["case_id"] == "k1"


LOANS = "loan_id project_id lender pledge principal_fen repaid_fen loan_rate_pct guarantee_rate_pct drawn_date due_date"


def test_loans_on_a_day() -> None:
    loans = table(
        LOANS,
        ("l1", "p1", "某银行", "经营权", 300, None, "4.35", "1", DAY("2020-01-01"), DAY("2025-01-01")),
        ("l2", "p1", "某银行", "经营权", 150, 50, "3.85", None, DAY("2019-01-01"), DAY("2020-06-29")),
        ("l3", "p2", "某银行", None, 100, 100, None, None, DAY("2019-01-01"), DAY("2020-01-01")),
        ("l4", "p2", None, "车位收益", 900, None, "9", None, DAY("2020-07-01"), None),
    )
    found = loan_register(loans, AS_OF).set_index("loan_id")
    assert found["state"].tolist() == ["running", "overdue", "repaid", "agreed"]
    assert found["outstanding_fen"].tolist() == [300, 100, 0, 0]
    assert found["missing"].tolist() == [(), (), ("pledge", "loan_rate_pct"), ("lender", "due_date")]
    mean, behind = mean_rate_pct(found.reset_index())
    assert mean == Fraction(435 * 3 + 385, 400) and behind == ("l1", "l2")
    assert mean_rate_pct(found.reset_index(), "guarantee_rate_pct") == (Fraction(1), ("l1",))
    assert mean_rate_pct(found.reset_index().iloc[2:]) == (None, ())


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("loan_rate_pct", 4.35, "rate_unreadable"),
        ("loan_rate_pct", "四", "rate_unreadable"),
        ("guarantee_rate_pct", "NaN", "rate_unreadable"),
        ("guarantee_rate_pct", "-1", "rate_unreadable"),
        ("repaid_fen", 301, "repaid_beyond_principal"),
        ("principal_fen", 0.5, "not_whole"),
    ],
)
def test_loans_that_cannot_be(column: str, value: object, code: str) -> None:
    loans = table(LOANS, ("l1", "p1", "行", "权", 300, None, "4", None, None, None))
    loans[column] = pd.Series([value], dtype="object")
    with pytest.raises(MoneyError, match=code):
        loan_register(loans, AS_OF)


def test_supports_fit_what_they_are_for() -> None:
    places = table(
        "community_id district_code has_property_service", ("c1", "110101", True), ("c2", None, None)
    )
    supports = table(
        "support_id community_id kind content_class amount_fen decided_date document_no",
        ("s1", "c1", "provident_fund", "optional", 5, None, "1号"),
        ("s2", "c1", "provident_fund", "basic", 6, None, "1号"),
        ("s3", "c1", "service_reward", None, 7, None, None),
        ("s4", "c2", "service_reward", None, 8, None, "2号"),
    )
    assert support_flags(supports, places)[["flag", "support_id"]].values.tolist() == [
        ["provident_fund_not_optional", "s2"],
        ["support_without_document", "s3"],
        ["reward_without_service", "s4"],
    ]
    assert support_totals(supports, places).values.tolist() == [
        ["110101", "provident_fund", 11, ("s1", "s2")],
        ["110101", "service_reward", 7, ("s3",)],
        [None, "service_reward", 8, ("s4",)],
    ]


def test_findings_open_and_closed() -> None:
    findings = table(
        "finding_id project_id district_code kind found_date due_date closed_date amount_fen text",
        ("f1", "p1", "110101", "audit", DAY("2020-01-01"), DAY("2020-03-01"), DAY("2020-03-11"), 5, ""),
        ("f2", "p1", "110101", "review", DAY("2020-06-01"), DAY("2020-06-30"), None, None, ""),
        ("f3", "p1", "110101", "review", DAY("2020-05-01"), DAY("2020-06-20"), DAY("2020-07-01"), 7, ""),
        ("f4", "p1", "110101", "review", DAY("2020-04-01"), None, None, None, ""),
        ("f5", "p1", "110101", "review", DAY("2020-07-01"), None, None, None, ""),
    )
    found = finding_states(findings, AS_OF)
    assert found["finding_id"].tolist() == ["f4", "f3", "f2", "f1"]
    assert found["state"].tolist() == ["no_due_date", "overdue", "open", "closed"]
    assert found["days_over"].tolist() == [pd.NA, 10, 0, 10]
    assert finding_states(findings.iloc[:0], AS_OF).empty
