"""Train the net over lines: `python -m training.lines DATA --out config/models/lines.npz`.

DATA is a folder with `pages.jsonl.gz` (rows of `id`, `site`, the three forms of `training.pages`
and `body_truth`) and, if there are any, `silver.jsonl.gz` (the same, with a `weight`). With
`--folds 4` nothing is written: every page is judged by nets that never saw its site.

Needs the dependency group `train`. One net takes a few minutes on one core.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from flows.steps.line_features import FEATURES, WORD_CLASSES, Numbers, WordTable, hash_word
from flows.steps.line_net import DILATIONS, HEADS
from training.pages import FIELDS, Lesson

CHANNELS = 32
BATCH = 16
FIELD_WEIGHT = 0.1
RATE, DECAY, DROPOUT = 4e-3, 1e-3, 0.15
HIDDEN_GAPS, HIDDEN_CLUES = 0.3, 0.15
"""Share of texts whose blank lines, or whose widget clues, are hidden while training."""

Weights = dict[str, Any]


def load_words(path: Path) -> WordTable:
    """The word lists as hashes; a word of several lists belongs to the first."""
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    found: dict[int, int] = {}
    for place, name in enumerate(WORD_CLASSES):
        for word in lists[name].split():
            found.setdefault(hash_word(word), place)
    hashes = sorted(found)
    return WordTable(
        np.array(hashes, np.uint64), np.array([found[value] for value in hashes], np.int64)
    )


def start_weights(key: jax.Array, inputs: int) -> Weights:
    """Random weights of a new net."""
    keys = jax.random.split(key, len(DILATIONS) + 2)

    def layer(key: jax.Array, fan_in: int, out: int, gain: float = 1.0) -> Any:
        return jax.random.normal(key, (fan_in, out)) * np.sqrt(2 / fan_in) * gain

    weights = {
        "first_weights": layer(keys[0], inputs, CHANNELS),
        "first_bias": jnp.zeros(CHANNELS),
        "last_weights": layer(keys[1], CHANNELS, len(HEADS)),
        "last_bias": jnp.zeros(len(HEADS)),
    }
    for number in range(len(DILATIONS)):
        weights[f"middle_{number}_weights"] = layer(keys[2 + number], 3 * CHANNELS, CHANNELS, 0.5)
        weights[f"middle_{number}_bias"] = jnp.zeros(CHANNELS)
    return weights


def logits(weights: Weights, inputs: Any, mask: Any, key: jax.Array) -> Any:
    """The net's answers while training: as `flows.steps.line_net`, with parts left out."""
    hidden = jax.nn.relu(inputs @ weights["first_weights"] + weights["first_bias"])
    hidden = hidden * mask[..., None]
    size = hidden.shape[1]
    for number, dilation in enumerate(DILATIONS):
        padded = jnp.pad(hidden, ((0, 0), (dilation, dilation), (0, 0)))
        wide = jnp.concatenate([padded[:, :size], hidden, padded[:, 2 * dilation :]], -1)
        key, now = jax.random.split(key)
        kept = jax.random.bernoulli(now, 1 - DROPOUT, (wide.shape[0], 1, wide.shape[2]))
        wide = wide * kept / (1 - DROPOUT)
        step = wide @ weights[f"middle_{number}_weights"] + weights[f"middle_{number}_bias"]
        hidden = (hidden + jax.nn.relu(step)) * mask[..., None]
    return hidden @ weights["last_weights"] + weights["last_bias"]


def loss(weights: Weights, batch: Mapping[str, Any], key: jax.Array) -> Any:
    """One minus the soft F1 of each text over words, cross-entropy of lines and of fields."""
    answers = logits(weights, batch["inputs"], batch["mask"], key)
    words, story, mask = batch["words"], batch["story"], batch["mask"]
    total = jnp.maximum(words.sum(1, keepdims=True), 50)
    share = ((words + 3) / total * 300) ** 0.7 * mask
    entropy = optax.sigmoid_binary_cross_entropy(answers[..., 0], story)
    kept = jax.nn.sigmoid(answers[..., 0]) * mask
    both = 2 * (kept * story * words).sum(1)
    f1 = both / ((kept * words).sum(1) + (story * words).sum(1) + 1)
    of_story = 0.3 * (entropy * share).sum(1) / 100 + 1 - f1
    of_fields = sum(
        _field_loss(answers[..., 1 + place], batch[name], mask) for place, name in enumerate(FIELDS)
    )
    return ((of_story + FIELD_WEIGHT * of_fields) * batch["weight"]).mean()


def _field_loss(answers: Any, marks: Any, mask: Any) -> Any:
    """Cross-entropy of which line shows a field; line "nowhere" answers 0."""
    known = mask * (marks >= 0)
    lines = jnp.where(known > 0, answers, -1e9)
    right = jnp.where(marks > 0.5, answers, -1e9)
    nowhere = jnp.zeros_like(answers[:, :1])
    is_shown = ((marks > 0.5) * mask).sum(1) > 0
    everything = jax.nn.logsumexp(jnp.concatenate([nowhere, lines], 1), axis=1)
    found = jnp.where(is_shown, jax.nn.logsumexp(right, axis=1), 0.0)
    return (everything - found) * (known.sum(1) > 0)


def batches(
    lessons: Sequence[Lesson], inputs: Sequence[Numbers], chance: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Texts of like length together, in random order, with parts of the input hidden."""
    order = sorted(range(len(lessons)), key=lambda at: len(inputs[at]) + 40 * chance.random())
    groups = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    chance.shuffle(groups)
    for group in groups:
        yield _batch([lessons[at] for at in group], [inputs[at] for at in group], chance)


_GAPS = [FEATURES.index(name) for name in ("gap_before", "gap_after", "text_gaps")]
_CLUES = [
    at
    for at, name in enumerate(FEATURES)
    if name.startswith(("clue_", "since_", "seen_")) or name == "in_ruled_span"
]


def _batch(
    lessons: Sequence[Lesson], inputs: Sequence[Numbers], chance: np.random.Generator
) -> dict[str, Any]:
    longest = max(len(rows) for rows in inputs)
    size = min(1024, 64 * 2 ** max(0, int(np.ceil(np.log2(longest / 64)))))
    batch: dict[str, Any] = {
        "inputs": np.zeros((BATCH, size, len(FEATURES)), np.float32),
        "weight": np.zeros(BATCH, np.float32),
    }
    batch |= {
        name: np.zeros((BATCH, size), np.float32) for name in ("mask", "words", "story", *FIELDS)
    }
    for place, (lesson, rows) in enumerate(zip(lessons, inputs, strict=True)):
        count = min(size, len(rows))
        shown = rows[:count].copy()
        for columns, share in ((_GAPS, HIDDEN_GAPS), (_CLUES, HIDDEN_CLUES)):
            if chance.random() < share:
                shown[:, columns] = 0
        batch["inputs"][place, :count] = shown
        batch["mask"][place, :count] = 1
        batch["words"][place, :count] = lesson.words[:count]
        batch["story"][place, :count] = np.clip(lesson.story[:count], 0, 1)
        for name in FIELDS:
            batch[name][place, :count] = lesson.marks[name][:count]
        batch["weight"][place] = lesson.weight
    return batch


def fit(lessons: Sequence[Lesson], inputs: Sequence[Numbers], epochs: int, seed: int) -> Weights:
    """Train one net on standardised inputs."""
    steps = epochs * (len(lessons) // BATCH + 1)
    schedule = optax.cosine_onecycle_schedule(steps, RATE, 0.15)
    optimiser = optax.chain(
        optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=DECAY)
    )
    weights = start_weights(jax.random.PRNGKey(seed), len(FEATURES))
    state = optimiser.init(weights)

    @jax.jit
    def step(weights: Weights, state: Any, batch: Any, key: jax.Array) -> Any:
        value, gradient = jax.value_and_grad(loss)(weights, batch, key)
        change, state = optimiser.update(gradient, state, weights)
        return optax.apply_updates(weights, change), state, value

    key, chance = jax.random.PRNGKey(seed + 1), np.random.default_rng(seed)
    for epoch in range(epochs):
        losses = []
        for batch in batches(lessons, inputs, chance):
            key, now = jax.random.split(key)
            weights, state, value = step(weights, state, batch, now)
            losses.append(float(value))
        if epoch % 5 == 4:
            print(f"seed {seed} epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}


def train(
    lessons: Sequence[Lesson],
    features: Sequence[Numbers],
    words: WordTable,
    epochs: int,
    seeds: Sequence[int],
) -> dict[str, Any]:
    """Train one net a seed; give the arrays of the file that the step loads."""
    everything = np.concatenate(features)
    mean, scale = everything.mean(axis=0), 1 / (everything.std(axis=0) + 1e-2)
    inputs = [(rows - mean) * scale for rows in features]
    nets = [fit(lessons, inputs, epochs, seed) for seed in seeds]
    arrays: dict[str, Any] = {
        name: np.stack([net[name] for net in nets]).astype(np.float16) for name in nets[0]
    }
    return arrays | {
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
        "word_hashes": words.hashes,
        "word_classes": words.classes.astype(np.uint8),
    }
