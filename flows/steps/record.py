r"""The values that travel through a shard: record, decoded text, page, reject.

Record --decode--> Decoded --structure--> Page
   \----------------\----------------------\--> Reject
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

ID_BYTES = 16
"""Ids are 128 bits: at a billion records the chance of one collision is below 1e-20."""


def identity(data: bytes) -> str:
    """Name raw bytes: their 128-bit BLAKE2b in hex.

    >>> identity(b"Mayor resigns")
    'f81bcb519bf02d35ad53431883e5011d'
    """
    return blake2b(data, digest_size=ID_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a record stands: file, path inside archives, ordinal, and byte range where known.

    Byte offsets count in the unpacked file or innermost member. `kind` is the format of that
    innermost file: text, html, jsonl, json, csv, parquet, warc, or unknown.
    """

    uri: str
    ordinal: int
    member: str | None = None
    byte_start: int | None = None
    byte_end: int | None = None
    kind: str = "unknown"


@dataclass(frozen=True, slots=True)
class Hints:
    """What the container says about a record. None means that it says nothing."""

    external_id: str | None = None
    url: str | None = None
    title: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    published: str | None = None
    modified: str | None = None
    section: str | None = None
    language: str | None = None
    dateline: str | None = None
    charset: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One raw record: its bytes, what they are, and what its container says about it.

    `media_type` is sniffed: `text/plain`, `text/html`, or `application/json` for an object
    whose fields are still to be chosen. `fields` holds the values of a row that a table
    format has already split (CSV, Parquet); `data` is then the row's raw or canonical bytes.
    """

    locator: Locator
    data: bytes
    media_type: str
    hints: Hints = Hints()
    fields: Mapping[str, object] | None = None

    @property
    def document_id(self) -> str:
        """Identity of the raw bytes, whatever later cleaning makes of them."""
        return identity(self.data)


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be landed, with a reason of `schemas.rejects.REASONS`.

    `document_id` names the bytes where they were read, else the place.
    """

    reason: str
    stage: str
    message: str
    locator: Locator
    document_id: str
    excerpt: str = ""
    media_type: str = "application/octet-stream"
    byte_count: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record's text. `is_html` tells markup from plain text; `flags` name each repair."""

    text: str
    is_html: bool
    charset: str | None
    charset_method: str
    hints: Hints
    flags: tuple[str, ...] = ()


class Block(NamedTuple):
    """A stretch of the decoded record with one role. Body roles are the kept ones.

    `method` names the rule or model that decided, `score` is the model's probability of the
    role. The block owns `[raw_start, raw_end)` with its trailing white space, so that blocks
    tile the record. Of an HTML record `[source_start, source_end)` is the stretch of the
    decoded markup that it was read from.
    """

    role: str
    raw_start: int
    raw_end: int
    method: str
    is_kept: bool = False
    score: float | None = None
    source_start: int | None = None
    source_end: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as stated: when, how finely, and where it was read.

    `utc_offset` is the time zone that it was stated in, in minutes east of UTC.
    """

    at: datetime
    precision: str
    method: str
    utc_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What a record says: its decoded text, the blocks that tile it, and its fields.

    `text` is the decoded record that raw offsets point into: a text dump as decoded, an HTML
    page as rendered. Fields hold what was found; None means that the page does not say.
    `body_method` names what chose the story, `body_confidence` is how sure it is of it;
    `methods` names by field where it was read.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    subtitle: str | None = None
    byline_raw: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    url: str | None = None
    section: str | None = None
    language: str | None = None
    dateline_place: str | None = None
    dateline_agency: str | None = None
    captions: tuple[str, ...] = ()
    comment_count: int | None = None
    view_count: int | None = None
    share_count: int | None = None
    stated_minutes: int | None = None
    kind: str = "article"
    flags: tuple[str, ...] = field(default=())
    body_method: str = "rules"
    body_confidence: float | None = None
    methods: Mapping[str, str] = field(default_factory=dict)
