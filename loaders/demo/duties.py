"""Deliverables, meetings with their decisions, cards and filed plans of the demo city (R60, R62, R65, R66, R73)."""

import datetime as dt
import tomllib
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import METRIC, WGS84
from loaders import reference
from loaders.demo.profile import HERE, district_codes
from loaders.demo.standing import Layers, StandingCity
from loaders.reference_duties import departments, district_unit
from programme.duties.grouping import GroupingRule, agenda_proposals, issue_groups

#: What the demo's own agenda took for a common problem.
RULE = GroupingRule(distance_m=800.0, least_issues=3)


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads((HERE / "duties.toml").read_text(encoding="utf-8"))


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@cache
def _names() -> dict[str, str]:
    held = reference.districts()
    return dict(zip(held["district_code"], held["name_zh"], strict=True))


def rows(city: StandingCity) -> Layers:
    """The tables deliverables, meetings, agenda_items, decisions, practice_cards, card_sendings, plan_filings."""
    chance = city.stream("duties")
    codes = district_codes(city.size)
    agenda = _agenda(city)
    cards = _cards(city, codes)
    return {
        "deliverables": _deliverables(),
        "meetings": _meetings(),
        "agenda_items": agenda,
        "decisions": _decisions(codes, agenda),
        "practice_cards": cards,
        "card_sendings": _sendings(cards, codes, city.as_of),
        "plan_filings": _filings(codes, city.as_of, chance),
    }


def _deliverables() -> pd.DataFrame:
    made = []
    for n, (mechanism, kind, title, unit, due, delivered) in enumerate(_lists()["deliverables"]["rows"], 1):
        document = f"演示〔2020〕{n}号" if delivered else None
        made.append(
            (f"DEMO-D-{n:02d}", mechanism, kind, title, unit or None, _day(due), _day(delivered), document)
        )
    columns = ["deliverable_id", "mechanism_no", "kind", "title", "unit"]
    return pd.DataFrame(made, columns=[*columns, "due_date", "delivered_date", "document_no"])


def _meetings() -> pd.DataFrame:
    made = [(f"DEMO-{k}", kind, title, _day(held)) for k, kind, title, held in _lists()["meetings"]["rows"]]
    return pd.DataFrame(made, columns=["meeting_id", "kind", "title", "held_date"])


def _agenda(city: StandingCity) -> pd.DataFrame:
    lists = _lists()["agenda"]
    made = [(m, position, subject, None) for m, position, subject in lists["rows"]]
    largest = _common(city)[: len(lists["groups"])]
    # The meetings are listed by day: what was reported first comes up first.
    largest.sort(key=lambda group: group["first_reported_date"])
    for (meeting, position), group in zip(lists["groups"], largest, strict=False):
        districts = "、".join(_names()[c] for c in group["district_codes"])
        subject = lists["group_subject"].format(
            kind=_kind_names()[group["kind"]], count=group["issues"], districts=districts
        )
        made.append((meeting, position, subject, group["group_id"]))
    made.sort(key=lambda row: (row[0], row[1]))
    return pd.DataFrame(
        {
            "agenda_item_id": [f"DEMO-{m}-A{p}" for m, p, _, _ in made],
            "meeting_id": [f"DEMO-{m}" for m, *_ in made],
            "position": [p for _, p, _, _ in made],
            "subject": [s for *_, s, _ in made],
            "group_id": pd.Series([g for *_, g in made], dtype="object"),
        }
    )


def _kind_names() -> dict[str, str]:
    issues = tomllib.loads((HERE / "issues.toml").read_text(encoding="utf-8"))
    names: dict[str, str] = issues["names"]["kinds"]
    return names


def _common(city: StandingCity) -> list[dict[str, Any]]:
    """The demo city's common problems, the largest first."""
    issues = city.layers["issues"]
    points = gpd.GeoSeries(issues["geometry"].to_numpy(), crs=WGS84).to_crs(METRIC)
    held = issues.assign(
        x_m=points.x.to_numpy(), y_m=points.y.to_numpy(), is_open=issues["closed_date"].isna()
    )
    found: list[dict[str, Any]] = agenda_proposals(held, issue_groups(held, RULE)).to_dict("records")
    return found


def _decisions(codes: tuple[str, ...], agenda: pd.DataFrame) -> pd.DataFrame:
    stand_for = {f"DISTRICT{n}": district_unit(_names()[codes[n % len(codes)]]) for n in (1, 2)}
    items = set(agenda["agenda_item_id"])
    made = []
    for n, (meeting, position, text, unit, due, done) in enumerate(_lists()["decisions"]["rows"], 1):
        item = f"DEMO-{meeting}-A{position}"
        made.append(
            (
                f"DEMO-R-{n:02d}",
                f"DEMO-{meeting}",
                item if item in items else None,
                text,
                stand_for.get(unit, unit),
                _day(due),
                _day(done),
            )
        )
    columns = ["decision_id", "meeting_id", "agenda_item_id", "text", "unit", "due_date", "done_date"]
    return pd.DataFrame(made, columns=columns)


def _cards(city: StandingCity, codes: tuple[str, ...]) -> pd.DataFrame:
    """Each card tells of a project that was finished in its district, where there is one."""
    events, projects = city.layers["stage_events"], city.layers["projects"]
    finished = projects[
        projects["project_id"].isin(events.loc[events["stage"] == "completed", "project_id"])
    ].sort_values("project_id")
    first = finished.drop_duplicates("district_code").set_index("district_code")["project_id"]
    made = []
    for n, (kind, title, summary, published, evidence, _) in enumerate(_lists()["cards"]["rows"], 1):
        code = codes[(5 * n + 1) % len(codes)]
        made.append(
            (
                f"DEMO-K-{n:02d}",
                kind,
                title,
                summary,
                code,
                first.get(code),
                _day(published),
                evidence,
            )
        )
    columns = ["card_id", "kind", "title", "summary", "district_code", "project_id"]
    return pd.DataFrame(made, columns=[*columns, "published_date", "evidence"])


def _sendings(cards: pd.DataFrame, codes: tuple[str, ...], as_of: dt.date) -> pd.DataFrame:
    units = [*departments(), *(district_unit(_names()[c]) for c in codes)]
    made = []
    for card, row in zip(cards.itertuples(), _lists()["cards"]["rows"], strict=True):
        if card.published_date is None:
            continue
        for n, unit in enumerate(units if row[5] < 0 else units[: row[5]], 1):
            sent = min(card.published_date + dt.timedelta(days=3 + n % 9), as_of)
            made.append((f"{card.card_id}-S{n:02d}", card.card_id, unit, sent))
    return pd.DataFrame(made, columns=["sent_id", "card_id", "unit", "sent_date"])


def _filings(codes: tuple[str, ...], as_of: dt.date, chance: np.random.Generator) -> pd.DataFrame:
    """The districts' own plans, in parts: most complete, one with nothing, some without the project plans."""
    parts: list[str] = _lists()["filings"]["parts"]
    made = []
    for n, code in enumerate(codes):
        if n == len(codes) - 1:
            continue
        first = dt.date(2020, 5, 12) + dt.timedelta(days=int(chance.integers(0, 40)))
        for part in parts:
            late = part == "project_plans"
            if late and n % 3 == 1:
                continue
            day = first + dt.timedelta(days=int(chance.integers(8, 60)) if late else 0)
            if day <= as_of:
                document = f"演示{_names()[code][:1]}〔2020〕{n + 1}号"
                made.append((f"DEMO-F-2020-{code}-{part}", code, as_of.year, part, day, document))
    columns = ["filing_id", "district_code", "year", "part", "filed_date", "document_no"]
    return pd.DataFrame(made, columns=columns)
