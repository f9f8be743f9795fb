"""What the names of elements, their classes and their attributes mean for an article.

The words are those of the markup's authors, in the languages of their newsrooms. They are not
rules: each becomes one bit that the net may weigh.
"""

import re
from functools import lru_cache

DROPPED = frozenset({
    "script", "style", "template", "noscript", "svg", "iframe", "select", "object", "canvas",
    "math", "audio", "video", "textarea", "title", "datalist", "xmp", "noembed", "noframes",
})  # fmt: skip
"""Elements whose content no reader sees as text."""
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "ruby", "rb", "rp", "rt", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    "amp-img", "picture", "source", "input", "o-copy", "meta", "link", "embed", "param", "track",
    "area", "base", "col", "keygen", "map",
})  # fmt: skip
"""Elements inside a line; every other one, known or not, begins a line of its own."""
VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "keygen",
})  # fmt: skip
SPACED = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption", "figure", "ul", "ol",
    "table", "section",
})  # fmt: skip
NAMED = frozenset({
    "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "li", "blockquote", "p", "dt", "dd", "td",
    "th", "address",
})  # fmt: skip
"""Elements that tell what kind of line stands in them."""
PLACES = (
    "article", "main", "aside", "footer", "header", "nav", "figure", "figcaption", "ul", "ol",
    "table", "form", "blockquote", "section", "dl", "details", "dialog", "li", "p", "button",
)  # fmt: skip
PLACE_BITS = {name: 1 << at for at, name in enumerate(PLACES)}
CHROME = PLACE_BITS["nav"] | PLACE_BITS["footer"] | PLACE_BITS["button"]
"""Places of menus and controls: the net is not asked about them."""
HIDDEN = 1 << len(PLACES)

CLOSED_BY: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "menu"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "tr": (frozenset({"tr", "td", "th"}), frozenset({"table"})),
    "td": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
}
"""Opening an element ends open ones of the first set, up to one of the second."""
SCOPES = frozenset({"td", "th", "table", "caption"})
"""An end tag inside one of these ends nothing outside of it."""

HINTS = (
    ("body", r"article[-_]?(?:body|content|text|main)|articlebody|(?:entry|post|story|main|news|"
             r"single|detail|page|body)[-_]*(?:body|content|text|copy)|content[-_]*body|"
             r"body[-_]*(?:text|content|copy)|richtext|prose\b|wysiwyg|texto|contenido|cuerpo|"
             r"corpo|fliesstext|brodtext|artikeltext"),
    ("article", r"article|artikel|articulo|artigo|story|post(?!er|al)|entry|noticia|news"),
    ("content", r"content|inhalt|contenu|main|text|copy"),
    ("paragraph", r"paragraph|\bp[-_]|para\b|absatz"),
    ("related", r"relat|similar|recommend|more[-_]|mehr|also|read[-_]?next|teaser|promo|trending|"
                r"popular|most|latest|suggest|outbrain|taboola|linklist|further|verwandt|lesen|"
                r"connexe"),
    ("comment", r"comment|disqus|reply|discussion|kommentar|reaction|reader|respond"),
    ("share", r"share|social|twitter|facebook|whatsapp|follow|sharing|teilen|some-"),
    ("caption", r"caption|credit|figure|image|photo|picture|gallery|media|video|foto|bild|legend|"
                r"slide|carousel|img"),
    ("menu", r"nav|menu|breadcrumb|crumb|topbar|toolbar|pagination|pager|tabs?\b"),
    ("footer", r"foot(?!ball)|copyright|colophon|bottom|legal|imprint"),
    ("header", r"head|masthead|banner|topper|hero|lead(?!er)|intro|standfirst|dek\b|summary|"
               r"excerpt|chapeau|subtitle|sub-?title|description|deck|abstract"),
    ("title", r"title|headline|titre|titulo|\bhed"),
    ("byline", r"byline|author|writer|autor|auteur|contributor|bio\b|source"),
    ("date", r"date|time|publish|posted|timestamp|datum|meta"),
    ("advert", r"\bads?\b|advert|ad[-_]|[-_]ads?\b|sponsor|promot|commercial|banner|dfp|anzeige|"
               r"paywall|subscri|newsletter|signup|sign-up|register|login|regwall|premium|abo\b|"
               r"donat|consent|cookie|gdpr|modal|popup|overlay|dialog|alert"),
    ("tags", r"tag|topic|keyword|categor|label|rubri"),
    ("side", r"side|aside|widget|rail|column-|secondary|complement|infobox|box\b|factbox|card"),
    ("hidden", r"hidden|hide|sr-only|visually|screen-reader|invisible|print-only|noprint|no-print"),
    ("quote", r"quote|pull|zitat|embed|tweet|instagram"),
    ("list", r"list|item|grid|feed|stream"),
    ("notice", r"disclaim|correction|note|footnote|editor|kicker|eyebrow|tool|button|btn|print|cta|"
               r"label"),
    ("consent", r"consent|cookie|gdpr|dsgvo|onetrust|\bot-|didomi|usercentrics|privacy|datenschutz|"
                r"\bcmp|sp_message|opt-?out|external-content|opt-?in|embed-privacy"),
    ("stated_body", r"\x02(?:articlebody|text)"),
    ("stated_role", r"\x03(?:nav|banner|complem|contentinfo|search|dialog|menu)"),
)  # fmt: skip
HINT_BITS = {name: 1 << at for at, (name, _) in enumerate(HINTS)}
_HINT_PATTERNS = tuple(re.compile(words) for _, words in HINTS)
_ANY_HINT = re.compile("|".join(words for _, words in HINTS))
PRIVACY_WORDS = (
    "cookie", "privacy", "personal data", "third part", "consent", "opt out", "opt-out",
    "datenschutz", "personenbezogen", "einwillig", "externe inhalt", "externen inhalt",
    "confidentialité", "données personnelles", "datos personales", "privacidad", "dati personali",
    "privacybeleid", "personvern", "конфиденциальност", "gizlilik", "çerez", "プライバシー",
)  # fmt: skip
"""What consent dialogs say: the only words of the text that the net is told of."""
RIGHTS_WORDS = (
    "©", "copyright", "all rights reserved", "alle rechte", "tous droits", "todos los derechos",
    "todos os direitos", "tutti i diritti", "newsletter", "subscri", "abonn", "suscri", "sign up",
    "log in", "registr", "follow us", "click here", "read more", "related:", "read also",
)  # fmt: skip
"""What notices of rights, subscriptions and teasers say."""
_CAMEL = re.compile(r"([a-z])([A-Z])")


@lru_cache(maxsize=65_536)
def read_hints(named: str) -> int:
    r"""Bits of `HINT_BITS` for classes, an id, `\x02itemprop` or `\x03role`.

    >>> read_hints("comment-list") == HINT_BITS["comment"] | HINT_BITS["list"]
    True
    """
    words = named.split(None, 20)[:20]
    if len(words) == 1:
        return _read_word(words[0])
    hints = 0
    for word in words:
        hints |= _read_word(word)
    return hints


@lru_cache(maxsize=65_536)
def _read_word(word: str) -> int:
    split = _CAMEL.sub(r"\1-\2", word[:200]).lower()
    if not _ANY_HINT.search(split):
        return 0
    return sum(1 << at for at, hint in enumerate(_HINT_PATTERNS) if hint.search(split))
