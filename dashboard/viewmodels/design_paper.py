"""An opinion on a design as a sheet to print (R18): what was reviewed, by which gaps and demands, and what was said."""

from collections.abc import Mapping

import pandas as pd

from dashboard.viewmodels.design_checks import Growth, code_word
from dashboard.viewmodels.design_frozen import Frozen
from dashboard.viewmodels.design_versions import Opinion, Version
from dashboard.viewmodels.gaps import short_kind
from dashboard.words import DASH, Words
from loaders.reports.sheet import Section, Sheet

_METRES = ("judged_m", "radius_m")


def opinion_sheet(
    project: Mapping[str, str],
    version: Version,
    opinion: Opinion,
    frozen: Frozen | None,
    growth: tuple[Growth, ...],
    growth_answer: str,
    synthetic: str,
    words: Words,
) -> Sheet:
    """The paper of one opinion. `project` has name, project_id, place, communities and source; `frozen` is the sheet
    that was kept with the opinion, so that the paper stays the same whatever changes later."""
    say = words.say
    facts = "\n".join(say("design_review.paper_fact", name=n, text=t) for n, t in version.facts)
    changes = (
        (Section(say("design_review.paper_changes"), "\n".join(version.changes)),) if version.changes else ()
    )
    return Sheet(
        title=say("design_review.paper_title", name=project["name"], number=version.number),
        subtitle=say(
            "design_review.paper_subtitle",
            project=project["project_id"],
            place=project["place"],
            day=words.date(opinion.day),
            source=project["source"],
        ),
        synthetic=synthetic,
        sections=(
            Section(
                say("design_review.paper_opinion"),
                "\n".join(
                    (
                        say("design_review.paper_decision", decision=opinion.decision_text),
                        opinion.text,
                        say(
                            "design_review.paper_signed",
                            reviewer=opinion.reviewer,
                            day=words.date(opinion.day),
                            key=opinion.opinion_id,
                        ),
                    )
                ),
            ),
            Section(say("design_review.paper_design"), f"{project['communities']}\n{facts}"),
            *changes,
            Section(
                say("design_review.growth_question"),
                growth_answer,
                tuple(say(f"design_review.growth_{c}") for c in ("what", "before", "after", "difference")),
                tuple((g.label, g.before, g.after, g.difference) for g in growth),
            ),
            _gaps(frozen, words),
            _demands(frozen, words),
        ),
        lang=words.lang,
    )


def _gaps(frozen: Frozen | None, words: Words) -> Section:
    say = words.say
    title = say("design_review.paper_gaps")
    if frozen is None:
        return Section(title, say("design_review.no_sheet"))
    if frozen.sheet.empty:
        return Section(title, say("design_review.sheet_empty"))
    heads = ("kind", "community", "verdict", "meets", "judged_m", "radius_m", "nearest", "standard")
    rows = []
    for row in frozen.sheet.to_dict("records"):
        far, near = (DASH if pd.isna(row[c]) else words.number(float(row[c])) for c in _METRES)
        clause = " ".join(str(row[c]) for c in ("standard", "clause") if not pd.isna(row[c]) and row[c])
        named = row["nearest_name"] if not pd.isna(row["nearest_name"]) else ""
        rows.append(
            (
                short_kind(str(row["kind"]), words),
                str(row["community"]),
                code_word("verdict", row["verdict"], words),
                code_word("meets", row["meets"], words),
                far,
                near,
                str(named),
                clause or DASH,
            )
        )
    text = say("design_review.paper_gaps_as_of", day=words.date(frozen.as_of))
    return Section(title, text, tuple(say(f"design_review.col.{h}") for h in heads), tuple(rows))


def _demands(frozen: Frozen | None, words: Words) -> Section:
    say = words.say
    title = say("design_review.paper_demands")
    if frozen is None or frozen.demands.empty:
        return Section(title, say("design_review.demands_none"))
    rows = tuple(
        (str(r["item"]), code_word("fit", r["fit"], words), words.number(float(r["asks"] or 0)))
        for r in frozen.demands.to_dict("records")
    )
    heads = tuple(say(f"design_review.col.{h}") for h in ("item", "fit", "asks"))
    return Section(title, "", heads, rows)
