"""Each kind of rule by hand, the shipped rules, and what the loader refuses."""

from fractions import Fraction

import pandas as pd
import pytest

from programme.money.fen import MoneyError
from programme.money.flags import Evaluation, evaluate
from programme.money.funding import funding_rows
from programme.money.rules import KINDS, RulesRefused, in_force, rules_from_toml
from tests.programme.frames import DAY, projects
from tests.programme.money.entries import REFERENCE, entries, payers

SHIPPED = (REFERENCE / "funding_rules.toml").read_text(encoding="utf-8")
AS_OF = DAY("2020-06-30")
STARTED = pd.Series({"p1": pd.Timestamp("2020-05-01")})


def rule(kind: str, parameters: str, **more: str) -> str:
    fields = {
        "id": '"r"',
        "kind": f'"{kind}"',
        "nature": '"policy"',
        "title_zh": '"题"',
        "title_en": '"t"',
        "requirement": '"R47"',
        "clause": '"三(三)"',
        "source": '"s"',
        "effective_from": "2020-01-01",
        **more,
    }
    lines = "\n".join(f"{k} = {v}" for k, v in fields.items() if v)
    return f"[[rule]]\n{lines}\n[rule.parameters]\n{parameters}\n"


def run(text: str, *rows: tuple, planned: int | None = 1000, district: str = "110101") -> Evaluation:
    held = projects(
        {"project_id": "p1", "district_code": district, "planned_investment_fen": planned},
        {"project_id": "p2", "district_code": "110108"},
    )
    return evaluate(
        rules_from_toml(text, "f.toml"), funding_rows(entries(*rows), held, payers()), held, STARTED, AS_OF
    )


SHARE = 'state = "planned"\ncontent_class = "basic"\ncomparison = "{}"\nshare_pct = {}\n'


@pytest.mark.parametrize(
    ("comparison", "pct", "is_flagged"),
    [
        ("more_than", "60", True),
        ("at_least", "60", False),
        ("at_most", "60", False),
        ("less_than", "60", True),
        ("at_least", "60.0001", True),
        ("at_most", "59.9999", True),
    ],
)
def test_a_share_at_its_very_limit(comparison: str, pct: str, is_flagged: bool) -> None:
    text = rule("source_share", SHARE.format(comparison, pct) + 'payers = ["government"]')
    found = run(
        text,
        ("p1", "city", "basic", "planned", None, 40),
        ("p1", "district", "basic", "planned", None, 20),
        ("p1", "residents", "basic", "planned", None, 40),
        ("p1", "residents", "optional", "planned", None, 4000),
        ("p1", "residents", "basic", "paid", None, 4000),
    ).flags
    assert len(found) == is_flagged
    if is_flagged:
        flag = found.iloc[0]
        assert (flag["rule_id"], flag["project_id"], flag["measured"]) == ("r", "p1", Fraction(60))
        assert flag["rows"] == ("e0", "e1", "e2") and flag["unit"] == "pct"


def test_a_share_of_some_sources_alone() -> None:
    parameters = SHARE.format("at_most", 50) + 'sources = ["city"]\nof_sources = ["city", "district"]'
    found = run(
        rule("source_share", parameters),
        ("p1", "city", "basic", "planned", None, 2),
        ("p1", "district", "basic", "planned", None, 1),
        ("p1", "residents", "basic", "planned", None, 100),
    ).flags
    assert found["measured"].tolist() == [Fraction(200, 3)] and found["rows"].tolist() == [("e0", "e1")]


def test_paid_beyond_allotted_by_source_and_class() -> None:
    text = rule("state_exceeds", 'state = "paid"\nlimit_state = "allotted"')
    found = run(
        text,
        ("p1", "city", "basic", "allotted", "2020-03-01", 100),
        ("p1", "city", "basic", "paid", "2020-05-02", 101),
        ("p1", "district", "basic", "allotted", "2020-03-01", 100),
        ("p1", "district", "basic", "paid", "2020-05-02", 100),
        ("p1", "residents", "optional", "paid", "2020-05-02", 5),
        ("p2", "city", "basic", "paid", "2020-07-02", 5),  # after the day
    )
    flags = found.flags.set_index("funding_source")
    assert flags.loc["city", ["measured", "expected"]].tolist() == [101, 100]
    assert flags.loc["residents", "expected"] == 0
    assert set(flags.index) == {"city", "residents"}
    assert found.standings[["looked_at", "flagged"]].iloc[0].tolist() == [3, 2]


def test_allotted_beyond_planned() -> None:
    text = rule("state_exceeds", 'state = "allotted"\nlimit_state = "planned"')
    rows = [("p1", "city", "basic", "planned", None, 9), ("p1", "city", "basic", "allotted", None, 10)]
    assert run(text, *rows).flags["rows"].tolist() == [("e0", "e1")]


def test_paid_before_start() -> None:
    text = rule("paid_before_start", 'state = "paid"')
    found = run(
        text,
        ("p1", "city", "basic", "paid", "2020-04-30", 5),
        ("p1", "city", "basic", "paid", "2020-05-01", 5),
        ("p1", "city", "basic", "allotted", "2020-01-01", 5),
        ("p1", "city", "basic", "paid", None, 5),  # another rule's
        ("p2", "city", "basic", "paid", "2020-06-01", 5),  # never started
    ).flags
    assert found["rows"].tolist() == [("e0",), ("e4",)]
    assert found["measured"].tolist() == [DAY("2020-04-30"), DAY("2020-06-01")]
    assert found["expected"].tolist() == [DAY("2020-05-01"), None]


def test_money_without_class_and_without_date() -> None:
    rows = [
        ("p1", "city", None, "paid", None, 3),
        ("p1", "city", " ", "paid", "2020-05-02", 4),
        ("p1", "city", "mixed", "planned", None, 5),
        ("p1", "city", "basic", "planned", None, 6),
    ]
    flags = run(rule("class_missing", 'classes = ["basic", "optional"]'), *rows).flags
    assert flags[["state", "measured", "rows"]].values.tolist() == [
        ["paid", 7, ("e0", "e1")],
        ["planned", 5, ("e2",)],
    ]
    flags = run(rule("date_missing", 'states = ["allotted", "paid"]'), *rows).flags
    assert flags["rows"].tolist() == [("e0",)]


def test_negative_balance() -> None:
    rows = [
        ("p1", "city", "basic", "paid", "2020-05-02", 5),
        ("p1", "city", "basic", "paid", "2020-05-03", -6),
        ("p1", "district", "basic", "paid", "2020-05-03", -6),
        ("p1", "district", "basic", "paid", "2020-05-03", 6),
    ]
    flags = run(rule("negative_balance", ""), *rows).flags
    assert flags[["funding_source", "measured", "expected"]].values.tolist() == [["city", -1, 0]]


def test_source_not_allowed() -> None:
    text = rule("allowed_sources", 'content_class = "optional"\nsources = ["residents", "social_capital"]')
    rows = [
        ("p1", "city", "optional", "planned", None, 5),
        ("p1", None, "optional", "planned", None, 5),
        ("p1", "residents", "optional", "planned", None, 5),
        ("p1", "city", "basic", "planned", None, 5),
    ]
    assert sorted(run(text, *rows).flags["rows"]) == [("e0",), ("e1",)]


@pytest.mark.parametrize(
    ("planned", "pct", "is_flagged"),
    [(1000, "1", False), (1000, "0.9", True), (990, "0", False), (None, "0", False)],
)
def test_planned_funding_against_planned_investment(planned: int | None, pct: str, is_flagged: bool) -> None:
    text = rule("planned_against_investment", f"tolerance_pct = {pct}")
    rows = [
        ("p1", "city", "basic", "planned", None, 900),
        ("p1", "residents", "optional", "planned", None, 90),
    ]
    assert len(run(text, *rows, planned=planned).flags) == is_flagged


def test_an_exception_is_told_and_the_flag_stays() -> None:
    text = rule("negative_balance", "") + '[[rule.exceptions]]\ndistrict_code = "110101"\nreason = "文件"\n'
    rows = [
        ("p1", "city", "basic", "paid", "2020-05-02", -5),
        ("p2", "city", "basic", "paid", "2020-05-02", -5),
    ]
    found = run(text, *rows)
    assert found.flags.set_index("project_id")["exception"].to_dict() == {"p1": "文件", "p2": None}
    assert found.standings[["flagged", "excepted"]].iloc[0].tolist() == [2, 1]


def test_what_is_not_set_flags_nothing_and_says_so() -> None:
    parameters = SHARE.format("at_most", '"not_set"') + 'sources = ["city"]'
    found = run(rule("source_share", parameters), ("p1", "city", "basic", "planned", None, 5))
    assert found.flags.empty
    assert found.standings[["standing", "not_set"]].values.tolist() == [["not_set", ("share_pct",)]]


def test_the_version_of_the_day_is_used() -> None:
    old = rule("negative_balance", "", effective_to="2020-03-31")
    assert run(old).standings["standing"].tolist() == ["not_in_force"]
    new = rule("negative_balance", "", effective_from="2020-04-01")
    rules = rules_from_toml(old + new, "f.toml")
    assert [len(in_force(rules, DAY(d))) for d in ("2019-12-31", "2020-03-31", "2020-04-01")] == [0, 1, 1]
    assert run(old + new).standings["standing"].tolist() == ["applied"]
    with pytest.raises(RulesRefused, match=r"rule_overlap"):
        rules_from_toml(old + rule("negative_balance", "", effective_from="2020-03-31"), "f.toml")


def test_a_source_without_payer_is_not_counted_as_anyone() -> None:
    text = rule("source_share", SHARE.format("at_least", 50) + 'payers = ["government"]')
    with pytest.raises(MoneyError, match=r"payers_missing"):
        run(text, ("p1", "lottery", "basic", "planned", None, 5))


GOOD = 'state = "paid"'


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("[[rule]", "money.rules_unreadable", None),
        ("[[rules]]\nid = 'x'", "money.rule_key_unknown", "rules"),
        ("rule = 3", "money.rule_value", "rule"),
        (rule("paid_before_start", GOOD, colour='"red"'), "money.rule_key_unknown", "colour"),
        (rule("paid_before_start", GOOD + "\ndays = 3"), "money.rule_key_unknown", "parameters.days"),
        (rule("paid_before_start", ""), "money.rule_key_missing", "parameters.state"),
        (rule("paid_before_start", GOOD, clause=""), "money.rule_key_missing", "clause"),
        (rule("paid_before_start", GOOD, source='" "'), "money.rule_value", "source"),
        (rule("paid_before_start", GOOD, nature='"law"'), "money.rule_value", "nature"),
        (rule("paid_early", GOOD), "money.rule_value", "kind"),
        (rule("paid_before_start", 'state = "promised"'), "money.rule_value", "parameters.state"),
        (rule("paid_before_start", GOOD, effective_from='"2020"'), "money.rule_value", "effective_from"),
        (rule("paid_before_start", GOOD, effective_to="2019-01-01"), "money.rule_value", "effective_to"),
        (rule("source_share", SHARE.format("at_least", 50)), "money.rule_value", "parameters.sources"),
        (
            rule("source_share", SHARE.format("at_least", 101) + 'sources = ["city"]'),
            "money.rule_value",
            "parameters.share_pct",
        ),
        (
            rule("source_share", SHARE.format("at_least", "nan") + 'sources = ["city"]'),
            "money.rule_value",
            "parameters.share_pct",
        ),
        (
            rule("state_exceeds", 'state = "paid"\nlimit_state = "paid"'),
            "money.rule_value",
            "parameters.limit_state",
        ),
        (
            rule("negative_balance", "") + '[[rule.exceptions]]\nproject_id = "p"\n',
            "money.rule_key_missing",
            "exceptions.reason",
        ),
        (
            rule("negative_balance", "") + '[[rule.exceptions]]\nreason = "x"\n',
            "money.rule_value",
            "exceptions",
        ),
    ],
)
def test_the_loader_names_file_rule_and_key(text: str, code: str, key: str | None) -> None:
    with pytest.raises(RulesRefused) as refused:
        rules_from_toml(text, "f.toml")
    assert refused.value.code == code and refused.value.params["file"] == "f.toml"
    if key is not None:
        assert refused.value.params["key"] == key
        assert refused.value.params["rule"] == ("r" if 'id = "r"' in text else "")


def test_the_shipped_rules() -> None:
    rules = rules_from_toml(SHIPPED, "funding_rules.toml")
    assert {r.kind for r in rules} == set(KINDS)
    assert {r.rule_id for r in rules if not r.is_set} == {"city_district_shares", "source_boundaries"}
    named = {s for r in rules for p in ("sources", "of_sources") for s in r.parameters.get(p) or ()}
    assert named <= set(payers())
    found = run(
        SHIPPED,
        ("p1", "city", "basic", "planned", None, 400),
        ("p1", "residents", "basic", "planned", None, 600),
        ("p1", "district", "optional", "planned", None, 10),
    )
    assert found.flags["rule_id"].tolist() == [
        "basic_mainly_government",
        "optional_residents_and_social",
        "planned_against_investment",
    ]
    assert set(found.standings["standing"]) == {"applied", "not_set"}
