"""Sources: what is listed, what waits, what hints do, and what is said of a wrong file."""

import json
import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows.errors import SetupError, StorageError
from flows.remote import fetch, list_remote
from flows.settings import Source, load_settings, load_sources
from flows.sources import Days, list_source
from flows.trial import check_source, try_source
from tests.flows.landing import broadsheet, land

STORY = "Council of Bergen votes on plan\n\nBy Ana Moreau\n\nThe council of Bergen voted on it.\n"
NOW = datetime.now(UTC)


def put(path: Path, content: str | bytes = STORY, age_seconds: float = 3600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    moment = time.time() - age_seconds
    os.utime(path, (moment, moment))
    return path


def listed(source: Source, days: Days | None = None) -> tuple[list[str], int]:
    listing = list_source(source, load_settings(), Path("unused"), days or Days())
    return [Path(file.uri).name for file in listing.files], listing.waiting_count


def test_patterns_choose_and_unfinished_files_are_left(tmp_path: Path) -> None:
    for name in (
        "a.jsonl",
        "b.csv",
        "c.jsonl.part",
        ".d.jsonl",
        "deep/.cache/e.jsonl",
        "f/g.jsonl",
    ):
        put(tmp_path / name)
    source = Source(name="s", path=str(tmp_path), patterns=("*.jsonl",))
    assert listed(source) == (["a.jsonl", "g.jsonl"], 0)


@pytest.mark.parametrize(
    ("age_seconds", "settle", "is_left"),
    [
        (5, None, True),
        (3600, None, False),
        (5, 0.0, False),
        (300, 600.0, True),
        (-9000, None, False),
    ],
)
def test_a_file_that_is_being_written_waits(
    tmp_path: Path, age_seconds: float, settle: float | None, is_left: bool
) -> None:
    put(tmp_path / "a.txt", age_seconds=age_seconds)
    source = Source(name="s", path=str(tmp_path), settle_seconds=settle)
    assert listed(source) == ([], 1) if is_left else (["a.txt"], 0)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, date(2026, 3, 2), ["01.txt", "02.txt"]),
        (date(2026, 3, 2), date(2026, 3, 2), ["02.txt"]),
        (date(2026, 3, 3), None, ["03.txt", "undated.txt"]),
    ],
)
def test_days_choose_by_the_date_in_the_path(tmp_path: Path, since, until, expected) -> None:
    for day in ("01", "02", "03"):
        put(tmp_path / "2026" / "03" / day / f"{day}.txt")
    put(tmp_path / "undated.txt")
    assert listed(Source(name="s", path=str(tmp_path)), Days(since, until))[0] == expected


def test_an_empty_source_is_no_error_and_an_empty_folder_that_was_asked_for_is(tmp_path) -> None:
    assert listed(Source(name="s", path=str(tmp_path))) == ([], 0)
    with pytest.raises(SetupError, match="holds no file"):
        list_source(
            Source(name="s", path=str(tmp_path)), load_settings(), tmp_path, Days(),
            may_be_empty=False,
        )  # fmt: skip


def test_hints_decide_where_the_bytes_leave_a_doubt(tmp_path: Path) -> None:
    """A column that no default names, a charset that no detector could tell from another."""
    put(tmp_path / "a.csv", "nr;Geschichte\n1;Der Rat der Stadt hat am Dienstag entschieden.\n")
    put(tmp_path / "b.csv", "nr;Geschichte\n2;Straße in ęŁ\n".encode("iso8859-2", "replace"))
    source = Source(
        name="s", path=str(tmp_path), kind="csv", fields={"text": ("Geschichte",)},
        charset="iso-8859-2", languages=("de",),
    )  # fmt: skip
    rows = try_source(source, load_settings())
    assert [row["reason"] for row in rows] == [None, None]
    assert rows[1]["body"].startswith("Straße in ęŁ")
    assert {row["language"] for row in rows} == {"de"}


def test_hints_of_a_source_are_part_of_a_shards_name() -> None:
    settings = load_settings()
    with_hints = settings.for_source(Source(name="s", path="x", charset="koi8-r"))
    assert settings.for_source(Source(name="s", path="x")).fingerprint() == settings.fingerprint()
    assert with_hints.fingerprint() != settings.fingerprint()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('kolor = "red"', "unknown key 'kolor'"),
        ('kind = "pdf"', "kind"),
        ('charset = "utf-9"', "no such charset"),
        ("settle_seconds = -1", "settle_seconds"),
        ("expected_records_per_day = 0", "expected_records_per_day"),
        ('fields = { txt = ["a"] }', "no field is called 'txt'"),
        ('name = "Upper Case"', "name"),
    ],
)
def test_a_wrong_source_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    lines = ['name = "s"', 'path = "x"', text]
    if text.startswith("name"):
        del lines[0]
    put(tmp_path / "sources" / "s.toml", "\n".join(lines))
    put(tmp_path / "c.toml", "")
    with pytest.raises(SetupError, match=sentence) as raised:
        load_sources(tmp_path / "c.toml")
    assert "\n" not in str(raised.value)


# Check and try


def test_check_tells_what_is_there_and_what_is_stale(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", age_seconds=3 * 86_400)
    source = Source(name="s", path=str(tmp_path), fresh_hours=26)
    verdict = check_source(source, load_settings(), NOW)
    assert not verdict.is_ok
    assert "1 file," in verdict.found
    assert "26 hours" in verdict.found
    assert check_source(source.model_copy(update={"fresh_hours": 100}), load_settings(), NOW).is_ok


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("{tmp}/absent", "no such file or folder"),
        ("{tmp}", "no file that its patterns want"),
        ("nosuch://bucket/x", "not an address that can be opened"),
    ],
)
def test_check_is_one_sentence_for_a_source_that_is_not_there(tmp_path, path, sentence) -> None:
    source = Source(name="s", path=path.format(tmp=tmp_path), patterns=("*.csv",))
    verdict = check_source(source, load_settings(), NOW)
    assert not verdict.is_ok
    assert sentence in verdict.found


@pytest.mark.parametrize("file_count", [1, 3, 25])
def test_try_shows_ten_records_and_lands_nothing(tmp_path: Path, file_count: int) -> None:
    line = json.dumps({"text": STORY, "url": "https://courier.example/{}"})
    for number in range(file_count):
        records = (line.replace("{}", f"{number}-{at}") for at in range(12))
        put(tmp_path / "dumps" / f"{number}.jsonl", "\n".join(records))
    before = sorted(tmp_path.rglob("*"))
    rows = try_source(Source(name="s", path=str(tmp_path / "dumps")), load_settings())
    assert len(rows) == 10
    assert len({row["place"].partition("#")[0] for row in rows}) == min(file_count, 10)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_commands_answer(tmp_path: Path) -> None:
    put(tmp_path / "c.toml", "")
    put(tmp_path / "dumps" / "a.txt")
    put(tmp_path / "dumps" / "b.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    put(
        tmp_path / "sources" / "s.toml",
        f'name = "s"\npath = "{tmp_path}/dumps"\nlanguages = ["en"]\nlicence = "by agreement"\n',
    )
    config = ("--config", tmp_path / "c.toml")
    told = json.loads(broadsheet("sources", "list", "--json", *config).stdout)
    assert told[0]["licence"] == "by agreement"
    assert broadsheet("sources", "check", *config).stdout.startswith("ok   s: 2 files")
    tried = broadsheet("sources", "try", "s", *config)
    assert "Council of Bergen" in tried.stdout
    assert "rejected: binary_content" in tried.stdout
    wrong = broadsheet("sources", "try", "other", *config)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "no source is named 'other'" in wrong.stderr


# Addresses


def test_a_remote_file_is_fetched_whole_and_once(tmp_path: Path) -> None:
    put(tmp_path / "far" / "a.txt")
    [file] = list_remote(f"file://{tmp_path}/far", tmp_path / "near")
    assert fetch(file)
    (tmp_path / "far" / "a.txt").unlink()
    assert fetch(file)
    assert file.path.read_text() == STORY
    assert list((tmp_path / "near").iterdir()) == [file.path]


def test_a_remote_file_that_grew_is_told_from_the_one_that_was_listed(tmp_path: Path) -> None:
    put(tmp_path / "far" / "a.txt")
    [file] = list_remote(f"file://{tmp_path}/far", tmp_path / "near")
    put(tmp_path / "far" / "a.txt", STORY * 2)
    assert not fetch(file)


def test_a_remote_file_that_does_not_come_is_a_storage_error(tmp_path: Path) -> None:
    put(tmp_path / "far" / "a.txt")
    [file] = list_remote(f"file://{tmp_path}/far", tmp_path / "near")
    (tmp_path / "far" / "a.txt").unlink()
    with pytest.raises(StorageError, match="does not come"):
        fetch(file)
    assert not list((tmp_path / "near").iterdir())


@pytest.mark.heavy
def test_a_remote_source_lands_the_same_records(tmp_path: Path) -> None:
    put(tmp_path / "far" / "2026-03-01.jsonl", json.dumps({"id": 7, "text": STORY}))
    put(tmp_path / "c.toml", "")
    put(tmp_path / "sources" / "s.toml", f'name = "s"\npath = "file://{tmp_path}/far"\n')
    arguments = ("--lake", tmp_path / "lake", "--config", tmp_path / "c.toml", "--direct", "--json")
    first = json.loads(broadsheet("run", *arguments).stdout)
    assert (first["records_landed"], first["files_seen"]) == (1, 1)
    second = json.loads(broadsheet("run", *arguments).stdout)
    assert (second["files_known"], second["records_read"]) == (1, 0)


# Windows of a run


@pytest.mark.heavy
def test_a_backfill_reads_only_its_days(tmp_path: Path) -> None:
    for day in range(1, 6):
        put(tmp_path / "dumps" / f"2026-03-0{day}.txt", f"{STORY}\nOn day {day}.\n")
    days = ("--since", "2026-03-02", "--until", "2026-03-03")
    assert land(tmp_path / "dumps", tmp_path / "lake", *days)["records_landed"] == 2
    assert land(tmp_path / "dumps", tmp_path / "lake", *days)["records_read"] == 0
    assert land(tmp_path / "dumps", tmp_path / "lake")["records_landed"] == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--since", "2026-03-09", "--until", "2026-03-01"), "is after --until"),
        (("--source", "nobody"), "no source is named 'nobody'"),
    ],
)
def test_a_wrong_window_is_one_sentence(tmp_path: Path, arguments, sentence: str) -> None:
    done = broadsheet("run", "--direct", "--lake", tmp_path / "lake", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert sentence in done.stderr
    assert not (tmp_path / "lake").exists()
