"""Names: cut, settled, linked and valued, by cases; and what holds for any text."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.gazetteer import load_name_knowledge, read_aliases
from flows.steps.amounts import read_day, read_money
from flows.steps.cleanup import clean_names
from flows.steps.links import link_names
from flows.steps.mentions import mentions_of, roles_of

CASES = Path(__file__).resolve().parents[1] / "cases"
KNOWLEDGE = load_name_knowledge()


def cases(name: str) -> list[dict]:
    return json.loads((CASES / name).read_text(encoding="utf-8"))


def cleaned(**fields: tuple[str, list]) -> dict[str, list[tuple[str, str]]]:
    """Surface and label of what is left of each field's spans."""
    texts = {field: text for field, (text, _) in fields.items()}
    spans = {field: [tuple(span) for span in found] for field, (_, found) in fields.items()}
    kept = clean_names(texts, spans, KNOWLEDGE.words, KNOWLEDGE.places)
    return {
        field: [(texts[field][start:end], label) for start, end, label in found]
        for field, found in kept.items()
    }


@pytest.mark.parametrize("case", cases("mention_names.json"), ids=lambda case: case["label"])
def test_names_are_made_whole(case: dict) -> None:
    expected = [tuple(pair) for pair in case["expected"]]
    assert cleaned(body=(case["text"], case["spans"]))["body"] == expected


def test_a_headline_is_read_by_the_names_of_the_body() -> None:
    found = cleaned(
        title=("Kessel Heads for Wick", [[0, 12, "PERSON"]]),
        body=("Ida Kessel left.", [[0, 10, "PERSON"]]),
    )
    assert found["title"] == [("Kessel", "PERSON")]


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from(["PERSON", "GPE", "DATE"]))
)


@given(st.text(st.sampled_from("IdaKesl 's’“”\n.-1 Qatr😀"), max_size=80), SPANS)
def test_spans_stay_apart_and_inside(text: str, drawn: list) -> None:
    spans, free = [], 0
    for start, length, label in sorted(drawn):
        if start >= free and start + length <= len(text):
            spans.append((start, start + length, label))
            free = start + length
    kept = clean_names({"body": text}, {"body": spans}, KNOWLEDGE.words, KNOWLEDGE.places)["body"]
    assert kept == sorted(kept)
    ends = [0, *(end for _, end, _ in kept)]
    assert all(end <= start for end, (start, _, _) in zip(ends, kept, strict=False))
    assert all(start < end <= len(text) for start, end, _ in kept)


@pytest.mark.parametrize("case", cases("mention_links.json"), ids=lambda case: case["label"])
def test_names_are_linked(case: dict) -> None:
    names = [tuple(pair) for pair in case["names"]]
    links = link_names(names, [case.get("text", "")], KNOWLEDGE.gazetteer)
    found = [
        [
            link.entity and link.entity.entity_id,
            link.method,
            link.entity and link.entity.country_code,
        ]
        for link in links
    ]
    assert found == case["expected"]
    if "candidates" in case:
        assert list(links[-1].candidates) == case["candidates"]
    assert all(bool(link.entity) == bool(link.method) for link in links)


def test_an_open_place_shows_its_candidates() -> None:
    [link] = link_names([("Cambridge", "GPE")], [], KNOWLEDGE.gazetteer)
    assert {"gpe:cambridge-gb", "gpe:cambridge-us"} <= set(link.candidates)


def test_the_users_table_wins(tmp_path: Path) -> None:
    table = tmp_path / "aliases.csv"
    table.write_text(
        "# ours\nsurface,label,entity_id,name,country_code,why\n"
        "Paris,,per:paris-brandt,Paris Brandt,,a columnist\n"
    )
    gazetteer = KNOWLEDGE.gazetteer.__class__(
        **{
            name: getattr(KNOWLEDGE.gazetteer, name)
            for name in KNOWLEDGE.gazetteer.__slots__
            if name != "aliases"
        },
        aliases=read_aliases([table]),
    )
    [link] = link_names([("Paris", "GPE")], [], gazetteer)
    assert (link.entity.entity_id, link.method) == ("per:paris-brandt", "alias")


def test_a_role_names_its_holder() -> None:
    body = "Nordvik Prime Minister Jan Brandt left. The Nordvik prime minister is ill."
    mentions = mentions_of({"body": body}, {"body": [(23, 33, "PERSON")]}, KNOWLEDGE)
    assert [(body[one.start : one.end], one.link.method) for one in mentions] == [
        ("Jan Brandt", "name"),
        ("Nordvik prime minister", "role"),
    ]
    roles = roles_of({"body": body}, mentions, KNOWLEDGE.words)
    assert roles == {"per:jan-brandt": "Nordvik Prime Minister"}


@pytest.mark.parametrize("case", cases("amounts.json"), ids=lambda case: case["surface"])
def test_amounts_and_days(case: dict) -> None:
    if "amount" in case:
        found = read_money(case["surface"], KNOWLEDGE.amounts)
        assert (found and list(found)) == case["amount"]
    else:
        day = read_day(case["surface"], date(2026, 3, 4), KNOWLEDGE.amounts)
        assert (day and day.isoformat()) == case["day"]


def test_the_gazetteer_has_one_code_an_entity() -> None:
    gazetteer = KNOWLEDGE.gazetteer
    codes: dict[str, set] = {}
    known = [
        *gazetteer.countries.values(),
        *(place for places in gazetteer.places.values() for place in places),
        *(city for cities in gazetteer.cities.values() for city in cities),
    ]
    for entity in known:
        codes.setdefault(entity.entity_id, set()).add(entity.country_code)
    assert {entity_id for entity_id, found in codes.items() if len(found) > 1} == set()
