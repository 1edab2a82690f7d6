"""Addresses that webhooks are called at, and which of the net's addresses they may lead to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

LONGEST = 500
_PORTS = {"https": 443, "http": 80}
_NAT64 = IPv6Address("64:ff9b::")


class Wrong(StrEnum):
    """What is wrong with an address."""

    SIGNS = "signs"
    SHAPE = "shape"
    EXTRA = "extra"
    PLAIN = "plain"
    PRIVATE = "private"


class BadAddress(ValueError):
    """An address that cannot be called, with why."""

    def __init__(self, why: Wrong, text: str) -> None:
        self.why = why
        super().__init__(text)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a call goes: host and port, by TLS or not, and what is asked for there."""

    tls: bool
    host: str
    port: int
    path: str
    header: str
    """What the header `Host` says."""


def read_url(url: str, private_hosts: Collection[str] = (), *, longest: int = LONGEST) -> Target:
    """Read the address of an endpoint; BadAddress says what is wrong with it.

    Plain http is for hosts of the shop's own net only, which a setting names.
    """
    if len(url) > longest or not url.isascii() or not url.isprintable() or " " in url:
        raise BadAddress(
            Wrong.SIGNS, f"an address is at most {longest} plain characters long, without blanks"
        )
    parts, port = _split(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadAddress(Wrong.SHAPE, "write https://host/path")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress(Wrong.EXTRA, "an address holds no password and no #")
    own = parts.hostname in private_hosts
    if parts.scheme == "http" and not own:
        raise BadAddress(Wrong.PLAIN, "write https://, unless FIRSTLINE_WEBHOOK_PRIVATE_HOSTS names the host")
    port = port or _PORTS[parts.scheme]
    if not own:
        refuse_private_literal(parts.hostname)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        tls=parts.scheme == "https", host=parts.hostname, port=port, path=path, header=parts.netloc.lower()
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise BadAddress(Wrong.SHAPE, f"write https://host/path: {error}") from error


def refuse_private_literal(host: str) -> None:
    """Raise BadAddress for a host that is written as an address that is not public, or is a local name."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise BadAddress(
            Wrong.PRIVATE, "this host is not public; FIRSTLINE_WEBHOOK_PRIVATE_HOSTS can allow it"
        )
    try:
        address = ip_address(host)
    except ValueError:
        return
    if not is_public(address):
        raise BadAddress(
            Wrong.PRIVATE, "this address is not public; FIRSTLINE_WEBHOOK_PRIVATE_HOSTS can allow it"
        )


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is one of the public net, also where it hides an IPv4 address."""
    if isinstance(address, IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour
        if hidden is None and int(address) >> 32 == int(_NAT64) >> 32:
            hidden = IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return is_public(hidden)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
