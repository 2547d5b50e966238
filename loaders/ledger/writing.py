"""Writing what a clerk accepted of a ledger, and what stays out beside it."""

import json
from typing import Any

from loaders.ledger.cells import district_names
from loaders.ledger.difference import Choice, LedgerDifference, RowDifference, changes_of
from loaders.wording import WORDING
from store.access import Principal
from store.edits import EditResult, write_edit
from store.engine import Store

ORIGIN = "ledger"


def write_ledger(
    store: Store, principal: Principal, found: LedgerDifference, choice: Choice | None = None
) -> EditResult:
    """Write the accepted rows in one transaction, one run that can be undone; refused rows are kept beside it.

    Raises what `store.edits.write_edit` raises: EditConflict where a row changed since it was compared, GateRefused,
    AccessRefused, EditRefused, StoreLocked. Then nothing is written.
    """
    chosen = choice or Choice()
    return write_edit(
        store,
        principal,
        changes_of(found, chosen),
        origin=ORIGIN,
        title_zh=title(found, "zh"),
        title_en=title(found, "en"),
        note=found.ledger.sha256,
        rejected=rejected(found),
        file_name=found.ledger.file_name,
    )


def title(found: LedgerDifference, lang: str) -> str:
    """What the run is called: the ledger, its district, its file."""
    mark = found.ledger.mark
    district = district_names(lang).get(mark.district_code or "", "") if mark is not None else ""
    return WORDING.say("ledger.run_title", lang, district=district, file=found.ledger.file_name).strip()


def rejected(found: LedgerDifference) -> list[dict[str, Any]]:
    """The refused rows as they are kept beside the run, a line for each fault."""
    return [line for row in found.of("refused") for line in _lines(row, found.ledger.file_name)]


def _lines(row: RowDifference, file_name: str) -> list[dict[str, Any]]:
    own = row.row
    assert own is not None
    return [
        {
            "layer": row.table,
            "file_name": file_name,
            "row_number": own.row_number,
            "field": fault.header or None,
            "value": fault.value or None,
            "reason_code": fault.code,
            "reason_params": json.loads(json.dumps(fault.all_params, ensure_ascii=False, default=str)),
            "row_values": dict(own.written),
        }
        for fault in own.faults
        if fault.severity == "refused"
    ]
