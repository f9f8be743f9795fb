"""Rows from what a record says: document, article, blocks, reject."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from courlan import normalize_url

from flows.steps.record import Decoded, Moment, Page, Record, Reject, identity
from flows.steps.structure import assemble_body

Row = dict[str, Any]

_FIELD_ROLES = """
    title subtitle byline date dateline counter caption paragraph subhead list quote
"""
FIELD_ROLES = frozenset(_FIELD_ROLES.split())
"""Roles whose characters end up in a column of `articles`; the rest is boilerplate."""

_ARTICLE_COLUMNS = """
    article_id version document_id url site title subtitle byline_raw authors published_at
    published_precision published_method published_utc_offset modified_at language section
    dateline_place dateline_agency body body_method body_confidence field_methods captions
    comment_count view_count share_count stated_minutes kind boilerplate_share quality_flags
    content_hash
"""
ARTICLE_COLUMNS = frozenset(_ARTICLE_COLUMNS.split())
"""Columns of `articles` that `page_rows` writes."""

FIRST_VERSION = 1
"""Version of staged rows; the commit, which knows the lake, counts on from there."""


def article_identity(url: str | None, document_id: str) -> str:
    """Name an article: by its address where it has one, else by its raw record.

    Scheme, `www.`, fragment, tracking parameters and a final slash make no other article.

    >>> a = article_identity("https://www.example.org/a/?utm_source=x#top", "d1")
    >>> a == article_identity("http://example.org/a", "d2")
    True
    >>> article_identity(None, "d1")
    'd1'
    """
    key = _address(url)
    return identity(key.encode()) if key else document_id


def site_of(url: str | None) -> str | None:
    """The host of an address without `www.`.

    >>> site_of("https://www.Harbour-Courier.example/a")
    'harbour-courier.example'
    >>> site_of("no address") is None
    True
    """
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") or None if host else None


def document_row(record: Record, decoded: Decoded, source: str) -> Row:
    """The `documents` row of a landed record."""
    return {
        **_place(record.locator),
        "document_id": record.document_id,
        "source": source,
        "external_id": decoded.hints.external_id,
        "media_type": record.media_type,
        "charset": decoded.charset,
        "charset_method": decoded.charset_method,
        "byte_count": len(record.data),
        "fetched_at": decoded.hints.fetched_at,
        "status": "landed",
    }


def rejected_document_row(reject: Reject, source: str) -> Row:
    """The `documents` row of a rejected record."""
    return {
        **_place(reject.locator),
        "document_id": reject.document_id,
        "source": source,
        "media_type": reject.media_type,
        "byte_count": reject.byte_count,
        "status": "rejected",
    }


def reject_row(reject: Reject, source: str) -> Row:
    """The `rejects` row of a rejected record, open and tried once."""
    place = _place(reject.locator)
    del place["kind"]
    return {
        **place,
        "document_id": reject.document_id,
        "reason": reject.reason,
        "stage": reject.stage,
        "message": reject.message,
        "source": source,
        "excerpt": reject.excerpt,
        "attempts": 1,
        "state": "open",
    }


def broken_row(document: Row, broken_rule: str) -> Row:
    """The `rejects` row of a landed document whose article breaks a rule of its contract."""
    place = ("document_id", "source", "uri", "member", "record_ordinal", "byte_start", "byte_end")
    return {
        **{name: document[name] for name in place},
        "reason": "rule_broken",
        "stage": "validate",
        "message": f"the row breaks the rule: {broken_rule}",
        "excerpt": "",
        "attempts": 1,
        "state": "open",
    }


def page_rows(record: Record, decoded: Decoded, page: Page) -> tuple[Row, list[Row]]:
    """The `articles` row and the `blocks` rows of a page, without what other steps derive."""
    body, places = assemble_body(page.text, page.blocks)
    url = page.url or decoded.hints.url
    key = {
        "article_id": article_identity(url, record.document_id),
        "version": FIRST_VERSION,
        "document_id": record.document_id,
    }
    article = {
        **key,
        **_article_fields(page),
        "url": url,
        "site": site_of(url),
        "body": body,
        "boilerplate_share": boilerplate_share(page),
        "quality_flags": sorted({*decoded.flags, *page.flags}),
        "content_hash": identity(f"{page.title or ''}\n\n{body}".encode()),
    }
    return article, [key | row for row in _block_rows(page, places)]


def boilerplate_share(page: Page) -> float:
    """Share of the visible characters that no article field holds; 0 for an empty page."""
    seen = kept = 0
    for block in page.blocks:
        size = len("".join(page.text[block.raw_start : block.raw_end].split()))
        seen += size
        kept += size if block.role in FIELD_ROLES else 0
    return round(1 - kept / seen, 6) if seen else 0.0


def _article_fields(page: Page) -> Row:
    return {
        "title": page.title,
        "subtitle": page.subtitle,
        "byline_raw": page.byline_raw,
        "authors": list(page.authors),
        **_publication(page.published),
        "modified_at": page.modified.at if page.modified else None,
        "language": page.language,
        "section": page.section,
        "dateline_place": page.dateline_place,
        "dateline_agency": page.dateline_agency,
        "captions": list(page.captions),
        "comment_count": page.comment_count,
        "view_count": page.view_count,
        "share_count": page.share_count,
        "stated_minutes": page.stated_minutes,
        "kind": page.kind,
        "body_method": page.body_method,
        "body_confidence": page.body_confidence,
        "field_methods": sorted(f"{name}={how}" for name, how in page.methods.items()),
    }


def _publication(moment: Moment | None) -> Row:
    return {
        "published_at": moment.at if moment else None,
        "published_precision": moment.precision if moment else None,
        "published_method": moment.method if moment else None,
        "published_utc_offset": moment.utc_offset if moment else None,
    }


def _block_rows(page: Page, places: Sequence[tuple[int, int] | None]) -> list[Row]:
    rows = []
    for ordinal, (block, place) in enumerate(zip(page.blocks, places, strict=True)):
        rows.append(
            {
                "ordinal": ordinal,
                "role": block.role,
                "raw_start": block.raw_start,
                "raw_end": block.raw_end,
                "body_start": place[0] if place else None,
                "body_end": place[1] if place else None,
                "is_kept": block.is_kept,
                "method": block.method,
                "score": block.score,
                "source_start": block.source_start,
                "source_end": block.source_end,
                "text": None if place else page.text[block.raw_start : block.raw_end],
            }
        )
    return rows


def _place(locator: Any) -> Row:
    return {
        "uri": locator.uri,
        "member": locator.member,
        "record_ordinal": locator.ordinal,
        "kind": locator.kind,
        "byte_start": locator.byte_start,
        "byte_end": locator.byte_end,
    }


def _address(url: str | None) -> str | None:
    try:
        clean = normalize_url(url, strict=False) if url else ""
        parts = urlsplit(clean)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if not host:
        return None
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"
