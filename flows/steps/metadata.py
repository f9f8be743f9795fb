"""Fields that a page states in its markup: JSON-LD first, then meta tags, then what it shows."""

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flows.steps.bylines import is_name, read_byline, read_names
from flows.steps.dates import read_moment
from flows.steps.lexicon import StructureLexicon, phrase_key
from flows.steps.record import Moment
from flows.steps.render import Note, Sheet, clean_line, read_attribute

MAX_LD_CHARS = 2_000_000
MAX_LD_NODES = 2_000
MAX_NOTE_CHARS = 3_000
"""Markup of one element that is read for a name or a time."""

_ARTICLE_TYPES = frozenset({
    "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
    "backgroundnewsarticle", "reviewnewsarticle", "blogposting", "liveblogposting",
    "socialmediaposting", "techarticle", "scholarlyarticle", "report", "posting",
    "advertisercontentarticle", "satiricalarticle", "askpublicnewsarticle", "review", "recipe",
})  # fmt: skip
_PAGE_TYPES = frozenset({"webpage", "creativework", "videoobject", "podcastepisode", "itempage"})
_HELD_IN = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement", "item")
_TITLE_CUT = re.compile(
    r"\s+[|–—·»•‹›/*:]\s+|\s+-+\s+|\s+::\s+|\s\|\s?|\s«\s|\s*[｜ㅣǀ]\s*|：(?=[^：]{2,20}$)"
)
_ASIDE = re.compile(
    r"\([^()]{0,60}\)|^\s*(?:view all posts by|posts by|see all posts by)\s", re.IGNORECASE
)
_MARKS = re.compile(r"<[^>]{0,2000}>")
_PUBLISHES = re.compile(r"pubdate|datePublished|publish|entry-date|posted|created", re.IGNORECASE)
_CHANGES = re.compile(r"modif|updated|dateModified|\bedited", re.IGNORECASE)
_WRITES = re.compile(
    r"""rel\s*=\s*["']?author|itemprop\s*=\s*["']?(?:author|creator)|"""
    r"""(?:class|id)\s*=\s*["'][^"']{0,200}(?:author|byline|\bautor|auteur|writer)""",
    re.IGNORECASE,
)
_NO_WRITER = re.compile(r"comment|avatar|image|img|photo|related|bio\b|box|social|share|icon|count")
_DATED_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/_-]|$)")
_META = {
    "title": ("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title",
              "dcterms.title", "title", "headline"),
    "author": ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author",
               "byl", "cxenseparse:author", "article:author_name", "og:article:author",
               "dcterms.creator", "citation_author", "creator"),
    "published": ("article:published_time", "og:published_time", "og:article:published_time",
                  "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.issued",
                  "dcterms.date", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate",
                  "publish_date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
                  "dcterms.created", "dc.date.created", "publish-date", "article.published",
                  "article:published", "publication_date", "published-date", "date.created",
                  "datecreated", "citation_publication_date", "originalpublicationdate",
                  "rnews:datepublished", "article.created", "published_time"),
    "modified": ("article:modified_time", "og:updated_time", "datemodified", "last-modified",
                 "dcterms.modified", "lastmod", "article:modified"),
    "section": ("article:section", "section", "parsely-section", "cxenseparse:category",
                "articlesection"),
    "url": ("og:url",),
    "description": ("og:description", "description", "twitter:description", "dc.description"),
}  # fmt: skip


@dataclass(slots=True)
class Stated:
    """What a page states about itself. None means that it does not say.

    `description` and `body` are its own summary and, where its JSON-LD has it, its text:
    evidence of where the story is, never the answer. `methods` names where each field was read.
    """

    title: str | None = None
    subtitle: str | None = None
    byline_raw: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    section: str | None = None
    url: str | None = None
    language: str | None = None
    description: str | None = None
    body: str = ""
    methods: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: object, method: str) -> None:
        """Set a field that is still open, and note where it was read."""
        if value and not getattr(self, name):
            setattr(self, name, value)
            self.methods[name] = method


def read_metadata(sheet: Sheet, markup: str, url: str | None, lexicon: StructureLexicon) -> Stated:
    """Read the fields that a page states; the nearer to the newsroom's system, the better.

    `url` is the address under which the container keeps the page.
    """
    stated = Stated()
    nodes = list(read_linked_data(sheet.linked_data))
    outlets = read_outlets(nodes, sheet)
    house = fill_from_linked_data(stated, nodes, outlets, lexicon)
    tagged = fill_from_meta(stated, sheet, outlets, lexicon)
    fill_from_elements(stated, sheet, markup, lexicon)
    stated.put("authors", house, "json_ld")
    stated.put("authors", tagged, "meta")
    stated.put("published", read_address_date(stated.url or url, lexicon), "address")
    choose_title(stated, sheet, stated.url or url)
    return stated


def read_linked_data(scripts: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Every object in the page's JSON-LD, outermost first; broken scripts are passed over."""
    left = MAX_LD_NODES
    for script in scripts:
        text = script.strip().rstrip(";")
        if not text or len(text) > MAX_LD_CHARS:
            continue
        queue = deque([_load(text)])
        while queue and left > 0:
            left -= 1
            value = queue.popleft()
            if isinstance(value, list):
                queue.extend(value[:500])
            elif isinstance(value, dict):
                yield value
                queue.extend(value[key] for key in _HELD_IN if key in value)


def read_outlets(nodes: Sequence[Mapping[str, Any]], sheet: Sheet) -> frozenset[str]:
    """Names of the site and its publisher, as phrases: a credit to one of them names nobody."""
    publishers = [node.get("publisher") for node in nodes]
    names = [one.get("name") for one in map(_one, publishers) if isinstance(one, dict)]
    names += sheet.meta.get("og:site_name", ())
    return frozenset(phrase_key(name) for name in names if isinstance(name, str)) - {""}


def fill_from_linked_data(
    stated: Stated,
    nodes: Sequence[Mapping[str, Any]],
    outlets: frozenset[str],
    lexicon: StructureLexicon,
) -> tuple[str, ...]:
    """Fill fields from the article's JSON-LD nodes, the fullest first.

    Gives the outlet where it is named as the author: the answer if nobody else is found.
    """
    house: tuple[str, ...] = ()
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    for node in _rank_nodes(nodes):
        stated.put("title", _clean(node.get("headline")), "json_ld")
        stated.put("subtitle", _clean(node.get("alternativeHeadline")), "json_ld")
        for name, key in (("published", "datePublished"), ("modified", "dateModified")):
            moment = read_moment(_clean(_one(node.get(key))), "json_ld", lexicon)
            stated.put(name, moment, "json_ld")
        if not _is_of(node, _ARTICLE_TYPES):
            continue
        if not stated.authors:
            names = list(_person_names(node.get("author"), named))
            names = names or list(_person_names(node.get("creator"), named))
            credited = _credit(names, lexicon)
            people = tuple(name for name in credited if phrase_key(name) not in outlets)
            stated.put("authors", people, "json_ld")
            house = house or credited
        stated.put("section", _clean(_one(node.get("articleSection"))), "json_ld")
        stated.put("language", _clean(_one(node.get("inLanguage"))), "json_ld")
        body = node.get("articleBody")
        if isinstance(body, str) and len(body) > len(stated.body):
            stated.body = " ".join(body.lower().split())
    return house


def fill_from_meta(
    stated: Stated, sheet: Sheet, outlets: frozenset[str], lexicon: StructureLexicon
) -> tuple[str, ...]:
    """Fill what is open from meta tags, the canonical link and the language attribute.

    Gives the authors that the tags name, the outlet too: a blog may bear its writer's name.
    """
    credited: tuple[str, ...] = ()
    stated.put("description", _first(sheet, "description"), "meta")
    stated.put("subtitle", stated.description, "meta")
    if not stated.authors:
        named = [name for key in _META["author"] for name in sheet.meta.get(key, ())]
        credited = _credit(named, lexicon, strict=True)
        people = tuple(name for name in credited if phrase_key(name) not in outlets)
        stated.put("authors", people, "meta")
    for name in ("published", "modified"):
        if getattr(stated, name) is None:
            moments = (read_moment(text, "meta", lexicon) for text in _all(sheet, name))
            stated.put(name, next((moment for moment in moments if moment), None), "meta")
    stated.put("section", _first(sheet, "section"), "meta")
    stated.put("url", _address(sheet.canonical), "canonical_link")
    stated.put("url", _address(_first(sheet, "url")), "meta")
    stated.put("language", sheet.language, "html_element")
    stated.put("language", next(iter(sheet.meta.get("og:locale", ())), None), "meta")
    if stated.language:
        stated.language = re.split(r"[-_]", stated.language.strip())[0].casefold()[:3] or None
    return credited


def fill_from_elements(
    stated: Stated, sheet: Sheet, markup: str, lexicon: StructureLexicon
) -> None:
    """Fill what is open from the page's own time elements and its byline."""
    if stated.published is None:
        stated.put("published", find_time(sheet, markup, lexicon), "time_element")
    if not stated.authors:
        printed, names = find_writer(sheet, markup, lexicon)
        stated.put("byline_raw", printed, "byline_element")
        stated.put("authors", names, "byline_element")


def read_address_date(url: str | None, lexicon: StructureLexicon) -> Moment | None:
    """The day that an address holds, as in `/2024/03/12/pier-opens`."""
    match = _DATED_ADDRESS.search(url or "")
    if match is None:
        return None
    year, month, day = match.groups()
    return read_moment(f"{year}-{month:0>2}-{day:0>2}", "address", lexicon)


def find_time(sheet: Sheet, markup: str, lexicon: StructureLexicon) -> Moment | None:
    """The time of publication by its element: one that says so, else the first `<time>`."""
    elements = [
        note
        for note in sheet.notes
        if note.name == "time" or (_PUBLISHES.search(note.tag[:500]) and "date" in note.tag)
    ]
    elements = [note for note in elements if not _CHANGES.search(note.tag[:500])]
    elements.sort(key=lambda note: not _PUBLISHES.search(note.tag[:500]))
    for note in elements[:6]:
        stamp = read_attribute(note.tag, "datetime") or read_attribute(note.tag, "content")
        text = stamp or read_note(markup, note)
        moment = read_moment(clean_line(text), "time_element", lexicon)
        if moment is not None:
            return moment
    return None


def find_writer(
    sheet: Sheet, markup: str, lexicon: StructureLexicon
) -> tuple[str | None, tuple[str, ...]]:
    """The byline by its element: its text as printed and the names in it."""
    elements = [note for note in sheet.notes if _WRITES.search(note.tag[:1_000])]
    elements.sort(key=lambda note: bool(_NO_WRITER.search(note.tag[:1_000])))
    for note in elements[:8]:
        text = read_note(markup, note)
        if not text or len(text) > 200:
            continue
        names = read_byline(text, lexicon) or read_names(text, lexicon)
        if names and all(map(_is_one_name, names)):
            return text[:300], names
    return None, ()


def _is_one_name(name: str) -> bool:
    """Without capitals, words in a row tell no name: scripts that have none set few spaces."""
    return name.lower() != name.upper() or name.count(" ") < 2


def read_note(markup: str, note: Note) -> str:
    """The text inside an element, up to its own end tag."""
    content = markup[note.start : note.start + MAX_NOTE_CHARS]
    depth = 1
    for match in re.finditer(rf"<(/?){re.escape(note.name)}(?=[\s/>])", content, re.IGNORECASE):
        depth += -1 if match[1] else 1
        if not depth:
            content = content[: match.start()]
            break
    return clean_line(_MARKS.sub(" ", content).partition("<")[0])


def choose_title(stated: Stated, sheet: Sheet, url: str | None) -> None:
    """Set the headline: what the page states for sharing, else in JSON-LD, else in its head.

    Of a title with parts ("Headline | Site") the part that a heading of the page shows is
    taken; where none does, the site's name is cut off as far as the page or its address tells
    it. A page that states no title has its first h1; so has one without JSON-LD whose title
    no heading shows, where its h1 is one and no mere name: such titles are often the section's.
    """
    heads = read_headings(sheet)
    shown = {phrase_key(head): at for at, (head, _) in enumerate(heads)}
    tops = [head for head, level in heads if level == "h1"]
    shared = _first(sheet, "title")
    whole = shared or stated.title or sheet.page_title
    title = _shorten(whole, shown, sheet, url) if whole else None
    method = "meta" if shared else "json_ld" if stated.title else "title_element"
    is_open = title is None or (
        stated.title is None
        and len(tops) == 1
        and tops[0].count(" ") >= 2
        and phrase_key(title) not in shown
    )
    if is_open and tops:
        title, method = tops[0], "h1_element"
    stated.title = title
    if title:
        stated.methods["title"] = method


def _shorten(title: str, shown: Mapping[str, int], sheet: Sheet, url: str | None) -> str:
    """A title without what is not the headline; `shown` are the places of headings' phrases."""
    if phrase_key(title) in shown:
        return title
    parts = [
        part
        for part in _parts(title)
        if phrase_key(part) in shown and not _names_site(part, sheet, url)
    ]
    if parts:
        return max(parts, key=lambda part: (shown[phrase_key(part)], len(part)))
    return _cut_site(title, sheet, url)


def read_headings(sheet: Sheet) -> list[tuple[str, str]]:
    """Headings of the three upper levels with their element; lines of one are joined."""
    heads: dict[int, tuple[str, str]] = {}
    for line in sheet.lines:
        frame = line.frame
        level = frame.label
        if level in ("h1", "h2", "h3") and not line.is_chrome and len(line.text) <= 300:
            key = frame.container
            text = f"{heads[key][0]} {line.text}" if key in heads else line.text
            heads[key] = (text, level)
    return list(heads.values())


def _parts(title: str) -> list[str]:
    """What a title may be without the site's name: its stretches between separators."""
    cuts = list(_TITLE_CUT.finditer(title))[:6]
    starts = [0, *(cut.end() for cut in cuts)]
    ends = [*(cut.start() for cut in cuts), len(title)]
    return [title[start:end] for at, start in enumerate(starts) for end in ends[at:] if start < end]


def _cut_site(title: str, sheet: Sheet, url: str | None) -> str:
    """A title without the site's name before or after it."""
    cuts = list(_TITLE_CUT.finditer(title))
    while cuts and _names_site(title[cuts[-1].end() :], sheet, url):
        title = title[: cuts[-1].start()]
        cuts = list(_TITLE_CUT.finditer(title))
    if cuts and _names_site(title[: cuts[0].start()], sheet, url):
        return title[cuts[0].end() :]
    return title


def _names_site(part: str, sheet: Sheet, url: str | None) -> bool:
    """Whether a part of a title is the site's name, as stated or as in the address."""
    name = phrase_key(part)
    if name and name == phrase_key((sheet.meta.get("og:site_name") or [""])[0]):
        return True
    host = (urlsplit(url).hostname or "") if url else ""
    squeezed = name.replace(" ", "")
    return len(squeezed) >= 3 and squeezed in host.replace(".", "").replace("-", "")


def _rank_nodes(nodes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Nodes of the article, then of the page; of each kind those with more wanted fields."""
    wanted = ("headline", "author", "datePublished", "articleBody")

    def rank(node: Mapping[str, Any]) -> tuple[bool, int]:
        return not _is_of(node, _ARTICLE_TYPES), -sum(key in node for key in wanted)

    return sorted((node for node in nodes if _is_of(node, _ARTICLE_TYPES | _PAGE_TYPES)), key=rank)


def _is_of(node: Mapping[str, Any], types: frozenset[str]) -> bool:
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(str(name).rpartition("/")[2].casefold() in types for name in names)


def _load(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _person_names(value: object, named: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Names in a JSON-LD author: a string, an object, a list of them, or a reference."""
    queue = deque([value])
    for _ in range(40):
        if not queue:
            return
        item = queue.popleft()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            if not item.get("name") and item.get("@id") in named:
                item = named[item["@id"]]
            queue.append(item.get("name"))
        elif isinstance(item, list):
            queue.extend(item)


def _credit(
    names: Sequence[str], lexicon: StructureLexicon, strict: bool = False
) -> tuple[str, ...]:
    """Author names as credited, each once; a credit of many names is split.

    A single word or an outlet counts where the markup calls it the author (not `strict`).
    """
    credited: dict[str, None] = {}
    for name in names:
        cleaned = _clean(_ASIDE.sub(" ", name)) or ""
        if "http" in cleaned or cleaned.startswith(("@", "www.")) or len(cleaned) > 300:
            continue
        found = read_names(cleaned, lexicon)
        opener = phrase_key(cleaned.split(maxsplit=1)[0]) if cleaned else ""
        is_one = is_name(cleaned, lexicon) and opener not in lexicon.byline_openers
        if found and (len(found) > 1 or not is_one):
            credited.update(dict.fromkeys(found))
        elif is_name(cleaned, lexicon) or (cleaned and not strict):
            credited.setdefault(cleaned)
    return tuple(credited)[:12]


def _one(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def _all(sheet: Sheet, name: str) -> Iterator[str]:
    return (content for key in _META[name] for content in sheet.meta.get(key, ()))


def _first(sheet: Sheet, name: str) -> str | None:
    return next(_all(sheet, name), None)


def _address(value: str | None) -> str | None:
    text = html.unescape(value or "").strip()
    return text if text.startswith(("http://", "https://")) and len(text) < 2000 else None


def _clean(value: object) -> str | None:
    """A string with its character references and white space put right; None if none."""
    if not isinstance(value, str):
        return None
    return " ".join(html.unescape(value).split()) or None
