"""The form of a text and what a reader of it should know."""

import re

from flows.steps.lines import count_words
from flows.steps.record import Page

BRIEF_WORDS = 60
"""A shorter body is a brief."""

STUB_WORDS = 150
"""A shorter body above a paywall note is what the paywall leaves."""

_BY_TITLE = (
    ("live_blog", re.compile(r"\blive[- ]?(?:blog|updates?|ticker|coverage)\b|^live\s?:")),
    ("gallery", re.compile(r"\b(?:photo gallery|in pictures|in photos|fotostrecke|bilderstrecke)\b|"
                           r"^(?:photos|gallery|pictures|fotogalería)\s?:")),
    ("sponsored", re.compile(r"^(?:sponsored|advertorial|paid post|anzeige|partner content)\b")),
    ("opinion", re.compile(r"^(?:opinion|op-ed|editorial|commentary|kommentar|meinung|opinión|"
                           r"opinião|tribune|мнение|column)\s?[:|–-]")),
)  # fmt: skip
_OF_A_KIND = re.compile("|".join(wording.pattern for _, wording in _BY_TITLE))
_BY_SECTION = {
    "opinion": "opinion", "opinions": "opinion", "op-ed": "opinion", "editorial": "opinion",
    "editorials": "opinion", "commentary": "opinion", "commentisfree": "opinion",
    "meinung": "opinion",
    "kommentar": "opinion", "kommentare": "opinion", "opinión": "opinion", "opinião": "opinion",
    "мнения": "opinion", "live": "live_blog", "liveblog": "live_blog", "gallery": "gallery",
    "galleries": "gallery", "photos": "gallery", "sponsored": "sponsored", "paid post": "sponsored",
    "advertorial": "sponsored", "partner content": "sponsored",
}  # fmt: skip
_PAYWALL = {
    "subscribe": re.compile(
        r"subscribe to (?:continue|read)|already a subscriber|subscribers only"
    ),
    "continue reading": re.compile(r"to continue reading"),
    "unlock": re.compile(r"unlock this article"),
    "weiterlesen": re.compile(r"diesen artikel weiterlesen|mit .{0,20}abo weiterlesen"),
    "abonné": re.compile(r"déjà abonné|réservé aux abonnés"),
    "suscriptores": re.compile(r"contenido exclusivo para suscriptores"),
    "assinante": re.compile(r"já é assinante"),
}
"""What asks to subscribe, by a word that it has: where none stands no pattern is asked."""


def find_kind(page: Page, body: str) -> str:
    """The form of a text: by its title's or section's own word, then by its length."""
    words = count_words(body)
    if not body or (words < STUB_WORDS and has_paywall_note(page)):
        return "stub"
    title = (page.title or "").casefold()
    if _OF_A_KIND.search(title):
        return next(kind for kind, wording in _BY_TITLE if wording.search(title))
    section = _BY_SECTION.get((page.section or "").casefold().strip())
    if section is not None:
        return section
    return "brief" if words < BRIEF_WORDS else "article"


def _has_paywall_word(text: str) -> bool:
    folded = text.lower()
    return any(word in folded for word in _PAYWALL)


def find_flags(page: Page, body: str, inherited: tuple[str, ...]) -> tuple[str, ...]:
    """What a reader of the row should know: missing fields, a paywall, repairs of decoding."""
    flags = dict.fromkeys(inherited)
    missing = {
        "empty_body": not body,
        "title_missing": page.title is None,
        "date_missing": page.published is None,
        "paywall_note": has_paywall_note(page),
    }
    flags.update(dict.fromkeys(name for name, is_so in missing.items() if is_so))
    return tuple(flags)


def has_paywall_note(page: Page) -> bool:
    """Whether a cut line asks to subscribe in order to read on."""
    if any(block.method == "widget_paywall_note" for block in page.blocks):
        return True
    # The whole text is folded fast where it is ASCII; elsewhere the cut lines are less to fold.
    if page.text.isascii() and not _has_paywall_word(page.text):
        return False
    cut = "\n".join(
        page.text[block.raw_start : min(block.raw_end, block.raw_start + 400)]
        for block in page.blocks
        if block.role in ("subscribe_ui", "legal", "other")
    )
    folded = cut.casefold()
    return any(word in folded and note.search(folded) for word, note in _PAYWALL.items())
