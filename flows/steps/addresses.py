"""Addresses of pages: what site they are of."""

from urllib.parse import urlsplit


def site_of(url: str | None) -> str | None:
    """The host of an address without `www.`.

    >>> site_of("https://www.Harbour-Courier.example/a")
    'harbour-courier.example'
    >>> site_of("no address") is None
    True
    """
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") or None if host else None
