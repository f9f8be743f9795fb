"""The data dictionary: every table, column, view and reject reason in words, as Markdown.

`python -m schemas.dictionary > docs/data_dictionary.md` writes it.
"""

from collections.abc import Iterable

from schemas import TABLES
from schemas.contract import Contract, Field, duckdb_type
from schemas.rejects import REASONS
from schemas.views import MACROS, VIEWS

EXAMPLES = {
    "documents": "SELECT source, status, count(*) FROM documents GROUP BY ALL ORDER BY ALL;",
    "articles": "SELECT site, title, word_count FROM latest_articles\n"
    "WHERE published_at >= '2026-01-01' ORDER BY published_at DESC LIMIT 20;",
    "blocks": "SELECT role, method, count(*) FROM blocks WHERE NOT is_kept\n"
    "GROUP BY ALL ORDER BY 3 DESC;",
    "mentions": "SELECT entity_id, link_method, count(*) AS mentions FROM mentions\n"
    "WHERE label = 'PERSON' GROUP BY ALL ORDER BY mentions DESC LIMIT 20;",
    "entities": "SELECT name, label, article_count FROM entities\n"
    "ORDER BY article_count DESC LIMIT 20;",
    "entity_merges": "SELECT alias_id, entity_id, sighting_count, share FROM entity_merges\n"
    "ORDER BY sighting_count DESC LIMIT 20;",
    "quotes": "SELECT speaker_name, cue, text FROM quotes\n"
    "WHERE speaker_name IS NOT NULL ORDER BY article_id, start LIMIT 20;",
    "fingerprints": "SELECT text_id, count(*) AS copies FROM fingerprints\n"
    "WHERE text_id IS NOT NULL GROUP BY text_id ORDER BY copies DESC LIMIT 10;",
    "text_pairs": "SELECT is_template, count(*), avg(jaccard) FROM text_pairs GROUP BY ALL;",
    "statements": "SELECT statement_id, count(*) AS articles FROM statements\n"
    "GROUP BY statement_id ORDER BY articles DESC LIMIT 20;",
    "quote_shingles": "SELECT shingle, count(*) AS quotations FROM quote_shingles\n"
    "GROUP BY shingle ORDER BY quotations DESC LIMIT 20;",
    "duplicates": "SELECT kind, count(*) FROM duplicates GROUP BY kind;",
    "revisions": "SELECT change, count(*) FROM revisions GROUP BY change ORDER BY 2 DESC;",
    "source_lines": "SELECT site, line, sum(article_count) AS articles FROM source_lines\n"
    "WHERE line IS NOT NULL GROUP BY ALL ORDER BY articles DESC LIMIT 20;",
    "source_rules": "SELECT site, line, article_count, kept_count, body_probability\n"
    "FROM source_rules WHERE state = 'proposed' ORDER BY kept_count DESC LIMIT 20;",
    "indexed_articles": "SELECT article_id, word_count FROM indexed_articles\n"
    "ORDER BY word_count DESC LIMIT 10;",
    "postings": "SELECT word, count(*) AS articles FROM postings\n"
    "WHERE word IN ('harbour', 'ferry') GROUP BY word;",
    "rejects": "SELECT uri, record_ordinal, message, excerpt FROM rejects\n"
    "WHERE reason = 'undecodable_text' AND state = 'open';",
    "checks": "SELECT suite, subject, expectation, observed, expected FROM checks\n"
    "WHERE outcome = 'failed' AND run_id = (SELECT max(run_id) FROM runs);",
    "findings": "SELECT suite, expectation, subject, source, count(*) FROM findings\n"
    "GROUP BY ALL ORDER BY 5 DESC;",
    "measures": "SELECT measured_on, value, sample_count FROM measures\n"
    "WHERE source = 'meridian' AND metric = 'words' ORDER BY measured_on;",
    "acknowledgements": "SELECT expectation, subject, source, until_on, note\n"
    "FROM acknowledgements ORDER BY acknowledged_at DESC;",
    "runs": "SELECT run_id, status, records_read, records_landed, ended_at - started_at AS took\n"
    "FROM runs ORDER BY run_id DESC LIMIT 10;",
    "receipts": "SELECT shard_id, records_read, seconds, peak_memory_bytes FROM receipts\n"
    "ORDER BY seconds DESC LIMIT 10;",
    "curations": "SELECT curator, count(*) AS batches FROM curations GROUP BY curator;",
    "archive": "SELECT media_type, count(*) AS records, sum(octet_length(data)) AS bytes\n"
    "FROM archive GROUP BY media_type ORDER BY bytes DESC;",
    "departures": "SELECT why, status, count(*) AS records FROM departures GROUP BY ALL;",
}
"""One question that each table answers, as SQL for a session on the lake."""

_OPENING = """# Data dictionary

Made from the contracts in `schemas/`; change it there and run `make docs`.

Offsets are Unicode code points, half-open: `text[start:end]`. `_at` is an instant in UTC, `_id`
a key, `is_` a boolean. A null means that there is no value. Rows that belong to an article
carry `article_id` and `version`."""


def describe_tables(contracts: Iterable[Contract]) -> str:
    """Write the dictionary of these tables, of views, macros and reject reasons, as Markdown.

    Tables keep their order. KeyError for a table that has no example in `EXAMPLES`.
    """
    parts = [_OPENING, *(_describe_table(contract) for contract in contracts)]
    parts.append("## Views\n\n" + _list_meanings(VIEWS.items()))
    parts.append("## Macros\n\n" + _list_macros())
    parts.append("## Reject reasons\n\n" + _list_meanings(REASONS.items()))
    return "\n\n".join(parts) + "\n"


def _describe_table(contract: Contract) -> str:
    key = ", ".join(f"`{name}`" for name in contract.key)
    rows = [_describe_column(column) for column in contract.fields]
    table = "\n".join(
        ["| column | type | null | values | meaning |", "|---|---|---|---|---|", *rows]
    )
    return (
        f"## {contract.name}\n\nOne row per {contract.grain}.\n\nKey: {key}.\n\n{table}\n\n"
        f"```sql\n{EXAMPLES[contract.name]}\n```"
    )


def _describe_column(column: Field) -> str:
    meaning = column.meaning
    if column.later:
        meaning += f" Always null until {column.later} is built."
    cells = (
        f"`{column.name}`",
        duckdb_type(column.type),
        "yes" if column.nullable else "no",
        _values(column),
        meaning,
    )
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _values(column: Field) -> str:
    """Allowed values or bounds of a column; nothing where every value is right.

    >>> import pyarrow as pa
    >>> _values(Field("share", pa.float64(), "", minimum=0, maximum=1)), _values(
    ...     Field("kind", pa.string(), "", allowed=("near", "wire")))
    ('0 to 1', '`near`, `wire`')
    """
    if column.allowed is not None:
        return ", ".join(f"`{value}`" for value in column.allowed)
    if column.minimum is None:
        return "" if column.maximum is None else f"to {column.maximum:g}"
    return (
        f"from {column.minimum:g}"
        if column.maximum is None
        else (f"{column.minimum:g} to {column.maximum:g}")
    )


def _cell(text: str) -> str:
    r"""Keep a cell in its cell.

    >>> _cell("a | b")
    'a \\| b'
    """
    return " ".join(text.replace("|", r"\|").split())


def _list_macros() -> str:
    return "\n\n".join(
        f"`{macro.signature}`: {macro.meaning}\n\n```sql\n{macro.example}\n```"
        for macro in MACROS.values()
    )


def _list_meanings(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"* `{name}`: {meaning}" for name, meaning in pairs)


if __name__ == "__main__":
    print(describe_tables(TABLES.values()), end="")
