"""A fast entity recogniser: spaCy's tokens and weights, the same entities, a fraction of the time.

What depends on a word alone is worked out once and remembered: how a run of characters between
blanks is cut into tokens, and the vector of every kind of token.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from flows.steps.labels import Span
from flows.steps.network import (
    WIDTH,
    Bools,
    Floats,
    Ints,
    find_entities,
    make_batch,
    read_network,
)

BATCH_TOKENS = 1_500
"""Tokens of a batch: the arrays of one stay in a core's cache."""

CACHE_CHARACTERS = 12_000_000
CACHE_WORDS = 50_000
"""Bounds of what is remembered, about 60 MB in all; when one is met, it is forgotten whole."""

LONGEST_RUN = 500
"""A run of characters without a blank is cut after this many: spaCy's time grows with its square.

Only names in such a run may then differ from spaCy's.
"""

_CHUNK_COST = 80  # characters that a remembered run costs beside its own
_BLANKS = re.compile(r"(\s+)")
_EMBEDDING_DOCS = 2_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a text: which word each is, and where it stands, in code points."""

    text: str
    words: Ints
    starts: Ints
    lengths: Ints


class FastRecogniser:
    """Finds the entities that spaCy's pipeline finds. Raises LayoutError for other layouts.

    It owns the pipeline: the strings that this has learned are freed with the memory here.
    """

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        recogniser = pipeline.get_pipe("ner")
        self._network = read_network(recogniser)
        self._memory = TokenMemory(pipeline, recogniser.model.get_ref("tok2vec").layers[0])

    def __call__(self, texts: Sequence[str]) -> list[list[Span]]:
        """Entities of each text: spans in code points, in order, without overlap."""
        return [spans for batch in self._batches(texts) for spans in self._entities(batch)]

    def _batches(self, texts: Sequence[str]) -> Iterator[list[Tokens]]:
        batch: list[Tokens] = []
        size = 0
        for text in texts:
            tokens = self._memory.tokenise(text)
            batch.append(tokens)
            size += len(tokens.words)
            if size >= BATCH_TOKENS:
                yield batch
                batch, size = [], 0
                self._memory.forget_if_full()
        yield batch

    def _entities(self, texts: Sequence[Tokens]) -> Iterator[list[Span]]:
        vectors, is_space = self._memory.described()
        batch = make_batch(
            [vectors[tokens.words] for tokens in texts],
            [is_space[tokens.words] for tokens in texts],
        )
        for tokens, entities in zip(texts, find_entities(self._network, batch), strict=True):
            if entities is None:  # too close to call: a few texts in a thousand
                doc = self._pipeline(tokens.text)
                yield [(one.start_char, one.end_char, one.label_) for one in doc.ents]
                continue
            yield [
                (
                    int(tokens.starts[first]),
                    int(tokens.starts[after - 1] + tokens.lengths[after - 1]),
                    label,
                )
                for first, after, label in entities
            ]


class TokenMemory:
    """Remembers how runs of characters are cut into tokens, and the vectors of the tokens."""

    def __init__(self, pipeline: Any, embedding: Any) -> None:
        self._pipeline = pipeline
        self._embedding = embedding.layers[:-1]  # the last layer looks at neighbours
        self._zone = ExitStack()
        self._forget()

    def tokenise(self, text: str) -> Tokens:
        """Cut a text into the tokens that spaCy cuts it into."""
        runs, places = _runs(text)
        ids = np.fromiter(map(self._chunk, runs), np.int64, len(runs))
        counts = self._counts[ids]
        total = int(counts.sum())
        within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        at = np.repeat(self._firsts[ids], counts) + within
        starts = np.repeat(np.array(places, np.int64), counts) + self._starts[at]
        return Tokens(text, self._words[at], starts, self._lengths[at])

    def described(self) -> tuple[Floats, Bools]:
        """Vectors of all words that are known, and which of them are white space."""
        if self._waiting:
            self._embed()
        return self._vectors, self._is_space

    def forget_if_full(self) -> None:
        """Start anew when a bound is met; tokens of earlier texts then mean nothing."""
        if self._cost > CACHE_CHARACTERS or len(self._word_ids) > CACHE_WORDS:
            self._forget()

    def _forget(self) -> None:
        # The zone frees the strings learned since: the vocabulary of a long run would not end.
        self._waiting: list[tuple[int, Any, int]] = []
        self._zone.close()
        self._zone.enter_context(self._pipeline.memory_zone())
        self._cost = 0
        self._chunk_ids: dict[str, int] = {}
        self._firsts = self._counts = np.zeros(0, np.int64)
        self._word_ids: dict[tuple[int, int], int] = {}
        self._words = self._starts = self._lengths = np.zeros(0, np.int64)
        self._token_count = 0
        self._vectors = np.zeros((0, WIDTH), np.float32)
        self._is_space = np.zeros(0, np.bool_)

    def _chunk(self, run: str) -> int:
        known = self._chunk_ids.get(run)
        return self._learn(run) if known is None else known

    def _learn(self, run: str) -> int:
        """Let spaCy cut a run that was not met before, and number its tokens."""
        doc = self._pipeline.tokenizer(run)
        chunk = self._chunk_ids[run] = len(self._chunk_ids)
        self._firsts = _room(self._firsts, chunk)
        self._counts = _room(self._counts, chunk)
        self._firsts[chunk], self._counts[chunk] = self._token_count, len(doc)
        last = self._token_count + len(doc)
        self._words, self._starts, self._lengths = (
            _room(column, last) for column in (self._words, self._starts, self._lengths)
        )
        for at, token in enumerate(doc, self._token_count):
            self._words[at] = self._word(token, doc)
            self._starts[at], self._lengths[at] = token.idx, len(token)
        self._token_count = last
        self._cost += len(run) + _CHUNK_COST
        return chunk

    def _word(self, token: Any, doc: Any) -> int:
        """Number of a kind of token: a vector depends on its form and its norm alone."""
        form = (token.orth, token.norm)
        word = self._word_ids.get(form)
        if word is None:
            word = self._word_ids[form] = len(self._word_ids)
            self._waiting.append((word, doc, token.i))
        return word

    def _embed(self) -> None:
        """Work out the vectors of the words that are new."""
        last = len(self._word_ids)
        self._vectors = _room(self._vectors, last)
        self._is_space = _room(self._is_space, last)
        docs = list({id(doc): doc for _, doc, _ in self._waiting}.values())
        rows: dict[int, Any] = {}
        for first in range(0, len(docs), _EMBEDDING_DOCS):
            part = docs[first : first + _EMBEDDING_DOCS]
            values: Any = part
            for layer in self._embedding:
                values = layer.predict(values)
            rows |= {id(doc): value for doc, value in zip(part, values, strict=True)}
        for word, doc, at in self._waiting:
            self._vectors[word] = rows[id(doc)][at]
            self._is_space[word] = doc[at].is_space
        self._waiting = []


def _runs(text: str) -> tuple[list[str], list[int]]:
    r"""Cut a text as spaCy's tokenizer does: at blanks, of which one belongs to no run.

    >>> _runs("Ida  met\nOlaf ")
    (['Ida', ' ', 'met', '\n', 'Olaf'], [0, 4, 5, 8, 9])
    """
    parts = _BLANKS.split(text)
    runs, places = [], []
    place = 0
    for at, part in enumerate(parts):
        # The blank that begins white space after a word is that word's, not a token.
        skipped = 1 if at % 2 and part[0] == " " and place else 0
        for first in range(skipped, len(part), LONGEST_RUN):
            runs.append(part[first : first + LONGEST_RUN])
            places.append(place + first)
        place += len(part)
    return runs, places


def _room(array: Any, last: int) -> Any:
    """The array, or a copy twice as long where it has no place `last`."""
    if last < len(array):
        return array
    grown = np.zeros((max(1_024, 2 * last), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown
