"""The admin pages are closed to everybody but admins, change nothing by looking, and log every act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from flask_firstline import Firstline
from flask_firstline.admin import permits
from flask_firstline.admin.decisions import DECISIONS
from flask_firstline.domain.roles import Permission, granted
from flask_firstline.extension import MOUNTS
from flask_firstline.models import ApprovalKind, Audit, Coupon, Document, UploadKind
from flask_firstline.services import (
    address_book,
    applications,
    approvals,
    bodies,
    code_uploads,
    disputes,
    events,
    legacy_uploads,
    manual_postings,
    postback_calls,
    postbacks,
    programs,
    rule_engine,
    sources,
    webhook_calls,
    webhooks,
)
from flask_firstline.services.applications import Wanted
from flask_firstline.services.code_drawing import generate_codes
from flask_firstline.services.code_importing import Act
from flask_firstline.services.code_wanted import Wanted as WantedCodes
from flask_firstline.services.context import Context
from flask_firstline.services.legacy_fields import Field
from flask_firstline.services.legacy_mapping import ColumnMapping
from flask_firstline.services.unit import unit
from flask_firstline.state import state_of
from flask_firstline.testing import FakeShop, make_customer
from tests.databases import Databases
from tests.service.campaign_kit import campaign
from tests.service.pay_kit import IBANS, act, earned, run, wants
from tests.service.statement_kit import issue, issuer, taxed
from tests.service.test_joining import PLACES

from .office import PREFIX, STAFF, VERA, Office, send, story, text

VALUES = {
    "contact_id": "3",
    "document_id": "1",
    "call_id": "1",
    "key": "1",
    "what": "sponsor",
    "code_id": "1",
    "act": "link-only",
    "batch_id": "1",
    "coupon_id": "1",
    "upload_id": "1",
    "run_id": "1",
    "rule_id": "1",
    "payout_id": "1",
    "application_id": "1",
    "statement_id": "1",
    "dispute_id": "1",
    "how": "won",
    "kind": "sepa",
    "name": "sales",
    "row_id": "1",
    "endpoint_id": "1",
    "delivery_id": "1",
    "letter": "log_in",
    "tongue": "de",
    "source_id": "1",
    "body_id": "1",
    "approval_id": "1",
    "noun": "codes",
    "filter_id": "1",
    "postback_id": "2",
}
OTHER_VALUES = {
    "firstline_admin.act_on_payout_run": {"act": "refresh"},
    "firstline_admin.record": {"what": "payment"},
    "firstline_admin.approval_decide": {"what": "reject"},
    "firstline_admin.program_setting": {"key": "hold_days"},
    "firstline_admin.letter_preview": {"kind": "html"},
    "firstline_admin.retention_kind": {"kind": "clicks"},
    **{
        f"firstline_admin.legacy_{page}": {"what": "partners", "upload_id": "2"}
        for page in ("again", "columns", "file", "mistakes_csv", "new", "report_csv", "start")
    },
}


class Guarded(Office):
    """A shop where something is there for every page."""

    by_hand: tuple[int, int] = (0, 0)


@contextmanager
def guarded(url: str = "sqlite://") -> Iterator[Guarded]:
    """Open a shop where something is there for every page."""
    with Guarded(url, mount=MOUNTS) as shop:
        story(shop)
        shop.register(make_customer("berta"))
        with shop.app.app_context():
            many_codes(shop)
            payouts_to_release(shop)
            somebody_who_applies(shop)
            a_statement(shop)
            a_posting_by_hand_and_a_dispute(shop)
            a_webhook_that_waits(shop)
            a_body_that_waits(shop)
            a_rule_that_ran(shop)
            a_campaign(shop)
            a_change_that_waits(shop)
            a_file_of_another_system(shop)
        yield shop


@pytest.fixture(scope="module")
def office(databases: Databases, template: str) -> Iterator[Guarded]:
    with databases.fresh(template=template) as url, guarded(url) as shop:
        yield shop


def many_codes(shop: Office) -> None:
    """Draw a batch, and leave a file that was looked at and not imported."""
    state = state_of(shop.app)
    with unit(state.session()) as conn:
        wanted = WantedCodes(coupon_id=1, count=3, occasion="fair")
        ctx = state.context(conn)
        generate_codes(conn, wanted, keys=ctx.keys, who="admin:ines", now=ctx.now)
        source = code_uploads.source_of(
            b"code\nspring\n", coupon_id=1, file_name="a.csv", zone=state.settings.zone
        )
        code_uploads.add(conn, source, Act(who="admin:ines", now=ctx.now))


def payouts_to_release(shop: Office) -> None:
    """Make a payout run that waits for its release."""
    wants(shop, "meier")
    earned(shop, "p1")
    run(shop)


def somebody_who_applies(shop: Office) -> None:
    """Let somebody apply who proves the address."""
    state = state_of(shop.app)
    with unit(state.session()) as conn:
        ctx = state.context(conn)
        applications.apply(ctx, Wanted(name="Tom", email="tom@post.example"), None, None, PLACES)
        applications.confirm(ctx, 1, PLACES)


def a_statement(shop: Office) -> None:
    """Issue a statement over what was earned this month."""
    issuer(shop)
    taxed(shop)
    (made, _open) = issue(shop)
    assert made == [1]


def a_posting_by_hand_and_a_dispute(shop: Guarded) -> None:
    """Post something by hand, and dispute the order that was paid."""
    owed = manual_postings.Wanted(
        kind=manual_postings.ByHand.CORRECTION, partner_id=3, amount=100, currency="EUR", reason="a fair"
    )
    shop.by_hand = act(shop, lambda ctx: manual_postings.post(ctx, owed, key="one", who="Ines"))
    [order, *_rest] = shop.rows(Document, ref="p1")
    assert act(shop, lambda ctx: disputes.open_dispute(ctx, order.id, reason="bank", who="Ines")) == 1


def a_webhook_that_waits(shop: Office) -> None:
    """Write down a call of an endpoint."""

    def call(ctx: Context) -> None:
        endpoint_id, _secret = webhooks.add(
            ctx, ctx.keys, "erp", "https://erp.example/", ["payout_paid"], who="Ines"
        )
        assert webhook_calls.call(ctx, endpoint_id, "payout_paid", {}) == 1
        meier = address_book.get_contact_id(ctx.conn, "meier")
        url = "https://tracker.example/sale?order={order_ref}"
        postback_id, _secret = postbacks.add(ctx, meier, url, "GET", ["sale"], who="partner:meier")
        assert (postback_id, postback_calls.try_out(ctx, meier, postback_id)) == (2, 2)

    act(shop, call)


def a_body_that_waits(shop: Office) -> None:
    """Make another shop known that has sent something."""

    def take(ctx: Context) -> None:
        wanted = sources.Wanted(
            name="woo", platform="woocommerce", url="https://woo.example", currency="EUR", zone="UTC"
        )
        sources.add(ctx, ctx.keys, wanted, who="Ines")
        bodies.take(ctx, 1, bodies.Came(topic="order.updated", content='{"id": 7}'))

    act(shop, take)


def a_rule_that_ran(shop: Office) -> None:
    """Make a program with a rule, and let the rule be judged once."""
    mail = {"do": "mail", "to": "customer", "subject": "Thanks", "text": "Thank you."}
    rule = {"trigger": {"on": "event", "name": "demo", "who": "anyone"}, "actions": [mail]}
    state = state_of(shop.app)
    with unit(state.session()) as conn:
        made = programs.add_program(conn, "Friends", who="Ines", now=state.now())
        programs.add_rule(conn, made, "Demos", rule, conversion=True, who="Ines", now=state.now())
        programs.switch_program(conn, made, active=True, who="Ines", now=state.now())
        customer = make_customer("berta")
        call = events.note(state.context(conn), "demo", customer, {}, "d1")
        fact = {"kind": "event", "key": "1", "call_id": call.id, "at": state.now().isoformat()}
        rule_engine.take_in(state.context(conn), [fact])


def a_file_of_another_system(shop: Office) -> None:
    def send_and_look(ctx: Context) -> None:
        upload_id = legacy_uploads.add(
            ctx,
            b"xid;xmail;xwho\n1;ida@x.example;Ida Ott\n2;udo;Udo Ott\n",
            kind=UploadKind.PARTNERS,
            origin="old system",
            file_name="partners.csv",
            who="Ines",
        )
        columns = {Field.OLD: 0, Field.EMAIL: 1, Field.NAME: 2}
        legacy_uploads.look(ctx, upload_id, ColumnMapping(columns=columns))

    act(shop, send_and_look)


def a_campaign(shop: Office) -> None:
    """Make a campaign in which customers bring friends."""
    campaign(shop)


def a_change_that_waits(shop: Office) -> None:
    """Let somebody propose a rate."""

    def propose(ctx: Context) -> None:
        entry = {"act": "set", "noun": "rate", "subject": "USD EUR", "before": None, "after": {"rate": "0.9"}}
        wanted = approvals.Proposal(
            kind=ApprovalKind.RATES, path=f"{PREFIX}/rates/new", form=(), language="en", entries=[entry]
        )
        approvals.propose(ctx.conn, wanted, approvals.Who(name="Max", id="admin:12"), now=ctx.now)

    act(shop, propose)


def routes(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("firstline_admin.")]


def methods(rule: Rule) -> set[str]:
    return set(rule.methods or ())


def address(office: Guarded, rule: Rule) -> str:
    values = {name: VALUES[name] for name in rule.arguments if name in VALUES}
    values |= OTHER_VALUES.get(rule.endpoint, {})
    if rule.endpoint in {"firstline_admin.by_hand", "firstline_admin.by_hand_back"}:
        values |= dict(zip(("call_id", "seq"), map(str, office.by_hand), strict=True))
    with office.app.test_request_context():
        adapter = office.app.url_map.bind("localhost")
        return str(
            adapter.build(rule.endpoint, {**values, **(rule.defaults or {})}, method=min(methods(rule)))
        )


def test_there_are_pages_to_guard(office: Guarded) -> None:
    assert len(routes(office.app)) > 40


def test_nobody_who_is_not_signed_in_gets_anywhere(office: Guarded) -> None:
    for rule in routes(office.app):
        answer = office.browser().get(address(office, rule)) if "GET" in methods(rule) else None
        if answer is not None:
            assert (answer.status_code, "/sign-in" in answer.location) == (302, True), rule
        if "POST" in methods(rule):
            assert office.browser().post(address(office, rule)).status_code == 403, rule


def test_a_buyer_gets_nowhere(office: Guarded) -> None:
    browser = office.browser("berta")
    for rule in routes(office.app):
        for method in methods(rule) & {"GET", "POST"}:
            answer = browser.open(address(office, rule), method=method)
            assert answer.status_code == 403, rule
            assert "for the admins of the shop" in text(answer), rule


WITHOUT_A_CHOICE = {
    "firstline_admin.products_edit": 404,
    "firstline_admin.landing_pages_edit": 404,
    "firstline_admin.materials_edit": 404,
    "firstline_admin.counter_hosts_edit": 404,
    "firstline_admin.tasks_edit": 404,
    "firstline_admin.mail_templates_edit": 404,
    "firstline_admin.mail_template_remove": 404,
    "firstline_admin.mail_template_preview": 404,
    "firstline_admin.mail_template_shown": 404,
    "firstline_admin.cards_pdf": 303,
}


@pytest.mark.both_databases
def test_an_admin_sees_every_page_and_looking_changes_nothing(office: Guarded) -> None:
    before, browser = office.acts(), office.ines()
    for rule in routes(office.app):
        if "GET" in methods(rule):
            answer = browser.get(address(office, rule))
            assert answer.status_code == WITHOUT_A_CHOICE.get(rule.endpoint, 200), rule
            assert answer.headers["Cache-Control"] == "no-store", rule
    assert office.acts() == before


def test_a_post_without_our_token_is_refused_everywhere(office: Guarded) -> None:
    before, browser = office.acts(), office.ines()
    for rule in routes(office.app):
        if "POST" in methods(rule):
            assert browser.post(address(office, rule), data={"sure": "yes"}).status_code == 400, rule
    assert office.acts() == before


def test_a_post_from_another_site_is_refused(office: Guarded) -> None:
    browser = office.ines()
    fields = {"name": "Trick", "kind": "percent", "percent": "5"}

    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"

    assert send(browser, f"{PREFIX}/coupons/new", fields).status_code == 400


ALLOWED = {
    "sue": """
        filter_remove filter_save again all_again application approval_mails_page approval_withdraw
        bodies_bulk erase
        bodies_new body_again code_share codes_edit codes_new
        contact_export contact_notes_add contact_tags contacts_bulk decide do_about_leak merge outbox_again
        outbox_bulk partners_bulk partners_new postback_switch redemptions_bulk sponsor_changes_bulk
        tasks_bulk tasks_edit tasks_new ticked webhook_deliveries_bulk webhook_replay
        legacy_again legacy_columns legacy_new legacy_start""",
    "max": """
        approval_mails_page approval_withdraw filter_remove filter_save
        batch_again batches_new campaigns_bulk campaigns_edit campaigns_new code_share codes_bulk codes_edit
        codes_new counter_hosts_edit counter_hosts_new coupons_bulk coupons_edit coupons_new do_about_leak
        import_again imports_new landing_pages_edit landing_pages_new letter_edit letter_preview
        letter_reset mail_template_remove mail_templates_edit mail_templates_new materials_edit
        materials_new products_bulk products_edit products_new programs_edit programs_new redemptions_bulk
        rule_page rule_switch rules_new start_import tasks_bulk tasks_edit tasks_new ticked
        letter_frame_edit""",
    "finja": """
        approval_mails_page filter_remove filter_save
        accruals_new act_on_payout_run allowed_pairs_bulk approval_withdraw by_hand_back check_books
        contact_tax dispute_close dispute_new suspicion_policy_of suspicion_policy_page suspicions_bulk
        partner_terms_new payout_amounts payout_failed payout_file payout_runs_new payout_settings_page
        payout_single rates_new record reissue_statement release_payout_run rewards_bulk
        statement_objection statement_settings_page statements_new tasks_bulk tasks_edit tasks_new
        terms_bulk terms_edit terms_new why_share
        allowed_pairs_bulk suspicion_policy_of suspicion_policy_page suspicions_bulk""",
    VERA: "filter_remove filter_save",
}
"""By who acts, everywhere where something can be changed; owners may act everywhere."""
PARTS = {
    "sue": "sponsor release suspend resume end",
    "max": "",
    "finja": "currency parent spread fold block unblock",
}


def posts(app: Flask) -> list[Rule]:
    return [rule for rule in routes(app) if "POST" in methods(rule)]


def name_of(rule: Rule) -> str:
    return str(rule.endpoint.partition(".")[2])


def test_every_act_names_who_may_do_it(office: Guarded) -> None:
    acts = {name_of(rule) for rule in posts(office.app)}
    assert acts == set(permits.CHANGES)


@pytest.mark.parametrize("who", ALLOWED)
def test_each_role_does_what_is_its_work_and_nothing_else(office: Guarded, who: str) -> None:
    browser, before = office.browser(who), office.acts()
    for rule in posts(office.app):
        answer = browser.post(address(office, rule))
        # With the right and without a token it is a bad request, and nothing is done either way.
        expected = 400 if name_of(rule) in ALLOWED[who].split() else 403
        assert answer.status_code == expected, (who, rule)
        if expected == 403:
            assert ("change nothing" in text(answer)) == (who == VERA), rule
            assert "Only these roles may do it: " in text(answer), rule
    assert office.acts() == before


@pytest.mark.parametrize("who", PARTS)
def test_acts_on_a_contact_are_allowed_one_by_one(office: Guarded, who: str) -> None:
    browser = office.browser(who)
    for what in DECISIONS:
        expected = 400 if what in PARTS[who].split() else 403
        assert browser.post(f"{PREFIX}/contacts/3/{what}").status_code == expected, what
    mail = browser.post(f"{PREFIX}/contacts/act", data={"act": "mail", "key": "3"})
    assert mail.status_code == (400 if who == "max" else 403)


@pytest.mark.parametrize("who", ALLOWED)
def test_a_page_offers_only_what_may_be_opened_and_done(office: Guarded, who: str) -> None:
    browser, allowed = office.browser(who), permits_of(who)
    where = office.app.url_map.bind("localhost")
    for rule in routes(office.app):
        if "GET" not in methods(rule):
            continue
        answer = browser.get(address(office, rule))
        closed = permits.to_see(name_of(rule)) not in allowed
        assert (answer.status_code == 403) == closed, rule
        if answer.mimetype != "text/html":
            continue
        for wanted, method, said in offered(answer):
            endpoint, _values = where.match(wanted, method=method)
            if endpoint.startswith("firstline_admin."):
                name = endpoint.partition(".")[2]
                part = said or str(_values.get("what", ""))
                need = permits.to_see(name) if method == "GET" else permits.to_change(name, part)
                assert need in allowed, (who, rule.rule, wanted)


def permits_of(who: str) -> frozenset[Permission]:
    return granted(STAFF[who].roles)


def offered(answer: TestResponse) -> Iterator[tuple[str, str, str]]:
    """Give where a page leads, and what it can send: path, method, act."""
    page = answer.get_data(as_text=True)
    body = page[page.find("<main") :]
    for href in re.findall(r'<a [^>]*href="(/firstline/admin[^"?#]*)', body):
        yield href, "GET", ""
    for action, form in re.findall(
        r'(?s)<form [^>]*method="post"[^>]*action="([^"?]*)[^>]*>(.*?)</form>', body
    ):
        for button in re.findall(r'<button [^>]*type="submit"[^>]*>', form):
            elsewhere = re.search(r'formaction="([^"?]*)', button)
            said = re.search(r'name="act" value="([^"]*)"', button)
            yield elsewhere[1] if elsewhere else action, "POST", said[1] if said else ""


@pytest.mark.parametrize(("who", "sees"), [("sue", False), (VERA, False), ("finja", True)])
def test_bank_details_are_seen_by_finance_and_owners(office: Guarded, who: str, sees: bool) -> None:
    browser = office.browser(who)
    for place in ("contacts/3", "payout_runs/1", "payouts"):
        assert (IBANS["meier"][-4:] in text(browser.get(f"{PREFIX}/{place}"))) == sees, place


def test_an_admin_whom_the_shop_cannot_name_is_logged_by_number() -> None:
    with FakeShop() as shop:
        answer = send(
            shop.browser("admin"),
            f"{PREFIX}/coupons/new",
            {"name": "Ten", "kind": "percent", "percent": "10"},
        )

        assert answer.status_code == 303
        assert [(row.who, row.act, row.subject) for row in shop.rows(Audit)] == [
            ("admin admin", "create", "Ten")
        ]


class _Unnamed(Office):
    def admin_identity(self) -> None:
        """Name nobody, although somebody is one."""


def test_who_has_no_identity_is_no_admin_where_the_shop_knows_identities() -> None:
    class Confused(_Unnamed):
        def is_admin(self) -> bool:
            return True

    with Confused() as shop:
        assert shop.browser("berta").get(f"{PREFIX}/").status_code == 403


class _Plain:
    """A shop without a log-in page of its own: only the three answers."""

    def current_customer(self) -> None:
        """Nobody is signed in."""

    def current_cart(self) -> None:
        """There is no cart."""

    def is_admin(self) -> bool:
        """Nobody is one."""
        return False


def test_without_a_log_in_page_the_pages_say_that_they_are_closed() -> None:
    app = Flask("plain")
    app.config["SECRET_KEY"] = "plain"
    Firstline().init_app(app, shop=_Plain())

    answer = app.test_client().get(f"{PREFIX}/")

    assert answer.status_code == 403
    assert "Sign in as one" in text(answer)


@pytest.mark.both_databases
def test_every_act_is_one_row_in_the_log_with_the_admins_name(office: Guarded) -> None:
    before = len(office.acts())

    answer = send(
        office.ines(), f"{PREFIX}/coupons/new", {"name": "Spring", "kind": "percent", "percent": "7.5"}
    )

    assert answer.status_code == 303
    assert office.acts()[before:] == [("Ines Walter", "create", "coupon")]
    assert [row.name for row in office.rows(Coupon, name="Spring")] == ["Spring"]


@pytest.mark.both_databases
@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "-1", "1.5"])
@pytest.mark.parametrize("place", ["calls", "contacts", "codes", "why"])
def test_an_id_that_no_row_can_have_is_not_found(office: Office, place: str, number: str) -> None:
    assert office.ines().get(f"/firstline/admin/{place}/{number}").status_code == 404
