"""What bytes are, by their content and never by their name."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from flows.steps.options import FieldNames

Kind = Literal[
    "empty",
    "text",
    "html",
    "xml",
    "json",
    "json_lines",
    "json_array",
    "csv",
    "parquet",
    "warc",
    "gzip",
    "zstd",
    "bzip2",
    "xz",
    "zip",
    "tar",
    "binary",
    "unsupported",
]

SNIFF_BYTES = 1 << 16
"""How much of the beginning tells what a stream is."""

MIN_ZEROS = 3
"""Fewer zeros in a row of places are an accident, not UTF-16."""

UTF8_BOM = b"\xef\xbb\xbf"
DELIMITERS = (b",", b"\t", b";", b"|")

# An opening tag this early is markup; `<p` alone may be a typing mistake, `<p>` is not.
_MARKUP_START = re.compile(
    r"(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*"
    r"<(?:!doctype\s+html|(?:html|head|body|title|meta|link|script|style|div|p|article|section"
    r"|main|header|nav|span|table|ul|ol|h[1-6]|br|img|a|b|i|em|strong|figure|blockquote|center"
    r"|font|frameset|noscript|aside|footer|form|iframe|u|small|time)(?=[\s/>]))",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK_TAG = re.compile(r"</?(?:p|div|h[1-6]|li|td|article)\s*>|<br\s*/?>", re.IGNORECASE)
_BLOCK_TAGS_OF_MARKUP = 3
_XML_START = re.compile(r"(?:<!--.*?-->\s*)*<(?:\?xml\s|rss[\s>]|feed[\s>])", re.DOTALL)
_OBJECT_START = re.compile(rb'\{\s*["}]')
_ARRAY_START = re.compile(rb'\[\s*[\[{"\]\d-]')
_COLUMN_NAME = re.compile(r"[\w .\-/#()@:]{0,64}")
_SQUARE_LINE = re.compile(rb"\[[^\n]*\]\s*\n\s*[\[{]")

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PAR1", "parquet"),
    (b"WARC/0.", "warc"),
    (b"WARC/1.", "warc"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x05\x06", "zip"),
    (b"\x04\x22\x4d\x18", "unsupported"),  # lz4
    (b"7z\xbc\xaf\x27\x1c", "unsupported"),
    (b"Rar!\x1a\x07", "unsupported"),
    (b"Obj\x01", "unsupported"),  # Avro
    (b"ARROW1\x00\x00", "unsupported"),
    (b"\x1f\x9d", "unsupported"),  # compress
    (b"SQLite format 3\x00", "binary"),
    (b"\x89PNG\r\n\x1a\n", "binary"),
    (b"%PDF-", "binary"),
    (b"\x7fELF", "binary"),
    (b"\xff\xd8\xff", "binary"),  # JPEG
    (b"GIF87a", "binary"),
    (b"GIF89a", "binary"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "binary"),  # old Office
    (b"OggS\x00", "binary"),
    (b"wOFF", "binary"),
    (b"wOF2", "binary"),
    (b"{\\rtf", "binary"),
)
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_ZSTD_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_OFFICE = re.compile(rb"\[Content_Types\]\.xml|mimetypeapplication/|META-INF/")
_RIFF = re.compile(rb"RIFF.{4}(?:WEBP|WAVE|AVI )", re.DOTALL)
_CONTROL_BYTES = bytes(b for b in range(0x20) if b not in b"\t\n\r") + b"\x7f"
_HIGH_BYTES = bytes(range(0x80, 0x100))


def sniff(head: bytes, names: FieldNames) -> Kind:
    r"""Say what a stream is from its first `SNIFF_BYTES` bytes.

    A table of comma-separated values counts as one only if its first line names a configured
    text or HTML column; prose has commas too. Text in UTF-16 or UTF-32 is text.

    >>> sniff(b"Mayor resigns\n\nShe said, on Monday, ...", FieldNames())
    'text'
    >>> sniff(b"id,text\n1,Mayor resigns\n", FieldNames())
    'csv'
    >>> sniff(b"SQLite format 3\x00", FieldNames())
    'binary'
    """
    if not head:
        return "empty"
    packed = _sniff_magic(head)
    if packed is not None:
        return packed
    wide = find_wide_charset(head)
    if wide is not None:
        text = head[: len(head) // 4 * 4].decode(wide, "replace")
        return _sniff_text(text.encode("utf-8", "replace"), names)
    return "binary" if is_binary(head) else _sniff_text(head, names)


def find_wide_charset(head: bytes) -> str | None:
    r"""Name the UTF-16 or UTF-32 of bytes, by mark or by the places of their zeros, else None.

    >>> find_wide_charset("Mayor".encode("utf-16-le"))
    'utf-16-le'
    >>> find_wide_charset(b"Ma\x00yor") is None
    True
    """
    for mark, name in (
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if head.startswith(mark):
            return name
    sample = head[: min(len(head), 4096) // 4 * 4] or head[: len(head) // 2 * 2]
    return _find_wide_by_zeros(sample) if b"\0" in sample else None


def looks_like_html(text: str) -> bool:
    """Whether text is markup: it begins with a tag, or has several block tags.

    >>> looks_like_html("<p>Mayor resigns</p>")
    True
    >>> looks_like_html("Turnout fell below 40 per cent (<40%).")
    False
    """
    head = text[:SNIFF_BYTES].lstrip("\ufeff \t\r\n\u200b")
    if "<" not in head:
        return False
    if _MARKUP_START.match(head):
        return True
    tags = islice(_BLOCK_TAG.finditer(head), _BLOCK_TAGS_OF_MARKUP)
    return sum(1 for _ in tags) == _BLOCK_TAGS_OF_MARKUP


def find_delimiter(head: bytes, names: FieldNames) -> bytes | None:
    """Name the delimiter of a table whose first line is a header, or None for no table.

    The header must name a text or HTML column, and one of the next rows must fit it.
    """
    first, _, rest = head.removeprefix(UTF8_BOM).partition(b"\n")
    for delimiter in DELIMITERS:
        cells = read_header(first, delimiter)
        if len(cells) > 1 and not names.bodies.isdisjoint(cells) and _fits(cells, rest, delimiter):
            return delimiter
    return None


def read_header(line: bytes, delimiter: bytes) -> list[str]:
    """Column names of a header line, in lower case; empty if a cell is no name.

    >>> read_header(b'ID,"Full text"', b",")
    ['id', 'full text']
    """
    text = line.removeprefix(UTF8_BOM).decode("utf-8", "replace").strip("\r\n")
    cells = [cell.strip().strip('"').strip().lower() for cell in text.split(delimiter.decode())]
    return cells if all(_COLUMN_NAME.fullmatch(cell) for cell in cells) else []


def is_binary(head: bytes) -> bool:
    """Whether bytes that no magic number names are no text: too many control bytes.

    Stray zeros and escape codes are common in scraped text, so a tenth is allowed; where
    also many bytes are beyond ASCII and not UTF-8, a fiftieth.
    """
    sample = head[:SNIFF_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    if controls * 10 > len(sample):
        return True
    if controls * 50 <= len(sample):
        return False
    high = len(sample) - len(sample.translate(None, _HIGH_BYTES))
    return high * 4 > len(sample) and "\ufffd" in sample[:-4].decode("utf-8", "replace")


def _sniff_magic(head: bytes) -> Kind | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return "binary" if _OFFICE.search(head) else "zip"
    if _BZIP2.match(head):
        return "bzip2"
    if _ZSTD_SKIPPABLE.match(head):
        return "zstd"
    if _RIFF.match(head) or head[4:8] == b"ftyp":
        return "binary"
    return "tar" if _is_tar(head[:512]) else None


def _is_tar(block: bytes) -> bool:
    """Whether a block is a tar header: its checksum is right, and its name is not empty."""
    stated = block[148:156].strip(b" \0")
    if len(block) < 512 or block[0] == 0 or not stated.isdigit() or len(stated) > 7:
        return False
    try:
        return int(stated, 8) == sum(block[:148]) + sum(block[156:]) + 8 * 0x20
    except ValueError:
        return False


def _find_wide_by_zeros(sample: bytes) -> str | None:
    zeros = sample.count(0) / len(sample)
    if sample.count(0) < MIN_ZEROS or zeros > 0.8:
        return None
    even, odd = (sample[place::2].count(0) * 2 / len(sample) for place in (0, 1))
    name = None
    if zeros > 0.7 and len(sample) % 4 == 0:
        name = "utf-32-le" if not any(sample[3::4]) else "utf-32-be"
    elif odd > 0.08 and even == 0:
        name = "utf-16-le"
    elif even > 0.08 and odd == 0:
        name = "utf-16-be"
    return name if name and _decodes(sample, name) else None


def _decodes(sample: bytes, charset: str) -> bool:
    # The sample may cut a surrogate pair, hence the last two units are left out.
    try:
        text = sample[: max(len(sample) - 4, 4)].decode(charset)
    except UnicodeDecodeError:
        return False
    return sum(c.isprintable() or c.isspace() for c in text) >= 0.95 * len(text)


def _sniff_text(head: bytes, names: FieldNames) -> Kind:
    body = head.removeprefix(UTF8_BOM).lstrip()
    if body.startswith(b"WARC/1."):
        return "warc"
    structured = _sniff_json(body)
    if structured is not None:
        return structured
    text = body.decode("utf-8", "replace")
    if _XML_START.match(text) and not _is_xhtml(text):
        return "xml"
    if looks_like_html(text):
        return "html"
    return "csv" if find_delimiter(head, names) else "text"


def _is_xhtml(text: str) -> bool:
    return re.search(r"<(?:!doctype\s+)?html[\s>]", text[:4096], re.IGNORECASE) is not None


def _sniff_json(body: bytes) -> Kind | None:
    if _ARRAY_START.match(body):
        return _sniff_array(body)
    is_object = _OBJECT_START.match(body) is not None
    if is_object and b"\n" not in body:
        return "json_lines"
    lines = list(islice(_nonblank_lines(body), 20))
    good = sum(_is_object(line) for line in lines)
    if is_object:
        return "json_lines" if good or _next_starts_object(lines) else "json"
    return "json_lines" if good and good * 2 >= len(lines) else None


def _sniff_array(body: bytes) -> Kind | None:
    if _SQUARE_LINE.match(body):
        return "json_lines"
    if re.match(rb"\[\s*(?:\{\s*[\"}]|\])", body):
        return "json_array"
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return None
    return "json_array"


def _nonblank_lines(body: bytes) -> Iterator[bytes]:
    return (line.strip() for line in body.split(b"\n") if not line.isspace() and line)


def _is_object(line: bytes) -> bool:
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _next_starts_object(lines: list[bytes]) -> bool:
    """Whether the second line opens an object at its first column: a damaged first record."""
    return len(lines) > 1 and _OBJECT_START.match(lines[1]) is not None


def _fits(header: list[str], rest: bytes, delimiter: bytes) -> bool:
    """Whether a row follows at once and one of the next ones has the header's cells.

    A row with a quoted cell may run over lines and is believed.
    """
    lines = rest.split(b"\n", 6)[:6]
    if not lines[0].strip():
        return False
    opening = delimiter + b'"'
    return any(
        line.count(delimiter) == len(header) - 1 or line.startswith(b'"') or opening in line
        for line in lines
    )
