"""What bytes are, by content."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from flows.steps.options import FieldNames
from flows.steps.sniff import find_delimiter, sniff

CASES = json.loads((Path(__file__).parents[1] / "cases" / "sniff.json").read_text("utf-8"))
NAMES = FieldNames()


def _tar() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    return held.getvalue()


def _zip(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "x")
    return held.getvalue()


PACKED = {
    "gzip": gzip.compress(b"x"),
    "bzip2": bz2.compress(b"x"),
    "xz": lzma.compress(b"x"),
    "zstd": zstandard.compress(b"x"),
    "zip": _zip("a.txt"),
    "tar": _tar(),
    "parquet": b"PAR1\x15\x04",
}
BINARY = {
    "docx": _zip("[Content_Types].xml"),
    "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "ELF": b"\x7fELF\2\1\1",
    "SQLite": b"SQLite format 3\0" + bytes(100),
    "zeros": bytes(4096),
    "noise": bytes(range(256)) * 16,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_sniffs_text(case: dict[str, str]) -> None:
    assert sniff(case["input"].encode(), NAMES) == case["expected"]


@pytest.mark.parametrize("kind", PACKED)
def test_sniffs_packing(kind: str) -> None:
    assert sniff(PACKED[kind], NAMES) == kind


@pytest.mark.parametrize("label", BINARY)
def test_sniffs_binary(label: str) -> None:
    assert sniff(BINARY[label], NAMES) == "binary"


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [("Ferry fares rise on Monday", "text"), ("<html><body>Fares</body></html>", "html")],
)
def test_wide_text_is_text(charset: str, text: str, kind: str) -> None:
    assert sniff(text.encode(charset), NAMES) == kind


@pytest.mark.parametrize("charset", ["cp1252", "cp1251", "gb18030", "shift_jis", "koi8-r"])
def test_legacy_text_is_text(charset: str) -> None:
    text = {"gb18030": "市长周二宣布", "shift_jis": "市長は火曜日"}.get(charset, "Ferry – fares")
    text = "Мэр объявил" if charset in ("cp1251", "koi8-r") else text
    assert sniff(text.encode(charset) * 20, NAMES) == "text"


def test_configured_names_make_a_table() -> None:
    head = b"nr,Wortlaut\n1,Die Preise steigen.\n"
    assert sniff(head, NAMES) == "text"
    assert find_delimiter(head, FieldNames(text=("wortlaut",))) == b","
