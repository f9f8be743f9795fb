"""How sentences count things."""


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where there is not one of it.

    >>> counted(1, "file"), counted(1012, "file"), counted(0, "check")
    ('1 file', '1,012 files', '0 checks')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
