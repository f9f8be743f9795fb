"""What the readers are told: their bounds, and the names under which records keep fields."""

from dataclasses import dataclass
from functools import cached_property

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of the readers. Sizes are bytes; `max_ratio` is unpacked bytes per packed byte.

    The ratio is judged once more than 16 MiB have been unpacked: small files of one repeated
    letter are odd, not dangerous. A tar inside one compressed stream counts as one archive.
    """

    max_record_bytes: int = 16 * MIB
    max_nested_bytes: int = 64 * MIB
    max_member_count: int = 1_000_000
    max_archive_depth: int = 4
    max_total_bytes: int = 8192 * MIB
    max_ratio: int = 200
    max_text_chars: int = 1_000_000


@dataclass(frozen=True)
class FieldNames:
    """Keys under which JSON, CSV and Parquet records may keep each field, in lower case.

    The first name that a record has wins; letter case is ignored.
    """

    text: tuple[str, ...] = (
        "text",
        "body",
        "content",
        "article",
        "article_text",
        "maintext",
        "full_text",
        "fulltext",
    )
    html: tuple[str, ...] = ("html", "raw_html", "page", "source_html", "content_html")
    url: tuple[str, ...] = ("url", "link", "source_url", "canonical_url", "canonical", "permalink")
    title: tuple[str, ...] = ("title", "headline", "name")
    subtitle: tuple[str, ...] = ("subtitle", "standfirst", "description", "lead", "abstract")
    byline: tuple[str, ...] = ("byline", "author", "authors", "writer", "creator")
    published: tuple[str, ...] = (
        "published_at",
        "published",
        "date_published",
        "datepublished",
        "date_publish",
        "publish_date",
        "pub_date",
        "pubdate",
        "date",
    )
    modified: tuple[str, ...] = (
        "modified_at",
        "modified",
        "date_modified",
        "datemodified",
        "updated_at",
        "updated",
    )
    section: tuple[str, ...] = ("section", "category", "desk", "rubric")
    language: tuple[str, ...] = ("language", "lang", "language_code")
    dateline: tuple[str, ...] = ("dateline",)
    external_id: tuple[str, ...] = ("external_id", "id", "uid", "guid", "doc_id", "article_id")

    @cached_property
    def bodies(self) -> frozenset[str]:
        """Names that hold the text itself, plain or marked up."""
        return frozenset(name.lower() for name in (*self.text, *self.html))
