"""The contracts: one table per file, and nothing else describes a table."""

from schemas.acknowledgements import ACKNOWLEDGEMENTS
from schemas.archive import ARCHIVE
from schemas.articles import ARTICLES
from schemas.blocks import BLOCKS
from schemas.checks import CHECKS
from schemas.contract import Contract
from schemas.curations import CURATIONS
from schemas.departures import DEPARTURES
from schemas.documents import DOCUMENTS
from schemas.duplicates import DUPLICATES
from schemas.entities import ENTITIES
from schemas.entity_merges import ENTITY_MERGES
from schemas.findings import FINDINGS
from schemas.fingerprints import FINGERPRINTS
from schemas.measures import MEASURES
from schemas.mentions import MENTIONS
from schemas.quotes import QUOTES
from schemas.receipts import RECEIPTS
from schemas.rejects import REJECTS
from schemas.revisions import REVISIONS
from schemas.runs import RUNS
from schemas.search_index import INDEXED_ARTICLES, POSTINGS
from schemas.source_lines import SOURCE_LINES
from schemas.source_rules import SOURCE_RULES
from schemas.statements import QUOTE_SHINGLES, STATEMENTS
from schemas.text_pairs import TEXT_PAIRS

TABLES: dict[str, Contract] = {
    table.name: table
    for table in (
        DOCUMENTS,
        ARTICLES,
        BLOCKS,
        MENTIONS,
        ENTITIES,
        ENTITY_MERGES,
        QUOTES,
        FINGERPRINTS,
        TEXT_PAIRS,
        STATEMENTS,
        QUOTE_SHINGLES,
        DUPLICATES,
        REVISIONS,
        SOURCE_LINES,
        SOURCE_RULES,
        INDEXED_ARTICLES,
        POSTINGS,
        REJECTS,
        CHECKS,
        FINDINGS,
        MEASURES,
        ACKNOWLEDGEMENTS,
        RUNS,
        RECEIPTS,
        CURATIONS,
        ARCHIVE,
        DEPARTURES,
    )
}
"""Every table of the lake, in the order in which a reader meets them."""
