"""Social capital: how it takes part, how it is paid back, and which model it follows (R52; section 3 (4))."""

from enum import StrEnum
from fractions import Fraction
from typing import Any

import pandas as pd

from programme.money.fen import MoneyError, each_once, exact_sum, fen_or_missing, needed, texts


class Participation(StrEnum):
    """What the company does, one or several."""

    INVESTMENT = "investment"
    DESIGN = "design"
    CONSTRUCTION = "construction"
    OPERATION = "operation"
    PROPERTY_SERVICE = "property_service"


class Return(StrEnum):
    """What the company is paid back from, one or several."""

    PROPERTY_FEES = "property_fees"
    PARKING_FEES = "parking_fees"
    SPACE_RENT = "space_rent"
    LIFT_FEES = "lift_fees"
    ADVERTISING = "advertising"
    COMMUNITY_SERVICES = "community_services"
    GOVERNMENT_PURCHASE = "government_purchase"


class Model(StrEnum):
    """The two models that the plan names."""

    JINSONG = "jinsong"
    SHOUKAI = "shoukai"


SEPARATOR = "、"
_ASKED = ("company", "participation", "returns", "social_fen")


def case_table(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases of social capital, with what each lacks (R52).

    `cases` has case_id, project_id, company, participation and returns (codes of `Participation` and
    `Return`, separated by 、), model (`Model` or missing), social_fen and government_fen (whole fen or
    missing), evidence (text or missing: contract, report or page). Returns case_id, project_id, company,
    participation and returns (tuples of codes), model (None: neither), social_fen, government_fen (Int64),
    social_share_pct (object: exact Fraction of both sums in percent, None where one is missing), missing
    (tuple of columns that a case to copy should have), evidence. Raises MoneyError: money.column_missing,
    money.key_twice, money.case_code_unknown, money.not_whole, money.amount_negative.
    """
    needed(
        cases,
        ("case_id", "project_id", *_ASKED, "government_fen", "model", "evidence"),
        "social_capital_cases",
    )
    each_once(cases["case_id"], "social_capital_cases")
    sums = {c: fen_or_missing(cases[c]) for c in ("social_fen", "government_fen")}
    for amounts in sums.values():
        if (amounts < 0).any():
            raise MoneyError("money.amount_negative", entry_id=str(cases["case_id"][amounts < 0].iloc[0]))
    company = texts(cases["company"])
    codes = {
        "participation": _codes(cases, "participation", Participation),
        "returns": _codes(cases, "returns", Return),
    }
    models = texts(cases["model"])
    for case, model in zip(cases["case_id"], models, strict=True):
        if model is not None and model not in set(Model):
            raise MoneyError("money.case_code_unknown", case_id=str(case), column="model", value=model)
    frame = pd.DataFrame(
        {
            "case_id": cases["case_id"],
            "project_id": texts(cases["project_id"]),
            "company": company,
            **codes,
            "model": models,
            **sums,
            "social_share_pct": pd.Series(
                [_share_pct(s, g) for s, g in zip(*sums.values(), strict=True)],
                index=cases.index,
                dtype="object",
            ),
        },
        index=cases.index,
    )
    frame["missing"] = pd.Series(
        [tuple(c for c in _ASKED if _is_blank(row[c])) for _, row in frame.iterrows()],
        index=cases.index,
        dtype="object",
    )
    return frame.assign(evidence=texts(cases["evidence"]))


def _is_blank(value: Any) -> bool:
    return value == () if isinstance(value, tuple) else bool(pd.isna(value))


def _share_pct(social: Any, government: Any) -> Fraction | None:
    if pd.isna(social) or pd.isna(government) or not int(social) + int(government):
        return None
    return Fraction(100 * int(social), int(social) + int(government))


def _codes(cases: pd.DataFrame, column: str, known: type[StrEnum]) -> pd.Series:
    found = []
    for case, text in zip(cases["case_id"], texts(cases[column]), strict=True):
        parts = tuple(p.strip() for p in (text or "").split(SEPARATOR) if p.strip())
        for part in parts:
            if part not in set(known):
                raise MoneyError("money.case_code_unknown", case_id=str(case), column=column, value=part)
        found.append(tuple(sorted(set(parts), key=[k.value for k in known].index)))
    return pd.Series(found, index=cases.index, dtype="object")


def cases_by(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """How often each model, way of taking part or way of return occurs, with its cases.

    `table` comes from `case_table`; `column` is model, participation or returns. Returns the column (its code; None
    where a case names none), cases (int), social_fen (int64, of the cases that say it) and rows (tuple of case_id,
    sorted), most cases first. A case with two ways counts in both, so the rows do not add up to the whole.
    """
    groups: dict[str | None, list[int]] = {}
    for at, value in enumerate(table[column]):
        for code in (value or (None,)) if isinstance(value, tuple) else (value,):
            groups.setdefault(code, []).append(at)
    found = []
    for code, places in groups.items():
        own = table.iloc[places]
        keys = tuple(sorted(own["case_id"].astype(str)))
        found.append((code, len(own), exact_sum(own["social_fen"].dropna()), keys))
    found.sort(key=lambda r: (-r[1], str(r[0])))
    frame = pd.DataFrame(found, columns=[column, "cases", "social_fen", "rows"], dtype="object")
    return frame.astype({"cases": "int64", "social_fen": "int64"})
