"""Lists in JSON: what is asked of a page, and how one is answered."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields

from . import fields as exact


class Strict(Schema):
    """What is not known is refused."""

    class Meta:
        """Unknown names are an error."""

        unknown = RAISE


class PageQuerySchema(Strict):
    """Which page of a list."""

    after = exact.WholeText(
        least=0, most=exact.BIGGEST_ID, metadata={"description": "`next` of the page before."}
    )
    limit = exact.WholeText(
        most=200, load_default=50, metadata={"description": "How many at most.", "default": 50}
    )


def page_of(item: type[Schema], name: str, following: fields.Field[Any] | None = None) -> type[Schema]:
    """Make the schema of some items and where the next ones begin: at an id, or as `following` says."""
    place = exact.page_place() if following is None else following
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(item), required=True), "next": place}, name=name
    )
