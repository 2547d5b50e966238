"""Which codes a column may hold when a person writes it; imports are checked by the loaders' contracts."""

from enum import StrEnum

from programme.content.governance import GovernanceItem
from programme.content.pipelines import Pipeline, Subsidy
from programme.content.works import BuildingWork, MeasureKind
from programme.duties.meetings import MeetingKind
from programme.duties.practice import CardKind, PlanPart
from programme.money.funding import CLASSES, STATES
from programme.money.maintenance import ENTRY_KINDS
from programme.money.social_capital import Model
from programme.money.supports import Support
from programme.progress import Measure
from programme.steps import Step
from programme.trail import Action, Level


def _of(codes: type[StrEnum]) -> frozenset[str]:
    return frozenset(c.value for c in codes)


#: (table, column) → the codes; a missing value is a matter of the column itself.
CODES: dict[tuple[str, str], frozenset[str]] = {
    ("stage_events", "stage"): _of(Step),
    ("funding_entries", "state"): frozenset(STATES),
    ("funding_entries", "content_class"): frozenset(CLASSES),
    ("annual_targets", "measure"): _of(Measure),
    ("submission_trail", "level"): _of(Level),
    ("submission_trail", "action"): _of(Action),
    ("property_unit_duties", "duty"): frozenset({"repair", "mobilise", "maintenance_fund"}),
    ("quality_checks", "kind"): frozenset({"quality", "safety", "civilised"}),
    ("governance_items", "item"): _of(GovernanceItem),
    ("building_works", "kind"): _of(BuildingWork),
    ("community_measures", "kind"): _of(MeasureKind),
    ("pipeline_works", "kind"): _of(Pipeline),
    ("pipeline_works", "subsidy_state"): _of(Subsidy),
    ("parking_lots", "kind"): frozenset({"built", "shared"}),
    ("rebuild_options", "kind"): frozenset({"strengthen", "remove_danger", "rebuild"}),
    ("social_capital_cases", "model"): _of(Model),
    ("maintenance_entries", "kind"): frozenset(ENTRY_KINDS),
    ("supports", "kind"): _of(Support),
    ("supports", "content_class"): frozenset(CLASSES),
    ("fund_findings", "kind"): frozenset({"review", "audit"}),
    ("deliverables", "kind"): frozenset({"policy", "measure", "handbook", "standard"}),
    ("meetings", "kind"): _of(MeetingKind),
    ("practice_cards", "kind"): _of(CardKind),
    ("plan_filings", "part"): _of(PlanPart),
    ("entrances", "of_kind"): frozenset({"community", "facility"}),
    ("design_opinions", "decision"): frozenset({"passed", "passed_with_changes", "returned"}),
}
