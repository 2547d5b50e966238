"""The first store"""

import sqlalchemy as sa
from alembic import op

import store.geometry

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column(
            "audit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=True),
        sa.Column("row_key", sa.String(length=200), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "import_runs",
        sa.Column("run_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("catalogue_key", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("as_of_date", sa.Date(), nullable=True),
        sa.Column("catalogue", sa.JSON(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "place_links",
        sa.Column("layer", sa.String(length=24), nullable=False),
        sa.Column("row_id", sa.String(length=80), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("subdistrict_code", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("layer", "row_id", name=op.f("pk_place_links")),
    )
    with op.batch_alter_table("place_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_links_district_code"), ["district_code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_place_links_subdistrict_code"), ["subdistrict_code"], unique=False
        )

    op.create_table(
        "store_state",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_store_state")),
    )
    op.create_table(
        "annual_targets",
        sa.Column("target_id", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=6), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_annual_targets_value_not_negative")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_annual_targets_import_run_id")
        ),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_annual_targets")),
    )
    with op.batch_alter_table("annual_targets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_annual_targets_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_annual_targets_year"), ["year"], unique=False)

    op.create_table(
        "buildings",
        sa.Column("building_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("community_id_stated", sa.String(length=80), nullable=True),
        sa.Column("build_year_from", sa.Integer(), nullable=True),
        sa.Column("build_year_to", sa.Integer(), nullable=True),
        sa.Column("build_year_precision", sa.String(length=10), server_default="unknown", nullable=False),
        sa.Column("build_year_text", sa.Text(), nullable=True),
        sa.Column("build_year_source", sa.Text(), nullable=True),
        sa.Column("storeys", sa.Integer(), nullable=True),
        sa.Column("height_m", sa.Float(), nullable=True),
        sa.Column("stairwells", sa.Integer(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("floor_area_m2", sa.Float(), nullable=True),
        sa.Column("structure", sa.Text(), nullable=True),
        sa.Column("use", sa.Text(), nullable=True),
        sa.Column("lift_count", sa.Integer(), nullable=True),
        sa.Column("is_dangerous_or_simple", sa.Boolean(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_buildings_import_run_id")
        ),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_buildings")),
    )
    with op.batch_alter_table("buildings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_buildings_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "districts",
        sa.Column("district_code", sa.String(length=6), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("area_km2", sa.Float(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_districts_import_run_id")
        ),
        sa.PrimaryKeyConstraint("district_code", name=op.f("pk_districts")),
    )
    with op.batch_alter_table("districts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_districts_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "facilities",
        sa.Column("facility_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("kind_text", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("subdistrict_name", sa.Text(), nullable=True),
        sa.Column("floor_area_m2", sa.Float(), nullable=True),
        sa.Column("land_area_m2", sa.Float(), nullable=True),
        sa.Column("capacity", sa.Float(), nullable=True),
        sa.Column("capacity_unit", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_facilities_import_run_id")
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facilities")),
    )
    with op.batch_alter_table("facilities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facilities_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facilities_kind"), ["kind"], unique=False)

    op.create_table(
        "green_spaces",
        sa.Column("green_space_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_green_spaces_import_run_id")
        ),
        sa.PrimaryKeyConstraint("green_space_id", name=op.f("pk_green_spaces")),
    )
    with op.batch_alter_table("green_spaces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_green_spaces_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "import_layers",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("file_bytes", sa.BigInteger(), nullable=True),
        sa.Column("driver", sa.String(length=40), nullable=True),
        sa.Column("encoding", sa.String(length=40), nullable=True),
        sa.Column("datum", sa.String(length=40), nullable=True),
        sa.Column("crs", sa.String(length=80), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("as_of_date", sa.Date(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("read_rows", sa.Integer(), nullable=False),
        sa.Column("accepted_rows", sa.Integer(), nullable=False),
        sa.Column("rejected_rows", sa.Integer(), nullable=False),
        sa.Column("repaired_rows", sa.Integer(), nullable=False),
        sa.Column("inserted_rows", sa.Integer(), nullable=False),
        sa.Column("updated_rows", sa.Integer(), nullable=False),
        sa.Column("unchanged_rows", sa.Integer(), nullable=False),
        sa.Column("retired_rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("join_report", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.run_id"], name=op.f("fk_import_layers_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "layer", name=op.f("pk_import_layers")),
    )
    op.create_table(
        "parcels",
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("land_use", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_parcels_import_run_id")
        ),
        sa.PrimaryKeyConstraint("parcel_id", name=op.f("pk_parcels")),
    )
    with op.batch_alter_table("parcels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parcels_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "population_points",
        sa.Column("point_id", sa.String(length=80), nullable=False),
        sa.Column("residents", sa.Float(), nullable=False),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_population_points_import_run_id")
        ),
        sa.PrimaryKeyConstraint("point_id", name=op.f("pk_population_points")),
    )
    with op.batch_alter_table("population_points", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_population_points_import_run_id"), ["import_run_id"], unique=False
        )

    op.create_table(
        "rejected_rows",
        sa.Column(
            "rejected_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=80), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.String(length=60), nullable=False),
        sa.Column("reason_params", sa.JSON(), nullable=True),
        sa.Column("row_values", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.run_id"], name=op.f("fk_rejected_rows_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rejected_id", name=op.f("pk_rejected_rows")),
    )
    with op.batch_alter_table("rejected_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rejected_rows_run_id"), ["run_id"], unique=False)

    op.create_table(
        "row_versions",
        sa.Column(
            "version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("row_key", sa.String(length=200), nullable=False),
        sa.Column("change", sa.String(length=8), nullable=False),
        sa.Column("previous", sa.JSON(), nullable=True),
        sa.Column("previous_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.run_id"], name=op.f("fk_row_versions_run_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_row_versions")),
    )
    with op.batch_alter_table("row_versions", schema=None) as batch_op:
        batch_op.create_index("ix_row_versions_row", ["table_name", "row_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_row_versions_run_id"), ["run_id"], unique=False)

    op.create_table(
        "streets",
        sa.Column("street_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("oneway", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_streets_import_run_id")
        ),
        sa.PrimaryKeyConstraint("street_id", name=op.f("pk_streets")),
    )
    with op.batch_alter_table("streets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_streets_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "building_links",
        sa.Column("building_id", sa.String(length=80), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=True),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("overlap_pct", sa.Float(), nullable=True),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("subdistrict_code", sa.String(length=12), nullable=True),
        sa.Column("year_from", sa.Integer(), nullable=True),
        sa.Column("year_to", sa.Integer(), nullable=True),
        sa.Column("year_precision", sa.String(length=10), nullable=False),
        sa.Column("year_source", sa.String(length=12), nullable=False),
        sa.Column("age_class", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["buildings.building_id"],
            name=op.f("fk_building_links_building_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_building_links")),
    )
    with op.batch_alter_table("building_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_building_links_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_building_links_district_code"), ["district_code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_building_links_subdistrict_code"), ["subdistrict_code"], unique=False
        )

    op.create_table(
        "communities",
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("subdistrict_name", sa.Text(), nullable=True),
        sa.Column("build_year_from", sa.Integer(), nullable=True),
        sa.Column("build_year_to", sa.Integer(), nullable=True),
        sa.Column("build_year_precision", sa.String(length=10), server_default="unknown", nullable=False),
        sa.Column("build_year_text", sa.Text(), nullable=True),
        sa.Column("build_year_source", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Float(), nullable=True),
        sa.Column("building_count", sa.Integer(), nullable=True),
        sa.Column("floor_area_m2", sa.Float(), nullable=True),
        sa.Column("structure", sa.Text(), nullable=True),
        sa.Column("ownership", sa.Text(), nullable=True),
        sa.Column("is_central_state", sa.Boolean(), nullable=True),
        sa.Column("original_property_unit", sa.Text(), nullable=True),
        sa.Column("property_company", sa.Text(), nullable=True),
        sa.Column("has_owners_body", sa.Boolean(), nullable=True),
        sa.Column("has_property_service", sa.Boolean(), nullable=True),
        sa.Column("has_party_organisation", sa.Boolean(), nullable=True),
        sa.Column("surveyed_date", sa.Date(), nullable=True),
        sa.Column("unit_price_cny_per_m2", sa.Float(), nullable=True),
        sa.Column("point", store.geometry.Geometry(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_communities_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_communities_import_run_id")
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_communities")),
    )
    with op.batch_alter_table("communities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_communities_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_communities_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "projects",
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("plan_year", sa.Integer(), nullable=True),
        sa.Column("is_central_state", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("confirmation_document_no", sa.Text(), nullable=True),
        sa.Column("investor", sa.Text(), nullable=True),
        sa.Column("implementing_body", sa.Text(), nullable=True),
        sa.Column("general_contractor", sa.Text(), nullable=True),
        sa.Column("planned_start_date", sa.Date(), nullable=True),
        sa.Column("planned_completion_date", sa.Date(), nullable=True),
        sa.Column("planned_investment_fen", sa.BigInteger(), nullable=True),
        sa.Column("content_items", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_projects_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_projects_import_run_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_projects")),
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_projects_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "subdistricts",
        sa.Column("subdistrict_code", sa.String(length=12), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_subdistricts_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_subdistricts_import_run_id")
        ),
        sa.PrimaryKeyConstraint("subdistrict_code", name=op.f("pk_subdistricts")),
    )
    with op.batch_alter_table("subdistricts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subdistricts_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_subdistricts_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "community_links",
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("subdistrict_code", sa.String(length=12), nullable=True),
        sa.Column("area_rule", sa.String(length=20), nullable=False),
        sa.Column("boundary_rule", sa.String(length=20), nullable=False),
        sa.Column("boundary_distance_m", sa.Float(), nullable=True),
        sa.Column("parcel_id", sa.String(length=80), nullable=True),
        sa.Column("boundary_shared_with", sa.Integer(), nullable=True),
        sa.Column("boundary", store.geometry.Geometry(), nullable=True),
        sa.Column("age_class", sa.String(length=12), nullable=False),
        sa.Column("is_mixed_age", sa.Boolean(), nullable=False),
        sa.Column("buildings", sa.Integer(), nullable=False),
        sa.Column("pre_2000_buildings", sa.Integer(), nullable=False),
        sa.Column("post_2000_buildings", sa.Integer(), nullable=False),
        sa.Column("unknown_year_buildings", sa.Integer(), nullable=False),
        sa.Column("pre_2000_share_pct", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.community_id"],
            name=op.f("fk_community_links_community_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_community_links")),
    )
    with op.batch_alter_table("community_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_community_links_district_code"), ["district_code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_community_links_subdistrict_code"), ["subdistrict_code"], unique=False
        )

    op.create_table(
        "funding_entries",
        sa.Column("entry_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("funding_source", sa.String(length=40), nullable=False),
        sa.Column("content_class", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_funding_entries_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_funding_entries_project_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_funding_entries")),
    )
    with op.batch_alter_table("funding_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_funding_entries_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_funding_entries_project_id"), ["project_id"], unique=False)

    op.create_table(
        "monthly_investments",
        sa.Column("investment_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_monthly_investments_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_monthly_investments_project_id")
        ),
        sa.PrimaryKeyConstraint("investment_id", name=op.f("pk_monthly_investments")),
    )
    with op.batch_alter_table("monthly_investments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_monthly_investments_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_monthly_investments_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_monthly_investments_project_id"), ["project_id"], unique=False)

    op.create_table(
        "project_buildings",
        sa.Column("project_building_id", sa.String(length=170), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("building_id", sa.String(length=80), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.building_id"], name=op.f("fk_project_buildings_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_project_buildings_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_project_buildings_project_id")
        ),
        sa.PrimaryKeyConstraint("project_building_id", name=op.f("pk_project_buildings")),
    )
    with op.batch_alter_table("project_buildings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_buildings_building_id"), ["building_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_project_buildings_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_project_buildings_project_id"), ["project_id"], unique=False)

    op.create_table(
        "project_communities",
        sa.Column("project_community_id", sa.String(length=170), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_project_communities_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_project_communities_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_project_communities_project_id")
        ),
        sa.PrimaryKeyConstraint("project_community_id", name=op.f("pk_project_communities")),
    )
    with op.batch_alter_table("project_communities", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_communities_community_id"), ["community_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_project_communities_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_project_communities_project_id"), ["project_id"], unique=False)

    op.create_table(
        "stage_events",
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("event_date", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_stage_events_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_stage_events_project_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_stage_events")),
    )
    with op.batch_alter_table("stage_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_events_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stage_events_project_id"), ["project_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        op.create_index("gist_buildings_geometry", "buildings", ["geometry"], postgresql_using="gist")
        op.create_index("gist_districts_geometry", "districts", ["geometry"], postgresql_using="gist")
        op.create_index("gist_facilities_geometry", "facilities", ["geometry"], postgresql_using="gist")
        op.create_index("gist_green_spaces_geometry", "green_spaces", ["geometry"], postgresql_using="gist")
        op.create_index("gist_parcels_geometry", "parcels", ["geometry"], postgresql_using="gist")
        op.create_index(
            "gist_population_points_geometry", "population_points", ["geometry"], postgresql_using="gist"
        )
        op.create_index("gist_streets_geometry", "streets", ["geometry"], postgresql_using="gist")
        op.create_index("gist_communities_geometry", "communities", ["geometry"], postgresql_using="gist")
        op.create_index("gist_subdistricts_geometry", "subdistricts", ["geometry"], postgresql_using="gist")
        op.create_index(
            "gist_community_links_boundary", "community_links", ["boundary"], postgresql_using="gist"
        )


def downgrade() -> None:
    op.drop_table("stage_events")
    op.drop_table("project_communities")
    op.drop_table("project_buildings")
    op.drop_table("monthly_investments")
    op.drop_table("funding_entries")
    op.drop_table("community_links")
    op.drop_table("subdistricts")
    op.drop_table("projects")
    op.drop_table("communities")
    op.drop_table("building_links")
    op.drop_table("streets")
    op.drop_table("row_versions")
    op.drop_table("rejected_rows")
    op.drop_table("population_points")
    op.drop_table("parcels")
    op.drop_table("import_layers")
    op.drop_table("green_spaces")
    op.drop_table("facilities")
    op.drop_table("districts")
    op.drop_table("buildings")
    op.drop_table("annual_targets")
    op.drop_table("store_state")
    op.drop_table("place_links")
    op.drop_table("import_runs")
    op.drop_table("audit_entries")
