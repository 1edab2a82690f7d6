"""Sharing the credit of codes and orders on the admin pages, in the desk, and on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from flask_firstline.models import Code, Document, Posting
from flask_firstline.testing import make_cart, make_line, make_partner
from tests.service.pay_kit import books_agree, contact_id

from .cli_kit import CommandLine
from .office import PREFIX, VERA, Office, hidden, send, story, text

CODE = f"{PREFIX}/codes/1/share"


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        story(shop)
        make_partner(shop.app, "keller", sponsor="schulz", name="Ute Keller")
        yield shop


def pair(first: str = "60", second: str = "40,00", **more: str) -> dict[str, str]:
    values = {"partner_0": "meier", "weight_0": first, "partner_1": "keller", "weight_1": second}
    return {**values, "reason": "they run it together", **more}


def place(office: Office, ref: str = "o9") -> int:
    customer = office.add_customer(f"c-{ref}")
    office.place(make_cart(make_line("a", "124.00"), customer=customer), ref, codes=["vonmeier"])
    office.pay(ref)
    return int(office.rows(Document, ref=ref)[0].id)


def test_a_code_is_shared_and_its_page_the_log_and_the_desk_say_so(office: Office) -> None:
    ines = office.ines()

    answer = send(ines, CODE, pair())

    assert answer.status_code == 303, text(answer)
    page = text(ines.get(answer.location))
    assert "Shared by Hans Meier 60%, Ute Keller 40%" in page
    assert "Hans Meier" in text(ines.get(CODE)) and "Ute Keller" in text(ines.get(CODE))
    assert ("Ines Walter", "share", "code") in office.acts()
    assert "they run it together" in text(ines.get(f"{PREFIX}/audit"))
    desk = text(office.browser("keller").get("/firstline/desk/codes"))
    assert "vonmeier" in desk and "of its commission is yours" in desk
    assert "Pause vonmeier" not in desk


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"second": "30"}, "the weights together are exactly 100 %"),
        ({"second": "40.001"}, "with at most 2 decimals"),
        ({"second": ""}, "Please fill this in."),
        ({"reason": ""}, "Please fill this in."),
        ({"partner_1": "nobody"}, "Nobody is known under this."),
    ],
)
def test_what_cannot_be_shared_so_is_said_and_nothing_is_lost(
    office: Office, given: dict[str, str], said: str
) -> None:
    answer = send(office.ines(), CODE, pair(**given))

    assert answer.status_code == 422
    assert said in text(answer)
    assert 'value="they run it together"' in answer.get_data(as_text=True) or "reason" in given
    assert office.rows(Code)[0].portions is None


def test_a_viewer_sees_the_form_without_its_button(office: Office) -> None:
    page = office.browser(VERA).get(CODE)

    assert page.status_code == 200
    assert "Share it so" not in text(page)


def test_an_order_is_previewed_and_then_shared_exactly_so(office: Office) -> None:
    document, ines = place(office), office.ines()
    address, before = f"{PREFIX}/why/{document}/share", len(office.rows(Posting))

    preview = send(ines, address, pair())
    assert preview.status_code == 200
    assert "What will be posted" in text(preview) and "Ute Keller 1" in text(preview)
    assert len(office.rows(Posting)) == before

    fields = dict(hidden(preview.get_data(as_text=True)))
    answers = [ines.post(address, data={**fields, **pair()}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert office.balance("keller").on_hold == Decimal("4.00")
    page = text(ines.get(f"{PREFIX}/why/{document}"))
    assert "The credit is shared: Hans Meier 60" in page
    assert "they run it together" in page and "The books add up" in page
    assert books_agree(office)


def test_another_choice_than_the_previewed_one_is_previewed_anew(office: Office) -> None:
    document, ines = place(office), office.ines()
    address = f"{PREFIX}/why/{document}/share"
    fields = dict(hidden(send(ines, address, pair()).get_data(as_text=True)))

    answer = ines.post(address, data={**fields, **pair("50", "50")})

    assert answer.status_code == 200
    assert "What will be posted" in text(answer)
    assert office.rows(Document, ref="o9")[0].portions is None


def test_why_names_who_gets_nothing_for_the_portion(office: Office) -> None:
    send(office.ines(), f"{PREFIX}/contacts/{contact_id(office, 'keller')}/suspend", {"why": "rest"})
    assert "Ute Keller gets nothing for the part: suspended" in text(
        office.ines().get(send(office.ines(), CODE, pair()).location)
    )

    page = text(office.ines().get(f"{PREFIX}/why/{place(office)}"))

    assert "Level 1, Ute Keller, gets nothing: suspended." in page
    assert "falls to nobody else" in page


def test_the_desk_names_the_portion_beside_its_commission(office: Office) -> None:
    send(office.ines(), CODE, pair())
    place(office)

    assert "of a shared credit" in text(office.browser("keller").get("/firstline/desk/commissions"))


@pytest.mark.parametrize("language", ["de", "nl", "ru"])
def test_the_pages_speak_other_languages(office: Office, language: str) -> None:
    document = place(office)
    for address in (CODE, f"{PREFIX}/why/{document}/share"):
        page = text(office.ines(language).get(address))
        assert "Share the" not in page and "Main partner" not in page


def test_commands_share_codes_and_orders(office: Office) -> None:
    cli = CommandLine(office)  # type: ignore[arg-type]  # it has an app too
    place(office)
    both = ("--with", "meier=60", "--with", "keller=40", "--reason", "sold together")

    seen = cli.json("order", "share", "o9", *both, "--preview")
    assert {(row["partner"], row["level"]): row["commission"] for row in seen["moved"]}["keller", 1] == "4.00"
    assert office.balance("keller").on_hold == 0
    assert "It is shared." in cli.ok("order", "share", "o9", *both)
    assert office.balance("keller").on_hold == Decimal("4.00")
    assert "is shared" in cli.ok("code", "share", "vonmeier", *both)
    assert "shared so already" in cli.ok("code", "share", "vonmeier", *both)
    assert "100 per cent" in cli.refused("code", "share", "vonmeier", "--with", "meier=60", "--reason", "x")
    assert "REF=60" in cli.refused("code", "share", "vonmeier", "--with", "meier", "--reason", "x")
    assert "no code" in cli.refused("code", "share", "none", *both)
    cli.ok("check")
