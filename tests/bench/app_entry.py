"""The script of the bench's app: the product's own frame with a page of the bench in it, or a page without a frame."""

import sys
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
if str(PROJECT_DIR) not in sys.path:
    sys.path.insert(0, str(PROJECT_DIR))

from dashboard import frame  # noqa: E402
from dashboard.pages import PAGES, PageEntry  # noqa: E402

VIEWS = Path(__file__).resolve().parent / "views"


@dataclass(frozen=True)
class BenchPage(PageEntry):
    """A page under a product page's name and place in the navigation, with a view of the bench."""

    @property
    def file(self) -> Path:
        return VIEWS / f"{self.key}.py"


def bench_pages() -> list[PageEntry]:
    """The product's pages by name; behind each stands what the bench compares with."""
    own = (BenchPage(page.key, page.group, page.roles, page.has_city) for page in PAGES)
    return [page for page in own if page.file.exists()]


if st.query_params.get("bare") == "1":
    st.set_page_config(page_title="bench", layout="wide")
    st.html('<i class="bench-end"></i>')
else:
    frame.pages_of = lambda _principal: bench_pages()  # type: ignore[assignment]
    frame.run()
