"""The programme and the responsible planner's desk"""

import sqlalchemy as sa
from alembic import op

import store.geometry

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_attachments")),
    )
    op.create_table(
        "closed_months",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", "version", name=op.f("pk_closed_months")),
    )
    op.create_table(
        "user_roles",
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("area_codes", sa.Text(), server_default="", nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_name", name=op.f("pk_user_roles")),
    )
    op.create_table(
        "candidate_sites",
        sa.Column("site_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("permission", sa.Text(), nullable=True),
        sa.Column("possible_kinds", sa.Text(), nullable=True),
        sa.Column("floor_area_m2", sa.Float(), nullable=True),
        sa.Column("land_area_m2", sa.Float(), nullable=True),
        sa.Column("capacity", sa.Float(), nullable=True),
        sa.Column("cost_fen", sa.BigInteger(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_candidate_sites_import_run_id")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_candidate_sites")),
    )
    with op.batch_alter_table("candidate_sites", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_candidate_sites_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "deliverables",
        sa.Column("deliverable_id", sa.String(length=120), nullable=False),
        sa.Column("mechanism_no", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("delivered_date", sa.Date(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_deliverables_import_run_id")
        ),
        sa.PrimaryKeyConstraint("deliverable_id", name=op.f("pk_deliverables")),
    )
    with op.batch_alter_table("deliverables", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliverables_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "entrances",
        sa.Column("entrance_id", sa.String(length=120), nullable=False),
        sa.Column("of_kind", sa.String(length=12), nullable=False),
        sa.Column("of_id", sa.String(length=80), nullable=False),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_entrances_import_run_id")
        ),
        sa.PrimaryKeyConstraint("entrance_id", name=op.f("pk_entrances")),
    )
    with op.batch_alter_table("entrances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entrances_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entrances_of_id"), ["of_id"], unique=False)

    op.create_table(
        "meetings",
        sa.Column("meeting_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("held_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_meetings_import_run_id")
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meetings")),
    )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetings_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "standard_rows",
        sa.Column("standard_row_id", sa.String(length=120), nullable=False),
        sa.Column("standard_key", sa.Text(), nullable=False),
        sa.Column("facility_kind", sa.String(length=60), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=True),
        sa.Column("radius_m", sa.Float(), nullable=True),
        sa.Column("walk_minutes", sa.Float(), nullable=True),
        sa.Column("floor_area_m2_per_1000", sa.Float(), nullable=True),
        sa.Column("places_per_1000", sa.Float(), nullable=True),
        sa.Column("least_floor_area_m2", sa.Float(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("confidence", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_standard_rows_import_run_id")
        ),
        sa.PrimaryKeyConstraint("standard_row_id", name=op.f("pk_standard_rows")),
    )
    with op.batch_alter_table("standard_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standard_rows_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "agenda_items",
        sa.Column("agenda_item_id", sa.String(length=120), nullable=False),
        sa.Column("meeting_id", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_agenda_items_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_agenda_items_meeting_id")
        ),
        sa.PrimaryKeyConstraint("agenda_item_id", name=op.f("pk_agenda_items")),
    )
    with op.batch_alter_table("agenda_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agenda_items_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agenda_items_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "bundles",
        sa.Column("bundle_id", sa.String(length=120), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_bundles_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_bundles_import_run_id")
        ),
        sa.PrimaryKeyConstraint("bundle_id", name=op.f("pk_bundles")),
    )
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundles_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundles_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "fiscal_assessments",
        sa.Column("assessment_id", sa.String(length=120), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("capacity_fen", sa.BigInteger(), nullable=True),
        sa.Column("assessed_date", sa.Date(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_fiscal_assessments_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_fiscal_assessments_import_run_id")
        ),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_fiscal_assessments")),
    )
    with op.batch_alter_table("fiscal_assessments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fiscal_assessments_district_code"), ["district_code"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fiscal_assessments_import_run_id"), ["import_run_id"], unique=False
        )

    op.create_table(
        "plan_filings",
        sa.Column("filing_id", sa.String(length=120), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("filed_date", sa.Date(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_plan_filings_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_plan_filings_import_run_id")
        ),
        sa.PrimaryKeyConstraint("filing_id", name=op.f("pk_plan_filings")),
    )
    with op.batch_alter_table("plan_filings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_filings_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_filings_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "rebuild_options",
        sa.Column("option_id", sa.String(length=120), nullable=False),
        sa.Column("building_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("certificate_no", sa.Text(), nullable=True),
        sa.Column("certified_date", sa.Date(), nullable=True),
        sa.Column("planning_conditions", sa.Text(), nullable=True),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.Column("added_area_m2", sa.Float(), nullable=True),
        sa.Column("added_dwellings", sa.Integer(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.building_id"], name=op.f("fk_rebuild_options_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_rebuild_options_import_run_id")
        ),
        sa.PrimaryKeyConstraint("option_id", name=op.f("pk_rebuild_options")),
    )
    with op.batch_alter_table("rebuild_options", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rebuild_options_building_id"), ["building_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rebuild_options_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "siting_scenarios",
        sa.Column("scenario_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("facility_kind", sa.String(length=60), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_date", sa.Date(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_siting_scenarios_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_siting_scenarios_import_run_id")
        ),
        sa.PrimaryKeyConstraint("scenario_id", name=op.f("pk_siting_scenarios")),
    )
    with op.batch_alter_table("siting_scenarios", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_siting_scenarios_district_code"), ["district_code"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_siting_scenarios_import_run_id"), ["import_run_id"], unique=False
        )

    op.create_table(
        "building_works",
        sa.Column("work_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("building_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("started_date", sa.Date(), nullable=True),
        sa.Column("completed_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.building_id"], name=op.f("fk_building_works_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_building_works_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_building_works_project_id")
        ),
        sa.PrimaryKeyConstraint("work_id", name=op.f("pk_building_works")),
    )
    with op.batch_alter_table("building_works", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_building_works_building_id"), ["building_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_building_works_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_building_works_project_id"), ["project_id"], unique=False)

    op.create_table(
        "bundle_projects",
        sa.Column("bundle_project_id", sa.String(length=210), nullable=False),
        sa.Column("bundle_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundles.bundle_id"], name=op.f("fk_bundle_projects_bundle_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_bundle_projects_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_bundle_projects_project_id")
        ),
        sa.PrimaryKeyConstraint("bundle_project_id", name=op.f("pk_bundle_projects")),
    )
    with op.batch_alter_table("bundle_projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_projects_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_projects_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_projects_project_id"), ["project_id"], unique=False)

    op.create_table(
        "community_measures",
        sa.Column("measure_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("started_date", sa.Date(), nullable=True),
        sa.Column("completed_date", sa.Date(), nullable=True),
        sa.Column("is_standard_met", sa.Boolean(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_community_measures_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_community_measures_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_community_measures_project_id")
        ),
        sa.PrimaryKeyConstraint("measure_id", name=op.f("pk_community_measures")),
    )
    with op.batch_alter_table("community_measures", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_community_measures_community_id"), ["community_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_community_measures_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_community_measures_project_id"), ["project_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(length=120), nullable=False),
        sa.Column("meeting_id", sa.String(length=120), nullable=False),
        sa.Column("agenda_item_id", sa.String(length=120), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("done_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["agenda_item_id"], ["agenda_items.agenda_item_id"], name=op.f("fk_decisions_agenda_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_decisions_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_decisions_meeting_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_agenda_item_id"), ["agenda_item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "deliberations",
        sa.Column("deliberation_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("held_date", sa.Date(), nullable=False),
        sa.Column("parties", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_deliberations_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_deliberations_project_id")
        ),
        sa.PrimaryKeyConstraint("deliberation_id", name=op.f("pk_deliberations")),
    )
    with op.batch_alter_table("deliberations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliberations_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deliberations_project_id"), ["project_id"], unique=False)

    op.create_table(
        "demands",
        sa.Column("demand_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("gathered_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.CheckConstraint("asks >= 0", name=op.f("ck_demands_asks_not_negative")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_demands_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_demands_import_run_id")
        ),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_demands")),
    )
    with op.batch_alter_table("demands", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demands_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_demands_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "designs",
        sa.Column("design_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("design_firm", sa.Text(), nullable=True),
        sa.Column("submitted_date", sa.Date(), nullable=False),
        sa.Column("planned_items", sa.Text(), nullable=True),
        sa.Column("planned_facilities", sa.Text(), nullable=True),
        sa.Column("floor_area_before_m2", sa.Float(), nullable=True),
        sa.Column("floor_area_after_m2", sa.Float(), nullable=True),
        sa.Column("residents_before", sa.Integer(), nullable=True),
        sa.Column("residents_after", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_designs_version_from_one")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_designs_import_run_id")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name=op.f("fk_designs_project_id")),
        sa.PrimaryKeyConstraint("design_id", name=op.f("pk_designs")),
    )
    with op.batch_alter_table("designs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_designs_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_designs_project_id"), ["project_id"], unique=False)

    op.create_table(
        "fund_findings",
        sa.Column("finding_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("district_code", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("found_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("closed_date", sa.Date(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_fund_findings_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_fund_findings_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_fund_findings_project_id")
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_fund_findings")),
    )
    with op.batch_alter_table("fund_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_findings_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_fund_findings_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fund_findings_project_id"), ["project_id"], unique=False)

    op.create_table(
        "governance_items",
        sa.Column("governance_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=30), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=True),
        sa.Column("cleared_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_governance_items_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_governance_items_import_run_id")
        ),
        sa.PrimaryKeyConstraint("governance_id", name=op.f("pk_governance_items")),
    )
    with op.batch_alter_table("governance_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_governance_items_community_id"), ["community_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_governance_items_import_run_id"), ["import_run_id"], unique=False
        )

    op.create_table(
        "idle_spaces",
        sa.Column("space_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("community_id", sa.String(length=80), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("present_use", sa.Text(), nullable=True),
        sa.Column("open_hours", sa.Text(), nullable=True),
        sa.Column("possible_kinds", sa.Text(), nullable=True),
        sa.Column("floor_area_m2", sa.Float(), nullable=True),
        sa.Column("capacity", sa.Float(), nullable=True),
        sa.Column("cost_fen", sa.BigInteger(), nullable=True),
        sa.Column("opened_date", sa.Date(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_idle_spaces_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_idle_spaces_import_run_id")
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_idle_spaces")),
    )
    with op.batch_alter_table("idle_spaces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idle_spaces_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_idle_spaces_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "issues",
        sa.Column("issue_id", sa.String(length=120), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("subdistrict_code", sa.String(length=12), nullable=True),
        sa.Column("community_id", sa.String(length=80), nullable=True),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reported_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("closed_date", sa.Date(), nullable=True),
        sa.Column("reporter_name", sa.Text(), nullable=True),
        sa.Column("reporter_phone", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_issues_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_issues_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_issues_import_run_id")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name=op.f("fk_issues_project_id")),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issues")),
    )
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issues_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issues_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_issues_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issues_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issues_subdistrict_code"), ["subdistrict_code"], unique=False)

    op.create_table(
        "lift_stairwells",
        sa.Column("stairwell_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("building_id", sa.String(length=80), nullable=True),
        sa.Column("owners", sa.Integer(), nullable=True),
        sa.Column("owners_consenting", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Float(), nullable=True),
        sa.Column("area_consenting_m2", sa.Float(), nullable=True),
        sa.Column("filed_date", sa.Date(), nullable=True),
        sa.Column("accepted_date", sa.Date(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.building_id"], name=op.f("fk_lift_stairwells_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_lift_stairwells_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_lift_stairwells_import_run_id")
        ),
        sa.PrimaryKeyConstraint("stairwell_id", name=op.f("pk_lift_stairwells")),
    )
    with op.batch_alter_table("lift_stairwells", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lift_stairwells_building_id"), ["building_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lift_stairwells_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lift_stairwells_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "loans",
        sa.Column("loan_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("lender", sa.Text(), nullable=True),
        sa.Column("pledge", sa.Text(), nullable=True),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("repaid_fen", sa.BigInteger(), nullable=True),
        sa.Column("loan_rate_pct", sa.String(length=20), nullable=True),
        sa.Column("guarantee_rate_pct", sa.String(length=20), nullable=True),
        sa.Column("drawn_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.CheckConstraint("principal_fen >= 0", name=op.f("ck_loans_principal_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_loans_import_run_id")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name=op.f("fk_loans_project_id")),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_loans")),
    )
    with op.batch_alter_table("loans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loans_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_project_id"), ["project_id"], unique=False)

    op.create_table(
        "maintenance_entries",
        sa.Column("entry_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_maintenance_entries_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_maintenance_entries_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_maintenance_entries_import_run_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_maintenance_entries")),
    )
    with op.batch_alter_table("maintenance_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_maintenance_entries_community_id"), ["community_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_maintenance_entries_import_run_id"), ["import_run_id"], unique=False
        )

    op.create_table(
        "maintenance_funds",
        sa.Column("fund_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("established_date", sa.Date(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_maintenance_funds_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_maintenance_funds_import_run_id")
        ),
        sa.PrimaryKeyConstraint("fund_id", name=op.f("pk_maintenance_funds")),
    )
    with op.batch_alter_table("maintenance_funds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_maintenance_funds_community_id"), ["community_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_maintenance_funds_import_run_id"), ["import_run_id"], unique=False
        )

    op.create_table(
        "operated_items",
        sa.Column("item_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("completed_date", sa.Date(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("is_running", sa.Boolean(), nullable=True),
        sa.Column("checked_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_operated_items_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_operated_items_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_operated_items_project_id")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_operated_items")),
    )
    with op.batch_alter_table("operated_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operated_items_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_operated_items_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_operated_items_project_id"), ["project_id"], unique=False)

    op.create_table(
        "parking_lots",
        sa.Column("lot_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("spaces", sa.Integer(), nullable=False),
        sa.Column("opened_date", sa.Date(), nullable=True),
        sa.Column("occupied", sa.Integer(), nullable=True),
        sa.Column("counted_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.CheckConstraint("spaces >= 0", name=op.f("ck_parking_lots_spaces_not_negative")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_parking_lots_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_parking_lots_import_run_id")
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_parking_lots")),
    )
    with op.batch_alter_table("parking_lots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parking_lots_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_parking_lots_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "pavings",
        sa.Column("paving_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("paved_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_pavings_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_pavings_import_run_id")
        ),
        sa.PrimaryKeyConstraint("paving_id", name=op.f("pk_pavings")),
    )
    with op.batch_alter_table("pavings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pavings_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pavings_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "pilots",
        sa.Column("pilot_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_pilots_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_pilots_import_run_id")
        ),
        sa.PrimaryKeyConstraint("pilot_id", name=op.f("pk_pilots")),
    )
    with op.batch_alter_table("pilots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pilots_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pilots_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "pipeline_works",
        sa.Column("dig_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("planned_from", sa.Date(), nullable=True),
        sa.Column("planned_to", sa.Date(), nullable=True),
        sa.Column("started_date", sa.Date(), nullable=True),
        sa.Column("completed_date", sa.Date(), nullable=True),
        sa.Column("approval_no", sa.Text(), nullable=True),
        sa.Column("subsidy_state", sa.String(length=20), nullable=True),
        sa.Column("handed_over_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_pipeline_works_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_pipeline_works_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_pipeline_works_project_id")
        ),
        sa.PrimaryKeyConstraint("dig_id", name=op.f("pk_pipeline_works")),
    )
    with op.batch_alter_table("pipeline_works", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pipeline_works_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pipeline_works_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pipeline_works_project_id"), ["project_id"], unique=False)

    op.create_table(
        "practice_cards",
        sa.Column("card_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("published_date", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_practice_cards_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_practice_cards_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_practice_cards_project_id")
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_practice_cards")),
    )
    with op.batch_alter_table("practice_cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_cards_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_practice_cards_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_practice_cards_project_id"), ["project_id"], unique=False)

    op.create_table(
        "property_fees",
        sa.Column("fee_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=True),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("charged_fen", sa.BigInteger(), nullable=True),
        sa.Column("collected_fen", sa.BigInteger(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_property_fees_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_property_fees_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_property_fees_project_id")
        ),
        sa.PrimaryKeyConstraint("fee_id", name=op.f("pk_property_fees")),
    )
    with op.batch_alter_table("property_fees", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_fees_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_fees_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_fees_project_id"), ["project_id"], unique=False)

    op.create_table(
        "property_unit_duties",
        sa.Column("unit_duty_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("duty", sa.String(length=20), nullable=False),
        sa.Column("done_date", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_property_unit_duties_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_property_unit_duties_project_id")
        ),
        sa.PrimaryKeyConstraint("unit_duty_id", name=op.f("pk_property_unit_duties")),
    )
    with op.batch_alter_table("property_unit_duties", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_property_unit_duties_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_property_unit_duties_project_id"), ["project_id"], unique=False)

    op.create_table(
        "quality_checks",
        sa.Column("check_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("checked_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("checker", sa.Text(), nullable=True),
        sa.Column("faults_found", sa.Integer(), nullable=False),
        sa.Column("faults_open", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "faults_found >= 0 AND faults_open >= 0", name=op.f("ck_quality_checks_faults_found_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_quality_checks_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_quality_checks_project_id")
        ),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_quality_checks")),
    )
    with op.batch_alter_table("quality_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_checks_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_checks_project_id"), ["project_id"], unique=False)

    op.create_table(
        "reception_places",
        sa.Column("reception_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("opened_date", sa.Date(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_reception_places_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_reception_places_project_id")
        ),
        sa.PrimaryKeyConstraint("reception_id", name=op.f("pk_reception_places")),
    )
    with op.batch_alter_table("reception_places", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reception_places_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_reception_places_project_id"), ["project_id"], unique=False)

    op.create_table(
        "service_agreements",
        sa.Column("agreement_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("service_standard", sa.Text(), nullable=True),
        sa.Column("fee_fen_per_m2_month", sa.Integer(), nullable=True),
        sa.Column("agreed_date", sa.Date(), nullable=True),
        sa.Column("signed_date", sa.Date(), nullable=True),
        sa.Column("joined_stage", sa.String(length=40), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_service_agreements_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_service_agreements_project_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_service_agreements")),
    )
    with op.batch_alter_table("service_agreements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_agreements_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_service_agreements_project_id"), ["project_id"], unique=False)

    op.create_table(
        "social_capital_cases",
        sa.Column("case_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=True),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("participation", sa.Text(), nullable=True),
        sa.Column("returns", sa.Text(), nullable=True),
        sa.Column("model", sa.String(length=20), nullable=True),
        sa.Column("social_fen", sa.BigInteger(), nullable=True),
        sa.Column("government_fen", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.district_code"], name=op.f("fk_social_capital_cases_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_social_capital_cases_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_social_capital_cases_project_id")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_social_capital_cases")),
    )
    with op.batch_alter_table("social_capital_cases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_social_capital_cases_district_code"), ["district_code"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_social_capital_cases_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_social_capital_cases_project_id"), ["project_id"], unique=False)

    op.create_table(
        "submission_trail",
        sa.Column("trail_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("action_date", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_submission_trail_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_submission_trail_project_id")
        ),
        sa.PrimaryKeyConstraint("trail_id", name=op.f("pk_submission_trail")),
    )
    with op.batch_alter_table("submission_trail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_submission_trail_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_submission_trail_project_id"), ["project_id"], unique=False)

    op.create_table(
        "supervision_visits",
        sa.Column("visit_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("visited_date", sa.Date(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("visitor", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_supervision_visits_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_supervision_visits_import_run_id")
        ),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_supervision_visits")),
    )
    with op.batch_alter_table("supervision_visits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_supervision_visits_community_id"), ["community_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_supervision_visits_import_run_id"), ["import_run_id"], unique=False
        )

    op.create_table(
        "supports",
        sa.Column("support_id", sa.String(length=120), nullable=False),
        sa.Column("community_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("content_class", sa.String(length=20), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("decided_date", sa.Date(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.community_id"], name=op.f("fk_supports_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_supports_import_run_id")
        ),
        sa.PrimaryKeyConstraint("support_id", name=op.f("pk_supports")),
    )
    with op.batch_alter_table("supports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supports_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_supports_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "card_sendings",
        sa.Column("sent_id", sa.String(length=120), nullable=False),
        sa.Column("card_id", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("sent_date", sa.Date(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["practice_cards.card_id"], name=op.f("fk_card_sendings_card_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_card_sendings_import_run_id")
        ),
        sa.PrimaryKeyConstraint("sent_id", name=op.f("pk_card_sendings")),
    )
    with op.batch_alter_table("card_sendings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_sendings_card_id"), ["card_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_sendings_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "design_opinions",
        sa.Column("opinion_id", sa.String(length=120), nullable=False),
        sa.Column("design_id", sa.String(length=120), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewed_date", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("gap_sheet", sa.JSON(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["design_id"], ["designs.design_id"], name=op.f("fk_design_opinions_design_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_design_opinions_import_run_id")
        ),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_design_opinions")),
    )
    with op.batch_alter_table("design_opinions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_design_opinions_design_id"), ["design_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_design_opinions_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "issue_calls",
        sa.Column("call_id", sa.String(length=120), nullable=False),
        sa.Column("issue_id", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("called_date", sa.Date(), nullable=False),
        sa.Column("answered_date", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_issue_calls_import_run_id")
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.issue_id"], name=op.f("fk_issue_calls_issue_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_issue_calls")),
    )
    with op.batch_alter_table("issue_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_calls_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_calls_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "issue_escalations",
        sa.Column("escalation_id", sa.String(length=120), nullable=False),
        sa.Column("issue_id", sa.String(length=120), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("escalated_date", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_issue_escalations_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.issue_id"], name=op.f("fk_issue_escalations_issue_id")
        ),
        sa.PrimaryKeyConstraint("escalation_id", name=op.f("pk_issue_escalations")),
    )
    with op.batch_alter_table("issue_escalations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_issue_escalations_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_issue_escalations_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "pilot_measurements",
        sa.Column("measurement_id", sa.String(length=120), nullable=False),
        sa.Column("pilot_id", sa.String(length=120), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("measured_date", sa.Date(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_pilot_measurements_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["pilot_id"], ["pilots.pilot_id"], name=op.f("fk_pilot_measurements_pilot_id")
        ),
        sa.PrimaryKeyConstraint("measurement_id", name=op.f("pk_pilot_measurements")),
    )
    with op.batch_alter_table("pilot_measurements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pilot_measurements_import_run_id"), ["import_run_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_pilot_measurements_pilot_id"), ["pilot_id"], unique=False)

    op.create_table(
        "proof_files",
        sa.Column("proof_id", sa.String(length=120), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["stage_events.event_id"], name=op.f("fk_proof_files_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_proof_files_import_run_id")
        ),
        sa.PrimaryKeyConstraint("proof_id", name=op.f("pk_proof_files")),
    )
    with op.batch_alter_table("proof_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_files_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_files_import_run_id"), ["import_run_id"], unique=False)

    op.create_table(
        "public_notices",
        sa.Column("notice_id", sa.String(length=120), nullable=False),
        sa.Column("project_id", sa.String(length=80), nullable=False),
        sa.Column("design_id", sa.String(length=120), nullable=True),
        sa.Column("posted_date", sa.Date(), nullable=False),
        sa.Column("ended_date", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("responses", sa.Integer(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["design_id"], ["designs.design_id"], name=op.f("fk_public_notices_design_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_public_notices_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_public_notices_project_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_public_notices")),
    )
    with op.batch_alter_table("public_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_public_notices_design_id"), ["design_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_public_notices_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_public_notices_project_id"), ["project_id"], unique=False)

    op.create_table(
        "visit_findings",
        sa.Column("visit_finding_id", sa.String(length=120), nullable=False),
        sa.Column("visit_id", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("fixed_date", sa.Date(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_visit_findings_import_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["supervision_visits.visit_id"], name=op.f("fk_visit_findings_visit_id")
        ),
        sa.PrimaryKeyConstraint("visit_finding_id", name=op.f("pk_visit_findings")),
    )
    with op.batch_alter_table("visit_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_findings_import_run_id"), ["import_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_findings_visit_id"), ["visit_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        for table in ("candidate_sites", "entrances", "idle_spaces", "issues", "reception_places"):
            op.create_index(f"gist_{table}_geometry", table, ["geometry"], postgresql_using="gist")


def downgrade() -> None:
    op.drop_table("visit_findings")
    op.drop_table("public_notices")
    op.drop_table("proof_files")
    op.drop_table("pilot_measurements")
    op.drop_table("issue_escalations")
    op.drop_table("issue_calls")
    op.drop_table("design_opinions")
    op.drop_table("card_sendings")
    op.drop_table("supports")
    op.drop_table("supervision_visits")
    op.drop_table("submission_trail")
    op.drop_table("social_capital_cases")
    op.drop_table("service_agreements")
    op.drop_table("reception_places")
    op.drop_table("quality_checks")
    op.drop_table("property_unit_duties")
    op.drop_table("property_fees")
    op.drop_table("practice_cards")
    op.drop_table("pipeline_works")
    op.drop_table("pilots")
    op.drop_table("pavings")
    op.drop_table("parking_lots")
    op.drop_table("operated_items")
    op.drop_table("maintenance_funds")
    op.drop_table("maintenance_entries")
    op.drop_table("loans")
    op.drop_table("lift_stairwells")
    op.drop_table("issues")
    op.drop_table("idle_spaces")
    op.drop_table("governance_items")
    op.drop_table("fund_findings")
    op.drop_table("designs")
    op.drop_table("demands")
    op.drop_table("deliberations")
    op.drop_table("decisions")
    op.drop_table("community_measures")
    op.drop_table("bundle_projects")
    op.drop_table("building_works")
    op.drop_table("siting_scenarios")
    op.drop_table("rebuild_options")
    op.drop_table("plan_filings")
    op.drop_table("fiscal_assessments")
    op.drop_table("bundles")
    op.drop_table("agenda_items")
    op.drop_table("standard_rows")
    op.drop_table("meetings")
    op.drop_table("entrances")
    op.drop_table("deliverables")
    op.drop_table("candidate_sites")
    op.drop_table("user_roles")
    op.drop_table("closed_months")
    op.drop_table("attachments")
