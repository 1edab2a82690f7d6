"""Other shops on the pages and the command line: made known, looked into, taken in from a file, fetched."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from flask_firstline.cli import doctor_running
from flask_firstline.models import Audit, Body, Code, Document, Source
from flask_firstline.testing import make_code, make_partner, make_terms
from tests.http_server import HttpServer, http_server
from tests.service.hook_kit import OWN, act, kinds, order, paid, post, refunded, tell, work

from .office import PREFIX, VERA, Office, hidden, rows, send, text

SECRET = re.compile(r'aria-label="Secret">([0-9a-f]{64})</pre>')
SHOP = {
    "name": "Woo", "platform": "woocommerce", "url": "https://woo.example", "currency": "EUR", "zone": "UTC",
    "active": "y",
}  # fmt: skip


@pytest.fixture
def office() -> Iterator[Office]:
    mount = ("checkout", "desk", "admin", "hooks")
    with Office(mount=mount, FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=OWN) as shop:
        make_partner(shop.app, "meier", name="Hans Meier")
        make_terms(shop.app, 10)
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00", min_order="20.00")
        yield shop


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


def known(office: Office, **more: object) -> str:
    """Make a shop known by the page, and give its secret."""
    answer = send(office.ines(), f"{PREFIX}/sources/new", {**SHOP, **more})
    [secret] = SECRET.findall(answer.get_data(as_text=True))
    return str(secret)


def command(office: Office, *args: str) -> tuple[int, Any]:
    result = office.app.test_cli_runner().invoke(args=["firstline", *args, "--json"])
    return result.exit_code, json.loads(result.output)


def test_a_shop_is_made_known_by_a_page_and_what_it_tells_can_be_looked_at(office: Office) -> None:
    secret = known(office)
    spring = {"id": 2, "code": "spring", "discount": "1.00", "discount_tax": "0.19"}
    tell(
        office, secret, paid(), paid(id=9, number="9", coupon_lines=[spring]), order(status="checkout-draft")
    )
    browser = office.ines()

    assert rows(browser.get(f"{PREFIX}/sources")) == ["woo"]
    assert rows(browser.get(f"{PREFIX}/bodies?state=see")) == ["woo:9"]
    listed = text(browser.get(f"{PREFIX}/bodies"))
    assert "Order placed: 727 €47.48; Paid: woo:727 €47.48" in listed
    assert "A draft: the order is not placed yet." in listed
    assert "1 order of another shop to look at" in text(browser.get(f"{PREFIX}/"))
    page = browser.get(f"{PREFIX}/bodies/2")
    assert "Code that is not ours: spring" in text(page)
    assert '"code": "spring"' in page.get_data(as_text=True).replace("&#34;", '"')

    send(browser, f"{PREFIX}/bodies/2/again", {}, form_at=f"{PREFIX}/bodies/2")

    assert rows(browser.get(f"{PREFIX}/bodies?state=see")) == []
    assert secret not in text(browser.get(f"{PREFIX}/sources/1/edit"))


def test_what_failed_stands_on_the_dashboard_and_in_doctor_until_it_is_worked_off(office: Office) -> None:
    secret = known(office)
    tell(office, secret, order(currency="XXX"))
    browser = office.ines()

    assert "1 body failed" in text(browser.get(f"{PREFIX}/"))
    found = act(office, lambda ctx: list(doctor_running.check_bodies(ctx)))
    assert [one.text for one in found] == ["1 message of other shops failed and changed nothing."]
    assert command(office, "hooks", "list", "--failed")[1][0]["reason"] == "currency: unknown currency 'XXX'"
    assert command(office, "hooks", "again", "1") == (0, {"id": 1, "again": True})
    assert command(office, "hooks", "again", "1") == (1, {"id": 1, "again": False})


def test_only_owners_make_shops_known_and_mistakes_stand_at_their_fields(office: Office) -> None:
    assert office.browser(VERA).get(f"{PREFIX}/sources/new").status_code == 403
    for field, bad in {"name": "a shop", "url": "ftp://x", "currency": "??", "zone": "Mars/Base"}.items():
        answer = send(office.ines(), f"{PREFIX}/sources/new", {**SHOP, field: bad})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.get_data(as_text=True)
    known(office)
    assert "There is a shop of this name" in text(send(office.ines(), f"{PREFIX}/sources/new", SHOP))


def test_a_shop_is_switched_off_and_gets_another_secret(office: Office) -> None:
    secret = known(office)
    fields = {key: value for key, value in SHOP.items() if key not in {"name", "platform", "active"}}

    answer = send(office.ines(), f"{PREFIX}/sources/1/secret", {})
    [newer] = SECRET.findall(answer.get_data(as_text=True))
    assert newer != secret
    assert send(office.ines(), f"{PREFIX}/sources/1/edit", fields).status_code == 303

    assert post(office, newer, order()).status_code == 404
    assert [(row.act, row.noun) for row in office.rows(Audit, noun="source")] == [
        ("create", "source"),
        ("renew_secret", "source"),
        ("change", "source"),
    ]


def test_a_file_of_orders_shows_what_it_would_bring_and_is_then_taken_in(office: Office) -> None:
    secret = known(office)
    tell(office, secret, order())
    lines = "\n".join(json.dumps(one) for one in (paid(), paid(id=8, currency="XXX"), paid(id=9, number="9")))
    browser = office.ines()
    sent = {"source": "1", "file": (io.BytesIO(lines.encode()), "orders.ndjson")}

    page = send(browser, f"{PREFIX}/bodies/new", sent)

    assert "Paid: woo:727" in text(page)
    assert "unknown currency" in text(page)
    assert len(office.rows(Body)) == 1
    taken = browser.post(f"{PREFIX}/bodies/new", data=dict(hidden(page.get_data(as_text=True))))
    assert taken.status_code == 303
    work(office)
    assert kinds(office) == [["placed"], ["paid"], [], ["placed", "paid"]]

    again = send(browser, f"{PREFIX}/bodies/new", {**sent, "file": (io.BytesIO(lines.encode()), "a.json")})
    assert "There is nothing to take in" in text(again)


@pytest.mark.parametrize("data", [b"", b"[", b"[3]", b"\xff", b'{"id": 1}\n{'])
def test_a_file_without_orders_is_refused(office: Office, data: bytes) -> None:
    known(office)

    answer = send(office.ines(), f"{PREFIX}/bodies/new", {"file": (io.BytesIO(data), "a.json")})

    assert answer.status_code == 422
    assert office.rows(Body) == []


def test_the_command_line_makes_a_shop_known_and_takes_a_file_in(office: Office, tmp_path: Path) -> None:
    code, made = command(office, "hooks", "add", "woo", "--url", "https://woo.example")
    assert (code, made["address"]) == (0, "/firstline/hooks/woo")
    assert post(office, made["secret"], order()).status_code == 200
    file = tmp_path / "orders.json"
    file.write_text(json.dumps([order(), refunded("10.00")]))

    _code, dry = command(office, "hooks", "import", str(file), "--source", "woo", "--dry-run")
    assert [one["state"] for one in dry] == ["done", "done"]
    assert office.rows(Document) == []

    assert command(office, "hooks", "import", str(file), "--source", "woo") == (0, {"new": 2, "known": 0})
    work(office)
    assert [row.given_back for row in office.rows(Document)] == [1000]
    renewed = command(office, "hooks", "renew-secret", "woo")[1]["secret"]
    assert renewed != made["secret"]
    assert [one["name"] for one in command(office, "hooks", "list")[1]] == ["woo"]


def test_orders_that_were_missed_are_fetched_page_by_page(office: Office, server: HttpServer) -> None:
    known(office, url=f"{server.url}/shop", access="ck_1:cs_2")
    assert b"cs_2" not in str(office.rows(Source)).encode()
    many = [order(id=number, number=str(number)) for number in range(1, 51)]
    server.answers += [(200, json.dumps(page).encode(), {}) for page in (many, [paid()])]

    done = command(office, "hooks", "pull", "--source", "woo", "--since", "2026-03-20")

    assert done == (0, {"new": 51, "known": 0})
    first, second = server.posted
    assert first.path.startswith("/shop/wp-json/wc/v3/orders?modified_after=2026-03-20T00%3A00%3A00")
    assert "&page=2" in second.path
    assert first.headers["authorization"] == "Basic Y2tfMTpjc18y"
    work(office)
    assert len(office.rows(Document)) == 51


def test_a_shop_that_does_not_answer_well_is_told_of_and_nothing_is_kept(
    office: Office, server: HttpServer
) -> None:
    known(office, url=server.url)
    pull = ("hooks", "pull", "--source", "woo", "--since", "2026-03-20")
    assert "no key for the API" in command(office, *pull)[1]["error"]
    assert command(office, "hooks", "access", "woo", "--key", "ck:cs")[0] == 0
    server.answers += [(401, b"no", {}), (200, b"<html>", {}), (200, b"{}", {})]

    said = [command(office, *pull)[1]["error"] for _ in range(3)]

    assert ["401" in said[0], "no JSON" in said[1], "no list" in said[2]] == [True] * 3
    assert office.rows(Body) == []


def test_codes_are_carried_to_the_shop_with_the_terms_that_it_knows(
    office: Office, server: HttpServer, tmp_path: Path
) -> None:
    known(office, url=server.url, access="ck_1:cs_2")
    made = {"create": [{"id": 7, "code": "vonmeier"}]}
    there = {"create": [{"id": 0, "error": {"code": "woocommerce_rest_coupon_code_already_exists"}}]}
    wrong = {"create": [{"id": 0, "error": {"code": "bad", "message": "No."}}]}
    server.answers += [(200, json.dumps(answer).encode(), {}) for answer in (there, wrong, made, {})]
    push = ("hooks", "push-codes", "--source", "woo", "--coupon", "Coupon vonmeier")

    done = [command(office, *push) for _ in range(4)]

    assert [code for code, _data in done] == [0, 1, 0, 0]
    assert [(data["made"], data["known"], data["refused"]) for _code, data in done] == [
        (0, 1, []), (0, 0, [["vonmeier", "No."]]), (1, 0, []), (0, 1, []),
    ]  # fmt: skip
    assert len(server.posted) == 3
    assert server.posted[0].path == "/wp-json/wc/v3/coupons/batch"
    [sent] = json.loads(server.posted[0].body)["create"]
    assert sent == {
        "code": "vonmeier", "description": "Coupon vonmeier", "discount_type": "fixed_cart", "amount": "5.00",
        "free_shipping": False, "individual_use": True, "minimum_amount": "20.00",
    }  # fmt: skip
    assert [row.act for row in office.rows(Audit, noun="source")][-1] == "push codes"

    file = tmp_path / "codes.json"
    assert command(office, *push, "--output", str(file))[1] == {"written": 1, "not_said": []}
    assert json.loads(file.read_text())["create"] == [sent]

    act(office, lambda ctx: ctx.conn.execute(update(Code.__table__).values(active=False)))
    assert command(office, *push)[1]["ended"] == 1
    assert server.posted[3].path == "/wp-json/wc/v3/coupons/7"
    assert json.loads(server.posted[3].body) == {"date_expires_gmt": "2000-01-01T00:00:00"}


def test_terms_that_the_shop_has_no_word_for_are_named_and_credit_stays_here(
    office: Office, tmp_path: Path
) -> None:
    known(office)
    office_code = {"percent": 10, "cap": "5.00", "new_customers_only": True, "products": ["woo:93", "b"]}
    make_code(office.app, "ten", **office_code)  # type: ignore[arg-type]
    make_code(office.app, "credit", amount="5.00", treatment="multi_purpose")
    push = ("hooks", "push-codes", "--source", "woo", "--output", str(tmp_path / "x.json"), "--coupon")

    _code, data = command(office, *push, "Coupon ten")

    assert data["not_said"] == ["new_customers_only", "cap", "product"]
    [ten] = json.loads((tmp_path / "x.json").read_text())["create"]
    assert (ten["discount_type"], ten["amount"], ten["product_ids"]) == ("percent", "10", [93])
    assert "Store credit" in command(office, *push, "Coupon credit")[1]["error"]
