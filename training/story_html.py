"""Train the net that finds the story of an HTML page, and measure it on sites it has not seen.

    python training/story_html.py DATA [--out config/models/story_html.npz] [--folds 5]

DATA is a folder with `clean/pages.jsonl.gz` (pages with the true body), `html/*.html.gz`, and
optionally `clean_snippets/*.jsonl.gz` (pages of which some sentences are known). Pages without
a true body are labelled by trafilatura, favouring precision, put right by the known sentences,
and count half. The loss of a page is one minus its soft F1 over words, plus a share of
cross-entropy. Needs jax (`--group train`); the weights run with numpy alone.
"""

import argparse
import gzip
import json
import re
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import trafilatura

from flows.steps.features import FEATURES, Stature, measure_lines
from flows.steps.html import shown_lines, weigh_lines
from flows.steps.lexicon import compile_structure_lexicon
from flows.steps.metadata import read_metadata
from flows.steps.render import read_sheet
from flows.steps.story_net import REACH, choose_story, compile_story_net, rate_lines

ROOT = Path(__file__).resolve().parents[1]
CHANNELS, DILATIONS, NETS = 32, (1, 2, 4, 8), 3
EPOCHS, PAGES_A_STEP, STEP_LINES, GAP = 24, 16, 3072, 24
RATE, DECAY, DROP, CROSS_ENTROPY, SILVER_WEIGHT = 3e-3, 1e-4, 0.2, 0.3, 0.5
UNSURE_SHARE = 0.01
MIN_SILVER_CHARS = 400

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass
class Example:
    """One page: its lines, what the net is told, how much of each line is body, and its words."""

    id: str
    site: str
    truth: str | None
    texts: list[str]
    features: np.ndarray
    labels: np.ndarray
    words: np.ndarray
    weights: np.ndarray


def read_words(text: str) -> list[str]:
    """Words; a word of a script without spaces is split into its characters."""
    words: list[str] = []
    for word in _WORD.findall(text):
        words.extend(word if _UNSPACED.search(word) else [word])
    return words


def load_examples(data: Path) -> list[Example]:
    """Pages with a true body first, then the silver ones."""
    lexicon = compile_structure_lexicon(
        {
            path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
            for path in (ROOT / "config/lexicon").glob("*.toml")
        }
    )
    examples, seen = [], set()
    for row in _rows(data / "clean/pages.jsonl.gz"):
        markup = _page(data / row["html_path"])
        example = make_example(row["id"], row["site"], markup, row["body_truth"], lexicon)
        if example is not None:
            examples.append(example)
        seen.add(row["id"])
    known = {row["id"]: row for row in _snippets(data)}
    for path in sorted((data / "html").glob("*.html.gz")):
        name = path.name.removesuffix(".html.gz")
        if name not in seen:
            examples += silver_example(name, _page(path), known.get(name, {}), lexicon)
    return examples


def make_example(id: str, site: str, markup: str, truth: str, lexicon: Any) -> Example | None:
    """Measure a page as the product does and label its lines with the true body."""
    sheet = read_sheet(markup)
    lines = [line for line in shown_lines(sheet) if not line.is_chrome] if sheet else []
    if not lines:
        return None
    stated = read_metadata(sheet, markup, None, lexicon)
    title = (sheet.meta.get("og:title") or [""])[0]
    told = Stature(title, stated.description or "", stated.body)
    texts = [line.text for line in lines]
    labels, words = label_lines(texts, truth)
    features = measure_lines(lines, sheet, told)
    return Example(id, site, truth, texts, features, labels, words, weigh_lines(lines))


def silver_example(name: str, markup: str, known: dict[str, Any], lexicon: Any) -> list[Example]:
    """A page without a true body: trafilatura's, corrected by sentences that are known."""
    extract = trafilatura.extract(markup, include_comments=False, favor_precision=True) or ""
    if len(extract) < MIN_SILVER_CHARS and not known:
        return []
    example = make_example(name, known.get("site") or name, markup, extract, lexicon)
    if example is None:
        return []
    unwanted = [*known.get("without", ()), *(known.get("comments") or ())]
    for at, text in enumerate(example.texts):
        if any(part and part in text for part in unwanted):
            example.labels[at] = 0
        elif any(part and part in text for part in known.get("with", ())):
            example.labels[at] = 1
    example.truth = None
    return [example]


def label_lines(texts: Sequence[str], truth: str) -> tuple[np.ndarray, np.ndarray]:
    """How much of each line stands in the truth, by runs of four words, and its words.

    A short line counts where it is a line of the truth, or stands in it between body lines.
    """
    words = read_words(truth)
    runs = {tuple(words[at : at + 4]) for at in range(len(words) - 3)}
    rows = {tuple(read_words(row)) for row in truth.splitlines()}
    whole = f" {' '.join(words)} "
    spoken = [read_words(text) for text in texts]
    labels = np.array([_share(line, runs, rows) for line in spoken])
    for at in range(1, len(texts) - 1):
        line = spoken[at]
        if 0 < len(line) < 4 and labels[at] == 0 and f" {' '.join(line)} " in whole:
            labels[at] = float(labels[at - 1] > 0.5 and labels[at + 1] > 0.5)
    return labels, np.array([float(len(line)) for line in spoken])


def _share(line: list[str], runs: set[tuple[str, ...]], rows: set[tuple[str, ...]]) -> float:
    count = len(line) - 3
    if count < 1:
        return float(bool(line) and tuple(line) in rows)
    share = sum(tuple(line[at : at + 4]) in runs for at in range(count)) / count
    return 0.0 if count < 5 and share < 1 and tuple(line) not in rows else share


def fold_of(site: str, folds: int) -> int:
    """Which fold a site is in: all its pages in one."""
    return zlib.crc32(site.encode()) % folds


def start(key: jax.Array) -> dict[str, jax.Array]:
    """Weights to begin with."""
    keys = jax.random.split(key, 2 + len(DILATIONS))
    count = len(FEATURES)
    net = {
        "input": jax.random.normal(keys[0], (count, CHANNELS)) * np.sqrt(2 / count),
        "input_bias": jnp.zeros(CHANNELS),
        "output": jax.random.normal(keys[1], (CHANNELS,)) * 0.1,
        "output_bias": jnp.zeros(()),
    }
    for at in range(len(DILATIONS)):
        scale = 0.5 * np.sqrt(2 / (3 * CHANNELS))
        net[f"conv{at}"] = jax.random.normal(keys[2 + at], (3 * CHANNELS, CHANNELS)) * scale
        net[f"conv{at}_bias"] = jnp.zeros(CHANNELS)
    return net


def rate(net: dict[str, jax.Array], inputs: jax.Array, mask: jax.Array, key: jax.Array) -> Any:
    """Logits of all lines, with dropout."""
    keys = jax.random.split(key)
    inputs = inputs * jax.random.bernoulli(keys[0], 1 - DROP / 2, inputs.shape) / (1 - DROP / 2)
    state = jax.nn.relu(inputs @ net["input"] + net["input_bias"]) * mask
    state = state * jax.random.bernoulli(keys[1], 1 - DROP, state.shape) / (1 - DROP)
    for at, dilation in enumerate(DILATIONS):
        edge = jnp.zeros((dilation, CHANNELS))
        before = jnp.concatenate([edge, state[:-dilation]])
        after = jnp.concatenate([state[dilation:], edge])
        around = jnp.hstack([before, state, after])
        state = (state + jax.nn.relu(around @ net[f"conv{at}"] + net[f"conv{at}_bias"])) * mask
    return state @ net["output"] + net["output_bias"]


def loss(net: dict[str, jax.Array], batch: tuple[jax.Array, ...], key: jax.Array) -> jax.Array:
    """One minus soft F1 over words, and cross-entropy, by page; large weights cost."""
    inputs, labels, words, pages, mask, page_weights = batch
    logits = rate(net, inputs, mask[:, None], key)
    rated, weights = jax.nn.sigmoid(logits), (words + 2) * mask

    def by_page(values: jax.Array) -> jax.Array:
        return jax.ops.segment_sum(values, pages, PAGES_A_STEP + 1)

    shared = by_page(rated * labels * weights)
    f1 = 2 * shared / (by_page(rated * weights) + by_page(labels * weights) + 1e-6)
    wrong = -(labels * jax.nn.log_sigmoid(logits) + (1 - labels) * jax.nn.log_sigmoid(-logits))
    entropy = by_page(wrong * weights) / (by_page(weights) + 50)
    pages_loss = page_weights * (1 - f1 + CROSS_ENTROPY * entropy)
    size = sum((value**2).sum() for name, value in net.items() if not name.endswith("bias"))
    return pages_loss.sum() / page_weights.sum() + DECAY * size


@jax.jit
def step(net: Any, first: Any, second: Any, count: Any, batch: Any, key: Any, rate: Any) -> Any:
    """One step of Adam."""
    slope = jax.grad(loss)(net, batch, key)
    first = jax.tree.map(lambda mean, new: 0.9 * mean + 0.1 * new, first, slope)
    second = jax.tree.map(lambda mean, new: 0.99 * mean + 0.01 * new * new, second, slope)

    def move(value: Any, one: Any, two: Any) -> Any:
        return value - rate * (one / (1 - 0.9**count)) / (jnp.sqrt(two / (1 - 0.99**count)) + 1e-8)

    return jax.tree.map(move, net, first, second), first, second


def pack(examples: Sequence[Example], mean: np.ndarray, scale: np.ndarray) -> Any:
    """Pages one after the other in one row of lines, with gaps wider than the net can see."""
    inputs = np.zeros((STEP_LINES, len(FEATURES)), np.float32)
    labels, words, mask = (np.zeros(STEP_LINES, np.float32) for _ in range(3))
    pages = np.full(STEP_LINES, PAGES_A_STEP, np.int32)
    weights = np.zeros(PAGES_A_STEP + 1, np.float32)
    at = 0
    for number, example in enumerate(examples):
        count = min(len(example.labels), STEP_LINES - at)
        if count <= 0:
            break
        here = slice(at, at + count)
        inputs[here] = np.clip((example.features[:count] - mean) * scale, -REACH, REACH)
        labels[here], words[here] = example.labels[:count], example.words[:count]
        mask[here], pages[here] = 1, number
        weights[number] = 1.0 if example.truth is not None else SILVER_WEIGHT
        at += count + GAP
    return inputs, labels, words, pages, mask, weights


def train(examples: Sequence[Example], seed: int) -> dict[str, np.ndarray]:
    """One net, with the mean and scale of its features."""
    every = np.vstack([example.features for example in examples])
    mean, scale = every.mean(0), 1 / (every.std(0) + 1e-3)
    shuffle = np.random.default_rng(seed)
    key = jax.random.PRNGKey(seed)
    net = start(key)
    first = second = jax.tree.map(jnp.zeros_like, net)
    steps, done = EPOCHS * -(-len(examples) // PAGES_A_STEP), 0
    for _ in range(EPOCHS):
        order = shuffle.permutation(len(examples))
        for at in range(0, len(order), PAGES_A_STEP):
            done += 1
            key, draw = jax.random.split(key)
            batch = pack([examples[i] for i in order[at : at + PAGES_A_STEP]], mean, scale)
            speed = RATE * 0.5 * (1 + np.cos(np.pi * done / steps))
            net, first, second = step(net, first, second, done, batch, draw, speed)
    return {name: np.asarray(value) for name, value in net.items()} | {"mean": mean, "scale": scale}


def train_all(examples: Sequence[Example], nets: int = NETS) -> dict[str, np.ndarray]:
    """Several nets that vote, as the weights file keeps them."""
    arrays: dict[str, np.ndarray] = {
        "features": np.array(FEATURES),
        "dilations": np.array(DILATIONS),
        "nets": np.array(nets),
        "unsure_below": np.array(0.0),
    }
    for number in range(nets):
        for name, value in train(examples, seed=number).items():
            if name in ("mean", "scale"):
                arrays[name] = np.asarray(value, np.float32)
            else:
                arrays[f"{number}.{name}"] = np.asarray(value, np.float16)
    return arrays


def cross_validate(examples: Sequence[Example], folds: int) -> dict[str, np.ndarray]:
    """Ratings of every page by nets that have seen no page of its site."""
    rated = {}
    for fold in range(folds):
        seen = [example for example in examples if fold_of(example.site, folds) != fold]
        net = compile_story_net(train_all(seen))
        for example in examples:
            if fold_of(example.site, folds) == fold:
                rated[example.id] = rate_lines(net, example.features)
    return rated


def soft_f1(example: Example, kept: np.ndarray) -> float:
    """F1 over words of the kept lines against the labels."""
    shared = (example.labels * example.words)[kept].sum()
    total = example.words[kept].sum() + (example.labels * example.words).sum()
    return float(2 * shared / total) if total else 0.0


def main() -> None:
    """Cross-validate, set the bound of confidence, train on everything, write the weights."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--out", type=Path, default=ROOT / "config/models/story_html.npz")
    arguments.add_argument("--folds", type=int, default=5)
    options = arguments.parse_args()
    examples = load_examples(options.data)
    gold = [example for example in examples if example.truth is not None]
    print(f"{len(gold)} pages with a true body, {len(examples) - len(gold)} silver pages")
    rated = cross_validate(examples, options.folds)
    chosen = {example.id: choose_story(rated[example.id], example.weights) for example in gold}
    mean = np.mean([soft_f1(example, chosen[example.id][0]) for example in gold])
    bound = np.quantile([confidence for _, confidence in chosen.values()], UNSURE_SHARE)
    print(f"mean F1 over words on unseen sites {mean:.4f}; unsure below {bound:.4f}")
    arrays = train_all(examples)
    arrays["unsure_below"] = np.array(bound)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, **arrays)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _snippets(data: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((data / "clean_snippets").glob("*.jsonl.gz")):
        yield from _rows(path)


def _page(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace")


if __name__ == "__main__":
    main()
