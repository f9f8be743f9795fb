"""Whatever a file holds, each of its records is landed, rejected or known, in every table once."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.plan import plan_shards
from flows.settings import load_settings
from flows.shards import land_shard
from flows.storage import list_files
from flows.workshop import Care, Workshop

STORY = "The port of {} opens\n\nThe port of {} opened on Monday, said Ann Lee of the council."

lines = st.one_of(
    st.integers(0, 5).map(lambda n: json.dumps({"text": STORY.format(n, n)}).encode()),
    st.dictionaries(st.sampled_from(["text", "html", "title", "date"]), st.text()).map(
        lambda row: json.dumps(row).encode()
    ),
    st.binary(max_size=40).map(lambda data: data.replace(b"\n", b" ")),
)


def landed(data: bytes, care: Care) -> tuple[dict, dict[str, list]]:
    with TemporaryDirectory() as folder:
        dump = Path(folder) / "d.jsonl"
        dump.write_bytes(data)
        staging = Path(folder) / "staging"
        staging.mkdir()
        (shard,) = plan_shards(list_files([dump]), "s", load_settings())
        receipt = land_shard(shard, Workshop(load_settings(), staging, None), care)
        parts = sorted((staging / shard.shard_id).glob("*.parquet"))
        tables = {part.stem: pq.read_table(part).to_pylist() for part in parts}
        uri = str(dump)
        text = json.dumps(tables, default=str).replace(uri, "d.jsonl")
        return receipt, json.loads(text)


@settings(max_examples=40)
@given(st.lists(lines, max_size=8))
def test_the_books_of_any_file_balance(parts: list[bytes]) -> None:
    receipt, tables = landed(b"\n".join([b'{"text": "The port opens."}', *parts]), Care())
    read, known = receipt["records_read"], receipt["records_known"]
    assert read == receipt["records_landed"] + receipt["records_rejected"] + known
    ids = [row["document_id"] for row in tables["documents"]]
    assert len(ids) == len(set(ids)) == read - known
    by_status: dict[str, set[str]] = {"landed": set(), "rejected": set()}
    for row in tables["documents"]:
        by_status[row["status"]].add(row["document_id"])
    assert by_status["landed"] == {row["document_id"] for row in tables["articles"]}
    assert by_status["rejected"] == {row["document_id"] for row in tables["rejects"]}


@settings(max_examples=15)
@given(st.lists(lines, max_size=5))
def test_articles_derived_one_by_one_are_the_same(parts: list[bytes]) -> None:
    data = b"\n".join([b'{"text": "The port opens."}', *parts])
    together, alone = landed(data, Care())[1], landed(data, Care(is_one_by_one=True))[1]
    assert together == alone
