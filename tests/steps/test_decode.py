"""Records become clean text, with what their fields say."""

import json
import re
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.steps.charset import decode_bytes
from flows.steps.decode import decode
from flows.steps.read import FieldNames, Limits, read_records
from flows.steps.record import Decoded, Hints, Locator, Record, Reject
from flows.steps.repair import clean_text
from schemas.documents import CHARSET_METHODS
from schemas.rejects import REASONS

_CASES = Path(__file__).parents[1] / "cases"
CHARSETS = json.loads((_CASES / "charsets.json").read_text("utf-8"))
REPAIRS = json.loads((_CASES / "repairs.json").read_text("utf-8"))
FIELDS = json.loads((_CASES / "fields.json").read_text("utf-8"))
NAMES = FieldNames()
UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def make(data: bytes, media_type: str = "text/plain", **more: Any) -> Record:
    return Record(Locator("dump", 0), data, media_type, **more)


@pytest.mark.parametrize("case", CHARSETS, ids=lambda case: case["label"])
def test_charsets(case: dict[str, Any]) -> None:
    text = decode_bytes(case["input"].encode(case["encode"]), case.get("declared"))
    assert text.text == case["input"]
    assert (
        text._asdict() | {"flags": list(text.flags)} == {"text": case["input"]} | case["expected"]
    )


@pytest.mark.parametrize("case", REPAIRS, ids=lambda case: case["label"])
def test_repairs(case: dict[str, Any]) -> None:
    assert clean_text(case["input"]) == (case["expected"], tuple(case["flags"]))


@pytest.mark.parametrize("case", FIELDS, ids=lambda case: case["label"])
def test_fields(case: dict[str, Any]) -> None:
    found = decode(make(case["input"].encode(), "application/json"), NAMES)
    expected = dict(case["expected"])
    if isinstance(found, Reject):
        assert {"reason": found.reason} == expected
        return
    hints = expected.pop("hints", {})
    assert list(found.flags) == expected.pop("flags", list(found.flags))
    assert {key: getattr(found, key) for key in expected} == expected
    assert {key: getattr(found.hints, key) for key in hints} == hints


@settings(derandomize=True)
@given(st.text())
def test_cleaning_is_idempotent(text: str) -> None:
    once, _ = clean_text(text)
    assert not UNCLEAN.search(once)
    assert clean_text(once)[0] == once


@given(st.binary(max_size=400), st.sampled_from(["text/plain", "text/html", "application/json"]))
def test_any_bytes_decode_or_are_rejected(data: bytes, media_type: str) -> None:
    found = decode(make(data, media_type), NAMES)
    if isinstance(found, Reject):
        assert found.reason in REASONS
    else:
        assert found.charset_method in CHARSET_METHODS
        assert not UNCLEAN.search(found.text)


def test_stray_bytes_are_mended_and_flagged() -> None:
    text = decode_bytes("Zoë said “no”; the caf".encode() + b"\xe9 shut.")
    assert text.text == "Zoë said “no”; the café shut."
    assert text.flags == ("charset_mixed",)


def test_lost_bytes_are_flagged() -> None:
    text = decode_bytes("Zoë said “no” and €".encode()[:-1])
    assert text.text.endswith("and \ufffd")
    assert "replacement_characters" in text.flags


def test_container_hints_fill_gaps() -> None:
    given_hints = Hints(url="https://harbourpost.example/a", title="From outside")
    record = make(b'{"text": "x", "title": "Own"}', "application/json", hints=given_hints)
    found = decode(record, NAMES)
    assert isinstance(found, Decoded)
    assert (found.hints.url, found.hints.title) == ("https://harbourpost.example/a", "Own")


def test_table_cells_are_decoded_together() -> None:
    cells = {"text": "Der Zoll für die Fähre steigt".encode("cp1252"), "title": b"F\xe4hre"}
    record = make(b"; ".join(cells.values()), "text/csv", fields=cells)
    found = decode(record, NAMES)
    assert isinstance(found, Decoded)
    assert (found.text, found.hints.title) == ("Der Zoll für die Fähre steigt", "Fähre")
    assert (found.charset, found.charset_method) == ("cp1252", "detected")


def test_parquet_values_are_given() -> None:
    record = make(b"{}", "application/json", fields={"text": "Zoë", "html": b"<p>Fa\xeb</p>"})
    found = decode(record, NAMES)
    assert isinstance(found, Decoded)
    assert (found.text, found.is_html) == ("<p>Faë</p>", True)
    plain = decode(make(b"{}", "application/json", fields={"text": "Zoë"}), NAMES)
    assert isinstance(plain, Decoded)
    assert (plain.text, plain.charset_method) == ("Zoë", "given")


def test_images_in_fields_are_binary() -> None:
    image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    for value in (image, image.decode("latin-1")):
        found = decode(make(b"{}", "application/json", fields={"text": value}), NAMES)
        assert isinstance(found, Reject)
        assert found.reason == "binary_content"


def test_many_marks_take_linear_time() -> None:
    text, flags = clean_text("a" + "\u0316\u0301" * 500_000)
    assert len(text) == 1_000_001
    assert flags == ("combining_marks_excessive",)


# What a sound reader makes of the hostile files that matter most: outcomes by file.
SAME = "same text as base_utf8.txt"
EXPECTED: dict[str, dict[str, int]] = {
    "enc_cp1252.txt": {SAME: 1},
    "enc_utf16le_bom.txt": {SAME: 1},
    "enc_utf16be_bom.txt": {SAME: 1},
    "enc_utf16le_nobom.txt": {SAME: 1},
    "enc_utf8_bom.txt": {SAME: 1},
    "enc_utf32.txt": {SAME: 1},
    "nul_bytes.txt": {SAME: 1},
    "controls.txt": {SAME: 1},
    "line_seps.txt": {SAME: 1},
    "nel.txt": {SAME: 1},
    "nfd.txt": {SAME: 1},
    "eol_crlf.txt": {SAME: 1},
    "eol_cr.txt": {SAME: 1},
    "all_nul.txt": {"binary_content": 1},
    "blank.txt": {"empty_record": 1},
    "empty.jsonl": {"empty_record": 1},
    "png_as.txt": {"binary_content": 1},
    "pdf_as.txt": {"binary_content": 1},
    "png_as.html": {"binary_content": 1},
    "elf_like.txt": {"binary_content": 1},
    "sqlite.jsonl": {"binary_content": 1},
    "text_as.parquet": {SAME: 1},
    "text_as.gz": {SAME: 1},
    "gz_as.txt": {SAME: 1},
    "html_not_html.html": {SAME: 1},
    "json_array.json": {SAME: 4},
    "jsonl_bom_crlf.jsonl": {SAME: 2},
    "jsonl_deep.jsonl": {"malformed_json": 1, SAME: 1},
    "jsonl_huge_line.jsonl": {"text_too_long": 1, SAME: 1},
    "jsonl_bad_lines.jsonl": {SAME: 4, "other": 7, "malformed_json": 7, "no_text_field": 3},
    "csv_quotes.csv": {"other": 3, "malformed_row": 1},
    "xml_billion_laughs.xml": {"unsupported_kind": 1},
    "xml_xxe.xml": {"unsupported_kind": 1},
    "gz_ok.txt.gz": {SAME: 1},
    "gz_truncated.txt.gz": {"archive_damaged": 1},
    "gz_bad_crc.txt.gz": {"archive_damaged": 1},
    "gz_trailing_garbage.txt.gz": {SAME: 1, "archive_damaged": 1},
    "gz_multi_member.jsonl.gz": {SAME: 5},
    "gz_empty.gz": {"empty_record": 1},
    "gz_header_only.gz": {"archive_damaged": 1},
    "gz_jsonl_truncated.jsonl.gz": {SAME: 77, "archive_damaged": 1},
    "bz2_ok.txt.bz2": {SAME: 1},
    "xz_ok.txt.xz": {SAME: 1},
    "bomb.txt.gz": {"archive_over_ratio": 1},
    "bomb.jsonl.gz": {SAME: 2, "text_too_long": 1},
    "traversal.zip": {SAME: 10, "archive_unsafe_member": 1},
    "traversal.tar": {SAME: 5, "archive_unsafe_member": 5},
    "traversal.tar.gz": {SAME: 5, "archive_unsafe_member": 5},
    "traversal_truncated.tar.gz": {"archive_damaged": 1},
    "warc_mixed.warc": {
        "other": 2,
        "binary_content": 1,
        "http_error_status": 1,
        "empty_record": 1,
        "unsupported_kind": 1,
    },
    "warc_bad_length.warc": {"archive_damaged": 1, "other": 1},
    "warc_truncated.warc.gz": {"other": 18, "archive_damaged": 1},
}


def _outcomes(path: Path, base: str) -> Counter[str]:
    found: Counter[str] = Counter()
    with path.open("rb") as stream:
        for record in read_records(stream, "dump", Limits(), NAMES):
            one = decode(record, NAMES) if isinstance(record, Record) else record
            if isinstance(one, Reject):
                assert one.reason in REASONS
                assert not UNCLEAN.search(one.excerpt)
                found[one.reason] += 1
            else:
                assert not UNCLEAN.search(one.text), path.name
                found[SAME if one.text == base else "other"] += 1
    return found


@pytest.mark.heavy
def test_hostile_files(shared_dir: Path, tmp_path: Path) -> None:
    script = shared_dir / "eval" / "scripts" / "make_nasty.py"
    command = [sys.executable, str(script), str(tmp_path), "--big-mb", "1", "--bomb-mb", "20"]
    subprocess.run(command, check=True, capture_output=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    folder = tmp_path / "inputs"
    base = (folder / "base_utf8.txt").read_text("utf-8")
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o400:
            found[path.name] = _outcomes(path, base)
    assert [name for name, outcomes in found.items() if not outcomes] == []
    assert {name: dict(found[name]) for name in EXPECTED} == EXPECTED
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 120 * 1024
