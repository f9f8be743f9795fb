"""Rejects: records that could not be landed, each with its reason and its place."""

import pyarrow as pa

from schemas.contract import TIMESTAMP, contract, field

REASONS = {
    "file_unreadable": "The file could not be opened or read.",
    "file_changed": "The file changed while it was read; the next run reads it anew.",
    "not_a_regular_file": "A symbolic link, pipe, socket or device: never followed.",
    "file_too_large": "The file, member or record is over a configured bound.",
    "archive_damaged": "The archive or compressed stream ends early or fails its checksum.",
    "archive_too_deep": "Archives are nested deeper than the configured bound.",
    "archive_unsafe_member": "The member is a link or a special file, not data.",
    "archive_over_ratio": "The stream unpacks to more than the configured ratio.",
    "unsupported_kind": "The content is of a kind that no reader takes.",
    "binary_content": "The bytes are an image, a program or other non-text.",
    "empty_record": "Nothing but white space.",
    "undecodable_text": "No encoding gives readable text.",
    "malformed_json": "The line is not a JSON object.",
    "malformed_row": "The CSV row does not fit its header.",
    "malformed_html": "The markup could not be parsed within bounds.",
    "no_text_field": "None of the configured fields holds text or HTML.",
    "no_visible_text": "The page shows no text.",
    "text_too_long": "The story is longer than the configured bound: a book or a dump in a record.",
    "http_error_status": "The capture is of an error page or a redirect.",
    "record_timed_out": "The record took longer than the configured limit.",
    "rule_broken": "A derived row breaks its contract.",
    "step_failed": "A step raised an error on this record: a defect of Broadsheet.",
    "worker_lost": "The worker died on this record more than once.",
}

STAGES = ("read", "decode", "structure", "validate", "derive")

REJECTS = contract(
    "rejects",
    grain="rejected record and reason",
    key=("document_id", "reason"),
    sort_by=("reason", "uri", "member", "record_ordinal"),
    fields=[
        field("document_id", pa.string(), "The record; a hash of its place where unread."),
        field("reason", pa.string(), "Stable code.", allowed=tuple(REASONS)),
        field("stage", pa.string(), "Step that rejected it.", allowed=STAGES),
        field("message", pa.string(), "One sentence: what was found and what would be right."),
        field("source", pa.string(), "Name of the source."),
        field("uri", pa.string(), "File or object that holds the record."),
        field("member", pa.string(), "Path inside archives.", nullable=True),
        field("record_ordinal", pa.int64(), "Position in its file, from 0.", minimum=0),
        field("byte_start", pa.int64(), "First byte.", nullable=True, minimum=0),
        field("byte_end", pa.int64(), "Byte after its last.", nullable=True, minimum=0),
        field("excerpt", pa.string(), "First 200 characters, control characters escaped."),
        field("attempts", pa.int32(), "Times it was tried.", minimum=1),
        field("state", pa.string(), "What was done.", allowed=("open", "replayed", "waived")),
        field("rejected_at", TIMESTAMP, "Start of the run that rejected it."),
        field("run_id", pa.string(), "Run that rejected it."),
    ],
)
