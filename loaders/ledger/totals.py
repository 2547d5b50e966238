"""Totals in a ledger: checked against the rows that they sum up, and never taken for rows."""

from collections.abc import Sequence

from loaders.ledger.faults import LedgerFault, cell_name
from loaders.ledger.matching import Match
from loaders.ledger.parsing import Parsed, parse_column
from loaders.readers.grid import GridSheet
from loaders.values.amounts import AREA_UNITS, MONEY_UNITS


def check_totals(
    sheet: GridSheet,
    places: Sequence[int],
    totals: list[int],
    match: Match,
    parsed: Parsed,
    remarks: list[LedgerFault],
) -> None:
    """A total must be the sum of the rows above it: a subtotal of those since the last one, a total of all.

    `places` are the rows of the column's values, `totals` those of the totals; remarks are added for what differs.
    """
    lines = [sheet.cells.get((r, match.place)) for r in totals]
    stated = parse_column(match.column, lines, unit=match.unit)
    since = 0
    for number, r in enumerate(totals):
        words = " ".join(sheet.cells[r, c].text for c in range(sheet.width) if (r, c) in sheet.cells)
        is_part = "小计" in words or "subtotal" in words.casefold()
        own = [
            v
            for v, at in zip(parsed.values, places, strict=True)
            if v is not None and (since if is_part else 0) <= at < r
        ]
        said = stated.values[number]
        if is_part:
            since = r
        if said is None or abs(said - sum(own)) <= 1e-6 * max(1.0, abs(said)):
            continue
        cell = lines[number]
        unit = match.unit or ""
        factor = _factor(match)
        remarks.append(
            LedgerFault(
                "ledger.total_differs",
                sheet.name,
                cell_name(r, match.place),
                r + 1,
                match.header,
                cell.text if cell else "",
                "warning",
                {"computed": round(sum(own) / factor, 6), "unit": unit, "rows": len(own)},
            )
        )


def _factor(match: Match) -> float:
    if match.column.kind == "money":
        return float(MONEY_UNITS.get(match.unit or "", 1))
    return float(AREA_UNITS.get(match.unit or "", 1.0)) if match.column.kind == "area" else 1.0
