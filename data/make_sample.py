"""Build the sample dumps of data/raw/sample, and what each record must become, from stories.

Text comes from data/stories/*.toml and the page forms beside them; nothing is random and no
clock is read, so the same libraries give the same bytes. A change of zlib, zstandard or
pyarrow may pack the same content differently.

    python data/make_sample.py [SAMPLE_FOLDER] [EXPECTED_FILE]
"""

import base64
import csv
import hashlib
import html
import io
import json
import re
import struct
import sys
import tarfile
import tomllib
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

HERE = Path(__file__).resolve().parent
STORIES = HERE / "stories"
SAMPLE = HERE / "raw" / "sample"
EXPECTED = HERE.parent / "tests" / "golden" / "sample_expected.json"

PACKED_AT = datetime.fromisoformat("2026-06-30T06:00:00+00:00")
"""The one time stamp of everything that needs one: archive members and captures."""

Expectation = dict[str, object]
Row = dict[str, Any]
"""A story as its TOML tells it; `Story` refuses what it does not know."""


@dataclass(frozen=True, slots=True)
class Story:
    """One story as its outlet tells it; `marked` is the body with its {Name} marks."""

    outlet: str
    host: str
    key: str
    title: str
    marked: str
    published: str
    slug: str
    authors: tuple[str, ...] = ()
    subtitle: str = ""
    modified: str = ""
    language: str = "en"
    section: str = ""
    caption: str = ""
    dateline: str = ""
    dateline_place: str = ""
    dateline_agency: str = ""
    comment_count: int | None = None
    view_count: int | None = None
    comments: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> str:
        """The text as printed, dateline first, one blank line between paragraphs."""
        return self.dateline + _MARK.sub("", self.marked)

    @property
    def url(self) -> str:
        """The address: host, year, month and slug."""
        year, month = self.published[:4], self.published[5:7]
        return f"https://www.{self.host}/{year}/{month}/{self.slug.replace('_', '-')}/"

    @property
    def author(self) -> str:
        """The byline without its opening word."""
        return " and ".join(self.authors)


@dataclass(frozen=True, slots=True)
class Dump:
    """One file of the sample: its bytes, and what each record must become, in order."""

    path: str
    data: bytes
    records: tuple[tuple[str | None, Expectation], ...]


_MARK = re.compile(r"(?<=[“\"‘„\s«])\{[^}]*\}")
_QUOTATION = re.compile(r"([“\"‘„«])\s?\{([^}]*)\}(?=([^\n]*))")
_CLOSING = {"“": "”", '"': '"', "‘": r"’(?!\w)", "„": "“", "«": r"\s?»"}
_MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto "
    "septiembre octubre noviembre diciembre",
}
_DAY_FORMS = {"de": "{0}. {1} {2}", "en": "{0} {1} {2}", "es": "{0} de {1} de {2}"}


def build_sample(stories: Mapping[str, Story]) -> list[Dump]:
    """Build every file of the sample from the stories, keyed `file stem/key`."""

    def pick(outlet: str, keys: str) -> list[Story]:
        return [stories[f"{outlet}/{key}"] for key in keys.split()]

    courier = pick(
        "harbour_courier", "tide_gates shared_quota comment_sections night_library heat_wards"
    )
    (strike,) = pick("harbour_courier", "dock_strike")
    (reservoir,) = pick("gaceta_istmo", "embalse")
    feed = pick(
        "meridian_press",
        "geneva_seeds cusco_slide chile_rates kyoto_roof cut_off dakar_solar wellington_quake "
        "empty_text ottawa_nurses",
    )
    later = pick("meridian_press", "cusco_slide_update")
    later += pick("delta_reporter", "grain_elevator levee_goats catfish_radio")
    islands = pick("skerry_herald", "puffin_count peat_whisky school_boat")
    islands += pick("gaceta_istmo", "faro")
    ledger = pick(
        "canal_ledger",
        "chip_sand ferry_bonds coffee_futures bakery_merger port_insurer cheese_dispute",
    )
    monitor = pick(
        "gulf_monitor", "muscat_falaj djibouti_cable addis_runners aden_salt djibouti_lac"
    )
    return [
        *(dump_wordpress(f"wordpress/{_dashed(story)}.txt", story) for story in courier),
        dump_page("pages/dock-strike.txt", strike, "courier_page.txt"),
        dump_page("pages/embalse-de-gatun.txt", reservoir, "gaceta_page.txt"),
        *dump_html_pages(stories),
        dump_json_lines("json/meridian-feed.jsonl", feed),
        dump_later_json_lines("json/later-feed.jsonl.gz", later),
        dump_zstd_lines("json/islands.jsonl.zst", islands),
        dump_csv("tables/canal-ledger.csv", ledger),
        dump_parquet("tables/gulf-monitor.parquet", monitor),
        dump_warc("crawl/two-papers.warc.gz", stories),
        dump_zip("archives/week-10.zip", stories),
        dump_tar("archives/old-desktop.tar.gz", stories),
        *dump_odd_files(stories),
    ]


# Files of one record


def dump_wordpress(path: str, story: Story) -> Dump:
    """Dump the text of a WordPress page: counters and caption above, the comment form below."""
    expected = expect_landed(story, "comment_count", "view_count", "captions")
    return Dump(path, fill_wordpress(story).encode(), ((None, expected),))


def dump_page(path: str, story: Story, form: str) -> Dump:
    """Dump the text of a whole page: menus, share bar, teasers and footer around the article."""
    shows = ["authors", "published_on", "captions", *(["subtitle"] if story.subtitle else [])]
    text = fill(form, story, body=story.body)
    return Dump(path, text.encode(), ((None, expect_landed(story, *shows)),))


def dump_html_pages(stories: Mapping[str, Story]) -> Iterable[Dump]:
    """Save pages of three outlets, each with a layout of its own."""
    for name, outlet, key in (
        ("container-trains", "gulf_monitor", "mombasa_rail"),
        ("nachtzug", "nordvik_tagblatt", "nachtzug"),
        ("ferry-buyout", "skerry_herald", "ferry_buyout"),
    ):
        story = stories[f"{outlet}/{key}"]
        page = fill_html(f"{outlet}.html", story)
        yield Dump(f"html/{name}.html", page, ((None, expect_page(story)),))


def dump_odd_files(stories: Mapping[str, Story]) -> Iterable[Dump]:
    """Dump what old machines leave: other encodings, mojibake, torn, mislabelled, empty."""
    windows = stories["northern_light/piano_bridge"]
    wide = stories["northern_light/bees_parliament"]
    twice = stories["northern_light/cafe_clock"]
    glass = stories["northern_light/glass_harbour"]
    torn = pack_gzip(fill_archive(glass).encode())
    for name, story, data in (
        ("windows-1252.txt", windows, _crlf(fill_archive(windows)).encode("cp1252")),
        ("utf-16.txt", wide, b"\xff\xfe" + _crlf(fill_archive(wide)).encode("utf-16-le")),
        ("mojibake.txt", twice, garble(fill_archive(twice)).encode()),
    ):
        yield Dump(f"odd/{name}", data, ((None, expect_archive(story)),))
    for name, data, reason in (
        ("torn.txt.gz", torn[: len(torn) // 2], "archive_damaged"),
        ("not-a-text.txt", _PNG, "binary_content"),
        ("empty.txt", b"", "empty_record"),
    ):
        yield Dump(f"odd/{name}", data, ((None, expect_reject(reason)),))


# Files of many records


def dump_json_lines(path: str, stories: Sequence[Story]) -> Dump:
    """Dump an agency's feed. `cut_off` breaks in mid-line, `empty_text` has no text."""
    lines, records = [], []
    for story in stories:
        line = json.dumps(row_of(story), ensure_ascii=False)
        if story.key == "cut_off":
            lines.append(line[: len(line) * 2 // 3])
            records.append((None, expect_reject("malformed_json")))
        elif story.key == "empty_text":
            lines.append(line)
            records.append((None, expect_reject("no_text_field")))
        else:
            lines.append(line)
            records.append((None, expect_row(story)))
    return Dump(path, "\n".join([*lines, ""]).encode(), tuple(records))


def dump_later_json_lines(path: str, stories: Sequence[Story]) -> Dump:
    """Dump a later feed, gzip: lists of authors, a `modified` field, one paragraph a line."""
    rows = [
        row_of(story)
        | {"text": _tight(story.body), "author": list(story.authors), "modified": story.modified}
        for story in stories
    ]
    data = pack_gzip(_json_lines(rows))
    return Dump(path, data, tuple((None, expect_row(story)) for story in stories))


def dump_zstd_lines(path: str, stories: Sequence[Story]) -> Dump:
    """Dump with another crawler's names for the same fields, zstd."""
    rows = [
        {
            "_id": f"crawl-{ordinal:04d}",
            "source_url": story.url,
            "headline": story.title,
            "content": story.body,
            "pub_date": story.published,
            "lang": story.language,
            "authors": list(story.authors),
        }
        for ordinal, story in enumerate(stories)
    ]
    data = zstandard.ZstdCompressor(level=9, write_checksum=True).compress(_json_lines(rows))
    return Dump(path, data, tuple((None, expect_row(story)) for story in stories))


def dump_csv(path: str, stories: Sequence[Story]) -> Dump:
    """Export a spreadsheet: byte-order mark, quoted cells with newlines and commas, CRLF."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(["id", "link", "headline", "byline", "pub_date", "body"])
    for ordinal, story in enumerate(stories, start=101):
        cells = [story.url, story.title, story.author, story.published, story.body]
        writer.writerow([ordinal, *cells])
    data = sheet.getvalue().encode("utf-8-sig")
    return Dump(path, data, tuple((None, expect_row(story)) for story in stories))


def dump_parquet(path: str, stories: Sequence[Story]) -> Dump:
    """Write a data team's table: typed columns, a real time stamp, a list of authors."""
    table = pa.table(
        {
            "article_id": [f"hg-{ordinal}" for ordinal in range(len(stories))],
            "canonical_url": [story.url for story in stories],
            "title": [story.title for story in stories],
            "article_text": [story.body for story in stories],
            "authors": [list(story.authors) for story in stories],
            "published_at": pa.array(
                [datetime.fromisoformat(story.published) for story in stories],
                pa.timestamp("us", "UTC"),
            ),
            "language": [story.language for story in stories],
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=3)
    return Dump(path, sink.getvalue(), tuple((None, expect_row(story)) for story in stories))


def dump_warc(path: str, stories: Mapping[str, Story]) -> Dump:
    """Record a crawl: information, a request, two pages, an error page and an image."""
    hare = stories["harbour_courier/tunnel_frescoes"]
    court = stories["delta_reporter/desert_court"]
    html_type = "text/html; charset=utf-8"
    request = f"GET / HTTP/1.1\r\nHost: www.{hare.host}\r\n\r\n".encode()
    missing = b"<html><head><title>404</title></head><body><h1>Page not found</h1></body></html>"
    exchanges = [
        ("warcinfo", "", b"software: hand-made\r\nformat: WARC File Format 1.1\r\n"),
        ("request", hare.url, request),
        ("response", hare.url, respond(200, html_type, fill_html("harbour_courier.html", hare))),
        ("response", f"https://www.{hare.host}/2025/10/gone/", respond(404, html_type, missing)),
        ("response", f"https://www.{hare.host}/dot.gif", respond(200, "image/gif", _GIF)),
        ("response", court.url, respond(200, html_type, fill_html("delta_reporter.html", court))),
    ]
    data = b"".join(pack_gzip(frame_capture(*exchange)) for exchange in exchanges)
    found = [
        expect_page(hare),
        expect_reject("http_error_status"),
        expect_reject("binary_content"),
        expect_landed(court, "url", "authors", "published_on", "captions"),
    ]
    return Dump(path, data, tuple((None, expected) for expected in found))


def dump_zip(path: str, stories: Mapping[str, Story]) -> Dump:
    """Pack a week of two papers: text dumps, one of them an agency's story, and a saved page."""
    copy = stories["harbour_courier/geneva_copy"]
    keeper = stories["harbour_courier/lighthouse_keeper"]
    storks = stories["nordvik_tagblatt/storchennest"]
    shows = ("comment_count", "view_count", "captions")
    members: list[tuple[str, str | bytes, Expectation]] = [
        ("courier/seed-pact.txt", fill_wordpress(copy), expect_landed(copy, *shows)),
        ("courier/lighthouse.txt", fill_wordpress(keeper), expect_landed(keeper, *shows)),
        (
            "tagblatt/storchennest.html",
            fill_html("nordvik_tagblatt.html", storks),
            expect_page(storks),
        ),
    ]
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, page, _ in members:
            info = zipfile.ZipInfo(name, _PACKED_DATE)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, page, zipfile.ZIP_DEFLATED, 9)
    return Dump(path, sink.getvalue(), tuple((name, expected) for name, _, expected in members))


def dump_tar(path: str, stories: Mapping[str, Story]) -> Dump:
    """Pack an old desktop folder: JSON lines and a plain text."""
    briefs = [stories[f"northern_light/{key}"] for key in ("ice_road", "vilnius_kiosk")]
    glass = stories["northern_light/glass_harbour"]
    members = [
        ("desktop/briefs.jsonl", _json_lines([row_of(story) for story in briefs])),
        ("desktop/sea-glass.txt", fill_archive(glass).encode()),
    ]
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), int(PACKED_AT.timestamp())
            archive.addfile(info, io.BytesIO(data))
    records = [(members[0][0], expect_row(story)) for story in briefs]
    records.append((members[1][0], expect_archive(glass)))
    return Dump(path, pack_gzip(sink.getvalue()), tuple(records))


# Forms of one story


def fill(form: str, story: Story, **values: str) -> str:
    """Fill a page form of data/stories/forms with a story's fields and further values."""
    fields = {name: str(getattr(story, name)) for name in _FILLABLE}
    template = Template((STORIES / "forms" / form).read_text(encoding="utf-8"))
    return template.substitute(fields | {"day": print_day(story)} | values)


def fill_wordpress(story: Story) -> str:
    """Print what is left of a WordPress page, its reader comments last."""
    count = story.comment_count
    comments = "\n".join(
        f"{name}\n2 months ago\n\n{text}\n\n0\nReply\n" for name, text in story.comments
    )
    label = f"{count} Comment{'' if count == 1 else 's'}"
    text = fill("wordpress.txt", story, body=story.body, comment_label=label, comments=comments)
    # A page without a picture shows no empty caption.
    return text.rstrip("\n").replace("\n\n\n", "\n\n") + "\n"


def fill_archive(story: Story) -> str:
    """Print a text as an old archive keeps it: title, byline, date, body."""
    return fill("archive.txt", story, body=story.body)


def fill_html(form: str, story: Story) -> bytes:
    """Mark up a page; every value is escaped but the JSON-LD."""
    values = {name: html.escape(str(getattr(story, name))) for name in _FILLABLE}
    paragraphs = "\n".join(
        f"<p>{html.escape(text, False)}</p>" for text in story.body.split("\n\n")
    )
    values |= {
        "paragraphs": paragraphs,
        "json_ld": describe(story),
        "comments": list_comments(story),
    }
    return fill(form, story, **values).encode()


def list_comments(story: Story) -> str:
    """Mark up the reader comments as a section; empty where there are none."""
    if not story.comments:
        return ""
    heading = "Kommentare" if story.language == "de" else "comments"
    items = "\n".join(
        f'<article class="comment"><cite>{html.escape(name)}</cite>'
        f"<p>{html.escape(text)}</p></article>"
        for name, text in story.comments
    )
    count = len(story.comments)
    return (
        f'<section id="comments" class="comments"><h2>{count} {heading}</h2>\n{items}\n</section>'
    )


def describe(story: Story) -> str:
    """Write the page's JSON-LD: a NewsArticle with what the story states."""
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "mainEntityOfPage": story.url,
        "datePublished": story.published,
        "dateModified": story.modified,
        "articleSection": story.section,
        "inLanguage": story.language,
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": story.outlet},
        "commentCount": story.comment_count,
    }
    return json.dumps(
        {name: fact for name, fact in facts.items() if fact}, ensure_ascii=False, indent=1
    )


def row_of(story: Story) -> dict[str, object]:
    """Make the story a feed's record."""
    return {
        "id": f"{story.host.split('.')[0]}-{story.published[:10]}-{story.key.replace('_', '-')}",
        "url": story.url,
        "title": story.title,
        "text": story.body,
        "date": story.published,
        "author": story.author or None,
    }


def print_day(story: Story) -> str:
    """Print the day of publication as the outlet's language prints it.

    >>> print_day(Story("", "", "", "", "", "2025-10-21T06:00:00-05:00", "", language="es"))
    '21 de octubre de 2025'
    """
    year, month, day = (int(part) for part in story.published[:10].split("-"))
    names = _MONTHS[story.language].split()
    return _DAY_FORMS[story.language].format(day, names[month - 1], year)


# What a record must become


def expect_reject(reason: str) -> Expectation:
    """Expect a reject for that reason."""
    return {"status": "rejected", "reason": reason}


def expect_landed(story: Story, *shows: str) -> Expectation:
    """Expect an article; `shows` names what its form states beside title and body."""
    words = story.body.split()
    stated = {
        "url": story.url,
        "subtitle": story.subtitle,
        "authors": list(story.authors),
        "published_on": story.published[:10],
        "modified_on": story.modified[:10],
        "captions": [story.caption] if story.caption else [],
        "comment_count": story.comment_count,
        "view_count": story.view_count,
    }
    expected: Expectation = {
        "status": "landed",
        "title": story.title,
        "first_words": " ".join(words[:5]),
        "last_words": " ".join(words[-3:]),
        "language": story.language,
    }
    expected |= {name: stated[name] for name in shows}
    if story.dateline:
        expected["dateline_place"] = story.dateline_place
        expected["dateline_agency"] = story.dateline_agency or None
        expected["first_words_after_dateline"] = " ".join(_MARK.sub("", story.marked).split()[:5])
    return expected | {"quotes": list_quotes(story)}


def expect_row(story: Story) -> Expectation:
    """Expect of a row or JSON object: address, authors and dates have fields of their own."""
    shows = ["url", "authors", "published_on", *(["modified_on"] if story.modified else [])]
    return expect_landed(story, *shows)


def expect_page(story: Story) -> Expectation:
    """Expect the metadata of a saved page too."""
    optional = ["modified_on"] if story.modified else []
    optional += ["subtitle"] if story.subtitle else []
    optional += ["comment_count"] if story.comment_count else []
    return expect_landed(story, "url", "authors", "published_on", "captions", *optional)


def expect_archive(story: Story) -> Expectation:
    """Expect of a plain text its byline and date."""
    return expect_landed(story, "authors", "published_on")


def list_quotes(story: Story) -> list[dict[str, str | None]]:
    """List the marked quotations: how each begins, and its speaker's surname where named.

    >>> list_quotes(Story("", "", "", "", '"{Diaz}We left," Diaz said. "{}Why?"', "", ""))
    [{'begins': 'We left,', 'surname': 'Diaz'}, {'begins': 'Why?', 'surname': None}]
    """
    return [
        {
            "begins": " ".join(re.split(_CLOSING[mark], rest, maxsplit=1)[0].split()[:5]),
            "surname": surname or None,
        }
        for mark, surname, rest in _QUOTATION.findall(story.marked)
    ]


# Bytes


def pack_gzip(data: bytes) -> bytes:
    """Pack one gzip member without name, time or system, so that only zlib decides its bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    tail = struct.pack("<II", zlib.crc32(data), len(data))
    return head + packer.compress(data) + packer.flush() + tail


def garble(text: str) -> str:
    """Make mojibake: UTF-8 read as Windows-1252, with C1 controls for the bytes that it lacks.

    >>> garble("Café")
    'CafÃ©'
    """
    return "".join(_WINDOWS[byte] for byte in text.encode())


def respond(status: int, content_type: str, body: bytes) -> bytes:
    """Write an HTTP response."""
    reason = {200: "OK", 404: "Not Found"}[status]
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def frame_capture(kind: str, url: str, block: bytes) -> bytes:
    """Put a WARC 1.1 record around a block."""
    content_type = "application/warc-fields"
    if kind != "warcinfo":
        content_type = f"application/http; msgtype={kind}"
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {url}")
    digest = base64.b32encode(hashlib.sha1(block).digest()).decode()
    lines = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{name}>",
        f"WARC-Date: {PACKED_AT:%Y-%m-%dT%H:%M:%SZ}",
        *([f"WARC-Target-URI: {url}"] if url else []),
        f"WARC-Block-Digest: sha1:{digest}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


_WINDOWS = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
_PACKED_DATE = (PACKED_AT.year, PACKED_AT.month, PACKED_AT.day, PACKED_AT.hour, 0, 0)
_FILLABLE = (
    *("title", "subtitle", "author", "url", "section", "published", "caption"),
    *("comment_count", "view_count"),
)
# Two pictures of one pixel each; different bytes, as equal bytes would be one document.
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _json_lines(rows: Iterable[Mapping[str, object]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _tight(text: str) -> str:
    return text.replace("\n\n", "\n")


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def _dashed(story: Story) -> str:
    return story.key.replace("_", "-")


# Stories in, files out


def load_stories(folder: Path = STORIES) -> dict[str, Story]:
    """Read every story, keyed `file stem/key`; a copy takes what it lacks from its original."""
    rows: dict[str, Row] = {}
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        outlet = content["outlet"]
        for row in content["story"]:
            known = {"outlet": outlet["name"], "host": outlet["host"]}
            known["language"] = outlet.get("language", "en")
            rows[f"{path.stem}/{row['key']}"] = known | row
    return {key: make_story(row, rows) for key, row in rows.items()}


def make_story(row: Row, rows: Mapping[str, Row]) -> Story:
    """Make a story of its TOML; an unknown key raises TypeError."""
    fields = dict(row)
    base = fields.pop("based_on", None)
    marked = fields.pop("body", "").strip()
    if base is not None:
        original = rows[base]
        marked = edit(original["body"].strip(), fields)
        for name in ("dateline", "dateline_place", "dateline_agency"):
            fields[name] = original[name]
    fields.setdefault("slug", fields["key"])
    fields["authors"] = tuple(fields.get("authors", ()))
    fields["comments"] = tuple((name, text) for name, text in fields.get("comments", ()))
    return Story(marked=marked, **fields)


def edit(text: str, orders: Row) -> str:
    """Edit a copy as its `replace`, `drop_last_paragraphs` and `append` say; takes them out.

    Raises ValueError where the words to replace do not stand there exactly once.
    """
    for old, new in orders.pop("replace", ()):
        if text.count(old) != 1:
            raise ValueError(f"{orders['key']}: {old!r} stands {text.count(old)} times, not once")
        text = text.replace(old, new)
    paragraphs = text.split("\n\n")
    kept = paragraphs[: len(paragraphs) - orders.pop("drop_last_paragraphs", 0)]
    appended = orders.pop("append", "").strip()
    return "\n\n".join([*kept, *([appended] if appended else [])])


def list_expected(dumps: Iterable[Dump]) -> dict[str, Expectation]:
    """Key what each record must become by `file!/member#ordinal`, ordinals within the file."""
    return {
        f"{dump.path}{f'!/{member}' if member else ''}#{ordinal}": expected
        for dump in dumps
        for ordinal, (member, expected) in enumerate(dump.records)
    }


def write_sample(folder: Path, expected: Path) -> None:
    """Write the sample dumps into a folder, and what they must become into a file."""
    dumps = build_sample(load_stories())
    for dump in dumps:
        path = folder / dump.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dump.data)
    expected.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(list_expected(dumps), ensure_ascii=False, indent=1)
    expected.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    write_sample(*given, *(SAMPLE, EXPECTED)[len(given) :])
