"""How rows and codes of ours are named in addresses."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter

ROW_ID = "firstline_id"
CODE = "firstline_code"
REF = "firstline_ref"
SUBJECTS = ("active", "check", "shares")
"""What stands behind a code in addresses of the API; a code that ends so is spelled with a dash before it."""

OF_REFS = ("segments", "history", "export", "first-line", "cancel", "complete", "payment-failed", "share")
"""What stands behind a ref there; a ref that ends so is found by the lists alone."""


class RowId(BaseConverter):
    """The id of a row: a number that every database can hold; any other address is not found."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Read the id."""
        return int(value)


class CodeText(BaseConverter):
    """A code, with slashes where it has some; what stands behind it in an address is none of it."""

    regex = "[^/](?s:.*)" + "".join(f"(?<!/{subject})" for subject in SUBJECTS)
    part_isolating = False


class RefText(BaseConverter):
    """A ref of the shop's, with slashes where it has some, but not what stands behind it in addresses."""

    regex = "[^/](?s:.*)" + "".join(f"(?<!/{subject})" for subject in OF_REFS)
    part_isolating = False


def install(app: Flask) -> None:
    """Let our routes name rows (`<firstline_id:...>`), codes and refs."""
    app.url_map.converters |= {ROW_ID: RowId, CODE: CodeText, REF: RefText}
