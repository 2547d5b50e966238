"""The tables of the responsible planner's desk: existing stock, sites, standards, designs, scenarios, bundles."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
)

from store.geometry import Geometry, spatial_index
from store.tables_base import metadata, origin

idle_spaces = Table(  # R41: 不求所有、但求民用
    "idle_spaces",
    metadata,
    Column("space_id", String(120), primary_key=True),
    Column("name", Text),
    Column("address", Text),
    Column("community_id", String(80), ForeignKey("communities.community_id"), index=True),
    Column("owner", Text),
    Column("present_use", Text),
    Column("open_hours", Text),
    Column("possible_kinds", Text),  # facility kinds, separated by 、
    Column("floor_area_m2", Float),
    Column("capacity", Float),
    Column("cost_fen", BigInteger),
    Column("opened_date", Date),  # the day it was opened to residents; missing: not open
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
candidate_sites = Table(  # R42
    "candidate_sites",
    metadata,
    Column("site_id", String(120), primary_key=True),
    Column("name", Text),
    Column("address", Text),
    Column("permission", Text),  # what the planning conditions say
    Column("possible_kinds", Text),  # facility kinds, separated by 、
    Column("floor_area_m2", Float),
    Column("land_area_m2", Float),
    Column("capacity", Float),
    Column("cost_fen", BigInteger),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
entrances = Table(  # distances are taken from entrances where they are known
    "entrances",
    metadata,
    Column("entrance_id", String(120), primary_key=True),
    Column("of_kind", String(12), nullable=False),  # community | facility
    Column("of_id", String(80), nullable=False, index=True),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
standard_rows = (
    Table(  # a planner's own or corrected row of a standard; it takes the place of the shipped one
        "standard_rows",
        metadata,
        Column("standard_row_id", String(120), primary_key=True),
        Column("standard_key", Text, nullable=False),
        Column("facility_kind", String(60), nullable=False),
        Column("tier", String(20)),
        Column("radius_m", Float),
        Column("walk_minutes", Float),
        Column("floor_area_m2_per_1000", Float),
        Column("places_per_1000", Float),
        Column("least_floor_area_m2", Float),
        Column("effective_from", Date),
        Column("effective_to", Date),
        Column("clause", Text),
        Column("source", Text),
        Column("confidence", String(20)),
        Column("note", Text),
        *origin(),
    )
)
designs = Table(  # R17, R44
    "designs",
    metadata,
    Column("design_id", String(120), primary_key=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("design_firm", Text),
    Column("submitted_date", Date, nullable=False),
    Column("planned_items", Text),  # items of the menu, separated by 、
    Column("planned_facilities", Text),  # facility kinds, separated by 、
    Column("floor_area_before_m2", Float),
    Column("floor_area_after_m2", Float),
    Column("residents_before", Integer),
    Column("residents_after", Integer),
    Column("summary", Text),
    Column("file_name", Text),
    Column("file_sha256", String(64)),  # of `attachments`
    CheckConstraint("version >= 1", name="version_from_one"),
    *origin(),
)
design_opinions = Table(  # R18
    "design_opinions",
    metadata,
    Column("opinion_id", String(120), primary_key=True),
    Column("design_id", String(120), ForeignKey("designs.design_id"), nullable=False, index=True),
    Column("reviewer", Text, nullable=False),
    Column("reviewed_date", Date, nullable=False),
    Column("decision", String(20), nullable=False),  # passed | passed_with_changes | returned
    Column("opinion", Text, nullable=False),
    Column("gap_sheet", JSON),  # the facility gaps as they stood when the opinion was written
    *origin(),
)
public_notices = Table(  # R19
    "public_notices",
    metadata,
    Column("notice_id", String(120), primary_key=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    Column("design_id", String(120), ForeignKey("designs.design_id"), index=True),
    Column("posted_date", Date, nullable=False),
    Column("ended_date", Date),
    Column("place", Text),
    Column("responses", Integer),
    *origin(),
)
siting_scenarios = Table(
    "siting_scenarios",
    metadata,
    Column("scenario_id", String(120), primary_key=True),
    Column("name", Text, nullable=False),
    Column("district_code", String(6), ForeignKey("districts.district_code"), index=True),
    Column("facility_kind", String(60), nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_date", Date, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    *origin(),
)
bundles = Table(  # R58
    "bundles",
    metadata,
    Column("bundle_id", String(120), primary_key=True),
    Column("district_code", String(6), ForeignKey("districts.district_code"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("year", Integer),
    Column("note", Text),
    *origin(),
)
bundle_projects = Table(
    "bundle_projects",
    metadata,
    Column("bundle_project_id", String(210), primary_key=True),
    Column("bundle_id", String(120), ForeignKey("bundles.bundle_id"), nullable=False, index=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    *origin(),
)

for _table in (idle_spaces, candidate_sites, entrances):
    spatial_index(_table.name, _table.c.geometry)

#: In the order in which they may be filled.
GAP_TABLES: tuple[Table, ...] = (
    idle_spaces,
    candidate_sites,
    entrances,
    standard_rows,
    designs,
    design_opinions,
    public_notices,
    siting_scenarios,
    bundles,
    bundle_projects,
)
