"""The bytes of files that prove something: kept once by their hash, named by rows of the ledger."""

import datetime as dt
import hashlib

from sqlalchemy import Connection, select

from store.access import Principal
from store.engine import Store
from store.errors import EditRefused
from store.tables import attachments
from store.tables_gaps import designs
from store.tables_programme import proof_files

MOST_BYTES = 20 * 1024 * 1024


def keep_attachment(conn: Connection, principal: Principal, content: bytes, media_type: str) -> str:
    """Keep a file in the writer's transaction and return its SHA-256; a file that is there already is kept once.

    Raises EditRefused: edit.file_empty, edit.file_too_large.
    """
    if not content:
        raise EditRefused("edit.file_empty")
    if len(content) > MOST_BYTES:
        raise EditRefused("edit.file_too_large", size_mb=len(content) / 2**20, most_mb=MOST_BYTES / 2**20)
    seal = hashlib.sha256(content).hexdigest()
    known = conn.execute(select(attachments.c.sha256).where(attachments.c.sha256 == seal)).first()
    if known is None:
        conn.execute(
            attachments.insert().values(
                sha256=seal,
                media_type=media_type[:100],
                size_bytes=len(content),
                content=content,
                added_by=principal.name,
                added_at=dt.datetime.now(dt.UTC),
            )
        )
    return seal


def attachment(store: Store, sha256: str) -> tuple[bytes, str] | None:
    """A file's bytes and media type; None where no row that this reader may see names it (R74)."""
    named = [
        select(table.c[column]).where(table.c[column] == sha256)
        for table, column in ((proof_files, "sha256"), (designs, "file_sha256"))
    ]
    with store.reading() as conn:
        if not any(conn.execute(query).first() for query in named):
            return None
        row = conn.execute(
            select(attachments.c.content, attachments.c.media_type).where(attachments.c.sha256 == sha256)
        ).first()
    return None if row is None else (bytes(row[0]), str(row[1] or "application/octet-stream"))
