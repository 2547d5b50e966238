"""Content of works over an area: demands, works by building, what comes first;
all by the rules in `programme/content/` (R14, R15, R25, R32).
"""

import pandas as pd

from dashboard.tables import Kind
from dashboard.viewmodels.ledger_rows import code_name
from dashboard.viewmodels.project_frames import ProjectsInView
from dashboard.viewmodels.project_topic import Part, Place, Topic, run_of
from programme.content.demand import Fit, demand_matrix, item_counts, planned_items
from programme.content.governance import CLAUSE, Clearance, governance_check
from programme.content.works import BuildingWork, WorkState, building_works


def demand_topic(
    view: ProjectsInView,
    demands: pd.DataFrame,
    menu: pd.DataFrame,
    place: Place,
    *,
    unit: str = "community_id",
) -> Topic:
    """What residents ask for against what is planned, and the gaps both ways (R14, R15).

    `demands` is `queries_content.community_ledger("demands")`; `menu` the items of the menu (R15).
    """
    words = place.words
    asked = demands[~(pd.to_datetime(demands["gathered_date"]) > pd.Timestamp(view.as_of))]
    asked = place.here(asked)
    pairs = view.homes[["project_id", "community_id"]]
    matrix = demand_matrix(asked, planned_items(view.projects), pairs, unit=unit)
    counts = item_counts(matrix)
    classes = _classes(menu)
    label = {f.value: words.say(f"projects.fit.{f.value}") for f in Fit}
    items = counts.drop(columns="units").assign(
        content_class=[words.say(f"projects.class.{classes.get(i, 'off_menu')}") for i in counts["item"]]
    )
    items = items[["item", "content_class", "asks", *label]]
    gaps = matrix[matrix["fit"].isin([Fit.ASKED_NOT_PLANNED.value, Fit.PLANNED_NOT_ASKED.value])]
    chart = pd.DataFrame(
        [
            (i, label[f], int(n))
            for i, *own in counts[["item", *label]].itertuples(index=False)
            for f, n in zip(label, own, strict=True)
        ],
        columns=["item", "part", "n"],
    )
    missing = counts.sort_values([Fit.ASKED_NOT_PLANNED.value, "item"], ascending=[False, True])
    worst = missing.iloc[0] if len(missing) and int(missing.iloc[0][Fit.ASKED_NOT_PLANNED.value]) else None
    headline = (
        words.say("projects.demand_none")
        if matrix.empty
        else words.say(
            "projects.demand_headline",
            surveyed=words.count(asked["community_id"].nunique(), "community"),
            gaps=int((matrix["fit"] == Fit.ASKED_NOT_PLANNED.value).sum()),
            extra=int((matrix["fit"] == Fit.PLANNED_NOT_ASKED.value).sum()),
            worst=""
            if worst is None
            else words.say(
                "projects.demand_worst",
                item=worst["item"],
                count=words.count(int(worst[Fit.ASKED_NOT_PLANNED.value]), "community"),
            ),
        )
    )
    where = _where(matrix, asked, view)
    gap_rows = pd.DataFrame(
        {
            "community": where.loc[gaps.index, "community_name"],
            "area": place.areas(where.loc[gaps.index]),
            "item": gaps["item"],
            "asks": gaps["asks"],
            "fit": gaps["fit"].map(label),
            "content_class": [
                words.say(f"projects.class.{classes.get(i, 'off_menu')}") for i in gaps["item"]
            ],
            "projects": [words.listed(list(p)) for p in gaps["project_ids"]],
            "rows_behind": [words.listed(list(r)) for r in gaps["rows"]],
            "import_run_id": run_of(asked, "demand_id", list(gaps["rows"])),
        }
    )
    areas = place.by_area(
        where,
        {f.value: (matrix["fit"] == f.value).astype("int64") for f in Fit},
        words.say("projects.file_demand_areas"),
    )
    counts_kind: dict[str, Kind] = dict.fromkeys(("asks", *label), "count")
    return Topic(
        headline,
        (
            Part(
                "demand_items",
                words.say("projects.demand_items_question"),
                words.say("projects.demand_items_answer", items=len(items)),
                place.table(items, counts_kind, words.say("projects.file_demand")),
                words.say("projects.demand_rule"),
                chart,
                ("#2a7ab9", "#a6611a", "#dfc27d", "#c3cbd3", "#8073ac"),
            ),
            Part(
                "demand_areas",
                words.say("projects.demand_areas_question"),
                words.say("projects.demand_areas_answer"),
                areas,
            ),
            Part(
                "demand_gaps",
                words.say("projects.demand_gaps_question"),
                words.say("projects.demand_gaps_answer", count=len(gaps)),
                place.table(gap_rows, {"asks": "count"}, words.say("projects.file_demand_gaps")),
            ),
        ),
    )


def _where(matrix: pd.DataFrame, asked: pd.DataFrame, view: ProjectsInView) -> pd.DataFrame:
    """Name and area of the community of each cell."""
    columns = ["community_id", "community_name", "district_code", "subdistrict_code"]
    known = pd.concat([asked[columns], view.homes[columns]]).drop_duplicates("community_id")
    found = matrix[["community_id"]].merge(known, on="community_id", how="left")
    found.index = matrix.index
    return found


def _classes(menu: pd.DataFrame) -> dict[str, str]:
    """The class of each item; of one in several versions of the menu the first."""
    own = menu.drop_duplicates("item")
    return dict(zip(own["item"], own["content_class"], strict=True))


def works_topic(view: ProjectsInView, houses: pd.DataFrame, works: pd.DataFrame, place: Place) -> Topic:
    """Works by building over the projects of a view (R32).

    `houses` is `queries_content.project_houses`, `works` `queries_content.building_work_rows`.
    """
    words = place.words
    own = houses[houses["project_id"].isin(view.ids)].drop_duplicates("building_id").reset_index(drop=True)
    found = building_works(own["building_id"], works, view.as_of)
    kinds = [k.value for k in BuildingWork]
    totals = [
        (
            k,
            *(
                int((found[k] == s.value).sum())
                for s in (WorkState.PLANNED, WorkState.UNDER_WAY, WorkState.DONE)
            ),
        )
        for k in kinds
    ]
    by_kind = pd.DataFrame(totals, columns=["kind", "works_planned", "works_under_way", "works_done"])
    by_kind["kind"] = [words.say(f"projects.work.{k}") for k in by_kind["kind"]]
    by_kind["buildings"] = len(own)
    has_work = (found[kinds] != WorkState.NONE.value).any(axis=1)
    areas = place.by_area(
        own,
        {
            "buildings": pd.Series(1, own.index),
            **{f"{k}_any": (found[k] != WorkState.NONE.value).astype("int64") for k in kinds},
            **{f"{k}_done": (found[k] == WorkState.DONE.value).astype("int64") for k in kinds},
        },
        words.say("projects.file_works_areas"),
    )
    rows = pd.DataFrame(
        {
            "building": own["building_name"],
            "community": own["community_name"],
            "area": place.areas(own),
            **{k: [words.say(f"projects.work_state.{s}") for s in found[k]] for k in kinds},
            "building_id": own["building_id"],
            "import_run_id": run_of(works, "work_id", list(found["rows"])),
        }
    )[has_work]
    chart = by_kind.melt("kind", ["works_planned", "works_under_way", "works_done"], "part", "n").rename(
        columns={"kind": "item"}
    )
    chart["part"] = [words.say(f"projects.col.{p}") for p in chart["part"]]
    return Topic(
        words.say(
            "projects.works_headline",
            buildings=words.count(len(own), "building"),
            with_work=words.count(int(has_work.sum()), "building"),
            done=words.count(int((found[kinds] == WorkState.DONE.value).any(axis=1).sum()), "building"),
        ),
        (
            Part(
                "works_kinds",
                words.say("projects.works_kinds_question"),
                words.say("projects.works_kinds_answer"),
                place.table(
                    by_kind,
                    dict.fromkeys(("works_planned", "works_under_way", "works_done", "buildings"), "count"),
                    words.say("projects.file_works"),
                ),
                words.say("projects.works_rule"),
                chart,
                ("#cfe1f2", "#61a7d2", "#0f4a87"),
            ),
            Part(
                "works_areas",
                words.say("projects.works_areas_question"),
                words.say("projects.works_areas_answer"),
                areas,
            ),
            Part(
                "works_rows",
                words.say("projects.works_rows_question"),
                words.say("projects.works_rows_answer", count=words.count(len(rows), "building")),
                place.table(rows, {}, words.say("projects.file_works_rows")),
            ),
        ),
    )


def governance_topic(view: ProjectsInView, items: pd.DataFrame, starts: pd.DataFrame, place: Place) -> Topic:
    """Governance before renovation (R25): what is open, and where works began before it was cleared.

    `items` is `queries_content.community_ledger("governance_items")`, `starts` `queries_content.home_starts`.
    """
    words = place.words
    held = place.here(items)
    homes = view.homes.drop_duplicates("community_id").set_index("community_id")
    begun = starts.set_index("community_id")["started_date"]
    inside = homes.index.union(pd.Index(held["community_id"].unique()))
    dates = pd.to_datetime(begun.reindex(homes.index)).astype("datetime64[ns]")
    found = governance_check(held, dates, view.as_of)
    found = found[found["community_id"].isin(inside)].reset_index(drop=True)
    columns = ["community_id", "community_name", "district_code", "subdistrict_code"]
    known = pd.concat([held[columns], view.homes[columns]]).drop_duplicates("community_id")
    where = found[["community_id"]].merge(known, on="community_id", how="left")
    states = {
        s.value: (found["state"] == s.value).astype("int64")
        for s in (Clearance.OPEN, Clearance.CLEARED, Clearance.NOT_PRESENT, Clearance.NOT_KNOWN)
    }
    early = found["is_before_clearance"]
    areas = place.by_area(
        where,
        {"before_clearance": early.astype("int64"), **states},
        words.say("projects.file_governance_areas"),
    )
    rows = pd.DataFrame(
        {
            "community": where["community_name"],
            "area": place.areas(where),
            "item": [code_name("governance_items", "item", i, words) for i in found["item"]],
            "state": [words.say(f"projects.clearance.{s}") for s in found["state"]],
            "is_before_clearance": early,
            "started_date": found["started_date"],
            "cleared_date": found["cleared_date"],
            "days_early": found["days_early"],
            "clause": words.say("projects.clause", clause=CLAUSE, requirement="R25"),
            "rows_behind": [words.listed(list(r)) for r in found["rows"]],
            "import_run_id": run_of(held, "governance_id", list(found["rows"])),
        }
    )
    order = rows.assign(_open=found["state"] != Clearance.OPEN.value).sort_values(
        ["is_before_clearance", "_open", "days_early"], ascending=[False, True, False]
    )
    rows = rows.loc[order.index]
    kinds: dict[str, Kind] = {
        "is_before_clearance": "yes_no",
        "started_date": "date",
        "cleared_date": "date",
        "days_early": "count",
    }
    return Topic(
        words.say(
            "projects.governance_headline",
            places=words.count(found["community_id"].nunique(), "community"),
            open=int(states["open"].sum()),
            early=words.count(found.loc[early, "community_id"].nunique(), "community"),
            unknown=int(states["not_known"].sum()),
        ),
        (
            Part(
                "governance_areas",
                words.say("projects.governance_areas_question"),
                words.say("projects.governance_areas_answer"),
                areas,
                words.say("projects.governance_rule"),
            ),
            Part(
                "governance_rows",
                words.say("projects.governance_rows_question"),
                words.say("projects.governance_rows_answer", early=int(early.sum())),
                place.table(rows, kinds, words.say("projects.file_governance")),
            ),
        ),
    )
