"""How block roles are shown: grouped by what became of the text."""

from schemas.blocks import BODY_ROLES

GROUPS = ("body", "fields", "cut")
"""`body` is kept as text, `fields` became columns, `cut` is page furniture."""

_FIELD_ROLES = ("title", "subtitle", "byline", "date", "dateline", "counter", "caption")


def group_of(role: str) -> str:
    """What became of a block: kept in the body, read into a field, or cut.

    >>> group_of("subhead"), group_of("counter"), group_of("advert")
    ('body', 'fields', 'cut')
    """
    if role in BODY_ROLES:
        return "body"
    return "fields" if role in _FIELD_ROLES else "cut"
