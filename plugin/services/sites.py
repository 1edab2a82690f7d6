"""Addresses of web sites that people type."""

from __future__ import annotations

from urllib.parse import urlsplit

from .mistakes import BadSite

_LONGEST = 200


def checked_site(site: str) -> str:
    """Refuse an address that is not a page of the web: admins click on it."""
    shown = site.isprintable() and not any(sign.isspace() for sign in site)
    try:
        parts = urlsplit(site)
    except ValueError as error:
        raise BadSite(f"{site!r} is no address of a web site") from error
    if not shown or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSite(f"{site!r} is no address of a web site, such as https://meier.example")
    if len(site) > _LONGEST:
        raise BadSite(f"an address of a web site has at most {_LONGEST} characters")
    return site
