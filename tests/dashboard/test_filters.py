"""The address says what is shown; whatever else stands in it does no harm."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import KEYS, Area, Filters, StoreFacts

FACTS = StoreFacts(
    years=(2020, 2019),
    latest_date=dt.date(2020, 8, 31),
    districts={c: Area(c, c, n, "") for c, n in (("110101", "东城区"), ("110102", "西城区"))},
    subdistricts={
        "110101001": Area("110101001", "110101", "东华门街道", "Donghuamen"),
        "110102001": Area("110102001", "110102", "西长安街街道", ""),
    },
)


def test_the_default_is_the_newest_data() -> None:
    filters = Filters.from_query({}, FACTS)
    assert (filters.year, filters.month, filters.as_of) == (2020, "2020-08", dt.date(2020, 8, 31))
    assert filters.district_code is None
    assert filters.has_central
    assert filters.lang == "zh"
    assert filters.ignored == ()


def test_an_earlier_year_defaults_to_its_december() -> None:
    assert Filters.from_query({"year": "2019"}, FACTS).as_of == dt.date(2019, 12, 31)


def test_a_subdistrict_brings_its_district() -> None:
    filters = Filters.from_query({"subdistrict": "110101001"}, FACTS)
    assert filters.district_code == "110101"
    other = Filters.from_query({"subdistrict": "110101001", "district": "110102"}, FACTS)
    assert (other.district_code, other.subdistrict_code, other.ignored) == ("110102", None, ("subdistrict",))


def test_what_cannot_be_is_left_out_and_named() -> None:
    query = {
        "year": "９９",
        "month": "2020-13",
        "district": "'; DROP TABLE projects; --",
        "subdistrict": "../../etc/passwd",
        "central": "maybe",
        "lang": "<script>",
        "unknown": "key",
    }
    filters = Filters.from_query(query, FACTS)
    assert set(filters.ignored) == set(KEYS)
    assert filters == Filters.from_query({}, FACTS)


def test_a_month_beyond_the_data_or_of_another_year_is_left_out() -> None:
    assert Filters.from_query({"month": "2020-09"}, FACTS).month == "2020-08"
    assert Filters.from_query({"year": "2019", "month": "2020-01"}, FACTS).month == "2019-12"
    assert Filters.from_query({"month": "2020-02"}, FACTS).as_of == dt.date(2020, 2, 29)


def test_an_empty_value_asks_for_the_default_without_complaint() -> None:
    assert Filters.from_query({"year": "2019", "month": ""}, FACTS).ignored == ()


def test_an_empty_store_has_a_view_too_that_ends_today() -> None:
    filters = Filters.from_query({"district": "110101"}, StoreFacts(today=dt.date(2026, 11, 23)))
    assert filters.month == "2026-11"
    assert filters.district_code is None
    assert filters.ignored == ("district",)


@given(st.dictionaries(st.sampled_from([*KEYS, "other"]), st.text(max_size=12), max_size=7))
def test_any_address_opens_and_its_own_address_opens_the_same_view(query: dict) -> None:
    filters = Filters.from_query(query, FACTS)
    again = Filters.from_query(filters.to_query(), FACTS)
    assert again == filters
    assert again.ignored == ()
    assert tuple(filters.to_query()) == KEYS


@given(
    st.sampled_from(FACTS.years),
    st.sampled_from([None, *FACTS.districts]),
    st.booleans(),
    st.sampled_from(["zh", "en"]),
)
def test_every_possible_view_has_its_own_address(
    year: int, district: str | None, central: bool, lang: str
) -> None:
    filters = Filters(year, f"{year}-03", district, None, central, lang)
    assert Filters.from_query(filters.to_query(), FACTS) == filters
