"""HTML to lines: what a reader would see, block elements on lines of their own.

One pass over the markup without a tree: open elements are a list, so that nesting costs no
stack, and every line knows where in the markup it was read.
"""

import html
import re
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from flows.steps.lines import squash
from flows.steps.markup import (
    CHROME,
    CLOSED_BY,
    DROPPED,
    HIDDEN,
    INLINE,
    NAMED,
    PLACE_BITS,
    SCOPES,
    SPACED,
    VOID,
    read_hints,
)

MAX_MARKUP_CHARS = 64_000_000
MAX_LINES = 200_000
"""Further text is joined to the last line: no page has so many."""
MAX_TAG_CHARS = 20_000
"""Attributes behind this place of a tag are not read."""
MAX_CLOSED = 200
"""An end tag is matched with one of so many open elements, else passed over."""

MAX_NAME_CHARS = 300
"""A stretch this long behind a bracket is a tag only where a name begins."""
MAX_REPEATED_CHARS, MAX_SEEN = 200, 65_536
"""Longer tags are not kept from page to page, and never more than so many."""
MAX_LOST_ENDS = 100
"""Hidden elements without an end that are looked for: markup with more is not worth the time."""

_NAME = re.compile(r"/?([a-zA-Z][^\s/>]*)")
_QUOTE_OR_END = re.compile(r""">|=\s*["']""")
_QUOTED = re.compile(r"""=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)""")
_ATTRIBUTE = re.compile(r"""(?<![\w:-])([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_HIDDEN_ATTRIBUTE = re.compile(r"\shidden(?=[\s/=]|$)", re.IGNORECASE)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")
NOTHING, LINK, LINK_END, BEGIN, END, BREAK, DROP, STATE, NO_TAG = range(9)
"""What a tag does to the line that is being written. Bare numbers: it is asked of every tag."""


class Tag(NamedTuple):
    """A tag as written: what it does, its name, class and hints, and whether it is of note."""

    act: int
    name: str
    text: str
    named: str = ""
    own: int = 0
    is_hidden: bool = False
    is_telling: bool = False
    is_spaced: bool = False


class Frame(NamedTuple):
    """An open element that is not inline.

    `label` is the nearest element that names a kind of line. `places` are the bits of
    `PLACE_BITS` around it and `HIDDEN`; `hints` those of `HINT_BITS`; `own`, `above` and
    `beyond` are the hints of it and of the two around it. `container` counts the frames of a
    page in order. `path` is its name and class and those of the one around it.
    """

    name: str
    label: str
    places: int
    hints: int
    own: int
    above: int
    beyond: int
    container: int
    path: tuple[str, str, str, str]
    depth: int


class Line(NamedTuple):
    """One line of a rendered page.

    `linked` counts characters in links. `[start, end)` is where it stands in the markup.
    """

    text: str
    frame: Frame
    has_gap: bool
    after_break: bool
    linked: int
    start: int
    end: int

    @property
    def tag(self) -> str:
        """The innermost element that names a kind of line; "" where there is none."""
        return self.frame.label

    @property
    def is_chrome(self) -> bool:
        """Whether it stands in a menu, a footer or a control."""
        return bool(self.frame.places & CHROME)

    @property
    def is_hidden(self) -> bool:
        """Whether the page hides it until a script shows it."""
        return bool(self.frame.places & HIDDEN)

    def is_in(self, place: str) -> bool:
        """Whether it stands in an element of `PLACES`."""
        return bool(self.frame.places & PLACE_BITS[place])


# Thousands are made a second; in order and without names, in two thirds of the time.
_make_frame, _make_line = Frame._make, Line._make


class Note(NamedTuple):
    """An element that may state a field: its name, its tag, and where its content begins."""

    name: str
    tag: str
    start: int


@dataclass(slots=True)
class Sheet:
    """A page as read: its lines, and what its markup states beside them.

    `parents` and `depths` tell of every container the one around it and how deep it stands,
    `articles` which containers are articles.
    """

    lines: list[Line] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [0])
    depths: list[int] = field(default_factory=lambda: [0])
    meta: dict[str, list[str]] = field(default_factory=dict)
    linked_data: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    page_title: str | None = None
    canonical: str | None = None
    language: str | None = None
    articles: set[int] = field(default_factory=set)

    def article_of(self, container: int) -> int | None:
        """The outermost `<article>` around a container."""
        found = None
        while container:
            found = container if container in self.articles else found
            container = self.parents[container]
        return found


ROOT = Frame("body", "", 0, 0, 0, 0, 0, 0, ("body", "", "", ""), 0)


def read_sheet(markup: str) -> Sheet | None:
    """Read a page in one pass; None where the markup is longer than `MAX_MARKUP_CHARS`.

    Scripts, styles, comments and the like are left out, JSON-LD is kept aside. Hidden lines
    are read and marked. Broken markup is repaired as browsers do, by and large: an end tag
    ends what is open inside its element, one without a beginning ends nothing.
    """
    if len(markup) > MAX_MARKUP_CHARS:
        return None
    reader = _Reader(markup)
    reader.read()
    return reader.sheet


def clean_line(raw: str) -> str:
    r"""A line as shown: character references resolved, white space squashed.

    >>> clean_line(" Mayor &amp;\n council\u200b ")
    'Mayor & council'
    """
    if "&" in raw:
        raw = html.unescape(raw)
        raw = _INVISIBLE.sub("", raw) if not raw.isascii() or not raw.isprintable() else raw
    return squash(raw)


class _Reader:
    """The line being written, the elements around it, and the place in the markup."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.sheet = Sheet()
        self._frames = [ROOT]
        self._names = [""]  # no end tag ends the root
        self._parts: list[str] = []
        self._linked = 0
        self._in_link = False
        self._start = self._end = 0
        self._has_gap = True
        self._after_break = False
        self._missing: set[str] = set()
        self._lost_ends = 0

    def read(self) -> None:  # noqa: PLR0912 - a call for each tag is a twentieth of the time
        """Read all of the markup, tag by tag. What is asked of every tag stands here."""
        markup, find, parts = self.markup, self.markup.find, self._parts
        frames, names = self._frames, self._names
        known: dict[str, Tag] = {}  # small beside the tags of all pages, and so at hand
        position, close = 0, -1
        while (at := find("<", position)) >= 0:
            if at > position:
                text = markup[position:at]
                if parts or not text.isspace():
                    self._write(text, position)
            if close < at:
                close = find(">", at)
                if close < 0:
                    break  # a tag without an end: browsers drop it too
            # Behind a mere bracket in the text a far end is not looked through.
            is_near = close - at <= MAX_NAME_CHARS or _may_begin_tag(markup[at + 1])
            stop = close if is_near else at + 1
            text = markup[at + 1 : stop]
            tag = known.get(text)
            if tag is None:
                tag = _SEEN.get(text)
                if tag is None and (text.count('"') % 2 or "='" in text):
                    stop = self._find_end(text, at + 1, stop)
                    text = markup[at + 1 : stop]
                    tag = read_tag(text)  # where it ends is the page's: no other is told of it
                elif tag is None:
                    tag = _read_new(text)
                known[text] = tag
            position = stop + 1
            act = tag.act
            if act == NOTHING:
                continue
            if act < BEGIN:
                self._in_link = act == LINK
            elif act > END:
                position = self._read_other(tag, at, position)
            else:
                if parts:
                    self._end_line()
                if tag.is_spaced:
                    self._has_gap = True
                if act == BEGIN:
                    self._begin(tag, position)
                elif names[-1] == tag.name:
                    del names[-1], frames[-1]
                else:
                    self._close(tag.name)
        if at < 0:
            self._write(markup[position:], position)
        if parts:
            self._end_line()

    def _read_other(self, tag: Tag, at: int, position: int) -> int:
        """Do what rarer tags ask for; gives where to read on."""
        if tag.act is BREAK:
            self._end_line()
            self._after_break = True
        elif tag.act is DROP:
            return self._drop(tag, position)
        elif tag.act is STATE:
            return self._state(tag, position)
        elif tag.text.startswith("!--"):
            end = self._seek("-->", at + 2)
            return end + 3 if end >= 0 else position
        elif tag.text[:1] not in ("!", "?", "/"):
            self._write("<", at)
            return at + 1
        return position

    def _find_end(self, text: str, at: int, stop: int) -> int:
        """Where a tag ends of which a quoted value may hold `>`; `stop` where no quote closes."""
        if not text.count('"') % 2 and not text.count("'") % 2:
            return stop
        place = at
        for _ in range(1_000):
            match = _QUOTE_OR_END.search(self.markup, place)
            if match is None:
                return stop
            if match[0] == ">":
                return match.start()
            close = self._seek(match[0][-1], match.end())
            if close < 0:
                return stop
            place = close + 1
        return place

    def _seek(self, wanted: str, position: int) -> int:
        """Find a string; one that is not ahead is never searched for again."""
        if wanted in self._missing:
            return -1
        found = self.markup.find(wanted, position)
        if found < 0:
            self._missing.add(wanted)
        return found

    def _begin(self, tag: Tag, position: int) -> None:
        """Begin an element that is not inline; what it cannot stand in ends."""
        _, name, text, named, own, is_hidden, is_telling, _ = tag
        if is_telling:
            self.sheet.notes.append(Note(name, text, position))
        if name in VOID:
            return
        names, frames = self._names, self._frames
        if name in CLOSED_BY or names[-1] == "p":
            self._close_implied(name)
        names.append(name)
        around = frames[-1]
        _, label, places, hints, above, beyond, _, outer, path, depth = around
        if places & CHROME:
            frames.append(around)  # of menus and footers nobody asks for more
            return
        places |= PLACE_BITS.get(name, 0)
        if is_hidden:
            places |= HIDDEN
        sheet = self.sheet
        container, depth = len(sheet.parents), depth + 1
        sheet.parents.append(outer)
        sheet.depths.append(depth)
        if name in NAMED:
            label = name
        frames.append(
            _make_frame((name, label, places, hints | own, own, above, beyond, container,
                         (name, named, path[0], path[1]), depth))
        )  # fmt: skip
        if name == "article":
            sheet.articles.add(container)
        elif name in ("html", "body") and sheet.language is None:
            sheet.language = read_attribute(text, "lang")

    def _state(self, tag: Tag, position: int) -> int:
        """Take what an inline element states; gives where to read on."""
        name = tag.name
        if name == "a":
            self._in_link = "href" in tag.text
        if name == "meta":
            self._note_meta(tag.text)
        elif name == "link":
            if (read_attribute(tag.text, "rel") or "").lower() == "canonical":
                self.sheet.canonical = self.sheet.canonical or read_attribute(tag.text, "href")
        elif tag.is_hidden:
            return self._skip_hidden(name, position)
        else:
            self.sheet.notes.append(Note(name, tag.text, position))
        return position

    def _note_meta(self, tag: str) -> None:
        stated = {
            key.lower(): quoted or single or bare
            for key, quoted, single, bare in _ATTRIBUTE.findall(tag[:MAX_TAG_CHARS])
        }
        name = stated.get("property") or stated.get("name") or stated.get("itemprop")
        content = clean_line(stated.get("content", "")) if name else ""
        if name and content:
            self.sheet.meta.setdefault(name.strip().lower(), []).append(content)

    def _skip_hidden(self, name: str, position: int) -> int:
        """Read on behind a hidden inline element; where its end is not near, show it."""
        if self._lost_ends > MAX_LOST_ENDS:
            return position
        depth = 1
        tags = re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])", re.IGNORECASE)
        for match in tags.finditer(self.markup, position, position + MAX_TAG_CHARS):
            depth += -1 if match[1] else 1
            if not depth:
                end = self.markup.find(">", match.end())
                return end + 1 if end >= 0 else position
        self._lost_ends += 1
        return position

    def _drop(self, tag: Tag, position: int) -> int:
        """Read on behind an element that is not shown; one that never ends is no such element."""
        closing = f"</{tag.name}"
        end = self._seek(closing, position)
        if end < 0 and tag.name not in self._missing:
            match = re.compile(closing, re.IGNORECASE).search(self.markup, position)
            end = match.start() if match else -1
        if end < 0:
            self._missing.add(tag.name)
            return len(self.markup) if tag.name in ("script", "style") else position
        if tag.name == "script" and "ld+json" in tag.text:
            self.sheet.linked_data.append(self.markup[position:end])
        elif tag.name == "title" and self.sheet.page_title is None:
            self.sheet.page_title = clean_line(self.markup[position:end]) or None
        stop = self.markup.find(">", end)
        return stop + 1 if stop >= 0 else len(self.markup)

    def _close_implied(self, name: str) -> None:
        """End the paragraph, item or cell that a new element cannot stand in."""
        names = self._names
        if names[-1] == "p":
            self._close_from(len(names) - 1)
        if name not in CLOSED_BY:
            return
        closed, bounds = CLOSED_BY[name]
        for at in range(len(names) - 1, max(0, len(names) - 12), -1):
            if names[at] in bounds:
                return
            if names[at] in closed:
                self._close_from(at)
                if name != "tr":
                    return

    def _close(self, name: str) -> None:
        """End the nearest open element of a name, with all that is open inside it."""
        names = self._names
        for at in range(len(names) - 1, max(0, len(names) - MAX_CLOSED), -1):
            if names[at] == name:
                self._close_from(at)
                return
            if names[at] in SCOPES:
                return

    def _close_from(self, at: int) -> None:
        del self._frames[at:], self._names[at:]

    def _write(self, text: str, position: int) -> None:
        if not self._parts:
            self._start = position
        self._parts.append(text)
        self._end = position + len(text)
        if self._in_link:
            self._linked += len(text)

    def _end_line(self) -> None:
        """Put down the line that has been written; there must be one."""
        text = clean_line("".join(self._parts))
        if text and len(self.sheet.lines) < MAX_LINES:
            self.sheet.lines.append(
                _make_line((text, self._frames[-1], self._has_gap, self._after_break,
                            self._linked, self._start, self._end))
            )  # fmt: skip
            self._has_gap = False
        self._parts.clear()
        self._linked = 0
        self._after_break = False


def _may_begin_tag(char: str) -> bool:
    return char.isalpha() or char in "/!?"


def read_tag(text: str) -> Tag:
    """Read what stands between `<` and `>`: what it does to the line being written."""
    if text.startswith("a ") and not _is_telling(text):
        if "hidden" not in text and "style" not in text:
            return _LINK if "href" in text else _NOTHING  # half of all tags with attributes
    elif text.startswith("img "):
        return _NOTHING
    elif text.startswith("!--"):
        return Tag(NO_TAG, "", text)
    match = _NAME.match(text)
    if match is None:
        return Tag(NO_TAG, "", text)
    name = match[1].lower()
    if text[0] == "/":
        if name in INLINE:
            return _LINK_END if name == "a" else _NOTHING
        return Tag(END, name, text, is_spaced=name in SPACED)
    if name in INLINE:
        return _read_inline(name, text)
    if name in DROPPED:
        return Tag(DROP, name, text)
    if name == "br":
        return Tag(BREAK, name, text)
    if "=" not in text and "hidden" not in text:
        return Tag(BEGIN, name, text, is_spaced=name in SPACED)
    named = read_attribute(text, "class") or ""
    own = _own_hints(named, text)
    hidden = _is_hidden(text) and name not in ("html", "body")
    telling = "date" in text or _is_telling(text)
    return Tag(BEGIN, name, text, named, own, hidden, telling, name in SPACED)


def _read_inline(name: str, text: str) -> Tag:
    if name in ("meta", "link"):
        return Tag(STATE, name, text) if name == "meta" or "anonical" in text else _NOTHING
    if name in VOID or (len(text) == len(name) and name != "time"):
        return _NOTHING
    is_hidden = _is_hidden(text)
    is_dated = name != "a" and "date" in text
    if is_hidden or is_dated or name == "time" or _is_telling(text):
        return Tag(STATE, name, text, is_hidden=is_hidden)
    return _LINK if name == "a" and "href" in text else _NOTHING


_NOTHING, _LINK, _LINK_END = (Tag(act, "a", "") for act in (NOTHING, LINK, LINK_END))


_OWN = frozenset({"a ", "!-", "img ", "meta", "link", "scri", "sour", "inpu", "opti"})
"""How tags begin that other pages seldom have: they are not kept for them."""
_SEEN: dict[str, Tag] = {}
"""Pages of one site share their template: most of their tags have been read before."""


def _read_new(text: str) -> Tag:
    """Read a tag that no page had before, and keep it where another page may have it."""
    tag = read_tag(text)
    if not (text[:2] in _OWN or text[:4] in _OWN or len(text) > MAX_REPEATED_CHARS):
        if len(_SEEN) >= MAX_SEEN:
            _SEEN.clear()
        _SEEN[text] = tag
    return tag


def _is_telling(text: str) -> bool:
    """Whether attributes may say who wrote the story, or when. Spelt out: it is asked often."""
    return (
        "uthor" in text or "yline" in text or "riter" in text or "utor" in text
        or "itemprop" in text
    )  # fmt: skip


def read_attribute(tag: str, name: str) -> str | None:
    """The value of one attribute, quickly where it is written as usual.

    >>> read_attribute('div class="a b" id=c', "class"), read_attribute("p ID='c'", "id")
    ('a b', 'c')
    >>> read_attribute("p", "id") is None
    True
    """
    at = tag.find(f' {name}="')
    if at >= 0:
        at += len(name) + 3
        stop = tag.find('"', at)
        return tag[at : stop if stop >= 0 else None]
    match = _attribute_named(name).search(tag, 0, MAX_TAG_CHARS)
    return (match[1] or match[2] or match[3] or "") if match else None


@cache
def _attribute_named(name: str) -> re.Pattern[str]:
    return re.compile(rf"""[\s"']{name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def _own_hints(named: str, tag: str) -> int:
    hints = read_hints(named) if named else 0
    if "id=" in tag and (value := read_attribute(tag, "id")):
        hints |= read_hints(value)
    if "itemprop=" in tag and (value := read_attribute(tag, "itemprop")):
        hints |= read_hints("\x02" + value)
    if "role=" in tag and (value := read_attribute(tag, "role")):
        hints |= read_hints("\x03" + value)
    return hints


def _is_hidden(tag: str) -> bool:
    """Whether a tag hides its element: by the attribute `hidden` or by its style."""
    if "style" in tag:
        style = read_attribute(tag, "style")
        if style is not None and _HIDING.search(style[:300]):
            return True
    if "hidden" not in tag:
        return False
    return bool(_HIDDEN_ATTRIBUTE.search(_QUOTED.sub("", tag[:MAX_TAG_CHARS])))
