"""The arithmetic of spaCy's entity recogniser in numpy: token vectors in, entities out.

spaCy's parser looks at three tokens only: the current one, the first of the open entity, and
the one before. While no entity is open its choice depends on one token, so all choices outside
entities are one matrix product; only where an entity begins does a loop follow it to its end,
and that loop runs over all entities of a batch at once. The weights are spaCy's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WIDTH = 96
PIECES = 3
HIDDEN_PIECES = 2
FEATURES = ("NORM", "PREFIX", "SUFFIX", "SHAPE")
LAYER_PAD = 4
"""Rows of zeros between two texts; as many as there are layers, so that texts do not mix."""

LONGEST_ENTITY = 100
"""Tokens. No name is longer, and a run of capitals that seems one would cost its square."""

CLOSE = np.float32(1e-3)
"""Scores nearer to each other than this may be ordered otherwise by another order of adding up."""

_NEVER = np.float32(-1e9)


class LayoutError(ValueError):
    """A model is not built as this arithmetic supposes."""


@dataclass(frozen=True, slots=True)
class WindowLayer:
    """A token and its two neighbours to one vector: linear map, maxout, normalisation."""

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats


@dataclass(frozen=True, slots=True)
class Network:
    """The weights, arranged for whole batches.

    `features` maps a token to its three parts (as current token, as first of the entity, as
    the one before), each of two pieces. `outside_*` score what may happen while no entity is
    open; `inside_*` score going on against ending, one row a label.
    """

    layers: tuple[WindowLayer, ...]
    features: Floats
    features_bias: Floats
    hidden_bias: Floats
    alone_bias: Floats
    outside: Floats
    outside_bias: Floats
    begins: Bools
    units: Bools
    labels_of_actions: Ints
    inside: Floats
    inside_bias: Floats
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Several texts as rows of one array, padded; where each begins, and what each row is."""

    vectors: Floats
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]
    may_begin: Bools
    is_last: Bools


def read_network(recogniser: Any) -> Network:
    """Take the weights out of a spaCy entity recogniser.

    Raises LayoutError when it is not built as spaCy 3.8 builds its small models: the caller
    then runs spaCy itself.
    """
    model = recogniser.model
    lower, upper, encoder = _parts(model)
    linear = model.get_ref("tok2vec").layers[-1]
    weights = lower.get_param("W")
    feature_count, hidden, pieces, inputs = weights.shape
    stacked = weights.transpose(3, 0, 2, 1).reshape(inputs, feature_count * pieces * hidden)
    absent = lower.get_param("pad")[0].transpose(0, 2, 1).reshape(feature_count, pieces * hidden)
    hidden_bias = lower.get_param("b").T.reshape(-1)
    names = [recogniser.moves.get_class_name(at) for at in range(recogniser.moves.n_moves)]
    outside = [at for at, name in enumerate(names) if _is_outside_action(name)]
    labels = tuple(sorted({names[at][2:] for at in outside if names[at] != "O"}))
    going_on = [names.index(f"I-{label}") for label in labels]
    ending = [names.index(f"L-{label}") for label in labels]
    scores, scores_bias = upper.get_param("W"), upper.get_param("b")
    return Network(
        layers=tuple(_window_layer(layer) for layer in encoder.layers[0].layers),
        features=_floats(linear.get_param("W").T @ stacked),
        features_bias=_floats(linear.get_param("b") @ stacked),
        hidden_bias=_floats(hidden_bias),
        alone_bias=_floats(hidden_bias + absent[1] + absent[2]),
        outside=_floats(scores[outside].T),
        outside_bias=_floats(scores_bias[outside]),
        begins=np.array([names[at][0] == "B" for at in outside]),
        units=np.array([names[at][0] == "U" for at in outside]),
        labels_of_actions=np.array(
            [labels.index(names[at][2:]) if names[at] != "O" else -1 for at in outside]
        ),
        inside=_floats(scores[going_on] - scores[ending]),
        inside_bias=_floats(scores_bias[going_on] - scores_bias[ending]),
        labels=labels,
    )


def make_batch(vectors: Sequence[Floats], is_space: Sequence[Bools]) -> Batch:
    """Lay texts under each other, given the vectors of their tokens and which are white space."""
    lengths = tuple(len(rows) for rows in vectors)
    size = sum(lengths) + LAYER_PAD * (len(lengths) + 1)
    # One row more at each end, so that a window over the whole array stays inside it.
    padded = np.zeros((size + 2, WIDTH), np.float32)
    may_begin, is_last = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    offsets, offset = [], LAYER_PAD
    for rows, space in zip(vectors, is_space, strict=True):
        end = offset + len(rows)
        padded[offset + 1 : end + 1] = rows
        may_begin[offset:end] = ~space
        if len(rows):
            is_last[end - 1] = True
        offsets.append(offset)
        offset = end + LAYER_PAD
    return Batch(padded, tuple(offsets), lengths, may_begin, is_last)


def find_entities(network: Network, batch: Batch) -> list[list[tuple[int, int, str]] | None]:
    """Entities of each text of a batch: first token, token after the last, label.

    None for a text in which some choice was too close to call: rounding could have made it.
    The vectors of the batch are overwritten.
    """
    _encode(network, batch.vectors)
    features = batch.vectors[1:-1] @ network.features
    features += network.features_bias
    is_close = np.zeros(len(features), np.bool_)
    starts, ends, labels = _open_entities(network, features, batch, is_close)
    found = zip(starts.tolist(), ends.tolist(), labels.tolist(), strict=True)
    places = zip(batch.offsets, batch.lengths, strict=True)
    return [
        None if is_close[offset : offset + length].any() else entities
        for entities, (offset, length) in zip(
            _by_text(found, batch, network.labels), places, strict=True
        )
    ]


def _encode(network: Network, padded: Floats) -> None:
    """Add to every row what the layers see in it and its neighbours, layer by layer."""
    rows = len(padded) - 2
    windows = np.lib.stride_tricks.as_strided(padded, (rows, 3 * WIDTH), padded.strides)
    vectors = padded[1:-1]
    for layer in network.layers:
        pieces = np.ascontiguousarray(windows) @ layer.weights
        pieces += layer.bias
        best = np.maximum(pieces[:, :WIDTH], pieces[:, WIDTH : 2 * WIDTH])
        np.maximum(best, pieces[:, 2 * WIDTH :], out=best)
        best -= best.mean(1, keepdims=True)
        variance = np.einsum("ij,ij->i", best, best)
        variance /= WIDTH
        variance += 1e-8
        best *= (1.0 / np.sqrt(variance))[:, None]
        best *= layer.gain
        best += layer.shift
        vectors += best


def _open_entities(
    network: Network, features: Floats, batch: Batch, is_close: Bools
) -> tuple[Ints, Ints, Ints]:
    """Where an entity would begin if none were open, where it would end, and its label.

    Close choices are marked in `is_close`. Some entities lie inside others: which of them begin
    is for the caller, who goes from left to right.
    """
    half = len(network.hidden_bias) // HIDDEN_PIECES
    alone = features[:, : 2 * half] + network.alone_bias
    scores = np.maximum(alone[:, :half], alone[:, half:]) @ network.outside
    scores += network.outside_bias
    # The last token of a text may be an entity of its own, but none that goes on.
    scores[np.ix_(batch.is_last, network.begins)] = _NEVER
    action = scores.argmax(1)
    rows = np.arange(len(scores))
    best = scores[rows, action]
    scores[rows, action] = _NEVER
    is_close |= best - scores.max(1) < CLOSE
    is_start = (network.begins | network.units)[action] & batch.may_begin
    starts = np.flatnonzero(is_start)
    chosen = action[starts]
    labels = network.labels_of_actions[chosen]
    ends = starts + 1
    longer = np.flatnonzero(network.begins[chosen])
    ends[longer] = _follow(
        network, features, batch.is_last, starts[longer], labels[longer], is_close
    )
    return starts, ends, labels


def _follow(
    network: Network,
    features: Floats,
    is_last: Bools,
    starts: Ints,
    labels: Ints,
    is_close: Bools,
) -> Ints:
    """Take every entity on, token by token, until going on scores less than ending.

    Every token of one long capitalised run may begin an entity: the bound keeps time linear.
    """
    half = len(network.hidden_bias) // HIDDEN_PIECES
    ends = np.zeros(len(starts), np.int64)
    active, current = np.arange(len(starts)), starts + 1
    for _ in range(LONGEST_ENTITY):
        if not len(active):
            return ends
        hidden = (
            features[current, : 2 * half]
            + features[starts[active], 2 * half : 4 * half]
            + features[current - 1, 4 * half :]
            + network.hidden_bias
        )
        hidden = np.maximum(hidden[:, :half], hidden[:, half:])
        label = labels[active]
        surplus = np.einsum("ij,ij->i", hidden, network.inside[label])
        surplus += network.inside_bias[label]
        is_close[current[np.abs(surplus) < CLOSE]] = True
        is_end = (surplus < 0) | is_last[current]
        ends[active[is_end]] = current[is_end] + 1
        active, current = active[~is_end], current[~is_end] + 1
    ends[active] = current
    return ends


def _by_text(
    found: Iterator[tuple[int, int, int]], batch: Batch, labels: Sequence[str]
) -> Iterator[list[tuple[int, int, str]]]:
    """Deal the entities out to their texts; one that begins inside another is left out."""
    candidate = next(found, None)
    for offset, length in zip(batch.offsets, batch.lengths, strict=True):
        entities, free = [], offset
        while candidate is not None and candidate[0] < offset + length:
            start, end, label = candidate
            if start >= free:
                entities.append((start - offset, end - offset, labels[label]))
                free = end
            candidate = next(found, None)
        yield entities


def _parts(model: Any) -> tuple[Any, Any, Any]:
    """Lower layer, upper layer and encoder of a model whose layout is the expected one."""
    lower, upper, vectors = (_reference(model, name) for name in ("lower", "upper", "tok2vec"))
    weights = lower.get_param("W")
    _require(weights.shape[0] == 3, f"{weights.shape[0]} tokens looked at, not 3")
    _require(weights.shape[2] == HIDDEN_PIECES, f"{weights.shape[2]} hidden pieces, not 2")
    _require(len(vectors.layers) == 3, "token vectors are not made by embedding, array, linear")
    _require(vectors.layers[-1].name == "linear", "the last layer is not linear")
    core = vectors.layers[0]
    encoder = core.layers[-1]
    _require(encoder.attrs.get("pad") == LAYER_PAD, f"not {LAYER_PAD} rows of padding")
    _require(core.get_dim("nO") == WIDTH, f"vectors are not {WIDTH} wide")
    columns = [c for node in core.walk() for c in node.attrs.get("columns", ())]
    _require(columns == list(FEATURES), f"tokens are described by {columns}, not {FEATURES}")
    for layer in encoder.layers[0].layers:
        window = _node(layer, "expand_window").attrs["window_size"]
        _require(window == 1, f"a window of {window}, not 1")
        shape = _node(layer, "maxout").get_param("W").shape
        _require(shape == (WIDTH, PIECES, 3 * WIDTH), f"a layer of {shape}")
    return lower, upper, encoder


def _is_outside_action(name: str) -> bool:
    """Whether an action may be taken while no entity is open; those without a label never are."""
    return name == "O" or (name[:2] in ("B-", "U-") and len(name) > 2)


def _window_layer(layer: Any) -> WindowLayer:
    maxout, norm = _node(layer, "maxout"), _node(layer, "layernorm")
    weights = maxout.get_param("W")
    outputs, pieces, inputs = weights.shape
    return WindowLayer(
        _floats(weights.transpose(2, 1, 0).reshape(inputs, pieces * outputs)),
        _floats(maxout.get_param("b").T.reshape(-1)),
        _floats(norm.get_param("G")),
        _floats(norm.get_param("b")),
    )


def _reference(model: Any, name: str) -> Any:
    _require(name in model.ref_names and model.has_ref(name), f"no part named {name}")
    return model.get_ref(name)


def _node(layer: Any, name: str) -> Any:
    nodes = [node for node in layer.walk() if node.name == name]
    _require(len(nodes) == 1, f"{len(nodes)} parts named {name} in a layer")
    return nodes[0]


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise LayoutError(otherwise)


def _floats(array: Any) -> Floats:
    return np.ascontiguousarray(array, dtype=np.float32)
