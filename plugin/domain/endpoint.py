"""Addresses that webhooks are called at, and which of the net's addresses they may lead to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

LONGEST = 500
_PORTS = {"https": 443, "http": 80}
_NAT64 = IPv6Address("64:ff9b::")


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a call goes: host and port, by TLS or not, and what is asked for there."""

    tls: bool
    host: str
    port: int
    path: str
    header: str
    """What the header `Host` says."""


def read_url(url: str, private_hosts: Collection[str] = ()) -> Target:
    """Read the address of an endpoint; ValueError says what is wrong with it.

    Plain http is for hosts of the shop's own net only, which a setting names.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"an address is at most {LONGEST} plain characters long, without blanks")
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("write https://host/path")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an address holds no password and no #")
    own = parts.hostname in private_hosts
    if parts.scheme == "http" and not own:
        raise ValueError("write https://, unless FIRSTLINE_WEBHOOK_PRIVATE_HOSTS names the host")
    port = parts.port or _PORTS[parts.scheme]
    if not own:
        refuse_private_literal(parts.hostname)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        tls=parts.scheme == "https", host=parts.hostname, port=port, path=path, header=parts.netloc.lower()
    )


def refuse_private_literal(host: str) -> None:
    """Raise ValueError for a host that is written as an address that is not public, or is a local name."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise ValueError("this host is not public; FIRSTLINE_WEBHOOK_PRIVATE_HOSTS can allow it")
    try:
        address = ip_address(host)
    except ValueError:
        return
    if not is_public(address):
        raise ValueError("this address is not public; FIRSTLINE_WEBHOOK_PRIVATE_HOSTS can allow it")


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
