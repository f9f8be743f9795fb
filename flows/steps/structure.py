"""Structure: a decoded record to a page whose blocks tile it, or a reject."""

from dataclasses import replace

from flows.steps.assembly import assemble_body
from flows.steps.html import structure_html
from flows.steps.kinds import find_flags, find_kind
from flows.steps.lexicon import StructureLexicon, compile_structure_lexicon
from flows.steps.line_net import LineNet
from flows.steps.record import Decoded, Locator, Page, Reject
from flows.steps.source_rules import NO_RULES, SourceRules, cut_known_lines
from flows.steps.story_net import StoryNet
from flows.steps.text import structure_text

__all__ = ["StructureLexicon", "assemble_body", "compile_structure_lexicon", "structure"]

NOWHERE = Locator("", 0)
"""Structuring does not know where a record stands: the caller puts in place and identity."""


def structure(
    decoded: Decoded,
    lexicon: StructureLexicon,
    line_net: LineNet | None = None,
    story_net: StoryNet | None = None,
    rules: SourceRules = NO_RULES,
) -> Page | Reject:
    """Find the fields and the story of one record; every character gets a role.

    `story_net` rates the lines of HTML pages; without it trafilatura finds their stories.
    `rules` cut what pages of the source are known to print around their stories.
    A record without visible text, or whose markup cannot be parsed within bounds, is a Reject
    without place and identity, which the caller adds. Boilerplate alone lands as kind `stub`.
    """
    if decoded.is_html:
        page = structure_html(decoded, lexicon, story_net)
    else:
        page = structure_text(decoded, lexicon, line_net)
    if isinstance(page, str):
        return _reject(decoded, page)
    if not page.text.strip():
        return _reject(decoded, "no_visible_text")
    page = cut_known_lines(page, rules, page.url or decoded.hints.url)
    body, _ = assemble_body(page.text, page.blocks)
    kind = find_kind(page, body)
    return replace(page, kind=kind, flags=find_flags(page, body, (*decoded.flags, *page.flags)))


_MESSAGES = {
    "malformed_html": "The markup could not be parsed within bounds; HTML would be right.",
    "no_visible_text": "The record shows no text; a page with an article would be right.",
}


def _reject(decoded: Decoded, reason: str) -> Reject:
    kind = "text/html" if decoded.is_html else "text/plain"
    return Reject(reason, "structure", _MESSAGES[reason], NOWHERE, "", decoded.text[:200], kind)
