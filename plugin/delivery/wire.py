"""How the headers of our mails are written for mail servers."""

from __future__ import annotations

from email.policy import EmailPolicy

_WHOLE = "list-unsubscribe"


class WirePolicy(EmailPolicy):
    """Writes headers as servers take them; the address for mail programs stays whole, however long it is.

    Python would encode what is longer than a line as words, which no mail program reads as an address.
    """

    def fold(self, name: str, value: str) -> str:
        """Give the lines of a header."""
        if name.lower() == _WHOLE:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """Give the lines of a header, as they are sent."""
        if name.lower() == _WHOLE:
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


POLICY = WirePolicy(linesep="\r\n", utf8=False)
