"""The net that tells which lines of a text are story, headline, byline and date: numpy, no more.

Dilated convolutions over the row of lines, two small nets side by side whose answers are
averaged. Trained by `training/lines.py`; the card beside the weights says on what.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flows.errors import SetupError
from flows.steps import kernel
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
    """Weights of the layers, and what their input is made with.

    The last three axes of weights are net, row and column; the last row is the bias. `middle`
    has the layers on its first axis.
    """

    words: WordTable
    first: Numbers
    middle: Numbers
    last: Numbers


def compile_line_net(arrays: Mapping[str, Any]) -> LineNet:
    """Make the net from the arrays of its file. Raises SetupError where they do not fit."""
    try:
        net = LineNet(
            words=make_word_table(arrays["word_hashes"], arrays["word_classes"].astype(np.int64)),
            first=_layer(arrays, "first"),
            middle=np.stack([_layer(arrays, f"middle_{at}") for at in range(len(DILATIONS))]),
            last=_layer(arrays, "last"),
        )
    except KeyError as error:
        raise SetupError(f"the line net lacks {error}; train it again") from None
    inputs = net.first.shape[1] - 1
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
    powers = np.exp(np.maximum(np.minimum(answers, 30), -30))
    story = powers[..., 0] / (1 + powers[..., 0])
    fields = powers[..., 1:] / (1 + powers[..., 1:].sum(axis=1, keepdims=True))
    return LineScores(story.mean(axis=0), *np.moveaxis(fields.mean(axis=0), 1, 0))


def _judge(inputs: Numbers, net: LineNet) -> Numbers:
    """The answers of every net for every line, by head, before they become probabilities."""
    if kernel.KERNEL is not None and net.first.shape[-1] == kernel.NET_CHANNELS:
        return _judge_compiled(inputs, net, kernel.KERNEL)
    size, margin = len(inputs), max(DILATIONS)
    nets, _, channels = net.first.shape
    # Nothing stands before the first line and after the last.
    padded = np.zeros((nets, size + 2 * margin, channels), np.float32)
    hidden = padded[:, margin : margin + size]
    hidden[...] = np.matmul(inputs, net.first[:, :-1])
    hidden += net.first[:, -1:]
    np.maximum(hidden, 0, out=hidden)
    # One buffer for all layers: fresh ones of this size cost more than the products. Its last
    # column, all ones, adds the bias.
    wide = np.empty((nets, size, 3 * channels + 1), np.float32)
    wide[..., -1] = 1
    around = wide[..., :-1].reshape(nets, size, 3, channels)
    change = np.empty((nets, size, channels), np.float32)
    zeros = np.zeros_like(change)  # against one zero for all numpy compares five times as long
    per_net, per_line, per_channel = padded.strides
    for dilation, weights in zip(DILATIONS, net.middle, strict=True):
        # of each line the one `dilation` before it, itself, and the one after it
        around[...] = np.ndarray(
            around.shape, np.float32, padded, (margin - dilation) * per_line,
            (per_net, per_line, dilation * per_line, per_channel),
        )  # fmt: skip
        np.matmul(wide, weights, out=change)
        np.maximum(change, zeros, out=change)
        hidden += change
    answers: Numbers = hidden @ net.last[:, :-1] + net.last[:, -1:]
    return answers


def _judge_compiled(inputs: Numbers, net: LineNet, library: ctypes.CDLL) -> Numbers:
    """Answer as `_judge` does; the last digits differ."""
    by_feature, nets = np.ascontiguousarray(inputs.T, np.float32), len(net.first)
    answers = np.empty((nets, len(inputs), len(HEADS)), np.float32)
    weights = (part.ctypes.data for part in (net.first, net.middle, net.last))
    failed = library.judge_lines(
        by_feature.ctypes.data, len(inputs), nets, *weights, answers.ctypes.data
    )
    if failed:
        raise MemoryError(f"no memory to judge {len(inputs)} lines")
    return answers


def _layer(arrays: Mapping[str, Any], name: str) -> Numbers:
    """Weights of a layer with its bias below them."""
    weights, bias = (arrays[f"{name}_{part}"].astype(np.float32) for part in ("weights", "bias"))
    return np.concatenate([weights, bias[:, None]], axis=1)
