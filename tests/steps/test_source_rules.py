"""Cutting known lines: only body, only whole blocks, nothing without rules."""

from dataclasses import replace

from flows.steps.assembly import assemble_body
from flows.steps.record import Block, Page
from flows.steps.source_rules import NO_RULES, SourceRules, cut_known_lines

URL = "https://www.lantern.example/a"
TEXT = "By the sea\nBy the sea\nIt  rained.\nRead\nMore\n"
BLOCKS = (
    Block("title", 0, 11, "line_net", score=0.9),
    Block("subhead", 11, 22, "line_net", True, 0.625),
    Block("paragraph", 22, 34, "line_net", True),
    Block("list", 34, 44, "html_net", True, 0.6, 0, 10),
)
PAGE = Page(TEXT, BLOCKS, body_method="line_net")


def cut(lines: list[str], page: Page = PAGE, site: str = "lantern.example") -> list[Block]:
    rules = SourceRules({site: dict.fromkeys(lines, "related")})
    return [
        block for block in cut_known_lines(page, rules, URL).blocks if block.method == "source_rule"
    ]


def test_a_block_is_cut_with_the_role_of_its_rule() -> None:
    assert cut(["It rained."]) == [Block("related", 22, 34, "source_rule")]
    [known] = cut(["By the sea"])
    assert known == Block("related", 11, 22, "source_rule", False, 0.375)


def test_a_short_line_that_the_model_is_sure_of_stays() -> None:
    title, subhead, *_ = BLOCKS
    assert cut(["By the sea"], replace(PAGE, blocks=(title, subhead._replace(score=0.7)))) == []
    long = "By the sea, by the sea, by the sea"
    page = Page(long, (Block("paragraph", 0, len(long), "line_net", True, 0.99),))
    assert len(cut([long], page)) == 1


def test_a_list_is_cut_when_all_its_items_are_known() -> None:
    assert cut(["Read"]) == []
    [block] = cut(["Read", "More"])
    assert (block.source_start, block.source_end) == (0, 10)


def test_what_is_left_makes_the_body_and_the_blocks_still_tile() -> None:
    page = cut_known_lines(PAGE, SourceRules({"lantern.example": {"By the sea": "other"}}), URL)
    assert assemble_body(page.text, page.blocks)[0] == "It rained.\n\nRead\nMore"
    assert [(b.raw_start, b.raw_end) for b in page.blocks] == [
        (b.raw_start, b.raw_end) for b in BLOCKS
    ]


def test_another_site_another_case_or_a_bare_story_is_left_alone() -> None:
    assert cut(["It rained."], site="other.example") == []
    assert cut(["it rained."]) == []
    assert cut(["It rained."], Page(TEXT, BLOCKS, body_method="story_of_a_record")) == []
    assert cut_known_lines(PAGE, NO_RULES, URL) is PAGE


def test_pages_without_an_address_have_rules_of_their_own() -> None:
    rules = SourceRules({"": {"It rained.": "other"}})
    assert cut_known_lines(PAGE, rules, URL) is PAGE
    assert cut_known_lines(PAGE, rules, None).blocks[2].method == "source_rule"


def test_the_fingerprint_knows_no_order() -> None:
    one = SourceRules({"a": {"x": "other", "y": "legal"}, "b": {"z": "other"}})
    other = SourceRules({"b": {"z": "other"}, "a": {"y": "legal", "x": "other"}})
    assert one.fingerprint() == other.fingerprint()
    assert one.fingerprint() != SourceRules({"a": {"x": "other", "y": "other"}}).fingerprint()
