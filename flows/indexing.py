"""The curator of the search index: the words of every latest version, kept for `search()`."""

from flows.batches import (
    Connection,
    Rules,
    count_rows,
    find_pending,
    forget_other_rules,
    run_statement,
    take_in,
)
from flows.curation import Curation

RULES = Rules("search", "1")
"""The rules are to be renamed when words or their counts get another meaning; the name is the
one by which the macro `search()` asks what is indexed."""

ARTICLES_AT_A_TIME = 10_000
"""Articles whose words are sorted at a time; sets the memory of the sort."""


def curate_search(connection: Connection, curation: Curation) -> None:
    """Bring `indexed_articles` and `postings` up to date with the articles. Idempotent.

    Versions that are no longer the latest, or gone, leave the index; of pending batches the
    latest versions enter it, sorted by word, so that a search reads few row groups.
    """
    is_pending = find_pending(connection, RULES)
    if is_pending and forget_other_rules(connection, RULES):
        connection.execute("DELETE FROM postings")
        connection.execute("DELETE FROM indexed_articles")
    _drop_stale(connection)
    if not is_pending:
        return
    run_statement(connection, "search_pending")
    for first in range(1, count_rows(connection, "search_pending") + 1, ARTICLES_AT_A_TIME):
        place = {"first": first, "last": first + ARTICLES_AT_A_TIME - 1}
        run_statement(connection, "search_words", **place)
        run_statement(connection, "search_articles", **place)
    take_in(connection, RULES, curation.run_id)


def _drop_stale(connection: Connection) -> None:
    run_statement(connection, "search_stale")
    if count_rows(connection, "search_stale"):
        for table in ("postings", "indexed_articles"):
            connection.execute(
                f"DELETE FROM {table} WHERE article_no IN (SELECT article_no FROM search_stale)"
            )
