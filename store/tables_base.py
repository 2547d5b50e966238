"""What every table is made with: the schema's names, and the columns that say where a row came from."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
RunId = Integer
BigId = BigInteger().with_variant(Integer, "sqlite")


def origin() -> list[Column]:
    """Where a row came from: its run, its row in the source, whether it is synthetic, and a hash of its content."""
    return [
        Column("import_run_id", RunId, ForeignKey("import_runs.run_id"), nullable=False, index=True),
        Column("source_row", Integer),
        Column("is_synthetic", Boolean, nullable=False, default=False),
        Column("content_hash", String(32), nullable=False),
    ]
