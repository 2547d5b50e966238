"""What a trial and a load come to, in sentences and tables."""

import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.upload.stage import Trial
from dashboard.viewmodels.data_runs import datum_text
from dashboard.words import Words
from loaders.commit import GROUND_TABLES, RunResult


def trial_answer(trial: Trial, words: Words) -> str:
    """How many rows would go in and how many would not."""
    read = sum(p.read for p in trial.prepared)
    accepted = sum(len(p.rows) for p in trial.prepared)
    repaired = sum(p.repaired for p in trial.prepared)
    code = "data.trial_good" if accepted == read else "data.trial_some" if accepted else "data.trial_none"
    return words.say(code, read=read, accepted=accepted, rejected=read - accepted, repaired=repaired)


def trial_table(trial: Trial, words: Words) -> Table:
    """One line for each file."""
    rows = pd.DataFrame(
        [
            {
                "file": str(p.about.get("file_name") or ""),
                "target": words.say(f"data.target_{p.target}"),
                "read": p.read,
                "accepted": len(p.rows),
                "rejected": p.rejected_count,
                "repaired": p.repaired,
                "datum": datum_text(p.about.get("datum"), words),
            }
            for p in trial.prepared
        ]
    )
    columns = [
        TableColumn("file", words.say("data.fact_file")),
        TableColumn("target", words.say("data.fact_target")),
        *(
            TableColumn(n, words.say(f"data.col_{n}"), "count")
            for n in ("read", "accepted", "rejected", "repaired")
        ),
        TableColumn("datum", words.say("data.fact_datum")),
    ]
    return Table(rows, columns, words.say("data.trial_file"))


def load_answer(result: RunResult, words: Words) -> str:
    """That it is loaded, under which number, and what changed."""
    return words.say(
        "data.load_done",
        run=result.run_id,
        inserted=sum(r.applied.inserted for r in result.layers),
        updated=sum(r.applied.updated for r in result.layers),
        unchanged=sum(r.applied.unchanged for r in result.layers),
        rejected=result.rejected,
        retired=sum(r.retired for r in result.layers),
    )


def landed_table(result: RunResult, words: Words) -> Table:
    """One line for each layer of a finished run."""
    rows = pd.DataFrame(
        [
            {
                "file": str(r.prepared.about.get("file_name") or ""),
                "target": words.say(f"data.target_{r.prepared.target}"),
                "inserted": r.applied.inserted,
                "updated": r.applied.updated,
                "unchanged": r.applied.unchanged,
                "rejected": r.prepared.rejected_count,
                "retired": r.retired,
            }
            for r in result.layers
        ]
    )
    columns = [
        TableColumn("file", words.say("data.fact_file")),
        TableColumn("target", words.say("data.fact_target")),
        *(
            TableColumn(n, words.say(f"data.col_{n}"), "count")
            for n in ("inserted", "updated", "unchanged", "rejected", "retired")
        ),
    ]
    return Table(rows, columns, words.say("data.landed_file", run=result.run_id))


def replaces_synthetic(trial: Trial, synthetic: pd.DataFrame) -> bool:
    """Whether real ground data comes where the store still holds synthetic rows (`queries.synthetic_shares`)."""
    is_real = not trial.catalogue.catalogue.is_synthetic
    return (
        is_real
        and bool(GROUND_TABLES & {p.target for p in trial.prepared})
        and bool(synthetic["synthetic"].sum())
    )
