"""Views and macros of the lake: what each answers, and a call to begin with.

The SQL is in `flows/sql/views/` and `flows/sql/macros/`; a test holds the two together.
"""

from typing import NamedTuple


class Macro(NamedTuple):
    """A macro that a reader calls: how, what it answers, and one call."""

    signature: str
    meaning: str
    example: str


VIEWS: dict[str, str] = {
    "latest_articles": "The latest version of every article.",
    "canonical_articles": "Latest versions, of each cluster of copies only the canonical article.",
    "who_said_what": "Quotations and reports of latest versions: speaker, role, words, place.",
    "quoted_by_month": "How often a named speaker is quoted, by site and month.",
    "travelling_quotes": "Statements that several articles quote, with their first place.",
    "entity_by_day": "How often an entity is mentioned on a day of publication.",
    "co_mentions": "How many articles name both of two entities.",
    "first_appearances": "The first article that names an entity.",
    "share_of_voice": "Share of a source's articles that name an entity.",
    "source_health": "Per source: records, rejects, dates, bylines and furniture.",
    "field_coverage": "Per source and field: how many latest articles have it.",
    "daily_volume": "Per source and day of publication: articles, words and quotations.",
    "copies_by_site": "Per site, or source where no site is stated: articles and copies by kind.",
    "wire_share": "Per site: articles that name an agency or are copied from another site.",
    "who_copied_whom": "Per pair of sites: copies on one whose canonical article is on the other.",
    "headline_changes": "Headlines of an address before and after each change.",
    "rejects_by_reason": "Open rejects counted by stage and reason, with a first example.",
    "run_funnel": "Per run: records read, rejected, known, landed, and what became of the landed.",
    "lineage": "Per article version: its record, file, byte range, shard and run.",
}
"""By name, in the order in which they are made: a later one may read an earlier one."""

MACROS: dict[str, Macro] = {
    "search": Macro(
        "search(words, most := 20)",
        "Articles that fit the words, best first (BM25); by the index, and by reading what the "
        "index lacks.",
        "SELECT score, title, site FROM search('harbour ferry');",
    ),
    "kwic": Macro(
        "kwic(asked, width := 40)",
        "Every place where a body has the phrase as whole words, with `width` characters of "
        "either side.",
        "SELECT before, phrase, after, title FROM kwic('public money', width := 50);",
    ),
    "mentions_of": Macro(
        "mentions_of(asked)",
        "Mentions of whoever bears the name, under all their names, with place and article.",
        "SELECT surface, title, published_at FROM mentions_of('Berlin');",
    ),
    "quotes_by": Macro(
        "quotes_by(asked)",
        "What a speaker is quoted with, under all their names.",
        "SELECT words, title, published_at FROM quotes_by('Sloane');",
    ),
    "timeline": Macro(
        "timeline(asked, unit)",
        "Articles and mentions by day, week, month or year of publication; gaps are zeros.",
        "SELECT * FROM timeline('Berlin', 'month');",
    ),
    "as_of": Macro(
        "as_of(run)",
        "The latest version of every article that the lake had after that run.",
        "SELECT count(*) FROM as_of((SELECT min(run_id) FROM runs));",
    ),
}
"""By name, as a reader meets them."""
