"""Every mail that is sent, as a picture: four languages, wide and narrow, with long words and names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser
from sqlalchemy import update

from flask_firstline import Customer
from flask_firstline.delivery.mails import send_trial
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import ApprovalKind, Contact
from flask_firstline.services import (
    address_book,
    application_acts,
    applications,
    approval_mails,
    approvals,
    logins,
    mailings,
    mails,
    postback_calls,
    postbacks,
    rewards,
    shares,
    standalone_users,
    templated,
    webhook_calls,
)
from flask_firstline.services.applications import Wanted
from flask_firstline.services.approvals import Proposal, Who
from flask_firstline.services.context import Context
from flask_firstline.services.mails import Letter
from flask_firstline.services.notices import NoticeKind
from tests.mail_server import html_of
from tests.service.campaign_kit import buy, campaign, share_code, work
from tests.service.kit import set_up
from tests.service.pay_kit import IBANS, act, contact_id, earned, fail, payout, release, run, wants
from tests.service.rule_kit import program, rule
from tests.service.statement_kit import issue, issuer, taxed
from tests.service.test_joining import PLACES

from ..web.page_words import Said, gaps, said, untranslated
from .test_mails import NAME, Sending

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung-" * 2
TEXT = f"The spring balm is here.\n{LONG}\nhttps://lindenhof.example/{'spring-' * 20}"
CAMPAIGN = (shares.MAIL, shares.REMINDER, rewards.ACTIVE)
EVERY = {*(letter.value for letter in Letter), *(kind.value for kind in NoticeKind), *CAMPAIGN, "trial"}
SAID = LONG[:180]
OF_THE_STAFF = {"The spring balm is here. (in no catalogue)"}
LANGUAGES = ("en", "de", "nl", "ru")


class Post:
    """A shop in one language whose mails are named by what they are about."""

    def __init__(self, shop: Sending) -> None:
        self._shop = shop
        self.sent: dict[str, EmailMessage] = {}

    def named(self, name: str, work: Callable[[], object]) -> None:
        """Keep the mail that follows from some work under a name."""
        work()
        self._shop.mails.clear()
        with self._shop.app.app_context():
            work_once(self._shop.state)
        [self.sent[name]] = self._shop.mails

    def done(self, name: str, work: Callable[[Context], object]) -> None:
        """Keep the mail that follows from a use case under a name."""
        self.named(name, lambda: act(self._shop, work))


def letters(post: Post, shop: Sending, who: int, language: str) -> None:
    """Apply, be declined or accepted, apply again, sign in, and get a mailing."""
    tom, eva = (Wanted(name=NAME, email=f"{name}@post.example", locale=language) for name in ("tom", "eva"))
    for number, wanted in enumerate((tom, eva), start=1):
        post.done(Letter.CONFIRM, partial(apply, wanted))
        act(shop, partial(confirm, number))
    because: dict[str, Any] = {"why": LONG, "shop": "Lindenhof", "who": "Ines"}
    post.done(Letter.DECLINED, lambda ctx: application_acts.decline(ctx, 1, **because))
    post.done(Letter.WELCOME, lambda ctx: application_acts.approve(ctx, 2, PLACES, who="Ines"))
    post.done(Letter.PARTNER_ALREADY, partial(apply, eva))
    for letter, link in ((Letter.LOG_IN, PLACES.link), (Letter.PASSWORD, PLACES.password)):
        post.done(letter, partial(ask_for_link, letter, {"link": link, "shop": PLACES.shop}))
    propose_and_decide(post, language)
    post.done(Letter.USER, a_log_in_without_a_shop)
    said: dict[str, Any] = {"subject": LONG, "text": TEXT, "leave": "https://shop.example/leave/{ticket}"}
    post.done(Letter.MAILING, lambda ctx: mailings.send(ctx.conn, [who], **said, who="Ines", now=ctx.now))


def apply(wanted: Wanted, ctx: Context) -> object:
    """Apply to be a partner."""
    return applications.apply(ctx, wanted, None, None, PLACES)


def confirm(number: int, ctx: Context) -> object:
    """Prove the address of an application."""
    return applications.confirm(ctx, number, PLACES)


def ask_for_link(letter: Letter, values: dict[str, str], ctx: Context) -> None:
    """Let Eva ask for a mail to sign in, or to set a password."""
    logins.send_link(ctx, "eva@post.example", letter, values, None)


def a_log_in_without_a_shop(ctx: Context) -> None:
    """Give an admin of the standalone app a log-in."""
    wanted = standalone_users.Wanted(email="olga@post.example", name=NAME, role="owner")
    user_id = standalone_users.add(ctx, wanted, who="Ines")
    mails.put_to_user(ctx.conn, user_id, {"link": "https://shop.example/password/{ticket}"}, now=ctx.now)


def propose_and_decide(post: Post, language: str) -> None:
    """Let Ines propose a change of the rates and Otto reject it, both with many words."""
    ines, otto = (Who(name=f"{name} {NAME}", id=name) for name in ("Ines", "Otto"))
    wanted = Proposal(kind=ApprovalKind.RATES, path="/", form=(), language=language, entries=(), reason=SAID)
    link = "https://shop.example/approvals/1"

    def propose(ctx: Context) -> None:
        for who in (ines, otto):
            address = f"{who.id.lower()}@shop.example"
            approval_mails.choose(ctx, who, address, locale=language, decides=True)
        made = approvals.propose(ctx.conn, wanted, ines, now=ctx.now)
        approval_mails.tell_waiting(ctx, made, ines, link=link)

    def reject(ctx: Context) -> None:
        approvals.reject(ctx.conn, 1, otto, said=SAID, now=ctx.now)
        approval_mails.tell_decided(ctx, 1, ines.id, link=link)

    post.done(Letter.APPROVAL_WAITS, propose)
    post.done(Letter.APPROVAL_DECIDED, reject)


def notices(post: Post, shop: Sending) -> None:
    """Change where one is paid, be paid, have it fail, and get a statement."""
    wants(shop, "meier")
    post.named(NoticeKind.CHANGED, lambda: wants(shop, "meier", iban=IBANS["schulz"]))
    shop.clock.advance(days=30)
    earned(shop)
    number = run(shop)
    post.named(NoticeKind.PAID, lambda: release(shop, number))
    post.named(
        NoticeKind.FAILED, lambda: fail(shop, int(payout(shop, number, "meier").id), f"closed: {LONG}")
    )
    issuer(shop)
    taxed(shop)
    post.named(NoticeKind.ISSUED, lambda: issue(shop))
    post.named(NoticeKind.POSTBACK_OFF, lambda: act(shop, a_postback_is_gone))


def a_postback_is_gone(ctx: Context) -> None:
    """Let the server of a postback say that there is nothing any more."""
    meier = address_book.get_contact_id(ctx.conn, "meier")
    url = f"https://{'tracker-of-sales.' * 6}example/"
    postback, _secret = postbacks.add(ctx, meier, url, "POST", ["sale"], who="partner:meier")
    call_id = webhook_calls.call(ctx, postback, "sale", {})
    assert call_id is not None
    call = webhook_calls.waiting(ctx.conn, call_id)
    assert call is not None
    postback_calls.note_refused(ctx, call, over="gone")


def campaigns(post: Post, shop: Sending, language: str) -> None:
    """Let somebody order, share nothing, and then bring a friend."""
    days = {"starts_at": shop.clock.now, "ends_at": shop.clock.now + timedelta(days=30)}
    campaign(shop, name="Sommerfrischefreundschaftswerbung", hold_days=0, remind_after_days=3, **days)
    anna = Customer(ref="anna", email="anna@post.example", name=NAME, locale=language)
    buy(shop, anna, "a1")
    work(shop)
    post.named(shares.MAIL, lambda: shop.clock.advance(minutes=10))
    post.named(shares.REMINDER, lambda: shop.clock.advance(days=3))
    post.named(rewards.ACTIVE, lambda: buy(shop, "ben", "b1", share_code(shop, "a1")))


def every_mail(folder: Path, language: str) -> dict[str, str]:
    """Let everything happen that a mail tells of; give each mail's HTML by its name."""
    config: dict[str, Any] = {
        "FIRSTLINE_MAIL_FROM": "Lindenhof Naturwaren <shop@lindenhof.example>",
        "FIRSTLINE_LOCALES": (language, *(one for one in LANGUAGES if one != language)),
        "SERVER_NAME": "shop.example",
    }
    with Sending(f"sqlite:///{folder / 'shop.sqlite'}", **config) as shop:
        assert isinstance(shop, Sending)
        set_up(shop)
        who = contact_id(shop, "meier")
        with shop.transaction() as session:
            session.execute(update(Contact).values(email=None))
            named = {"email": "hans@post.example", "locale": language, "name": NAME}
            session.execute(update(Contact).where(Contact.id == who).values(**named))
        post = Post(shop)
        letters(post, shop, who, language)
        notices(post, shop)
        campaigns(post, shop, language)
        of_the_staff(post, shop, who, language)
        shop.mails.clear()
        with shop.app.app_context():
            send_trial(shop.state, "ines@post.example")
            [post.sent["trial"]] = shop.mails
        return {name: html_of(mail) for name, mail in post.sent.items()}


def see_a_demo(shop: Sending) -> None:
    """Tell of a demo that the partner has seen."""
    with shop.app.app_context():
        shop.firstline.event("demo", "meier", commit=True)


def of_the_staff(post: Post, shop: Sending, who: int, language: str) -> None:
    """Write what admins have put into words themselves: a mail of a rule, and one of a template."""
    mail = {"do": "mail", "to": "customer", "subject": LONG, "text": TEXT}
    program(shop, rule(name="demo", who="anyone", do=[mail]))
    post.named(Letter.RULE, partial(see_a_demo, shop))
    act(shop, lambda ctx: templated.add_template(ctx, "spring", "Spring", who="Ines"))
    act(shop, lambda ctx: templated.set_text(ctx, "spring", language, LONG, TEXT, who="Ines"))
    post.done(Letter.TEMPLATED, lambda ctx: templated.mail(ctx, "spring", who, {}))


@cache
def in_english() -> dict[str, Said]:
    """Give every mail as English readers get it."""
    with TemporaryDirectory() as folder:
        return {name: said(html) for name, html in every_mail(Path(folder), "en").items()}


def english_in(written: dict[str, str], language: str) -> dict[str, list[str]]:
    """Give the English texts that stand in mails of another language, but those of the staff."""
    theirs = {name: said(html) for name, html in written.items()}
    found = {name: [*untranslated(in_english()[name], mail, language)] for name, mail in theirs.items()}
    return {name: texts for name, texts in found.items() if set(texts) - OF_THE_STAFF}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_speaks_its_readers_language_and_can_be_read_wide_and_narrow(
    language: str, browser: Browser, tmp_path: Path
) -> None:
    written = every_mail(tmp_path, language)

    assert set(written) == EVERY
    assert language == "en" or english_in(written, language) == {}
    assert not any(gaps(said(html)) for html in written.values())
    context = browser.new_context(viewport={"width": 360, "height": 720})
    page = context.new_page()
    for name, html in written.items():
        page.set_viewport_size({"width": 640, "height": 720})
        page.set_content(html)
        assert page.evaluate("document.documentElement.lang") == language, name
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, name
        page.set_viewport_size({"width": 360, "height": 720})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        if language == "en":  # the markup is the same in each language
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
            assert [one["id"] for one in found["violations"]] == [], name
    context.close()
