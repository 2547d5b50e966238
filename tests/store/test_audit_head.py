"""The trail's newest hash outside the database: whatever is done to the table, `check` says so."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from store import audit
from store.audit_head import SETTING, begin_anew, head_faults, head_file
from store.backup import backup, restore
from store.engine import AUDIT_HEAD, Store, open_store, read_state, write_state
from store.errors import StoreReadOnly
from store.integrity import check_store
from store.tables import audit_entries, store_state


@pytest.fixture
def trail(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store with five entries, each of a commit of its own."""
    if not store.is_sqlite:
        monkeypatch.setenv(SETTING, str(tmp_path / "head"))
    for number in range(5):
        note(store, f"entry {number}")
    yield store


def note(store: Store, action: str) -> None:
    with store.writing() as conn:
        audit.record(conn, actor="t", action=action)


def file_of(store: Store) -> Path:
    found = head_file(store.engine.url)
    assert found is not None
    return found


def lines(store: Store) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file_of(store).read_text().splitlines()]


def found(store: Store) -> set[str]:
    with store.reading() as conn:
        return {f.code for f in check_store(conn) if f.code.startswith("audit")}


def resealed(conn: Connection) -> None:
    """What somebody does who knows the rule: seal every entry anew, and put the newest hash in its place."""
    previous = audit.FIRST
    for row in conn.execute(select(audit_entries).order_by(audit_entries.c.audit_id)).mappings().all():
        entry = {k: row[k] for k in ("at", "actor", "action", "table_name", "row_key", "run_id", "detail")}
        seal = audit._seal(entry, previous)
        changed = {"previous_hash": previous, "entry_hash": seal}
        conn.execute(
            update(audit_entries).where(audit_entries.c.audit_id == row["audit_id"]).values(**changed)
        )
        previous = seal
    write_state(conn, AUDIT_HEAD, previous)


def test_every_commit_leaves_its_hash_and_the_file_is_its_owners(trail: Store) -> None:
    assert [line["entry"] for line in lines(trail)] == [1, 2, 3, 4, 5]
    with trail.reading() as conn:
        assert lines(trail)[-1]["hash"] == read_state(conn, AUDIT_HEAD)
    assert file_of(trail).stat().st_mode & 0o077 == 0
    assert found(trail) == set()
    with trail.writing():
        pass
    assert len(lines(trail)) == 5


def edit(conn: Connection) -> None:
    conn.execute(update(audit_entries).where(audit_entries.c.audit_id == 3).values(actor="somebody else"))


def drop_last(conn: Connection) -> None:
    conn.execute(delete(audit_entries).where(audit_entries.c.audit_id >= 4))


def drop_middle(conn: Connection) -> None:
    conn.execute(delete(audit_entries).where(audit_entries.c.audit_id == 2))


def drop_all(conn: Connection) -> None:
    conn.execute(delete(audit_entries))


def swap(conn: Connection) -> None:
    for number, name in ((2, "entry 2"), (3, "entry 1")):
        conn.execute(update(audit_entries).where(audit_entries.c.audit_id == number).values(action=name))


@pytest.mark.parametrize("attack", [edit, drop_last, drop_middle, drop_all, swap])
@pytest.mark.parametrize("is_expert", [False, True])
def test_whatever_is_done_to_the_table_is_found_even_when_the_chain_is_sealed_anew(
    trail: Store, attack: Callable[[Connection], None], is_expert: bool
) -> None:
    with trail.engine.begin() as conn:
        attack(conn)
        if is_expert:
            resealed(conn)
    assert found(trail)
    if is_expert:
        assert found(trail) == {"audit.rolled_back"}


def test_the_whole_database_taken_back_is_found(trail: Store) -> None:
    with trail.reading() as conn:
        entries = [dict(r) for r in conn.execute(select(audit_entries)).mappings()]
        state = [dict(r) for r in conn.execute(select(store_state)).mappings()]
    note(trail, "what shall not have been")
    with trail.engine.begin() as conn:
        for table, rows in ((audit_entries, entries), (store_state, state)):
            conn.execute(delete(table))
            conn.execute(table.insert(), rows)
    assert found(trail) == {"audit.rolled_back"}
    note(trail, "what came instead")
    assert found(trail) == {"audit.rolled_back"}


def test_a_process_that_died_before_the_line_is_no_fault(trail: Store) -> None:
    kept = file_of(trail).read_text().splitlines()[:-1]
    file_of(trail).write_text("\n".join(kept) + "\n")
    assert found(trail) == set()


@pytest.mark.parametrize(
    "content", ["", "no json\n", '{"entry": 1}\n', "[]\n", '{"entry": 1, "hash": "0"}\n']
)
def test_a_file_that_was_meddled_with_is_found(trail: Store, content: str) -> None:
    file_of(trail).write_text(content)
    assert found(trail) in ({"audit.head_file_unreadable"}, {"audit.rolled_back"})


def test_a_file_that_is_gone_is_missed(trail: Store) -> None:
    file_of(trail).unlink()
    assert found(trail) == {"audit.head_file_missing"}


def test_a_write_whose_line_could_not_be_kept_is_none(
    trail: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path / "no such folder" / "head"))
    with pytest.raises(StoreReadOnly):
        note(trail, "unseen")
    monkeypatch.delenv(SETTING)
    with trail.reading() as conn:
        assert "unseen" not in set(conn.execute(select(audit_entries.c.action)).scalars())


def test_a_backup_put_in_its_place_begins_anew_and_is_watched_again(trail: Store, tmp_path: Path) -> None:
    backup(trail, tmp_path / "b.json.gz")
    note(trail, "after the backup")
    restore(trail, tmp_path / "b.json.gz")
    assert found(trail) == set()
    assert lines(trail)[-1]["restored"] is True
    note(trail, "later")
    with trail.engine.begin() as conn:
        conn.execute(delete(audit_entries).where(audit_entries.c.action == "later"))
        resealed(conn)
    assert found(trail) == {"audit.rolled_back"}


def test_without_a_file_nothing_is_asked_of_one(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(database_url)
    if store.is_sqlite:
        assert file_of(store).name == "atlas.sqlite.audit-head"
    else:
        assert head_file(store.engine.url) is None
        note(store, "unwitnessed")
        begin_anew(store)
        with store.reading() as conn:
            assert head_faults(conn) == []
    store.dispose()
    assert SETTING not in os.environ
