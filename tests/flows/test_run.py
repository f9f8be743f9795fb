"""The main job end to end, through the command: laws, faults and wrong set-ups."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from flows.lake import LakeFolder, open_lake
from flows.locks import hold_lock
from tests.flows.landing import COMMAND, broadsheet, broken_laws, facts, land

STORY = """{place} council approves harbour plan number {number}

By Ana Moreau
{day} March 2026

The council of {place} voted on Tuesday to spend {number} million crowns on its harbour, ending
years of argument between the port and the people who live beside it.

“We have waited {number} years for this,” said Mayor Tomas Lind. “Now we build.”

Share this article
Facebook
"""
PLACES = ("Oslo", "Lisbon", "Nairobi", "Lima", "Hanoi")


@pytest.fixture(scope="session")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty short stories in JSON lines and text files, with one broken line and one binary."""
    folder = tmp_path_factory.mktemp("dumps")
    stories = [
        STORY.format(place=PLACES[number % 5], number=number, day=number % 28 + 1)
        for number in range(60)
    ]
    lines = [
        json.dumps({"id": number, "url": f"https://courier.example/{number}", "text": story})
        for number, story in enumerate(stories[:40])
    ]
    (folder / "stories.jsonl").write_text("\n".join([*lines[:20], '{"cut', *lines[20:]]))
    for number, story in enumerate(stories[40:]):
        (folder / f"story-{number:02}.txt").write_text(story)
    (folder / "image.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    return folder


@pytest.fixture(scope="session")
def landed(dumps: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the dumps in it, landed without disturbance."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    land(dumps, lake)
    return lake


@pytest.fixture
def small_shards(tmp_path: Path) -> Path:
    """Settings that cut the dumps into many shards."""
    config = tmp_path / "config.toml"
    config.write_text("[run]\nshard_records = 4\n")
    return config


def test_every_record_is_landed_or_rejected_with_a_reason(landed: Path) -> None:
    with open_lake(landed) as connection:
        statuses = connection.execute(
            "SELECT status, count(*) FROM documents GROUP BY status ORDER BY status"
        ).fetchall()
        reasons = connection.execute("SELECT reason FROM rejects ORDER BY reason").fetchall()
        books = connection.execute(
            "SELECT records_read = records_landed + records_rejected + records_known FROM runs"
        ).fetchall()
    assert statuses == [("landed", 60), ("rejected", 2)]
    assert reasons == [("binary_content",), ("malformed_json",)]
    assert books == [(True,)]


def test_a_second_run_lands_nothing_and_reads_nothing(dumps: Path, landed: Path) -> None:
    before = facts(landed)
    summary = land(dumps, landed)
    assert (summary["records_read"], summary["records_landed"]) == (0, 0)
    assert summary["files_known"] == summary["files_seen"] > 0
    assert facts(landed) == before


def test_one_shard_or_many_and_any_order_give_the_same_tables(
    dumps: Path, landed: Path, small_shards: Path, tmp_path: Path
) -> None:
    names = sorted(path.name for path in dumps.iterdir())
    random.Random(3).shuffle(names)
    paths = [dumps / name for name in names]
    done = broadsheet(
        "run", *paths, "--lake", tmp_path / "lake", "--config", small_shards, "--direct", "--quiet"
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    assert facts(tmp_path / "lake") == facts(landed)


def test_records_that_moved_to_another_file_are_known(
    dumps: Path, landed: Path, tmp_path: Path
) -> None:
    shutil.copytree(landed, tmp_path / "lake")
    shutil.copytree(dumps, tmp_path / "moved")
    summary = land(tmp_path / "moved", tmp_path / "lake")
    assert summary["records_read"] == summary["records_known"] == 62
    assert facts(tmp_path / "lake") == facts(landed)


@pytest.mark.heavy
@pytest.mark.parametrize("when", ["some shards are staged", "the catalog is being written"])
def test_a_killed_run_continues_to_the_same_tables(
    dumps: Path, landed: Path, small_shards: Path, tmp_path: Path, when: str
) -> None:
    lake = tmp_path / "lake"
    command = ["run", dumps, "--lake", lake, "--config", small_shards, "--direct", "--quiet"]
    victim = subprocess.Popen([*COMMAND, *map(str, command)], start_new_session=True)
    wait_until = {
        "some shards are staged": lambda: len(list(lake.glob("staging/*/receipt.json"))) >= 3,
        "the catalog is being written": lambda: any(LakeFolder(lake).data.rglob("*.parquet")),
    }[when]
    deadline = time.monotonic() + 120
    while not wait_until() and victim.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()

    done = broadsheet(*command)
    assert done.returncode == 0, done.stderr
    assert facts(lake) == facts(landed)
    assert broken_laws(lake) == []
    assert not list(LakeFolder(lake).staging.iterdir())
    with open_lake(lake) as connection:
        statuses = connection.execute("SELECT status FROM runs ORDER BY run_id").fetchall()
    assert statuses[-1] == ("succeeded",)
    assert statuses[0][0] in ("interrupted", "succeeded")


def test_a_dry_run_counts_and_leaves_no_trace(dumps: Path, tmp_path: Path) -> None:
    summary = land(dumps, tmp_path / "lake", "--dry-run")
    assert (summary["records_landed"], summary["records_rejected"]) == (60, 2)
    assert not (tmp_path / "lake").exists()


@pytest.mark.heavy
def test_a_limit_reads_so_many_records_and_the_rest_stays_new(dumps: Path, tmp_path: Path) -> None:
    first = land(dumps / "stories.jsonl", tmp_path / "lake", "--limit", 10)
    assert first["records_read"] == 10
    second = land(dumps / "stories.jsonl", tmp_path / "lake")
    assert (second["records_landed"], second["records_known"]) == (30, 10)


def test_another_address_is_another_version_of_nothing(tmp_path: Path) -> None:
    """Two captures of one address are versions in the order of their dates."""
    rows = [
        {
            "url": "https://courier.example/a?utm_source=x",
            "text": "Old words. " * 30,
            "date": "2026-03-02",
        },
        {"url": "http://www.courier.example/a/", "text": "New words. " * 30, "date": "2026-03-01"},
    ]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    land(tmp_path / "d.jsonl", tmp_path / "lake")
    with open_lake(tmp_path / "lake") as connection:
        versions = connection.execute(
            "SELECT version, body[:3] FROM articles ORDER BY version"
        ).fetchall()
        children = connection.execute(
            "SELECT count(*) FROM blocks "
            "ANTI JOIN articles USING (article_id, version, document_id)"
        ).fetchone()
    assert versions == [(1, "New"), (2, "Old")]
    assert children == (0,)


def test_a_run_in_progress_is_named_and_nothing_is_touched(dumps: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    with hold_lock(lake / "run.lock", "20260101T000000-abcdef", 60):
        done = broadsheet("run", dumps, "--lake", lake, "--direct")
    assert done.returncode == 2
    assert "run 20260101T000000-abcdef is in progress" in done.stderr
    assert not LakeFolder(lake).catalog.exists()


def wrong_set_ups() -> list[tuple[str, list[object], str]]:
    return [
        ("a path that is not there", ["run", "absent"], "absent: no such file or folder"),
        ("a folder without files", ["run", "empty"], "empty: holds no file"),
        ("an unknown source", ["run", "--source", "nobody"], "no source is named 'nobody'"),
        ("a broken configuration", ["run", "a.txt", "--config", "bad.toml"], "unknown key"),
        ("no lake to query", ["sql", "SELECT 1", "--lake", "nowhere"], "no lake here"),
        ("no lake to report on", ["report", "--lake", "nowhere"], "no lake here"),
        ("no room", ["run", "a.txt", "--config", "greedy.toml", "--lake", "l"], "min_free_bytes"),
        ("a lake that is a file", ["run", "a.txt", "--lake", "a.txt"], "cannot be written"),
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [pytest.param(arguments, sentence, id=label) for label, arguments, sentence in wrong_set_ups()],
)
def test_a_wrong_set_up_is_one_sentence_and_exit_code_2(
    tmp_path: Path, arguments: list[object], sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("A story.\n\nWith a body that says something at last.\n")
    (tmp_path / "bad.toml").write_text("[run]\nworkerz = 1\n")
    (tmp_path / "greedy.toml").write_text(f"[run]\nmin_free_bytes = {2**62}\n")
    done = broadsheet(*arguments, *(["--direct"] if arguments[0] == "run" else []), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
