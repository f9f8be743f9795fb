"""Learn who speaks: fit the weights of `config/models/speakers_en.json` from annotated news.

    python training/speakers.py FOLDER [--write] [--predictions FILE]

FOLDER holds `polnear.jsonl.gz`. Prints what the weights are worth on publishers that they were
not learned from, one publisher left out at a time. `--predictions` writes those answers as JSON
lines, for a scorer; `--write` fits on everything and writes the weights. About two minutes.
"""

import argparse
import gzip
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from flows.steps.attribution import Attribution, Reading, attribute
from flows.steps.candidates import NOMINAL, Candidate, Previous
from flows.steps.people import UNKNOWN_SHORT, People
from flows.steps.quote_spans import find_quote_spans
from flows.steps.quotes import SpeechKnowledge, compile_speech_knowledge
from flows.steps.ranker import coarse, compile_ranker, cross_of

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "config/models/speakers_en.json"

PENALTY = 0.35
"""Variance of the weights' prior: 0.2 answered less surely, 0.5 less rightly."""

FEWEST = 3
"""Values met less often get no weight."""

LEAST_WEIGHT = 0.004
STEPS = 150

FRAGMENT_WEIGHT, UNATTRIBUTED_WEIGHT = 0.6, 0.5
"""Of quoted words within a reporter's sentence, and of those that nobody is said to have said."""

SOMEBODY = """
length|zone relation verb_gap|zone relation quotes_between|zone previous previous_place
zone alone subject|relation strength|zone lead relation|zone relation before
kind zone relation|zone previous_place alone|zone tail relation|zone sentences
zone subject between|relation after|zone after before|zone owner|kind after|kind strength
frequency zone|words kind|previous subject zone|zone relation verb_left verb_right
previous_place opens lead zone|zone gap|rule kind|rule strength|rule relation zone
rule between|rule previous zone|before kind zone
"""
"""Features weighed together. Those within another cross are left out: it made answers no worse
on publishers left out, and twice as fast."""

NOBODY = "|alone verb_right|verb_left lead|length|tail lead|lead verb_right verb_left|length lead"
NOBODY += "|opens tail|rule"


class Case(NamedTuple):
    """One annotated quotation: candidates' features, which are right, its weight, its article."""

    features: list[tuple[int, ...]]
    right: list[bool]
    weight: float
    article: int


def main() -> None:
    """Cross-validate, and write the weights where asked."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--predictions", type=Path)
    options = arguments.parse_args()
    articles = load(options.folder)
    knowledge = load_knowledge()
    cases = [
        case
        for number, article in enumerate(articles)
        for case in cases_of(number, article, knowledge)
    ]
    answers = cross_validated(articles, cases, knowledge)
    figures = measure(articles, answers)
    print(json.dumps(figures, indent=1))
    if options.predictions:
        write_predictions(options.predictions, articles, answers)
    if options.write:
        weights = fit(cases)
        MODEL.parent.mkdir(exist_ok=True)
        MODEL.write_text(packed({"card": card(cases, figures), **weights}), encoding="utf-8")
        print(f"{MODEL.relative_to(ROOT)}: {MODEL.stat().st_size:,} bytes")


def load(folder: Path) -> list[dict]:
    """Articles with their annotated quotations."""
    with gzip.open(folder / "polnear.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def load_knowledge() -> SpeechKnowledge:
    """Word lists of this checkout, without weights."""
    lexicon = {
        name: tomllib.loads((ROOT / f"config/lexicon/{name}.toml").read_text(encoding="utf-8"))
        for name in ("reporting_verbs", "headlines", "people")
    }
    return compile_speech_knowledge(lexicon, {})


def read(text: str, knowledge: SpeechKnowledge) -> Reading:
    """An English article as the attribution reads it."""
    lexicon = knowledge.verbs["en"]
    return Reading(text, find_quote_spans(text), lexicon, People(text, lexicon, knowledge.people))


# Cases


def cases_of(number: int, article: dict, knowledge: SpeechKnowledge) -> Iterator[Case]:
    """Cases of an article; the source of the quotation before is the annotated one."""
    reading = read(article["text"], knowledge)
    annotated = {(quote["start"], quote["end"]): quote for quote in article["quotes"]}
    silent = {(quote["start"], quote["end"]) for quote in article["unattributed_quoted"]}
    previous: Previous | None = None
    for place, span in enumerate(reading.spans):
        key = (span.start, span.end)
        found = reading.candidates(place, previous)
        quote = annotated.get(key)
        if quote is None and key not in silent:
            continue
        right = right_ones(found, quote) if quote else [False] * len(found)
        weight = UNATTRIBUTED_WEIGHT
        if quote:
            weight = 1.0 if quote["kind"] == "full" else FRAGMENT_WEIGHT
            previous = gold_previous(found, right, quote, reading.paragraph_of[place], previous)
        if found:
            yield Case([one.features for one in found], right, weight, number)


def gold_previous(
    found: Sequence[Candidate],
    right: Sequence[bool],
    quote: dict,
    paragraph: int,
    previous: Previous | None,
) -> Previous | None:
    """The annotated source, for the next quotation to know."""
    hits = [one for one, is_right in zip(found, right, strict=True) if is_right]
    if not hits:
        return previous if quote["speaker_kind"] == "none" else None
    own = next((one for one in hits if overlaps(one, quote)), hits[0])
    return Previous(own.start, own.end, own.kind, own.entity, paragraph)


def right_ones(found: Sequence[Candidate], quote: dict) -> list[bool]:
    """Which candidates are the annotated source; of a name every mention is."""
    inside = [overlaps(one, quote) for one in found]
    if quote["speaker_kind"] == "name":
        return right_names(found, inside, surname(quote["speaker"]))
    wanted = quote["speaker_kind"] == "pronoun"
    own = [
        is_inside and (UNKNOWN_SHORT < one.kind < NOMINAL if wanted else one.kind == NOMINAL)
        for one, is_inside in zip(found, inside, strict=True)
    ]
    return own if any(own) else inside


def right_names(found: Sequence[Candidate], inside: Sequence[bool], last: str) -> list[bool]:
    """Mentions of the annotated name; where none is inside it, the phrase that is."""
    pairs = list(zip(found, inside, strict=True))
    named = [is_in and is_name(one) and one.entity == last for one, is_in in pairs]
    if not any(named):
        named = [is_in and one.kind == NOMINAL for one, is_in in pairs]
    if not any(named):
        first = next(
            (place for place, (one, is_in) in enumerate(pairs) if is_in and is_name(one)), -1
        )
        named = [place == first for place in range(len(pairs))]
    entities = {
        one.entity for (one, _), own in zip(pairs, named, strict=True) if own and is_name(one)
    }
    if last and not any(inside):
        entities.add(last)
    return [
        own or (is_name(one) and one.entity in entities)
        for (one, _), own in zip(pairs, named, strict=True)
    ]


def is_name(one: Candidate) -> bool:
    """Tell names from pronouns and noun phrases."""
    return one.kind <= UNKNOWN_SHORT


def overlaps(one: Candidate, quote: dict) -> bool:
    """Tell whether a candidate lies in the annotated source."""
    return any(one.start < end and start < one.end for start, end in quote["speaker_spans"])


_TITLES = re.compile(
    r"^(?:the |president |senator |governor |(?:sen|rep|gov|mr|mrs|ms|dr)\.? )+", re.I
)


def surname(source: str) -> str:
    """Last capitalised word of an annotated source, before its comma or preposition."""
    head = re.split(r",| of | who | on | in | at | for | from ", source)[0]
    words = re.findall(r"[\w’'.-]+", re.sub(r"[’']s\b", "", _TITLES.sub("", head)))
    names = [word for word in words if word[:1].isupper()]
    return names[-1].lower().strip(".") if names else ""


# Fitting


def crosses() -> tuple[list[list[str]], list[list[str]]]:
    """Names of the features weighed together, for candidates and for nobody."""
    somebody = SOMEBODY.strip().replace("\n", "|")
    return [names.split() for names in somebody.split("|")], [
        names.split() for names in NOBODY.split("|")
    ]


def fit(cases: Sequence[Case]) -> dict[str, list[dict]]:
    """Weights that make the right candidates likely: a conditional logit, by L-BFGS."""
    somebody, nobody = crosses()
    keys, groups, right = [], [], []
    for number, case in enumerate(cases):
        for features, is_right in zip(case.features, case.right, strict=True):
            keys.append(keys_of("s", somebody, features))
            groups.append(number)
            right.append(is_right)
        keys.append(keys_of("n", nobody, case.features[0]))
        groups.append(number)
        right.append(not any(case.right))
    counts = Counter(key for row in keys for key in row)
    columns = {key: place for place, key in enumerate(k for k, n in counts.items() if n >= FEWEST)}
    places = [(row, columns[key]) for row, own in enumerate(keys) for key in own if key in columns]
    rows, cells = np.array(places).T
    matrix = csr_matrix((np.ones(len(rows)), (rows, cells)), shape=(len(keys), len(columns)))
    solved = solve(matrix, np.array(groups), np.array(right, float), [c.weight for c in cases])
    return tables(somebody, nobody, dict(zip(columns, solved, strict=True)))


def keys_of(family: str, names: Sequence[Sequence[str]], features: Sequence[int]) -> list[tuple]:
    """What a candidate's features look up: family, number of the cross, values."""
    values = coarse(features)
    return [
        (family, number, tuple(values[place] for place in cross_of(cross)))
        for number, cross in enumerate(names)
    ]


def solve(
    matrix: csr_matrix, groups: np.ndarray, right: np.ndarray, weights: Sequence[float]
) -> np.ndarray:
    """Maximise the weighted likelihood of the right candidates, less the weights' squares."""
    firsts = np.r_[0, np.flatnonzero(np.diff(groups)) + 1]
    weight = np.array(weights)
    turned = matrix.T.tocsr()

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ values
        powers = np.exp(scores - np.maximum.reduceat(scores, firsts)[groups])
        whole = np.add.reduceat(powers, firsts)
        part = np.add.reduceat(powers * right, firsts) + 1e-300
        error = (weight * (np.log(whole) - np.log(part))).sum()
        pull = weight[groups] * (powers / whole[groups] - powers * right / part[groups])
        return error + values @ values / (2 * PENALTY), turned @ pull + values / PENALTY

    start = np.zeros(matrix.shape[1])
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x


def tables(
    somebody: Sequence[Sequence[str]], nobody: Sequence[Sequence[str]], solved: dict[tuple, float]
) -> dict[str, list[dict]]:
    """The weights in the form of the file."""
    families = {"somebody": ("s", somebody), "nobody": ("n", nobody)}
    return {
        name: [
            {
                "features": list(cross),
                "weights": {
                    " ".join(map(str, values)): round(float(weight), 3)
                    for (kind, place, values), weight in sorted(solved.items())
                    if (kind, place) == (family, number) and abs(weight) > LEAST_WEIGHT
                },
            }
            for number, cross in enumerate(names)
        ]
        for name, (family, names) in families.items()
    }


# Judging


def cross_validated(
    articles: Sequence[dict], cases: Sequence[Case], knowledge: SpeechKnowledge
) -> list[list[Attribution]]:
    """Answers for every article by weights of the other publishers."""
    answers: list[list[Attribution]] = [[] for _ in articles]
    for publisher in sorted({article["publisher"] for article in articles}):
        is_left = [article["publisher"] == publisher for article in articles]
        ranker = compile_ranker(fit([case for case in cases if not is_left[case.article]]))
        for number, article in enumerate(articles):
            if is_left[number]:
                answers[number] = attribute(read(article["text"], knowledge), ranker)
    return answers


def measure(articles: Sequence[dict], answers: Sequence[Sequence[Attribution]]) -> dict[str, float]:
    """Figures on quotations of four words and more with an annotated source."""
    named, nominal, pronoun, silent = [], [], [], []
    for article, found in zip(articles, answers, strict=True):
        text = article["text"]
        spans = {
            (span.start, span.end): one
            for span, one in zip(find_quote_spans(text), found, strict=True)
        }
        for quote in article["quotes"]:
            one = spans.get((quote["start"], quote["end"]))
            if one is None or quote["kind"] != "full":
                continue
            if quote["speaker_kind"] == "name":
                named.append(
                    (one.confidence or 0.0, one.source is not None, says(one, quote, text))
                )
            elif quote["speaker_kind"] == "nominal":
                nominal.append(one.source is not None and in_source(one, quote))
            elif quote["speaker_kind"] == "pronoun":
                pronoun.append(one.name is not None)
        silent += [
            spans[key].source is None
            for quote in article["unattributed_quoted"]
            if (key := (quote["start"], quote["end"])) in spans
        ]
    sure = [right for confidence, _, right in named if confidence >= 0.9]
    return {
        "named_quotations": len(named),
        "right_surname": share([right for _, _, right in named]),
        "answered_at_0.9": round(len(sure) / len(named), 3),
        "right_at_0.9": share(sure),
        "noun_phrases": len(nominal),
        "noun_phrases_found": share(nominal),
        "pronouns": len(pronoun),
        "pronouns_answered": share(pronoun),
        "unattributed": len(silent),
        "unattributed_left_alone": share(silent),
    }


def share(truths: Sequence[bool]) -> float:
    """Share of what is true, to three digits."""
    return round(sum(truths) / max(len(truths), 1), 3)


def says(one: Attribution, quote: dict, text: str) -> bool:
    """Tell whether the surname is the annotated one, or one of its words."""
    if one.source is None:
        return False
    answer = one.name or text[one.source.start : one.source.end]
    wanted = {word.lower() for word in re.findall(r"[\w’'-]+", quote["speaker"])}
    return surname(answer) in wanted or surname(quote["speaker"]) in answer.lower().split()


def in_source(one: Attribution, quote: dict) -> bool:
    """Tell whether the answer overlaps the annotated source."""
    source = one.source
    assert source is not None
    return any(source.start < end and start < source.end for start, end in quote["speaker_spans"])


def write_predictions(
    path: Path, articles: Sequence[dict], answers: Sequence[Sequence[Attribution]]
) -> None:
    """Write the answers as a scorer reads them: the fullest name, else the source as printed."""
    with path.open("w", encoding="utf-8") as lines:
        for article, found in zip(articles, answers, strict=True):
            text = article["text"]
            quotes = [
                {
                    "start": span.start,
                    "end": span.end,
                    "speaker": one.name or (one.source and text[one.source.start : one.source.end]),
                    "printed": one.source and text[one.source.start : one.source.end],
                    "confidence": one.confidence,
                }
                for span, one in zip(find_quote_spans(text), found, strict=True)
            ]
            lines.write(json.dumps({"id": article["id"], "quotes": quotes}) + "\n")


def card(cases: Sequence[Case], figures: dict[str, float]) -> dict[str, object]:
    """What a reader of the weights should know."""
    return {
        "what": "Weights of a conditional logit that chooses the speaker of a quotation.",
        "language": "en",
        "data": "PolNeAR v1.0.0 (Newell, Margolin and Ruths 2018), development half: "
        "487 articles of seven US publishers, 2015 and 2016; no licence is stated, no text is kept",
        "cases": len(cases),
        "made_by": "training/speakers.py",
        "seed": "none: the fit is deterministic",
        "figures_with_one_publisher_left_out": figures,
        "limits": "US politics only; other beats were not measured. English only. The sources of "
        "quotations are learned as annotated: what a report says that a person said counts as the "
        "report's in places.",
    }


def packed(model: dict[str, object]) -> str:
    """JSON with one cross a line, for readable differences."""
    parts = [f'"card": {json.dumps(model["card"], indent=1)}']
    for name in ("somebody", "nobody"):
        lines = ",\n".join(json.dumps(part, separators=(",", ":")) for part in model[name])
        parts.append(f'"{name}": [\n{lines}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
