"""Thirty nights that nobody watches, with all that goes wrong in a month.

The clock is the test's; server, runner, runs, kills and notices are real.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from flows.settings import choose_sources, load_settings
from tests.flows.landing import broken_laws
from tests.flows.nights import Desk, build_clock, hear_notices, stage_wrong_counts, wait_until

pytestmark = pytest.mark.long

FIRST_SLOT = datetime(2027, 3, 1, 2, 30, tzinfo=UTC)
NIGHTS = 30
WIRE_NIGHTS = (1, 14, 24, 30)
STORY = """Council of {place} votes on harbour plan {number}

By Ana Moreau

The council of {place} voted on Tuesday to spend {number} million crowns on its harbour.

“We have waited {number} years for this,” said Mayor Tomas Lind. “Now we build.”
"""


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; one that has ended may stay listed until somebody asks for it."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


COUNTS = "an article's counts are those of its body, its mentions and its quotations in marks"
"""The law that the released batch breaks."""


class Month:
    """What happens on which night, and what was delivered so far."""

    def __init__(self, desk: Desk, heard: list[dict]) -> None:
        self.desk = desk
        self.heard = heard
        self.courier = desk.declare("courier")
        self.wire = desk.declare("wire")
        self.delivered: set[str] = set()
        self.stopped_run = ""

    def slot(self, night: int) -> datetime:
        return FIRST_SLOT + timedelta(days=night - 1)

    def deliver(self, night: int) -> None:
        """Put the night's stories into the sources, three hours before the slot."""
        if night != 3:
            self.write(self.courier, night, self.slot(night) - timedelta(hours=3))
        if night in WIRE_NIGHTS:
            self.write(self.wire, night, self.slot(night) - timedelta(hours=3))

    def write(self, folder: Path, night: int, moment: datetime, share: float = 1.0) -> Path:
        lines = []
        for number in range(4):
            name = f"{folder.name}-{night}-{number}"
            self.delivered.add(name)
            text = STORY.format(place=f"{folder.name} {night}", number=number + 2)
            url = f"https://{folder.name}.example/{night}/{number}"
            lines.append(json.dumps({"id": name, "url": url, "text": text}))
        content = "\n".join(lines) + "\n"
        path = folder / f"{self.slot(night):%Y-%m-%d}.jsonl"
        path.write_text(content[: int(len(content) * share)])
        os.utime(path, (moment.timestamp(), moment.timestamp()))
        return path

    def pass_night(self, night: int) -> None:
        """Move the clock to shortly before the slot, and let happen what happens."""
        happening: Callable[[int], None] = HAPPENINGS.get(night, Month.sleep).__get__(self)
        happening(night)
        print(night, happening.__name__, self.desk.runs()[-3:], file=sys.stderr, flush=True)

    def approach(self, night: int) -> None:
        self.desk.set_clock(self.slot(night) - timedelta(seconds=4))

    def await_runs(self, night: int) -> None:
        """Wait until every source has had its run of the night and nothing runs any more."""
        began = f"{self.slot(night) - timedelta(seconds=5):%Y%m%dT%H%M%S}"
        wait_until(
            lambda: len({run[0] for run in self.desk.runs() if run[2] >= began}) == 2,
            f"both runs of night {night}",
        )
        self.await_quiet()

    def await_quiet(self) -> None:
        """Wait until nothing runs, by the lake and by Prefect.

        What is inside a killed run stays open on Prefect's page until the next night.
        """
        is_open = "parent_task_run_id IS NULL AND state_type IN ('RUNNING', 'PENDING')"
        wait_until(
            lambda: (
                self.desk.holder() is None
                and not [run for run in self.desk.runs() if run[1] in ("running", "landed")]
                and not self.desk.ask_prefect(f"SELECT id FROM flow_run WHERE {is_open}")
            ),
            "the end of the runs",
        )

    def await_work(self) -> None:
        """Wait until the courier's run of the night is landing shards."""
        wait_until(
            lambda: (
                (holder := self.desk.holder())
                and ("courier", "running", holder.run_id) in self.desk.runs()
            ),
            "a run to disturb",
        )

    # What happens

    def sleep(self, night: int) -> None:
        self.deliver(night)
        self.approach(night)
        self.await_runs(night)

    def kill_run(self, night: int) -> None:
        self.deliver(night)
        self.approach(night)
        self.await_work()
        holder = self.desk.holder()
        assert holder is not None
        psutil.Process(holder.pid).kill()
        self.await_quiet()

    def kill_server(self, night: int) -> None:
        self.deliver(night)
        self.approach(night)
        self.await_work()
        self.desk.parts()["server"].kill()
        self.await_quiet()

    def kill_runner(self, night: int) -> None:
        self.deliver(night)
        self.approach(night)
        self.await_work()
        self.desk.parts()["runner"].kill()
        self.await_quiet()

    def break_batch(self, night: int) -> None:
        self.deliver(night)
        [source] = choose_sources("courier", self.desk.config)
        stage_wrong_counts(source, load_settings(self.desk.config), self.desk.lake)
        self.approach(night)
        self.await_runs(night)
        [self.stopped_run] = [run[2] for run in self.desk.runs() if run[1] == "stopped"]

    def be_down(self, night: int) -> None:
        self.deliver(night)
        if night == DOWN[0]:
            assert self.desk.stop() == 0
        self.approach(night)

    def come_up(self, night: int) -> None:
        self.deliver(night)
        self.approach(night)
        self.desk.start()
        self.await_runs(night)
        assert self.desk.command("release", self.stopped_run).returncode == 0

    def be_writing(self, night: int) -> None:
        self.write(self.courier, night, self.slot(night) - timedelta(seconds=5), share=0.6)
        self.approach(night)
        self.await_runs(night)
        [[waiting]] = self.desk.ask(
            "SELECT files_waiting FROM runs WHERE source = 'courier' ORDER BY run_id DESC LIMIT 1"
        )
        assert waiting == 1
        self.write(self.courier, night, self.slot(night) + timedelta(minutes=9))

    def lose_folder(self, night: int) -> None:
        self.deliver(night)
        aside = self.courier.with_name("away")
        self.courier.rename(aside)
        self.approach(night)
        self.await_runs(night)
        aside.rename(self.courier)

    def stop_amid(self, night: int) -> None:
        self.deliver(night)
        self.approach(night)
        self.await_work()
        family = self.desk.family()
        assert self.desk.stop() == 0
        assert not [process for process in family if is_alive(process)]
        self.desk.start()

    def set_clock_back(self, night: int) -> None:
        self.sleep(night)
        self.desk.set_offset(self.desk.offset - timedelta(hours=2))
        wait_until(lambda: any(told["kind"] == "clock" for told in self.heard), "the clock")


DOWN = (17, 18, 19)
HAPPENINGS = {
    2: Month.kill_runner,
    5: Month.kill_run,
    8: Month.kill_server,
    14: Month.break_batch,
    **dict.fromkeys(DOWN, Month.be_down),
    20: Month.come_up,
    22: Month.be_writing,
    24: Month.lose_folder,
    26: Month.stop_amid,
    28: Month.set_clock_back,
}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """The month as it went, with serving still on."""
    folder = tmp_path_factory.mktemp("month")
    with hear_notices() as (address, heard):
        desk = Desk(folder, build_clock(folder), address)
        month = Month(desk, heard)
        desk.set_clock(FIRST_SLOT - timedelta(minutes=9))
        desk.start()
        try:
            for night in range(1, NIGHTS + 1):
                month.pass_night(night)
            yield month
        finally:
            if desk.is_serving:
                desk.stop()


def test_every_record_landed_once(month: Month) -> None:
    rows = month.desk.ask("SELECT external_id FROM documents WHERE status = 'landed'")
    assert Counter(row[0] for row in rows) == Counter(month.delivered)
    [[articles, versions]] = month.desk.ask("SELECT count(*), max(version) FROM articles")
    assert (articles, versions) == (len(month.delivered), 1)


def test_the_lake_is_lawful(month: Month) -> None:
    # The released batch had wrong counts, and was released all the same.
    assert set(broken_laws(month.desk.lake.path)) <= {COUNTS}
    assert month.desk.ask("SELECT count(*) FROM runs WHERE status = 'released'") == [(1,)]


def test_each_problem_is_reported_once(month: Month) -> None:
    keys = Counter(key for told in month.heard for key in told["keys"])
    assert [key for key, count in keys.items() if count > 1] == []
    kinds = Counter(told["kind"] for told in month.heard)
    assert kinds["stopped"] == 1
    assert kinds["clock"] == 1
    assert kinds["warned"] == 1
    for status in ("interrupted", "failed"):
        ended = {run_id for _, how, run_id in month.desk.runs() if how == status}
        assert ended
        assert {key for key in keys if key.startswith(status)} == {f"{status}:{i}" for i in ended}
    assert set(kinds) <= {"stopped", "clock", "interrupted", "failed", "late", "warned"}


def test_a_stopped_batch_blocked_nothing(month: Month) -> None:
    began = f"{month.slot(14):%Y%m%dT%H}"
    runs = [(source, status) for source, status, run_id in month.desk.runs() if run_id > began]
    assert runs[:2] == [("courier", "released"), ("wire", "succeeded")]
    assert runs[2:4] == [("courier", "succeeded"), ("wire", "succeeded")]


def test_a_backlog_is_one_run(month: Month) -> None:
    began, ended = f"{month.slot(17):%Y%m%dT%H}", f"{month.slot(21):%Y%m%dT00}"
    rows = month.desk.ask(
        f"SELECT records_landed FROM runs WHERE run_id BETWEEN '{began}' AND '{ended}' "
        "AND source = 'courier' AND status = 'succeeded' AND records_landed > 4"
    )
    assert rows == [(16,)]


def test_nothing_runs_for_ever(month: Month) -> None:
    states = dict(
        month.desk.ask_prefect("SELECT state_type, count(*) FROM flow_run GROUP BY state_type")
    )
    assert not {"RUNNING", "PENDING", "CANCELLING"} & set(states)
    assert states["COMPLETED"] > NIGHTS


def test_all_is_well_in_the_end_and_nothing_is_left(month: Month) -> None:
    said = month.desk.command("status", "--json")
    # What is released with wrong counts is in the lake, and its checks go on saying so.
    assert {problem["kind"] for problem in json.loads(said.stdout)["problems"]} == {"warned"}
    family = month.desk.family()
    assert month.desk.stop() == 0
    assert not [process for process in family if is_alive(process)]
