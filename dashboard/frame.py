"""The frame around every page: navigation, the bar of shared filters, the ribbon of synthetic data, and errors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.address import change, hold, open_address
from dashboard.faults import told
from dashboard.filters import LANGUAGES, WHOLE_CITY, Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.pages import PageEntry, pages_of
from dashboard.panels import synthetic_text
from dashboard.refusals import note_refusal
from dashboard.role_chooser import show_person
from dashboard.seen_areas import as_seen, district_choices, subdistrict_choices
from dashboard.session import current_principal
from dashboard.state import facts
from dashboard.words import Words
from loaders.settings import settings
from store.access import Principal


def run() -> None:
    """One run of the app: the frame, then the page."""
    words = Words(settings().lang)
    st.set_page_config(page_title=words.say("product.name"), layout="wide", initial_sidebar_state="auto")
    with told(lambda: words):
        found = facts()
        principal = current_principal()
        filters = open_address(found, settings().lang)
        words = Words(filters.lang)
        entries = pages_of(principal)
        pages, page, entry = _navigation(entries, words)
        seen = as_seen(filters, principal, found, has_city=entry.has_city)
        if seen.filters != filters:
            filters = seen.filters
            hold(filters)
        if seen.refused:
            note_refusal(principal, "area", seen.refused)
        with st.sidebar:
            _links(entries, pages, filters, words)
            show_person(principal, found, words)
        _bar(filters, found, principal, entry, words)
        _ribbon(filters, words)
        if seen.refused:
            _refused(seen.refused, found, words)
        page.run()


def _navigation(
    entries: Sequence[PageEntry], words: Words
) -> tuple[dict[str, StreamlitPage], StreamlitPage, PageEntry]:
    """Tell Streamlit which pages there are for this person, and learn which one is open."""
    pages = {entry.key: _page(entry, entry.key, words) for entry in entries}
    # Streamlit gives its default page no address but "/": the first page stands there and under its own name.
    first = _page(entries[0], "start", words, is_default=True)
    current = st.navigation([first, *pages.values()], position="hidden")
    open_entry = next((e for e in entries if e.key == current.url_path), entries[0])
    return pages, current, open_entry


def _page(entry: PageEntry, url_path: str, words: Words, *, is_default: bool = False) -> StreamlitPage:
    title = words.say(f"page.{entry.key}.title")
    return st.Page(entry.file, title=title, url_path=url_path, default=is_default)


def _links(
    entries: Sequence[PageEntry], pages: Mapping[str, StreamlitPage], filters: Filters, words: Words
) -> None:
    show(
        element("p", words.say("product.name"), css="atlas-product"),
        element("p", words.say("product.subtitle"), css="atlas-product-sub"),
    )
    for group in dict.fromkeys(entry.group for entry in entries):
        show(element("p", words.say(f"group.{group}"), css="atlas-group"))
        for entry in _of_group(entries, group):
            st.page_link(
                pages[entry.key],
                label=words.say(f"page.{entry.key}.title"),
                query_params=filters.to_query(),
                width="stretch",
            )


def _of_group(entries: Sequence[PageEntry], group: str) -> list[PageEntry]:
    return [entry for entry in entries if entry.group == group]


def _bar(filters: Filters, found: StoreFacts, principal: Principal, entry: PageEntry, words: Words) -> None:
    """Year, as-of month, district, subdistrict, central-state projects, language; each writes the address."""
    years = list(found.years) or [filters.year]
    months = [f"{filters.year:04d}-{m:02d}" for m in range(1, found.last_month(filters.year) + 1)]
    own = district_choices(principal, found)
    is_whole = entry.has_city or len(own) == len(found.districts) or not own
    districts = [WHOLE_CITY, *own] if is_whole else own
    near, has_all = subdistrict_choices(principal, found, filters.district_code, has_city=entry.has_city)
    subdistricts = [WHOLE_CITY, *near] if has_all else near

    def area(code: str) -> str:
        if code == WHOLE_CITY:
            return words.say("bar.whole_city")
        return found.districts[code].name(words.lang)

    def subdistrict(code: str) -> str:
        if code == WHOLE_CITY:
            return words.say("bar.all_subdistricts")
        return found.subdistricts[code].name(words.lang)

    def month(value: str) -> str:
        return words.say("bar.month", month=value)

    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        _select("year", years, filters.year, lambda y: words.say("bar.year", year=y), words, 122, month=None)
        _select("month", months, filters.month, month, words, 176)
        _select(
            "district",
            districts,
            filters.district_code or WHOLE_CITY,
            area,
            words,
            136,
            subdistrict=WHOLE_CITY,
        )
        _select(
            "subdistrict",
            subdistricts,
            filters.subdistrict_code or WHOLE_CITY,
            subdistrict,
            words,
            168,
            disabled=filters.district_code is None,
        )
        _select(
            "central",
            ["with", "without"],
            "with" if filters.has_central else "without",
            lambda v: words.say(f"bar.{v}_central"),
            words,
            206,
        )
        _select("lang", list(LANGUAGES), filters.lang, lambda v: words.say(f"bar.lang_{v}"), words, 112)


def _select(
    key: str,
    options: Sequence[Any],
    value: Any,
    show_as: Callable[[Any], str],
    words: Words,
    width: int,
    *,
    disabled: bool = False,
    **also: str | None,
) -> None:
    """One selector of the bar; `also` are the keys of the address that a change resets (None: back to default)."""
    widget = f"bar_{key}"
    st.session_state[widget] = value

    def changed() -> None:
        chosen = st.session_state[widget]
        change(**{key: str(chosen)}, **{k: v or "" for k, v in also.items()})

    st.selectbox(
        words.say(f"bar.{key}_label"),
        options,
        key=widget,
        format_func=show_as,
        on_change=changed,
        label_visibility="collapsed",
        width=width,
        disabled=disabled,
    )


def _refused(code: str, found: StoreFacts, words: Words) -> None:
    area = found.districts.get(code) or found.subdistricts.get(code)
    name = area.name(words.lang) if area else code
    show(element("p", words.say("access.refused_area", area=name), css="atlas-ribbon", role="alert"))


def _ribbon(filters: Filters, words: Words) -> None:
    text = synthetic_text(words)
    if text:
        show(element("p", text, css="atlas-ribbon"))
    if filters.ignored:
        names = words.listed([words.say(f"bar.{key}_label") for key in filters.ignored])
        show(element("p", words.say("bar.ignored", names=names), css="atlas-ribbon"))
