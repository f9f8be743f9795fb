"""Row rules: rows are split without loss, and the first broken rule is the reason."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.rules import Rule, contract_rules, measured_rules, split_by
from schemas import TABLES
from schemas.contract import STRINGS, contract, field

SHELF = contract(
    "shelf",
    grain="book",
    key=("title",),
    fields=[
        field("title", pa.string(), "Title."),
        field("kind", pa.string(), "Kind.", nullable=True, allowed=("novel", "atlas")),
        field("share_read", pa.float64(), "Share.", nullable=True, minimum=0, maximum=1),
        field("pages", pa.int32(), "Pages.", minimum=1),
        field("authors", STRINGS, "Authors."),
    ],
)
GOOD = {"title": "Tides", "kind": "atlas", "share_read": 0.5, "pages": 90, "authors": []}
SCHEMA = pa.schema([part.with_nullable(True) for part in SHELF.schema])


def _reasons(*rows: dict[str, object]) -> list[str | None]:
    table = pa.Table.from_pylist([GOOD | row for row in rows], schema=SCHEMA)
    return split_by(contract_rules(SHELF), table)[1]["reason"].to_pylist()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": None}, "title_is_null"),
        ({"authors": None}, "authors_is_null"),
        ({"kind": "comic"}, "kind_not_allowed"),
        ({"kind": ""}, "kind_not_allowed"),
        ({"share_read": -0.01}, "share_read_below_0"),
        ({"share_read": 1.01}, "share_read_above_1"),
        ({"share_read": float("nan")}, "share_read_below_0"),
        ({"pages": 0}, "pages_below_1"),
        ({"pages": None}, "pages_is_null"),
        ({"title": None, "pages": 0}, "title_is_null"),
    ],
)
def test_broken_row_carries_its_first_failed_rule(change: dict[str, object], reason: str) -> None:
    assert _reasons(change) == [reason]


@pytest.mark.parametrize(
    "change",
    [{}, {"kind": None}, {"share_read": None}, {"share_read": 0.0}, {"share_read": 1.0}],
)
def test_good_row_is_kept(change: dict[str, object]) -> None:
    assert _reasons(change) == []


@given(st.lists(st.tuples(st.none() | st.just("Tides"), st.integers(-1, 2), st.booleans())))
def test_no_row_is_lost_and_order_is_kept(drawn: list[tuple[str | None, int, bool]]) -> None:
    rows = [
        GOOD
        | {"title": title, "pages": pages, "share_read": number, "kind": "novel" if ok else "x"}
        for number, (title, pages, ok) in enumerate(drawn)
    ]
    rules = [rule for rule in contract_rules(SHELF) if "share_read" not in rule.reason]
    kept, broken = split_by(rules, pa.Table.from_pylist(rows, schema=SCHEMA))
    numbers = [column["share_read"].to_pylist() for column in (kept, broken)]
    is_good = [title is not None and pages >= 1 and ok for title, pages, ok in drawn]
    assert numbers[0] == [number for number, good in enumerate(is_good) if good]
    assert numbers[1] == [number for number, good in enumerate(is_good) if not good]
    assert broken["reason"].null_count == 0
    assert split_by(rules, kept)[1].num_rows == 0


def test_rows_in_several_chunks_are_judged_alike() -> None:
    one = pa.Table.from_pylist([GOOD, GOOD | {"pages": 0}], schema=SCHEMA)
    kept, broken = split_by(contract_rules(SHELF), pa.concat_tables([one, one, one]))
    assert (kept.num_rows, broken.num_rows) == (3, 3)
    assert kept.column_names == one.column_names
    assert broken.column_names == [*one.column_names, "reason"]


def test_only_the_named_columns_are_judged() -> None:
    assert [rule.reason for rule in contract_rules(SHELF, ["pages"])] == [
        "pages_is_null",
        "pages_below_1",
    ]
    with pytest.raises(KeyError, match="spine"):
        contract_rules(SHELF, ["spine"])


def test_a_column_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(KeyError, match="pages"):
        split_by(contract_rules(SHELF, ["pages"]), pa.table({"title": ["Tides"]}))


@pytest.mark.parametrize("name", TABLES)
def test_every_contract_has_rules_that_run_on_its_empty_table(name: str) -> None:
    rules = contract_rules(TABLES[name])
    kept, broken = split_by(rules, TABLES[name].schema.empty_table())
    assert len({rule.reason for rule in rules}) == len(rules) > 0
    assert (kept.num_rows, broken.num_rows) == (0, 0)


@pytest.mark.parametrize(
    ("body", "char_count", "word_count", "reasons"),
    [
        ("Ferry 🛳 back", 12, 3, []),
        ("Ferry 🛳 back", 15, 3, ["char_count_is_not_length_of_body"]),
        ("", 0, 0, []),
        ("", 0, 2, ["words_counted_without_body"]),
    ],
)
def test_measures_agree_with_the_body(
    body: str, char_count: int, word_count: int, reasons: list[str]
) -> None:
    row = {"body": body, "char_count": char_count, "word_count": word_count}
    table = pa.Table.from_pylist([row | {"sentence_count": 0, "paragraph_count": 0}])
    assert split_by(measured_rules(), table)[1]["reason"].to_pylist() == reasons


def test_without_rules_every_row_is_kept() -> None:
    never: tuple[Rule, ...] = ()
    kept, broken = split_by(never, pa.table({"title": ["Tides"]}))
    assert (kept.num_rows, broken.num_rows) == (1, 0)
