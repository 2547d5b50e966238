"""The monthly assessment of districts (R67), version 1, over frozen tables alone.

It stands on its own feet (no pandas, nothing of `programme.progress`), so that a month closed today is the same when
those have moved on; tests hold the two to the same answers as long as both are in use. Never altered in what it
returns.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from programme.months.scores_1 import Part, make_part, make_score, part_plain, ranked, score_plain
from programme.months.settings import Settings
from programme.months.tables import FrozenInputs

CITY_CODE = "110000"
COVERAGE = {
    "owners_body": "has_owners_body",
    "property_service": "has_property_service",
    "party_organisation": "has_party_organisation",
}
Records = list[dict[str, Any]]


def assess(inputs: FrozenInputs, month: str, last_day: str, settings: Settings) -> dict[str, Any]:
    """The figures of every district and of the city in a month, with and without central state projects (R10).

    A start or completion counts in the year of its first date (R1), investment for the months of the year up to this
    one (R49), each against the year's entered target. `gates_kept`: of the projects started in the year, those that
    broke no hard gate: property-service agreement (R20), confirmation with a document number (R9), owners' body
    (R13) on or before the day of the start. Coverage (R68): of the communities in scope whose state is known, those
    that have it. `issues_in_time` (R63): of the issues open in the month whose due day is known, those that were not
    overdue by its end.
    """
    codes = [row["district_code"] for row in inputs["districts"].records()]
    figures: dict[str, Any] = {"unplaced": _unplaced(inputs, set(codes))}
    for name, has_central in (("with_central", True), ("without_central", False)):
        held = _Held(inputs, month, last_day, settings, has_central)
        scores = [make_score(code, held.parts(code)) for code in codes]
        figures[name] = {
            "districts": [score_plain(s) for s in ranked(scores)],
            "city": [part_plain(p) for p in held.parts(CITY_CODE)],
        }
    return figures


def _unplaced(inputs: FrozenInputs, codes: set[str]) -> dict[str, list[str]]:
    """Rows that belong to no district or to no project of the inputs: shown, never silently lost."""
    projects = inputs["projects"].by_key()
    found = {
        table: [r[key] for r in inputs[table].records() if r["district_code"] not in codes]
        for table, key in (
            ("projects", "project_id"),
            ("communities", "community_id"),
            ("issues", "issue_id"),
        )
    }
    for table, key in (("events", "event_id"), ("investments", "investment_id")):
        found[table] = [r[key] for r in inputs[table].records() if r["project_id"] not in projects]
    return {table: keys for table, keys in found.items() if keys}


class _Held:
    """The rows that count, by district."""

    def __init__(
        self, inputs: FrozenInputs, month: str, last_day: str, settings: Settings, has_central: bool
    ) -> None:
        self.month, self.last_day, self.settings = month, last_day, settings
        self.year = month[:4]
        all_projects = inputs["projects"].by_key()
        self.projects = {k: p for k, p in all_projects.items() if has_central or not p["is_central_state"]}
        left_out = all_projects.keys() - self.projects.keys()
        events = [e for e in inputs["events"].records() if e["project_id"] in self.projects]
        self.first: dict[tuple[str, str], dict[str, Any]] = {}
        for event in sorted(events, key=lambda e: (e["event_date"], e["event_id"])):
            if event["stage"] == "confirmed" and not self._has_number(event):
                continue
            self.first.setdefault((event["project_id"], event["stage"]), event)
        self.of_district: dict[str, list[str]] = defaultdict(list)
        for key, project in self.projects.items():
            self.of_district[project["district_code"]].append(key)
            self.of_district[CITY_CODE].append(key)
        self.money: dict[str, Records] = defaultdict(list)
        for row in inputs["investments"].records():
            if row["project_id"] in self.projects and self.year <= row["month"] <= month:
                self.money[row["project_id"]].append(row)
        self.targets = {
            (r["area_code"], r["measure"]): r
            for r in inputs["targets"].records()
            if r["year"] == int(self.year)
        }
        pairs = inputs["project_communities"].records()
        self.communities_of: dict[str, list[str]] = defaultdict(list)
        for pair in pairs:
            self.communities_of[pair["project_id"]].append(pair["community_id"])
        self.communities = inputs["communities"].by_key()
        in_projects = {p["community_id"] for p in pairs if p["project_id"] in self.projects}
        self.covered: dict[str, Records] = defaultdict(list)
        for key, row in self.communities.items():
            is_left_out = not has_central and row["is_central_state"] is True
            if not is_left_out and self._is_in_scope(key, row, in_projects):
                self.covered[row["district_code"]].append(row)
                self.covered[CITY_CODE].append(row)
        self.issues: dict[str, Records] = defaultdict(list)
        for row in inputs["issues"].records():
            is_open = row["closed_date"] is None or row["closed_date"] >= f"{month}-01"
            if is_open and row["project_id"] not in left_out:
                self.issues[row["district_code"]].append(row)
                self.issues[CITY_CODE].append(row)

    def _has_number(self, event: Mapping[str, Any]) -> bool:
        number = event["document_no"] or self.projects[event["project_id"]]["confirmation_document_no"]
        return number is not None

    def _is_in_scope(self, key: str, row: Mapping[str, Any], in_projects: set[str]) -> bool:
        scope = self.settings.coverage_scope
        if scope == "projects":
            return key in in_projects
        return scope == "all" or row["age_class"] == "pre_2000"

    def parts(self, code: str) -> list[Part]:
        """Every measure of a district or of the city."""
        projects = self.of_district.get(code, [])
        started = self._in_year(projects, "started")
        completed = self._in_year(projects, "completed")
        money = [row for key in projects for row in self.money.get(key, [])]
        return [
            self._against_target(code, "starts", len(started), "events", [e["event_id"] for e in started]),
            self._against_target(
                code, "completions", len(completed), "events", [e["event_id"] for e in completed]
            ),
            self._against_target(
                code,
                "investment_fen",
                sum(row["amount_fen"] for row in money),
                "investments",
                [row["investment_id"] for row in money],
            ),
            self._gates_kept(started),
            *(self._coverage(code, measure, column) for measure, column in COVERAGE.items()),
            self._issues_in_time(code),
        ]

    def _in_year(self, projects: Iterable[str], stage: str) -> Records:
        events = (self.first.get((key, stage)) for key in projects)
        return [e for e in events if e is not None and e["event_date"][:4] == self.year]

    def _against_target(self, code: str, measure: str, actual: int, table: str, keys: list[str]) -> Part:
        target = self.targets.get((code, measure))
        rows = {"counted": {table: keys}, "target": {"targets": [target["target_id"]] if target else []}}
        value = target["value"] if target else None
        return make_part(
            measure, self.settings.districts[measure], actual, value, needs_target=True, rows=rows
        )

    def _gates_kept(self, started: Records) -> Part:
        rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        counts = {"breach.service_agreement": 0, "breach.confirmation": 0, "breach.owners_body": 0}
        kept = 0
        for start in started:
            key, day = start["project_id"], start["event_date"]
            broken = [gate for gate in counts if not self._is_met(key, gate.partition(".")[2], day)]
            kept += not broken
            rows["counted" if not broken else "not_counted"]["projects"].append(key)
            for gate in broken:
                counts[gate] += 1
                rows[gate]["projects"].append(key)
        setting = self.settings.districts["gates_kept"]
        return make_part("gates_kept", setting, kept, len(started), counts=counts, rows=rows)

    def _is_met(self, project: str, gate: str, day: str) -> bool:
        event = self.first.get((project, "confirmed" if gate == "confirmation" else gate))
        if event is not None and event["event_date"] <= day:
            return True
        if gate != "owners_body":
            return False
        held = [self.communities.get(c, {}) for c in self.communities_of.get(project, [])]
        # A community whose state nobody entered is no evidence that the body stands (R13).
        return bool(held) and all(c.get("has_owners_body") is True for c in held)

    def _coverage(self, code: str, measure: str, column: str) -> Part:
        rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in self.covered.get(code, []):
            role = {True: "counted", False: "not_counted", None: "not_known"}[row[column]]
            rows[role]["communities"].append(row["community_id"])
        yes, no, unknown = (
            len(rows[role]["communities"]) for role in ("counted", "not_counted", "not_known")
        )
        setting = self.settings.districts[measure]
        return make_part(measure, setting, yes, yes + no, counts={"not_known": unknown}, rows=rows)

    def _issues_in_time(self, code: str) -> Part:
        rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in self.issues.get(code, []):
            due = self._due(row)
            until = row["closed_date"] or self.last_day
            role = "not_known" if due is None else "not_counted" if until > due else "counted"
            rows[role]["issues"].append(row["issue_id"])
        good, late, unknown = (len(rows[role]["issues"]) for role in ("counted", "not_counted", "not_known"))
        setting = self.settings.districts["issues_in_time"]
        counts = {"overdue": late, "not_known": unknown}
        return make_part("issues_in_time", setting, good, good + late, counts=counts, rows=rows)

    def _due(self, issue: Mapping[str, Any]) -> str | None:
        if issue["due_date"]:
            return issue["due_date"]
        limits = self.settings.issue_limit_days
        days = limits.get(issue["kind"] or "", limits.get("*"))
        return None if days is None else _later(issue["reported_date"], days)


def _later(day: str, days: int) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()
