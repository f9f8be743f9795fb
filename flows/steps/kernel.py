"""The compiled way through the letters of a text, where the install could compile it.

`kernel.c` gives what `lines`, `letters`, `widgets` and `line_features` work out with numpy and
patterns, bit for bit, in less than half the time, and what `line_net` does, but for rounding.
`hatch_build.py` compiles it where there is a C compiler. Elsewhere, and where the library was made
from another source, `KERNEL` is None.
"""

import ctypes
import importlib.resources
import zlib
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

NET_CHANNELS = 24
"""The kernel runs nets of so many channels, those that are shipped."""

Pointers = ctypes.Array[ctypes.c_void_p]

_NUMBER, _POINTER = ctypes.c_int64, ctypes.c_void_p
_TEXT = (ctypes.c_char_p, _NUMBER, _NUMBER)
_LETTERS = (_POINTER, _NUMBER, _NUMBER, _NUMBER)
_SIGNATURES: dict[str, tuple[Any, Sequence[Any]]] = {
    "source_digest": (ctypes.c_uint32, ()),
    "read_lines": (_NUMBER, (*_TEXT, _POINTER, _NUMBER, _POINTER)),
    "join_fragments": (None, (_POINTER, _NUMBER, _NUMBER, _POINTER)),
    "read_letters": (_NUMBER, (*_TEXT, _NUMBER, _POINTER, _POINTER)),
    "find_suspects": (None, (*_LETTERS, _POINTER, _POINTER)),
    "describe_lines": (ctypes.c_int, (*_LETTERS, _POINTER, _POINTER, _POINTER)),
    "judge_lines": (ctypes.c_int, (_POINTER, _NUMBER, _NUMBER, *[_POINTER] * 4)),
}


class LineMarks(ctypes.Structure):
    """What is known of lines beside their letters: gaps, repeats, clues and the ruled span."""

    _fields_ = (
        ("gaps", _POINTER),
        ("repeats", _POINTER),
        ("roles", ctypes.c_char_p),
        ("whole", ctypes.c_char_p),
        ("believed", ctypes.c_char_p),
        ("span_first", _NUMBER),
        ("span_stop", _NUMBER),
    )


class WordTable(ctypes.Structure):
    """Hashes of listed words, their classes and filter, and a table of logarithms."""

    _fields_ = (
        ("hashes", _POINTER),
        ("classes", _POINTER),
        ("listed", _NUMBER),
        ("filter", _POINTER),
        ("logs", _POINTER),
        ("logged", _NUMBER),
    )


def point_at(*tables: NDArray[Any]) -> Pointers:
    """Pointers to tables, in order; whoever has the tables keeps them."""
    return (_POINTER * len(tables))(*(table.ctypes.data for table in tables))


def _load() -> ctypes.CDLL | None:
    folder = importlib.resources.files(__package__)
    path, source = folder.joinpath("_kernel.so"), folder.joinpath("kernel.c")
    if not path.is_file() or not source.is_file():
        return None
    library = ctypes.CDLL(str(path))
    if not hasattr(library, "source_digest"):
        return None
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library if library.source_digest() == zlib.crc32(source.read_bytes()) else None


KERNEL = _load()
