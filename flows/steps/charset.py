"""From bytes to text: mark, declaration, UTF-8, detection, and at last Windows-1252."""

import codecs
import re
from typing import NamedTuple

import charset_normalizer

from flows.steps.sniff import UTF8_BOM, find_wide_charset

DECLARATION_BYTES = 4096
DETECTION_BYTES = 1 << 16
MIN_MULTIBYTE_CHARS = 4
"""So many valid UTF-8 sequences and no invalid one are no accident in any other charset."""

_DECLARATION = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:\-]{2,40})"
    rb"|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:\-]{2,40})",
    re.IGNORECASE,
)
# What browsers take a label for: the subset that its name means is rarely what was used.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    # A declaration that can be read as ASCII cannot be in UTF-16.
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
# Python knows codecs that are no charsets (unicode_escape, punycode); a page must not pick one.
_CHARSETS = frozenset(
    {
        "utf-8",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "cp866",
        "cp874",
        "cp932",
        "cp949",
        "big5",
        "big5hkscs",
        "euc_jp",
        "gb18030",
        "iso2022_jp",
        "iso8859-2",
        "iso8859-3",
        "iso8859-4",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-10",
        "iso8859-13",
        "iso8859-14",
        "iso8859-15",
        "iso8859-16",
        "koi8-r",
        "koi8-u",
        "mac-roman",
        "mac-cyrillic",
    }
)
_CANDIDATES = [
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp874",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
]
_WESTERN = frozenset(
    "äöüßÄÖÜéèêëàâáãåçñíîïóôõøúûùÿæœÉÈÊÀÂÁÃÅÇÑÍÎÓÔÕØÚÛÆŒ"
    "‘’‚“”„«»‹›–—…•€£¥§©®°·¿¡ªº¼½¾²³´¨\u00a0\u00ad™†‡"
)
_KANA = re.compile("[\u3041-\u30fc]")
_C1 = re.compile("[\x80-\x84\x86-\x9f]")
_CENTRAL_LETTERS = re.compile(rb"[\xa1\xa3\xa6\xac\xaf\xb1\xb3\xb6\xb9\xbb\xbc\xbe\xbf]")
_C1_BYTES = re.compile(rb"[\x80-\x9f]")


class Text(NamedTuple):
    """Decoded bytes: the text, its charset, how that was found, and what was put up with."""

    text: str
    charset: str
    method: str
    flags: tuple[str, ...] = ()


def decode_bytes(data: bytes, declared: str | None = None) -> Text:
    r"""Decode bytes; never fails. `method` is one of `schemas.documents.CHARSET_METHODS`.

    `declared` is what a protocol says; a page's own declaration is read from the bytes. A
    declaration that does not fit them is passed over and flagged.

    >>> decode_bytes(b"Mayor").method
    'utf8'
    >>> decode_bytes(b"<meta charset=utf-8>caf\xe9 and more")[1:]
    ('cp1252', 'detected', ('charset_misdeclared', 'charset_detected'))
    """
    if b"\0" in data or data[:1] in (b"\xff", b"\xfe"):
        wide = find_wide_charset(data)
        if wide is not None:
            return _decode_wide(data, wide)
    if data.isascii() and b"\x1b" not in data:
        return Text(data.decode("ascii"), "utf-8", "utf8")
    if data.startswith(UTF8_BOM):
        return _decode_mixed(data[len(UTF8_BOM) :], "bom")
    name = normalise_charset(declared) or find_declaration(data)
    utf8 = _decode_strictly(data, "utf-8")
    if utf8 is not None:
        return _choose_utf8(data, utf8, name)
    return _decode_legacy(data, name)


def normalise_charset(label: str | None) -> str | None:
    """Name the codec that a charset label stands for, as browsers do; None for no charset.

    >>> normalise_charset("ISO-8859-1"), normalise_charset("hex"), normalise_charset("x-sjis")
    ('cp1252', None, 'cp932')
    """
    if not label:
        return None
    label = label.strip().lower()
    label = {"x-sjis": "shift_jis", "windows-31j": "cp932", "x-gbk": "gbk"}.get(label, label)
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if name in _CHARSETS else None


def find_declaration(data: bytes) -> str | None:
    """Name the charset that a page's own beginning declares, or None."""
    found = _DECLARATION.search(data, 0, DECLARATION_BYTES)
    return normalise_charset((found[1] or found[2]).decode("ascii", "replace")) if found else None


def _decode_strictly(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None


def _decode_wide(data: bytes, charset: str) -> Text:
    text = data.decode(charset, "replace")
    if charset in ("utf-16", "utf-32"):
        return Text(text, charset, "bom", _flag_replaced(text))
    return Text(text, charset, "detected", ("charset_detected", *_flag_replaced(text)))


def _choose_utf8(data: bytes, utf8: str, declared: str | None) -> Text:
    """Take valid UTF-8, unless another charset is declared and a few bytes are as good in it."""
    if declared == "utf-8":
        return Text(utf8, "utf-8", "declared")
    if declared is None:
        return Text(utf8, "utf-8", "utf8")
    other = _decode_strictly(data, declared)
    is_accident = len(data) - len(utf8) < MIN_MULTIBYTE_CHARS
    if other is not None and (other == utf8 or (is_accident and not _looks_misread(other))):
        return Text(other, declared, "declared")
    return Text(utf8, "utf-8", "utf8", ("charset_misdeclared",))


def _looks_misread(text: str) -> bool:
    """Whether UTF-8 was read in a charset of single bytes: its signs, or C1 controls."""
    return (
        _C1.search(text) is not None or re.search("[ÂÃâ][\u0080-\u00bf€‚-„‘-”]", text) is not None
    )


def _decode_legacy(data: bytes, declared: str | None) -> Text:
    """Bytes that are not UTF-8: as declared, else as mostly UTF-8, else as detected."""
    if declared is not None and declared != "utf-8":
        text = data.decode(declared, "replace")
        if text.count("\ufffd") * 100 <= len(text):
            return Text(text, declared, "declared", _flag_replaced(text))
    flags = ("charset_misdeclared",) if declared else ()
    if _is_mostly_utf8(data):
        return _decode_mixed(data, "declared" if declared == "utf-8" else "utf8")
    name = detect_charset(data)
    if name is not None:
        text = data.decode(name, "replace")
        found = ("charset_detected", *_flag_replaced(text))
        return Text(text, name, "detected", (*flags, *found))
    text = data.decode("cp1252", "replace")
    return Text(text, "cp1252", "fallback", (*flags, "charset_fallback", *_flag_replaced(text)))


def detect_charset(data: bytes) -> str | None:
    """Name the charset of bytes that are not UTF-8, by the text that it gives; None for none.

    >>> detect_charset("A naïve, “café” kind of headline".encode("cp1252"))
    'cp1252'
    """
    sample = data[:DETECTION_BYTES]
    western = _decode_strictly(data, "cp1252")
    if western is not None and all(c.isascii() or c in _WESTERN for c in set(western)):
        return "cp1252" if _is_sparse(western) else _detect_by_statistics(sample)
    japanese = sample.decode("euc_jp", "ignore")
    if len(_KANA.findall(japanese)) * 10 > len(japanese) and _decode_strictly(data, "euc_jp"):
        return "euc_jp"
    return _detect_by_statistics(sample)


def _is_sparse(text: str) -> bool:
    """Whether letters beyond ASCII are as rare as in Western languages, and scattered.

    Legacy Cyrillic, Greek and Asian texts consist of them.
    """
    high = len(text) - len(text.encode("ascii", "ignore"))
    return high * 6 < len(text)


def _detect_by_statistics(sample: bytes) -> str | None:
    best = charset_normalizer.from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if best is None:
        return None
    is_iso = not _C1_BYTES.search(sample) and _CENTRAL_LETTERS.search(sample)
    return "iso8859-2" if best.encoding == "cp1250" and is_iso else str(best.encoding)


def _is_mostly_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    return good * 2 >= bad


def _decode_mixed(data: bytes, method: str) -> Text:
    """UTF-8 with stray bytes: one between ASCII letters is Windows-1252, the rest is lost."""
    strict = _decode_strictly(data, "utf-8")
    if strict is not None:
        return Text(strict, "utf-8", method)
    text = data.decode("utf-8", _MIXED)
    return Text(text, "utf-8", method, ("charset_mixed", *_flag_replaced(text)))


def _replace_stray_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, start, end = error.object, error.start, error.end
    is_alone = (start == 0 or data[start - 1] < 0x80) and data[end : end + 1].isascii()
    if end - start == 1 and end < len(data) and is_alone:
        return data[start:end].decode("cp1252", "replace"), end
    return "\ufffd", end


_MIXED = "broadsheet-mixed"
codecs.register_error(_MIXED, _replace_stray_byte)


def _flag_replaced(text: str) -> tuple[str, ...]:
    return ("replacement_characters",) if "\ufffd" in text else ()
