"""Content of works over the chosen area, topic by topic."""

from collections.abc import Callable

import pandas as pd

from dashboard.address import choice
from dashboard.area_panels import choose
from dashboard.filters import Filters, StoreFacts
from dashboard.panels import source_line
from dashboard.project_tabs.frames import notes_of, runs, view_key, view_of
from dashboard.project_tabs.topics import show_topic
from dashboard.state import read, worked_out
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.project_content import demand_topic, governance_topic, works_topic
from dashboard.viewmodels.project_digs import pipelines_topic
from dashboard.viewmodels.project_sites import lifts_topic, measures_topic, parking_topic
from dashboard.viewmodels.project_topic import Place, Topic
from dashboard.words import Words
from loaders import reference_menu
from store import queries_content
from store.queries_projects import BY_COMMUNITY

#: The topics with the tables that each reads.
TOPICS: dict[str, tuple[str, ...]] = {
    "demands": ("demands", "projects"),
    "works": ("building_works",),
    "governance": ("governance_items", "stage_events"),
    "digs": ("pipeline_works", "pavings"),
    "lifts": ("lift_stairwells",),
    "parking": ("parking_lots", "communities"),
    "measures": ("community_measures",),
}
#: Days between two openings of the ground within which they could have been one: the plan sets none, so the reader
#: chooses.
APART = ("30", "60", "90", "180")


def show_content(filters: Filters, found: StoreFacts, words: Words) -> None:
    """The subject: one topic is chosen, then worked out and drawn."""
    names = [words.say(f"projects.topic.{t}") for t in TOPICS]
    topic = choice("content_topic", list(TOPICS), "demands")
    choose("content_topic", list(TOPICS), topic, names, words, "projects")
    days = apart_days(words) if topic == "digs" else 0

    def make() -> Topic:
        notes = notes_of(words, filters, scope_name(filters, found, words), *TOPICS[topic])
        return _topic(topic, filters, Place(filters, found, runs(), words, notes), days)

    made = worked_out("projects.topic", (topic, days, words.lang, *view_key(filters)), make)
    show_topic(made, words, source_line(words, filters, *TOPICS[topic]))


def apart_days(words: Words) -> int:
    """The reader's choice of days between two openings."""
    chosen = choice("dig_apart", APART, "60")
    names = [words.say("projects.apart_days", days=int(d)) for d in APART]
    choose("dig_apart", APART, chosen, names, words, "projects")
    return int(chosen)


def topic_frames() -> dict[str, Callable[[], pd.DataFrame]]:
    """Every table of the communities' ledger, read when it is asked for."""
    return {
        table: (lambda table=table: read(queries_content.community_ledger, table))  # type: ignore[misc]
        for table in BY_COMMUNITY
    }


def menu() -> pd.DataFrame:
    """The items of the menu in all its versions."""
    return reference_menu.content_items()


def _topic(topic: str, filters: Filters, place: Place, days: int) -> Topic:
    view, frames = view_of(filters), topic_frames()
    match topic:
        case "demands":
            return demand_topic(view, frames["demands"](), menu(), place)
        case "works":
            houses, works = read(queries_content.project_houses), read(queries_content.building_work_rows)
            return works_topic(view, houses, works, place)
        case "governance":
            starts = read(queries_content.home_starts)
            return governance_topic(view, frames["governance_items"](), starts, place)
        case "digs":
            return pipelines_topic(view, frames["pipeline_works"](), frames["pavings"](), place, days)
        case "lifts":
            return lifts_topic(view, frames["lift_stairwells"](), place)
        case "parking":
            homes = read(queries_content.home_households)
            return parking_topic(view, frames["parking_lots"](), homes, place)
    return measures_topic(view, frames["community_measures"](), place)
