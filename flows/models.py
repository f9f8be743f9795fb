"""Models: entity models where they are installed, verified, and the nets of `config/nets/`.

Each is loaded once a process.

Set `OPENBLAS_NUM_THREADS=1` and `OMP_NUM_THREADS=1` in a worker's environment before anything
imports numpy: one shard a core is faster than one shard on all cores.
"""

import csv
import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from flows.errors import SetupError
from flows.settings import config_folder
from flows.steps.labels import Span
from flows.steps.mentions import Recogniser
from flows.steps.story_net import StoryNet, compile_story_net

PIECE_CHARACTERS = 50_000
"""Longer texts are read in pieces, which bounds memory at about 100 MB a piece."""

BATCH_TEXTS = 32
_UNUSED_PARTS = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@cache
def load_recogniser(model: str) -> Recogniser:
    """Load the entity recogniser of a model that `config/models.toml` declares.

    Raises SetupError when the model is not declared, not installed, or not the pinned one.
    """
    folder = find_model(model)
    import spacy
    from thinc.api import NumpyOps

    pipeline = spacy.load(folder, exclude=_UNUSED_PARTS)
    # The same entities 1.7 times faster: numpy's OpenBLAS beats the bundled BLIS.
    operations = NumpyOps(use_blis=False)
    recogniser: Any = pipeline.get_pipe("ner")
    for part in recogniser.model.walk():
        part.ops = operations
    pipeline.max_length = 2 * PIECE_CHARACTERS

    def recognise(texts: Sequence[str]) -> list[list[Span]]:
        return _recognise(pipeline, texts)

    return recognise


@cache
def load_story_net() -> StoryNet:
    """Load the net that finds the story of an HTML page. Raises SetupError where it is missing."""
    path = config_folder() / "nets" / "story_html.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return compile_story_net(dict(arrays))
    except (OSError, ValueError, KeyError) as error:
        raise SetupError(f"{path}: the weights of the HTML net cannot be read: {error}") from None


@cache
def load_places() -> frozenset[str]:
    """Names of countries and capitals, which are places whatever a sentence makes of them."""
    path = config_folder() / "gazetteer" / "places.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return frozenset(row["name"] for row in rows)


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


def _recognise(pipeline: Any, texts: Sequence[str]) -> list[list[Span]]:
    found: list[list[Span]] = [[] for _ in texts]
    pieces = [
        (_SURROGATE.sub("?", piece), (place, offset))
        for place, text in enumerate(texts)
        if text
        for offset, piece in split_text(text, PIECE_CHARACTERS)
    ]
    # The zone frees the strings of the batch: the vocabulary of a long run would not end.
    with pipeline.memory_zone():
        for doc, (place, offset) in pipeline.pipe(pieces, as_tuples=True, batch_size=BATCH_TEXTS):
            found[place] += [
                (offset + entity.start_char, offset + entity.end_char, entity.label_)
                for entity in doc.ents
            ]
    return found


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
