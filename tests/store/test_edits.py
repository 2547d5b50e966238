"""What people write: refused where it may not be, never over somebody else's change, never past a hard gate."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from store import audit
from store.access import Principal, Role
from store.attachments import MOST_BYTES, attachment, keep_attachment
from store.edits import RowChange, write_edit
from store.edits import undo_edit as undo
from store.engine import Store
from store.errors import AccessRefused, EditConflict, EditRefused, GateRefused
from store.integrity import check_store
from store.rows import fetch_by_key
from store.runs import apply_rows, begin_run, end_run
from store.tables import (
    BASE_TABLES,
    audit_entries,
    import_layers,
    import_runs,
    key_column,
    rejected_rows,
)

DAY = dt.date.fromisoformat
OFFICE = Principal("office", Role.PROGRAMME_OFFICE)
CLERK = Principal("clerk", Role.DISTRICT, frozenset({"110101"}))


@pytest.fixture
def city(store: Store) -> Store:
    """Two districts; one project in each, confirmed with a document, with an owners' body."""
    with store.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key="t", actor="t", is_synthetic=False)
        codes = ["110101", "110102"]
        frames = {
            "districts": pd.DataFrame({"district_code": codes, "name_zh": ["东城区", "西城区"]}),
            "projects": pd.DataFrame(
                {
                    "project_id": ["P1", "P2"],
                    "name": ["甲", "乙"],
                    "district_code": codes,
                    "is_central_state": False,
                    "confirmation_document_no": "京〔2020〕1号",
                }
            ),
            "stage_events": pd.DataFrame(
                {
                    "event_id": [f"{p}-{s}" for p in ("P1", "P2") for s in ("owners_body", "confirmed")],
                    "project_id": ["P1", "P1", "P2", "P2"],
                    "stage": ["owners_body", "confirmed"] * 2,
                    "event_date": [DAY("2020-03-01")] * 4,
                }
            ),
        }
        for name, rows in frames.items():
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=False)
        end_run(conn, run, actor="t", detail={})
    return store


def row(store: Store, table: str, key: str) -> dict[str, Any] | None:
    with store.reading() as conn:
        return fetch_by_key(conn, BASE_TABLES[table], [key]).get(key)


def step(project: str, stage: str, day: str) -> RowChange:
    values = {"project_id": project, "stage": stage, "event_date": DAY(day)}
    return RowChange("stage_events", f"{project}-{stage}", values)


def save(store: Store, who: Principal, *changes: RowChange, **more: Any) -> int:
    return write_edit(store, who, changes, origin="form", title_zh="改", title_en="edit", **more).run_id


def test_a_change_keeps_the_other_columns_and_is_in_the_trail(city: Store) -> None:
    held = row(city, "projects", "P1")
    assert held is not None
    run = save(city, CLERK, RowChange("projects", "P1", {"investor": "某公司"}, held["content_hash"]))
    now = row(city, "projects", "P1")
    assert now is not None
    assert (now["investor"], now["name"], now["import_run_id"]) == ("某公司", "甲", run)
    with city.reading() as conn:
        entry = conn.execute(select(audit_entries).where(audit_entries.c.row_key == "P1")).mappings().one()
        layer = conn.execute(select(import_layers).where(import_layers.c.run_id == run)).mappings().one()
        assert audit.faults(conn) == []
    assert entry["actor"] == "clerk"
    assert '"before": {"investor": null}' in entry["detail"]
    assert '"after": {"investor": "某公司"}' in entry["detail"]
    assert (layer["target"], layer["updated_rows"], layer["inserted_rows"]) == ("projects", 1, 0)
    undo(city, CLERK, run)
    back = row(city, "projects", "P1")
    assert back == held


def test_two_people_on_one_row_never_overwrite_each_other(city: Store) -> None:
    held = row(city, "projects", "P1")
    assert held is not None
    save(city, CLERK, RowChange("projects", "P1", {"investor": "先"}, held["content_hash"]))
    with pytest.raises(EditConflict) as late:
        save(city, OFFICE, RowChange("projects", "P1", {"investor": "后"}, held["content_hash"]))
    assert late.value.code == "edit.conflict"
    assert late.value.params["actor"] == "clerk"
    now = row(city, "projects", "P1")
    assert now is not None
    assert now["investor"] == "先"
    save(city, OFFICE, RowChange("projects", "P1", {"investor": "后"}, late.value.params["content_hash"]))
    with pytest.raises(EditConflict) as again:
        save(city, OFFICE, RowChange("projects", "P1", {"name": "丙", "district_code": "110101"}))
    assert again.value.code == "edit.exists"
    with pytest.raises(EditConflict) as gone:
        save(city, OFFICE, RowChange("projects", "P9", None, "x"))
    assert gone.value.code == "edit.gone"


def test_works_without_a_service_agreement_are_refused_and_nothing_is_written(city: Store) -> None:
    before = city.revision()
    with pytest.raises(GateRefused) as refused:
        save(city, CLERK, step("P1", "started", "2020-06-01"))
    (broken,) = refused.value.params["breaches"]
    assert (broken.project_id, broken.gate, broken.clause, broken.requirement) == (
        "P1",
        "service_agreement",
        "二(一)7",
        "R20",
    )
    assert city.revision() == before
    assert row(city, "stage_events", "P1-started") is None


def test_the_missing_gate_may_come_with_the_step_itself_but_not_after_it(city: Store) -> None:
    with pytest.raises(GateRefused):
        save(city, CLERK, step("P1", "service_agreement", "2020-06-02"), step("P1", "started", "2020-06-01"))
    save(city, CLERK, step("P1", "service_agreement", "2020-05-02"), step("P1", "started", "2020-06-01"))
    assert row(city, "stage_events", "P1-started") is not None


def test_a_gate_under_recorded_works_can_be_neither_deleted_nor_undone(city: Store) -> None:
    agreed = save(city, CLERK, step("P1", "service_agreement", "2020-05-02"))
    save(city, CLERK, step("P1", "started", "2020-06-01"))
    held = row(city, "stage_events", "P1-service_agreement")
    assert held is not None
    with pytest.raises(GateRefused):
        save(city, CLERK, RowChange("stage_events", "P1-service_agreement", None, held["content_hash"]))
    with pytest.raises(GateRefused) as refused:
        undo(city, CLERK, agreed)
    assert refused.value.code == "edit.undo_gate"
    assert row(city, "stage_events", "P1-service_agreement") == held


def test_what_an_import_broke_does_not_stop_other_edits(city: Store) -> None:
    with city.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key="t", actor="t", is_synthetic=False)
        rows = pd.DataFrame(
            {
                "event_id": ["P1-started"],
                "project_id": ["P1"],
                "stage": ["started"],
                "event_date": [DAY("2020-06-01")],
            }
        )
        apply_rows(conn, run, BASE_TABLES["stage_events"], rows, is_synthetic=False)
        end_run(conn, run, actor="t", detail={})
    save(city, CLERK, step("P1", "designed", "2020-05-01"))
    assert row(city, "stage_events", "P1-designed") is not None


def test_nobody_writes_outside_the_own_area_or_beyond_the_own_role(city: Store) -> None:
    other = row(city, "projects", "P2")
    own = row(city, "projects", "P1")
    assert other is not None
    assert own is not None
    with pytest.raises(AccessRefused):
        save(city, CLERK, RowChange("projects", "P2", {"investor": "x"}, other["content_hash"]))
    with pytest.raises(AccessRefused):  # nor moved out of it
        save(city, CLERK, RowChange("projects", "P1", {"district_code": "110102"}, own["content_hash"]))
    with pytest.raises(AccessRefused):  # nor a child of somebody else's row
        save(city, CLERK, step("P2", "designed", "2020-05-01"))
    for role in (Role.CITY_LEADER, Role.ASSESSMENT_OFFICE, Role.RESPONSIBLE_PLANNER, Role.PUBLIC):
        with pytest.raises(AccessRefused):
            save(city, Principal("x", role, frozenset({"110101"})), step("P1", "designed", "2020-05-01"))
    assert row(city, "projects", "P2") == other
    assert row(city, "projects", "P1") == own


def test_a_new_project_and_its_rows_may_come_together(city: Store) -> None:
    values = {"name": "=1+1", "district_code": "110101", "is_central_state": False}
    save(city, CLERK, step("P3", "reserve", "2020-04-01"), RowChange("projects", "P3", values))
    held = row(city, "projects", "P3")
    assert held is not None
    assert held["name"] == "=1+1"


def test_an_edit_of_another_is_not_undone(city: Store) -> None:
    run = save(city, OFFICE, step("P1", "designed", "2020-05-01"))
    with pytest.raises(AccessRefused):
        undo(city, CLERK, run)
    own = save(city, CLERK, step("P1", "reserve", "2020-04-01"))
    undo(city, OFFICE, own)
    assert row(city, "stage_events", "P1-reserve") is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (RowChange("projects", "P1", {"plan_year": "二〇二〇"}), "edit.kind"),
        (RowChange("projects", "P1", {"plan_year": 2020.5}), "edit.kind"),
        (RowChange("projects", "P1", {"name": " "}), "edit.missing"),
        (RowChange("projects", "P1", {"nonsense": 1}), "edit.no_such_column"),
        (RowChange("projects", "P1", {"project_id": "P2"}), "edit.key_differs"),
        (RowChange("stage_events", "P1-x", {"project_id": "P1", "stage": "x"}), "edit.code"),
        (RowChange("audit_entries", "1", {}), "edit.no_such_table"),
        (RowChange("projects", "P4", {"name": "x", "district_code": "999999"}), "edit.reference"),
    ],
)
def test_what_can_not_be_is_named(city: Store, change: RowChange, code: str) -> None:
    held = row(city, change.table, change.key) if change.table in BASE_TABLES else None
    seen = RowChange(change.table, change.key, change.values, held and held["content_hash"])
    before = city.revision()
    with pytest.raises(EditRefused) as refused:
        save(city, OFFICE, seen)
    assert refused.value.code == code
    assert city.revision() == before


def test_a_row_that_is_referred_to_stays(city: Store) -> None:
    held = row(city, "projects", "P1")
    assert held is not None
    with pytest.raises(EditRefused) as refused:
        save(city, OFFICE, RowChange("projects", "P1", None, held["content_hash"]))
    assert refused.value.code == "edit.reference"
    assert row(city, "projects", "P1") == held


def test_refused_rows_of_a_ledger_are_kept_beside_its_run(city: Store) -> None:
    bad = {
        "layer": "stage_events",
        "file_name": "台账.xlsx",
        "row_number": 7,
        "field": "event_date",
        "value": "去年",
        "reason_code": "ledger.date",
        "reason_params": {"cell": "C7"},
        "row_values": {"event_date": "去年"},
    }
    run = save(city, CLERK, step("P1", "reserve", "2020-04-01"), rejected=[bad], file_name="台账.xlsx")
    with city.reading() as conn:
        kept = conn.execute(select(rejected_rows).where(rejected_rows.c.run_id == run)).mappings().one()
        layer = conn.execute(select(import_layers).where(import_layers.c.run_id == run)).mappings().one()
        kind = conn.execute(select(import_runs.c.kind).where(import_runs.c.run_id == run)).scalar()
        assert check_store(conn) == []
    assert (kept["value"], kept["reason_params"]) == ("去年", {"cell": "C7"})
    assert (layer["read_rows"], layer["accepted_rows"], layer["rejected_rows"]) == (2, 1, 1)
    assert kind == "edit"


def test_names_and_numbers_of_persons_stay_out_of_the_trail(city: Store) -> None:
    values = {
        "district_code": "110101",
        "title": "漏水",
        "reported_date": DAY("2020-06-01"),
        "reporter_name": "某某",
        "reporter_phone": "010-0000",
    }
    save(city, CLERK, RowChange("issues", "I1", values))
    with city.reading() as conn:
        details = "".join(conn.execute(select(audit_entries.c.detail)).scalars())
    assert "某某" not in details
    assert "010-0000" not in details
    assert "***" in details


def test_an_edit_of_an_example_stays_an_example(city: Store) -> None:
    with city.writing() as conn:
        run = begin_run(conn, kind="demo", catalogue_key="t", actor="t", is_synthetic=True)
        rows = pd.DataFrame({"project_id": ["D1"], "name": ["例"], "district_code": ["110101"]})
        apply_rows(conn, run, BASE_TABLES["projects"], rows.assign(is_central_state=False), is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
    held = row(city, "projects", "D1")
    assert held is not None
    save(
        city,
        CLERK,
        RowChange("projects", "D1", {"name": "例二"}, held["content_hash"]),
        step("D1", "reserve", "2020-04-01"),
        step("P1", "reserve", "2020-04-01"),
    )
    marks = {
        (name, key): (row(city, name, key) or {})["is_synthetic"]
        for name, key in (
            ("projects", "D1"),
            ("stage_events", "D1-reserve"),
            ("stage_events", "P1-reserve"),
        )
    }
    assert list(marks.values()) == [True, True, False]


def test_every_table_has_one_key(city: Store) -> None:
    assert all(key_column(t) for t in BASE_TABLES.values())


def test_a_proof_is_kept_once_and_read_by_those_who_see_its_row(city: Store) -> None:
    with city.writing() as conn:
        first = keep_attachment(conn, CLERK, b"%PDF", "application/pdf")
        assert keep_attachment(conn, CLERK, b"%PDF", "application/pdf") == first
        with pytest.raises(EditRefused):
            keep_attachment(conn, CLERK, b"", "application/pdf")
        with pytest.raises(EditRefused):
            keep_attachment(conn, CLERK, b"x" * (MOST_BYTES + 1), "application/pdf")
    assert attachment(city, first) is None  # nothing names it yet
    named = {"event_id": "P1-confirmed", "file_name": "确认函.pdf", "sha256": first}
    save(city, CLERK, RowChange("proof_files", "F1", named))
    assert attachment(city, first) == (b"%PDF", "application/pdf")
