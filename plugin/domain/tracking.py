"""Clicks: which of them count, what is kept of them, and whose a host is."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from .codes import ALPHABET, RESERVED

ID_LENGTH: Final = 10
PARAMETER: Final = "partner"
"""What a tracking id is called in the address of a page of the shop's own."""
REPEAT_SECONDS: Final = 1800
"""Who clicks the same link again within this long is counted once."""
LONGEST_PATH: Final = 500
CARRIED: Final = "fl"
"""What the signed value is called in an address that says by which link somebody came."""

_ID = re.compile(rf"[{ALPHABET}]{{{ID_LENGTH}}}", re.IGNORECASE)
SUB_ID: Final = "sub_id"
"""What a partner's own name for a click is called in the address of a link."""
CAMPAIGN: Final = "utm_campaign"
_UTM: Final = ("utm_source", "utm_medium", CAMPAIGN, "utm_term", "utm_content", SUB_ID)
_LONGEST_UTM: Final = 100
_CODE: Final = "{code}"
_LABEL = re.compile(r"[^.]{1,63}")
# Robots (but not the phones called Cubot), programs that show a preview of a link in a chat or a mail, and
# programs without a person.
_NO_PERSON = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|meta-external|whatsapp|"
    r"telegram|skypeuripreview|embedly|iframely|pinterest/|quora link|vkshare|tumblr/|bitlybot|snapchat|"
    r"google-read-aloud|google-safety|mediapartners|lighthouse|headless|phantomjs|prerender|"
    r"curl/|wget/|python|java/|go-http|okhttp|libwww|httpclient|axios|node-fetch|scrapy|uptime|pingdom|"
    r"monitor|scanner|proofpoint|mimecast|barracuda|safelinks|archive\.org|feedfetcher|urlcheck|validator",
    re.IGNORECASE,
)
_PORTS: Final = {"https": 443, "http": 80}
_AHEAD: Final = frozenset({"prefetch", "preview", "prerender"})


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a signed value in an address says: by which link somebody came, and when."""

    link_id: int
    at: datetime


def tracking_id(text: str) -> str | None:
    """Give the one spelling of a tracking id, None where a text cannot be one."""
    return text.upper() if _ID.fullmatch(text) else None


def origin_of(address: str) -> str:
    """Give scheme, host and port of an address as browsers write them in `Origin`; "" where it has none."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if port in (None, _PORTS[parts.scheme]) else f':{port}'}"


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a request is somebody's click: no robot, no preview, no page loaded ahead."""
    return method == "GET" and is_reader(headers)


def is_reader(headers: Mapping[str, str]) -> bool:
    """Tell whether somebody sits before the screen: no robot, no preview, no page loaded ahead."""
    for name in ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"):
        if _AHEAD & set(re.split(r"[;,\s]+", headers.get(name, "").lower())):
            return False
    agent = headers.get("User-Agent", "")
    return bool(agent) and _NO_PERSON.search(agent) is None


def network_of(address: str | None) -> str | None:
    """Cut an address to its network, /24 or /48, which names no person; None where it is none."""
    try:
        found = ipaddress.ip_address((address or "").strip())
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))


def utm_of(values: Mapping[str, str]) -> dict[str, str]:
    """Give the campaign's parameters of an address that can be kept, and the partner's name for the click."""
    given = {name: values.get(name, "").strip()[:_LONGEST_UTM] for name in _UTM}
    return {name: value for name, value in given.items() if value and value.isprintable()}


def window_of(now: datetime) -> int:
    """Give the number of the window in which a repeat does not count."""
    return int(now.timestamp()) // REPEAT_SECONDS


def owner_by_host(host: str, hosts: Mapping[str, str]) -> tuple[str, bool] | None:
    """Give whose a host is, and whether that is a code and not a partner's ref; None: nobody's.

    `hosts` are exact hosts and patterns with `{code}` as one label, each with a partner's ref or `{code}`.
    Exact ones win; names that a shop keeps for itself, such as www, are never a partner's.
    """
    name = host.lower().rstrip(".")
    exact = {known.lower(): owner for known, owner in hosts.items() if _CODE not in known}
    if name in exact:
        return exact[name], False
    for pattern, owner in hosts.items():
        label = _label(name, pattern.lower())
        if label is not None and label not in RESERVED:
            return (label, True) if owner == _CODE else (owner, False)
    return None


def _label(name: str, pattern: str) -> str | None:
    before, found, after = pattern.partition(_CODE)
    if not found or not name.startswith(before) or not name.endswith(after):
        return None
    label = name[len(before) : len(name) - len(after)] if len(name) > len(before) + len(after) else ""
    return label if _LABEL.fullmatch(label) else None
