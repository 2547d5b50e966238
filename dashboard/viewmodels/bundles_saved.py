"""Saved bundles by scheme: what a scheme of a year holds, and the rows that saving or deleting it writes."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table
from dashboard.viewmodels.bundles import Pool
from dashboard.viewmodels.bundles_map import RESERVE
from dashboard.viewmodels.duties_words import Names, given, rows_table
from geo.bundles import Bundling
from store.edits import RowChange


@dataclass(frozen=True)
class Scheme:
    """The bundles that were saved together: district, year and title; `bundles` and `members` with their hashes."""

    key: str
    title: str
    year: int | None
    bundles: tuple[tuple[str, str], ...]
    members: tuple[tuple[str, str, str, str], ...]  # key, bundle, project, hash
    import_run_id: int

    @property
    def saved(self) -> dict[str, str | None]:
        """The bundle of each project, for `geo.bundles.from_saved`."""
        return {project: bundle for _, bundle, project, _ in self.members}

    def removal(self) -> list[RowChange]:
        """What takes the scheme out: its members, then its bundles, each as it was seen."""
        return [
            *(RowChange("bundle_projects", key, None, seen) for key, _, _, seen in self.members),
            *(RowChange("bundles", key, None, seen) for key, seen in self.bundles),
        ]


def schemes_of(bundles: pd.DataFrame, members: pd.DataFrame) -> list[Scheme]:
    """The saved schemes of a district, the newest first (`queries_bundles.bundle_rows`, `bundle_project_rows`)."""
    out = []
    titles = bundles["note"].map(lambda n: str(n) if given(n) else "")
    years = bundles["year"].map(lambda y: str(int(y)) if given(y) else "")
    for (year, title), own in bundles.groupby([years, titles], sort=True):
        ids = set(own["bundle_id"])
        inside = members[members["bundle_id"].isin(ids)]
        out.append(
            Scheme(
                f"{year}/{title}",
                str(title),
                int(year) if year else None,
                tuple(zip(own["bundle_id"], own["content_hash"], strict=True)),
                tuple(
                    zip(
                        inside["bundle_project_id"],
                        inside["bundle_id"],
                        inside["project_id"],
                        inside["content_hash"],
                        strict=True,
                    )
                ),
                int(own["import_run_id"].max()),
            )
        )
    return sorted(out, key=lambda s: -s.import_run_id)


def saving(
    bundling: Bundling, district_code: str, title: str, year: int, replaced: Scheme | None
) -> list[RowChange]:
    """What saves the bundles under a title; a scheme of the same title and year is replaced as it was seen."""
    mark = secrets.token_hex(4)
    changes = replaced.removal() if replaced is not None else []
    own = bundling.bundles
    for number, (ids, _) in enumerate(zip(own["project_ids"], own["bundle_id"], strict=True), start=1):
        key = f"B-{district_code}-{year}-{mark}-{number:03d}"
        values = {
            "district_code": district_code,
            "name": f"{title}-{number:02d}",
            "year": year,
            "note": title,
        }
        changes.append(RowChange("bundles", key, values))
        changes += [
            RowChange("bundle_projects", f"{key}:{p}", {"bundle_id": key, "project_id": p}) for p in ids
        ]
    return changes


def schemes_table(schemes: Sequence[Scheme], pool: Pool, names: Names, notes: Mapping[str, str]) -> Table:
    """The saved schemes as rows, with how their projects stand today."""
    words = names.words
    held = pool.rows.set_index("project_id")
    rows = []
    for s in schemes:
        ids = [p for _, _, p, _ in s.members]
        known = held.loc[[p for p in ids if p in held.index]]
        rows.append(
            {
                "scheme": s.title or words.say("bundles.no_title"),
                "year": s.year,
                "bundles": len(s.bundles),
                "projects": len(ids),
                "value_fen": sum(int(v) for v in known["value_fen"].dropna()),
                "in_reserve": int((known["state"] == RESERVE).sum()),
                "left_reserve": len(ids) - int((known["state"] == RESERVE).sum()),
                "run": names.run(s.import_run_id),
            }
        )
    columns = [
        *("scheme", "year:year", "bundles:count", "projects:count", "value_fen:wan_yuan", "in_reserve:count"),
        *("left_reserve:count", "run"),
    ]
    frame = pd.DataFrame(rows, columns=[c.split(":")[0] for c in columns])
    return rows_table(frame, columns, words, "bundles", words.say("bundles.file_schemes"), notes)
