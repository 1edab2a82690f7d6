"""Mailboxes and mail servers, read from text; what could forge a header is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_LONGEST_ADDRESS = 254
_LONGEST_LOCAL_PART = 64
_LONGEST_NAME = 100
_PORTS = {"smtp": 25, "smtps": 465}
_STARTTLS_PORT = 587
_AT_HOME = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """An address, its host in the spelling that every server knows, and a name that fits on a line."""

    address: str
    name: str = ""

    @property
    def host(self) -> str:
        """What stands behind the @."""
        return self.address.rpartition("@")[2]

    @property
    def header(self) -> Address:
        """What stands in a header; the library encodes the name."""
        return Address(display_name=self.name, addr_spec=self.address)


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A server that takes mails: by TLS from the start (`tls`), or from then on (`starttls`)."""

    host: str
    port: int
    tls: bool = False
    starttls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def tells_password(self) -> bool:
        """Whether the password goes over the network for all to read."""
        return bool(self.user) and not (self.tls or self.starttls) and self.host not in _AT_HOME


def mailbox(address: str, name: str | None = None) -> Mailbox:
    """Make a mailbox; ValueError for an address that is none. A name is cut and cleaned, never refused."""
    local, at, host = address.strip().rpartition("@")
    if not at or not local or not host:
        raise ValueError("an address has a name, an @ and a host")
    if not address.strip().isprintable() or any(sign.isspace() for sign in address.strip()):
        raise ValueError("an address has no blanks and no control characters")
    known = f"{local}@{_host(host)}"
    if len(known) > _LONGEST_ADDRESS or len(local) > _LONGEST_LOCAL_PART:
        raise ValueError(
            f"an address has at most {_LONGEST_ADDRESS} characters, {_LONGEST_LOCAL_PART} before the @"
        )
    box = Mailbox(address=known, name=_one_line(name or ""))
    try:
        spelled = box.header.addr_spec
    except (HeaderParseError, ValueError, IndexError) as error:
        raise ValueError("this is no e-mail address") from error
    if spelled != known:
        raise ValueError("this is no e-mail address")
    return box


def _host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError("this is no host") from error


def _one_line(name: str) -> str:
    """Give a name without what cannot be seen, of a length that mail programs show."""
    seen = "".join(sign if sign.isprintable() else " " for sign in name)
    return " ".join(seen.split())[:_LONGEST_NAME].rstrip()


def read_mailbox(text: str) -> Mailbox:
    """Read `shop@shop.example` or `The Shop <shop@shop.example>`; ValueError where it is neither."""
    if not text.isprintable():
        raise ValueError("it has control characters; write The Shop <shop@shop.example>")
    name, address = parseaddr(text)
    if not address:
        raise ValueError("write The Shop <shop@shop.example>")
    return mailbox(address, name)


def read_server(text: str) -> MailServer:
    """Read `smtp://user:password@host:587?starttls` or `smtps://...`; ValueError says what to write."""
    parts = urlsplit(text)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("write smtp://user:password@host:587?starttls, or smtps://user:password@host")
    wants = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    if wants - {"starttls"} or parts.path.strip("/") or parts.fragment:
        raise ValueError(
            "after the host only ?starttls can stand; write @ and / in a password as %40 and %2F"
        )
    starttls = "starttls" in wants
    if starttls and parts.scheme == "smtps":
        raise ValueError("smtps:// is encrypted from the start; leave out ?starttls")
    return MailServer(
        host=parts.hostname,
        port=_port(parts) or (_STARTTLS_PORT if starttls else _PORTS[parts.scheme]),
        tls=parts.scheme == "smtps",
        starttls=starttls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise ValueError("the port is a number up to 65535") from error
