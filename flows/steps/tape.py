"""Bytes that pass once: a stream with a view ahead, the meter beside it, and what can go wrong.

Readers pull; nothing is held but one chunk and what a reader has asked to see ahead.
"""

import errno
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from flows.steps.options import MIB, Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK_BYTES = 1 << 18
RATIO_FROM_BYTES = 16 * MIB

PASSING = frozenset(
    {
        errno.ESTALE,  # a network folder that was mounted again
        errno.EAGAIN,
        errno.EBUSY,
        errno.ETIMEDOUT,
        errno.ECONNRESET,
        errno.ECONNREFUSED,
        errno.ECONNABORTED,
        errno.EPIPE,
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.EHOSTUNREACH,
    }
)
"""Errors of storage that is away for a moment. They say nothing about the file; a missing, a
forbidden or a damaged one has others."""


class Damaged(Exception):  # noqa: N818 - a state of the data, no fault of the code
    """A packed stream breaks off or contradicts itself.

    `is_tail` says that everything before was whole: rubbish after the end. `tape` is the
    stream that broke, so that the layer which opened it can tell its own damage from that
    of the layers below.
    """

    def __init__(self, message: str, *, is_tail: bool = False) -> None:
        super().__init__(message)
        self.is_tail = is_tail
        self.tape: Tape | None = None


class OverLimit(Exception):  # noqa: N818
    """A bound that ends the file is passed. `reason` is a reason of `schemas.rejects`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unreadable(Exception):  # noqa: N818
    """The stream itself failed. Not an OSError, so that no library takes it for its own."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Meter:
    """Counts what one file costs: packed bytes in, unpacked bytes out, members met."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.packed = 0
        self.unpacked = 0
        self.members = 0
        self.spooled = 0

    def unpack(self, size: int) -> None:
        """Count unpacked bytes. Raises OverLimit past the configured total or ratio."""
        self.unpacked += size
        if self.unpacked > self.limits.max_total_bytes:
            raise OverLimit(
                "file_too_large",
                f"The file unpacks to over {self.limits.max_total_bytes} bytes; the bound is "
                "max_total_bytes.",
            )
        if self.unpacked > max(RATIO_FROM_BYTES, self.limits.max_ratio * self.packed):
            raise OverLimit(
                "archive_over_ratio",
                f"{self.packed} bytes unpack to over {self.unpacked}; the bound is a ratio of "
                f"{self.limits.max_ratio}.",
            )

    def enter_member(self) -> None:
        """Count a member. Raises OverLimit past the configured number."""
        self.members += 1
        if self.members > self.limits.max_member_count:
            raise OverLimit(
                "file_too_large",
                f"The file holds over {self.limits.max_member_count} members; the bound is "
                "max_member_count.",
            )


class Tape:
    """A forward-only stream of bytes with a view ahead.

    Rubbish after a whole stream ends it like any end and is kept in `tail_damage`.
    `has_offsets` is False where positions are not those of the file (transcoded text).
    """

    def __init__(self, chunks: Iterator[bytes], *, has_offsets: bool = True) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._at = 0
        self.position = 0
        self.has_offsets = has_offsets
        self.tail_damage: Damaged | None = None
        self._trouble: Damaged | OverLimit | Unreadable | None = None

    def peek(self, size: int) -> bytes:
        """Look at the next `size` bytes without passing them; fewer at the end, or before trouble.

        Trouble ahead is raised only when nothing is left before it.
        """
        if len(self._buffer) - self._at < size:
            parts = [self._buffer[self._at :]]
            missing = size - len(parts[0])
            try:
                while missing > 0 and (chunk := self._pull()):
                    parts.append(chunk)
                    missing -= len(chunk)
            except (Damaged, OverLimit, Unreadable) as trouble:
                self._trouble = trouble
            self._buffer, self._at = b"".join(parts), 0
        if size and self._at == len(self._buffer):
            self.check()
        return self._buffer[self._at : self._at + size]

    def check(self) -> None:
        """Raise the trouble that a view ahead has met: what looked like the end is none."""
        if self._trouble is not None:
            raise self._trouble

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty only at the end."""
        if self._at == len(self._buffer):
            self._buffer, self._at = self._pull(), 0
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        self.position += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Put bytes back, to be read next."""
        self._buffer, self._at = data + self._buffer[self._at :], 0
        self.position -= len(data)

    def chunks(self) -> Iterator[bytes]:
        """Yield the rest, chunk by chunk."""
        while chunk := self.read(CHUNK_BYTES):
            yield chunk

    def read_all(self, limit: int) -> tuple[bytes, bool]:
        """Read the rest up to about `limit` bytes; tells whether that was all."""
        # BytesIO hands its buffer over without a second copy, which a join would make.
        held = io.BytesIO()
        while held.tell() <= limit and (chunk := self.read(CHUNK_BYTES)):
            held.write(chunk)
        return held.getvalue(), held.tell() <= limit

    def skip(self, size: int) -> int:
        """Pass `size` bytes; returns how many there were."""
        left = size
        while left > 0 and (chunk := self.read(min(left, CHUNK_BYTES))):
            left -= len(chunk)
        return size - left

    def _pull(self) -> bytes:
        """Take the next chunk that is not empty; empty at the end."""
        self.check()
        try:
            return next((chunk for chunk in self._chunks if chunk), b"")
        except Damaged as damage:
            if damage.tape is None:
                damage.tape = self
            if damage.is_tail and damage.tape is self:
                self.tail_damage = damage
                self._chunks = iter(())
                return b""
            raise


class Metered(io.RawIOBase):
    """A readable stream whose bytes are counted and whose failures are `Unreadable`."""

    def __init__(self, stream: BinaryIO, meter: Meter) -> None:
        super().__init__()
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        """Say that it can be read: always."""
        return True

    def seekable(self) -> bool:
        """Whether the stream can be read out of order."""
        try:
            return self._stream.seekable()
        except (OSError, AttributeError):
            return False

    def tell(self) -> int:
        """Place in the stream."""
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place. Raises Unreadable when the stream fails."""
        try:
            return self._stream.seek(offset, whence)
        except OSError as error:
            # A negative place comes from a damaged directory, not from the disk.
            if offset < 0:
                raise ValueError(f"place {offset} lies before the stream") from error
            raise Unreadable(error) from error

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer. Raises Unreadable when the stream fails."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Read bytes. Raises Unreadable when the stream fails."""
        try:
            data = self._stream.read(size)
        except OSError as error:
            raise Unreadable(error) from error
        self._meter.packed += len(data)
        return data

    def chunks(self) -> Iterator[bytes]:
        """Yield the stream from here, chunk by chunk."""
        while chunk := self.read(CHUNK_BYTES):
            yield chunk
