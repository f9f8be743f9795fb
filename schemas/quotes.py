"""Quotes: who said what, where the text says so."""

import pyarrow as pa

from schemas.contract import contract, field

FIELDS = ("body", "title")
QUOTE_KINDS = ("direct", "partial", "multi_paragraph", "indirect")

QUOTES = contract(
    "quotes",
    grain="quotation",
    key=("article_id", "version", "field", "start", "end"),
    sort_by=("article_id", "version", "field", "start"),
    fields=[
        field("article_id", pa.string(), "Article that quotes."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("document_id", pa.string(), "Raw record the article was made from."),
        field(
            "field",
            pa.string(),
            "Column that the offsets point into. A title repeats what its article tells, so its "
            "rows are not counted.",
            allowed=FIELDS,
            before="body",
        ),
        field("start", pa.int32(), "First code point inside the marks, in that column.", minimum=0),
        field("end", pa.int32(), "Code point after its last.", minimum=1),
        field("text", pa.string(), "The words between the marks: the column's text[start:end]."),
        field("kind", pa.string(), "Form of the quotation.", allowed=QUOTE_KINDS),
        field(
            "is_repeat",
            pa.bool_(),
            "True where the article quotes the same words before; such rows are not counted.",
            nullable=True,
        ),
        field(
            "is_balanced",
            pa.bool_(),
            "False where the marks break off: the paragraph's end closes the quotation.",
            nullable=True,
        ),
        field("speaker_text", pa.string(), "Speaker as printed.", nullable=True),
        field("speaker_start", pa.int32(), "Speaker's first code point.", nullable=True),
        field("speaker_end", pa.int32(), "Code point after its last.", nullable=True),
        field(
            "speaker_name",
            pa.string(),
            "Fullest form of the speaker's name in the article.",
            nullable=True,
        ),
        field("speaker_entity_id", pa.string(), "Entity who speaks.", nullable=True),
        field("speaker_role", pa.string(), "Role from apposition.", nullable=True),
        field("cue", pa.string(), "Reporting verb that links speaker and words.", nullable=True),
        field("method", pa.string(), "Rule that found the speaker.", nullable=True),
        field(
            "confidence",
            pa.float64(),
            "Probability that `speaker_text` is the source; null where nothing was measured.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field(
            "name_confidence",
            pa.float64(),
            "Probability that a pronoun means `speaker_name`; null for printed names.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field("run_id", pa.string(), "Run that landed the article."),
    ],
)
