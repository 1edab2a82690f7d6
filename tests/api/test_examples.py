"""The examples of the document: each is valid by its own schema and looks as a real answer does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from flask_firstline.api.examples import EXAMPLES
from flask_firstline.api.kinds import KINDS
from flask_firstline.domain.payout import Method
from flask_firstline.services import suspicions
from flask_firstline.shop import Customer
from flask_firstline.testing import FakeShop, make_terms
from tests.service import campaign_kit, pay_kit, statement_kit

from .kit import ROOT, Caller, make_key

JSON, PROBLEM = "application/json", "application/problem+json"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[FakeShop]:
    """Give a shop with nothing but terms: 10 per cent, and 5 for who stands above."""
    with FakeShop(f"sqlite:///{tmp_path / 'shop.sqlite'}") as shop:
        make_terms(shop.app, 10, 5)
        yield shop


@pytest.fixture
def document(shop: FakeShop) -> Any:
    return shop.browser().get(f"{ROOT}/openapi.json").get_json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Give every operation: its method, its path below the root, what is said of it."""
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            if method != "parameters":
                yield method.upper(), path.removeprefix(ROOT), about


def checked(document: Any, told: Mapping[str, Any], example: object) -> str:
    """Give the name of the schema; the example must be valid by it."""
    name = str(told["schema"]["$ref"]).rpartition("/")[2]
    whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema_rs.validator_for(whole, validate_formats=True).validate(example)
    return name


def test_every_body_has_an_example_that_its_schema_allows(document: Any) -> None:
    for method, _path, about in operations(document):
        body = about.get("requestBody")
        assert (body is not None) == (method in {"POST", "PUT", "PATCH"})
        if body is not None:
            checked(document, body["content"][JSON], body["content"][JSON]["example"])


def test_every_answer_has_an_example_that_its_schema_allows(document: Any) -> None:
    shown: set[str] = set()
    for _method, path, about in operations(document):
        answers = [told for code, told in about["responses"].items() if code < "300" and code != "204"]
        assert answers or "204" in about["responses"], path
        for media, content in (pair for told in answers for pair in told["content"].items()):
            assert content["example"], path
            if media == JSON:
                name = checked(document, content, content["example"])
                shown |= {name, *re.findall(r"schemas/(\w+)", str(document["components"]["schemas"][name]))}
    assert EXAMPLES.keys() - shown == set(), "an example that nothing shows"


def test_every_kind_of_problem_has_an_example_that_its_schema_allows(document: Any) -> None:
    kinds: set[str] = set()
    for told in document["components"]["responses"].values():
        content = told["content"][PROBLEM]
        for example in content["examples"].values():
            checked(document, content, example["value"])
        kinds |= content["examples"].keys()

    assert KINDS.keys() - kinds == {"method"}, "405 is of no operation"


def shape(value: Any) -> Any:
    """Give what a value is made of; null stands for anything."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return None if value is None else type(value).__name__


FREE = frozenset({"allocation", "by_rate", "vat", "returned", "fields", "utm", "trace", "rows"})
"""Objects whose names the shop gives, or that depend on the kind of the thing."""


def differences(example: Any, answer: Any, at: str = "") -> Iterator[str]:
    """Tell where an example is of another shape than a real answer."""
    if None in (example, answer) or [] in (example, answer) or at.rpartition("/")[2] in FREE:
        return
    if isinstance(example, dict) and isinstance(answer, dict):
        if example.keys() != answer.keys():
            yield f"{at}: {sorted(example.keys() ^ answer.keys())}"
        for name in example.keys() & answer.keys():
            yield from differences(example[name], answer[name], f"{at}/{name}")
    elif isinstance(example, list) and isinstance(answer, list):
        yield from differences(example[0], answer[0], f"{at}[]")
    elif example != answer:
        yield f"{at}: {example} in the example, {answer} in truth"


class Told:
    """A caller that compares every answer with the example of its operation."""

    def __init__(self, api: Caller, document: Any) -> None:
        self.api = api
        self.operations = {about["operationId"]: one for one in operations(document) for about in one[2:]}
        self.seen: set[str] = set()
        self.sent: set[str] = set()

    def example(self, name: str) -> Any:
        """Give the body that the document shows; None where there is none."""
        body = self.operations[name][2].get("requestBody")
        return None if body is None else body["content"][JSON]["example"]

    def __call__(self, name: str, given: object = None, **places: object) -> Any:
        """Send the example of an operation, or something else; it must be answered as the example says."""
        method, path, about = self.operations[name]
        if given is None:
            given = self.example(name)
            self.sent.add(name)
        response = self.api(method, path.format(**places), given)
        assert response.status_code < 300, (name, response.get_data(as_text=True))
        self.seen.add(name)
        told = about["responses"][str(response.status_code)].get("content", {})
        if JSON not in told:
            assert response.mimetype in told or response.status_code == 204
            return response.get_data(as_text=True)
        example, answer = told[JSON]["example"], response.get_json()
        assert list(differences(shape(example), shape(answer))) == [], name
        assert "items" not in example or answer["items"], f"{name}: nothing there to compare with"
        return answer


def test_a_life_told_by_the_examples_answers_in_their_shapes(shop: FakeShop, document: Any) -> None:
    tell = Told(Caller(shop, make_key(shop, "Warehouse")), document)
    _begin(tell)
    _sell(tell)
    _pay_out(tell, shop)
    _bring_friends(shop)
    _read(tell)

    assert tell.operations.keys() - tell.seen == set()
    assert tell.operations.keys() - tell.sent == set(), "an example that nobody has sent"


def _begin(tell: Told) -> None:
    tell("make_partner", {"ref": "2000", "name": "Olga Sommer", "email": "olga@example.org"})
    tell("make_partner")
    coupon = tell("create_coupon")["id"]
    tell("change_coupon", coupon_id=coupon)
    tell("replace_coupon", coupon_id=coupon)
    tell("switch_coupon", coupon_id=coupon)
    tell("switch_coupon", {"active": True}, coupon_id=coupon)
    tell("create_code")
    tell("change_code", code="vonmeier")
    tell("switch_code", code="vonmeier")
    tell("switch_code", {"active": True}, code="vonmeier")
    tell("share_code", code="vonmeier")
    mine = {"shares": [{"partner": "2001", "percent": "100"}], "reason": "the fair is over"}
    tell("share_code", mine, code="vonmeier")
    tell("create_batch")
    tell("record_touch")
    tell("register_contact")
    tell("change_contact", ref="1003")
    tell("put_segments", ref="1003")
    tell("create_event")
    tell("price_cart")


def _sell(tell: Told) -> None:
    tell("reserve")
    tell("release", ref="cart-1003")
    tell("place_order")
    for ref in ("4712", "4713"):
        tell("place_order", {**tell.example("place_order"), "ref": ref})
    tell("change_order", ref="4713")
    tell("fail_order", ref="4713")
    tell("cancel_order", ref="4712")
    tell("pay_invoice")
    tell("complete_order", ref="4711")


def _pay_out(tell: Told, shop: FakeShop) -> None:
    statement_kit.issuer(shop)
    statement_kit.taxed(shop, "2001")
    pay_kit.settle(shop)
    pay_kit.wants(shop, "2000", Method.PAYPAL, paypal="olga@example.org")
    pay_kit.wants(shop, "2001", iban=pay_kit.IBANS["meier"])
    shop.clock.advance(days=31)
    draft = tell("make_run")["id"]
    tell("change_payout", payout_id=tell("list_payouts")["items"][-1]["id"])
    tell("refresh_run", run_id=draft)
    tell("discard_run", run_id=draft)
    run = tell("make_run")["id"]
    tell("release_run", run_id=run)
    assert "<IBAN>DE89" in tell("take_sepa", run_id=run)
    assert "olga@example.org,1.04,EUR" in tell("take_paypal", run_id=run)
    first, second = [one["id"] for one in tell("list_payouts")["items"] if one["run"] == run]
    tell("mark_payout", payout_id=first)
    tell("pay_run", run_id=run)
    statement_kit.issue(shop)
    tell("fail_payout", payout_id=second)
    tell("share_order", ref="4711")
    tell("refund_invoice")


def _bring_friends(shop: FakeShop) -> None:
    """Let somebody share, a friend buy, and a partner be suspected of buying from themselves."""
    campaign_kit.campaign(shop)
    campaign_kit.buy(shop, "berta", "4801")
    campaign_kit.buy(shop, "carl", "4802", campaign_kit.share_code(shop, "4801"))
    campaign_kit.work(shop)
    campaign_kit.buy(shop, "eva", "4803", "vonmeier")
    for ref in ("2001", "eva"):
        shop.register(Customer(ref=ref, phone="+49 40 1234567"))
    pay_kit.act(shop, suspicions.look_next)


def _read(tell: Told) -> None:
    places = {
        "coupon_id": 1, "batch_id": 1, "redemption_id": 1, "run_id": 1, "payout_id": 1, "statement_id": 1,
        "campaign_id": 1, "reward_id": 1, "suspicion_id": 1,
        "invoice_id": tell("list_invoices")["items"][0]["id"],
        "refund_id": tell("list_refunds")["items"][0]["id"],
        "place": tell("list_accruals")["items"][0]["id"],
        "code": "vonmeier", "report_name": "redemptions",
    }  # fmt: skip
    for name, (method, path, _about) in tell.operations.items():
        if method == "GET":
            ref = "4711" if path.startswith("/orders") else "2001" if path.startswith("/partners") else "1003"
            tell(name, **places, ref=ref)
            _narrowed(tell, name, path.format(**places, ref=ref))
    assert {one["owner"] for one in tell.api.get("/redemptions", owner="2001")["items"]} == {"2001"}
    assert tell.api.get("/redemptions", owner="2000")["items"] == []
    tell("erase_contact", ref="1003")


def _narrowed(tell: Told, name: str, path: str) -> None:
    """Look that a list tells of nothing where its span of time is over, or has not begun."""
    asked = {one["name"] for one in tell.operations[name][2].get("parameters", ())}
    if "since" in asked:
        assert tell.api.get(path, since="2100-01-01T00:00:00Z")["items"] == [], name
        assert tell.api.get(path, until="2000-01-01T00:00:00Z")["items"] == [], name
