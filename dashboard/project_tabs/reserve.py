"""Reserve pool, capacity, trail, batches, annual plan, published figures."""

from dashboard.address import choice
from dashboard.area_panels import choose
from dashboard.filters import Filters, StoreFacts
from dashboard.panels import source_line
from dashboard.project_tabs.frames import notes_of, runs, view_key, view_of
from dashboard.project_tabs.topics import show_topic
from dashboard.state import read, worked_out
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.project_batches import batches_topic, plan_topic, published_topic
from dashboard.viewmodels.project_reserve import capacity_topic, pool_topic, trail_topic
from dashboard.viewmodels.project_topic import Place, Topic
from dashboard.words import Words
from loaders import reference_menu
from store import queries, queries_projects

#: The topics with the tables that each reads.
TOPICS: dict[str, tuple[str, ...]] = {
    "pool": ("projects", "stage_events"),
    "capacity": ("fiscal_assessments", "projects"),
    "trail": ("submission_trail", "stage_events"),
    "batches": ("projects", "stage_events"),
    "plan": ("annual_targets", "projects", "stage_events"),
    "published": ("projects", "stage_events"),
}


def show_reserve(filters: Filters, found: StoreFacts, words: Words) -> None:
    """The subject: one topic is chosen, then worked out and drawn."""
    names = [words.say(f"projects.topic.{t}") for t in TOPICS]
    topic = choice("reserve_topic", list(TOPICS), "pool")
    choose("reserve_topic", list(TOPICS), topic, names, words, "projects")

    def make() -> Topic:
        notes = notes_of(words, filters, scope_name(filters, found, words), *TOPICS[topic])
        return _topic(topic, filters, Place(filters, found, runs(), words, notes))

    made = worked_out("projects.reserve", (topic, words.lang, filters.year, *view_key(filters)), make)
    show_topic(made, words, source_line(words, filters, *TOPICS[topic]))


def _topic(topic: str, filters: Filters, place: Place) -> Topic:
    view = view_of(filters)
    match topic:
        case "pool":
            return pool_topic(view, place)
        case "capacity":
            return capacity_topic(view, read(queries_projects.assessment_rows), place)
        case "trail":
            return trail_topic(view, read(queries_projects.trail_rows), place)
        case "batches":
            return batches_topic(view, place)
        case "plan":
            return plan_topic(view, read(queries.target_rows), place)
    return published_topic(reference_menu.published_figures(), view, place)
