import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from lxml import etree, html

from flows.lake import LakeFolder
from flows.report_pages import write_pages
from flows.reporting import build_report, read_report, verdict_of
from tests.flows.corpus import HOSTILE, RUNS, corpus_rows, load_rows, open_corpus, open_empty

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
FETCHING = ("src", "srcset", "xlink:href", "action", "data", "poster", "background")
VOID = {"meta", "br", "img", "input", "link", "hr"}


def open_hostile() -> duckdb.DuckDBPyConnection:
    """Every text column of every table says something that must not become markup."""
    rows = corpus_rows()
    for row in rows["quotes"]:
        row["speaker_name"] = f"{row['speaker_name']}<b onclick=x>"
        row["speaker_role"] = "</figcaption><script>1</script>"
        row["text"] = "</style>\"'><svg onload=alert(1)>\x00\x1b"
    for row in rows["mentions"]:
        row["surface"] = "<iframe src=https://evil.example>"
    for row in rows["checks"]:
        row |= {"observed": HOSTILE, "expected": HOSTILE, "why": HOSTILE, "subject": HOSTILE}
    for row in rows["documents"]:
        row["source"] = f"{row['source']}<script>2</script>"
    for row in rows["rejects"]:
        row |= {"message": HOSTILE, "uri": "<a href=https://evil.example>", "excerpt": HOSTILE}
    for row in rows["runs"]:
        row |= {"error": HOSTILE, "source": HOSTILE, "paths": [HOSTILE]}
    for row in rows["receipts"]:
        row["source"] = HOSTILE
    return load_rows(rows)


LAKES = {"corpus": open_corpus, "empty": open_empty, "hostile": open_hostile}


@pytest.fixture(params=LAKES)
def page(request: pytest.FixtureRequest) -> str:
    with LAKES[request.param]() as connection:
        return build_report(connection, NOW)


def test_every_tag_that_opens_closes(page: str) -> None:
    tags = re.sub(r"<!DOCTYPE html>|<style>.*?</style>", "", page, flags=re.DOTALL)
    tags = re.sub(r"<script>.*?</script>|{#.*?#}", "", tags, flags=re.DOTALL)
    tags = re.sub(r"<(meta|input)([^>]*)>|<(br)>", r"<\1\3\2/>", tags)
    tags = re.sub(r"<label class=\"filter\" hidden>", "<label>", tags)
    etree.fromstring(tags.strip())


def test_nothing_is_fetched(page: str) -> None:
    tree = html.document_fromstring(page)
    for element in tree.iter():
        assert not set(FETCHING) & set(element.attrib), element.tag
        assert element.tag not in ("link", "img", "iframe", "object", "base", "form")
        assert element.get("href", "#").startswith(("#", "reports/"))
        assert not [name for name in element.attrib if name.startswith("on")]
    (script,) = tree.iter("script")
    digest = b64encode(sha256(script.text.encode()).digest()).decode()
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )
    (style,) = tree.iter("style")
    assert "url(" not in style.text_content()
    assert "@import" not in style.text_content()


def test_charts_have_a_role_and_a_title_or_are_hidden(page: str) -> None:
    for drawing in html.document_fromstring(page).iter("svg"):
        is_hidden = drawing.get("aria-hidden") == "true"
        assert is_hidden or (drawing.get("role") == "img" and drawing.find("title").text)


def test_tables_have_captions_and_scoped_heads(page: str) -> None:
    for table in html.document_fromstring(page).iter("table"):
        assert table.find("caption").text
        assert all(head.get("scope") for head in table.iter("th"))


def test_no_character_that_html_forbids(page: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page)


def test_hostile_text_is_shown_as_text() -> None:
    page = build_report(open_hostile(), NOW)
    assert page.count("<script") == 1, "the page's own"
    assert HOSTILE in html.document_fromstring(page).text_content()


def test_the_figures_are_those_of_the_lake() -> None:
    page = build_report(open_corpus(), NOW)
    text = " ".join(html.document_fromstring(page).text_content().split())
    for expected in (
        "Landed with warnings: 1 check failed, ",
        "10 of 17 records landed, 3 rejected, 4 known from before, in 1 min 36 s",
        "2 passed, 1 failed",
        "Dora Whitlock, harbour master",
        "The query of these figures",
        "dumps/harbour.jsonl, record 9,000, bytes 900,000–900,064",
        "Articles by month from Nov 2025 to Feb 2026",
        "The checks could not be written: the disk is full.",
    ):
        assert expected in text


def test_the_same_lake_gives_the_same_page() -> None:
    assert build_report(open_corpus(), NOW) == build_report(open_corpus(), NOW)


def test_an_empty_lake_says_so() -> None:
    text = build_report(open_empty(), NOW)
    assert "Nothing has been ingested into this lake yet." in text
    assert "nothing has passed" in text


def test_dates_far_apart_still_make_a_small_chart() -> None:
    rows = corpus_rows()
    rows["articles"][2]["published_at"] = datetime(1805, 10, 21, tzinfo=UTC)
    page = build_report(load_rows(rows), NOW)
    assert "Publication by year" in page
    assert len(page) < 500_000


def test_a_thousand_articles_weigh_less_than_half_a_megabyte() -> None:
    assert len(build_report(open_corpus(1000), NOW).encode()) < 500_000


def test_charts_have_marks_and_tables_beside_them() -> None:
    tree = html.document_fromstring(build_report(open_corpus(), NOW))
    drawn = tree.xpath("//figure//svg[@class='chart']")
    assert len(drawn) >= 6
    for chart in drawn:
        assert chart.xpath(".//*[contains(@class, 'mark-')]//path")
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)


def test_links_inside_the_page_lead_somewhere() -> None:
    tree = html.document_fromstring(build_report(open_corpus(), NOW))
    ids = {element.get("id") for element in tree.iter()}
    inside = [link[1:] for link in tree.xpath("//a/@href") if link.startswith("#")]
    assert len(inside) > 8
    assert set(inside) <= ids


def test_every_query_shown_can_be_run() -> None:
    with open_corpus() as connection:
        report = read_report(connection, NOW)
        for query in report.values["queries"].values():
            connection.execute(query).fetchall()


def run_of_status(status: str) -> dict[str, object]:
    return {"run_id": "r", "status": status}


def check_of(outcome: str, severity: str = "warn", run_id: str = "r") -> dict[str, object]:
    return {
        "run_id": run_id,
        "outcome": outcome,
        "severity": severity,
        "suite": "sources",
        "subject": "dated",
        "observed": "quay: 0.0%",
    }


@pytest.mark.parametrize(
    ("status", "checks", "expected"),
    [
        ("succeeded", [check_of("passed")], "Clean: 1 check passed, none failed."),
        ("succeeded", [], "Landed, and nothing was checked."),
        ("succeeded", [check_of("passed", run_id="other")], "Landed, and nothing was checked."),
        (
            "succeeded",
            [check_of("failed"), check_of("broken")],
            "Landed with warnings: 2 checks failed, sources.dated: quay: 0.0%, and 1 more; "
            "1 could not run.",
        ),
        (
            "succeeded",
            [check_of("failed", "stop")],
            "Landed with errors: 1 check failed, sources.dated: quay: 0.0%.",
        ),
        (
            "stopped",
            [check_of("failed", "stop")],
            "Stopped: nothing landed; 1 check failed, sources.dated: quay: 0.0%.",
        ),
        (
            "interrupted",
            [],
            "Interrupted: what it had landed is in the lake, and nothing else.",
        ),
    ],
)
def test_the_first_line_is_the_verdict(
    status: str, checks: list[dict[str, object]], expected: str
) -> None:
    assert verdict_of(run_of_status(status), checks)["text"] == expected


def test_pages_of_runs_are_kept_and_listed(tmp_path: Path) -> None:
    lake = LakeFolder(tmp_path)
    with open_corpus() as connection:
        write_pages(connection, lake, NOW)
        newest, older = sorted(RUNS, reverse=True)
        index = html.fromstring((lake.reports / "index.html").read_text("utf-8"))
        links = index.xpath("//table//a/@href")
        assert links == [f"{newest}.html"], "a run without a page has no link"
        assert (lake.reports / links[0]).exists()
        assert older in index.text_content()
