"""Closed months are kept: the database refuses to change or delete a version (R67)

A restored backup replaces the whole store; it says so in the store's own state before it begins (`store.backup`).
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RESTORING = "EXISTS (SELECT 1 FROM store_state WHERE key = 'restoring')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION closed_months_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {RESTORING} THEN
                    IF TG_OP = 'UPDATE' THEN
                        RETURN NEW;
                    END IF;
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION 'closed months are kept: rows are added, never changed or deleted'
                    USING ERRCODE = 'restrict_violation';
            END $$
            """
        )
        op.execute(
            "CREATE TRIGGER closed_months_are_kept BEFORE UPDATE OR DELETE ON closed_months "
            "FOR EACH ROW EXECUTE FUNCTION closed_months_are_kept()"
        )
        op.execute(
            "CREATE TRIGGER closed_months_are_kept_whole BEFORE TRUNCATE ON closed_months "
            "FOR EACH STATEMENT EXECUTE FUNCTION closed_months_are_kept()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"""
            CREATE TRIGGER closed_months_kept_from_{change.lower()} BEFORE {change} ON closed_months
            WHEN NOT {RESTORING}
            BEGIN
                SELECT RAISE(ABORT, 'closed months are kept: rows are added, never changed or deleted');
            END
            """
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER closed_months_are_kept_whole ON closed_months")
        op.execute("DROP TRIGGER closed_months_are_kept ON closed_months")
        op.execute("DROP FUNCTION closed_months_are_kept()")
        return
    for change in ("update", "delete"):
        op.execute(f"DROP TRIGGER closed_months_kept_from_{change}")
