"""The main job on real material: the dump that started it, two news archives, real pages."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.lake import open_lake
from tests.flows.landing import broken_laws, land

COMMENT_FORM = (
    "Subscribe", "Notify of", "guest", "This site uses Akismet", "0 Comments", "Oldest",
    "Newest Most Voted", "Inline Feedbacks", "View all comments",
)  # fmt: skip


@pytest.fixture(scope="module")
def first_dump(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory):
    lake = tmp_path_factory.mktemp("first") / "lake"
    land(shared_dir / "samples", lake)
    with open_lake(lake) as connection:
        yield connection


def test_the_first_dump_becomes_its_article(first_dump) -> None:
    article = first_dump.execute(
        "SELECT title, comment_count, view_count, captions, body FROM articles"
    ).fetchall()
    [(title, comments, views, captions, body)] = article
    assert title == (
        "Gaza Ceasefire Talks Resume in Qatar as Netanyahu Heads for High-Stakes Washington Visit"
    )
    assert (comments, views, captions) == (0, 221, ["Gaza ceasefire talks Doha"])
    assert body.startswith("A high-stakes diplomatic ballet")
    assert body.endswith("prolonged violence.")
    lines = {line.strip() for line in body.splitlines()}
    assert not [line for line in lines if line.startswith(COMMENT_FORM)]


def test_the_first_dump_has_four_quotations_and_no_wrong_speaker(first_dump) -> None:
    speakers = first_dump.execute('SELECT speaker_text FROM quotes ORDER BY "start"').fetchall()
    assert len(speakers) == 4
    first, second, third, fourth = (speaker for (speaker,) in speakers)
    assert first.startswith("a Western diplomat")
    assert second is None or second.startswith("a Western diplomat")
    assert third in ("Dr. Maya Cohen", "Maya Cohen")
    assert fourth in (None, "Dr. Maya Cohen", "Maya Cohen")


def test_the_first_dump_names_who_it_names(first_dump) -> None:
    named = set(first_dump.execute("SELECT surface, label FROM mentions").fetchall())
    assert named >= {
        ("Qatar", "GPE"),
        ("Hamas", "ORG"),
        ("Benjamin Netanyahu", "PERSON"),
        ("Joe Biden", "PERSON"),
        ("Tel Aviv", "GPE"),
    }
    wrong = first_dump.execute(
        """SELECT count(*) FROM mentions JOIN articles USING (article_id, version)
        WHERE surface <> CASE field WHEN 'title' THEN title WHEN 'subtitle' THEN subtitle
            WHEN 'caption' THEN array_to_string(captions, chr(10) || chr(10))
            ELSE body END["start" + 1:"end"]"""
    ).fetchone()
    assert wrong == (0,)


@pytest.mark.heavy
def test_two_archives_land_whole_and_only_once(shared_dir: Path, tmp_path: Path) -> None:
    bulk = shared_dir / "eval" / "bulk"
    first = land(bulk, tmp_path / "lake")
    assert first["records_read"] == 2_225 + 19_779
    assert first["records_read"] == sum(
        first[f"records_{fate}"] for fate in ("landed", "rejected", "known")
    )
    second = land(bulk, tmp_path / "lake")
    assert (second["records_read"], second["records_landed"]) == (0, 0)
    with open_lake(tmp_path / "lake") as connection:
        peak = connection.execute("SELECT max(peak_memory_bytes) FROM receipts").fetchone()[0]
        stops = connection.execute(
            "SELECT suite, expectation, subject, observed FROM checks "
            "WHERE outcome IN ('failed', 'broken') AND severity = 'stop'"
        ).fetchall()
    assert peak < 1_000_000_000
    assert stops == []
    assert broken_laws(tmp_path / "lake") == []


@pytest.mark.heavy
def test_pages_as_files_and_as_a_warc_have_the_same_bodies(
    shared_dir: Path, tmp_path: Path
) -> None:
    evaluation = shared_dir / "eval"
    pages = tmp_path / "pages"
    pages.mkdir()
    with gzip.open(evaluation / "dev" / "clean" / "pages.jsonl.gz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            html = gzip.decompress((evaluation / "dev" / row["html_path"]).read_bytes())
            (pages / f"{row['id']}.html").write_bytes(html)
    split = tmp_path / "split"
    split.mkdir()
    for name in ("clean", "html"):
        (split / name).symlink_to(evaluation / "dev" / name)
    script = evaluation / "scripts" / "make_warc.py"
    subprocess.run([sys.executable, script, split, tmp_path / "pages.warc.gz"], check=True)
    land(pages, tmp_path / "from_files")
    land(tmp_path / "pages.warc.gz", tmp_path / "from_warc")
    assert bodies(tmp_path / "from_files") == bodies(tmp_path / "from_warc")
    assert len(bodies(tmp_path / "from_files")) >= 220


def bodies(lake: Path) -> dict[str, str]:
    with open_lake(lake) as connection:
        return dict(connection.execute("SELECT document_id, body FROM articles").fetchall())
