"""The tables of the programme's working life: gates, content, money, months, duties, long-term management.

Each table's columns are what the rules in `programme/` ask for. Money is in whole fen, rates are exact decimals kept as
text, days are dates, codes are those of the rules' enumerations.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
)

from store.geometry import Geometry, spatial_index
from store.tables_base import metadata, origin


def _table(name: str, key: str, *columns: Column | CheckConstraint) -> Table:
    return Table(name, metadata, Column(key, String(120), primary_key=True), *columns, *origin())


def _project(*, is_needed: bool = True) -> Column:
    return Column(
        "project_id", String(80), ForeignKey("projects.project_id"), nullable=not is_needed, index=True
    )


def _community(*, is_needed: bool = True) -> Column:
    return Column(
        "community_id",
        String(80),
        ForeignKey("communities.community_id"),
        nullable=not is_needed,
        index=True,
    )


def _building(*, is_needed: bool = True) -> Column:
    return Column(
        "building_id", String(80), ForeignKey("buildings.building_id"), nullable=not is_needed, index=True
    )


def _district(*, is_needed: bool = True) -> Column:
    return Column(
        "district_code",
        String(6),
        ForeignKey("districts.district_code"),
        nullable=not is_needed,
        index=True,
    )


def _not_negative(*names: str) -> CheckConstraint:
    return CheckConstraint(" AND ".join(f"{n} >= 0" for n in names), name=f"{names[0]}_not_negative")


# --- gates and the way to confirmation --------------------------------------------------------------
proof_files = _table(
    "proof_files",
    "proof_id",
    Column("event_id", String(120), ForeignKey("stage_events.event_id"), nullable=False, index=True),
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),  # of `attachments`
)
fiscal_assessments = _table(  # R8
    "fiscal_assessments",
    "assessment_id",
    _district(),
    Column("year", Integer, nullable=False),
    Column("capacity_fen", BigInteger),
    Column("assessed_date", Date),
    Column("document_no", Text),
)
submission_trail = _table(  # R12
    "submission_trail",
    "trail_id",
    _project(),
    Column("level", String(20), nullable=False),  # subdistrict | district | city
    Column("action", String(20), nullable=False),  # submitted | returned | agreed
    Column("action_date", Date, nullable=False),
    Column("document_no", Text),
    Column("note", Text),
)
service_agreements = _table(  # R20, R21
    "service_agreements",
    "agreement_id",
    _project(),
    Column("company", Text),
    Column("service_standard", Text),
    Column("fee_fen_per_m2_month", Integer),
    Column("agreed_date", Date),
    Column("signed_date", Date),
    Column("joined_stage", String(40)),  # the stage at which the company joined (R21)
)
property_unit_duties = _table(  # R22
    "property_unit_duties",
    "unit_duty_id",
    _project(),
    Column("unit", Text),
    Column("duty", String(20), nullable=False),  # repair | mobilise | maintenance_fund
    Column("done_date", Date),
    Column("note", Text),
)
deliberations = _table(  # R23
    "deliberations",
    "deliberation_id",
    _project(),
    Column("held_date", Date, nullable=False),
    Column("parties", Text),  # of the five parties, separated by 、
    Column("topic", Text),
)
reception_places = _table(  # R24
    "reception_places",
    "reception_id",
    _project(),
    Column("address", Text),
    Column("opened_date", Date),
    Column("contact_name", Text),  # personal (R74)
    Column("contact_phone", Text),  # personal (R74)
    Column("geometry", Geometry()),
)
quality_checks = _table(  # R30
    "quality_checks",
    "check_id",
    _project(),
    Column("checked_date", Date, nullable=False),
    Column("kind", String(20), nullable=False),  # quality | safety | civilised
    Column("checker", Text),
    Column("faults_found", Integer, nullable=False),
    Column("faults_open", Integer, nullable=False),
    Column("note", Text),
    _not_negative("faults_found", "faults_open"),
)

# --- content of works -------------------------------------------------------------------------------
demands = _table(  # R14
    "demands",
    "demand_id",
    _community(),
    Column("item", Text, nullable=False),
    Column("asks", Integer, nullable=False),
    Column("gathered_date", Date),
    _not_negative("asks"),
)
governance_items = _table(  # R25
    "governance_items",
    "governance_id",
    _community(),
    Column("item", String(30), nullable=False),  # programme.content.governance.GovernanceItem
    Column("is_present", Boolean),
    Column("cleared_date", Date),
)
building_works = _table(  # R32
    "building_works",
    "work_id",
    _project(is_needed=False),
    _building(),
    Column("kind", String(20), nullable=False),  # programme.content.works.BuildingWork
    Column("started_date", Date),
    Column("completed_date", Date),
)
community_measures = _table(  # R37–R40
    "community_measures",
    "measure_id",
    _project(is_needed=False),
    _community(),
    Column("kind", String(20), nullable=False),  # programme.content.works.MeasureKind
    Column("quantity", Float),
    Column("unit", Text),
    Column("started_date", Date),
    Column("completed_date", Date),
    Column("is_standard_met", Boolean),
)
pipeline_works = _table(  # R27–R29
    "pipeline_works",
    "dig_id",
    _project(is_needed=False),
    _community(),
    Column("street", Text),
    Column("kind", String(20), nullable=False),  # programme.content.pipelines.Pipeline
    Column("company", Text),
    Column("planned_from", Date),
    Column("planned_to", Date),
    Column("started_date", Date),
    Column("completed_date", Date),
    Column("approval_no", Text),
    Column("subsidy_state", String(20)),  # programme.content.pipelines.Subsidy
    Column("handed_over_date", Date),
)
pavings = _table(  # R27
    "pavings",
    "paving_id",
    _community(),
    Column("street", Text),
    Column("paved_date", Date),
)
lift_stairwells = _table(  # R33
    "lift_stairwells",
    "stairwell_id",
    _community(),
    _building(is_needed=False),
    Column("owners", Integer),
    Column("owners_consenting", Integer),
    Column("area_m2", Float),
    Column("area_consenting_m2", Float),
    Column("filed_date", Date),
    Column("accepted_date", Date),
    Column("operator", Text),
)
parking_lots = _table(  # R34
    "parking_lots",
    "lot_id",
    _community(),
    Column("name", Text),
    Column("kind", String(10), nullable=False),  # built | shared
    Column("spaces", Integer, nullable=False),
    Column("opened_date", Date),
    Column("occupied", Integer),
    Column("counted_date", Date),
    _not_negative("spaces"),
)
rebuild_options = _table(  # R55, R56
    "rebuild_options",
    "option_id",
    _building(),
    Column("kind", String(20), nullable=False),  # strengthen | remove_danger | rebuild
    Column("certificate_no", Text),
    Column("certified_date", Date),
    Column("planning_conditions", Text),
    Column("payer", Text),
    Column("added_area_m2", Float),
    Column("added_dwellings", Integer),
)

# --- money ------------------------------------------------------------------------------------------
loans = _table(  # R51
    "loans",
    "loan_id",
    _project(),
    Column("lender", Text),
    Column("pledge", Text),
    Column("principal_fen", BigInteger, nullable=False),
    Column("repaid_fen", BigInteger),
    Column("loan_rate_pct", String(20)),  # an exact decimal, such as 3.85
    Column("guarantee_rate_pct", String(20)),
    Column("drawn_date", Date),
    Column("due_date", Date),
    _not_negative("principal_fen"),
)
social_capital_cases = _table(  # R52
    "social_capital_cases",
    "case_id",
    _project(is_needed=False),
    _district(is_needed=False),
    Column("title", Text, nullable=False),
    Column("company", Text),
    Column("participation", Text),  # codes separated by 、
    Column("returns", Text),  # codes separated by 、
    Column("model", String(20)),  # jinsong | shoukai
    Column("social_fen", BigInteger),
    Column("government_fen", BigInteger),
    Column("evidence", Text),
)
maintenance_funds = _table(  # R54
    "maintenance_funds",
    "fund_id",
    _community(),
    Column("established_date", Date),
    Column("document_no", Text),
)
maintenance_entries = _table(  # R54
    "maintenance_entries",
    "entry_id",
    _community(),
    Column("kind", String(20), nullable=False),  # collected | rebuilt | topped_up | used
    Column("entry_date", Date),
    Column("amount_fen", BigInteger, nullable=False),
    _not_negative("amount_fen"),
)
supports = _table(  # R53
    "supports",
    "support_id",
    _community(),
    Column("kind", String(20), nullable=False),  # provident_fund | service_reward
    Column("content_class", String(20)),
    Column("amount_fen", BigInteger, nullable=False),
    Column("decided_date", Date),
    Column("document_no", Text),
)
fund_findings = _table(  # R50
    "fund_findings",
    "finding_id",
    _project(is_needed=False),
    _district(),
    Column("kind", String(10), nullable=False),  # review | audit
    Column("found_date", Date),
    Column("due_date", Date),
    Column("closed_date", Date),
    Column("amount_fen", BigInteger),
    Column("text", Text),
)

# --- duties and issues ------------------------------------------------------------------------------
deliverables = _table(  # R60
    "deliverables",
    "deliverable_id",
    Column("mechanism_no", Integer),
    Column("kind", String(20), nullable=False),  # policy | measure | handbook | standard
    Column("title", Text, nullable=False),
    Column("unit", Text),
    Column("due_date", Date),
    Column("delivered_date", Date),
    Column("document_no", Text),
)
meetings = _table(  # R62
    "meetings",
    "meeting_id",
    Column("kind", String(20), nullable=False),  # programme.duties.meetings.MeetingKind
    Column("title", Text, nullable=False),
    Column("held_date", Date),
)
agenda_items = _table(
    "agenda_items",
    "agenda_item_id",
    Column("meeting_id", String(120), ForeignKey("meetings.meeting_id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("group_id", Text),  # a group of like issues (R64)
)
decisions = _table(
    "decisions",
    "decision_id",
    Column("meeting_id", String(120), ForeignKey("meetings.meeting_id"), nullable=False, index=True),
    Column("agenda_item_id", String(120), ForeignKey("agenda_items.agenda_item_id"), index=True),
    Column("text", Text, nullable=False),
    Column("unit", Text),
    Column("due_date", Date),
    Column("done_date", Date),
)
issues = _table(  # R63
    "issues",
    "issue_id",
    _district(is_needed=False),
    Column("subdistrict_code", String(12), index=True),
    _community(is_needed=False),
    _project(is_needed=False),
    Column("kind", Text),
    Column("title", Text, nullable=False),
    Column("reported_date", Date, nullable=False),
    Column("due_date", Date),
    Column("closed_date", Date),
    Column("reporter_name", Text),  # personal (R74)
    Column("reporter_phone", Text),  # personal (R74)
    Column("geometry", Geometry()),
)
issue_calls = _table(
    "issue_calls",
    "call_id",
    Column("issue_id", String(120), ForeignKey("issues.issue_id"), nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("called_date", Date, nullable=False),
    Column("answered_date", Date),
    Column("answer", Text),
)
issue_escalations = _table(
    "issue_escalations",
    "escalation_id",
    Column("issue_id", String(120), ForeignKey("issues.issue_id"), nullable=False, index=True),
    Column("step", Integer, nullable=False),
    Column("escalated_date", Date, nullable=False),
    Column("note", Text),
)
practice_cards = _table(  # R65, R73
    "practice_cards",
    "card_id",
    Column("kind", String(20), nullable=False),  # good_practice | model
    Column("title", Text, nullable=False),
    Column("summary", Text),
    _district(is_needed=False),
    _project(is_needed=False),
    Column("published_date", Date),
    Column("evidence", Text),
)
card_sendings = _table(
    "card_sendings",
    "sent_id",
    Column("card_id", String(120), ForeignKey("practice_cards.card_id"), nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("sent_date", Date, nullable=False),
)
plan_filings = _table(  # R66
    "plan_filings",
    "filing_id",
    _district(),
    Column("year", Integer, nullable=False),
    Column("part", String(20), nullable=False),  # programme.duties.practice.PlanPart
    Column("filed_date", Date),
    Column("document_no", Text),
)

# --- long-term management ---------------------------------------------------------------------------
property_fees = _table(  # R69
    "property_fees",
    "fee_id",
    _project(),
    _community(is_needed=False),
    Column("month", String(7), nullable=False),
    Column("charged_fen", BigInteger),
    Column("collected_fen", BigInteger),
)
operated_items = _table(  # R70
    "operated_items",
    "item_id",
    _project(is_needed=False),
    _community(),
    Column("item", Text, nullable=False),
    Column("completed_date", Date),
    Column("operator", Text),
    Column("is_running", Boolean),
    Column("checked_date", Date),
)
supervision_visits = _table(  # R71
    "supervision_visits",
    "visit_id",
    _community(),
    Column("visited_date", Date, nullable=False),
    Column("topic", Text),
    Column("visitor", Text),
)
visit_findings = _table(
    "visit_findings",
    "visit_finding_id",
    Column("visit_id", String(120), ForeignKey("supervision_visits.visit_id"), nullable=False, index=True),
    Column("text", Text),
    Column("due_date", Date),
    Column("fixed_date", Date),
)
pilots = _table(  # R72
    "pilots",
    "pilot_id",
    _community(),
    Column("title", Text),
    Column("start_date", Date),
)
pilot_measurements = _table(
    "pilot_measurements",
    "measurement_id",
    Column("pilot_id", String(120), ForeignKey("pilots.pilot_id"), nullable=False, index=True),
    Column("measure", Text, nullable=False),
    Column("measured_date", Date, nullable=False),
    Column("numerator", BigInteger),
    Column("denominator", BigInteger),
)

spatial_index("reception_places", reception_places.c.geometry)
spatial_index("issues", issues.c.geometry)

#: In the order in which they may be filled.
PROGRAMME_TABLES: tuple[Table, ...] = (
    proof_files,
    fiscal_assessments,
    submission_trail,
    service_agreements,
    property_unit_duties,
    deliberations,
    reception_places,
    quality_checks,
    demands,
    governance_items,
    building_works,
    community_measures,
    pipeline_works,
    pavings,
    lift_stairwells,
    parking_lots,
    rebuild_options,
    loans,
    social_capital_cases,
    maintenance_funds,
    maintenance_entries,
    supports,
    fund_findings,
    deliverables,
    meetings,
    agenda_items,
    decisions,
    issues,
    issue_calls,
    issue_escalations,
    practice_cards,
    card_sendings,
    plan_filings,
    property_fees,
    operated_items,
    supervision_visits,
    visit_findings,
    pilots,
    pilot_measurements,
)
