"""Facility gaps of an area: what residents lack, kind by kind and all together, as rows that add up (R45)."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.scale import SEQUENTIAL, LegendEntry, Scale, ramp, round_step, sequential
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRow, AreaRows
from dashboard.words import DASH, Words
from geo.gaps import gap_table
from geo.reach import Reach
from loaders.facility_standards import kind_name
from programme.standards import Requirement, Standards, Status, in_force, requirements

#: What is counted: residents where they are known, else households, else homes; never area.
COUNTED = ("residents", "households", "origins")
NAMED_KINDS = 3
_BRACKETS = re.compile(r"[((][^))]*[))]")


@dataclass(frozen=True)
class GapAsk:
    """What is asked: the day, the standard chosen by name (None: those in force on the day), and whose account."""

    day: dt.date
    chosen: tuple[str, str] | None
    account: str

    @property
    def key(self) -> tuple[object, ...]:
        """Plain values that name the question."""
        return (self.day, self.chosen, self.account)


def needs_of(standards: Standards, kinds: Sequence[str], ask: GapAsk) -> dict[str, Requirement]:
    """What the standards ask of every kind on the day."""
    return requirements(standards, kinds, ask.day, ask.chosen)


def judged_kinds(needs: Mapping[str, Requirement], limit_m: float) -> tuple[str, ...]:
    """The kinds that can be judged: a standard gives a distance, and it was looked that far."""
    return tuple(
        k
        for k, n in needs.items()
        if n.status is Status.SET and n.radius_m is not None and n.radius_m <= limit_m
    )


def counted_by(people: pd.DataFrame) -> str:
    """What the figures count: the first of `COUNTED` that is known of anybody."""
    for name in COUNTED[:2]:
        if people[name].notna().any():
            return name
    return "origins"


def gaps_by(
    reach: Reach, people: pd.DataFrame, needs: Mapping[str, Requirement], by: Sequence[str]
) -> pd.DataFrame:
    """`geo.gaps.gap_table` of the judged kinds, one row for each area and kind."""
    return gap_table(reach, people, needs, by=by)


def composite_rows(table: pd.DataFrame, code: str, counted: str) -> pd.DataFrame:
    """One row for each area: counted (people of known number), lacking (kinds lacked, summed over people), mean_lacking
    (kinds that one of them lacks on average), kinds (assessed), and worst (kinds by how many lack them).

    Areas in which nobody is counted have no mean.
    """
    held = table[table["status"] == "assessed"]
    beyond = f"{counted}_beyond"
    rows = []
    for area, own in held.groupby(code, sort=True, dropna=True):
        people = float(own[counted].iloc[0])
        lacking = float(own[beyond].sum())
        order = own.sort_values([beyond, "kind"], ascending=[False, True])
        rows.append(
            {
                "code": area,
                "counted": people,
                "lacking": lacking,
                "mean_lacking": lacking / people if people > 0 else np.nan,
                "kinds": len(own),
                "worst": tuple(
                    (str(k), float(v)) for k, v in zip(order["kind"], order[beyond], strict=True) if v > 0
                ),
            }
        )
    return pd.DataFrame(rows, columns=["code", "counted", "lacking", "mean_lacking", "kinds", "worst"])


def kind_rows(table: pd.DataFrame, code: str, counted: str) -> pd.DataFrame:
    """One row for each area of a single kind: counted, beyond, beyond_pct, by_straight."""
    return pd.DataFrame(
        {
            "code": table[code],
            "counted": table[counted].astype(float),
            "beyond": table[f"{counted}_beyond"].astype(float),
            "beyond_pct": 100.0
            * table[f"{counted}_beyond"].astype(float)
            / table[counted].astype(float).where(table[counted] > 0),
            "by_straight": table[
                "origins_by_straight" if counted == "origins" else f"{counted}_by_straight"
            ].astype(float),
        }
    ).dropna(subset=["code"])


def area_lines(
    rows: pd.DataFrame, value: str, names: Mapping[str, str], words: Words, counted: str
) -> AreaRows:
    """The areas as lines of the ranking, most lacking first; shares in percent, or kinds lacked on average."""
    is_pct = value == "beyond_pct"
    values = pd.to_numeric(rows[value])
    scale = Scale((20.0, 40.0, 60.0, 80.0), SEQUENTIAL[5]) if is_pct else steps_between(values)
    order = rows.assign(_v=values.fillna(-1.0)).sort_values(["_v", "code"], ascending=[False, True])
    top = float(values.max()) if values.notna().any() else 0.0
    lines = []
    for rank, row in enumerate(order.itertuples(), start=1):
        number = getattr(row, value)
        known = pd.notna(number)
        lines.append(
            AreaRow(
                code=str(row.code),
                rank=rank if known else None,
                name=names.get(str(row.code), str(row.code)),
                value=float(number) if known else None,
                figure=(words.pct(number) if is_pct else words.number(number, 1)) if known else DASH,
                bar_pct=100.0 * float(number) / top if known and top > 0 else None,
                colour=scale.colour(float(number) if known else None),
                reason=_reason(row, words, counted, is_pct),
            )
        )
    unit = "%" if is_pct else words.say("gaps.unit_kinds")

    def label(low: float | None, high: float | None) -> str:
        if low is None:
            return words.say("gaps.below", high=_short(high), unit=unit)
        if high is None:
            return words.say("gaps.from", low=_short(low), unit=unit)
        return words.say("gaps.between", low=_short(low), high=_short(high), unit=unit)

    legend: tuple[LegendEntry, ...] = tuple(scale.legend(label, words.say("gaps.no_data")))
    return AreaRows(tuple(lines), scale, legend, False, unit)


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _reason(row: object, words: Words, counted: str, is_pct: bool) -> str:
    if is_pct:
        return words.say(
            "gaps.line_of",
            part=words.number(row.beyond),  # type: ignore[attr-defined]
            whole=words.number(row.counted),  # type: ignore[attr-defined]
            unit=words.say(f"gaps.unit_{counted}"),
        )
    worst = row.worst[:NAMED_KINDS]  # type: ignore[attr-defined]
    total = row.counted  # type: ignore[attr-defined]
    return words.listed(
        [
            words.say("gaps.kind_share", kind=short_kind(k, words), share=words.pct(100.0 * v / total))
            for k, v in worst
            if total
        ]
    )


def short_kind(kind: str, words: Words) -> str:
    """A kind's name without what stands in brackets."""
    return _BRACKETS.sub("", kind_name(kind, words.lang)).strip()


def tier_text(tiers: Sequence[str] | str, words: Words) -> str:
    """The life circles of a requirement in words."""
    parts = tiers.split("/") if isinstance(tiers, str) else tiers
    return words.listed([words.say(f"gaps.tier_{t}") for t in parts if t])


def documents(standards: Standards) -> dict[tuple[str, str], str]:
    """How each version of a standard is cited."""
    return {(v.key, v.version): v.document for v in standards.versions}


def steps_between(values: pd.Series) -> Scale:
    """Five equal steps from the smallest to the largest value, rounded: for figures that all lie far from nothing."""
    known = pd.to_numeric(values).dropna()
    if known.empty or known.max() - known.min() < 0.05:
        return sequential(known, is_whole=False)
    step = round_step(float(known.max() - known.min()) / 5)
    first = np.floor(float(known.min()) / step + 1e-9) * step
    breaks = tuple(round(first + step * i, 6) for i in range(1, 7) if first + step * i < known.max())[:5]
    return Scale(breaks, ramp(len(breaks) + 1))


def kinds_table(
    table: pd.DataFrame,
    counted: str,
    words: Words,
    notes: dict[str, str],
    cited: Mapping[tuple[str, str], str],
) -> Table:
    """Every kind over the whole area: who lacks it, by which standard, and what could not be judged."""
    rows = table.assign(
        kind_text=[short_kind(k, words) for k in table["kind"]],
        status_text=[words.say(f"gaps.status_{s}") for s in table["status"]],
        tier_text=["" if pd.isna(t) else tier_text(str(t), words) for t in table["tier"]],
        standard=[
            cited.get((str(k), str(v)), "")
            for k, v in zip(table["standard_key"], table["version"], strict=True)
        ],
        known=table[counted],
        beyond=table[f"{counted}_beyond"],
        beyond_pct=100.0
        * pd.to_numeric(table[f"{counted}_beyond"])
        / pd.to_numeric(table[counted]).where(lambda v: v > 0),
        straight=table["origins_by_straight" if counted == "origins" else f"{counted}_by_straight"],
    )
    rows = rows.sort_values(["beyond_pct", "kind"], ascending=[False, True], na_position="last")
    unit = words.say(f"gaps.unit_{counted}")
    columns = [
        TableColumn("kind_text", words.say("gaps.col_kind")),
        TableColumn("beyond_pct", words.say("gaps.col_beyond_pct"), "pct"),
        TableColumn("beyond", words.say("gaps.col_beyond", unit=unit), "count"),
        TableColumn("known", words.say("gaps.col_known", unit=unit), "count"),
        TableColumn("straight", words.say("gaps.col_straight", unit=unit), "count"),
        TableColumn("facilities", words.say("gaps.col_facilities"), "count"),
        TableColumn("facilities_off_network", words.say("gaps.col_off_network"), "count"),
        TableColumn("radius_m", words.say("gaps.col_radius"), "count"),
        TableColumn("tier_text", words.say("gaps.col_tier")),
        TableColumn("status_text", words.say("gaps.col_status")),
        TableColumn("standard", words.say("gaps.col_standard")),
        TableColumn("clause", words.say("gaps.col_clause")),
        TableColumn("confidence", words.say("gaps.col_confidence")),
    ]
    return Table(rows.reset_index(drop=True), columns, words.say("gaps.kinds_file"), notes)


def standard_choices(standards: Standards, day: dt.date, words: Words) -> dict[str, str]:
    """What may be chosen: the standards in force on the day, or one by name; key → label."""
    held = in_force(standards, day)
    names = words.listed([_standard_name(s, words) for s in held])
    out = {"in_force": words.say("gaps.standard_in_force", names=names or DASH)}
    for one in standards.versions:
        out[f"{one.key}@{one.version}"] = words.say(
            "gaps.standard_named", name=_standard_name(one, words), document=one.document
        )
    return out


def _standard_name(one: object, words: Words) -> str:
    return str(one.name_en if words.lang == "en" else one.name_zh)  # type: ignore[attr-defined]


def chosen_standard(choice: str) -> tuple[str, str] | None:
    """The standard behind a choice; None for those in force."""
    if "@" not in choice:
        return None
    key, version = choice.split("@", 1)
    return key, version
