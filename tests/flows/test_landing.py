"""A record that hangs, kills or starves its worker is a reject, and its neighbours land."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.engines import WorkerLostError
from flows.lake import open_lake
from flows.landing import _judge
from flows.posts import WHOLE_SHARD, Overtime, Post
from flows.workshop import Care
from tests.flows.landing import broken_laws

ROOT = Path(__file__).resolve().parents[2]
STORY = "Ferry {number} sails again\n\nThe ferry of berth {number} sailed on Monday after {number} "
STORY += "weeks in the yard, and its crew said that they were glad. {deed} was painted on its bow."

DEEDS = [
    ("LOOP IN PYTHON", "record_timed_out"),
    ("LOOP IN NATIVE CODE", "record_timed_out"),
    ("KILL THE WORKER", "worker_lost"),
    ("EAT ALL MEMORY", "worker_lost"),
    ("WHILE DERIVING, LOOP IN PYTHON", "record_timed_out"),
    ("WHILE DERIVING, LOOP IN NATIVE CODE", "record_timed_out"),
    ("WHILE DERIVING, KILL THE WORKER", "worker_lost"),
]


@pytest.mark.long
@pytest.mark.parametrize(("deed", "reason"), DEEDS, ids=[deed for deed, _ in DEEDS])
def test_one_record_costs_only_itself(deed: str, reason: str, tmp_path: Path) -> None:
    stories = [
        STORY.format(number=number, deed=deed if number == 3 else "Nothing") for number in range(8)
    ]
    (tmp_path / "d.jsonl").write_text("\n".join(json.dumps({"text": one}) for one in stories))
    config = tmp_path / "config.toml"
    config.write_text("[run]\nrecord_seconds = 3\nworkers = 2\n")
    words = ["run", tmp_path / "d.jsonl", "--lake", tmp_path / "lake", "--direct", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.misbehaviour", *map(str, words), "--config", config],
        cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # That a worker was lost is a check that warns.
    assert done.returncode == (3 if reason == "worker_lost" else 0), done.stderr
    with open_lake(tmp_path / "lake") as connection:
        rejects = connection.execute("SELECT reason, record_ordinal FROM rejects").fetchall()
        landed = connection.execute("SELECT count(*) FROM articles").fetchone()
    assert (rejects, landed) == ([(reason, 3)], (7,))
    assert broken_laws(tmp_path / "lake") == []


def test_an_alarm_ends_a_block_that_takes_too_long(tmp_path: Path) -> None:
    post = Post(tmp_path, "a")
    with post.manned():
        with pytest.raises(Overtime), post.at(0, 0.05):
            while True:
                pass
        with post.at(1, 60):
            standing = post.read()
    assert standing is not None
    assert (standing.pid, standing.place) == (os.getpid(), 1)
    assert post.read() is None


def test_a_post_ends_only_an_overdue_worker(tmp_path: Path) -> None:
    post = Post(tmp_path, "a")
    assert not post.end_overdue()
    with post.manned(), post.at(0, 60):
        assert not post.end_overdue()


def test_a_place_is_to_blame_when_all_tries_end_there() -> None:
    care = Care()
    assert _judge(care, 4, 2, False, 3) == care
    assert _judge(care, 4, 3, False, 3).given_up == {4: "worker_lost"}
    assert _judge(care, 4, 1, True, 3).given_up == {4: "record_timed_out"}
    assert _judge(care, WHOLE_SHARD, 3, False, 3).is_one_by_one
    with pytest.raises(WorkerLostError, match="before its first record"):
        _judge(care, None, 3, False, 3)
