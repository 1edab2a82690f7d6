"""Every page that is there to be read, and somebody for whom it is."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Rule

from flask_firstline import tokens
from flask_firstline.campaign_words import page_ticket
from flask_firstline.domain.consent import Grant
from flask_firstline.models import Application, Contact, Login, MaterialKind, Promoter
from flask_firstline.services import (
    address_book,
    application_acts,
    applications,
    consents,
    counter_hosts,
    landing_pages,
    links,
    material,
    partner_terms,
    preferences,
    products,
    tasks,
    templated,
    tickets,
)
from flask_firstline.services.applications import Wanted
from flask_firstline.services.consents import Wording
from flask_firstline.services.context import Context
from flask_firstline.services.material import Piece
from flask_firstline.services.preferences import MailSort
from flask_firstline.services.tickets import Purpose, Ticket
from flask_firstline.testing import make_coupon, make_customer
from tests.service.campaign_kit import buy, share_code
from tests.service.pay_kit import act
from tests.service.test_joining import PLACES

from .join_kit import fill
from .office import hidden
from .page_words import Said, said
from .test_admin_gate import Guarded, address

NORA, UMA = "nora@post.example", "uma@post.example"
#: What leads on, draws a picture or answers a program: nobody reads it as a page.
NO_PAGES = {
    "firstline_checkout.code_link", "firstline_checkout.counter", "firstline_checkout.counter_script",
    "firstline_checkout.picture", "firstline_checkout.share_by", "firstline_checkout.shared_code",
    "firstline_checkout.tracking_link", "firstline_desk.check_code", "firstline_desk.link_qr",
    "firstline_desk.qr_file", "firstline_desk.cards_pdf", "firstline_desk.statement_file",
    "firstline_partners.by_shop", "firstline_admin.cards_pdf", "firstline_admin.statement_file",
    # Mails as they will be, in the language of the mail.
    "firstline_admin.letter_preview", "firstline_api_pages.openapi", "firstline_admin.mail_template_shown",
}  # fmt: skip
AREAS = (
    "firstline_checkout.",
    "firstline_desk.",
    "firstline_partners.",
    "firstline_admin.",
    "firstline_api_pages.",
)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A page, and who looks at it."""

    browser: FlaskClient
    path: str

    def read(self, language: str) -> Said | None:
        """Give what the page says in a language, of a file the names of its columns; None for neither."""
        answer = self.browser.get(self.path, headers={"Accept-Language": language})
        if answer.status_code == 200 and answer.mimetype == "text/html":
            return said(answer.text)
        if answer.status_code == 200 and answer.mimetype == "text/csv":
            head = answer.text.removeprefix("\ufeff").partition("\n")[0]
            return Said(language=language, texts=next(csv.reader([head])))
        return None

    def refused(self, language: str) -> Said:
        """Give what a page says to who may not see it, or where there is nothing."""
        answer = self.browser.get(self.path, headers={"Accept-Language": language})
        assert (answer.status_code // 100, answer.mimetype) == (4, "text/html")
        return said(answer.text)

    def mistaken(self, language: str) -> Said | None:
        """Send the form of the page with nothing filled in; None where that is no mistake."""
        headers = {"Accept-Language": language}
        fields = dict(hidden(self.browser.get(self.path, headers=headers).text))
        answer = self.browser.post(self.path, data=fields, headers=headers)
        return said(answer.text) if answer.status_code == 422 else None


class Story:
    """The shop of the gate, with everybody there whom a page is for."""

    def __init__(self, office: Guarded) -> None:
        self.office = office
        office.register(make_customer("ina", name="Ina Vogt"), code="vonmeier")
        make_coupon(office.app, "Meadow", amount="5.00", open_to_partners=True)
        self.ina = int(self._row(Contact, ref="ina").id)
        buy(office, office.add_customer("anna", name="Anna Berg"), "a1")
        share_code(office, "a1")
        act(office, self._more)
        act(office, self._for_edit_pages)
        act(office, self._let_nora_in)
        self.nora = office.browser()
        first = self._ticket(Purpose.PASSWORD, self._row(Contact, name="Nora").id)
        answer = fill(self.nora, f"/firstline/partners/password/{first}", new="correct horse")
        assert answer.status_code == 303

    def _more(self, ctx: Context) -> None:
        conn, now, meier = ctx.conn, ctx.now, address_book.get_contact_id(ctx.conn, "meier")
        partner_terms.write(conn, {"en": "Be fair.", "de": "Seien Sie fair."}, who="test", now=now)
        links.make_link(conn, meier, path="/balm", label="post", who="test", now=now)
        read = Wording(text="may see it", version="1", locale="en")
        grant = Grant(email=True, phone=False)
        consents.give(conn, self.ina, meier, grant, wording=read, now=now)
        for name, email in (("Nora", NORA), ("Uma", UMA)):
            applications.apply(ctx, Wanted(name=name, email=email), None, None, PLACES)

    def _for_edit_pages(self, ctx: Context) -> None:
        conn, now, who = ctx.conn, ctx.now, "test"
        tasks.add(ctx, "Ring up", self.ina, who=who)
        counter_hosts.add_host(conn, origin="https://blog.example", who=who, now=now)
        landing_pages.add_page(conn, path="/balm", title="Arnica", who=who, now=now)
        piece = Piece(kind=MaterialKind.TEXT, title="Letter", text="Look: {link}")
        material.add(conn, piece, who=who, now=now)
        products.set_product(conn, "1", takes_part=True, title="Tea", who=who, now=now)
        templated.add_template(ctx, "spring", "Spring", who=who)
        templated.set_text(ctx, "spring", "de", "Salbe", "Die neue Salbe ist da.", who=who)

    def _let_nora_in(self, ctx: Context) -> None:
        nora = ctx.conn.execute(select(Application.id).where(Application.name == "Nora")).scalar_one()
        applications.confirm(ctx, nora, PLACES)
        application_acts.approve(ctx, nora, PLACES, who="test")
        # Her browser says what she reads.
        ctx.conn.execute(update(Contact).where(Contact.name == "Nora").values(locale=None))

    def _row(self, model: type, **where: object) -> Any:
        [row] = self.office.rows(model, **where)
        return row

    def _ticket(self, purpose: Purpose, row_id: int) -> str:
        """Give what the link of a mail has in its address, not used yet."""
        serials = {row.contact_id: row.serial for row in self.office.rows(Login)}
        until = self.office.clock.now + timedelta(minutes=10)
        ticket = Ticket(purpose=purpose, row_id=row_id, serial=serials.get(row_id, 1), until=until)
        return act(self.office, lambda ctx: tickets.sign(ctx.keys, ticket))

    def visits(self) -> Iterator[tuple[str, Visit]]:
        """Give every page by its rule, with who reads it."""
        of_admin, meier = self.office.ines(), self.office.browser("meier")
        for rule in self.office.app.url_map.iter_rules():
            is_page = "GET" in (rule.methods or ()) and rule.endpoint.startswith(AREAS)
            if not is_page or rule.endpoint in NO_PAGES:
                continue
            if rule.endpoint.startswith("firstline_admin."):
                path = address(self.office, rule).replace("/mail_templates/1", "/mail_templates/spring")
                yield rule.rule, Visit(browser=of_admin, path=path)
            else:
                reader = self._reader(rule.endpoint) or meier
                yield rule.rule, Visit(browser=reader, path=self._path(rule))

    def _reader(self, endpoint: str) -> FlaskClient | None:
        readers = {
            "firstline_desk.log_in": self.nora,
            "firstline_checkout.consent": self.office.browser("ina"),
            "firstline_checkout.own_shares": self.office.browser("anna"),
        }
        is_open = endpoint.startswith(("firstline_partners.", "firstline_checkout.", "firstline_api_pages."))
        return readers.get(endpoint) or (self.office.browser() if is_open else None)

    def _path(self, rule: Rule) -> str:
        nora, ina = self._row(Contact, name="Nora").id, self.ina
        given: dict[str, object] = {
            "code_id": 1, "statement_id": 1, "contact_id": ina, "how": "waiting", "version": 1,
            "postback_id": 2, "delivery_id": 2,
            "token": act(self.office, lambda _ctx: self._token(ina)),
        }  # fmt: skip
        by_ticket: dict[str, Callable[[], str]] = {
            "firstline_checkout.share_page": self._share,
            "firstline_checkout.leave_mails": lambda: self._ticket(Purpose.LEAVE, ina),
            "firstline_checkout.mail_preferences": lambda: act(self.office, self._preferences),
            "firstline_partners.confirm_join": lambda: self._ticket(
                Purpose.CONFIRM, self._row(Application, name="Uma").id
            ),
            "firstline_partners.sign_in_by_link": lambda: self._ticket(Purpose.LOG_IN, nora),
            "firstline_partners.new_password": lambda: self._ticket(Purpose.PASSWORD, nora),
        }
        if "ticket" in rule.arguments:
            given["ticket"] = by_ticket[rule.endpoint]()
        values = {name: given[name] for name in rule.arguments}
        return str(self.office.app.url_map.bind("localhost").build(rule.endpoint, values))

    def _share(self) -> str:
        promoter = self._row(Promoter).id
        return act(self.office, lambda ctx: page_ticket(ctx, promoter))

    def _preferences(self, ctx: Context) -> str:
        return preferences.sign(ctx.keys, self.ina, MailSort.MANY, now=ctx.now)

    def _token(self, contact_id: int) -> str:
        return tokens.sign_row(self.office.state.form_keys(), "consent", contact_id)
