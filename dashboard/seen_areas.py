"""Which districts and subdistricts a person may open, and what becomes of an address that names another."""

from dataclasses import dataclass, replace

from dashboard.filters import Filters, StoreFacts
from store.access import AREA_ROLES, Principal
from store.area_paths import Areas


@dataclass(frozen=True)
class Seen:
    """The filters as a person may have them, and the code of the area that was asked for in vain."""

    filters: Filters
    refused: str = ""


def may_see(principal: Principal, district_code: str | None, subdistrict_code: str | None) -> bool:
    """Whether a person may open an area: the whole city (None, None) always, for it then shows what is theirs."""
    if principal.role not in AREA_ROLES:
        return True
    areas = Areas.of(principal)
    if subdistrict_code is not None:
        return subdistrict_code in areas.subdistricts or subdistrict_code[:6] in areas.districts
    return district_code is None or district_code in areas.around


def as_seen(filters: Filters, principal: Principal, found: StoreFacts, *, has_city: bool) -> Seen:
    """The filters held to a person's areas.

    An address that names another area gets the person's own, and says so. A page without totals of the city
    (`has_city`) stands on one of the person's districts, or subdistricts, at once: its figures would not be the city's.
    """
    if principal.role not in AREA_ROLES:
        return Seen(filters)
    areas = Areas.of(principal)
    refused = ""
    if not may_see(principal, filters.district_code, filters.subdistrict_code):
        refused = filters.subdistrict_code or filters.district_code or ""
        filters = filters.with_district(None)
    if has_city and not refused:
        return Seen(filters)
    held = district_choices(principal, found)
    district = filters.district_code or (held[0] if held else None)
    subdistrict = filters.subdistrict_code
    if subdistrict is None and district is not None and district not in areas.districts:
        near = sorted(c for c in areas.subdistricts if c[:6] == district)
        subdistrict = near[0] if near else None
    return Seen(replace(filters, district_code=district, subdistrict_code=subdistrict), refused)


def district_choices(principal: Principal, found: StoreFacts) -> list[str]:
    """The codes of the districts that the bar lists, in its own order; without the whole city."""
    if principal.role not in AREA_ROLES:
        return list(found.districts)
    around = Areas.of(principal).around
    return [code for code in found.districts if code in around]


def subdistrict_choices(
    principal: Principal, found: StoreFacts, district_code: str | None, *, has_city: bool
) -> tuple[list[str], bool]:
    """The codes of the subdistricts that the bar lists, and whether "all of them" stands there too."""
    near = [a.code for a in found.subdistricts_of(district_code)]
    if principal.role not in AREA_ROLES:
        return near, True
    areas = Areas.of(principal)
    if district_code is None or district_code in areas.districts:
        return near, True
    return [code for code in near if code in areas.subdistricts], has_city
