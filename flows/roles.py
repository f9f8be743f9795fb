"""How block roles are shown: grouped by what became of the text."""

from schemas.blocks import BODY_ROLES

GROUPS = ("body", "fields", "cut")
"""`body` is kept as text, `fields` became columns, `cut` is page furniture."""

ROLE_COLOURS = {
    "title": "#0f7b8a", "subtitle": "#2a8fa3", "byline": "#3a86c8", "date": "#5a73c4",
    "dateline": "#7a68bd", "counter": "#946ab0", "caption": "#b08a3e",
    "paragraph": "#2f6f4f", "subhead": "#3f8f66", "list": "#5a9a4a", "quote": "#7a9a2e",
    "embed": "#8a8f3a", "related": "#c0782e", "comment_ui": "#c46a4a", "comment": "#b8564a",
    "share_ui": "#c25a6e", "subscribe_ui": "#b8527f", "navigation": "#8d7b6b",
    "legal": "#85786f", "advert": "#a8553f", "other": "#8a8580",
}  # fmt: skip
"""Colour of every role, on a terminal and on paper: mid tones, readable on light and dark."""

_FIELD_ROLES = ("title", "subtitle", "byline", "date", "dateline", "counter", "caption")


def group_of(role: str) -> str:
    """What became of a block: kept in the body, read into a field, or cut.

    >>> group_of("subhead"), group_of("counter"), group_of("advert")
    ('body', 'fields', 'cut')
    """
    if role in BODY_ROLES:
        return "body"
    return "fields" if role in _FIELD_ROLES else "cut"
