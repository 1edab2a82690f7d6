"""The story of one person of whom every kind of thing is kept: bought, recommended, wrote, was paid."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from flask_firstline import Customer
from flask_firstline.domain.consent import Grant
from flask_firstline.models import Contact
from flask_firstline.services import (
    applications,
    consents,
    contact_notes,
    links,
    mailings,
    postback_calls,
    postbacks,
    preferences,
    sms,
    sponsor_changes,
    tagging,
    tasks,
    touches,
    webhook_calls,
    webhooks,
)
from flask_firstline.services.consents import Wording
from flask_firstline.services.context import Context
from flask_firstline.services.preferences import MailSort
from flask_firstline.testing import FakeShop, make_code, make_line, make_partner
from tests.service import rule_kit
from tests.service.campaign_kit import campaign, do, share_code, work
from tests.service.kit import cart_of
from tests.service.pay_kit import release, run, wants
from tests.service.statement_kit import issue, issuer, taxed
from tests.service.test_joining import PLACES

REF, EMAIL, NAME, PHONE = "silber-7731", "ina.silber@mailbox.example", "Ina Silberstein", "+49 731 5550199"
STREET = "Silbergasse 4, 89073 Ulm"
INA = Customer(ref=REF, email=EMAIL, name=NAME, phone=PHONE, address=STREET, country="DE", locale="de")
IBAN = "DE89370400440532013000"


def contact_id(shop: FakeShop) -> int:
    """Give the number of the person."""
    return int(shop.rows(Contact, ref=REF)[0].id)


def tell(shop: FakeShop) -> None:
    """Tell it all."""
    make_code(shop.app, "neu", amount=5, new_customers_only=True, max_per_customer=3, owner="meier")
    named = {**rule_kit.MAIL, "to": "friend", "subject": "Hello {friend.name}"}
    rule_kit.program(shop, rule_kit.rule(name="demo", who="anyone", do=[named]))
    campaign(shop, remind_after_days=3)
    shop.register(INA, "vonmeier")
    _buys(shop)
    shop.place(cart_of("freund"), "o2", codes=[share_code(shop, "o1")])
    shop.pay("o2")
    rule_kit.tell(shop, "demo", REF, called=NAME, mail=EMAIL)
    do(shop, _agrees_and_clicks)
    _is_written_to(shop)
    _earns(shop)
    work(shop)
    do(shop, _is_talked_about)


def _buys(shop: FakeShop) -> None:
    shop.place(cart_of(INA, key="c1"), "o1", codes=["neu"])
    shop.pay("o1", customer=INA)
    shop.pay(None, "alone", customer=INA, lines=[make_line()])
    shop.pay("not yet placed", "early", customer=INA)
    shop.apply(cart_of(INA, key="next"), "vonmeier")
    work(shop)


def _is_talked_about(ctx: Context) -> None:
    """Let the staff and another program keep things; nothing is sent any more."""
    own = _own(ctx)
    contact_notes.add(ctx, own, f"{NAME} called from {PHONE}", "Ines")
    tagging.tag(ctx, own, "vip", who="Ines")
    tasks.add(ctx, f"Call {NAME}", own, None, who="Ines")
    sms.send(ctx, own, f"Hello {NAME}", who="rule")
    sponsor_changes.name_sponsor(
        ctx.conn, own, None, at=ctx.now + timedelta(days=9), why=f"{NAME} asks", who="Ines", now=ctx.now
    )
    endpoint, _secret = webhooks.add(
        ctx, ctx.keys, "erp", "https://erp.example/", ["payout_paid"], who="Ines"
    )
    webhook_calls.call(ctx, endpoint, "told", {"mail": EMAIL, "customer": REF})
    url = f"https://tracker.example/{REF}"
    postback, _secret = postbacks.add(ctx, own, url, "POST", ["sale"], who=f"partner:{REF}")
    postback_calls.try_out(ctx, own, postback)


def _own(ctx: Context) -> int:
    return int(ctx.conn.execute(select(Contact.id).where(Contact.ref == REF)).scalar_one())


def _agrees_and_clicks(ctx: Context) -> None:
    own = _own(ctx)
    sponsor = ctx.conn.execute(select(Contact.sponsor_id).where(Contact.id == own)).scalar_one()
    assert sponsor is not None
    wording = Wording(text="Hans may see my e-mail.", version="1", locale="en", place="/silber")
    given = consents.give(ctx.conn, own, sponsor, Grant(email=True, phone=True), wording=wording, now=ctx.now)
    consents.note_views(ctx.conn, [given], place="list", now=ctx.now)
    for sorts in ((), tuple(MailSort)):
        preferences.choose(ctx.conn, own, sorts, now=ctx.now)
    link = links.make_link(ctx.conn, sponsor, path="/balm", who="Ines", now=ctx.now)
    way = links.Way(link_id=link, partner_id=sponsor, path="/balm")
    visit = touches.Visit(
        way=way, path="/balm", visitor="v1", network="203.0.113.0/24", referrer_host=None, utm={}
    )
    touches.record(ctx, visit)
    touches.tie(ctx, "v1", own)


def _is_written_to(shop: FakeShop) -> None:
    own = contact_id(shop)
    with shop.transaction() as session:
        mailings.send(
            session.connection(), [own], subject="Spring", text="Balm is here.",
            leave="https://shop.example/leave/{ticket}", who="Ines", now=shop.clock.now,
        )  # fmt: skip


def _earns(shop: FakeShop) -> None:
    """Let the person apply, be a partner, earn, be paid and get a statement."""
    wanted = applications.Wanted(name=NAME, email=EMAIL, phone=PHONE, customer_ref=REF, proven=True)
    do(shop, lambda ctx: applications.apply(ctx, wanted, None, None, PLACES))
    make_partner(shop.app, REF)
    make_code(shop.app, "vonina", owner=REF, amount="5.00")
    wants(shop, REF, holder=NAME, iban=IBAN)
    issuer(shop)
    taxed(shop, REF, given={"name": NAME, "street": "Silbergasse 4"})
    shop.place(cart_of("kunde", make_line("a", "124.00")), "p1", codes=["vonina"])
    shop.pay("p1")
    shop.clock.advance(days=31)
    release(shop, run(shop))
    issue(shop)
