"""Which pages there are. A page is a file in `views/` and two texts, `page.<key>.title` and `page.<key>.hint`."""

from dataclasses import dataclass
from pathlib import Path

from store.access import MAY, Action, Principal, Role

VIEWS_DIR = Path(__file__).parent / "views"
EVERYBODY = frozenset(Role)
#: Who sees rows at all: everybody but the public.
READERS = EVERYBODY - {Role.PUBLIC}
#: Who keeps the ledger.
CLERKS = frozenset(role for role, actions in MAY.items() if Action.WRITE_LEDGER in actions)


@dataclass(frozen=True)
class PageEntry:
    """A page: its key (file name and address), the group of the navigation it stands in, and who may open it.

    `has_city`: its figures of the whole city are totals that everybody may see (`dashboard.state.totals`). On any other
    page a person who holds some areas stands on one of them.
    """

    key: str
    group: str
    roles: frozenset[Role] = READERS
    has_city: bool = False

    @property
    def file(self) -> Path:
        return VIEWS_DIR / f"{self.key}.py"


#: In the order of the navigation; the first one opens by default. Groups: see, run, review, data.
PAGES: tuple[PageEntry, ...] = (
    PageEntry("overview", "see", EVERYBODY, has_city=True),
    PageEntry("map", "see"),
    PageEntry("old_buildings", "see", EVERYBODY, has_city=True),
    PageEntry("projects", "run"),
    PageEntry("money", "run"),
    PageEntry("assessment", "run", has_city=True),
    PageEntry("duties", "run", EVERYBODY),
    PageEntry("issues", "run"),
    PageEntry("long_term", "run"),
    PageEntry("ledger", "run", CLERKS),
    PageEntry("facility_gaps", "review"),
    PageEntry("what_if", "review"),
    PageEntry("design_review", "review"),
    PageEntry("bundles", "review"),
    PageEntry("data", "data"),
)


def existing_pages() -> list[PageEntry]:
    """The pages that have a view."""
    return [page for page in PAGES if page.file.exists()]


def pages_of(principal: Principal) -> list[PageEntry]:
    """The pages that a person may open, in the order of the navigation."""
    return [page for page in existing_pages() if principal.role in page.roles]
