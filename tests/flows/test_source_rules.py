"""What a corpus teaches: lines that its pages repeat are cut from the next run on."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.curation import Curation
from flows.lake import open_lake, read_sql, write_lake
from flows.settings import load_settings
from flows.source_rules import curate_source_rules, decide
from tests.flows.landing import CIRCUMSTANCES, broadsheet, broken_laws, facts, land
from tests.flows.lantern import FRONT, PLEA, SLOGAN, story, write_pages
from tests.flows.newsdesk import STARTED_AT

FIRST, SECOND = range(30), range(30, 48)
LEARNED = ("source_lines", "source_rules")


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("lantern")
    return write_pages(folder / "a.jsonl", FIRST), write_pages(folder / "b.jsonl", SECOND)


@pytest.fixture(scope="module")
def taught(dumps: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that has read the first pages."""
    lake = tmp_path_factory.mktemp("taught") / "lake"
    land(dumps[0], lake, "--source", "lantern")
    return lake


@pytest.fixture(scope="module")
def both(dumps: tuple[Path, Path], taught: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that has read the first pages, and then the second by the rules of the first."""
    lake = Path(shutil.copytree(taught, tmp_path_factory.mktemp("both") / "lake"))
    land(dumps[1], lake, "--source", "lantern")
    return lake


@pytest.fixture(scope="module")
def at_once(dumps: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that has read all pages in one run, without any rule."""
    lake = tmp_path_factory.mktemp("once") / "lake"
    done = broadsheet("run", *dumps, "--lake", lake, "--direct", "--quiet", "--source", "lantern")
    assert done.returncode == 0, done.stderr
    return lake


def ask(lake: Path, query: str) -> list[tuple]:
    with open_lake(lake) as connection:
        return connection.execute(query).fetchall()


def rows_of(lake: Path, table: str) -> list[tuple]:
    names = [name for name, *_ in ask(lake, f"DESCRIBE {table}") if name not in CIRCUMSTANCES]
    return ask(lake, f"SELECT {', '.join(names)} FROM {table} ORDER BY ALL")


def bodies(lake: Path) -> dict[int, str]:
    """Bodies by the number of the page."""
    found = ask(lake, "SELECT parse_path(url)[-1], body FROM articles")
    return {int(number): body for number, body in found}


def rule_of(lake: Path, line: str) -> dict:
    with open_lake(lake) as connection:
        found = connection.execute("FROM source_rules WHERE line = $1", [line])
        [row] = found.to_arrow_table().to_pylist()
    return row


def curate_anew(lake: Path) -> None:
    """Count all lines of the lake again."""
    with write_lake(lake) as connection:
        connection.execute("DELETE FROM source_lines")
        connection.execute("DELETE FROM curations WHERE curator = 'source_rules'")
        curate_source_rules(connection, Curation("anew", STARTED_AT, load_settings()))


def test_the_evidence_is_counted(taught: Path) -> None:
    rule = rule_of(taught, PLEA)
    told = ("source", "site", "state", "decided_by", "article_count", "kept_count")
    assert {name: rule[name] for name in told} == {
        "source": "lantern",
        "site": "lantern.example",
        "state": "accepted",
        "decided_by": "evidence",
        "article_count": 30,
        "kept_count": 5,
    }
    assert rule["site_article_count"] == 30
    assert 0.1 < rule["body_probability"] < 0.3


@pytest.mark.heavy
def test_a_line_that_the_model_mostly_rejects_is_cut_everywhere_in_the_next_run(
    at_once: Path, both: Path
) -> None:
    without, with_rules = bodies(at_once), bodies(both)
    told_in_text = [number for number in SECOND if number % 6 == 0]
    assert all(PLEA in without[number] for number in told_in_text)
    assert {number for number, body in with_rules.items() if PLEA in body} == {
        number for number in FIRST if number % 6 == 0
    }
    cut = ask(both, "SELECT DISTINCT role, is_kept, text FROM blocks WHERE method = 'source_rule'")
    assert [(role, is_kept, text.strip()) for role, is_kept, text in cut] == [
        (rule_of(both, PLEA)["role"], False, PLEA)
    ]
    assert broken_laws(both) == []


@pytest.mark.heavy
def test_nothing_else_is_lost(at_once: Path, both: Path) -> None:
    expected = {number: body.replace(PLEA + "\n\n", "") for number, body in bodies(at_once).items()}
    found = {number: body.replace(PLEA + "\n\n", "") for number, body in bodies(both).items()}
    assert found == expected
    fields = "url, title, byline_raw, authors, published_at, dateline_place, comment_count"
    query = f"SELECT {fields} FROM articles ORDER BY url"
    assert ask(both, query) == ask(at_once, query)
    assert all(bodies(both)[number].endswith(story(number)[1][-1]) for number in SECOND)


@pytest.mark.heavy
def test_a_sentence_that_some_stories_repeat_is_no_rule(both: Path) -> None:
    lines = [line for (line,) in ask(both, "SELECT line FROM source_rules")]
    assert SLOGAN not in lines
    assert not set(lines) & {*FRONT, *(story(number)[0] for number in FIRST)}
    assert sum(SLOGAN in body for body in bodies(both).values()) == 4


@pytest.mark.heavy
def test_the_same_lines_are_learned_whether_rules_cut_them_or_not(
    at_once: Path, both: Path
) -> None:
    for table in LEARNED:
        assert rows_of(both, table) == rows_of(at_once, table)


@pytest.mark.heavy
def test_counting_anew_gives_the_same_tables(both: Path, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(both, tmp_path / "lake"))
    with write_lake(lake) as connection:
        connection.execute("DELETE FROM source_rules")
    curate_anew(lake)
    for table in LEARNED:
        assert rows_of(lake, table) == rows_of(both, table)


@pytest.mark.heavy
def test_neither_shards_nor_a_killed_run_before_change_what_is_cut(
    dumps: tuple[Path, Path], taught: Path, both: Path, tmp_path: Path
) -> None:
    lake = Path(shutil.copytree(taught, tmp_path / "lake"))
    with write_lake(lake) as connection:  # as if killed between commit and curation
        for table in LEARNED:
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM curations WHERE curator = 'source_rules'")
    config = tmp_path / "config.toml"
    config.write_text("[run]\nshard_records = 4\n")
    land(dumps[1], lake, "--source", "lantern", "--config", config)
    assert facts(lake) == facts(both)
    query = "SELECT DISTINCT rules_fingerprint FROM receipts ORDER BY rules_fingerprint NULLS FIRST"
    assert ask(lake, query) == ask(both, query)
    assert [found is None for (found,) in ask(lake, query)] == [True, False]


@pytest.mark.heavy
def test_a_revoked_rule_cuts_no_more_and_never_comes_back(
    dumps: tuple[Path, Path], taught: Path, at_once: Path, tmp_path: Path
) -> None:
    lake = Path(shutil.copytree(taught, tmp_path / "lake"))
    rule_id = rule_of(lake, PLEA)["rule_id"]
    done = broadsheet("sources", "rules", "--lake", lake, "revoke", rule_id[:8])
    assert (done.returncode, done.stdout) == (0, f"revoked: {PLEA}\n"), done.stderr
    land(dumps[1], lake, "--source", "lantern")
    assert bodies(lake) == bodies(at_once)
    curate_anew(lake)
    rule = rule_of(lake, PLEA)
    assert (rule["state"], rule["decided_by"], rule["article_count"]) == ("revoked", "person", 48)
    [line] = decide(lake, [rule_id], "accepted", load_settings())
    assert line == PLEA
    assert rule_of(lake, PLEA)["state"] == "accepted"


def test_little_evidence_only_proposes(taught: Path, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(taught, tmp_path / "lake"))
    settings = load_settings()
    patient = settings.source_rules.model_copy(update={"accept_articles": 31})
    with write_lake(lake) as connection:
        by_others = settings.model_copy(update={"source_rules": patient})
        curate_source_rules(connection, Curation("later", STARTED_AT, by_others))
    assert ask(lake, "SELECT DISTINCT state FROM source_rules") == [("proposed",)]


def test_rules_are_listed_with_their_evidence(taught: Path) -> None:
    done = broadsheet("sources", "rules", "--lake", taught, "--source", "lantern")
    assert done.returncode == 0, done.stderr
    assert re.search(r"accepted +evidence +lantern +lantern\.example +30 +1\.0 +5 ", done.stdout)
    assert PLEA in done.stdout
    none = broadsheet("sources", "rules", "--lake", taught, "--state", "revoked", "--json")
    assert (none.returncode, none.stdout.strip()) == (0, "[]")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["revoke", "zzzzzz"], "'zzzzzz' names no rule"),
        (["accept", ""], "'' names several rules"),
        (["--state", "sleeping"], "sleeping"),
    ],
)
def test_a_wrong_id_is_told(words: list[str], told: str, taught: Path) -> None:
    done = broadsheet("sources", "rules", *words, "--lake", taught)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.heavy
def test_records_that_are_bare_stories_teach_nothing(tmp_path: Path) -> None:
    rows = [
        f'{{"title": "Vote {number}", "text": "{PLEA}\\n\\nIt was vote {number}."}}\n'
        for number in range(12)
    ]
    (tmp_path / "bare.jsonl").write_text("".join(rows))
    land(tmp_path / "bare.jsonl", tmp_path / "lake")
    assert ask(tmp_path / "lake", "SELECT count(*) FROM source_lines") == [(0,)]


@given(
    st.text(st.sampled_from("ab\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2003\u2028\u202f\u3000"))
)
def test_the_engine_squashes_white_space_as_python_does(text: str) -> None:
    found = re.search(
        r"trim\(regexp_replace\(line, .*\)\)", read_sql("curate/source_line_sightings")
    )
    assert found is not None
    squash = found.group()
    [squashed] = duckdb.execute(f"SELECT {squash} FROM (SELECT $1 AS line)", [text]).fetchone()
    assert squashed == " ".join(text.split())
