"""The hostile files through the command: each is accounted for, and none costs another."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from flows.cli import WARNED
from flows.lake import open_lake
from flows.storage import printable_path
from tests.flows.landing import COMMAND, broadsheet, broken_laws, land
from tests.steps.test_decode import EXPECTED, SAME

SAME_TEXT = [
    "enc_cp1252.txt",
    "enc_utf16le_bom.txt",
    "enc_utf16be_bom.txt",
    "enc_utf16le_nobom.txt",
    "enc_utf8_bom.txt",
    "enc_utf32.txt",
    "nul_bytes.txt",
    "controls.txt",
    "line_seps.txt",
    "nel.txt",
    "nfd.txt",
    "eol_crlf.txt",
    "eol_cr.txt",
]
MOST_MEMORY_KIB = 600 * 1024
PEAK = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Runs a command and prints the memory of the largest of its processes, in KiB."""
LANDED = (SAME, "other")


def make_nasty(shared_dir: Path, folder: Path, *words: str) -> subprocess.Popen:
    script = shared_dir / "eval" / "scripts" / "make_nasty.py"
    return subprocess.Popen(
        [sys.executable, script, folder, *words], stdout=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def nasty(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nasty")
    make_nasty(shared_dir, folder).communicate()
    return folder


@pytest.fixture(scope="module")
def lake(nasty: Path) -> Path:
    """All of them in one run; the largest of its processes is measured on the way."""
    words = ["run", nasty / "inputs", "--lake", nasty / "lake", "--direct", "--quiet"]
    measured = [sys.executable, "-c", PEAK, *COMMAND, *words]
    done = subprocess.run(measured, capture_output=True, text=True, check=False)
    assert done.returncode in (0, WARNED), done.stderr
    (nasty / "peak_kib").write_text(done.stdout, encoding="utf-8")
    return nasty / "lake"


def rows(lake: Path, sql: str) -> list[tuple]:
    with open_lake(lake) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.heavy
def test_every_file_is_accounted_for(nasty: Path, lake: Path) -> None:
    covered = {uri for (uri,) in rows(lake, "SELECT unnest(files).uri FROM receipts")}
    there = set()
    for parent, folders, names in os.walk(nasty / "inputs"):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        there |= {printable_path(Path(parent) / name) for name in [*names, *links]}
    assert there == covered
    assert broken_laws(lake) == []
    assert rows(lake, "SELECT status FROM runs") == [("succeeded",)]


@pytest.mark.heavy
def test_each_is_rejected_for_what_is_wrong_with_it(lake: Path) -> None:
    found: dict[str, Counter[str]] = {name: Counter() for name in EXPECTED}
    for name, reason in rows(lake, "SELECT parse_filename(uri), reason FROM rejects"):
        found.setdefault(name, Counter())[reason] += 1
    for name, outcomes in EXPECTED.items():
        wrong = set(outcomes) - set(LANDED)
        if name in ("bomb.jsonl.gz", "bomb.txt.gz"):
            # They unpack to ten times as much here: either bound may come first.
            wrong = {"file_too_large", "archive_over_ratio"}
        # A record that another file holds too is known there, and rejected here once.
        assert set(found[name]) <= wrong, name
    by_code = dict(rows(lake, "SELECT reason, count(*) FROM rejects GROUP BY reason"))
    assert by_code["not_a_regular_file"] >= 6
    assert by_code["archive_unsafe_member"] >= 1
    assert "step_failed" not in by_code
    assert "worker_lost" not in by_code
    assert "record_timed_out" not in by_code


@pytest.mark.heavy
def test_encodings_give_the_same_words(lake: Path) -> None:
    base = rows(lake, "SELECT body FROM articles JOIN documents USING (document_id) "
                      "WHERE uri LIKE '%/inputs/base_utf8.txt'")  # fmt: skip
    base = base or rows(lake, "SELECT body FROM articles JOIN documents USING (document_id) "
                              "WHERE uri LIKE '%/-rf.txt'")  # fmt: skip
    bodies = dict(
        rows(
            lake,
            "SELECT parse_filename(uri), body FROM articles JOIN documents USING (document_id)",
        )
    )
    for name in SAME_TEXT:
        assert bodies[name] == base[0][0], name


@pytest.mark.heavy
def test_nothing_is_replaced_or_left_in_silence(lake: Path) -> None:
    lost = rows(
        lake,
        "SELECT document_id FROM articles WHERE contains(coalesce(title, '') || body, chr(65533)) "
        "AND NOT list_contains(quality_flags, 'replacement_characters')",
    )
    assert lost == []
    assert rows(lake, "SELECT 1 FROM articles WHERE contains(body, chr(0))") == []
    flags = {flag for (flag,) in rows(lake, "SELECT unnest(quality_flags) FROM articles")}
    assert {"mojibake_repaired", "charset_detected", "bidi_controls_removed"} <= flags


@pytest.mark.heavy
def test_no_name_became_a_path(nasty: Path, lake: Path) -> None:
    outside = [*nasty.parent.rglob("*evil*"), *Path("/tmp").glob("evil_abs_*")]
    assert outside == []
    assert list(nasty.rglob("pwned")) == []


@pytest.mark.heavy
def test_memory_is_bounded(nasty: Path, lake: Path) -> None:
    assert lake.exists()
    assert int((nasty / "peak_kib").read_text(encoding="utf-8")) < MOST_MEMORY_KIB


@pytest.mark.heavy
def test_files_that_change_while_read_are_whole_or_rejected(
    shared_dir: Path, tmp_path: Path
) -> None:
    maker = make_nasty(shared_dir, tmp_path, "--big-mb", "1", "--bomb-mb", "1", "--mutate", "45")
    while not (tmp_path / "MANIFEST.jsonl").exists() and maker.poll() is None:
        time.sleep(0.1)
    folder = tmp_path / "inputs"
    seen = Counter()
    while maker.poll() is None:
        done = broadsheet("run", folder, "--lake", tmp_path / "lake", "--direct", "--quiet")
        assert done.returncode in (0, WARNED), done.stderr
        seen["runs"] += 1
    assert seen["runs"]
    assert broken_laws(tmp_path / "lake") == []
    land(folder, tmp_path / "lake")
    assert broken_laws(tmp_path / "lake") == []
    reasons = {reason for (reason,) in rows(
        tmp_path / "lake", "SELECT reason FROM rejects WHERE uri LIKE '%mutating%'")}  # fmt: skip
    assert reasons <= {"file_changed", "file_unreadable", "empty_record"}
