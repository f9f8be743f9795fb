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
LINE_WORDS = 1.0
"""Words that a line counts more than it has: a lost subhead is a loss as well."""


@dataclass(frozen=True, slots=True)
class StoryNet:
    """Weights of one net or of several that vote.

    `layers` holds per net the input weights and bias, the convolutions as (dilation, before,
    here, after, bias), and the output weights and bias. `unsure_below` is the confidence that
    one page in twenty did not reach when it was not trained on.
    """

    mean: Matrix
    scale: Matrix
    layers: tuple[tuple[Matrix, Matrix, tuple[tuple[int, Matrix, Matrix], ...], Matrix, float], ...]
    unsure_below: float


def compile_story_net(arrays: Mapping[str, npt.NDArray[Any]]) -> StoryNet:
    """Take the net from its weights file. Raises SetupError where it wants other features."""
    if list(arrays["features"]) != list(FEATURES):
        raise SetupError(
            "the weights of the HTML net were trained on other features than this code "
            "measures; train it again with training/story_html.py"
        )
    dilations = [int(dilation) for dilation in arrays["dilations"]]

    def weights(net: int, name: str) -> Matrix:
        return arrays[f"{net}.{name}"].astype(np.float32)

    layers = tuple(
        (
            weights(net, "input"),
            weights(net, "input_bias"),
            tuple(
                (dilation, weights(net, f"conv{at}"), weights(net, f"conv{at}_bias"))
                for at, dilation in enumerate(dilations)
            ),
            weights(net, "output"),
            float(weights(net, "output_bias")),
        )
        for net in range(int(arrays["nets"]))
    )
    return StoryNet(arrays["mean"], arrays["scale"], layers, float(arrays["unsure_below"]))


def rate_lines(net: StoryNet, features: Matrix) -> Vector:
    """Probability of every line to be of the story: the mean of the nets."""
    inputs = np.clip((features - net.mean) * net.scale, -REACH, REACH)
    votes = [_rate(layers, inputs) for layers in net.layers]
    rated: Vector = np.mean(votes, axis=0).astype(float)
    return rated


def _rate(layers: Any, inputs: Matrix) -> Matrix:
    weights, bias, convolutions, output, output_bias = layers
    state = np.maximum(inputs @ weights + bias, 0)
    count, channels = state.shape
    for dilation, kernel, kernel_bias in convolutions:
        padded = np.zeros((count + 2 * dilation, channels), np.float32)
        padded[dilation : dilation + count] = state
        around = np.hstack([padded[:count], state, padded[2 * dilation :]])
        state = state + np.maximum(around @ kernel + kernel_bias, 0)
    rated: Matrix = 1 / (1 + np.exp(-np.clip(state @ output + output_bias, -30, 30)))
    return rated


def choose_story(rated: Vector, words: Vector) -> tuple[npt.NDArray[np.bool_], float]:
    """Keep the likeliest lines, as many as maximise the expected F1 over words.

    Gives which lines are kept, and that maximum: how sure the net is of the page.

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
    return kept, float(min(1.0, expected[best]))
