"""Drift: every planted fault is found by the check that names its source; sound days are quiet."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from flows import drift
from flows.errors import SetupError
from flows.lake import create_lake, open_lake
from flows.suites import SUITES, load_watches
from tests.flows.faults import (
    FAULTS,
    FIRST_DAY,
    HABITS,
    Fault,
    Rows,
    insert,
    land_day,
    open_lake_of,
    plant,
    run_of,
    sound_day,
)

HISTORY_DAYS = 30
TABLES = ("documents", "articles", "blocks", "measures")


@pytest.fixture(scope="module")
def desk() -> Iterator["Desk"]:
    desk = Desk()
    for day in range(HISTORY_DAYS):
        desk.judge(sound_day(day), day)
    yield desk
    desk.connection.close()


class Desk:
    """Batches measured and judged one after the other, as a lake's runs are."""

    def __init__(self) -> None:
        self.connection = open_lake_of(TABLES)
        self.connection.execute("CREATE TEMP VIEW past_measures AS FROM measures")
        self.connection.execute(
            "CREATE TEMP TABLE known_breaks (source VARCHAR, metric VARCHAR, since_on DATE)"
        )

    def judge(self, rows: Rows, day: int, *, is_kept: bool = True) -> list[tuple[str, ...]]:
        """The verdicts on a day: source, metric, verdict and what is said."""
        on = FIRST_DAY + timedelta(days=day)
        for name in TABLES[:3]:
            self.connection.execute(f"DELETE FROM {name}")
        insert(self.connection, rows)
        drift.show_staged(self.connection, drift.Batch(run_of(on), on))
        drift.measure(self.connection)
        self.connection.execute("CREATE OR REPLACE TEMP VIEW current_measures AS FROM measured")
        drift.judge(self.connection)
        if is_kept:
            self.connection.execute("INSERT INTO measures BY NAME FROM measured")
        return self.connection.execute(
            "SELECT source, metric, verdict, said FROM judged ORDER BY ALL"
        ).fetchall()


def alarms(verdicts: list[tuple[str, ...]]) -> dict[tuple[str, str], str]:
    return {
        (source, metric): verdict
        for source, metric, verdict, _ in verdicts
        if verdict in ("warn", "stop")
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_planted_fault_is_found_at_its_severity(fault: Fault, desk: Desk) -> None:
    verdicts = desk.judge(plant(fault, sound_day(HISTORY_DAYS)), HISTORY_DAYS, is_kept=False)
    found = alarms(verdicts)
    assert found.get((fault.source, fault.metric)) == fault.severity
    assert {source for source, _ in found} == {fault.source}, "no other source is blamed"
    said = [said for *name, _, said in verdicts if tuple(name) == (fault.source, fault.metric)]
    assert said[0].startswith(f"{fault.source}: ")


def test_a_sound_day_after_them_raises_nothing(desk: Desk) -> None:
    assert alarms(desk.judge(sound_day(HISTORY_DAYS), HISTORY_DAYS, is_kept=False)) == {}


def test_a_silent_source_is_told_once_it_is_late(desk: Desk) -> None:
    def without_echo(day: int) -> Rows:
        rows = sound_day(day)
        gone = {row["document_id"] for row in rows["documents"] if row["source"] == "echo"}
        return {
            name: [row for row in part if row["document_id"] not in gone]
            for name, part in rows.items()
        }

    next_day = desk.judge(without_echo(HISTORY_DAYS), HISTORY_DAYS, is_kept=False)
    assert ("echo", "silence") not in alarms(next_day), "one day without it is no alarm"
    later = HISTORY_DAYS + 3
    assert alarms(desk.judge(without_echo(later), later, is_kept=False)) == {
        ("echo", "silence"): "warn"
    }


def test_a_break_that_is_known_is_judged_by_what_came_after_it(desk: Desk) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "captions lost")
    on = FIRST_DAY + timedelta(days=HISTORY_DAYS)
    connection = desk.connection
    connection.execute("INSERT INTO known_breaks VALUES ('anchor', 'captioned', ?)", [on])
    connection.execute("CREATE TEMP TABLE kept AS FROM measures")
    seen = []
    try:
        for day in range(HISTORY_DAYS, HISTORY_DAYS + 10):
            verdicts = desk.judge(plant(fault, sound_day(day)), day)
            seen += [verdict for source, metric, verdict, _ in verdicts
                     if (source, metric) == ("anchor", "captioned")]  # fmt: skip
    finally:
        connection.execute("DELETE FROM measures")
        connection.execute("INSERT INTO measures FROM kept")
        connection.execute("DELETE FROM known_breaks")
        connection.execute("DROP TABLE kept")
    assert seen == ["acknowledged"] * 8 + ["passed"] * 2


def test_a_first_batch_is_not_judged_by_a_history_that_it_lacks() -> None:
    verdicts = Desk().judge(sound_day(0), 0)
    assert alarms(verdicts) == {}
    kinds = {watch.metric: watch.kind for watch in load_watches()}
    told = {(kinds[metric], verdict) for _, metric, verdict, _ in verdicts}
    assert told == {
        ("fault", "passed"),
        *((kind, "unjudged") for kind in ("coverage", "level", "mix", "volume")),
    }


def test_a_first_batch_full_of_stubs_is_told_and_lands() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "paywall stubs everywhere")
    found = alarms(Desk().judge(plant(fault, sound_day(0)), 0))
    assert found[("beacon", "paywall_stub")] == "warn"


def test_a_source_of_many_languages_has_none_that_is_usual() -> None:
    rows = sound_day(0)
    for at, row in enumerate(rows["articles"]):
        row["language"] = ("en", "de", "fr", "es", "it")[at % 5]
    assert alarms(Desk().judge(rows, 0)) == {}


def test_a_source_with_one_article_is_too_small_to_judge(desk: Desk) -> None:
    rows = sound_day(HISTORY_DAYS)
    (first,) = [row for row in rows["documents"] if row["source"] == "echo"][:1]
    gone = {
        row["document_id"] for row in rows["documents"] if row["source"] == "echo"
    } - {first["document_id"]}  # fmt: skip
    rows = {n: [r for r in part if r["document_id"] not in gone] for n, part in rows.items()}
    verdicts = desk.judge(rows, HISTORY_DAYS, is_kept=False)
    told = {metric: verdict for source, metric, verdict, _ in verdicts if source == "echo"}
    assert set(told.values()) <= {"unjudged", "warn"}
    assert [metric for metric, verdict in told.items() if verdict == "warn"] == ["articles"]


def test_nothing_is_judged_in_an_empty_lake() -> None:
    empty: Rows = {name: [] for name in TABLES[:3]}
    assert Desk().judge(empty, 0) == []


def test_a_landed_batch_measures_as_it_did_when_it_was_staged(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    create_lake(lake)
    rows = sound_day(0)
    land_day(lake, rows, 0)
    desk = Desk()
    desk.judge(rows, 0)
    staged = desk.connection.execute("FROM measures ORDER BY ALL").fetchall()
    with open_lake(lake) as connection:
        landed = connection.execute(
            "FROM measures WHERE metric <> 'copies' ORDER BY ALL"
        ).fetchall()
        copies = connection.execute(
            "SELECT count(*) FROM measures WHERE metric = 'copies'"
        ).fetchall()
    assert landed == [pytest.approx(row) for row in staged]
    assert copies == [(len(HABITS),)]


def test_every_oddity_of_a_text_is_a_finding(tmp_path: Path) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "mojibake in 2 percent")
    lake = tmp_path / "lake"
    create_lake(lake)
    rows = plant(fault, sound_day(0))
    garbled = {row["document_id"] for row in rows["articles"] if "Ã¡" in row["body"]}
    run_id = land_day(lake, rows, 0)
    with open_lake(lake) as connection:
        found = connection.execute(
            "SELECT document_id, source, run_id, observed FROM findings "
            "WHERE stage = 'text' AND subject = 'mojibake'"
        ).fetchall()
    assert {row[0] for row in found} == garbled
    assert {row[1:3] for row in found} == {("anchor", run_id)}
    assert all("Ã¡" in row[3] for row in found)


@pytest.mark.parametrize(
    ("text", "metric", "is_odd"),
    [
        ("The council met.\n\n3 Comments", "widget_text", True),
        ("The council met.\n\nView all comments", "widget_text", True),
        ("The mayor took three comments from the floor.", "widget_text", False),
        ("It was Ã¡ long night.", "mojibake", True),
        ("Â£5 was paid.", "mojibake", True),
        ("São Tomé, Ângela said.", "mojibake", False),
        ("A long night. Read more", "cut_short", True),
        ("A long night, and then the", "cut_short", True),
        ("“A long night,” she said.", "cut_short", False),
        ("A long night (see page 4).", "cut_short", False),
        ("คืนที่ยาวนาน", "cut_short", False),
        ("The vote.\n\nAlready a subscriber? Sign in.", "paywall_stub", True),
        ("The vote was about subscribers of the town's gas works.", "paywall_stub", False),
        ("Vote Put Off\n\nThe vote was put off.", "title_repeated", True),
        ("Vote put offshore wind first.", "title_repeated", False),
    ],
)
def test_what_is_odd_about_a_text(text: str, metric: str, is_odd: bool) -> None:
    rows = sound_day(0)
    article = rows["articles"][0]
    article |= {"body": text, "title": "Vote put off", "word_count": len(text.split())}
    desk = Desk()
    desk.judge(rows, 0)
    found = desk.connection.execute(
        f"SELECT {metric} FROM marked WHERE document_id = ?", [article["document_id"]]
    ).fetchone()
    assert found == (is_odd,)


@pytest.mark.parametrize(
    ("authors", "is_odd"),
    [
        (["Ines Calloway"], False),
        (["Ines Calloway", "José Ñíguez"], False),
        (["admin"], True),
        (["Harbour Staff"], True),
        (["3 minutes ago"], True),
        (["news@harbour.example"], True),
        ([], False),
    ],
)
def test_bylines_that_name_no_person(authors: list[str], is_odd: bool) -> None:
    rows = sound_day(0)
    rows["articles"][0]["authors"] = authors
    desk = Desk()
    desk.judge(rows, 0)
    found = desk.connection.execute(
        "SELECT odd_byline FROM marked WHERE document_id = ?",
        [rows["articles"][0]["document_id"]],
    ).fetchone()
    assert found == (is_odd,)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", [8, 21])
def test_sixty_sound_days_raise_at_most_one_warning_and_no_stop(seed: int) -> None:
    desk = Desk()
    told = [
        (day, *alarm)
        for day in range(60)
        for alarm in alarms(desk.judge(sound_day(day, seed), day)).items()
    ]
    assert [alarm for alarm in told if alarm[-1] == "stop"] == []
    assert len(told) <= 1, told


# What is expected of sources, as a file


def test_every_watch_has_a_reason_and_a_phrase() -> None:
    watches = load_watches()
    assert len({watch.metric for watch in watches}) == len(watches)
    assert all(watch.why.endswith(".") and watch.what for watch in watches)
    found_by = {fault.metric for fault in FAULTS} | {"silence", "copies"}
    untested = {watch.metric for watch in watches} - found_by
    assert untested <= {"addressed", "sectioned", "datelined"}, "each finds some planted fault"


def test_the_docs_say_which_check_finds_which_fault(root: Path) -> None:
    text = (root / "docs" / "quality.md").read_text(encoding="utf-8")
    lines = {f"| {fault.name} | {fault.metric} | {fault.severity} |" for fault in FAULTS}
    assert lines <= set(text.splitlines())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('"kind": "hunch"', "kind is 'hunch', not one of"),
        ('"kind": "fault", "mood": 1', "an entry has"),
        ('"first_look": "much"', "are numbers or null"),
    ],
)
def test_a_watch_that_cannot_be_meant_is_refused(change: str, message: str, tmp_path: Path) -> None:
    text = (SUITES / "sources.json").read_text(encoding="utf-8")
    old = '"kind": "fault"' if "kind" in change else '"first_look": 0.05'
    (tmp_path / "sources.json").write_text(text.replace(old, change, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=message):
        load_watches(tmp_path)
