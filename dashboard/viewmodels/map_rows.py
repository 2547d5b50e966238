"""The rows that pass the map's filters, as people read them and take them along."""

from collections.abc import Mapping

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.map import Names
from dashboard.words import Words


def rows_table(
    kept: pd.DataFrame, kind: str, facts: StoreFacts, names: Names, words: Words, notes: Mapping[str, str]
) -> Table:
    """Communities or buildings (`kind`) of `map_layers.LAYERS.rows`, in their order, with all that is filtered by."""
    districts = {int(c): a.name(words.lang) for c, a in facts.districts.items()}
    subdistricts = {int(c): a.name(words.lang) for c, a in facts.subdistricts.items() if c.isdigit()}
    batches = dict(enumerate(names.batches, start=1))
    structures = dict(enumerate(names.structures, start=1))
    no_project = words.say("map.no_project")
    rows = pd.DataFrame(
        {
            "name": kept["name"].where(kept["name"] != "", words.say("map.no_name")),
            "district": kept["district"].map(districts),
            "subdistrict": kept["subdistrict"].map(subdistricts),
            "year": kept["year"].where(kept["year"] > 0),
            "decade": kept["decade"].map(lambda d: words.say(f"decade.{d}")),
            "age": kept["age"].map(lambda a: words.say(f"map.class_{a}")),
            "stage": kept["stage"].map(lambda s: no_project if s == "none" else words.say(f"stage.{s}")),
            "batch": kept["batch"].map(batches),
            "funding": kept["funding"].map(lambda f: "" if f == "none" else words.say(f"map.funding_{f}")),
            "id": kept["id"],
        }
    )
    shown = ["name", "district", "subdistrict", "year", "decade", "age"]
    if kind == "buildings":
        rows["storeys"] = kept["storeys"].where(kept["storeys"] >= 0)
        rows["lifts"] = kept["lifts"].where(kept["lifts"] >= 0)
        rows["structure"] = kept["structure"].map(structures)
        shown += ["storeys", "lifts", "structure"]
    else:
        rows["footprints"] = kept["footprints"]
        rows["completeness"] = kept["completeness"].astype(float)
        shown += ["footprints", "completeness"]
    shown += ["stage", "batch", "funding", "id"]
    kinds = {
        "year": "year",
        "storeys": "count",
        "lifts": "count",
        "footprints": "count",
        "completeness": "pct",
    }
    common = {"district": "col.district", "subdistrict": "col.subdistrict", "stage": "col.stage"}
    columns = [
        TableColumn(c, words.say(common.get(c, f"map.col_{c}")), kinds.get(c, "text"))  # type: ignore[arg-type]
        for c in shown
    ]
    title = words.say("map.rows_question", kind=words.say(f"map.kind_{kind}"))
    return Table(rows.reset_index(drop=True), columns, title, notes)
