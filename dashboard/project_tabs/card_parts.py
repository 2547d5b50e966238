"""What the ledger holds of one project beside its way along the chain, subject by subject."""

from collections.abc import Sequence

import pandas as pd

from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import panel, source_line
from dashboard.project_tabs.content import apart_days, menu, topic_frames
from dashboard.project_tabs.frames import notes_of, runs
from dashboard.project_tabs.topics import show_topic
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.tables import show_table
from dashboard.viewmodels.ledger_rows import ledger_table
from dashboard.viewmodels.project_card import ProjectCard
from dashboard.viewmodels.project_content import demand_topic, governance_topic, works_topic
from dashboard.viewmodels.project_digs import pipelines_topic
from dashboard.viewmodels.project_frames import ProjectsInView, only
from dashboard.viewmodels.project_sites import lifts_topic, measures_topic, parking_topic
from dashboard.viewmodels.project_topic import Place
from dashboard.words import Words
from store import queries_content, queries_projects

PARTS = ("buildings", "demands", "ground", "lifts", "measures", "duties", "checks")
HOUSES = (
    "name",
    "address",
    "community_name",
    "build_year_text",
    "storeys",
    "stairwells",
    "households",
    "floor_area_m2",
    "is_dangerous_or_simple",
    "building_id",
)
#: The ledger's own tables of a project, with the columns that are shown.
LEDGERS: dict[str, dict[str, Sequence[str]]] = {
    "duties": {
        "service_agreements": (
            "company",
            "service_standard",
            "fee_yuan",
            "agreed_date",
            "signed_date",
            "joined_stage",
            "agreement_id",
        ),
        "property_unit_duties": ("unit", "duty", "done_date", "note", "unit_duty_id"),
        "deliberations": ("held_date", "parties", "topic", "deliberation_id"),
        "reception_places": ("address", "opened_date", "contact_name", "contact_phone", "reception_id"),
    },
    "checks": {
        "quality_checks": (
            "checked_date",
            "kind",
            "checker",
            "faults_found",
            "faults_open",
            "note",
            "check_id",
        ),
        "submission_trail": ("action_date", "level", "action", "document_no", "note", "trail_id"),
    },
}


def show_part(
    part: str, card: ProjectCard, view: ProjectsInView, filters: Filters, found: StoreFacts, words: Words
) -> None:
    """One of `PARTS` of a project's card."""
    own = only(view, card.project_id)
    homes = frozenset(own.homes["community_id"])
    notes = notes_of(words, filters, card.name, "projects")
    place = Place(filters, found, runs(), words, notes, homes)
    if part in LEDGERS:
        for table, columns in LEDGERS[part].items():
            _ledger(table, columns, card, filters, words, notes)
        return
    frames = topic_frames()
    if part == "buildings":
        _houses(card, own, place, filters, words, notes)
    elif part == "demands":
        topic = demand_topic(own, frames["demands"](), menu(), place)
        source = source_line(words, filters, "demands", "projects")
        show_topic(topic, words, source, only=("demand_items", "demand_gaps"))
    elif part == "ground":
        items, starts = frames["governance_items"](), read(queries_content.home_starts)
        source = source_line(words, filters, "governance_items")
        show_topic(governance_topic(own, items, starts, place), words, source, only=("governance_rows",))
        digs = pipelines_topic(own, frames["pipeline_works"](), frames["pavings"](), place, apart_days(words))
        source = source_line(words, filters, "pipeline_works", "pavings")
        show_topic(digs, words, source, only=("digs_clashes", "digs_after", "digs_rows"))
    elif part == "lifts":
        source = source_line(words, filters, "lift_stairwells")
        show_topic(lifts_topic(own, frames["lift_stairwells"](), place), words, source, only=("lifts_rows",))
        source = source_line(words, filters, "parking_lots")
        lots, households = frames["parking_lots"](), read(queries_content.home_households)
        show_topic(parking_topic(own, lots, households, place), words, source, only=("parking_rows",))
    else:
        source = source_line(words, filters, "community_measures")
        topic = measures_topic(own, frames["community_measures"](), place)
        show_topic(topic, words, source, only=("measures_kinds", "measures_rows"))


def _houses(
    card: ProjectCard,
    own: ProjectsInView,
    place: Place,
    filters: Filters,
    words: Words,
    notes: dict[str, str],
) -> None:
    homes = own.homes
    source = source_line(words, filters, "communities", "buildings")
    answer = words.say("projects.homes_answer", count=words.count(len(homes), "community"))
    with panel(words, words.say("projects.homes_question"), answer, key="card_homes", source=source):
        columns = (
            "name",
            "households",
            "has_owners_body",
            "surveyed_date",
            "original_property_unit",
            "community_id",
        )
        rows = homes.rename(columns={"community_name": "name"})
        title = words.say("projects.file_homes", project=card.project_id)
        show_table(
            ledger_table(rows, "communities", columns, runs(), words, title, notes),
            words,
            key="projects_homes",
        )
    houses = read(queries_projects.houses_of_project, card.project_id)
    answer = words.say("projects.houses_answer", count=words.count(len(houses), "building"))
    with panel(words, words.say("projects.houses_question"), answer, key="card_houses", source=source):
        title = words.say("projects.file_houses", project=card.project_id)
        more = {"community_name": words.say("projects.col.community")}
        table = ledger_table(houses, "buildings", HOUSES, runs(), words, title, notes, more=more)
        show_table(table, words, key="projects_houses")
    works = works_topic(
        own, read(queries_content.project_houses), read(queries_content.building_work_rows), place
    )
    source = source_line(words, filters, "building_works")
    show_topic(works, words, source, only=("works_kinds", "works_rows"), has_headline=False)
    options = read(queries_projects.options_of_project, card.project_id)
    answer = words.say("projects.options_answer", count=len(options))
    source = source_line(words, filters, "rebuild_options")
    with panel(words, words.say("projects.options_question"), answer, key="card_options", source=source):
        of_options = (
            "building_id",
            "kind",
            "certificate_no",
            "certified_date",
            "planning_conditions",
            "payer",
            "added_area_m2",
            "added_dwellings",
        )
        title = words.say("projects.file_options", project=card.project_id)
        table = ledger_table(options, "rebuild_options", of_options, runs(), words, title, notes)
        show_table(table, words, key="projects_options")


def _ledger(
    table: str,
    columns: Sequence[str],
    card: ProjectCard,
    filters: Filters,
    words: Words,
    notes: dict[str, str],
) -> None:
    """The rows of one table; names and numbers of persons for those alone who may see them (R74)."""
    has_persons = current_principal().sees_persons
    rows = read(queries_projects.rows_of_project, table, card.project_id, has_persons=has_persons)
    more = {}
    if table == "service_agreements":
        rows["fee_yuan"] = pd.to_numeric(rows.pop("fee_fen_per_m2_month")).astype("Float64") / 100
        more["fee_yuan"] = words.say("projects.col.fee_yuan")
    source = source_line(words, filters, table)
    answer = words.say(f"projects.{table}_answer" if len(rows) else f"projects.{table}_none", count=len(rows))
    with panel(words, words.say(f"projects.{table}_question"), answer, key=f"card_{table}", source=source):
        shown = [c for c in columns if c in rows]
        title = words.say(
            "projects.file_ledger", project=card.project_id, table=words.say(f"projects.{table}_question")
        )
        made = ledger_table(rows, table, shown, runs(), words, title, notes, more=more)
        show_table(made, words, key=f"projects_{table}")
        if table == "reception_places" and not has_persons:
            show(element("p", words.say("projects.contacts_hidden"), css="atlas-note"))
