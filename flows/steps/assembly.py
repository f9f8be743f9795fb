"""The body as a pure function of kept blocks."""

from collections.abc import Sequence

from flows.steps.lines import squash
from flows.steps.record import Block

PARAGRAPH_BREAK = "\n\n"


def assemble_body(text: str, blocks: Sequence[Block]) -> tuple[str, list[tuple[int, int] | None]]:
    r"""Join the kept blocks: white space squashed, one blank line between paragraphs.

    Items of a list keep their lines. Gives the body and, for every block in order, where its
    text stands in it as `(body_start, body_end)`; None for a block that is not kept.

    >>> blocks = [Block("title", 0, 7, "first_heading"), Block("paragraph", 7, 19, "prose", True)]
    >>> assemble_body("Title\n\nOne\n  two.\n", blocks)
    ('One two.', [None, (0, 8)])
    >>> assemble_body("", [])
    ('', [])
    """
    parts: list[str] = []
    places: list[tuple[int, int] | None] = []
    position = 0
    for block in blocks:
        piece = block_text(text, block) if block.is_kept else ""
        if not piece:
            places.append(None)
            continue
        start = position + len(PARAGRAPH_BREAK) if parts else 0
        position = start + len(piece)
        parts.append(piece)
        places.append((start, position))
    return PARAGRAPH_BREAK.join(parts), places


def block_text(text: str, block: Block) -> str:
    """A block's text as the body has it: squashed, a list line by line."""
    raw = text[block.raw_start : block.raw_end]
    if block.role != "list":
        return squash(raw)
    return "\n".join(line for line in map(squash, raw.splitlines()) if line)
