"""The file of one person: complete by the models themselves, masked, logged, and for nobody else's eyes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from flask_firstline import Customer
from flask_firstline.models import Audit
from flask_firstline.models.base import Base
from flask_firstline.services import person_export, person_left_out
from flask_firstline.services.mistakes import Mistake, NotThere
from flask_firstline.services.person_parts import PARTS, Person
from flask_firstline.testing import FakeShop

from . import person_kit
from .campaign_kit import do

NOBODY = Person(ids=[1], refs=["x"], emails=["x"], keys=["x"])
SHORT = "firstline_"


def test_every_table_is_in_the_file_or_left_out_with_a_reason() -> None:
    tables = {table.name.removeprefix(SHORT) for table in Base.metadata.sorted_tables}
    asked = {part.table.name.removeprefix(SHORT) for part in PARTS}

    assert asked | set(person_left_out.TABLES) == tables
    assert not asked & set(person_left_out.TABLES)
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_every_column_that_names_a_contact_is_asked_or_left_out_with_a_reason() -> None:
    named = {
        f"{table.name.removeprefix(SHORT)}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "firstline_contact" for key in column.foreign_keys)
    }
    asked = {
        f"{part.table.name.removeprefix(SHORT)}.{column.name}"
        for part in PARTS
        for column in part.table.columns
        if f"{part.table.name}.{column.name} " in f"{part.rows(NOBODY)} "
    } | {"contact.id"}
    of_tables = {name for name in named if name.partition(".")[0] in person_left_out.TABLES}

    assert named - asked - of_tables == set(person_left_out.COLUMNS)


def test_a_column_that_is_left_out_is_there() -> None:
    for part in PARTS:
        assert (part.left_out | set(part.shown)) <= set(part.table.columns.keys()), part.name


@pytest.fixture
def mount() -> Sequence[str]:
    return ("checkout",)


@pytest.fixture
def told(shop: FakeShop) -> FakeShop:
    person_kit.tell(shop)
    return shop


def fetched(shop: FakeShop, **more: Any) -> dict[str, Any]:
    own = person_kit.contact_id(shop)
    return do(shop, lambda ctx: person_export.export(ctx, own, who="Ines", **more))


#: Kinds that the story does not have.
NOT_TOLD = {
    "merged", "login", "follow_up", "mail_opt_out", "notice_off", "dispute", "cap_claim", "rule_count",
    "templated_mail", "link", "click_day", "terms", "terms_acceptance", "payout_block", "payout_skip",
    "waiting", "share_act", "sale_return", "credit_move",
    "source_body", "source_order", "suspicion", "allowed_pair",
    "legacy_ref", "imported_row",
}  # fmt: skip


def test_the_file_has_what_was_told_and_names_nobody_else(told: FakeShop) -> None:
    found = json.loads(json.dumps(fetched(told)))
    rows = {part["name"]: part["rows"] for part in found["parts"]}

    assert {name for name, of in rows.items() if not of} == NOT_TOLD
    assert rows["contact"][0]["email"] == person_kit.EMAIL
    assert {row["ref"] for row in rows["orders"]} >= {"o1", "alone"}
    assert [row["data"] for row in rows["payout_details"]] == ["DE·· 3000"]
    text = json.dumps(found, ensure_ascii=False)
    assert person_kit.IBAN not in text
    assert "meier@shop.example" not in text
    assert "kunde@shop.example" not in text
    assert [row.subject for row in told.rows(Audit, act="export")] == [f"#{person_kit.contact_id(told)}"]

    own = fetched(told, for_staff=False)
    assert {"contact_note", "task", "audit"}.isdisjoint(part["name"] for part in own["parts"])
    by_mail = do(told, lambda ctx: person_export.find(ctx, email=person_kit.EMAIL.upper()))
    assert by_mail == do(told, lambda ctx: person_export.find(ctx, ref=f"#{by_mail}"))


def test_who_is_not_there_has_no_file_and_two_with_one_address_are_told_apart(shop: FakeShop) -> None:
    with pytest.raises(NotThere):
        do(shop, lambda ctx: person_export.find(ctx, ref="nobody"))
    for ref in ("a", "b"):
        shop.register(Customer(ref=ref, email="one@shop.example"))
    with pytest.raises(Mistake, match="Several"):
        do(shop, lambda ctx: person_export.find(ctx, email="one@shop.example"))
