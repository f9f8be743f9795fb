"""The contracts: one table per file, and nothing else describes a table."""

from schemas.articles import ARTICLES
from schemas.blocks import BLOCKS
from schemas.checks import CHECKS
from schemas.contract import Contract
from schemas.documents import DOCUMENTS
from schemas.duplicates import DUPLICATES
from schemas.entities import ENTITIES
from schemas.entity_merges import ENTITY_MERGES
from schemas.mentions import MENTIONS
from schemas.quotes import QUOTES
from schemas.receipts import RECEIPTS
from schemas.rejects import REJECTS
from schemas.runs import RUNS

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
        DUPLICATES,
        REJECTS,
        CHECKS,
        RUNS,
        RECEIPTS,
    )
}
"""Every table of the lake, in the order in which a reader meets them."""
