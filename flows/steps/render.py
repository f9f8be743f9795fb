"""HTML to lines: what a reader would see, block elements on lines of their own."""

import re
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

MAX_MARKUP_CHARS = 64_000_000
DROPPED = frozenset({
    "script", "style", "template", "noscript", "svg", "iframe", "head", "select", "object",
    "canvas", "math", "audio", "video",
})  # fmt: skip
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "ruby", "rb", "rp", "rt", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    "amp-img", "picture", "source", "input", "button",
})  # fmt: skip
SPACED = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption", "figure", "ul", "ol",
    "table", "section",
})  # fmt: skip
NAMED = frozenset({
    "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "li", "blockquote", "p", "time", "dt", "dd",
    "td", "th", "address",
})  # fmt: skip
IN_CHROME = frozenset({
    "nav", "footer", "aside",
})  # fmt: skip

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
# A tag of 100,000 characters is no markup of a page; its attributes are dropped.
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{100000,}>")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """One line of a rendered page, with the innermost element that names its kind.

    `is_chrome` tells whether it stands in a menu, footer or side column.
    """

    text: str
    tag: str
    has_gap: bool
    is_chrome: bool


def parse_html(markup: str) -> HtmlElement | None:
    """Parse markup within bounds; None where the parser finds no page in it.

    The parser repairs what it can, follows no entity and no address, and refuses more than
    its own depth of nesting.
    """
    if len(markup) > MAX_MARKUP_CHARS:
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
    return None if stopped and not "".join(map(str, tree.itertext())).strip() else tree


def render_lines(
    tree: HtmlElement, dropped: frozenset[str] = DROPPED, shows_hidden: bool = False
) -> list[RenderedLine]:
    """Read the visible text of a tree in document order, one line a block element.

    Elements named in `dropped` are left out, and hidden ones unless `shows_hidden`; `<br>`
    ends a line. The walk is iterative: nesting costs no stack.
    """
    canvas = _Canvas()
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if event == "start":
            if tag in dropped or (not shows_hidden and _is_hidden(element)):
                walk.skip_subtree()
                canvas.skipped.append(element)
                continue
            canvas.open(tag)
            canvas.write(element.text)
            continue
        if canvas.skipped and canvas.skipped[-1] is element:
            canvas.skipped.pop()
            canvas.stop_line(tag)
        else:
            canvas.close(tag)
        canvas.write(element.tail)
    canvas.end_line()
    return canvas.lines


class _Canvas:
    """The line being written and the elements around it."""

    def __init__(self) -> None:
        self.lines: list[RenderedLine] = []
        self.skipped: list[HtmlElement] = []
        self._parts: list[str] = []
        self._names: list[str] = []
        self._line_tag = ""
        self._chrome_depth = 0
        self._has_gap = True

    def write(self, text: str | None) -> None:
        if not text:
            return
        if not self._parts or self._line_tag == "":
            self._line_tag = self._names[-1] if self._names else ""
        self._parts.append(text)

    def open(self, tag: str) -> None:
        self.stop_line(tag)
        if tag in NAMED:
            self._names.append(tag)
        if tag in IN_CHROME:
            self._chrome_depth += 1

    def close(self, tag: str) -> None:
        if tag not in INLINE:
            self.end_line()
            self._has_gap = self._has_gap or tag in SPACED
        if tag in NAMED and self._names:
            self._names.pop()
        if tag in IN_CHROME:
            self._chrome_depth -= 1

    def stop_line(self, tag: str) -> None:
        """An element that is not inline begins a line; so does what follows `<br>`."""
        if tag in INLINE or tag in DROPPED:
            return
        self.end_line()
        self._has_gap = self._has_gap or tag in SPACED

    def end_line(self) -> None:
        text = " ".join("".join(self._parts).split())
        self._parts.clear()
        if text:
            line = RenderedLine(text, self._line_tag, self._has_gap, self._chrome_depth > 0)
            self.lines.append(line)
            self._has_gap = False
        self._line_tag = ""


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag in ("html", "body"):
        return False  # hidden until its script has run; no script runs here
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and bool(_HIDING.search(style[:300].casefold()))


def _drop_attributes(match: re.Match[str]) -> str:
    return match.group().split(None, 1)[0] + ">"
