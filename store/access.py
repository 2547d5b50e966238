"""Who is asking, and what that person may do (R74): asked by every write, every read, every tile and download."""

from dataclasses import dataclass
from enum import StrEnum

from store.errors import AccessRefused


class Role(StrEnum):
    """The roles of the programme. The first is the housing commission's office, which keeps the database (annex)."""

    PROGRAMME_OFFICE = "programme_office"  # reads and writes all, loads data, grants roles
    CITY_LEADER = "city_leader"  # reads all
    ASSESSMENT_OFFICE = "assessment_office"  # reads all, closes months
    DISTRICT = "district"  # reads and writes its own district
    SUBDISTRICT = "subdistrict"  # reads and writes its own subdistrict
    RESPONSIBLE_PLANNER = "responsible_planner"  # reads its area, reviews designs, corrects standards
    PUBLIC = "public"  # totals only


class Action(StrEnum):
    """What may be done beside reading."""

    WRITE_LEDGER = "write_ledger"
    LOAD_DATA = "load_data"
    CLOSE_MONTH = "close_month"
    REVIEW_DESIGN = "review_design"
    SAVE_SCENARIO = "save_scenario"
    EDIT_STANDARD = "edit_standard"
    GRANT_ROLE = "grant_role"


_OFFICE = frozenset(Action)
MAY: dict[Role, frozenset[Action]] = {
    Role.PROGRAMME_OFFICE: _OFFICE - {Action.CLOSE_MONTH},
    Role.CITY_LEADER: frozenset(),
    Role.ASSESSMENT_OFFICE: frozenset({Action.CLOSE_MONTH}),
    Role.DISTRICT: frozenset({Action.WRITE_LEDGER, Action.SAVE_SCENARIO}),
    Role.SUBDISTRICT: frozenset({Action.WRITE_LEDGER}),
    Role.RESPONSIBLE_PLANNER: frozenset({Action.REVIEW_DESIGN, Action.SAVE_SCENARIO, Action.EDIT_STANDARD}),
    Role.PUBLIC: frozenset(),
}
#: Roles that read the rows of the whole city.
CITY_ROLES = frozenset({Role.PROGRAMME_OFFICE, Role.CITY_LEADER, Role.ASSESSMENT_OFFICE})
#: Roles that are held for areas: district codes (6 digits) or subdistrict codes (9 digits).
AREA_ROLES = frozenset({Role.DISTRICT, Role.SUBDISTRICT, Role.RESPONSIBLE_PLANNER})
#: Roles that may see names and telephone numbers of persons, in their own area (R74).
PERSONAL_ROLES = frozenset({Role.PROGRAMME_OFFICE, Role.DISTRICT, Role.SUBDISTRICT})
#: Columns that hold names or numbers of persons (R74).
PERSONAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "issues": ("reporter_name", "reporter_phone"),
    "reception_places": ("contact_name", "contact_phone"),
}


@dataclass(frozen=True)
class Principal:
    """A person with a role; `area_codes` are the districts and subdistricts of a role that is held for areas."""

    name: str
    role: Role
    area_codes: frozenset[str] = frozenset()

    def may(self, action: Action) -> bool:
        """Whether the role allows an action at all; where, is asked of the rows."""
        return action in MAY[self.role]

    def must(self, action: Action) -> None:
        """Raises AccessRefused where the role does not allow an action."""
        if not self.may(action):
            raise AccessRefused("access.no_action", action=action.value)

    @property
    def reads_city(self) -> bool:
        """Whether the rows of every district may be read."""
        return self.role in CITY_ROLES

    @property
    def reads_rows(self) -> bool:
        """Whether any row may be read; the public sees totals alone."""
        return self.role is not Role.PUBLIC

    @property
    def sees_persons(self) -> bool:
        """Whether names and numbers of persons may be seen (R74)."""
        return self.role in PERSONAL_ROLES

    @property
    def district_codes(self) -> frozenset[str]:
        """The districts in which the role's areas lie; empty for roles of the whole city and the public."""
        return frozenset(code[:6] for code in self.area_codes)


def anybody(role: Role, area_codes: frozenset[str] = frozenset()) -> str:
    """The name that stands for anybody with a role and its areas, where no login says who it is (the local demo)."""
    return ":".join(("demo", role.value, *sorted(area_codes)))
