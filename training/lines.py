"""Train the nets over lines: `python -m training.lines DATA --out config/models/lines.npz`.

DATA is a folder that `training.prepare` made. Teachers are nets that each learn from the pages
without those of some sites. Two smaller pupils learn from the pages and from what the teachers
say, also of texts that nobody has labelled; they are what is shipped. All of it, teachers too, is
also done without the sites of each fold: those pupils are scored on the sites that they never
saw, and kept for the quality floors.

Needs the dependency group `train`. It takes about a quarter of an hour on one core.
"""

import argparse
import json
import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from flows.settings import load_lexicon
from flows.steps.letters import hash_word
from flows.steps.lexicon import StructureLexicon, compile_structure_lexicon
from flows.steps.line_features import (
    FEATURES,
    WORD_CLASSES,
    Numbers,
    WordTable,
    make_word_table,
)
from flows.steps.line_net import DILATIONS, HEADS, LineNet, compile_line_net, run_net
from flows.steps.lines import Unit
from training.pages import FIELDS, FORMS, Lesson, describe, fold_of, load_rows, read_lessons, tokens

TEACHERS, TEACHER_CHANNELS = 4, 32
PUPILS, PUPIL_CHANNELS = 2, 24
BATCH = 16
LENGTHS = (64, 192, 384, 1024)
"""Texts are filled up to one of these numbers of lines, or cut to the last."""
FIELD_WEIGHT = 0.2
STORY_ENTROPY, TAUGHT_ENTROPY = 0.3, 0.6
"""What the cross-entropy of lines counts beside F1, without teachers and with them."""
TAUGHT = 0.5
"""Share of what a pupil learns about a line that is its teachers', not the page's."""
RATE, DECAY, DROPOUT = 4e-3, 1e-3, 0.15
HIDDEN_GAPS, HIDDEN_CLUES = 0.3, 0.15
"""Share of texts whose blank lines, or whose widget clues, are hidden while training."""

STRETCHES, PAIRED, VARIANT = (1, 2, 3, 5, 8, 12, 20, 40, 80), 0.3, 0.5
"""Lines of a stretch of a page, the share of pages that follow another, what a variant weighs."""
SOFT = ("story", *FIELDS)
"""What teachers tell of every line: the probabilities of its being story or a field's line."""

WORD_LISTS = Path(__file__).with_name("line_words.toml")

Weights = dict[str, Any]


def main() -> None:
    """Train nets and write their file, or say how well they do on sites they never saw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("config/models/lines.npz"))
    parser.add_argument("--unseen", type=Path, default=Path("tests/quality/nets"))
    parser.add_argument("--epochs", type=int, default=22)
    parser.add_argument("--folds", type=int, default=4)
    options = parser.parse_args()
    for folder in (options.out.parent, options.unseen):
        folder.mkdir(parents=True, exist_ok=True)
    lexicon, words = compile_structure_lexicon(load_lexicon()), load_words(WORD_LISTS)
    names = [name for name in ("pages", "silver") if (options.data / f"{name}.jsonl.gz").exists()]
    rows = [row for name in names for row in load_rows(options.data / f"{name}.jsonl.gz")]
    lessons = [lesson for row in rows for lesson in read_lessons(row, lexicon)]
    features = [describe(lesson, lexicon, words) for lesson in lessons]
    school = School(lessons, features, lexicon, words, options.epochs)
    unseen = [train_pupils(school, options.folds, fold) for fold in range(options.folds)]
    for fold, net in enumerate(unseen):
        np.savez_compressed(options.unseen / f"lines_without_{fold}.npz", **net)
    nets = [compile_line_net(net) for net in unseen]
    print(json.dumps(score_unseen(lessons, features, nets), indent=1))
    np.savez_compressed(options.out, **train_pupils(school, options.folds, None))


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


def start_weights(key: jax.Array, inputs: int, channels: int) -> Weights:
    """Random weights of a new net."""
    keys = jax.random.split(key, len(DILATIONS) + 2)

    def layer(key: jax.Array, fan_in: int, out: int, gain: float = 1.0) -> Any:
        return jax.random.normal(key, (fan_in, out)) * np.sqrt(2 / fan_in) * gain

    weights = {
        "first_weights": layer(keys[0], inputs, channels),
        "first_bias": jnp.zeros(channels),
        "last_weights": layer(keys[1], channels, len(HEADS)),
        "last_bias": jnp.zeros(len(HEADS)),
    }
    for number in range(len(DILATIONS)):
        weights[f"middle_{number}_weights"] = layer(keys[2 + number], 3 * channels, channels, 0.5)
        weights[f"middle_{number}_bias"] = jnp.zeros(channels)
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


def loss(weights: Weights, batch: Mapping[str, Any], key: jax.Array, is_taught: bool) -> Any:
    """One minus the soft F1 of each text over words, cross-entropy of lines and of fields.

    Cross-entropies are of what pages say, and of what teachers say where the net has some.
    """
    answers = logits(weights, batch["inputs"], batch["mask"], key)
    words, story, mask = batch["words"], batch["story"], batch["mask"]
    total = jnp.maximum(words.sum(1, keepdims=True), 50)
    share = ((words + 3) / total * 300) ** 0.7 * mask
    target = (1 - TAUGHT) * story + TAUGHT * batch["soft"][..., 0] if is_taught else story
    entropy = optax.sigmoid_binary_cross_entropy(answers[..., 0], target)
    kept = jax.nn.sigmoid(answers[..., 0]) * mask
    both = 2 * (kept * story * words).sum(1)
    f1 = both / ((kept * words).sum(1) + (story * words).sum(1) + 1)
    weight = TAUGHT_ENTROPY if is_taught else STORY_ENTROPY
    of_story = weight * (entropy * share).sum(1) / 100 + 1 - f1
    of_fields = 0
    for place, name in enumerate(FIELDS, 1):
        of_page = _field_loss(answers[..., place], batch[name], mask)
        if is_taught:
            of_page = TAUGHT * of_page + _taught_loss(
                answers[..., place], batch["soft"][..., place], mask
            )
        of_fields += of_page
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


def _taught_loss(answers: Any, soft: Any, mask: Any) -> Any:
    """Cross-entropy with the teachers' probabilities of the lines and of "nowhere"."""
    lines = jnp.where(mask > 0, answers, -1e9)
    likely = jax.nn.log_softmax(jnp.concatenate([jnp.zeros_like(lines[:, :1]), lines], 1), axis=1)
    told = soft * mask
    nowhere = jnp.clip(1 - told.sum(1, keepdims=True), 0, 1)
    targets = jnp.concatenate([nowhere, told], 1)
    return -(targets * likely * (targets > 0)).sum(1)


def batches(
    lessons: Sequence[Lesson],
    inputs: Sequence[Numbers],
    soft: Sequence[Numbers] | None,
    chance: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """Texts of like length together, in random order, with parts of the input hidden."""
    order = sorted(range(len(lessons)), key=lambda at: len(inputs[at]) + 40 * chance.random())
    groups = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    chance.shuffle(groups)
    for group in groups:
        batch = _batch([lessons[at] for at in group], [inputs[at] for at in group], chance)
        if soft is not None:
            batch["soft"] = np.zeros((*batch["mask"].shape, len(SOFT)), np.float32)
            for place, at in enumerate(group):
                told = soft[at][: batch["mask"].shape[1]]
                batch["soft"][place, : len(told)] = told
        yield batch


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
    gradient = jax.grad(loss)(weights, batch, key, "soft" in batch)
    state[1].hyperparams["learning_rate"] = rate
    change, state = OPTIMISER.update(gradient, state, weights)
    return optax.apply_updates(weights, change), state


def fit(
    lessons: Sequence[Lesson],
    inputs: Sequence[Numbers],
    soft: Sequence[Numbers] | None,
    epochs: int,
    seed: int,
) -> Weights:
    """Train a teacher on standardised inputs, or a pupil, from what teachers say as well."""
    channels = TEACHER_CHANNELS if soft is None else PUPIL_CHANNELS
    rates = optax.cosine_onecycle_schedule(epochs * (len(lessons) // BATCH + 1), RATE, 0.15)
    weights = start_weights(jax.random.PRNGKey(seed), len(FEATURES), channels)
    state = OPTIMISER.init(weights)
    key, chance = jax.random.PRNGKey(seed + 1), np.random.default_rng(seed)
    count = 0
    for _ in range(epochs):
        for batch in batches(lessons, inputs, soft, chance):
            key, now = jax.random.split(key)
            weights, state = take_step(weights, state, batch, now, rates(count))
            count += 1
    return {name: np.asarray(value) for name, value in weights.items()}


@dataclass(frozen=True, slots=True)
class School:
    """What all nets are trained from."""

    lessons: Sequence[Lesson]
    features: Sequence[Numbers]
    lexicon: StructureLexicon
    words: WordTable
    epochs: int


def train_pupils(school: School, folds: int, hidden: int | None) -> dict[str, Any]:
    """Train teachers and pupils, all without the sites of the hidden fold, if any."""
    shown = [
        at for at, lesson in enumerate(school.lessons) if fold_of(lesson.site, folds) != hidden
    ]
    lessons, features = ([part[at] for at in shown] for part in (school.lessons, school.features))
    number = folds if hidden is None else hidden
    teachers = []
    for part in range(TEACHERS):
        chosen = [
            at for at, lesson in enumerate(lessons) if fold_of(f"in{lesson.site}", TEACHERS) != part
        ]
        lessons_of, features_of = ([held[at] for at in chosen] for held in (lessons, features))
        net = train_net(school, lessons_of, features_of, None, 10 + TEACHERS * number + part)
        teachers.append(compile_line_net(net))
        print(f"fold {number}: teacher {part + 1} of {TEACHERS}", flush=True)
    for lesson in list(make_variants(lessons)):
        rows = describe(lesson, school.lexicon, school.words)
        lessons.append(replace(lesson, story=ask_teachers(rows, teachers)[:, 0]))
        features.append(rows)
    soft = [ask_teachers(rows, teachers) for rows in features]
    pupils = []
    for pupil in range(1, PUPILS + 1):
        pupils.append(train_net(school, lessons, features, soft, 100 * pupil + number))
        print(f"fold {number}: pupil {pupil} of {PUPILS}", flush=True)
    return {
        name: value if name.startswith("word_") else np.concatenate([net[name] for net in pupils])
        for name, value in pupils[0].items()
    }


def make_variants(lessons: Sequence[Lesson]) -> Iterator[Lesson]:
    """Stretches of pages, and pages one below the other: what dumps hold and no set does.

    Which ones depends on the names of pages alone, so that training can be repeated.
    """
    before: Lesson | None = None
    for lesson in lessons:
        if lesson.form not in FORMS:
            continue
        chance = np.random.default_rng(zlib.crc32(f"{lesson.page} {lesson.form}".encode()))
        size = int(min(chance.choice(STRETCHES), len(lesson.units)))
        start = int(chance.integers(len(lesson.units) - size + 1))
        yield _unlabelled(lesson, lesson.units[start : start + size])
        if before is not None and before.form == lesson.form and chance.random() < PAIRED:
            yield _unlabelled(lesson, (*before.units, *lesson.units))
        if before is None or chance.random() < PAIRED:
            before = lesson


def _unlabelled(lesson: Lesson, units: Sequence[Unit]) -> Lesson:
    words = np.array([len(tokens(unit.text)) for unit in units])
    unknown = {name: np.full(len(units), -1.0) for name in FIELDS}
    return Lesson(
        lesson.page,
        lesson.site,
        "variant",
        VARIANT,
        tuple(units),
        words,
        np.zeros(len(units)),
        unknown,
    )


def ask_teachers(rows: Numbers, teachers: Sequence[LineNet]) -> Numbers:
    """The teachers' average probabilities: one row a line, one column of `SOFT`."""
    answers = [run_net(rows, teacher) for teacher in teachers]
    told = [[getattr(answer, name) for name in SOFT] for answer in answers]
    return np.mean(told, axis=0).T


def train_net(
    school: School,
    lessons: Sequence[Lesson],
    features: Sequence[Numbers],
    soft: Sequence[Numbers] | None,
    seed: int,
) -> dict[str, Any]:
    """Train one net; give its arrays, in the precision of its file."""
    everything = np.concatenate(features)
    mean, scale = everything.mean(axis=0), 1 / (everything.std(axis=0) + 1e-2)
    inputs = [(rows - mean) * scale for rows in features]
    net = fit(lessons, inputs, soft, school.epochs, seed)
    # With the standardisation in its first layer the net is given features as they are.
    first = net["first_weights"]
    net["first_bias"] = net["first_bias"] - (mean * scale) @ first
    net["first_weights"] = scale[:, None] * first
    halved = {
        name: value[None].astype(np.float32 if name.startswith("first_") else np.float16)
        for name, value in net.items()
    }
    return halved | {
        "word_hashes": school.words.hashes,
        "word_classes": school.words.classes.astype(np.uint8),
    }


def score_unseen(
    lessons: Sequence[Lesson], features: Sequence[Numbers], nets: Sequence[LineNet]
) -> dict[str, dict[str, float]]:
    """How well each net does on the sites it never saw, by form of text.

    `story`: mean F1 over words of a text; fields: share of texts that show one where its
    likeliest line is right.
    """
    found: dict[str, dict[str, list[float]]] = {form: {} for form in (*FORMS, "trimmed", "bare")}
    for lesson, rows in zip(lessons, features, strict=True):
        scores = run_net(rows, nets[fold_of(lesson.site, len(nets))])
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
