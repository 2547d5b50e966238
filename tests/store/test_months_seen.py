"""A frozen month as a district and as the public may see it: the same figures, of the rows only what they may read."""

import pytest

from programme.months import ClosedMonth, source_rows
from store.access import Principal, Role
from store.engine import Store
from store.months import open_month
from store.months_seen import seen_month
from tests.dashboard.small_store import fill
from tests.month_city import UNITS
from tests.programme.months.town import weighted

XICHENG = Principal("西城", Role.DISTRICT, frozenset({"110102"}))
PUBLIC = Principal("", Role.PUBLIC)
PLACE = Principal("街道", Role.SUBDISTRICT, frozenset({"110102001"}))


@pytest.fixture
def city(store: Store) -> Store:
    fill(store)
    return store


def month_of(store: Store) -> ClosedMonth:
    return open_month(store, "2020-08", weighted(starts=60, investment_fen=40).settings, UNITS)


def keys(month: ClosedMonth, unit: str, measure: str) -> list[str]:
    score = next(s for s in month.districts() if s.unit == unit)
    return list(source_rows(score, measure)["row_key"])


def every_key(month: ClosedMonth) -> set[str]:
    rows = {str(row[0]) for table in month.inputs.values() for row in table.rows}
    for central in (True, False):
        for score in (*month.districts(has_central=central), *month.departments()):
            for part in score.parts:
                rows |= {k for tables in part.rows.values() for own in tables.values() for k in own}
        for part in month.city(has_central=central):
            rows |= {k for tables in part.rows.values() for own in tables.values() for k in own}
    return rows


def test_figures_stay_and_rows_of_others_go(city: Store) -> None:
    whole = month_of(city)
    seen = seen_month(whole, city.seen_by(XICHENG))
    for one, other in zip(whole.districts(), seen.districts(), strict=True):
        assert (one.unit, one.place, one.score) == (other.unit, other.place, other.score)
        for a, b in zip(one.parts, other.parts, strict=True):
            assert (a.numerator, a.denominator, a.counts, a.points) == (
                b.numerator,
                b.denominator,
                b.counts,
                b.points,
            )
    assert keys(whole, "110101", "starts") == ["P3-started", "2020-110101-starts"]
    assert keys(seen, "110101", "starts") == ["2020-110101-starts"]
    assert keys(seen, "110102", "starts") == keys(whole, "110102", "starts")
    assert not any(k.startswith(("P1", "P2", "P3", "C1", "C2", "C3")) for k in every_key(seen))
    assert seen.content == b""


def test_a_subdistrict_sees_its_own_rows_of_its_district(city: Store) -> None:
    seen = seen_month(month_of(city), city.seen_by(PLACE))
    assert keys(seen, "110102", "starts") == ["P4-started", "2020-110102-starts"]


def test_the_public_sees_no_row_but_the_plans_own(city: Store) -> None:
    seen = seen_month(month_of(city), city.seen_by(PUBLIC))
    assert not any(k.startswith(("P", "C")) for k in every_key(seen))
    assert keys(seen, "110102", "starts") == ["2020-110102-starts"]


def test_who_reads_the_city_sees_all(city: Store) -> None:
    whole = month_of(city)
    leader = Principal("市领导", Role.CITY_LEADER)
    assert every_key(seen_month(whole, city.seen_by(leader))) == every_key(whole)
