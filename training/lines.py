"""Train the net over lines: `python -m training.lines DATA --out config/models/lines.npz`.

DATA is a folder that `training.prepare` made. One net is trained for each fold of the sites,
without the pages of that fold, and scored on them: the figures printed are of unseen sites. The
file holds all nets, and the step averages their answers.

Needs the dependency group `train`. It takes about five minutes on one core.
"""

import argparse
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from flows.settings import load_lexicon
from flows.steps.letters import hash_word
from flows.steps.lexicon import compile_structure_lexicon
from flows.steps.line_features import (
    FEATURES,
    WORD_CLASSES,
    Numbers,
    WordTable,
    make_word_table,
)
from flows.steps.line_net import DILATIONS, HEADS, compile_line_net, run_net
from training.pages import FIELDS, FORMS, Lesson, describe, fold_of, load_rows, read_lessons

CHANNELS = 32
BATCH = 16
LENGTHS = (64, 192, 384, 1024)
"""Texts are filled up to one of these numbers of lines, or cut to the last."""
FIELD_WEIGHT = 0.2
RATE, DECAY, DROPOUT = 4e-3, 1e-3, 0.15
HIDDEN_GAPS, HIDDEN_CLUES = 0.3, 0.15
"""Share of texts whose blank lines, or whose widget clues, are hidden while training."""

WORD_LISTS = Path(__file__).with_name("line_words.toml")

Weights = dict[str, Any]


def main() -> None:
    """Train nets and write their file, or say how well they do on sites they never saw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("config/models/lines.npz"))
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--folds", type=int, default=4)
    options = parser.parse_args()
    lexicon, words = compile_structure_lexicon(load_lexicon()), load_words(WORD_LISTS)
    names = [name for name in ("pages", "silver") if (options.data / f"{name}.jsonl.gz").exists()]
    rows = [row for name in names for row in load_rows(options.data / f"{name}.jsonl.gz")]
    lessons = [lesson for row in rows for lesson in read_lessons(row, lexicon)]
    features = [describe(lesson, lexicon, words) for lesson in lessons]
    nets = [
        train_without(fold, options.folds, lessons, features, words, options.epochs)
        for fold in range(options.folds)
    ]
    print(json.dumps(score_unseen(lessons, features, nets), indent=1))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, **join_nets(nets))


def load_words(path: Path) -> WordTable:
    """The word lists as hashes; a word of several lists belongs to the first."""
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    found: dict[int, int] = {}
    for place, name in enumerate(WORD_CLASSES):
        for word in lists[name].split():
            found.setdefault(hash_word(word), place)
    hashes = sorted(found)
    return make_word_table(
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
    size = next((size for size in LENGTHS if size >= longest), LENGTHS[-1])
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


OPTIMISER = optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.inject_hyperparams(optax.adamw)(learning_rate=RATE, weight_decay=DECAY),
)


@jax.jit
def take_step(weights: Weights, state: Any, batch: Any, key: jax.Array, rate: Any) -> Any:
    """One step of the optimiser; compiled once for every length of batches."""
    gradient = jax.grad(loss)(weights, batch, key)
    state[1].hyperparams["learning_rate"] = rate
    change, state = OPTIMISER.update(gradient, state, weights)
    return optax.apply_updates(weights, change), state


def fit(lessons: Sequence[Lesson], inputs: Sequence[Numbers], epochs: int, seed: int) -> Weights:
    """Train one net on standardised inputs."""
    rates = optax.cosine_onecycle_schedule(epochs * (len(lessons) // BATCH + 1), RATE, 0.15)
    weights = start_weights(jax.random.PRNGKey(seed), len(FEATURES))
    state = OPTIMISER.init(weights)
    key, chance = jax.random.PRNGKey(seed + 1), np.random.default_rng(seed)
    count = 0
    for epoch in range(epochs):
        for batch in batches(lessons, inputs, chance):
            key, now = jax.random.split(key)
            weights, state = take_step(weights, state, batch, now, rates(count))
            count += 1
        print(f"seed {seed}: epoch {epoch + 1} of {epochs}", flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}


def train_without(
    fold: int,
    folds: int,
    lessons: Sequence[Lesson],
    features: Sequence[Numbers],
    words: WordTable,
    epochs: int,
) -> dict[str, Any]:
    """Train one net on all sites but those of a fold; give its arrays."""
    chosen = [at for at, lesson in enumerate(lessons) if fold_of(lesson.site, folds) != fold]
    everything = np.concatenate([features[at] for at in chosen])
    mean, scale = everything.mean(axis=0), 1 / (everything.std(axis=0) + 1e-2)
    inputs = [(features[at] - mean) * scale for at in chosen]
    net = fit([lessons[at] for at in chosen], inputs, epochs, fold)
    # Folding the standardisation into the first layer lets nets of other folds share an input.
    first = net["first_weights"]
    net["first_bias"] = net["first_bias"] - (mean * scale) @ first
    net["first_weights"] = scale[:, None] * first
    return {name: value[None] for name, value in net.items()} | {
        "word_hashes": words.hashes,
        "word_classes": words.classes.astype(np.uint8),
    }


def join_nets(nets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The file of several nets, whose answers are averaged: each has missed other sites."""
    return {
        name: value
        if name.startswith("word_")
        else np.concatenate([net[name] for net in nets]).astype(
            np.float32 if name.startswith("first_") else np.float16
        )
        for name, value in nets[0].items()
    }


def score_unseen(
    lessons: Sequence[Lesson], features: Sequence[Numbers], nets: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, float]]:
    """How well each net does on the sites it never saw, by form of text.

    `story`: mean F1 over words of a text; fields: share of texts that show one where its
    likeliest line is right.
    """
    compiled = [compile_line_net(net) for net in nets]
    found: dict[str, dict[str, list[float]]] = {form: {} for form in (*FORMS, "trimmed", "bare")}
    for lesson, rows in zip(lessons, features, strict=True):
        scores = run_net(rows, compiled[fold_of(lesson.site, len(nets))])
        kept = lesson.words * (scores.story >= 0.5)
        both = 2 * float((kept * lesson.story).sum())
        total = float(kept.sum() + (lesson.words * lesson.story).sum())
        table = found[lesson.form]
        if lesson.weight in (0.5, 1):
            table.setdefault("story", []).append(both / total if total else 1.0)
        for name in FIELDS:
            marks = lesson.marks[name]
            if (marks > 0.5).any():
                right = marks[int(getattr(scores, name).argmax())] > 0.5
                table.setdefault(name, []).append(float(right))
    return {
        form: {name: round(float(np.mean(values)), 4) for name, values in table.items()}
        for form, table in found.items()
    }


if __name__ == "__main__":
    main()
