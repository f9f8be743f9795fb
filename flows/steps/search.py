"""Slow searches of a whole page by others: the story by trafilatura, the date by htmldate.

They are asked where the page itself and the net leave a question open. Both want a tree of
the page, which is parsed only then.
"""

import re
from datetime import date

from htmldate import find_date
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura import bare_extraction

from flows.steps.dates import read_moment
from flows.steps.lexicon import StructureLexicon
from flows.steps.record import Decoded, Moment

MAX_SEARCHED_CHARS = 4_000_000
"""Longer markup is not searched: it would take minutes."""
LATEST_DATE = date(2100, 12, 31)
"""Bound of the date search where the container does not say when the page was fetched: the
clock would make the same page give other rows on another day."""

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
# A tag of 100,000 characters is no markup of a page; its attributes are dropped.
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{100000,}>")


def parse_html(markup: str) -> HtmlElement | None:
    """Parse markup within bounds; None where the parser finds no page in it.

    The parser repairs what it can, follows no entity and no address, and refuses more than
    its own depth of nesting.
    """
    if len(markup) > MAX_SEARCHED_CHARS:
        return None
    markup = _XML_DECLARATION.sub("", markup.replace("\0", ""))
    markup = _LONG_TAG.sub(_drop_attributes, markup)
    parser = HTMLParser(
        huge_tree=False, recover=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        tree = document_fromstring(markup, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    stopped = any(entry.level_name == "FATAL" for entry in parser.error_log)
    return None if stopped else tree


def find_story_by_search(markup: str, url: str | None) -> str | None:
    """The story by trafilatura, as text; None where it finds none."""
    tree = parse_html(markup)
    if tree is None:
        return None
    try:
        found = bare_extraction(tree, url=url, include_comments=False)
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        return None  # where the extractor stumbles, others take over
    return (getattr(found, "text", None) or None) if found is not None else None


def find_date_by_search(decoded: Decoded, lexicon: StructureLexicon) -> Moment | None:
    """The day of publication by htmldate's quick search of the whole page.

    Its long search takes longer than all other steps together, and four of ten dates that
    only it finds are wrong: no date is better.
    """
    tree = parse_html(decoded.text)
    if tree is None:
        return None
    fetched = decoded.hints.fetched_at
    latest = fetched.date() if fetched else LATEST_DATE
    try:
        found = find_date(
            tree,
            original_date=True,
            extensive_search=False,
            max_date=latest.isoformat(),
            url=decoded.hints.url,
        )
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        return None  # a search that fails on odd markup finds nothing; the page still counts
    return read_moment(found, "page_search", lexicon)


def _drop_attributes(match: re.Match[str]) -> str:
    return match.group().split(None, 1)[0] + ">"
