"""Reports in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields

from ..domain.report import Kind, Quick, Step
from ..services.reports import REPORTS
from . import fields as exact
from .code_schemas import id_text
from .pages import Strict

_ROW = {
    "type": "object",
    "description": "A value for each column: counts are numbers, amounts in major units and shares in per "
    "cent are decimals as text; null where there is none.",
    "additionalProperties": {"type": ["string", "integer", "null"]},
}


class Rows(fields.Field[Sequence[Mapping[str, object]]]):
    """Rows by the names of their columns; decimals as text, to stay exact."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401
        super().__init__(**{**more, "metadata": {"type": "array", "items": _ROW}})

    def _serialize(self, value: Any, attr: str | None, obj: object, **_: object) -> object:  # noqa: ANN401
        return [{name: _plain(one) for name, one in row.items()} for row in value]


def _plain(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value


class ReportQuerySchema(Strict):
    """What is asked of a report."""

    period = exact.Choice(list(Quick), metadata={"description": "Instead of `from` and `until`."})
    from_ = fields.Date(
        data_key="from", metadata={"description": "The first day; by default that of the month."}
    )
    until = fields.Date(
        metadata={"description": "The last day, included; by default today. Liabilities are as at its end."}
    )
    by = exact.Choice(list(Step), metadata={"description": "How long each span is."})
    partner = exact.ref(metadata={"description": "Only of this partner, by the shop's number."})
    coupon = id_text("Only of this coupon.")
    campaign = id_text("Only of this campaign.")
    currency = exact.currency(metadata={"description": "Only in this currency."})


class BookkeepingQuerySchema(Strict):
    """Which postings bookkeeping asks for."""

    period = exact.Choice(list(Quick), metadata={"description": "Instead of `from` and `until`."})
    from_ = fields.Date(
        data_key="from", metadata={"description": "The first day; by default that of the month."}
    )
    until = fields.Date(metadata={"description": "The last day, included; by default today."})
    partner = exact.ref(metadata={"description": "Only of this partner, by the shop's number."})
    currency = exact.currency(metadata={"description": "Only in this currency."})


class ReportColumnSchema(Schema):
    """A column of a report."""

    name = fields.String(required=True)
    kind = exact.Choice(list(Kind), required=True)


class ReportSchema(Schema):
    """A report."""

    name = exact.Choice(list(REPORTS), required=True)
    from_ = fields.Date(required=True, allow_none=True, data_key="from")
    until = fields.Date(required=True)
    by = exact.Choice(list(Step), required=True, allow_none=True)
    columns = fields.List(fields.Nested(ReportColumnSchema), required=True)
    rows = Rows(required=True)
    left_out = exact.Switch(required=True, metadata={"description": "Whether a ranking has more rows."})
