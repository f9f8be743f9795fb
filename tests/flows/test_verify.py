"""Every law of `verify` holds on a sound lake, and names the row that breaks it."""

import json
import shutil
from pathlib import Path

import pytest

from flows.lake import open_lake, write_lake
from flows.verify import hash_tables, verify
from tests.flows.landing import broadsheet, land

DUMPS = Path(__file__).resolve().parents[2] / "data" / "raw" / "sample" / "json"
ONE = "(SELECT document_id FROM articles WHERE quote_count > 0 ORDER BY document_id LIMIT 1)"

BREAKS = [
    (f"DELETE FROM documents WHERE document_id = {ONE}", "made from a landed document"),
    (f"DELETE FROM blocks WHERE document_id = {ONE}", "has the blocks of its record"),
    ("DELETE FROM rejects", "has a reject with its reason"),
    ("INSERT INTO quotes SELECT * FROM quotes", "the key of quotes is unique"),
    ("UPDATE mentions SET version = 9", "row of mentions belongs to an article version"),
    ("UPDATE blocks SET raw_start = raw_start + 1 WHERE ordinal = 1", "blocks tile"),
    ("UPDATE blocks SET raw_end = raw_end + 1 WHERE ordinal = 0", "blocks tile"),
    (f"DELETE FROM blocks WHERE is_kept AND document_id = {ONE}", "a body is its kept blocks"),
    ("UPDATE blocks SET text = text || '!' WHERE text IS NOT NULL", "the text of a cut block"),
    ("UPDATE mentions SET start = start + 1", "the surface of the mention"),
    ("UPDATE quotes SET text = upper(text)", "the text of the quotation"),
    ("UPDATE quotes SET speaker_start = speaker_start + 1", "likewise its speaker"),
    ("UPDATE quotes SET field = 'title'", "the text of the quotation"),
    ("UPDATE articles SET quote_count = quote_count + 1", "counts are those of its body"),
    ("UPDATE articles SET char_count = char_count + 1", "counts are those of its body"),
    ("UPDATE runs SET records_landed = records_landed - 1", "what a run read"),
    ("DELETE FROM receipts", "what a run read"),
    ("UPDATE articles SET content_hash = md5(body)", "content hash is that of"),
    (
        "INSERT INTO archive SELECT document_id, 'text/plain', '{}', NULL, encode('other') "
        f"FROM documents WHERE document_id = {ONE}",
        "bytes are those that its document is named after",
    ),
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("sound") / "lake"
    land(DUMPS, lake)
    return lake


def test_a_sound_lake_breaks_no_law(sound: Path) -> None:
    done = broadsheet("verify", "--lake", sound, "--json")
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert len(told["laws"]) > 20
    assert [law for law in told["laws"] if law["broken_count"] or law["examples"]] == []
    assert {row["table"]: row["row_count"] for row in told["tables"]}["articles"] > 10


@pytest.mark.parametrize(("statement", "law"), BREAKS, ids=[statement for statement, _ in BREAKS])
def test_what_is_broken_is_named(statement: str, law: str, sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "lake")
    with write_lake(tmp_path / "lake") as connection:
        connection.execute(statement)
    with open_lake(tmp_path / "lake") as connection:
        broken = [verdict for verdict in verify(connection) if verdict.broken_count]
    named = [verdict for verdict in broken if law in verdict.law]
    assert named, [verdict.law for verdict in broken]
    assert named[0].examples


def test_a_broken_lake_is_told_by_the_exit_code(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "lake")
    with write_lake(tmp_path / "lake") as connection:
        connection.execute("DELETE FROM rejects")
    done = broadsheet("verify", "--lake", tmp_path / "lake")
    assert done.returncode == 1
    assert "every rejected document has a reject" in done.stdout


@pytest.mark.heavy
def test_hashes_do_not_know_shards_workers_or_runs(sound: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[run]\nshard_records = 3\nworkers = 2\n")
    paths = sorted(DUMPS.iterdir(), reverse=True)
    for path in paths:  # one run each
        land(path, tmp_path / "lake", "--config", config)
    with open_lake(sound) as one, open_lake(tmp_path / "lake") as other:
        assert hash_tables(one) == hash_tables(other)


def test_a_hash_sees_every_change(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "lake")
    with write_lake(tmp_path / "lake") as connection:
        connection.execute("UPDATE articles SET title = title || '.' WHERE version = 1")
    with open_lake(sound) as one, open_lake(tmp_path / "lake") as other:
        pairs = zip(hash_tables(one), hash_tables(other), strict=True)
        assert [before["table"] for before, after in pairs if before != after] == ["articles"]
