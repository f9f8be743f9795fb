"""Unpack compressed streams and archives, bounded and forward-only. No member is ever a path."""

import bz2
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol

import zstandard

from flows.steps.options import MIB
from flows.steps.tape import CHUNK_BYTES, Damaged, Meter, Tape

XZ_MEMORY_BYTES = 128 * MIB
ZSTD_FEED_BYTES = 1024
"""Zstandard unpacks all it is given: 1 KiB can hold 256 runs of 128 KiB, that is 32 MiB."""

MAX_TAR_HEADER_BYTES = MIB
_BLOCK = 512
_TAR_EXTENSIONS = {b"x": "pax", b"g": "pax", b"L": "name", b"K": "link"}


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def feed(self, data: bytes) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive: its data, or the reason why it gives none."""

    name: str
    tape: Tape | None
    reason: str | None = None
    message: str = ""


def decompress(kind: str, tape: Tape, meter: Meter) -> Iterator[bytes]:
    """Yield the unpacked bytes of a gzip, zstd, bzip2 or xz stream, all its parts in a row.

    Raises Damaged where the stream breaks, with `is_tail` for rubbish after a whole part.
    Zero padding after the end is allowed.
    """
    make = _DECOMPRESSORS[kind]
    part: _Decompressor | None = None
    data = tape.read(CHUNK_BYTES)
    while data:
        if part is None:
            if not _starts_part(kind, data := data + _missing_magic(tape, data)):
                _check_padding(kind, data, tape)
                return
            part = make()
        for chunk in _feed(kind, part, data):
            meter.unpack(len(chunk))
            yield chunk
        data = b""
        if part.eof:
            data, part = part.unused_data, None
        data = data or tape.read(CHUNK_BYTES)
    if part is not None:
        raise Damaged(f"The {kind} stream ends early.")


def list_zip(stream: IO[bytes], meter: Meter) -> Iterator[Member]:
    """Yield the members of a zip in the order of its directory; folders are left out.

    Links, special files, encrypted members and unknown methods come with a reason. Raises
    Damaged when the directory cannot be read.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise Damaged(f"The zip has no readable directory: {error}.") from error
    with archive:
        for info in archive.infolist():
            meter.enter_member()
            if not info.is_dir():
                yield _open_zip_member(archive, info, meter)


def list_tar(tape: Tape, meter: Meter) -> Iterator[Member]:
    """Yield the members of a tar in order; folders are left out.

    Links and devices come with a reason. What a reader leaves of a member is skipped. Raises
    Damaged for a bad header, or when the tar ends without its end mark.
    """
    extended: dict[str, str] = {}
    while True:
        info = _read_tar_header(tape)
        if info is None:
            return
        if info.type in _TAR_EXTENSIONS:
            extended |= _read_tar_extension(tape, info)
            continue
        size, name = _tar_size(info, extended), extended.get("path", info.name)
        meter.enter_member()
        end = tape.position + -(-size // _BLOCK) * _BLOCK
        if not info.isdir():
            yield _open_tar_member(tape, info, name, size, extended)
        extended = {}
        if tape.position < end and not tape.peek(1):
            # The member's own tape has met this end and said so.
            return
        left = end - tape.position
        if tape.skip(left) < left:
            raise Damaged("The tar ends in the middle of a member.")


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._own = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        return self._own.eof

    @property
    def unused_data(self) -> bytes:
        return self._own.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        # At the end of a part, zlib leaves what follows it in `unconsumed_tail` as well as in
        # `unused_data`: to feed it again would never end.
        while data and not self._own.eof:
            yield self._own.decompress(data, CHUNK_BYTES)
            data = self._own.unconsumed_tail


class _Bounded:
    """bz2 and lzma: both say when they want more."""

    def __init__(self, own: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._own = own

    @property
    def eof(self) -> bool:
        return self._own.eof

    @property
    def unused_data(self) -> bytes:
        return self._own.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._own.decompress(data, CHUNK_BYTES)
        while not self._own.eof and not self._own.needs_input:
            yield self._own.decompress(b"", CHUNK_BYTES)


class _Zstd:
    def __init__(self) -> None:
        self._own = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""

    @property
    def eof(self) -> bool:
        return self._own.eof

    @property
    def unused_data(self) -> bytes:
        return self._own.unused_data + self._rest

    def feed(self, data: bytes) -> Iterator[bytes]:
        out: list[bytes] = []
        size = 0
        for start in range(0, len(data), ZSTD_FEED_BYTES):
            out.append(self._own.decompress(data[start : start + ZSTD_FEED_BYTES]))
            size += len(out[-1])
            if size >= CHUNK_BYTES:
                yield b"".join(out)
                out, size = [], 0
            if self._own.eof:
                self._rest = data[start + ZSTD_FEED_BYTES :]
                break
        yield b"".join(out)


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": lambda: _Zlib(31),
    "bzip2": lambda: _Bounded(bz2.BZ2Decompressor()),
    "xz": lambda: _Bounded(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)),
    "zstd": _Zstd,
}


def _feed(kind: str, part: _Decompressor, data: bytes) -> Iterator[bytes]:
    try:
        yield from part.feed(data)
    except (zlib.error, OSError, EOFError, lzma.LZMAError, zstandard.ZstdError) as error:
        raise Damaged(f"The {kind} stream is damaged: {error}.") from error


def _missing_magic(tape: Tape, data: bytes) -> bytes:
    """Read what completes the first four bytes of a part whose beginning a chunk has cut."""
    return tape.read(4 - len(data)) if len(data) < 4 else b""


def _starts_part(kind: str, data: bytes) -> bool:
    if kind == "gzip":
        return data.startswith(b"\x1f\x8b")
    if kind == "bzip2":
        return data.startswith(b"BZh")
    if kind == "xz":
        return data.startswith(b"\xfd7zX")
    is_skippable = data[1:4] == b"\x2a\x4d\x18" and data[0] >> 4 == 5
    return data.startswith(b"\x28\xb5\x2f\xfd") or is_skippable


def _check_padding(kind: str, data: bytes, tape: Tape) -> None:
    while data:
        if data.strip(b"\0"):
            raise Damaged(f"Rubbish follows the end of the {kind} stream.", is_tail=True)
        data = tape.read(CHUNK_BYTES)


def _open_zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: Meter) -> Member:
    name = _show_name(info.filename)
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Member(name, None, "archive_unsafe_member", "The member is a link or a device.")
    if info.flag_bits & 0x1:
        return Member(name, None, "unsupported_kind", "The member is encrypted.")
    return Member(name, Tape(_unzip(archive, info, meter)))


def _unzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: Meter) -> Iterator[bytes]:
    try:
        with archive.open(info) as member:
            while chunk := member.read(CHUNK_BYTES):
                meter.unpack(len(chunk))
                yield chunk
    except NotImplementedError as error:
        raise Damaged(f"The member is packed in a way that is not supported: {error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        raise Damaged(f"The member is damaged: {error}.") from error
    except lzma.LZMAError as error:
        raise Damaged(f"The member is damaged: {error}.") from error


def _read_tar_header(tape: Tape) -> tarfile.TarInfo | None:
    block = tape.peek(_BLOCK)
    tape.skip(len(block))
    if len(block) < _BLOCK:
        tape.check()
        raise Damaged("The tar ends without its end mark.")
    if not block.strip(b"\0"):
        # What follows the end mark is padding.
        tape.skip(1 << 62)
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except tarfile.TarError as error:
        raise Damaged(f"A header of the tar is damaged: {error}.") from error


def _read_tar_extension(tape: Tape, info: tarfile.TarInfo) -> dict[str, str]:
    """Long names and pax records: what they say of the next member."""
    size = -(-info.size // _BLOCK) * _BLOCK
    if not 0 <= info.size <= MAX_TAR_HEADER_BYTES:
        raise Damaged(f"A header of the tar claims {info.size} bytes.")
    data = tape.peek(size)[: info.size]
    tape.skip(size)
    kind = _TAR_EXTENSIONS[info.type]
    if kind == "pax":
        return _parse_pax(data) if info.type == b"x" else {}
    return {"path": data.rstrip(b"\0").decode("utf-8", "replace")} if kind == "name" else {}


def _parse_pax(data: bytes) -> dict[str, str]:
    r"""Parse records of the form `length key=value`, newline.

    >>> _parse_pax(b"12 path=a/b\n")
    {'path': 'a/b'}
    """
    found: dict[str, str] = {}
    while data:
        length, _, _ = data.partition(b" ")
        if not length.isdigit() or not len(length) < int(length[:9]) <= len(data):
            raise Damaged("An extended header of the tar is damaged.")
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        data = data[int(length) :]
    return found


def _tar_size(info: tarfile.TarInfo, extended: dict[str, str]) -> int:
    if info.type in (
        tarfile.LNKTYPE,
        tarfile.SYMTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.DIRTYPE,
    ):
        return 0
    stated = extended.get("size", str(info.size))
    if not stated.isdigit():
        raise Damaged(f"A header of the tar claims a size of {stated[:20]!r}.")
    return int(stated)


def _open_tar_member(
    tape: Tape, info: tarfile.TarInfo, name: str, size: int, extended: dict[str, str]
) -> Member:
    shown = _show_name(name)
    if info.type == tarfile.GNUTYPE_SPARSE or any(key.startswith("GNU.sparse") for key in extended):
        return Member(shown, None, "unsupported_kind", "The member is a sparse file.")
    if not info.isreg():
        return Member(shown, None, "archive_unsafe_member", "The member is a link or a device.")
    return Member(shown, Tape(_read_window(tape, size)))


def _read_window(tape: Tape, size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := tape.read(min(size, CHUNK_BYTES))):
        size -= len(chunk)
        yield chunk
    if size > 0:
        raise Damaged("The tar ends in the middle of the member.")


def _show_name(name: str) -> str:
    """Show a member's name as valid text with nothing but printable characters."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
