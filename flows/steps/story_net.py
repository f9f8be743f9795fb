"""The net that tells which lines of a page are its story, run with numpy alone.

A small convolution over the lines of a page in their order: every line is seen with what
stands around it. Trained by `training/story_html.py`; the card beside the weights says on what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.errors import SetupError
from flows.steps.features import FEATURES, Matrix, Vector

REACH = 4.0
"""Features are cut at this many deviations: an odd page must not drown the rest."""
LEAST_RATE = 0.55
"""A line that is rated lower is none of the story. The best F1 expected of one page may ask for
it; over many pages precision and recall together are best without."""
LINE_WORDS = 1.0
"""Words that a line counts more than it has: a lost subhead is a loss as well."""


@dataclass(frozen=True, slots=True)
class StoryNet:
    """Weights of several nets that vote, run side by side.

    `inputs` stand next to each other; in all other weights the first axis is the net.
    `convolutions` are (dilation, kernel over the lines before, here and after, bias).
    `unsure_below` is the confidence that one page in a hundred did not reach when it was not
    trained on.
    """

    mean: Matrix
    scale: Matrix
    inputs: Matrix
    input_bias: Matrix
    convolutions: tuple[tuple[int, Matrix, Matrix], ...]
    outputs: Matrix
    output_bias: Matrix
    unsure_below: float


def compile_story_net(arrays: Mapping[str, npt.NDArray[Any]]) -> StoryNet:
    """Take the net from its weights file. Raises SetupError where it wants other features."""
    if list(arrays["features"]) != list(FEATURES):
        raise SetupError(
            "the weights of the HTML net were trained on other features than this code "
            "measures; train it again with training/story_html.py"
        )

    def weights(name: str) -> list[Matrix]:
        return [arrays[f"{net}.{name}"].astype(np.float32) for net in range(int(arrays["nets"]))]

    def each(name: str) -> Matrix:
        return np.stack(weights(name))

    convolutions = tuple(
        (int(dilation), each(f"conv{at}"), each(f"conv{at}_bias")[:, None])
        for at, dilation in enumerate(arrays["dilations"])
    )
    return StoryNet(
        mean=arrays["mean"][:, None],
        scale=arrays["scale"][:, None],
        inputs=np.hstack(weights("input")).T.copy(),
        input_bias=np.concatenate(weights("input_bias"))[:, None],
        convolutions=convolutions,
        outputs=each("output")[:, :, None],
        output_bias=each("output_bias")[:, None],
        unsure_below=float(arrays["unsure_below"]),
    )


def rate_lines(net: StoryNet, features: Matrix) -> Vector:
    """Probability of every line to be of the story: the mean of the nets."""
    told = np.clip((features.T - net.mean) * net.scale, -REACH, REACH)
    state = np.maximum(net.inputs @ told + net.input_bias, 0)
    nets, channels, _ = net.outputs.shape
    count, edge = len(features), max(dilation for dilation, _, _ in net.convolutions)
    padded = np.zeros((nets, count + 2 * edge, channels), np.float32)
    here = padded[:, edge : edge + count]
    here[:] = state.reshape(nets, channels, count).transpose(0, 2, 1)
    zeros = np.zeros_like(here)  # against one zero for all numpy compares five times as long
    for dilation, kernel, bias in net.convolutions:
        before = padded[:, edge - dilation : edge - dilation + count]
        after = padded[:, edge + dilation : edge + dilation + count]
        around = np.concatenate([before, here, after], axis=2)
        change = around @ kernel
        change += bias
        here += np.maximum(change, zeros, out=change)
    votes = (here @ net.outputs)[:, :, 0] + net.output_bias
    rated: Vector = (1 / (1 + np.exp(-np.clip(votes, -30, 30)))).mean(0).astype(float)
    return rated


def choose_story(rated: Vector, words: Vector) -> tuple[npt.NDArray[np.bool_], float]:
    """Keep the likeliest lines, as many as maximise the expected F1 over words.

    None below `LEAST_RATE` is kept. Gives which lines are kept, and that maximum: how sure the
    net is of the page.

    >>> kept, confidence = choose_story(np.array([0.9, 0.1, 0.8]), np.array([50.0, 10.0, 40.0]))
    >>> kept.tolist(), round(confidence, 2)
    ([True, False, True], 0.92)
    """
    weights = words + LINE_WORDS
    order = np.argsort(-rated, kind="stable")
    hoped = np.cumsum((rated * weights)[order])
    taken = np.cumsum(weights[order])
    expected = 2 * hoped / (taken + hoped[-1] + 1e-9)
    best = int(expected.argmax())
    kept = np.zeros(len(rated), bool)
    kept[order[: best + 1]] = True
    kept &= rated >= LEAST_RATE
    return kept, float(min(1.0, expected[best]))
