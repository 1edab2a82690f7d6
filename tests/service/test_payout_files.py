"""Files for the bank and PayPal: valid by their schema, the same each time, in letters that banks accept."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import pytest
from sepaxml.validation import try_valid_xml

from flask_firstline.domain.payout import Method
from flask_firstline.models import Payout, PayoutFile
from flask_firstline.services.payout_runs import PayoutRefused
from flask_firstline.testing import FakeShop

from .pay_kit import IBANS, all_want, earned, fail, payout, release, run, settle, states, wants, write_file

XML = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


def texts(content: bytes, name: str) -> list[str]:
    """Give the texts of all elements of a name."""
    return [element.text or "" for element in ElementTree.fromstring(content).iter(f"{XML}{name}")]


def released(shop: FakeShop) -> int:
    settle(shop, debtor_bic="COBADEFFXXX")
    earned(shop)
    number = run(shop)
    release(shop, number)
    return number


def test_a_sepa_file_holds_by_its_schema_and_pays_what_was_released(shop: FakeShop) -> None:
    all_want(shop)
    number = released(shop)

    made = write_file(shop, number)

    try_valid_xml(made.content, "pain.001.001.09")
    assert sorted(texts(made.content, "InstdAmt")) == ["1.00", "10.00", "5.00"]
    assert set(texts(made.content, "NbOfTxs")) == {"3"}
    assert set(texts(made.content, "CtrlSum")) == {"16.00"}
    assert sorted(texts(made.content, "IBAN")) == sorted([IBANS["meier"], *IBANS.values()])
    ids = [f"PAYOUT-{row.id}" for row in shop.rows(Payout)]
    assert sorted(texts(made.content, "EndToEndId")) == sorted(ids)
    assert texts(made.content, "MsgId") == [f"FIRSTLINE-RUN-{number}"]


def test_a_file_that_is_taken_again_is_the_same_and_each_time_is_noted(shop: FakeShop) -> None:
    all_want(shop)
    number = released(shop)

    first, second = write_file(shop, number), write_file(shop, number)

    assert first.content == second.content
    assert [(row.amount, row.made_by) for row in shop.rows(PayoutFile)] == [(1600, "Ines Walter")] * 2
    assert set(states(shop, number).values()) == {"sent"}


def test_names_and_addresses_are_written_in_letters_that_banks_accept(shop: FakeShop) -> None:
    wants(shop, "meier", holder="Юрий Größe", street="Große Straße", house="1a", town="Köln", country="de")
    made = write_file(shop, released(shop))

    assert "Iurii Groesse" in texts(made.content, "Nm")
    assert texts(made.content, "StrtNm") == ["Grosse Strasse"]
    assert texts(made.content, "TwnNm") == ["Koeln"]
    assert texts(made.content, "Ctry") == ["DE"]
    assert made.content.isascii()


def test_a_payout_that_failed_is_not_in_the_file_any_more(shop: FakeShop) -> None:
    all_want(shop)
    number = released(shop)
    fail(shop, payout(shop, number, "meier").id)

    made = write_file(shop, number)

    assert (made.count, made.amount) == (2, 600)


def test_a_paypal_file_has_a_line_for_each_payout(shop: FakeShop) -> None:
    wants(shop, "meier", Method.PAYPAL, paypal="hans@pay.example")
    number = released(shop)

    made = write_file(shop, number, Method.PAYPAL)

    paid = payout(shop, number, "meier").id
    assert list(csv.reader(io.StringIO(made.content.decode()))) == [
        ["hans@pay.example", "10.00", "EUR", f"PAYOUT-{paid}", f"Commission payout {paid}"]
    ]


def problem(shop: FakeShop, number: int, method: Method = Method.SEPA) -> str:
    with pytest.raises(PayoutRefused) as caught:
        write_file(shop, number, method)
    return caught.value.problem


def test_there_is_no_file_before_the_release_nor_without_the_shops_account(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    assert problem(shop, number) == "not_released"
    release(shop, number)
    assert problem(shop, number) == "no_debtor"
    assert problem(shop, number, Method.PAYPAL) == "empty"
    assert set(states(shop, number).values()) == {"released"}
    assert shop.rows(PayoutFile) == []
