"""Versions, copies and who copied whom, by the command on a small dump."""

import json
from pathlib import Path

import pytest

from flows.lake import open_lake
from tests.flows.landing import broadsheet, land

FIRST = (
    "The harbour board delayed its vote on Tuesday after three members asked for time to read "
    "a report of 240 pages.",
    "“We have waited 14 years for this,” said Mayor Tomas Lind, who had come with his plans "
    "under his arm and left without a word to the reporters at the door.",
    "The port has lost 40 million crowns since 2019, the board said.",
    "Ferries to the islands run as usual, and the fish market opens at six.",
)
SECOND = (
    "The harbour board delayed its vote on Tuesday after three members asked for time to read "
    "a report of 240 pages.",
    "Ferries to the islands run as usual, and the fish market opens at six.",
    "The port has lost 44 million crowns since 2019, the board said.",
    "“Nobody will read it twice,” said Ana Moreau, who leads the opposition, and left the room "
    "before the vote was put off to the first week of May.",
)
WIRE = (
    "LISBON, March 3 (Reuters) - Fishermen blocked two harbours on the southern coast on Monday "
    "in protest at a quota that the ministry had announced the week before without a word to them.",
    "The ministry said it would hear them on Friday. Boats lay side by side across both entrances "
    "until the evening, and nothing came in or went out but a lifeboat and a pilot.",
)
ADDRESS = "https://courier.example/vote"


def record(url: str, title: str, date: str, paragraphs: tuple[str, ...]) -> dict[str, str]:
    return {"url": url, "title": title, "date": date, "text": "\n\n".join(paragraphs)}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: a story and a wire report first, the story's next version and copies after."""
    folder = tmp_path_factory.mktemp("versions")
    batches = (
        [
            record(ADDRESS, "Harbour board delays vote", "2026-03-03T08:00:00Z", FIRST),
            record("https://herald.example/quota", "Quota", "2026-03-03T06:00:00Z", WIRE),
        ],
        [
            record(ADDRESS, "Harbour vote put off to May", "2026-03-03T15:00:00Z", SECOND),
            record("https://courier.example/q", "Blockade", "2026-03-03T09:00:00Z", WIRE),
            record("https://gazette.example/q", "Harbours shut", "2026-03-03T12:00:00Z", WIRE),
        ],
    )
    for number, rows in enumerate(batches):
        (folder / f"{number}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        land(folder / f"{number}.jsonl", folder / "lake")
    return folder / "lake"


def rows(lake: Path, sql: str) -> list[tuple]:
    with open_lake(lake) as connection:
        return connection.execute(sql).fetchall()


def test_changes_of_a_version_are_rows(lake: Path) -> None:
    found = rows(
        lake,
        "SELECT change, numbers_removed, numbers_added FROM revisions "
        "WHERE version = 2 AND previous_version = 1 ORDER BY ordinal",
    )
    assert found == [
        ("headline", [], []),
        ("paragraph_removed", ["14"], []),
        ("paragraph_changed", ["40"], ["44"]),
        ("paragraph_added", [], []),
        ("quotation_removed", ["14"], []),
        ("quotation_added", [], []),
    ]
    assert rows(lake, "SELECT headline_before, headline_after FROM headline_changes") == [
        ("Harbour board delays vote", "Harbour vote put off to May")
    ]


def test_views_count_each_report_once_and_say_who_copied_whom(lake: Path) -> None:
    assert rows(lake, "SELECT title FROM canonical_articles ORDER BY title") == [
        ("Harbour vote put off to May",),
        ("Quota",),
    ]
    assert rows(
        lake,
        "SELECT first_site, copying_site, copy_count, wire_count, median_delay_hours "
        "FROM who_copied_whom ORDER BY copying_site",
    ) == [
        ("herald.example", "courier.example", 1, 1, 3.0),
        ("herald.example", "gazette.example", 1, 1, 6.0),
    ]
    assert rows(
        lake, "SELECT site, article_count, copy_count, wire_count FROM copies_by_site ORDER BY site"
    ) == [
        ("courier.example", 2, 1, 1),
        ("gazette.example", 1, 1, 1),
        ("herald.example", 1, 0, 1),
    ]
    assert rows(lake, "SELECT site, wire_share FROM wire_share ORDER BY site") == [
        ("courier.example", 0.5),
        ("gazette.example", 1.0),
        ("herald.example", 1.0),
    ]


def test_diff_shows_the_version_before(lake: Path) -> None:
    [(article_id,)] = rows(lake, "SELECT article_id FROM articles WHERE version = 2")
    shown = broadsheet("diff", article_id[:12], "--lake", lake).stdout
    assert "- headline: Harbour board delays vote" in shown
    assert "+ changed: The port has lost 44 million crowns" in shown
    assert "  1 paragraph unchanged\n" in shown
    assert "\x1b" not in shown
    told = json.loads(broadsheet("diff", article_id, "--lake", lake, "--json").stdout)
    assert [told["before"]["version"], told["after"]["version"]] == [1, 2]
    assert len(told["changes"]) == 6


def test_diff_of_a_copy_shows_what_it_copies(lake: Path) -> None:
    [(copy_id,)] = rows(lake, "SELECT article_id FROM articles WHERE title = 'Blockade'")
    shown = broadsheet("diff", copy_id, "--lake", lake).stdout
    assert shown.startswith("- Quota (")
    assert "+ headline: Blockade" in shown


def test_diff_of_any_two_articles(lake: Path) -> None:
    ids = dict(rows(lake, "SELECT title, article_id FROM articles"))
    shown = broadsheet("diff", ids["Quota"], ids["Harbour board delays vote"], "--lake", lake)
    assert "paragraph added: 2" in shown.stdout


def test_nothing_to_compare_with_is_one_sentence(lake: Path) -> None:
    [(canonical,)] = rows(lake, "SELECT article_id FROM articles WHERE title = 'Quota'")
    done = broadsheet("diff", canonical, "--lake", lake)
    assert done.returncode == 2
    assert "no copy of another; give a second id" in done.stderr
    assert done.stderr.count("\n") == 1
