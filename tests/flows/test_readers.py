"""Readers beside a run: no query fails, and none sees half a batch."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flows.lake import open_lake
from tests.flows.landing import COMMAND, land

READERS = 8
WHOLE = """
    SELECT
        (SELECT count(*) FROM documents WHERE status = 'landed'),
        (SELECT count(*) FROM articles),
        (SELECT count(*) FROM articles SEMI JOIN blocks USING (document_id)),
        (SELECT sum(mention_count) FROM articles),
        (SELECT count(*) FROM mentions),
        (SELECT coalesce(sum(records_landed), 0) FROM receipts)
"""
"""One statement sees one snapshot: these counts agree in pairs, or half a batch was seen."""


def read_until(stop: threading.Event, lake: Path, seen: list, errors: list) -> None:
    while not stop.is_set():
        try:
            with open_lake(lake, is_locked=True) as connection:
                seen.append(connection.execute(WHOLE).fetchall()[0])
        except Exception as error:  # whatever it is, a reader should not have met it
            errors.append(repr(error))


@pytest.mark.long
def test_eight_readers_see_no_error_and_no_half_batch(tmp_path: Path) -> None:
    lake, dumps = tmp_path / "lake", Path(__file__).resolve().parents[2] / "data" / "raw" / "sample"
    land(dumps / "json", lake)
    stop, seen, errors = threading.Event(), [], []
    readers = [
        threading.Thread(target=read_until, args=(stop, lake, seen, errors)) for _ in range(READERS)
    ]
    for reader in readers:
        reader.start()
    try:
        for folder in ("html", "crawl", "wordpress"):
            words = ["run", dumps / folder, "--lake", lake, "--direct", "--quiet"]
            subprocess.run([*COMMAND, *map(str, words)], check=True)
        words = ["run", "--reprocess", "--lake", lake, "--direct", "--quiet"]
        subprocess.run([*COMMAND, *map(str, words)], check=True)
        time.sleep(1)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    print(f"{len(seen)} queries by {READERS} readers, {len(errors)} failed", file=sys.stderr)
    assert errors == []
    assert len(seen) > READERS
    halves = [row for row in seen if row[0] != row[1] or row[1] != row[2] or row[3] != row[4]]
    assert halves == []
    assert len({row[1] for row in seen}) > 1, "no reader saw the lake grow"
