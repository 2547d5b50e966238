"""Which pages there are. A page is a file in `views/` and two texts, `page.<key>.title` and `page.<key>.hint`."""

from dataclasses import dataclass
from pathlib import Path

VIEWS_DIR = Path(__file__).parent / "views"


@dataclass(frozen=True)
class PageEntry:
    """A page: its key (file name and address) and the group of the navigation it stands in."""

    key: str
    group: str

    @property
    def file(self) -> Path:
        return VIEWS_DIR / f"{self.key}.py"


#: In the order of the navigation; the first one opens by default. Groups: see, run, review, data.
PAGES: tuple[PageEntry, ...] = (
    PageEntry("overview", "see"),
    PageEntry("map", "see"),
    PageEntry("old_buildings", "see"),
    PageEntry("projects", "run"),
    PageEntry("money", "run"),
    PageEntry("assessment", "run"),
    PageEntry("duties", "run"),
    PageEntry("issues", "run"),
    PageEntry("long_term", "run"),
    PageEntry("ledger", "run"),
    PageEntry("facility_gaps", "review"),
    PageEntry("what_if", "review"),
    PageEntry("design_review", "review"),
    PageEntry("bundles", "review"),
    PageEntry("data", "data"),
)


def existing_pages() -> list[PageEntry]:
    """The pages that have a view."""
    return [page for page in PAGES if page.file.exists()]
