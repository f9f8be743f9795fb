"""Fields that a page states in its markup: JSON-LD first, then meta tags, then what it shows."""

import html
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from trafilatura.metadata import extract_metadata

from flows.steps.bylines import is_name, read_byline, read_names
from flows.steps.dates import read_moment
from flows.steps.lexicon import StructureLexicon, phrase_key
from flows.steps.record import Hints, Moment

MAX_LD_CHARS = 2_000_000
MAX_LD_NODES = 5_000
LATEST_DATE = "2100-12-31"
"""Bound of the date search where the container does not say when the page was fetched: the
clock would make the same page give other rows on another day."""

_ARTICLE_TYPES = frozenset({
    "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
    "backgroundnewsarticle", "reviewnewsarticle", "blogposting", "liveblogposting",
    "socialmediaposting", "techarticle", "scholarlyarticle", "report", "posting",
})  # fmt: skip
_TITLE_CUT = re.compile(r"\s+[|–—·»•]\s+|\s+-\s+|\s+::\s+")
_ASIDE = re.compile(
    r"\([^()]{0,60}\)|^\s*(?:view all posts by|posts by|see all posts by)\s", re.IGNORECASE
)
_PUBLICATION_TIMES = (
    "//time[@pubdate or @itemprop='datePublished' or contains(@class, 'publish')"
    " or contains(@class, 'entry-date')]"
)
_META = {
    "title": ("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title"),
    "author": ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author",
               "byl", "cxenseparse:author", "article:author_name", "citation_author"),
    "published": ("article:published_time", "og:published_time", "datepublished", "date",
                  "dc.date", "dc.date.issued", "parsely-pub-date", "sailthru.date", "pubdate",
                  "publishdate", "cxenseparse:recs:publishtime", "dcterms.created", "publish-date",
                  "article.published", "citation_publication_date"),
    "modified": ("article:modified_time", "og:updated_time", "datemodified", "last-modified",
                 "dcterms.modified", "lastmod"),
    "section": ("article:section", "section", "parsely-section", "cxenseparse:category"),
    "url": ("og:url",),
    "description": ("og:description", "description", "twitter:description"),
}  # fmt: skip


@dataclass(slots=True)
class Stated:
    """What a page states about itself. None means that it does not say."""

    title: str | None = None
    subtitle: str | None = None
    byline_raw: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    section: str | None = None
    url: str | None = None
    language: str | None = None


def read_metadata(tree: HtmlElement, hints: Hints, lexicon: StructureLexicon) -> Stated:
    """Read the stated fields of a page; hints of the container fill what it leaves open."""
    stated = Stated()
    tags = read_meta_tags(tree)
    fill_from_linked_data(stated, find_article_node(tree), lexicon)
    fill_from_meta(stated, tags, tree, lexicon)
    fill_from_elements(stated, tree, lexicon)
    if stated.published is None or not stated.authors or stated.title is None:
        fill_by_search(stated, tree, hints, lexicon)
    stated.title = choose_title(stated.title, tree, tags, stated.url or hints.url)
    return stated


def find_article_node(tree: HtmlElement) -> Mapping[str, Any]:
    """The JSON-LD node of the article: of an article type, the one with most wanted fields."""
    wanted = ("headline", "author", "datePublished", "articleBody")
    best: Mapping[str, Any] = {}
    for node in _linked_nodes(tree):
        types = node.get("@type")
        names = {str(name).casefold() for name in (types if isinstance(types, list) else [types])}
        if names & _ARTICLE_TYPES and sum(key in node for key in wanted) > sum(
            key in best for key in wanted
        ):
            best = node
    return best


def read_meta_tags(tree: HtmlElement) -> dict[str, list[str]]:
    """Contents of the meta elements by lower-case name or property, in page order."""
    tags: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = _clean(element.get("content"))
        if name and content:
            tags.setdefault(name.strip().casefold(), []).append(content)
    return tags


def fill_from_linked_data(
    stated: Stated, node: Mapping[str, Any], lexicon: StructureLexicon
) -> None:
    """Fill fields from the article's JSON-LD node."""
    stated.title = _clean(node.get("headline"))
    stated.subtitle = _clean(node.get("alternativeHeadline"))
    names = list(_person_names(node.get("author"))) or list(_person_names(node.get("creator")))
    stated.authors = _credit(names, lexicon)
    stated.published = read_moment(_clean(node.get("datePublished")), "json_ld", lexicon)
    stated.modified = read_moment(_clean(node.get("dateModified")), "json_ld", lexicon)
    section = node.get("articleSection")
    stated.section = _clean(section[0] if isinstance(section, list) and section else section)
    stated.language = _clean(node.get("inLanguage"))


def fill_from_meta(
    stated: Stated, tags: Mapping[str, Sequence[str]], tree: HtmlElement, lexicon: StructureLexicon
) -> None:
    """Fill what is open from meta tags, the canonical link and the language attribute."""
    stated.title = stated.title or _first(tags, "title")
    stated.subtitle = stated.subtitle or _first(tags, "description")
    if not stated.authors:
        names = [name for key in _META["author"] for name in tags.get(key, ())]
        stated.authors = _credit([name for name in names if "/" not in name], lexicon, strict=True)
    for name in ("published", "modified"):
        if getattr(stated, name) is None:
            moments = (read_moment(text, "meta", lexicon) for text in _all(tags, name))
            setattr(stated, name, next((moment for moment in moments if moment), None))
    stated.section = stated.section or _first(tags, "section")
    og_url = _first(tags, "url")
    links = tree.xpath("//link[@rel='canonical']/@href")
    stated.url = _address(links[0] if links else None) or _address(og_url)
    stated.language = (
        stated.language
        or _clean(tree.get("lang"))
        or _clean(next(iter(tags.get("og:locale", ())), None))
    )
    if stated.language:
        stated.language = re.split(r"[-_]", stated.language)[0].casefold()[:3] or None


def fill_from_elements(stated: Stated, tree: HtmlElement, lexicon: StructureLexicon) -> None:
    """Fill what is open from the page's own headline, time element and byline."""
    if stated.title is None:
        heads = [_clean(" ".join(head.itertext())) for head in tree.iter("h1")]
        stated.title = next((head for head in heads if head), None)
    if stated.published is None:
        named = tree.xpath(_PUBLICATION_TIMES)[:3]
        moments = _times(named, lexicon)
        stated.published = next(moments, None)
    if not stated.authors:
        for element in tree.xpath("//*[@rel='author' or @itemprop='author']")[:6]:
            text = _clean(" ".join(element.itertext())) or ""
            stated.authors = read_byline(text, lexicon) or read_names(text, lexicon)
            if stated.authors:
                stated.byline_raw = text[:300]
                break


def fill_by_search(
    stated: Stated, tree: HtmlElement, hints: Hints, lexicon: StructureLexicon
) -> None:
    """Fill what is still open by trafilatura's and htmldate's search of the whole page."""
    latest = hints.fetched_at.date().isoformat() if hints.fetched_at else LATEST_DATE
    bounds = {"original_date": True, "extensive_search": True, "max_date": latest}
    try:
        found = extract_metadata(tree, hints.url, bounds, True)
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        return  # a search that fails on odd markup finds nothing; the page still counts
    stated.title = stated.title or _clean(found.title)
    if not stated.authors and found.author:
        stated.authors = _credit(found.author.split(";"), lexicon)
    if stated.published is None:
        stated.published = _refine(read_moment(found.date, "page_search", lexicon), tree, lexicon)


def _refine(found: Moment | None, tree: HtmlElement, lexicon: StructureLexicon) -> Moment | None:
    """A found day with the time of day of the first time element of that day, if there is one."""
    if found is None:
        return None
    for moment in _times(tree.xpath("//time")[:20], lexicon):
        if moment.at.date() == found.at.date() and moment.precision != "day":
            return moment
    return found


def _times(elements: Iterable[HtmlElement], lexicon: StructureLexicon) -> Iterator[Moment]:
    for element in elements:
        text = element.get("datetime") or " ".join(map(str, element.itertext()))
        moment = read_moment(_clean(text), "time_element", lexicon)
        if moment is not None:
            yield moment


def choose_title(
    title: str | None,
    tree: HtmlElement,
    tags: Mapping[str, Sequence[str]],
    url: str | None,
) -> str | None:
    """Cut the site's name from a title: the page's headline, else the title less its last part.

    A headline that the title begins with is the title without the site; a last part is the
    site's name where the page or its address says so.
    """
    page_title = _clean(tree.findtext(".//title"))
    if title is None or (
        page_title and page_title.startswith(title) and _is_half(title, page_title)
    ):
        title = page_title
    if title is None:
        return None
    for head in (_clean(" ".join(head.itertext())) for head in tree.iter("h1")):
        if head and len(head) >= 10 and title.startswith(head) and _cut_at(title, len(head)):
            return head
    cuts = list(_TITLE_CUT.finditer(title))
    if cuts and _names_site(title[cuts[-1].end() :], tags, url):
        return title[: cuts[-1].start()]
    return title


def _is_half(short: str, whole: str) -> bool:
    """A search that cut more than half of a title cut at the story's own dash."""
    return len(short) * 2 < len(whole)


def _cut_at(title: str, place: int) -> bool:
    return _TITLE_CUT.match(title, place) is not None


def _names_site(part: str, tags: Mapping[str, Sequence[str]], url: str | None) -> bool:
    """Whether the last part of a title is the site's name, as stated or as in the address."""
    name = phrase_key(part)
    if name and name == phrase_key((tags.get("og:site_name") or [""])[0]):
        return True
    host = (urlsplit(url).hostname or "") if url else ""
    squeezed = name.replace(" ", "")
    return len(squeezed) >= 3 and squeezed in host.replace(".", "").replace("-", "")


def _linked_nodes(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """Every object in the page's JSON-LD, outermost first; broken scripts are passed over."""
    left = MAX_LD_NODES
    for script in tree.xpath("//script[@type='application/ld+json']"):
        text = (script.text or "").strip()
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
                queue.extend(item for item in value.values() if isinstance(item, dict | list))


def _load(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _person_names(value: object) -> Iterator[str]:
    """Names in a JSON-LD author: a string, an object, or a list of them."""
    queue = deque([value])
    for _ in range(40):
        if not queue:
            return
        item = queue.popleft()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
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
        if cleaned.startswith(("http:", "https:", "@")) or len(cleaned) > 300:
            continue
        found = read_names(cleaned, lexicon)
        if found and (len(found) > 1 or not is_name(cleaned, lexicon)):
            credited.update(dict.fromkeys(found))
        elif is_name(cleaned, lexicon) or (cleaned and not strict):
            credited.setdefault(cleaned)
    return tuple(credited)[:12]


def _all(tags: Mapping[str, Sequence[str]], name: str) -> Iterator[str]:
    return (content for key in _META[name] for content in tags.get(key, ()))


def _first(tags: Mapping[str, Sequence[str]], name: str) -> str | None:
    return next(_all(tags, name), None)


def _address(value: str | None) -> str | None:
    text = (value or "").strip()
    return text if text.startswith(("http://", "https://")) and len(text) < 2000 else None


def _clean(value: object) -> str | None:
    """A string with its character references and white space put right; None if none."""
    if not isinstance(value, str):
        return None
    return " ".join(html.unescape(value).split()) or None
