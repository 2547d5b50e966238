"""Runs as people read them: the list, a run's layers with the evidence for their datum, joins in sentences, undoing."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.words import DASH, Words, catalogue
from loaders.wording import WORDING

BEIJING_TIME = dt.timezone(dt.timedelta(hours=8))
DATUMS = ("wgs84", "gcj02", "bd09")
#: Tests that compare with layers held by what touches what; the others count what lies inside an area.
TOUCHING_TESTS = ("subdistrict_edges", "footprints", "streets", "parcels")
#: So many keys are named as examples.
EXAMPLES_SHOWN = 5
#: Rules of a join in the order in which they are named; others follow.
RULES = (
    "stated",
    "inside",
    "overlap",
    "parcel_containing",
    "parcel_nearest",
    "footprint_hull",
    "nearest",
    "nearest_point",
    "none",
)


@dataclass(frozen=True)
class JoinText:
    """One join report: its title, what matched, by which rules, and a few keys of what did not."""

    title: str
    sentence: str
    rules: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class LayerText:
    """One layer of a run: label and text of each fact, the evidence for its datum, its joins."""

    title: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    evidence: tuple[str, ...]
    joins: tuple[JoinText, ...]


@dataclass(frozen=True)
class UndoText:
    """Whether a run can be taken back, and what that would change (or why not)."""

    is_possible: bool
    sentences: tuple[str, ...]


def run_title(run: Mapping[str, Any], lang: str) -> str:
    """The title of a run in a language."""
    english = run["title_en"]
    return str(english if lang == "en" and english else run["title_zh"])


def run_label(run: Mapping[str, Any], words: Words) -> str:
    """A run as a list names it: number, title, and whether it was undone."""
    code = "data.run_label_undone" if run["status"] == "undone" else "data.run_label"
    return words.say(code, run=int(run["run_id"]), title=run_title(run, words.lang))


def local_time(moment: Any) -> str:
    """A moment of the store (UTC where it names no zone) in Beijing time, to the minute."""
    if moment is None or pd.isna(moment):
        return DASH
    when = pd.Timestamp(moment)
    when = when.tz_localize("UTC") if when.tzinfo is None else when
    return when.tz_convert(BEIJING_TIME).strftime("%Y-%m-%d %H:%M")


def known_text(value: Any, words: Words) -> str:
    """A text, or "not recorded"."""
    return str(value) if isinstance(value, str) and value.strip() else words.say("figure.not_known")


def as_of_text(day: Any, words: Words) -> str:
    """A day, or "not recorded"."""
    return words.say("figure.not_known") if day is None or pd.isna(day) else words.date(day)


def runs_headline(runs: pd.DataFrame, words: Words) -> str:
    """How many runs there are, how much they brought, and how much was turned away."""
    valid = runs[runs["status"] == "done"]
    return words.say(
        "data.runs_answer",
        runs=len(runs),
        valid=len(valid),
        read=int(valid["read_rows"].sum()),
        accepted=int(valid["accepted_rows"].sum()),
        rejected=int(valid["rejected_rows"].sum()),
        repaired=int(valid["repaired_rows"].sum()),
    )


def runs_table(runs: pd.DataFrame, words: Words) -> Table:
    """The list of runs, newest first."""
    kinds = {True: words.say("data.synthetic"), False: words.say("data.real")}
    rows = runs.assign(
        title=[run_title(r, words.lang) for r in runs.to_dict("records")],
        started=runs["started_at"].map(local_time),
        state=[words.say(f"data.status_{status}") for status in runs["status"]],
        licence=[known_text(v, words) for v in runs["licence"]],
        source=[known_text(v, words) for v in runs["source"]],
        as_of=[as_of_text(v, words) for v in runs["as_of_date"]],
        nature=[kinds[bool(v)] for v in runs["is_synthetic"]],
    )
    columns = [
        TableColumn("run_id", words.say("data.col_run"), "year", width="small"),
        TableColumn("title", words.say("data.col_title")),
        TableColumn("actor", words.say("data.col_actor"), width="small"),
        TableColumn("started", words.say("data.col_started")),
        TableColumn("state", words.say("data.col_status"), width="small"),
        *(
            TableColumn(f"{name}_rows", words.say(f"data.col_{name}"), "count", width="small")
            for name in ("read", "accepted", "rejected", "repaired")
        ),
        TableColumn("nature", words.say("data.col_nature"), width="small"),
        TableColumn("licence", words.say("data.col_licence")),
        TableColumn("as_of", words.say("data.col_as_of")),
        TableColumn("source", words.say("data.col_source")),
    ]
    return Table(rows, columns, words.say("data.runs_file"))


def layer_text(layer: Mapping[str, Any], words: Words) -> LayerText:
    """One layer of `queries_data.run_layers` in words."""
    count = {name: int(layer[f"{name}_rows"]) for name in ("read", "accepted", "rejected", "repaired")}
    changes = {name: int(layer[f"{name}_rows"]) for name in ("inserted", "updated", "unchanged", "retired")}
    facts = [
        (words.say("data.fact_file"), known_text(layer["file_name"], words)),
        (words.say("data.fact_target"), words.say(f"data.target_{layer['target']}")),
        (words.say("data.fact_driver"), known_text(layer["driver"], words)),
        (words.say("data.fact_encoding"), known_text(layer["encoding"], words)),
        (words.say("data.fact_datum"), datum_text(layer["datum"], words)),
        (words.say("data.fact_crs"), known_text(layer["crs"], words)),
        (words.say("data.fact_licence"), known_text(layer["licence"], words)),
        (words.say("data.fact_as_of"), as_of_text(layer["as_of_date"], words)),
        (words.say("data.fact_size"), size_text(layer["file_bytes"], words)),
        (words.say("data.fact_sha256"), known_text(layer["file_sha256"], words)),
    ]
    return LayerText(
        title=words.say(
            "data.layer_title",
            target=words.say(f"data.target_{layer['target']}"),
            file=_file_name(layer, words),
            accepted=count["accepted"],
            read=count["read"],
            datum=datum_text(layer["datum"], words),
        ),
        sentence=words.say("data.layer_counts", **count) + words.say("data.layer_changes", **changes),
        facts=tuple(facts),
        evidence=tuple(evidence_texts(layer["evidence"], layer["datum"], words)),
        joins=tuple(join_text(name, report, words) for name, report in (layer["join_report"] or {}).items()),
    )


def size_text(size: Any, words: Words) -> str:
    """A file's size in MB or kB."""
    if size is None or pd.isna(size):
        return words.say("figure.not_known")
    if size >= 1_000_000:
        return words.say("data.size_mb", n=words.number(float(size) / 1e6, 1))
    return words.say("data.size_kb", n=words.number(max(1.0, float(size) / 1e3)))


def datum_text(datum: Any, words: Words) -> str:
    """A datum's name; `projected:EPSG:n` names its code."""
    if not isinstance(datum, str) or not datum:
        return words.say("data.datum_none")
    if datum.startswith("projected:"):
        return words.say("data.datum_projected", epsg=datum.rsplit(":", 1)[-1])
    return words.say(f"data.datum_{datum if datum in DATUMS else 'unknown'}")


def evidence_texts(evidence: Any, datum: Any, words: Words) -> Iterator[str]:
    """What the datum rests on, in sentences with their numbers."""
    if not isinstance(evidence, Mapping) or not evidence:
        return
    if "how" not in evidence and all(isinstance(v, Mapping) or v is None for v in evidence.values()):
        for file, own in evidence.items():
            for sentence in evidence_texts(own, datum, words):
                yield words.say("data.evidence_of_file", file=file, sentence=sentence)
        return
    name = datum_text(datum, words)
    if evidence.get("declared_crs") or evidence.get("crs"):
        yield words.say("data.evidence_crs", crs=evidence.get("declared_crs") or evidence["crs"])
    elif evidence.get("how") == "declared":
        yield words.say("data.evidence_declared", datum=name)
    if evidence.get("same_source"):
        yield words.say("data.evidence_same_source", datum=name, layers=words.listed(evidence["same_source"]))
    for found in evidence.get("candidates") or ():
        yield words.say(
            "data.evidence_candidate",
            epsg=found["epsg"],
            name=found["name"],
            inside=words.pct(100 * found["inside"]),
        )
    for test in evidence.get("tests") or ():
        yield test_text(test, words)


def test_text(test: Mapping[str, Any], words: Words) -> str:
    """One test of the datum: what was compared, and how well each reading fits."""
    kind = str(test["kind"]).removesuffix("_unanimous")
    shares = test.get("agreement") or {}
    figures = [
        words.say("data.evidence_share", datum=datum_text(d, words), share=words.pct(100 * shares[d]))
        for d in DATUMS
        if d in shares
    ] or [
        words.say("data.evidence_metres", datum=datum_text(d, words), metres=words.number(metres, 2))
        for d, metres in (test.get("misfit_m") or {}).items()
    ]
    measure = "misfit" if "misfit_m" in test else "touching" if kind in TOUCHING_TESTS else "inside"
    outcome = (
        words.say("data.evidence_decides", datum=datum_text(test["best"], words))
        if test["decisive"]
        else words.say("data.evidence_open")
    )
    kind_name = (
        words.say(f"data.test_{kind}") if f"data.test_{kind}" in catalogue().codes(words.lang) else kind
    )
    return words.say(
        "data.evidence_test",
        kind=kind_name,
        compared=int(test["compared"]),
        measure=words.say(f"data.measure_{measure}"),
        figures=words.listed(figures),
        outcome=outcome,
    )


def join_text(name: str, report: Mapping[str, Any], words: Words) -> JoinText:
    """A join report in plain sentences: nothing that did not match goes unsaid."""
    by_rule = report.get("by_rule") or {}
    order = [r for r in RULES if r in by_rule] + sorted(set(by_rule) - set(RULES))
    known = catalogue().codes(words.lang)
    rules = [
        words.say(
            "data.rule_count",
            rule=words.say(f"data.rule_{r}") if f"data.rule_{r}" in known else r,
            count=by_rule[r],
        )
        for r in order
    ]
    sentence = words.say(
        f"data.join_{name}" if f"data.join_{name}" in known else "data.join_any",
        **{k: int(report[k]) for k in ("left", "right", "matched", "unmatched_left", "unmatched_right")},
    )
    if report.get("duplicated"):
        sentence += words.say("data.join_duplicated", count=int(report["duplicated"]))
    if report.get("position_outside_stated_district"):
        sentence += words.say("data.join_outside", count=int(report["position_outside_stated_district"]))
    examples = [
        words.say(f"data.examples_{side}", ids=_listed_keys(ids, words))
        for side, ids in (report.get("examples") or {}).items()
        if ids and f"data.examples_{side}" in known
    ]
    outside = report.get("position_outside_stated_district_examples")
    if outside:
        examples.append(words.say("data.examples_outside", ids=_listed_keys(outside, words)))
    return JoinText(
        title=WORDING.say(f"join.{name}", words.lang),
        sentence=sentence,
        rules=words.say("data.join_rules", rules=words.listed(rules)) if rules else "",
        examples=tuple(examples),
    )


def _listed_keys(ids: Sequence[Any], words: Words) -> str:
    shown = words.listed([str(i)[:60] for i in ids[:EXAMPLES_SHOWN]])
    return words.say("data.and_more", ids=shown) if len(ids) > EXAMPLES_SHOWN else shown


def rejected_rows_table(rows: pd.DataFrame, words: Words, title: str) -> Table:
    """The faults of a run (`loaders.rejected.rejected_table`): where, which value, why, what to do."""
    columns = [
        TableColumn("file_name", WORDING.say("rejected.column_file_name", words.lang)),
        TableColumn(
            "row_number", WORDING.say("rejected.column_row_number", words.lang), "year", width="small"
        ),
        TableColumn("field", WORDING.say("rejected.column_field", words.lang), width="small"),
        TableColumn("value", WORDING.say("rejected.column_value", words.lang)),
        TableColumn("reason", WORDING.say("rejected.column_reason", words.lang), width="large"),
        TableColumn("layer", WORDING.say("rejected.column_layer", words.lang), width="small"),
    ]
    return Table(rows, columns, title)


def reason_counts(rows: pd.DataFrame, words: Words) -> list[str]:
    """How many faults there are of each kind, the most frequent first: the reason codes are told apart by field."""
    counts = rows.groupby(["file_name", "field"], dropna=False).size().sort_values(ascending=False)
    return [
        words.say(
            "data.rejected_count",
            file=known_text(file, words),
            field=field if isinstance(field, str) and field else words.say("data.whole_row"),
            count=int(n),
        )
        for (file, field), n in counts.items()
    ]


def undo_text(run: Mapping[str, Any], effects: pd.DataFrame, words: Words) -> UndoText:
    """What taking a run back would change; for runs that can't be taken back, why."""
    number = int(run["run_id"])
    if run["status"] == "undone":
        by = known_text(run["undone_by"], words)
        told = words.say("data.undo_done", run=number, time=local_time(run["undone_at"]), actor=by)
        return UndoText(False, (told,))
    if run["kind"] == "reference":
        return UndoText(False, (WORDING.say("undo.reference", words.lang, run=number),))
    sentences = []
    for row in effects.itertuples():
        parts = [
            words.say(f"data.undo_{change}", count=count)
            for change in ("removed", "restored", "returned")
            if (count := int(getattr(row, change)))
        ]
        table = words.say(f"data.target_{row.table_name}")
        sentences.append(words.say("data.undo_table", table=table, changes=words.listed(parts)))
    return UndoText(True, tuple(sentences) or (words.say("data.undo_nothing"),))


def data_headline(runs: pd.DataFrame, words: Words) -> str:
    """What the store holds, in one sentence."""
    valid = runs[(runs["status"] == "done") & (runs["kind"] != "reference")]
    if valid.empty:
        return words.say("data.headline_none")
    synthetic = int(valid["is_synthetic"].astype(bool).sum())
    return words.say(
        "data.headline",
        valid=len(valid),
        real=len(valid) - synthetic,
        synthetic=synthetic,
        latest=run_label(valid.iloc[0].to_dict(), words),
    )


def _file_name(layer: Mapping[str, Any], words: Words) -> str:
    """The file or layer a row of the table came by; what was made or written here has neither."""
    name = layer["file_name"] or layer["layer"]
    return words.say("data.layer_no_file") if name == layer["target"] else known_text(name, words)
