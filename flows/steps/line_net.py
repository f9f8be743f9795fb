"""The net that tells which lines of a text are story, headline, byline and date: numpy, no more.

Dilated convolutions over the row of lines, several nets side by side whose answers are
averaged. Trained by `training/lines.py`; the card beside the weights says on what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flows.errors import SetupError
from flows.steps.body import Measures
from flows.steps.letters import Letters
from flows.steps.line_features import (
    FEATURES,
    Numbers,
    WordTable,
    describe_lines,
    make_word_table,
)
from flows.steps.lines import Unit
from flows.steps.widgets import Clue

DILATIONS = (1, 2, 4, 8, 16)
REACH = sum(DILATIONS)
"""A line's probability depends on so many lines before and after it."""
WINDOW_LINES = 2048
"""Lines that are judged at once: longer texts go through in windows, which bounds memory."""
HEADS = ("story", "title", "byline", "date")
"""What the net answers. A line is story by itself; title, byline and date are looked for in the
whole text, and may be nowhere."""


@dataclass(frozen=True, slots=True)
class LineScores:
    """For every line, the probability of being story, and of being the one line of a field."""

    story: Numbers
    title: Numbers
    byline: Numbers
    date: Numbers


@dataclass(frozen=True, slots=True)
class LineNet:
    """Weights of the nets, stacked on the first axis, and what their input is made with."""

    words: WordTable
    first: tuple[Numbers, Numbers]
    middle: tuple[tuple[Numbers, Numbers], ...]
    last: tuple[Numbers, Numbers]


def compile_line_net(arrays: Mapping[str, Any]) -> LineNet:
    """Make the net from the arrays of its file. Raises SetupError where they do not fit."""
    try:
        net = LineNet(
            words=make_word_table(arrays["word_hashes"], arrays["word_classes"].astype(np.int64)),
            first=_layer(arrays, "first"),
            middle=tuple(_layer(arrays, f"middle_{number}") for number in range(len(DILATIONS))),
            last=_layer(arrays, "last"),
        )
    except KeyError as error:
        raise SetupError(f"the line net lacks {error}; train it again") from None
    inputs = net.first[0].shape[1]
    if inputs != len(FEATURES):
        raise SetupError(
            f"the line net was trained on {inputs} features, the code has {len(FEATURES)}; "
            "train it again"
        )
    return net


def score_lines(
    letters: Letters,
    units: Sequence[Unit],
    clues: Sequence[Clue | None],
    believed: Sequence[bool],
    measures: Measures,
    net: LineNet,
) -> LineScores:
    """Judge every unit, in order."""
    return run_net(describe_lines(letters, units, clues, believed, measures, net.words), net)


def run_net(inputs: Numbers, net: LineNet) -> LineScores:
    """Average probabilities of all nets; windows overlap by what a line depends on."""
    parts = []
    for start in range(0, len(inputs), WINDOW_LINES):
        first = max(0, start - REACH)
        judged = _judge(inputs[first : start + WINDOW_LINES + REACH], net)
        parts.append(judged[:, start - first : start - first + WINDOW_LINES])
    answers = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    powers = np.exp(np.clip(answers, -30, 30))
    story = powers[..., 0] / (1 + powers[..., 0])
    fields = powers[..., 1:] / (1 + powers[..., 1:].sum(axis=1, keepdims=True))
    return LineScores(story.mean(axis=0), *np.moveaxis(fields.mean(axis=0), 1, 0))


def _judge(inputs: Numbers, net: LineNet) -> Numbers:
    """The answers of every net for every line, by head, before they become probabilities."""
    weights, bias = net.first
    hidden = np.matmul(inputs, weights)
    hidden += bias
    np.maximum(hidden, 0, out=hidden)
    nets, size, channels = hidden.shape
    # One buffer for all layers: fresh ones of this size cost more than the products.
    wide, change = np.zeros((nets, size, 3 * channels), np.float32), np.empty_like(hidden)
    zeros = np.zeros_like(hidden)  # against one zero for all numpy compares five times as long
    for dilation, (weights, bias) in zip(DILATIONS, net.middle, strict=True):
        shift = min(dilation, size)
        wide[:, :shift, :channels] = 0
        wide[:, shift:, :channels] = hidden[:, : size - shift]
        wide[:, :, channels : 2 * channels] = hidden
        wide[:, : size - shift, 2 * channels :] = hidden[:, shift:]
        wide[:, size - shift :, 2 * channels :] = 0
        np.matmul(wide, weights, out=change)
        change += bias
        np.maximum(change, zeros, out=change)
        hidden += change
    weights, bias = net.last
    answers: Numbers = hidden @ weights + bias
    return answers


def _layer(arrays: Mapping[str, Any], name: str) -> tuple[Numbers, Numbers]:
    """Weights and bias of a layer; the bias is made to stand over lines."""
    weights, bias = (arrays[f"{name}_{part}"].astype(np.float32) for part in ("weights", "bias"))
    return weights, bias[:, None, :]
