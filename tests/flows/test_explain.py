import json
import re

import pytest

from flows.errors import SetupError
from flows.explain import explain, find_record
from flows.steps.record import identity
from tests.flows.corpus import HOSTILE, corpus_rows, load_rows, open_corpus, open_empty

ARTICLE = identity(b"article 2")


def test_blocks_come_in_order_with_their_texts() -> None:
    record = find_record(open_corpus(), ARTICLE)
    blocks = record["blocks"]
    assert [block["ordinal"] for block in blocks] == list(range(len(blocks)))
    assert all(block["text"] for block in blocks)
    kept = "\n\n".join(block["text"] for block in blocks if block["is_kept"])
    assert kept == record["article"]["body"]
    assert {block["role"] for block in blocks if not block["is_kept"]} >= {"navigation", "advert"}


@pytest.mark.parametrize("id", [ARTICLE, ARTICLE[:10], ARTICLE.upper(), identity(b"document 2")])
def test_an_article_answers_to_any_of_its_names(id: str) -> None:
    assert find_record(open_corpus(), id)["article"]["article_id"] == ARTICLE


def test_the_newest_version_is_taken_unless_a_document_is_named() -> None:
    connection = open_corpus()
    newest = find_record(connection, identity(b"article 1"))
    older = find_record(connection, identity(b"document 1"))
    assert newest["article"]["version"] == 2
    assert older["article"]["version"] == 1


def test_a_rejected_record_is_explained_by_its_reject() -> None:
    record = find_record(open_corpus(), identity(b"reject 0"))
    assert record["article"] is None
    assert [row["reason"] for row in record["rejects"]] == ["malformed_json"]


def test_a_reject_without_a_document_row_is_found() -> None:
    rows = corpus_rows()
    rows["documents"] = [row for row in rows["documents"] if row["status"] == "landed"]
    record = find_record(load_rows(rows), identity(b"reject 1"))
    assert record["rejects"][0]["reason"] == "empty_record"


@pytest.mark.parametrize("id", ["ffffffffffff", "", "%", "' OR 1=1 --"])
def test_an_unknown_id_is_one_sentence(id: str) -> None:
    with pytest.raises(SetupError):
        find_record(open_corpus(), id)


def test_an_ambiguous_id_lists_up_to_five() -> None:
    connection = open_corpus()
    first = connection.execute(
        "SELECT first FROM (SELECT substr(article_id, 1, 1) AS first FROM articles"
        " UNION ALL SELECT substr(document_id, 1, 1) FROM documents)"
        " GROUP BY first HAVING count(*) > 5 ORDER BY first"
    ).fetchone()
    assert first is not None
    with pytest.raises(SetupError) as caught:
        find_record(connection, first[0])
    assert len(re.findall(r"[0-9a-f]{32} \(", str(caught.value))) == 5
    assert str(caught.value).endswith("and others")


def test_an_empty_lake_knows_nothing() -> None:
    with pytest.raises(SetupError, match="no article or document"):
        find_record(open_empty(), "ab")


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    explain(open_corpus(), ARTICLE, as_json=True)
    record = json.loads(capsys.readouterr().out)
    assert set(record) == {"document", "article", "blocks", "quotes", "mentions", "rejects"}
    assert record["article"]["published_at"].endswith("Z")


def test_the_page_shows_cuts_speakers_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    explain(open_corpus(), ARTICLE)
    shown = capsys.readouterr().out
    for expected in ("- navigation", "Publicité", "Solène Abadie", "dumps/courrier.jsonl", "GPE"):
        assert expected in shown
    assert "bytes 4,000 to" in shown


def test_markup_in_a_title_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    explain(open_corpus(), identity(b"article 5"))
    assert HOSTILE.split()[0] in capsys.readouterr().out


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    rows = corpus_rows(3)
    rows["articles"][2]["title"] = "clear \x1b[2J screen"
    explain(load_rows(rows), ARTICLE)
    shown = capsys.readouterr().out
    assert "\x1b[2J" not in shown
    assert "\\x1b[2J" in shown
