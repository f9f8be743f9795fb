import json
import re
from pathlib import Path

import pytest

from flows.errors import SetupError
from flows.explain import find_record, rehearse_record, show, split_place, write_page
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
    show(find_record(open_corpus(), ARTICLE), as_json=True)
    record = json.loads(capsys.readouterr().out)
    assert set(record) == {"document", "article", "blocks", "quotes", "mentions", "rejects"}
    assert record["article"]["published_at"].endswith("Z")


def test_the_page_shows_cuts_speakers_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    show(find_record(open_corpus(), ARTICLE))
    shown = capsys.readouterr().out
    for expected in ("- navigation", "Publicité", "Solène Abadie", "dumps/courrier.jsonl", "GPE"):
        assert expected in shown
    assert "bytes 4,000 to" in shown


def test_markup_in_a_title_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show(find_record(open_corpus(), identity(b"article 5")))
    assert HOSTILE.split()[0] in capsys.readouterr().out


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    rows = corpus_rows(3)
    rows["articles"][2]["title"] = "clear \x1b[2J screen"
    show(find_record(load_rows(rows), ARTICLE))
    shown = capsys.readouterr().out
    assert "\x1b[2J" not in shown
    assert "\\x1b[2J" in shown


DUMP = (
    "<html><head><title>Pier opens</title></head><body><nav><a href='/'>Home</a></nav>"
    "<article><h1>Pier opens</h1><p>The harbour board opened the new pier on Monday after two "
    "years of building work in the old town.</p><p>Boats of all sizes may moor there from the "
    "first of May, the board said in a statement.</p></article>"
    "<script>alert(1)</script><footer>All rights reserved &lt;b&gt;</footer></body></html>"
)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "pier.html"
    path.write_text(DUMP)
    return path


def test_a_dump_that_was_never_landed_is_explained(dump: Path) -> None:
    record = rehearse_record(dump, 0, None)
    assert record["article"]["title"] == "Pier opens"
    assert record["article"]["body"].startswith("The harbour board")
    assert {block["role"] for block in record["blocks"]} >= {"title", "paragraph", "legal"}
    assert "title=title_element" in record["article"]["field_methods"]


def test_a_record_of_many_is_named_by_its_number(tmp_path: Path) -> None:
    dump = tmp_path / "two.jsonl"
    text = "The harbour board opened the pier on Monday after two years of building work."
    dump.write_text("".join(json.dumps({"title": t, "text": text + t}) + "\n" for t in "AB"))
    assert split_place(f"{dump}#1") == (dump, 1)
    assert rehearse_record(dump, 1, None)["article"]["title"] == "B"
    with pytest.raises(SetupError, match="has no record 7"):
        rehearse_record(dump, 7, None)


def test_a_rejected_dump_says_why(tmp_path: Path) -> None:
    dump = tmp_path / "empty.txt"
    dump.write_text("   ")
    assert rehearse_record(dump, 0, None)["rejects"][0]["reason"] == "empty_record"


def test_an_id_is_no_path(tmp_path: Path) -> None:
    assert split_place(ARTICLE) is None
    with pytest.raises(SetupError, match="holds"):
        (tmp_path / "a.txt").write_text("a")
        (tmp_path / "b.txt").write_text("b")
        rehearse_record(tmp_path, 0, None)


def test_the_html_page_shows_every_block_and_runs_nothing(dump: Path) -> None:
    page = write_page(rehearse_record(dump, 0, None))
    for expected in ("Pier opens", "title_element", "navigation", "kept as text", "markup "):
        assert expected in page
    assert "<script" not in page
    assert "reserved &lt;b&gt;" in page
    assert not re.search(r"""(?:src|href)=["']""", page)


def test_the_html_page_of_a_landed_record_has_its_quotations() -> None:
    page = write_page(find_record(open_corpus(), ARTICLE))
    assert "Solène Abadie" in page
    assert "Quotations" in page
