"""Water for the map under the communities"""

import sqlalchemy as sa
from alembic import op

import store.geometry

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "water_areas",
        sa.Column("water_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("geometry", store.geometry.Geometry(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_runs.run_id"], name=op.f("fk_water_areas_import_run_id")
        ),
        sa.PrimaryKeyConstraint("water_id", name=op.f("pk_water_areas")),
    )
    with op.batch_alter_table("water_areas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_water_areas_import_run_id"), ["import_run_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("gist_water_areas_geometry", "water_areas", ["geometry"], postgresql_using="gist")


def downgrade() -> None:
    op.drop_table("water_areas")
