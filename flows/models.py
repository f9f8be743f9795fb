"""Models: entity models where they are installed, verified, and the nets of `config/models/`.

Each is loaded once a process.

Set `OPENBLAS_NUM_THREADS=1` and `OMP_NUM_THREADS=1` in a worker's environment before anything
imports numpy: one shard a core is faster than one shard on all cores.
"""

import hashlib
import re
import tomllib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np

from flows.errors import SetupError
from flows.memory import load_for_good
from flows.settings import config_folder
from flows.steps.labels import Span
from flows.steps.line_net import LineNet, compile_line_net
from flows.steps.mentions import Recogniser
from flows.steps.network import LayoutError
from flows.steps.recognise import FastRecogniser
from flows.steps.story_net import StoryNet, compile_story_net

PIECE_CHARACTERS = 30_000
"""Longer texts are read in pieces, which bounds memory at about 100 MB a piece."""

BATCH_TEXTS = 32
Engine = Literal["numpy", "spacy"]
LINE_NET = "lines.npz"
UNUSED_PARTS = (
    "tok2vec",
    "tagger",
    "morphologizer",
    "parser",
    "senter",
    "attribute_ruler",
    "lemmatizer",
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@cache
@load_for_good()
def load_recogniser(model: str, engine: Engine = "numpy") -> Recogniser:
    """Load the entity recogniser of a model that `config/models.toml` declares.

    In numpy it runs where the model has the layout that this is written for, else, with a
    warning, in spaCy: slower, the same entities. Raises SetupError when the model is not
    declared, not installed, or not the pinned one.
    """
    folder = find_model(model)
    import spacy

    pipeline = spacy.load(folder, exclude=UNUSED_PARTS)
    pipeline.max_length = 2 * PIECE_CHARACTERS
    fast = _fast_engine(pipeline, model) if engine == "numpy" else None
    recognise = fast or _spacy_engine(pipeline)
    return partial(_recognise_in_pieces, recognise)


@cache
def load_line_net() -> LineNet:
    """Load the net that chooses the story among the lines of a text. Raises SetupError."""
    path = config_folder() / "models" / LINE_NET
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return compile_line_net(dict(arrays))
    except (OSError, ValueError) as error:
        raise SetupError(f"{path}: the line net cannot be read: {error}") from None


@cache
def load_story_net() -> StoryNet:
    """Load the net that finds the story of an HTML page. Raises SetupError where it is missing."""
    path = config_folder() / "models" / "story_html.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return compile_story_net(dict(arrays))
    except (OSError, ValueError, KeyError) as error:
        raise SetupError(f"{path}: the weights of the HTML net cannot be read: {error}") from None


def find_model(model: str) -> Path:
    """Folder of an installed model whose every file is the pinned one. Raises SetupError."""
    declared = _declared_models()
    if model not in declared:
        known = ", ".join(sorted(declared))
        raise SetupError(f"no entity model is named {model!r}; config/models.toml has: {known}")
    pinned = declared[model]
    for package in pinned["packages"]:
        folder = _installed_folder(package, pinned["version"])
        if folder is not None:
            verify_files(folder, pinned["files"])
            return folder
    wanted = " or ".join(pinned["packages"]).replace("_", "-")
    raise SetupError(
        f"the entity model {model} {pinned['version']} is not installed; install {wanted}"
    )


def verify_files(folder: Path, files: Mapping[str, str]) -> None:
    """Compare files with their pinned SHA-256. Raises SetupError at the first difference."""
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise SetupError(f"{path}: the model file is missing; install the model again")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise SetupError(
                f"{path}: found SHA-256 {found[:12]}..., config/models.toml pins "
                f"{expected[:12]}...; install the pinned model again"
            )


def split_text(text: str, limit: int) -> Iterator[tuple[int, str]]:
    r"""Cut a text into pieces of at most `limit` characters, each with its offset.

    It is cut after a blank line where there is one, else after a line or a word.

    >>> list(split_text("One two.\n\nThree.", 12))
    [(0, 'One two.\n\n'), (10, 'Three.')]
    """
    start = 0
    while len(text) - start > limit:
        end = start + limit
        for gap in ("\n\n", "\n", " "):
            found = text.rfind(gap, start, end)
            if found > start:
                end = found + len(gap)
                break
        yield start, text[start:end]
        start = end
    yield start, text[start:]


def _recognise_in_pieces(recognise: Recogniser, texts: Sequence[str]) -> list[list[Span]]:
    """Entities of each text; no piece is long, and what is no character reads as `?`."""
    found: list[list[Span]] = [[] for _ in texts]
    pieces = [
        (place, offset, _SURROGATE.sub("?", piece))
        for place, text in enumerate(texts)
        if text
        for offset, piece in split_text(text, PIECE_CHARACTERS)
    ]
    spans_of_pieces = recognise([piece for _, _, piece in pieces])
    for (place, offset, _), spans in zip(pieces, spans_of_pieces, strict=True):
        found[place] += [(offset + start, offset + end, label) for start, end, label in spans]
    return found


def _fast_engine(pipeline: Any, model: str) -> Recogniser | None:
    try:
        return FastRecogniser(pipeline)
    except LayoutError as error:
        warnings.warn(
            f"the entity model {model} is not laid out as the fast recogniser expects "
            f"({error}); spaCy runs it, several times slower, with the same entities",
            RuntimeWarning,
            stacklevel=3,
        )
        return None


def _spacy_engine(pipeline: Any) -> Recogniser:
    from thinc.api import NumpyOps

    # The same entities 1.4 times faster: numpy's OpenBLAS beats the bundled BLIS.
    operations = NumpyOps(use_blis=False)
    for part in pipeline.get_pipe("ner").model.walk():
        part.ops = operations

    def recognise(texts: Sequence[str]) -> list[list[Span]]:
        # The zone frees the strings of the batch: the vocabulary of a long run would not end.
        with pipeline.memory_zone():
            return [
                [(entity.start_char, entity.end_char, entity.label_) for entity in doc.ents]
                for doc in pipeline.pipe(texts, batch_size=BATCH_TEXTS)
            ]

    return recognise


@cache
def _declared_models() -> dict[str, Any]:
    return tomllib.loads((config_folder() / "models.toml").read_text(encoding="utf-8"))


def _installed_folder(package: str, version: str) -> Path | None:
    """Where a package keeps its model; looking does not import the package."""
    spec = find_spec(package)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(root) / f"{package}-{version}"
        if folder.is_dir():
            return folder
    return None
