"""Files become records, whatever they are packed in, and damage costs only itself."""

import bz2
import datetime as dt
import errno
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from flows.steps.read import FieldNames, Limits, read_records
from flows.steps.record import Record, Reject, identity
from schemas.rejects import REASONS

PAGE = b"<html><head><title>Ferry fares rise</title></head><body><p>Fares go up.</p></body></html>"
TEXT = "Ferry fares rise\n\nFares go up in May, said Zoë Marín.\n".encode()
LINES = b"".join(b'{"id": %d, "text": "Fares go up."}\n' % i for i in range(50))
NAMES = FieldNames()


def read(data: bytes, limits: Limits | None = None, uri: str = "dump") -> list[Record | Reject]:
    return list(read_records(io.BytesIO(data), uri, limits or Limits(), NAMES))


def outcomes(found: list[Record | Reject]) -> list[str]:
    return [one.reason if isinstance(one, Reject) else one.media_type for one in found]


def make_tar(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


def make_zip(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "zip": lambda data: make_zip({"a": data}),
    "tar": lambda data: make_tar({"a": data}),
    "tar.gz": lambda data: gzip.compress(make_tar({"a": data})),
    "gzip in zip": lambda data: make_zip({"a.gz": gzip.compress(data)}),
    "zip in tar": lambda data: make_tar({"a.zip": make_zip({"a": data})}),
}


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("data", [TEXT, PAGE], ids=["text", "page"])
def test_a_text_is_the_same_record_in_every_packing(packing: str, data: bytes) -> None:
    (record,) = read(PACKERS[packing](data))
    assert isinstance(record, Record)
    assert record.document_id == identity(data)
    assert (record.locator.ordinal, record.locator.byte_end) == (0, len(data))


@pytest.mark.parametrize("packing", PACKERS)
def test_lines_are_the_same_records_in_every_packing(packing: str) -> None:
    found = read(PACKERS[packing](LINES))
    assert [one.data for one in found if isinstance(one, Record)] == LINES.splitlines()
    assert [one.locator.ordinal for one in found] == list(range(50))


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zstd"])
def test_parts_of_a_stream_are_read_on(kind: str) -> None:
    pack = PACKERS[kind]
    assert len(read(b"".join(pack(line + b"\n") for line in LINES.splitlines()))) == 50


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zstd"])
def test_a_cut_stream_is_damaged(kind: str) -> None:
    assert outcomes(read(PACKERS[kind](TEXT * 50)[:-9])) == ["archive_damaged"]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zstd"])
def test_rubbish_after_a_stream_costs_nothing_before(kind: str) -> None:
    assert outcomes(read(PACKERS[kind](TEXT) + b"rubbish")) == ["text/plain", "archive_damaged"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_large_parts_in_a_row_are_one_stream(pack: Callable[[bytes], bytes]) -> None:
    """Each part unpacks to more than a chunk, and the next one follows in the same chunk."""
    pages = [f"{word} ".encode() * 100_000 for word in ("mayor", "harbour", "ferry")]
    [record] = read(b"".join(map(pack, pages)))
    assert isinstance(record, Record)
    assert record.data == b"".join(pages)


def test_padding_after_gzip_is_no_damage() -> None:
    assert outcomes(read(gzip.compress(TEXT) + bytes(512))) == ["text/plain"]


def test_lines_before_a_cut_are_kept() -> None:
    found = read(gzip.compress(LINES, compresslevel=0)[: len(LINES) // 2])
    kept = [one.data for one in found if isinstance(one, Record)]
    assert 0 < len(kept) < 50
    assert kept == LINES.splitlines()[: len(kept)]
    assert outcomes(found)[-1] == "archive_damaged"


def test_byte_ranges_point_at_the_lines() -> None:
    data = b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}\n  \n{"a": 3}'
    found = read(data)
    assert [data[one.locator.byte_start : one.locator.byte_end] for one in found] == [
        b'{"a": 1}',
        b'{"a": 2}',
        b'{"a": 3}',
    ]


def test_a_long_line_costs_only_itself() -> None:
    data = b'{"a": 1}\n{"a": "' + b"x" * 2_000_000 + b'"}\n{"a": 3}\n'
    found = read(data, Limits(max_record_bytes=1_000_000))
    assert outcomes(found) == ["application/json", "file_too_large", "application/json"]
    assert found[1].locator.byte_start == 9
    assert found[2].locator.byte_start == len(data) - 9


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
            max_leaves=6,
        ).map(lambda value: {"v": value}),
        min_size=1,
        max_size=6,
    )
)
def test_an_array_is_cut_into_its_elements(values: list[object]) -> None:
    data = json.dumps(values, ensure_ascii=False, indent=1).encode()
    found = read(data)
    assert [json.loads(one.data) for one in found if isinstance(one, Record)] == values
    spans = [data[one.locator.byte_start : one.locator.byte_end] for one in found]
    assert spans == [one.data for one in found if isinstance(one, Record)]


def test_an_array_that_ends_early_keeps_its_whole_elements() -> None:
    found = read(b'[{"a": 1}, {"a": "]["}, {"a": ')
    assert outcomes(found) == ["application/json", "application/json", "malformed_json"]


def test_table_rows_have_cells_and_places() -> None:
    data = (
        b'id,Title,text\r\n1,"A ""b""","one\ntwo, three"\r\n\r\n2,c,d\r\n3,e\r\n4,"f,g\r\n5,h,i\r\n'
    )
    found = read(data)
    assert outcomes(found) == ["text/csv", "text/csv", "malformed_row", "malformed_row", "text/csv"]
    first = found[0]
    assert isinstance(first, Record)
    assert first.fields == {"id": b"1", "title": b'A "b"', "text": b"one\ntwo, three"}
    assert data[first.locator.byte_start : first.locator.byte_end] == first.data


def test_parquet_rows_are_canonical_json(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 5, 1, 8, 30, tzinfo=dt.UTC)
    table = pa.table({"text": ["Fares go up."] * 3, "at": pa.array([moment] * 3), "id": [1, 2, 3]})
    held = io.BytesIO()
    pq.write_table(table, held)
    found = read(held.getvalue())
    record = found[0]
    assert isinstance(record, Record)
    assert record.data == (b'{"at": "2024-05-01T08:30:00+00:00", "id": 1, "text": "Fares go up."}')
    assert record.fields is not None
    assert record.fields["id"] == 1
    assert len(found) == 3
    assert len(read(gzip.compress(held.getvalue()))) == 3


@pytest.mark.parametrize("cut", [4, 40, 200])
def test_damaged_parquet_is_rejected(cut: int) -> None:
    held = io.BytesIO()
    pq.write_table(pa.table({"text": ["Fares go up."] * 9}), held)
    assert outcomes(read(held.getvalue()[:-cut])) == ["archive_damaged"]


def test_wide_lines_are_read() -> None:
    found = read(LINES.decode().encode("utf-16"))
    assert [one.data for one in found if isinstance(one, Record)] == LINES.splitlines()
    assert found[0].locator.byte_start is None


def make_warc(gzipped: bool) -> bytes:
    held = io.BytesIO()
    writer = WARCWriter(held, gzip=gzipped)

    def add(url: str, body: bytes, status: str = "200 OK", *headers: tuple[str, str]) -> None:
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": "2024-05-01T08:30:00Z"},
        )
        writer.write_record(record)

    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "test"}))
    kind = ("Content-Type", "text/html; charset=iso-8859-1")
    add("https://harbourpost.example/a", PAGE, "200 OK", kind)
    packed = gzip.compress(PAGE)
    add("https://harbourpost.example/b", packed, "200 OK", kind, ("Content-Encoding", "gzip"))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
    add("https://harbourpost.example/c", chunked, "200 OK", kind, ("Transfer-Encoding", "chunked"))
    add("https://harbourpost.example/d", b"moved", "301 Moved", kind)
    add("https://harbourpost.example/e", b"", "200 OK", kind)
    add("https://harbourpost.example/f", b"\x89PNG\r\n\x1a\n\0\0", "200 OK")
    add(
        "https://harbourpost.example/g.css",
        b"p {color: red}",
        "200 OK",
        ("Content-Type", "text/css"),
    )
    add("https://harbourpost.example/robots.txt", b"User-agent: *\nDisallow: /x\n")
    resource = writer.create_warc_record(
        "https://harbourpost.example/h",
        "conversion",
        payload=io.BytesIO(TEXT),
        warc_content_type="text/plain",
    )
    writer.write_record(resource)
    return held.getvalue()


@pytest.mark.parametrize("gzipped", [False, True])
def test_captures_are_the_pages_they_hold(gzipped: bool) -> None:
    found = read(make_warc(gzipped))
    assert outcomes(found) == [
        "text/html",
        "text/html",
        "text/html",
        "http_error_status",
        "empty_record",
        "binary_content",
        "unsupported_kind",
        "unsupported_kind",
        "text/plain",
    ]
    pages = found[:3]
    assert {one.document_id for one in pages} == {identity(PAGE)}
    first = pages[0]
    assert isinstance(first, Record)
    assert first.hints.url == "https://harbourpost.example/a"
    assert first.hints.charset == "iso-8859-1"
    assert first.hints.fetched_at == dt.datetime(2024, 5, 1, 8, 30, tzinfo=dt.UTC)
    assert first.hints.external_id is not None
    assert len(first.hints.external_id) == 36


def test_a_capture_stands_where_its_range_says() -> None:
    data = make_warc(False)
    for one in read(data):
        span = data[one.locator.byte_start : one.locator.byte_end]
        assert span.startswith(b"WARC/1.0\r\n")


@pytest.mark.parametrize("wrong", [-40, 300, 10**9], ids=["short", "long", "huge"])
def test_a_false_length_costs_one_capture(wrong: int) -> None:
    data = make_warc(False)
    starts = [one.locator.byte_start for one in read(data)]
    at = data.index(b"Content-Length: ", starts[0])
    end = data.index(b"\r\n", at)
    stated = int(data[at + 16 : end])
    broken = data[: at + 16] + str(stated + wrong).encode() + data[end:]
    assert outcomes(read(broken))[0] == "archive_damaged"
    assert outcomes(read(broken))[1:] == outcomes(read(data))[1:]


def test_member_paths_are_joined() -> None:
    inner = make_zip({"b/c.txt": TEXT})
    (record,) = read(gzip.compress(make_tar({"a.zip": inner})))
    assert record.locator.member == "a.zip!/b/c.txt"


def test_a_damaged_member_costs_only_itself() -> None:
    bad = gzip.compress(TEXT * 20)[:-20]
    for pack in (make_tar, make_zip):
        found = read(pack({"a.gz": bad, "b.txt": TEXT}))
        assert outcomes(found) == ["archive_damaged", "text/plain"]
        assert [one.locator.member for one in found] == ["a.gz", "b.txt"]


def test_a_zip_member_with_a_false_checksum_costs_only_itself() -> None:
    data = bytearray(make_zip({"a.txt": TEXT, "b.txt": PAGE}))
    data[40] ^= 0xFF
    assert outcomes(read(bytes(data))) == ["archive_damaged", "text/html"]


def test_a_cut_tar_keeps_its_whole_members() -> None:
    data = make_tar({"a.txt": TEXT, "b.txt": TEXT * 100})
    assert outcomes(read(data[:2400])) == ["text/plain", "archive_damaged"]
    assert outcomes(read(data[:1024])) == ["text/plain", "archive_damaged"]


def test_links_and_devices_are_not_followed() -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("x")
            info.type, info.linkname = kind, "../../etc/passwd"
            archive.addfile(info)
        folder = tarfile.TarInfo("d")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    assert outcomes(read(held.getvalue())) == ["archive_unsafe_member"] * 4


def test_long_tar_names_are_read() -> None:
    name = "d/" * 150 + "zoë.txt"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w", format=form) as archive:
            info = tarfile.TarInfo(name)
            info.size = len(TEXT)
            archive.addfile(info, io.BytesIO(TEXT))
        assert read(held.getvalue())[0].locator.member == name


def test_an_encrypted_member_is_rejected() -> None:
    data = bytearray(make_zip({"a.txt": TEXT}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert outcomes(read(bytes(data))) == ["unsupported_kind"]


def test_nesting_is_bounded() -> None:
    data = TEXT
    for _ in range(4):
        data = make_zip({"a": data})
    assert outcomes(read(data)) == ["text/plain"]
    assert outcomes(read(make_zip({"a": data}))) == ["archive_too_deep"]


def test_members_are_bounded() -> None:
    data = make_tar({f"{i}.txt": TEXT for i in range(5)})
    assert outcomes(read(data, Limits(max_member_count=3))) == ["text/plain"] * 3 + [
        "file_too_large"
    ]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zstd", "zip"])
def test_a_bomb_is_stopped(kind: str) -> None:
    bomb = PACKERS[kind](b"A" * (40 << 20))
    assert outcomes(read(bomb)) == ["archive_over_ratio"]


def test_totals_are_bounded() -> None:
    found = read(gzip.compress(LINES), Limits(max_total_bytes=1000))
    assert outcomes(found)[-1] == "file_too_large"


def test_a_long_text_is_rejected() -> None:
    assert outcomes(read(TEXT * 100, Limits(max_record_bytes=1000))) == ["file_too_large"]


class _Failing(io.BytesIO):
    def __init__(self, data: bytes, code: int) -> None:
        super().__init__(data)
        self._code = code

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 0:
            raise OSError(self._code, os.strerror(self._code))
        return super().read(size)


def test_a_failing_stream_ends_its_file() -> None:
    long = LINES * 400
    found = list(read_records(_Failing(long, errno.EIO), "dump", Limits(), NAMES))
    assert outcomes(found)[-1] == "file_unreadable"
    assert len(found) > 50


def test_a_full_disk_is_raised() -> None:
    with pytest.raises(OSError, match="No space"):
        list(read_records(_Failing(LINES * 400, errno.ENOSPC), "dump", Limits(), NAMES))


@given(st.binary(max_size=3000))
def test_any_bytes_give_outcomes(data: bytes) -> None:
    found = read(data)
    assert found
    assert [one.locator.ordinal for one in found] == list(range(len(found)))
    assert all(one.reason in REASONS for one in found if isinstance(one, Reject))


@pytest.mark.parametrize("packing", PACKERS)
@given(data=st.data())
def test_any_damage_gives_outcomes(packing: str, data: st.DataObject) -> None:
    whole = bytearray(PACKERS[packing](LINES))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        whole[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(whole)))
    assert read(bytes(whole[:cut]), Limits(max_record_bytes=1 << 20))


_PROBE = """
import resource, sys
from collections import Counter
from flows.steps.decode import decode
from flows.steps.read import FieldNames, Limits, read_records
from flows.steps.record import Record
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], "rb") as stream:
    for one in read_records(stream, "dump", Limits(), FieldNames()):
        if isinstance(one, Record):
            one = decode(one, FieldNames())
        print(getattr(one, "reason", "landed"))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.heavy
@pytest.mark.parametrize("label", ["bomb", "long line"])
def test_memory_is_bounded(label: str, tmp_path: Path, root: Path) -> None:
    path = tmp_path / "dump"
    good = b'{"id": 1, "text": "Fares go up."}\n'
    if label == "bomb":
        path.write_bytes(gzip.compress(b"A" * (200 << 20)))
    else:
        path.write_bytes(good + b'{"text": "' + b"x" * (100 << 20) + b'"}\n' + good)
    ran = subprocess.run(
        [sys.executable, "-c", _PROBE, str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    *found, grown_mb = ran.stdout.split()
    expected = ["file_too_large"] if label == "bomb" else ["landed", "file_too_large", "landed"]
    assert found == expected
    assert int(grown_mb) < 120
