"""One community's sheet: every kind, how far, by which standard; on the page, as a table and as PDF (R18)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.address import remembered
from dashboard.gaps_page import GapsPage
from dashboard.gaps_pdf import pdf_button, table_section
from dashboard.issues_panels import pick
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.state import worked_out
from dashboard.tables import show_table
from dashboard.viewmodels.gaps_communities import sheet_rows, sheet_table
from dashboard.words import DASH
from geo.reach import KindReach, Reach
from loaders.reports.sheet import Section

MOST_LISTED = 1500


def show_sheet(page: GapsPage) -> None:
    """The page's third subject: choose a community, see its sheet."""
    words = page.words
    held = page.communities[page.communities["community_id"].isin(page.homes.people["community_id"])]
    if page.filters.district_code is None or held.empty:
        show(element("p", words.say("gaps.sheet_district"), css="atlas-note"))
        return
    rows = held.sort_values(["subdistrict_code", "name"]).head(MOST_LISTED)
    ids = rows["community_id"].astype(str).tolist()
    wanted = remembered("gap_community")
    labels = [
        words.say("gaps.sheet_option", name=n, subdistrict=page.area_names.get(str(s), DASH))
        for n, s in zip(rows["name"], rows["subdistrict_code"], strict=True)
    ]
    community = pick("gap_community", ids, wanted if wanted in ids else ids[0], labels, words)
    row = rows[rows["community_id"] == community].iloc[0]

    def make() -> pd.DataFrame:
        own = page.homes.people["community_id"] == community
        reach = page.homes.reach(list(page.needs))
        at = own.to_numpy().nonzero()[0]
        cut = _cut(reach, at)
        return sheet_rows(cut, page.homes.people[own].reset_index(drop=True), page.needs, list(page.needs))

    found = worked_out("gaps.sheet", (*page.key, community), make)
    lacking = found[found["verdict"].isin(["lacks", "partly"])]
    answer = words.say(
        "gaps.sheet_answer",
        name=row["name"],
        lacks=int((found["verdict"] == "lacks").sum()),
        partly=int((found["verdict"] == "partly").sum()),
        has=int((found["verdict"] == "has").sum()),
        rest=len(found) - len(lacking) - int((found["verdict"] == "has").sum()),
    )
    show(element("p", answer, css="atlas-headline"))
    facts = words.say(
        "gaps.sheet_facts",
        age=words.say(f"gaps.age_{row['age_class']}"),
        residents=words.number(row["residents"]),
        households=words.number(row["households"]),
        homes=int(found["homes"].iloc[0]) if len(found) else 0,
    )
    with panel(
        words, words.say("gaps.sheet_question", name=row["name"]), facts, key="gap_sheet", source=page.source
    ):
        table = sheet_table(found, words, page.notes, page.facility_names)
        show_table(table, words, key="gaps_sheet_table", rows_shown=20)
        sections = (
            Section(words.say("gaps.sheet_question", name=row["name"]), f"{answer}\n{facts}"),
            table_section(words.say("gaps.sheet_table"), table, words),
        )
        pdf_button(page, words.say("gaps.sheet_title", name=row["name"]), sections, key="gaps_sheet_pdf")


def _cut(reach: Reach, at: NDArray[np.int64]) -> Reach:
    """The reach of some of the origins."""
    kinds = {
        k: KindReach(
            k, r.facilities, r.off_network, r.straight_m[at], r.straight_at[at], r.walk_m[at], r.walk_at[at]
        )
        for k, r in reach.kinds.items()
    }
    return Reach(reach.origin_ids[at], reach.connection[at], reach.facility_ids, kinds, reach.limit_m)
