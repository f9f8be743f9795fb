"""What a source has taught: lines that its pages repeat around their stories are cut.

The rules come as data, frozen before a run: the same record becomes the same page whatever else
is read beside it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from flows.steps.addresses import site_of
from flows.steps.assembly import block_text
from flows.steps.record import Block, Page, identity

METHOD = "source_rule"
BARE_STORY = "story_of_a_record"
"""How the body of a record was chosen whose container holds all but the story: it has no frame."""

SHORT_LINE, SURE = 24, 0.7
"""A line of so few characters stays where the model is so sure that it is body: a menu's word may
be a subhead. Of the lines of up to three words that were kept in plain text of `eval/dev`, 0.54
to 0.81 of those that are body reach it, and 0.29 to 0.60 of those that are not."""

NO_SITE = ""
"""Key of the rules for pages without an address."""


@dataclass(frozen=True, slots=True)
class SourceRules:
    """Lines to be cut from the bodies of one source: by site, each with its role."""

    roles: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def of_page(self, url: str | None) -> Mapping[str, str]:
        """The rules for a page at that address, as roles by line."""
        return self.roles.get(site_of(url) or NO_SITE, {})

    def fingerprint(self) -> str | None:
        """Hash of the rules, whatever their order; None where there are none.

        >>> SourceRules().fingerprint() is None
        True
        """
        if not self.roles:
            return None
        return identity(json.dumps({site: dict(self.roles[site]) for site in self.roles},
                                   sort_keys=True).encode())  # fmt: skip


NO_RULES = SourceRules()


def cut_known_lines(page: Page, rules: SourceRules, url: str | None) -> Page:
    """Cut kept blocks of which every line has a rule; nothing but body is ever cut.

    Short lines that the model is sure of stay.
    A cut block has the role of its rule and the method `source_rule`; its score says how
    unlikely the model took it for body. Blocks still tile the record.
    """
    roles = rules.of_page(url)
    if not roles or page.body_method == BARE_STORY:
        return page
    return replace(page, blocks=tuple(_judge(block, page.text, roles) for block in page.blocks))


def block_lines(text: str, block: Block) -> list[str]:
    r"""The lines of a kept block as rules know them: white space squashed.

    A block of plain text is one line, however it was wrapped; an HTML list has one an item.

    >>> block_lines("Sign up\nfor  news\n", Block("list", 0, 19, "line_net", True))
    ['Sign up for news']
    >>> block_lines("One\nTwo", Block("list", 0, 7, "html_net", True, source_start=0))
    ['One', 'Two']
    """
    shown = block_text(text, block)
    return [" ".join(shown.split())] if block.source_start is None else shown.split("\n")


def _judge(block: Block, text: str, roles: Mapping[str, str]) -> Block:
    if not block.is_kept:
        return block
    lines = block_lines(text, block)
    found = [roles.get(line) for line in lines]
    role = found[0]
    if role is None or None in found:
        return block
    if block.score is not None and block.score >= SURE and len(max(lines, key=len)) <= SHORT_LINE:
        return block
    score = None if block.score is None else round(1 - block.score, 4)
    return block._replace(role=role, method=METHOD, is_kept=False, score=score)
