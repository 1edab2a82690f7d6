"""No page, file or picture of the desk says who others are, but what they agreed to, while they agree."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from html import unescape

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from flask_firstline import Customer
from flask_firstline.domain.consent import Grant
from flask_firstline.domain.postback import Told
from flask_firstline.extension import MOUNTS
from flask_firstline.models import (
    Code,
    Consent,
    Contact,
    Link,
    Merged,
    Posting,
    Statement,
    WebhookDelivery,
    WebhookEndpoint,
)
from flask_firstline.services import consents, disputes, links, postback_facts, postbacks, touches
from flask_firstline.services.consents import Wording
from flask_firstline.services.context import Context
from flask_firstline.testing import make_cart, make_code, make_line, make_partner
from tests.databases import Databases
from tests.service.campaign_kit import campaign
from tests.service.pay_kit import act, release, run, wants
from tests.service.statement_kit import issue, issuer, taxed

from .office import Office, hidden, story

DESK = "/firstline/desk"


def person(ref: str, first: str, last: str, number: int) -> Customer:
    return Customer(
        ref=ref,
        email=f"{last.lower()}@secret.example",
        name=f"{first} {last}",
        phone=f"+49 731 77700{number:02}",
        address=f"{last}weg {number}, 89073 Ulm",
        country="DE",
    )


QUILL = person("cust-quill", "Adalbert", "Quillfeder", 1)
ZANDER = person("cust-zander", "Brunhild", "Zandervogt", 2)
CYPRIAN = person("cust-cyprian", "Cyprian", "Wolkenhut", 3)
DORA = person("cust-dora", "Dorothea", "Xantenbach", 4)
EGON = person("cust-egon", "Egon", "Uhrzeiger", 5)
GUEST = Customer(email="ofenrohr@secret.example", name="Gundula Ofenrohr", phone="+49 731 7770006")
OTHERS = (QUILL, ZANDER, CYPRIAN, DORA, EGON, GUEST)
ASKED = ("", "Quillfede", "+49 731 77700", "Wolken", "secret.example", "cust-")
"""What is searched for where a page has a search; no whole secret, since a page repeats what was typed."""


def secrets(one: Customer) -> dict[str, str]:
    """Give what nobody else may read, by what it is."""
    found = {"email": one.email, "phone": one.phone, "surname": (one.name or "").split()[-1], "ref": one.ref}
    return {what: text for what, text in {**found, "address": one.address}.items() if text}


@pytest.fixture(scope="module")
def shop(databases: Databases, template: str) -> Iterator[Office]:
    with databases.fresh(template=template) as url, Office(url, mount=MOUNTS) as opened:
        story(opened)
        tell(opened)
        yield opened


def tell(shop: Office) -> None:
    """Let every kind of thing happen below Partner Meier that a page of the desk could tell of."""
    campaign(shop)
    for one in OTHERS:
        if one is not CYPRIAN and one is not GUEST:
            shop.register(one, "vonmeier")
    make_partner(shop.app, ZANDER.ref, sponsor="meier")
    make_code(shop.app, "vonzander", owner=ZANDER.ref, amount="5.00")
    shop.register(CYPRIAN, "vonzander")
    for number, (one, code) in enumerate(((QUILL, "vonmeier"), (CYPRIAN, "vonzander"), (GUEST, "vonmeier"))):
        lines = make_line(f"a{number}", "124.00"), make_line(f"b{number}", "30.00")
        shop.place(make_cart(*lines, customer=one, key=f"k{number}"), f"p{number}", codes=[code])
        shop.pay(f"p{number}", customer=one)
    shop.refund("p2")
    make_code(shop.app, "giftquill", owner="meier", holder=QUILL.ref, amount="3.00")
    act(shop, has_a_postback)
    wants(shop, "meier")
    issuer(shop)
    taxed(shop)
    shop.clock.advance(days=31)
    act(shop, click_and_merge)
    release(shop, run(shop))
    assert issue(shop)[0]


def has_a_postback(ctx: Context) -> None:
    """Let Meier be told of all that was posted."""
    meier = ctx.conn.execute(select(Contact.id).where(Contact.ref == "meier")).scalar_one()
    postbacks.add(ctx, meier, "https://meier.example/", "POST", list(Told), who="partner:meier")
    for call_id in ctx.conn.execute(select(Posting.call_id).distinct()).scalars().all():
        postback_facts.follow(ctx, {"call_id": call_id})


def click_and_merge(ctx: Context) -> None:
    """Let Dora click, Egon turn out to be Quill, and an order be disputed."""
    ids = {row.ref: row.id for row in ctx.conn.execute(select(Contact.ref, Contact.id))}
    link = links.make_link(ctx.conn, ids["meier"], path="/balm", who="Ines", now=ctx.now)
    way = links.Way(link_id=link, partner_id=ids["meier"], path="/balm")
    touches.record(
        ctx,
        touches.Visit(
            way=way, path="/balm", visitor="v1", network="203.0.113.0/24", referrer_host="a.example", utm={}
        ),
    )
    touches.tie(ctx, "v1", ids[DORA.ref])
    merged = {"loser_id": ids[EGON.ref], "winner_id": ids[QUILL.ref], "why": f"is {EGON.name}", "who": "Ines"}
    ctx.conn.execute(insert(Merged).values(**merged, at=ctx.now))
    disputes.open_dispute(ctx, 1, reason="bank", who="Ines")


def addresses(shop: Office) -> Iterator[str]:
    """Give the address of every page and file of the desk, with every number that there is."""
    numbers = {
        "contact_id": [row.id for row in shop.rows(Contact)],
        "code_id": [row.id for row in shop.rows(Code)],
        "link_id": [row.id for row in shop.rows(Link)],
        "statement_id": [row.id for row in shop.rows(Statement)],
        "kind": ["svg"],
        "postback_id": [row.id for row in shop.rows(WebhookEndpoint)],
        "delivery_id": [row.id for row in shop.rows(WebhookDelivery)],
    }
    with shop.app.test_request_context():
        adapter = shop.app.url_map.bind("localhost")
        for rule in pages(shop):
            for chosen in itertools.product(*(numbers[name] for name in sorted(rule.arguments))):
                values = dict(zip(sorted(rule.arguments), chosen, strict=True))
                at = str(adapter.build(rule.endpoint, {**values, **(rule.defaults or {})}, method="GET"))
                yield from (at, *(f"{at}?{more}" for more in _asked(rule)))


def _asked(rule: Rule) -> Iterator[str]:
    """Give what a page can be asked: searches, figures, parts that open."""
    if rule.endpoint.endswith(("downline_search_page", ".prospects", ".people", ".codes", ".accruals")):
        yield from (f"q={text.replace('+', '%2B')}" for text in ASKED)
    if "downline" in rule.endpoint:
        yield from ("show=sales", "part=1&show=sales")


def pages(shop: Office) -> list[Rule]:
    """Give the routes of the desk that can be looked at."""
    return [
        rule
        for rule in shop.app.url_map.iter_rules()
        if rule.endpoint.startswith("firstline_desk.") and "GET" in (rule.methods or ())
    ]


def said(answer: TestResponse) -> str:
    """Give what an answer says, of a PDF its text."""
    if answer.mimetype == "application/pdf":
        document = pypdfium2.PdfDocument(answer.data)
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    return unescape(answer.get_data(as_text=True))


def read_all(shop: Office, browser: FlaskClient) -> dict[str, str]:
    """Read all that the desk shows, sends and draws, the own data as a file among it."""
    found = {}
    for at in addresses(shop):
        answer = browser.get(at)
        assert answer.status_code in {200, 303, 404}, (at, answer.status_code)
        if answer.status_code == 200:
            found[at] = said(answer)
    token = hidden(browser.get(f"{DESK}/settings").text)
    found["own data"] = said(browser.post(f"{DESK}/settings/data", data=dict(token)))
    return found


def leaks(found: dict[str, str]) -> set[tuple[str, str]]:
    """Give which secrets of whom stand somewhere, and where."""
    return {
        (f"{one.name}: {what}", at)
        for one in OTHERS
        for what, secret in secrets(one).items()
        for at, page in found.items()
        if re.search(rf"(?<![\w-]){re.escape(secret)}", page, re.IGNORECASE)
    }


def let_see(shop: Office, one: Customer, *, email: bool, phone: bool) -> None:
    wording = Wording(text="Hans Meier may see it.", version="1", locale="en")

    def give(ctx: Context) -> int:
        row = ctx.conn.execute(select(Contact.id, Contact.sponsor_id).where(Contact.ref == one.ref)).one()
        grant = Grant(email=email, phone=phone)
        return consents.give(ctx.conn, row.id, row.sponsor_id, grant, wording=wording, now=ctx.now)

    act(shop, give)


def take_back(shop: Office, one: Customer) -> None:
    def end(ctx: Context) -> bool:
        contact_id = ctx.conn.execute(select(Contact.id).where(Contact.ref == one.ref)).scalar_one()
        return consents.take_back(ctx.conn, contact_id, now=ctx.now)

    assert act(shop, end)


def test_the_desk_names_others_only_as_they_agreed_and_while_they_agree(shop: Office) -> None:
    browser = shop.browser("meier")
    before = read_all(shop, browser)
    assert len({at.partition("?")[0] for at in before}) > 40
    assert leaks(before) == set()

    let_see(shop, DORA, email=True, phone=False)
    let_see(shop, CYPRIAN, email=True, phone=True)
    agreed = leaks(read_all(shop, browser))
    assert {what for what, _at in agreed} == {f"{DORA.name}: email", f"{DORA.name}: surname"}
    assert {f"{DESK}/prospects", f"{DESK}/prospects.csv"} <= {at for _what, at in agreed}
    zander = {what for what, _at in leaks(read_all(shop, shop.browser(str(ZANDER.ref))))}
    own = {f"{ZANDER.name}: {what}" for what in secrets(ZANDER)}
    assert zander - own == {f"{CYPRIAN.name}: {what}" for what in ("email", "phone", "surname")}

    for one in (DORA, CYPRIAN):
        take_back(shop, one)
    assert leaks(read_all(shop, browser)) == set()
    assert [row.ended_by for row in shop.rows(Consent)] == ["contact", "contact"]
