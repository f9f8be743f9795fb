"""What a run says at its end: exit code, report, event; and what a person can answer."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker

from flows.cli import WARNED
from flows.lake import LakeFolder, create_lake, insert_rows, open_lake, write_lake
from flows.stages import BatchStoppedError
from flows.tasks import tell_failed
from tests.flows.landing import broadsheet

ARTICLES = 30
STORY = (
    "The night ferry to {place} sails again on Monday, the harbour office said.\n\n"
    "“Nobody thought that the quay would hold for so long,” said Dora Whitlock, who has run "
    "the harbour for {years} years. The crossing takes an hour and costs as much as before.\n\n"
    "A first boat left the old basin at dawn with {years} cars and a bus on board."
)


def write_dump(folder: Path, garbled: int) -> Path:
    """Thirty stories, of which so many hold a letter that was lost on the way."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(ARTICLES):
        text = STORY.format(place=f"Brannock {number}", years=number + 3)
        text = text.replace("harbour", "harb�ur") if number < garbled else text
        lines.append({"url": f"https://quay.example/{number}", "title": f"Ferry {number} returns",
                      "text": text, "date": "2026-03-01"})  # fmt: skip
    dump = folder / "dump.jsonl"
    dump.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return dump


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A lake whose source was sound for twenty days and whose batch was stopped, and the dump."""
    folder = tmp_path_factory.mktemp("stopped")
    create_lake(folder / "lake")
    past = [
        {"source": "quay", "run_id": f"{day:%Y%m%d}T050000-aaaaaa", "metric": "mojibake",
         "measured_on": day, "value": 0.0, "sample_count": 40}
        for day in (datetime.now(UTC).date() - timedelta(days=number) for number in range(1, 21))
    ]  # fmt: skip
    with write_lake(folder / "lake") as connection:
        insert_rows(connection, "measures", past)
    dump = write_dump(folder / "dumps", garbled=ARTICLES)
    done = broadsheet("run", dump, "--lake", folder / "lake", "--direct", "--source", "quay")
    assert done.returncode == BatchStoppedError.exit_code, done.stderr
    assert "quay: 100.0% of 30 articles with letters of a wrong character set" in done.stderr
    return folder / "lake", dump


def test_a_stopped_batch_leaves_the_lake_as_it_was_and_a_report_that_says_why(
    stopped: tuple[Path, Path],
) -> None:
    lake, _ = stopped
    page = (lake / "report.html").read_text(encoding="utf-8")
    assert '<strong class="bad">Stopped</strong>: nothing landed' in page
    with open_lake(lake) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchall() == [(0,)]
        found = connection.execute(
            "SELECT stage, count(*) FROM findings WHERE subject = 'mojibake' "
            "AND document_id IS NOT NULL GROUP BY stage"
        ).fetchall()
    assert found == [("audit", ARTICLES)]


def test_the_event_names_what_failed(stopped: tuple[Path, Path]) -> None:
    lake, _ = stopped
    with open_lake(lake) as connection:
        (run_id,) = connection.execute("SELECT run_id FROM runs").fetchall()[0]
    EventsWorker.set_client_override(AssertingEventsClient)
    try:
        tell_failed(SimpleNamespace(run_id=run_id, lake=LakeFolder(lake), status="stopped"))
        EventsWorker.instance().drain()
        (event,) = [
            event
            for client in AssertingEventsClient.all
            for event in client.events
            if event.event == "broadsheet.checks.failed"
        ]
    finally:
        EventsWorker.set_client_override(None)
        AssertingEventsClient.reset()
    assert event.resource.id == "broadsheet.lake.lake"
    assert event.payload["status"] == "stopped"
    assert "sources.mojibake" in {f"{c['suite']}.{c['subject']}" for c in event.payload["checks"]}


def test_what_is_acknowledged_lands_and_is_told_as_such(stopped: tuple[Path, Path]) -> None:
    lake, dump = stopped
    with open_lake(lake) as connection:
        (run_id,) = connection.execute("SELECT run_id FROM runs").fetchone()
    said = broadsheet("checks", "ack", "mojibake", "--note", "their charset, not ours",
                      "--lake", lake)  # fmt: skip
    assert said.stdout == "sources.mojibake of quay: acknowledged\n", said.stderr
    assert broadsheet("drop", run_id, "--lake", lake).returncode == 0
    done = broadsheet("run", dump, "--lake", lake, "--direct", "--source", "quay")
    assert done.returncode in (0, WARNED), done.stderr + done.stdout
    with open_lake(lake) as connection:
        landed = connection.execute("SELECT count(*) FROM articles").fetchall()
    assert landed == [(ARTICLES,)]
    listed = broadsheet("checks", "list", "--lake", lake, "--json")
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert rows["sources.mojibake"]["outcome"] == "acknowledged"
    assert rows["sources.mojibake"]["note"] == "their charset, not ours"


@pytest.mark.parametrize(("garbled", "code"), [(0, 0), (6, WARNED)])
def test_the_exit_code_tells_clean_from_warned(garbled: int, code: int, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dumps", garbled)
    done = broadsheet("run", dump, "--lake", tmp_path / "lake", "--direct")
    assert done.returncode == code, done.stderr + done.stdout
    word = "Landed with warnings" if code else "Clean"
    assert f"{word}</strong>" in (tmp_path / "lake" / "report.html").read_text(encoding="utf-8")


def test_there_is_nothing_to_acknowledge_where_nothing_was_checked(tmp_path: Path) -> None:
    done = broadsheet("checks", "ack", "articles.title", "--note", "why", "--lake", tmp_path)
    assert done.returncode == 2
    assert "no lake here" in done.stderr
