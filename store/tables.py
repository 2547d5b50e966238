"""The tables. Every row of the plan's own data names the import run that brought it.

Two kinds of table stand side by side:

* base tables hold what a source said (`BASE_TABLES`, in the order in which they may be filled);
* link tables hold what was worked out from the base tables (which building stands in which community, which
  community in which subdistrict, by which rule). They can be thrown away and made again, and they always equal
  what the base tables give.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from store.geometry import Geometry, spatial_index
from store.tables_base import BigId, RunId, metadata, origin
from store.tables_gaps import GAP_TABLES
from store.tables_programme import PROGRAMME_TABLES


def _build_year() -> list[Column]:
    """A build year with its range, precision and source (R4)."""
    return [
        Column("build_year_from", Integer),
        Column("build_year_to", Integer),
        Column("build_year_precision", String(10), nullable=False, server_default="unknown"),
        Column("build_year_text", Text),
        Column("build_year_source", Text),
    ]


# --- who brought what -----------------------------------------------------------------------------
import_runs = Table(
    "import_runs",
    metadata,
    Column("run_id", RunId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),  # reference | demo | load | edit
    Column("catalogue_key", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("status", String(16), nullable=False),  # done | undone
    Column("is_synthetic", Boolean, nullable=False),
    Column("licence", Text),
    Column("source", Text),
    Column("as_of_date", Date),
    Column("catalogue", JSON),
    Column("undone_at", DateTime(timezone=True)),
    Column("undone_by", Text),
)
import_layers = Table(
    "import_layers",
    metadata,
    Column("run_id", RunId, ForeignKey("import_runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("layer", String(80), primary_key=True),
    Column("target", String(40), nullable=False),
    Column("file_name", Text),
    Column("file_sha256", String(64)),
    Column("file_bytes", BigInteger),
    Column("driver", String(40)),
    Column("encoding", String(40)),
    Column("datum", String(40)),
    Column("crs", String(80)),
    Column("licence", Text),
    Column("as_of_date", Date),
    Column("is_synthetic", Boolean, nullable=False),
    Column("read_rows", Integer, nullable=False),
    Column("accepted_rows", Integer, nullable=False),
    Column("rejected_rows", Integer, nullable=False),
    Column("repaired_rows", Integer, nullable=False),
    Column("inserted_rows", Integer, nullable=False),
    Column("updated_rows", Integer, nullable=False),
    Column("unchanged_rows", Integer, nullable=False),
    Column("retired_rows", Integer, nullable=False, server_default="0"),
    Column("evidence", JSON),
    Column("join_report", JSON),
)
rejected_rows = Table(
    "rejected_rows",
    metadata,
    Column("rejected_id", BigId, primary_key=True, autoincrement=True),
    Column("run_id", RunId, ForeignKey("import_runs.run_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("layer", String(80), nullable=False),
    Column("file_name", Text),
    Column("row_number", Integer),
    Column("field", Text),
    Column("value", Text),
    Column("reason_code", String(60), nullable=False),
    Column("reason_params", JSON),
    Column("row_values", JSON),
)
row_versions = Table(
    "row_versions",
    metadata,
    Column("version_id", BigId, primary_key=True, autoincrement=True),
    Column("run_id", RunId, ForeignKey("import_runs.run_id"), nullable=False, index=True),
    Column("table_name", String(40), nullable=False),
    Column("row_key", String(200), nullable=False),
    Column("change", String(8), nullable=False),  # insert | update | delete
    Column("previous", JSON),
    Column("previous_run_id", RunId),
    Index("ix_row_versions_row", "table_name", "row_key"),
)
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("audit_id", BigId, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("table_name", String(40)),
    Column("row_key", String(200)),
    Column("run_id", RunId),
    Column("detail", Text),
    Column("previous_hash", String(64), nullable=False),
    Column("entry_hash", String(64), nullable=False),
)
store_state = Table(
    "store_state",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

#: Every version of every closed month, as `programme.months` packed it; rows are added, never changed (R67).
closed_months = Table(
    "closed_months",
    metadata,
    Column("month", String(7), primary_key=True),  # YYYY-MM
    Column("version", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("previous_digest", String(64)),
    Column("content", LargeBinary, nullable=False),
    Column("reason", Text),
    Column("closed_by", Text, nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False),
)
#: The bytes of files that prove a step, by their hash; a base table names them (proof_files, designs).
attachments = Table(
    "attachments",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String(100)),
    Column("size_bytes", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
)
#: Who may do what (R74): `user_name` is what the login or the proxy calls a person; areas are codes, spaces between.
user_roles = Table(
    "user_roles",
    metadata,
    Column("user_name", String(200), primary_key=True),
    Column("role", String(32), nullable=False),
    Column("area_codes", Text, nullable=False, server_default=""),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", DateTime(timezone=True), nullable=False),
)

# --- geography ------------------------------------------------------------------------------------
districts = Table(
    "districts",
    metadata,
    Column("district_code", String(6), primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text),
    Column("zone", Text),
    Column("area_km2", Float),
    Column("geometry", Geometry()),
    *origin(),
)
subdistricts = Table(
    "subdistricts",
    metadata,
    Column("subdistrict_code", String(12), primary_key=True),
    Column("district_code", String(6), ForeignKey("districts.district_code"), index=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text),
    Column("geometry", Geometry()),
    *origin(),
)
parcels = Table(
    "parcels",
    metadata,
    Column("parcel_id", String(80), primary_key=True),
    Column("name", Text),
    Column("land_use", Text),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
communities = Table(
    "communities",
    metadata,
    Column("community_id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text),
    Column("district_code", String(6), ForeignKey("districts.district_code"), index=True),
    Column("subdistrict_name", Text),
    *_build_year(),
    Column("households", Integer),
    Column("residents", Float),
    Column("building_count", Integer),
    Column("floor_area_m2", Float),
    Column("structure", Text),
    Column("ownership", Text),  # 房改房, 直管公房, 商品房, 中央国家机关, 市属国企 …
    Column("is_central_state", Boolean),  # R10
    Column("original_property_unit", Text),  # 原产权单位, R22
    Column("property_company", Text),
    Column("has_owners_body", Boolean),  # R13
    Column("has_property_service", Boolean),
    Column("has_party_organisation", Boolean),  # R68
    Column("surveyed_date", Date),  # R2
    Column("unit_price_cny_per_m2", Float),
    Column("point", Geometry()),
    Column("geometry", Geometry()),
    *origin(),
)
buildings = Table(
    "buildings",
    metadata,
    Column("building_id", String(80), primary_key=True),
    Column("name", Text),
    Column("address", Text),
    Column("community_id_stated", String(80)),
    *_build_year(),
    Column("storeys", Integer),
    Column("height_m", Float),
    Column("stairwells", Integer),
    Column("households", Integer),
    Column("floor_area_m2", Float),
    Column("structure", Text),
    Column("use", Text),
    Column("lift_count", Integer),
    Column("is_dangerous_or_simple", Boolean),  # R55
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
facilities = Table(
    "facilities",
    metadata,
    Column("facility_id", String(80), primary_key=True),
    Column("kind", String(60), nullable=False, index=True),
    Column("kind_text", Text),
    Column("name", Text),
    Column("address", Text),
    Column("subdistrict_name", Text),
    Column("floor_area_m2", Float),
    Column("land_area_m2", Float),
    Column("capacity", Float),
    Column("capacity_unit", Text),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
population_points = Table(
    "population_points",
    metadata,
    Column("point_id", String(80), primary_key=True),
    Column("residents", Float, nullable=False),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
green_spaces = Table(
    "green_spaces",
    metadata,
    Column("green_space_id", String(80), primary_key=True),
    Column("name", Text),
    Column("kind", Text),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
water_areas = Table(
    "water_areas",
    metadata,
    Column("water_id", String(80), primary_key=True),
    Column("name", Text),
    Column("kind", Text),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)
streets = Table(
    "streets",
    metadata,
    Column("street_id", String(80), primary_key=True),
    Column("name", Text),
    Column("kind", Text),
    Column("oneway", Text),
    Column("geometry", Geometry(), nullable=False),
    *origin(),
)

# --- programme ------------------------------------------------------------------------------------
projects = Table(
    "projects",
    metadata,
    Column("project_id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("district_code", String(6), ForeignKey("districts.district_code"), nullable=False, index=True),
    Column("batch", Text),  # R7
    Column("plan_year", Integer),
    Column("is_central_state", Boolean, nullable=False, server_default="0"),  # R10
    Column("confirmation_document_no", Text),  # R9
    Column("investor", Text),  # R16
    Column("implementing_body", Text),  # R16
    Column("general_contractor", Text),  # R26
    Column("planned_start_date", Date),
    Column("planned_completion_date", Date),
    Column("planned_investment_fen", BigInteger),
    Column("content_items", Text),  # R15: items of the menu, separated by 、
    *origin(),
)
project_communities = Table(
    "project_communities",
    metadata,
    Column("project_community_id", String(170), primary_key=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    Column("community_id", String(80), ForeignKey("communities.community_id"), nullable=False, index=True),
    *origin(),
)
project_buildings = Table(
    "project_buildings",
    metadata,
    Column("project_building_id", String(170), primary_key=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    Column("building_id", String(80), ForeignKey("buildings.building_id"), nullable=False, index=True),
    *origin(),
)
stage_events = Table(
    "stage_events",
    metadata,
    Column("event_id", String(120), primary_key=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    Column("stage", String(40), nullable=False),
    Column("event_date", Date, nullable=False),
    Column("document_no", Text),
    Column("note", Text),
    *origin(),
)
funding_entries = Table(
    "funding_entries",
    metadata,
    Column("entry_id", String(120), primary_key=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    Column("funding_source", String(40), nullable=False),
    Column("content_class", String(20), nullable=False),  # basic | optional (R47)
    Column("state", String(20), nullable=False),  # planned | allotted | paid
    Column("entry_date", Date),
    Column("amount_fen", BigInteger, nullable=False),
    *origin(),
)
monthly_investments = Table(
    "monthly_investments",
    metadata,
    Column("investment_id", String(120), primary_key=True),
    Column("project_id", String(80), ForeignKey("projects.project_id"), nullable=False, index=True),
    Column("month", String(7), nullable=False, index=True),  # YYYY-MM
    Column("amount_fen", BigInteger, nullable=False),  # fixed-asset investment completed (R49)
    *origin(),
)
annual_targets = Table(
    "annual_targets",
    metadata,
    Column("target_id", String(80), primary_key=True),
    Column("year", Integer, nullable=False, index=True),
    Column(
        "area_code", String(6), nullable=False
    ),  # 110000 for the city, or a district (R1: entered, never derived)
    Column("measure", String(20), nullable=False),  # starts | completions | investment_fen | confirmed
    Column("value", BigInteger, nullable=False),
    Column("note", Text),
    CheckConstraint("value >= 0", name="value_not_negative"),
    *origin(),
)

# --- worked out from the above, never typed in ----------------------------------------------------
community_links = Table(
    "community_links",
    metadata,
    Column(
        "community_id",
        String(80),
        ForeignKey("communities.community_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("district_code", String(6), index=True),
    Column("subdistrict_code", String(12), index=True),
    Column("area_rule", String(20), nullable=False),  # inside | overlap | nearest | stated | none
    Column("boundary_rule", String(20), nullable=False),
    Column("boundary_distance_m", Float),
    Column("parcel_id", String(80)),
    Column("boundary_shared_with", Integer),
    Column("boundary", Geometry()),
    Column("age_class", String(12), nullable=False),  # pre_2000 | post_2000 | unknown
    Column("is_mixed_age", Boolean, nullable=False),
    Column("buildings", Integer, nullable=False),
    Column("pre_2000_buildings", Integer, nullable=False),
    Column("post_2000_buildings", Integer, nullable=False),
    Column("unknown_year_buildings", Integer, nullable=False),
    Column("pre_2000_share_pct", Float),
)
building_links = Table(
    "building_links",
    metadata,
    Column(
        "building_id", String(80), ForeignKey("buildings.building_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("community_id", String(80), index=True),
    Column("rule", String(20), nullable=False),
    Column("overlap_pct", Float),
    Column("distance_m", Float),
    Column("district_code", String(6), index=True),
    Column("subdistrict_code", String(12), index=True),
    Column("year_from", Integer),
    Column("year_to", Integer),
    Column("year_precision", String(10), nullable=False),
    Column("year_source", String(12), nullable=False),  # own | community | none
    Column("age_class", String(12), nullable=False),
)
place_links = Table(
    "place_links",
    metadata,
    Column("layer", String(24), primary_key=True),  # a table of store.linking_rules.PLACE_TABLES
    Column("row_id", String(80), primary_key=True),
    Column("district_code", String(6), index=True),
    Column("subdistrict_code", String(12), index=True),
)

spatial_index("districts", districts.c.geometry)
for _table in (
    subdistricts,
    parcels,
    communities,
    buildings,
    facilities,
    population_points,
    green_spaces,
    water_areas,
    streets,
):
    spatial_index(_table.name, _table.c.geometry)
spatial_index("community_links", community_links.c.boundary)

#: Base tables in the order in which they may be filled; undoing goes the other way.
BASE_TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        districts,
        subdistricts,
        parcels,
        communities,
        buildings,
        facilities,
        population_points,
        green_spaces,
        water_areas,
        streets,
        projects,
        project_communities,
        project_buildings,
        stage_events,
        funding_entries,
        monthly_investments,
        annual_targets,
        *PROGRAMME_TABLES,
        *GAP_TABLES,
    )
}
LINK_TABLES: dict[str, Table] = {t.name: t for t in (community_links, building_links, place_links)}
GEOMETRY_COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(c.name for c in t.columns if isinstance(c.type, Geometry)) for name, t in BASE_TABLES.items()
}
ORIGIN_COLUMNS = ("import_run_id", "source_row", "is_synthetic", "content_hash")


def key_column(table: Table) -> str:
    """The single key column of a base table."""
    return next(iter(table.primary_key.columns)).name
