"""Exact fields: what they take is what the OpenAPI document says, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

LARGEST = 1_000_000_000
BIGGEST_ID = 2**63 - 1
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z",
    re.ASCII,
)
_NUMBER_TEXT = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z", re.ASCII)
_Doc = dict[str, Any]


def _documented(more: Mapping[str, Any], doc: Mapping[str, Any]) -> _Doc:
    """Give the arguments of a field with what the document says of it."""
    said = {**doc, **more.get("metadata", {})}
    return {**more, "metadata": said}


class Text(fields.Field[str]):
    """A text without control characters and without halves of characters."""

    def __init__(self, *, longest: int, shortest: int = 0, pattern: str = "", **more: Any) -> None:  # noqa: ANN401
        self.longest, self.shortest = longest, shortest
        self.pattern = pattern or r"^[^\u0000-\u001f\u007f-\u009f]*$"
        self._shape = re.compile(f"(?:{self.pattern[1:-1]})\\Z")
        doc = {"type": "string", "minLength": shortest, "maxLength": longest, "pattern": self.pattern}
        super().__init__(**_documented(more, doc))

    def _serialize(self, value: object, attr: str | None, obj: object, **_: object) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> str:
        if not isinstance(value, str):
            raise ValidationError("Give a text.")
        if not self.shortest <= len(value) <= self.longest:
            raise ValidationError(f"A text of {self.shortest} to {self.longest} characters is needed.")
        if not self._shape.match(value) or not value.isprintable() and _has_halves(value):
            raise ValidationError(f"The text does not have the form {self.pattern}.")
        return value


def _has_halves(value: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in value)


class Exact(Text):
    """A decimal number as text, so that no cent is lost: "5.00"."""

    def __init__(self, pattern: str, **more: Any) -> None:  # noqa: ANN401
        super().__init__(longest=24, shortest=1, pattern=pattern, **_documented(more, {"format": "decimal"}))

    def _serialize(self, value: object, attr: str | None, obj: object, **_: object) -> str | None:
        return f"{value:f}" if isinstance(value, Decimal) else None if value is None else str(value)


def amount(**more: Any) -> Exact:  # noqa: ANN401
    """Make the field of an amount in major units, at least 0."""
    return Exact(r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$", **more)


def signed_amount(**more: Any) -> Exact:  # noqa: ANN401
    """Make the field of an amount that may be below 0, with up to 6 decimals: the price of a unit."""
    return Exact(r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$", **more)


def percent(**more: Any) -> Exact:  # noqa: ANN401
    """Make the field of a per cent of a coupon: above 0, at most 100."""
    return Exact(r"^(100(\.0{1,4})?|[1-9]?[0-9](\.[0-9]{1,4})?)$", **more)


def vat_rate(**more: Any) -> Exact:  # noqa: ANN401
    """Make the field of a VAT rate in per cent: 0, or from 1 to below 100; 19, not 0.19."""
    return Exact(r"^(0|[1-9][0-9]?(\.[0-9]{1,4})?)$", **more)


def currency(**more: Any) -> Text:  # noqa: ANN401
    """Make the field of a currency by its ISO 4217 code."""
    return Text(longest=3, shortest=3, pattern=r"^[A-Z]{3}$", **more)


def ref(**more: Any) -> Text:  # noqa: ANN401
    """Make the field of the shop's own id of a customer, product, order or line, as text."""
    return Text(longest=64, shortest=1, **more)


def clock(**more: Any) -> Text:  # noqa: ANN401
    """Make the field of a time of day in the shop's time zone: 18:00; 24:00 is the end of a day."""
    return Text(longest=5, shortest=5, pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", **more)


class Whole(fields.Field[int]):
    """A whole number; 1.0 is one too, in JSON both are the same."""

    def __init__(self, *, least: int = 1, most: int = LARGEST, **more: Any) -> None:  # noqa: ANN401
        self.least, self.most = least, most
        doc = {"type": "integer", "minimum": least, "maximum": most}
        super().__init__(**_documented(more, doc))

    def _serialize(self, value: object, attr: str | None, obj: object, **_: object) -> int | None:
        return None if value is None else int(str(value))

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise ValidationError("Give a whole number.")
        return self._within(int(value))

    def _within(self, number: int) -> int:
        if not self.least <= number <= self.most:
            raise ValidationError(f"Give a whole number from {self.least} to {self.most}.")
        return number


class WholeText(Whole):
    """A whole number in an address."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int:
        if not isinstance(value, str) or not _NUMBER_TEXT.match(value):
            raise ValidationError("Give a whole number.")
        return self._within(int(value))


def page_place() -> Whole:
    """Make the field that says where the next page begins."""
    said = {"description": "Give it as `after` of the next page; null: there is none."}
    return Whole(required=True, allow_none=True, most=BIGGEST_ID, metadata=said)


class Switch(fields.Field[bool]):
    """True or false, and nothing that looks alike."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401
        super().__init__(**_documented(more, {"type": "boolean"}))

    def _serialize(self, value: object, attr: str | None, obj: object, **_: object) -> bool | None:
        return None if value is None else bool(value)

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Give true or false.")
        return value


class SwitchText(Switch):
    """True or false in an address."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> bool:
        if value not in ("true", "false"):
            raise ValidationError("Give true or false.")
        return value == "true"


class Choice(fields.Field[str]):
    """One of a few words."""

    def __init__(self, choices: Sequence[str], **more: Any) -> None:  # noqa: ANN401
        self.choices = tuple(choices)
        allowed = [*self.choices, None] if more.get("allow_none") else [*self.choices]
        super().__init__(**_documented(more, {"type": "string", "enum": allowed}))

    def _serialize(self, value: object, attr: str | None, obj: object, **_: object) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ValidationError(f"Give one of {', '.join(self.choices)}.")
        return value


class Moment(fields.Field[datetime]):
    """A time with its zone, by RFC 3339; given in UTC."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401
        super().__init__(**_documented(more, {"type": "string", "format": "date-time"}))

    def _serialize(self, value: object, attr: str | None, obj: object, **_: object) -> str | None:
        return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else None

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> datetime:
        if not isinstance(value, str) or not _DATE_TIME.match(value):
            raise ValidationError("Give a time with its zone, such as 2026-11-20T18:00:00+01:00.")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError(f"There is no such time: {error}.") from error


class Several(fields.List[Any]):
    """A list of bounded length."""

    def __init__(self, inner: fields.Field[Any], *, most: int, least: int = 0, **more: Any) -> None:  # noqa: ANN401
        self.most, self.least = most, least
        super().__init__(inner, **_documented(more, {"minItems": least, "maxItems": most}))

    def _deserialize(self, value: object, attr: str | None, data: Any, **more: Any) -> list[Any]:  # noqa: ANN401
        if not isinstance(value, list):
            raise ValidationError("Give a list.")
        if not self.least <= len(value) <= self.most:
            raise ValidationError(f"Give {self.least} to {self.most} of them.")
        return super()._deserialize(value, attr, data, **more)
