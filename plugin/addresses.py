"""How rows of ours are named in addresses."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter

ROW_ID = "firstline_id"


class RowId(BaseConverter):
    """The id of a row: a number that every database can hold; any other address is not found."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Read the id."""
        return int(value)


def install(app: Flask) -> None:
    """Let our routes name rows by `<firstline_id:...>`."""
    app.url_map.converters[ROW_ID] = RowId
