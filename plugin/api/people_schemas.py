"""Events, and what the shop knows of its customers, in JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields

from . import fields as exact
from .pages import Strict

_PLAIN = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_LONGEST, _LARGEST, _MOST_FIELDS, _MOST_ITEMS = 500, 10**15, 50, 100
_TEXT = exact.Text(longest=_LONGEST)
_TEXT_DOC = {"type": "string", "maxLength": _LONGEST, "pattern": _PLAIN}
_VALUE_DOC = {
    "anyOf": [
        _TEXT_DOC,
        {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST},
        {"type": "boolean"},
        {"type": "null"},
        {"type": "array", "items": _TEXT_DOC, "maxItems": _MOST_ITEMS},
    ]
}


class OwnFields(fields.Field[dict[str, Any]]):
    """Fields of the shop's own by their names, which are checked later; decimals as text, to stay exact."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401
        doc = {
            "type": "object",
            "maxProperties": _MOST_FIELDS,
            "additionalProperties": _VALUE_DOC,
        }
        super().__init__(**{**more, "metadata": {**doc, **more.get("metadata", {})}})

    def _serialize(self, value: object, attr: str | None, obj: object, **_: object) -> object:
        return value

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > _MOST_FIELDS:
            raise ValidationError(f"Give an object of at most {_MOST_FIELDS} fields.")
        return {name: self._plain(one) for name, one in value.items()}

    def _plain(self, value: object) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, list) and len(value) <= _MOST_ITEMS:
            return [_TEXT.deserialize(one) for one in value]
        if isinstance(value, int | float) and value == value // 1 and abs(value) <= _LARGEST:
            return int(value)
        return _TEXT.deserialize(value)


def segments(**more: Any) -> exact.Several:  # noqa: ANN401
    """Make the field of the segments that a contact is in."""
    return exact.Several(exact.Text(longest=64, shortest=1), most=_MOST_ITEMS, **more)


class NewEventSchema(Strict):
    """Something that happened to a customer, here or elsewhere."""

    name = exact.Text(
        longest=64, shortest=1, required=True, metadata={"description": "What rules wait for: demo_done."}
    )
    customer = exact.ref(metadata={"description": "The customer whom it is about; this or `email`."})
    email = exact.Text(
        longest=254, shortest=3, metadata={"description": "Of somebody without a number in the shop."}
    )
    ref = exact.ref(
        metadata={"description": "Your own id of the event: the same one is recorded once. None: always new."}
    )
    data = OwnFields(load_default=dict, metadata={"description": "What conditions may ask for."})


class EventSchema(Schema):
    """An event that was recorded."""

    name = fields.String(required=True)
    customer = fields.String(required=True, allow_none=True)
    new = exact.Switch(required=True, metadata={"description": "False: this ref was recorded before."})
