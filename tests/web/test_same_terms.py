"""The same words make the same coupon: on the command line, in a file, and in the admin's form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flask_firstline.domain.coupon import CouponTerms
from flask_firstline.models import Coupon
from flask_firstline.services.candidates import terms_of
from flask_firstline.services.given import WEEKDAYS
from flask_firstline.services.reading import COUPON_FIELDS

from .office import PREFIX, Office, send

Words = Mapping[str, Any]

# fmt: off
CASES: dict[str, Words] = {
    "an amount": {"amount": "5.00", "min_order": "20.00", "new_customers_only": True},
    "a capped per cent": {"percent": "12.5", "cap": "8", "currency": "CHF", "max_order": "500"},
    "free shipping": {"free_shipping": True, "order_value": "after", "min_order": "0"},
    "store credit": {"treatment": "multi_purpose", "amount": "50"},
    "a single-purpose voucher": {"treatment": "single_purpose", "amount": "50", "vat_rate": "7"},
    "goodwill": {"treatment": "goodwill", "percent": "100", "max_per_code": "1"},
    "a minimum again": {"percent": "5", "min_order": "20", "minimum_again": True},
    "some products": {"percent": "5", "product": ["p1", "p2"], "category": ["tea"], "not_product": ["p3"],
                      "not_category": ["gift", "card"]},
    "limits": {"percent": "5", "max": "100", "max_per_code": "10", "max_per_customer": "2"},
    "a limit a day": {"percent": "5", "period": "day", "max_in_period": "5"},
    "a limit a month per customer": {"percent": "5", "period": "month", "max_per_customer_in_period": "1"},
    "budgets": {"percent": "5", "budget": "500.00", "order_budget": "5000"},
    "from and until": {"percent": "5", "from": "2026-03-29", "until": "2026-10-25"},
    "a moment": {"percent": "5", "from": "2026-05-01T18:00", "until": "2026-05-01T22:30"},
    "one date": {"percent": "5", "on": "2026-12-24"},
    "weekdays and hours": {"percent": "5", "day": ["fri", "sat"], "opens": "22:00", "closes": "02:00"},
    "until midnight": {"percent": "5", "opens": "00:00", "closes": "00:00"},
    "beside others": {"percent": "5", "stackable": True, "stack_group": "spring", "most_codes": "3",
                      "priority": "5"},
    "by link only": {"percent": "5", "link_only": True, "open_to_partners": True, "give_back": "never"},
    "a fixed rate": {"percent": "5", "vat_rate": "0"},
    "a campaign": {"percent": "5", "campaign": "Spring sale"},
}
# fmt: on


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(FIRSTLINE_TIMEZONE="Europe/Berlin") as shop:
        yield shop


def command_line(office: Office, name: str, words: Words) -> int:
    """Give the exit code."""
    args = ["firstline", "coupon", "add", name]
    for option, value in words.items():
        flag = f"--{option.replace('_', '-')}"
        if value is True:
            args.append(flag)
        else:
            for item in value if isinstance(value, list) else [value]:
                args += [flag, item]
    return office.app.test_cli_runner().invoke(args=args).exit_code


def in_a_file(office: Office, name: str, words: Words, folder: Path) -> int:
    """Give the exit code."""
    file = folder / "coupons.toml"
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"name": name, **words}.items()]
    file.write_text("\n".join(["[[coupon]]", *lines]), encoding="utf-8")
    return office.app.test_cli_runner().invoke(args=["firstline", "apply", str(file)]).exit_code


_IN_THE_FORM = {
    "product": "products", "category": "categories", "not_product": "not_products",
    "not_category": "not_categories", "max": "max_uses", "from": "valid_from", "until": "valid_until",
    "day": "days",
}  # fmt: skip


def form(office: Office, name: str, words: Words) -> int:
    """Give the status of the answer."""
    kind = next(word for word in ("amount", "percent", "free_shipping") if word in words)
    fields: dict[str, Any] = {"name": name, "kind": kind.replace("free_shipping", "shipping")}
    fields["currency"] = "EUR"
    for word, value in words.items():
        if word == "on":
            fields |= {"valid_from": [value, ""], "valid_until": [value, ""]}
        elif word != "free_shipping":
            fields[_IN_THE_FORM.get(word, word)] = _typed(word, value)
    return send(office.ines(), f"{PREFIX}/coupons/new", fields).status_code


def _typed(word: str, value: Any) -> Any:
    if value is True:
        return "y"
    if word == "day":
        return [str(WEEKDAYS.index(day)) for day in value]
    if word in {"from", "until"}:
        day, _t, clock = value.partition("T")
        return [day, clock]
    return "\n".join(value) if isinstance(value, list) else value


def made(office: Office) -> dict[str, tuple[CouponTerms, bool, str | None]]:
    with office.app.app_context(), office.db.engine.connect() as conn:
        rows = conn.execute(select(Coupon.__table__)).all()
    return {row.name: (replace(terms_of(row), name="x"), row.open_to_partners, row.give_back) for row in rows}


@pytest.mark.parametrize("words", CASES.values(), ids=CASES)
def test_the_same_words_make_the_same_coupon(office: Office, words: Words, tmp_path: Path) -> None:
    assert command_line(office, "typed", words) == 0
    assert in_a_file(office, "filed", words, tmp_path) == 0
    assert form(office, "filled", words) == 303

    found = made(office)
    assert found["typed"] == found["filed"] == found["filled"]


def test_every_name_is_tried() -> None:
    assert set(COUPON_FIELDS) - {word for words in CASES.values() for word in words} == {"name"}


# fmt: off
WRONG: dict[str, Words] = {
    "credit in per cent": {"percent": "5", "treatment": "multi_purpose"},
    "credit with a rate": {"amount": "5", "treatment": "multi_purpose", "vat_rate": "7"},
    "credit for partners": {"amount": "5", "treatment": "multi_purpose", "open_to_partners": True},
    "a voucher without a rate": {"amount": "5", "treatment": "single_purpose"},
    "a voucher for shipping": {"free_shipping": True, "treatment": "single_purpose", "vat_rate": "7"},
    "a voucher in part": {"percent": "50", "treatment": "single_purpose", "vat_rate": "7"},
    "a period without a limit": {"percent": "5", "period": "day"},
    "a limit without a period": {"percent": "5", "max_in_period": "5"},
    "no budget": {"percent": "5", "budget": "0"},
    "no orders": {"percent": "5", "order_budget": "-1"},
    "no codes": {"percent": "5", "stackable": True, "most_codes": "0"},
    "a group alone": {"percent": "5", "stack_group": "g"},
    "a number alone": {"percent": "5", "most_codes": "2"},
    "a long group": {"percent": "5", "stackable": True, "stack_group": "g" * 41},
    "no hours": {"percent": "5", "opens": "10:00", "closes": "10:00"},
    "a bad hour": {"percent": "5", "opens": "25:00"},
    "in and out": {"percent": "5", "product": ["a"], "not_product": ["a"]},
    "backwards": {"percent": "5", "from": "2026-05-02", "until": "2026-05-01"},
}
# fmt: on


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_what_one_refuses_all_refuse(office: Office, words: Words, tmp_path: Path) -> None:
    assert command_line(office, "typed", words) == 2
    assert in_a_file(office, "filed", words, tmp_path) == 2
    assert form(office, "filled", words) == 422
    assert made(office) == {}
