"""The monthly brief as PDF (A4, A3) and Excel, made without a browser: for the command line and the page alike."""

import os
import tempfile
from pathlib import Path
from typing import Any, Literal

from loaders.errors import AtlasError
from loaders.reports.brief import Brief, make_brief
from loaders.reports.brief_tables import BriefTable
from loaders.reports.pdf import Paper, brief_pdf
from loaders.reports.workbook import brief_workbook
from programme.months import ClosedMonth
from store.engine import Store
from store.months import month_before

__all__ = ["Brief", "BriefTable", "Paper", "brief_pdf", "brief_workbook", "make_brief", "write_brief"]


def write_brief(
    store: Store,
    month: ClosedMonth,
    is_closed: bool,
    target: Path,
    *,
    paper: Literal["a4", "a3"] = "a4",
    lang: str = "zh",
) -> dict[str, Any]:
    """Write the brief of a month to a file: .pdf or .xlsx; it appears under its name only when it is whole.

    Returns bytes (their number) and missing_glyphs. Raises AtlasError: report.suffix, report.not_written.
    """
    if target.suffix.lower() not in (".pdf", ".xlsx"):
        raise AtlasError("report.suffix", file=target.name)
    brief = make_brief(month, month_before(store, month.month), is_closed=is_closed, reader=store, lang=lang)
    if target.suffix.lower() == ".pdf":
        content, missing = brief_pdf(brief, paper)
    else:
        content, missing = brief_workbook(brief), []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=target.parent, suffix=".part")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        Path(part).chmod(0o644)
        Path(part).replace(target)
    except OSError as fault:
        raise AtlasError("report.not_written", file=target.name, detail=str(fault)) from fault
    return {"bytes": len(content), "missing_glyphs": missing}
