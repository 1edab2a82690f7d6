"""Requests to other hosts: to public addresses only, within a time, no redirect followed."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from ..domain.endpoint import Target, is_public

HTTPException = http.client.HTTPException
_SECONDS = 10
"""For each step: to connect, to send, to hear more of the answer."""
_ALL_SECONDS = 20
"""For the whole call: an endpoint that answers a sign at a time is left."""
_MOST_ANSWER = 2000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint said."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """By their names in lower case."""


def ask(
    method: str,
    target: Target,
    body: bytes,
    headers: dict[str, str],
    private_hosts: Collection[str],
    *,
    most: int = _MOST_ANSWER,
    seconds: float | None = None,
) -> Answer:
    """Make a request; ValueError where the name of the host leads to an address that is not public.

    The name is looked up once, and the very address that was judged is connected to. No redirect is followed.
    """
    address = _address(target, own=target.host in private_hosts)
    connection = _Connection(target, address)
    all_seconds = _ALL_SECONDS if seconds is None else seconds
    over = threading.Timer(all_seconds, connection.end)
    over.daemon = True
    over.start()
    try:
        connection.request(method, target.path, body or None, {"Host": target.header, **headers})
        response = connection.getresponse()
        said = response.read(most).decode(errors="replace")
        if connection.cut:
            raise TimeoutError(f"it did not end its answer within {all_seconds} seconds")
        text = "".join(sign for sign in said if sign != "\0")
        heard = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, text=text, headers=heard)
    finally:
        over.cancel()
        connection.close()


def _address(target: Target, *, own: bool) -> str:
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not own and not all(is_public(ip_address(address)) for address in addresses):
        raise ValueError("its name leads to an address that is not public")
    return addresses[0]


class _Connection(http.client.HTTPConnection):
    """A connection to one address that was judged before, under the name of its host."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(address, target.port, timeout=_SECONDS)
        self._target = target
        self.cut = False

    def connect(self) -> None:
        """Connect, and let TLS prove the host's name."""
        super().connect()
        if self._target.tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def end(self) -> None:
        """Cut the connection off, whatever it is doing."""
        self.cut = True
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
