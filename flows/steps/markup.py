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


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("body", (
        *(f"{thing}{dash}{part}" for thing in _words("article entry post story main news single "
          "detail page body") for dash in ("", "-") for part in _words("body content text copy")),
        *_words("article-main richtext prose- wysiwyg texto contenido cuerpo corpo fliesstext "
                "brodtext artikeltext content-body"),
    )),
    ("article", _words("article artikel articulo artigo story post- posts blogpost entry noticia "
                       "news")),
    ("content", _words("content inhalt contenu main text copy")),
    ("paragraph", _words("paragraph -p- -para- absatz")),
    ("related", _words("relat similar recommend more- mehr also readnext read-next teaser promo "
                       "trending popular -most latest suggest outbrain taboola linklist further "
                       "verwandt lesen connexe")),
    ("comment", _words("comment disqus reply discussion kommentar reaction reader respond")),
    ("share", _words("share social twitter facebook whatsapp follow sharing teilen some-")),
    ("caption", _words("caption credit figure image photo picture gallery media video foto bild "
                       "legend slide carousel img")),
    ("menu", _words("-nav menu navi breadcrumb crumb topbar toolbar pagination pager -tab- tabs-")),
    ("footer", _words("foot- footer copyright colophon bottom legal imprint")),
    ("header", _words("head masthead banner topper hero- lead- intro standfirst -dek- summary "
                      "excerpt chapeau subtitle sub-title description -deck- abstract")),
    ("title", _words("title headline titre titulo -hed")),
    ("byline", _words("byline author writer autor auteur contributor -bio- source")),
    ("date", _words("date time- publish posted timestamp datum meta")),
    ("advert", _words("-ad- -ads- advert sponsor promot commercial banner dfp anzeige paywall "
                      "subscri newsletter signup sign-up register login regwall premium abo- donat "
                      "modal popup overlay dialog alert")),
    ("tags", _words("tag- tags -tag topic keyword categor label rubri")),
    ("side", _words("-side sidebar aside widget rail- column- secondary complement infobox box- "
                    "factbox card")),
    ("hidden", _words("hidden hide sr-only visually screen-reader invisible print-only noprint "
                      "no-print")),
    ("quote", _words("quote pull- zitat embed tweet instagram")),
    ("list", _words("list item grid feed stream")),
    ("notice", _words("disclaim correction note footnote editor kicker eyebrow tool button btn "
                      "print cta- label")),
    ("consent", _words("consent cookie gdpr dsgvo onetrust -ot- didomi usercentrics privacy "
                       "datenschutz -cmp sp-message optout opt-out external-content optin opt-in")),
    ("stated_body", ("\x02article-body", "\x02articlebody", "\x02text")),
    ("stated_role", tuple(f"\x03{role}" for role in _words("nav banner complem contentinfo search "
                                                          "dialog menu"))),
)  # fmt: skip
"""Parts of class names by what they tell; a dash stands for any separator or an end."""
HINT_BITS = {name: 1 << at for at, (name, _) in enumerate(HINTS)}
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
_SEED = 3
_CAMEL = re.compile(r"([a-z])([A-Z])")
_SEPARATOR = re.compile(r"[_:./ -]+")


def _index_hints() -> dict[str, list[tuple[str, int]]]:
    """Parts by their first characters: a class is searched for all of them in one walk."""
    index: dict[str, list[tuple[str, int]]] = {}
    for at, (_, parts) in enumerate(HINTS):
        for part in parts:
            index.setdefault(part[:_SEED], []).append((part, 1 << at))
    return index


_PARTS = _index_hints()


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
    parted = _CAMEL.sub(r"\1-\2", word[:200]).lower()
    split = f"-{_SEPARATOR.sub('-', parted)}-"
    hints = 0
    for at in range(len(split) - _SEED + 1):
        for part, bit in _PARTS.get(split[at : at + _SEED], ()):
            if split.startswith(part, at):
                hints |= bit
    return hints
