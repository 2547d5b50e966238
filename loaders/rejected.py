"""Rejected rows as a table that can be mended and sent again."""

from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select

from loaders.export import write_workbook
from loaders.wording import WORDING
from store.engine import Store
from store.tables import rejected_rows


def rejected_table(store: Store, run_id: int, lang: str) -> pd.DataFrame:
    """The faults of one run: layer, file_name, row_number, field, value, reason (a sentence), row_values."""
    rows = store.frame(
        select(rejected_rows).where(rejected_rows.c.run_id == run_id).order_by(rejected_rows.c.rejected_id)
    )
    reasons = [
        WORDING.say(code, lang, **(params or {}))
        for code, params in zip(rows["reason_code"], rows["reason_params"], strict=True)
    ]
    return rows[["layer", "file_name", "row_number", "field", "value", "row_values"]].assign(reason=reasons)


def write_rejected(rows: pd.DataFrame, target: Path, lang: str) -> None:
    """A workbook: one sheet of faults, and one for each layer with the rows as they were found."""
    names = {
        c: WORDING.say(f"rejected.column_{c}", lang)
        for c in ("layer", "file_name", "row_number", "field", "value", "reason")
    }
    sheets = {WORDING.say("rejected.sheet", lang): rows[list(names)].rename(columns=names)}
    for layer, part in rows.groupby("layer", sort=True):
        once = part.drop_duplicates("row_number")
        found = pd.DataFrame([dict(v or {}) for v in once["row_values"]], index=once.index)
        found.insert(0, names["row_number"], once["row_number"])
        reasons: Any = part.groupby("row_number")["reason"].agg(" ".join)
        found[names["reason"]] = once["row_number"].map(reasons)
        sheets[str(layer)] = found
    write_workbook(target, sheets)
