"""Rejects that are worked with, articles that are derived anew, and articles that are forgotten."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.lake import LakeFolder, open_lake
from tests.flows.landing import broadsheet, broken_laws, facts, land

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "raw" / "sample"
DUMPS = SAMPLE / "json"
WORD = "Quillwharf"
STORY = (
    "{place} opens its ferry museum\n\nBy Ana Moreau\n12 March 2026\n\n{place} opened a museum of "
    "ferries on Monday. “We waited {number} years,” said Mayor Tomas Lind of {place}. The "
    "museum shows {number} models and a bridge of 1911.\n"
)


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dumps, settings that keep the bytes, and a lake of them."""
    folder = tmp_path_factory.mktemp("archived")
    shutil.copytree(SAMPLE / "json", folder / "dumps" / "json")
    shutil.copytree(SAMPLE / "crawl", folder / "dumps" / "crawl")
    rows = "\r\n".join(
        ["id,title,text"] + [f'{n},"A, {n}","{STORY.format(place=n, number=n)}"' for n in range(3)]
    )
    (folder / "dumps" / "t.csv").write_text(rows, encoding="utf-8")
    (folder / "keep.toml").write_text("[lake]\narchive = true\n[run]\nshard_records = 7\n")
    land(folder / "dumps", folder / "lake", "--config", folder / "keep.toml")
    return folder


@pytest.fixture
def copied(archived: Path, tmp_path: Path) -> Path:
    shutil.copytree(archived / "lake", tmp_path / "lake")
    shutil.copy(archived / "keep.toml", tmp_path / "keep.toml")
    return tmp_path


def answers(lake: Path, sql: str) -> list[tuple]:
    with open_lake(lake) as connection:
        return connection.execute(sql).fetchall()


def run(folder: Path, *words: object) -> dict:
    done = broadsheet("run", "--lake", folder / "lake", "--direct", "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.heavy
def test_deriving_all_anew_gives_the_same_tables(copied: Path) -> None:
    before = facts(copied / "lake")
    articles = len(before["articles"])
    summary = run(copied, "--reprocess", "--config", copied / "keep.toml")
    assert (summary["records_landed"], summary["records_rejected"]) == (articles, 0)
    assert summary["records_missing"] == 0
    assert facts(copied / "lake") == before
    assert broken_laws(copied / "lake") == []


@pytest.mark.heavy
def test_the_archive_serves_when_the_dump_is_gone(archived: Path, tmp_path: Path) -> None:
    shutil.copytree(archived, tmp_path / "moved")
    before = facts(tmp_path / "moved" / "lake")
    hidden = archived / "dumps"
    hidden.rename(archived / "gone")
    try:
        summary = run(tmp_path / "moved", "--reprocess")
    finally:
        (archived / "gone").rename(hidden)
    assert (summary["records_landed"], summary["records_missing"]) == (len(before["articles"]), 0)
    assert facts(tmp_path / "moved" / "lake") == before | {
        "rejects": facts(tmp_path / "moved" / "lake")["rejects"]
    }


@pytest.mark.heavy
def test_without_archive_and_dump_an_article_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY.format(place="Oslo", number=3), encoding="utf-8")
    land(tmp_path / "a.txt", tmp_path / "lake")
    before = facts(tmp_path / "lake")
    (tmp_path / "a.txt").unlink()
    summary = run(tmp_path, "--reprocess")
    assert (summary["records_landed"], summary["records_missing"]) == (0, 1)
    assert facts(tmp_path / "lake") == before


def test_only_what_was_asked_for_is_derived_anew(copied: Path) -> None:
    wanted = answers(copied / "lake", "SELECT count(*) FROM articles WHERE word_count > 60")[0][0]
    everything = answers(copied / "lake", "SELECT count(*) FROM articles")[0][0]
    summary = run(copied, "--reprocess", "--where", "word_count > 60")
    assert 0 < wanted < everything
    assert summary["records_landed"] == wanted
    renewed = answers(
        copied / "lake", f"SELECT count(*) FROM articles WHERE run_id = '{summary['run_id']}'"
    )
    assert renewed == [(wanted,)]
    left = answers(copied / "lake", "SELECT why, count(*) FROM departures GROUP BY why")
    assert left == [("renewed", wanted)]
    assert broken_laws(copied / "lake") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--where", "true"], "give --reprocess with it"),
        (["--reprocess", "--where", "no_column = 1"], "no_column"),
        (["--reprocess", "--where", "true); DELETE FROM articles; --"], "not a reading statement"),
        (["--reprocess", "--limit", "3"], "takes no PATHS"),
        (["--reprocess", "--where", "body IN (SELECT content FROM read_text('/etc/hostname'))"],
         "permission"),
    ],
)  # fmt: skip
def test_a_wrong_selection_is_one_sentence(words: list[str], sentence: str, archived: Path) -> None:
    done = broadsheet("run", "--lake", archived / "lake", "--direct", *words)
    assert done.returncode == 2
    assert sentence in done.stderr.lower() or sentence in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.heavy
def test_a_reject_is_closed_by_a_replay_after_the_fix(tmp_path: Path) -> None:
    """One field name is wrong, one line is broken for good, one file is over its bound."""
    good = STORY.format(place="Lima", number=4)
    rows = [json.dumps({"text": good}), json.dumps({"artikel": good + "Two."}), '{"cut']
    (tmp_path / "d.jsonl").write_text("\n".join(rows))
    (tmp_path / "long.txt").write_text(STORY.format(place="Hanoi", number=5) + "Long. " * 3000)
    strict, fixed = tmp_path / "strict.toml", tmp_path / "fixed.toml"
    strict.write_text("[read]\nmax_record_bytes = 9000\n")
    fixed.write_text('[fields]\ntext = ["text", "artikel"]\n')
    lake = tmp_path / "lake"
    for name in ("d.jsonl", "long.txt"):
        land(tmp_path / name, lake, "--config", strict)
    listed = broadsheet("rejects", "list", "--lake", lake, "--json")
    reasons = [row["reason"] for row in json.loads(listed.stdout)]
    assert sorted(reasons) == ["file_too_large", "malformed_json", "no_text_field"]

    done = broadsheet("rejects", "replay", "--lake", lake, "--config", fixed, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["records_landed"] == 2
    states = answers(lake, "SELECT reason, state, attempts FROM rejects ORDER BY reason")
    assert states == [
        ("file_too_large", "replayed", 2),
        ("malformed_json", "open", 2),
        ("no_text_field", "replayed", 2),
    ]
    assert answers(lake, "SELECT count(*) FROM articles") == [(3,)]
    assert broken_laws(lake) == []
    assert land(tmp_path / "d.jsonl", lake)["records_read"] == 0


def test_rejects_are_shown_with_their_meaning_and_waived(archived: Path, tmp_path: Path) -> None:
    shutil.copytree(archived / "lake", tmp_path / "lake")
    listed = json.loads(broadsheet("rejects", "list", "--lake", tmp_path / "lake", "--json").stdout)
    assert listed
    shown = broadsheet("rejects", "show", listed[0]["id"], "--lake", tmp_path / "lake")
    (row,) = json.loads(shown.stdout)
    assert row["meaning"]
    assert row["uri"].endswith(".jsonl") or row["uri"].endswith(".gz") or row["uri"]
    code = row["reason"]
    done = broadsheet("rejects", "waive", "--code", code, "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stderr
    states = dict(
        answers(tmp_path / "lake", "SELECT reason, any_value(state) FROM rejects GROUP BY 1")
    )
    assert states[code] == "waived"
    unknown = broadsheet("rejects", "list", "--code", "bad_luck", "--lake", tmp_path / "lake")
    assert unknown.returncode == 2
    assert "codes are: file_unreadable" in unknown.stderr
    assert broken_laws(tmp_path / "lake") == []


@pytest.mark.heavy
def test_a_forgotten_article_is_nowhere_and_does_not_come_back(tmp_path: Path) -> None:
    """Neither its record nor another version of its address; the rest is as if it never was."""
    rows = [
        {"url": f"https://courier.example/{n}", "text": STORY.format(place=place, number=n)}
        for n, place in enumerate(("Oslo", WORD, "Lima"))
    ]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    keep = tmp_path / "keep.toml"
    keep.write_text("[lake]\narchive = true\n")
    lake = tmp_path / "lake"
    land(tmp_path / "d.jsonl", lake, "--config", keep)
    assert traces(lake, WORD)
    ((id,),) = answers(lake, f"SELECT article_id FROM articles WHERE contains(body, '{WORD}')")

    done = broadsheet("forget", id[:10], "--lake", lake)
    assert done.returncode == 0, done.stderr
    assert traces(lake, WORD) == []
    assert broken_laws(lake) == []
    (tmp_path / "copy.jsonl").write_text((tmp_path / "d.jsonl").read_text())
    rows[1]["text"] += " Corrected on Friday."
    (tmp_path / "later.jsonl").write_text(json.dumps(rows[1]))
    for name in ("copy.jsonl", "later.jsonl"):
        land(tmp_path / name, lake, "--config", keep)
    assert traces(lake, WORD) == []
    assert answers(lake, "SELECT count(*) FROM articles") == [(2,)]
    assert broken_laws(lake) == []

    (tmp_path / "d.jsonl").write_text("\n".join(json.dumps(rows[n]) for n in (0, 2)))
    land(tmp_path / "d.jsonl", tmp_path / "never", "--config", keep)
    tables = ("articles", "blocks", "mentions", "quotes", "fingerprints", "duplicates")
    there, never = facts(lake), facts(tmp_path / "never")
    assert {name: there[name] for name in tables} == {name: never[name] for name in tables}


def test_forgetting_what_is_not_there_is_one_sentence(archived: Path) -> None:
    done = broadsheet("forget", "zzzz", "--lake", archived / "lake")
    assert done.returncode == 2
    assert "no article or document" in done.stderr


def traces(lake: Path, word: str) -> list[str]:
    """Files under the lake in which a word can be found, read as what they are."""
    found = []
    for path in LakeFolder(lake).path.rglob("*"):
        if path.suffix == ".parquet":
            held = str(pq.read_table(path).to_pylist())
        elif path.is_file():
            held = path.read_bytes().decode("latin-1")
        else:
            continue
        if word.lower() in held.lower():
            found.append(path.name)
    return found
