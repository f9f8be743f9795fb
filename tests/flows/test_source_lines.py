"""Counting lines: whatever the batches, from blocks of text and HTML, by site and by source."""

import random
from collections.abc import Iterator, Sequence

import duckdb
import pytest

from flows.curation import Curation
from flows.settings import load_settings
from flows.source_rules import curate_source_rules
from schemas import TABLES
from schemas.contract import table_from_rows
from tests.flows.corpus import load_rows
from tests.flows.newsdesk import STARTED_AT

Row = dict[str, object]
Page = dict[str, list[Row]]
COLUMNS = "source, site, line, fate, article_count, scored_count, probability_sum"


def page(
    name: str, blocks: Sequence[tuple[str, str, float | None]], *, is_html: bool = False, **values
) -> Page:
    """Rows of one page; blocks are role, text and score, and body roles are kept."""
    article: Row = {
        "article_id": name,
        "version": 1,
        "document_id": f"{name} {values.get('version', 1)}",
        "site": "lantern.example",
        "body_method": "line_net",
        **values,
    }
    kept = [text for role, text, _ in blocks if role in ("paragraph", "list")]
    article["body"] = body = "\n\n".join(kept)
    key = {name: article[name] for name in ("article_id", "version", "document_id")}
    rows: list[Row] = []
    for ordinal, (role, text, score) in enumerate(blocks):
        is_kept = text in kept
        start = body.index(text) if is_kept else None
        rows.append(
            {
                **key,
                "ordinal": ordinal,
                "role": role,
                "is_kept": is_kept,
                "method": "line_net",
                "score": score,
                "body_start": start,
                "body_end": start + len(text) if start is not None else None,
                "text": None if is_kept else text,
                "source_start": 0 if is_html else None,
            }
        )
    document = {"document_id": key["document_id"], "source": "lantern", "first_seen_at": STARTED_AT}
    return {"documents": [document], "articles": [article], "blocks": rows, "fingerprints": [key]}


def curate(batches: Sequence[Sequence[Page]]) -> duckdb.DuckDBPyConnection:
    """A lake in memory that has these batches, each curated as a run does."""
    connection = load_rows({})
    for number, pages in enumerate(batches):
        for name in ("documents", "articles", "blocks", "fingerprints"):
            rows = [{**row, "run_id": f"run {number}"} for one in pages for row in one[name]]
            connection.register("batch", table_from_rows(TABLES[name], rows))
            connection.execute(f"INSERT INTO {name} SELECT * FROM batch")
            connection.unregister("batch")
        curation = Curation(f"run {number}", STARTED_AT, load_settings())
        curate_source_rules(connection, curation)
    return connection


def lines_of(connection: duckdb.DuckDBPyConnection) -> set[tuple]:
    return set(connection.execute(f"SELECT {COLUMNS} FROM source_lines").fetchall())


def many_pages() -> Iterator[Page]:
    """Pages of two sites and of none, with versions, and lines of every fate."""
    dice = random.Random(5)
    for number in range(60):
        blocks = [
            ("title", f"Vote {number % 50}", 0.9),
            ("byline", dice.choice(["By Ines Calloway", "By Tom Birkett"]), 0.8),
            ("paragraph", f"The board met for the {number}th time.", 0.97),
            ("paragraph" if number % 7 == 0 else "related", "Read the Lantern", 0.75),
            (dice.choice(["legal", "navigation"]), "Contact  us\u00a0now", 1 - number / 1000),
        ]
        site = ("lantern.example", "quay.example", None)[number % 3]
        yield page(f"a{number % 50}", blocks, version=1 + number // 50, site=site)


@pytest.mark.parametrize(("size", "seed"), [(1, 1), (7, 2), (25, 3)])
def test_order_and_size_of_batches_do_not_matter(size: int, seed: int) -> None:
    pages = list(many_pages())
    whole = curate([pages])
    shuffled = random.Random(seed).sample(pages, len(pages))
    parts = curate([shuffled[start : start + size] for start in range(0, len(pages), size)])
    assert lines_of(parts) == lines_of(whole)
    query = "SELECT * EXCLUDE (run_id) FROM source_rules ORDER BY ALL"
    rules = whole.execute(query).fetchall()
    assert parts.execute(query).fetchall() == rules
    assert {(row[2], row[3]) for row in rules} == {
        (site, line)
        for site in ("lantern.example", "quay.example", None)
        for line in ("Read the Lantern", "Contact us now")
    }


def test_lines_of_html_blocks_count_each_and_text_is_one() -> None:
    menu = ("navigation", "Home\nNews of the day", None)
    listed = ("list", "Read this\nRead that", 0.5)
    html = lines_of(curate([[page("a", [menu, listed], is_html=True)]]))
    assert {(fate, articles, scored, total) for _, _, _, fate, articles, scored, total in html} == {
        ("navigation", 1, 0, 0),
        ("body", 1, 1, 5000),
    }
    assert len(curate([[page("a", [menu, listed], is_html=True)]]).execute(
        "FROM source_lines").fetchall()) == 4  # fmt: skip
    text = curate([[page(name, [menu, listed]) for name in "ab"]])
    assert {line for _, _, line, *_ in lines_of(text)} == {
        "Home News of the day",
        "Read this Read that",
    }


def test_a_line_that_one_article_has_is_stored_without_its_words() -> None:
    once = page("a", [("related", "Crane strike ends", 0.9)])
    again = page("b", [("legal", "Crane strike ends", 0.8)])
    assert {line for _, _, line, *_ in lines_of(curate([[once]]))} == {None}
    assert lines_of(curate([[once], [again]])) == {
        ("lantern", "lantern.example", "Crane strike ends", "related", 1, 1, 1000),
        ("lantern", "lantern.example", "Crane strike ends", "legal", 1, 1, 2000),
    }


def test_a_line_that_was_once_a_field_is_no_rule() -> None:
    cut = [page(f"a{n}", [("related", "Ines Calloway", 0.9)]) for n in range(20)]
    assert len(curate([cut]).execute("FROM source_rules").fetchall()) == 1
    field = page("b", [("byline", "Ines Calloway", 0.9)])
    assert curate([cut, [field]]).execute("FROM source_rules").fetchall() == []


def test_what_is_kept_everywhere_is_proposed_and_waits_for_a_person() -> None:
    motto = [page(f"a{n}", [("paragraph", "A town that reads.", 0.99)]) for n in range(20)]
    found = curate([motto]).execute("SELECT state, role, kept_count FROM source_rules").fetchall()
    assert found == [("proposed", "other", 20)]


def test_pages_cut_by_a_rule_say_nothing_for_it() -> None:
    """A block that a rule has cut counts as kept, with the probability that the model gave."""
    pages = [page(f"a{n}", [("related", "Read the Lantern", 0.4)]) for n in range(12)]
    for one in pages:
        one["blocks"][0]["method"] = "source_rule"
    assert lines_of(curate([pages])) == {
        ("lantern", "lantern.example", "Read the Lantern", "body", 12, 12, 72000)
    }
