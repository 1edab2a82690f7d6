"""Campaigns on either database: a code with each order, kickbacks when friends buy, gone with returns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from email.message import EmailMessage

import pytest
from sqlalchemy import text

from flask_firstline import Customer, Reason
from flask_firstline.domain.campaign import CampaignTerms, Worth
from flask_firstline.models import (
    Campaign,
    Code,
    Contact,
    Coupon,
    Document,
    Outbox,
    Promoter,
    Referral,
    Reward,
    Share,
)
from flask_firstline.services import campaigns, mailings, merging, referrals, share_acts
from flask_firstline.services.checking import Checked
from flask_firstline.services.checking_rewards import check_rewards
from flask_firstline.services.mistakes import NameTaken
from flask_firstline.services.share_acts import Visitor
from flask_firstline.testing import FakeShop

from .campaign_kit import (
    FIVE,
    TEN_PERCENT,
    buy,
    campaign,
    do,
    promoters,
    reward_codes,
    rewards_of,
    share_code,
    work,
)
from .kit import MakeShop, cart_of, one, reason


@pytest.fixture
def mount() -> Sequence[str]:
    return ("checkout",)


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    made = make_shop(SERVER_NAME="shop.example", FIRSTLINE_MAIL_FROM="Shop <shop@shop.example>")
    made.sent = []  # type: ignore[attr-defined]
    made.state.shop = made
    made.send_mail = made.sent.append  # type: ignore[attr-defined]
    return made


def mails(shop: FakeShop) -> list[EmailMessage]:
    work(shop)
    return shop.sent  # type: ignore[attr-defined,no-any-return]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_each_order_yields_a_code_that_takes_the_discount_off_for_a_friend(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1", paid=False)

    code = share_code(shop, "a1")

    assert shop.place(cart_of("ben"), "b1", codes=[code]).discount == Decimal("5.00")


def test_the_same_promoter_keeps_one_code_for_all_orders_of_a_campaign(shop: FakeShop) -> None:
    campaign(shop)
    for ref in ("a1", "a2"):
        buy(shop, "anna", ref)

    assert share_code(shop, "a1") == share_code(shop, "a1") == share_code(shop, "a2")
    assert promoters(shop) == 1
    assert len(shop.rows(Share)) == 2


def test_no_code_without_a_campaign_for_other_products_or_for_an_order_that_is_no_more(
    shop: FakeShop,
) -> None:
    buy(shop, "anna", "before", paid=False)
    with shop.app.test_request_context():
        assert shop.firstline.share("before") is None
        assert shop.firstline.share("nothing") is None
    campaign(shop, products=frozenset({"balm"}))
    buy(shop, "anna", "other", paid=False)
    shop.place(cart_of("anna", one()), "gone")
    shop.cancel("gone")

    with shop.app.test_request_context():
        assert shop.firstline.share("other") is None
        assert shop.firstline.share("gone") is None


def test_of_several_campaigns_the_one_that_began_last_is_for_an_order(shop: FakeShop) -> None:
    campaign(shop)
    shop.clock.advance(days=1)
    campaign(shop, name="Only balm", products=frozenset({"balm"}))
    newest = campaign(shop, name="Newest", discount=TEN_PERCENT)
    buy(shop, "anna", "a1")

    share_code(shop, "a1")

    code = shop.rows(Code, id=shop.rows(Promoter)[0].code_id)[0]
    assert code.coupon_id == shop.rows(Campaign, id=newest)[0].coupon_id


def test_the_block_for_the_order_mail_speaks_of_both_and_links(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    with shop.app.test_request_context():
        found = shop.firstline.share("a1")

    assert found is not None
    assert found.link == f"http://shop.example/firstline/s/{found.code}"
    for said in (found.html, found.text):
        assert found.code in said
        assert "€5.00 for your friends, €5.00 for you" in said
        assert "http://shop.example/firstline/share/" in said


def test_the_block_speaks_the_buyers_language(shop: FakeShop) -> None:
    campaign(shop)
    shop.place(cart_of(Customer(ref="jan", email="jan@shop.example", locale="nl")), "j1")
    with shop.app.test_request_context(headers={"Accept-Language": "de"}):
        found = shop.firstline.share("j1")

    assert found is not None
    assert "voor uw vrienden" in found.text
    assert "voor uw vrienden" in found.html


def test_an_order_not_committed_yet_yields_in_the_shops_own_transaction(shop: FakeShop) -> None:
    campaign(shop)
    with shop.app.test_request_context():
        shop.place_now(cart_of("anna"), "a1")
        found = shop.firstline.share("a1")
        shop.db.session.rollback()

    assert found is not None
    assert shop.rows(Share) == []


def test_a_friend_who_has_paid_brings_a_pending_reward_that_is_active_after_the_window(
    shop: FakeShop,
) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")

    buy(shop, "ben", "b1", code, paid=False)
    work(shop)
    assert rewards_of(shop, "anna") == []
    assert [(row.how, row.order_ref) for row in shop.rows(Referral)] == [("code", "b1")]

    shop.pay("b1")
    work(shop)
    assert rewards_of(shop, "anna") == ["pending"]

    shop.clock.advance(days=14)
    work(shop)
    assert rewards_of(shop, "anna") == ["active"]
    (reward,) = reward_codes(shop, "anna")
    assert shop.place(cart_of("anna"), "a2", codes=[reward]).discount == Decimal("5.00")
    work(shop)
    assert rewards_of(shop, "anna") == ["used"]


def test_each_redemption_brings_the_same_and_no_call_twice(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    for friend in ("ben", "cora"):
        buy(shop, friend, f"{friend}1", code)
        shop.pay(f"{friend}1")
    work(shop)

    assert rewards_of(shop, "anna") == ["pending", "pending"]
    assert len(shop.rows(Referral)) == 2


def test_the_kickback_waits_for_the_sharers_own_payment_and_goes_with_the_own_return(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1", paid=False)
    code = share_code(shop, "a1")
    buy(shop, "ben", "b1", code)
    work(shop)
    assert rewards_of(shop, "anna") == []

    shop.pay("a1")
    work(shop)
    assert rewards_of(shop, "anna") == ["pending"]

    shop.refund("a1")
    work(shop)
    assert rewards_of(shop, "anna") == ["void"]
    assert shop.rows(Reward)[0].why == "own order returned"


def test_a_return_in_the_window_takes_back_what_was_pending(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))
    work(shop)

    shop.refund("b1")
    shop.clock.advance(days=20)
    work(shop)

    assert rewards_of(shop, "anna") == ["void"]
    assert reward_codes(shop, "anna") == []


def test_a_late_return_of_a_used_reward_is_made_up_for_by_the_next_and_the_friend_is_left_alone(
    shop: FakeShop,
) -> None:
    campaign(shop, hold_days=0)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    buy(shop, "ben", "b1", code)
    work(shop)
    buy(shop, "anna", "a2", *reward_codes(shop, "anna"))

    shop.refund("b1")
    work(shop)
    assert rewards_of(shop, "anna") == ["owed"]
    assert shop.rows(Reward)[0].owed == 500

    buy(shop, "cora", "c1", code)
    work(shop)
    assert rewards_of(shop, "anna") == ["owed", "used"]
    assert len(reward_codes(shop, "anna")) == 1


def test_a_part_that_comes_back_leaves_the_kickback(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))
    shop.refund("b1", amount="3.00")
    work(shop)

    assert rewards_of(shop, "anna") == ["pending"]


def test_the_own_code_is_refused_to_its_promoter(shop: FakeShop) -> None:
    campaign(shop, new_customers_only=False)
    buy(shop, "anna", "a1")

    assert reason(shop, cart_of("anna"), codes=[share_code(shop, "a1")]) is Reason.OWN_CODE


def test_where_a_shop_allows_own_codes_nothing_is_paid_back_for_one(make_shop: MakeShop) -> None:
    shop = make_shop(SERVER_NAME="shop.example", FIRSTLINE_OWN_CODE="allow")
    campaign(shop, new_customers_only=False)
    buy(shop, "anna", "a1")
    buy(shop, "anna", "a2", share_code(shop, "a1"))
    work(shop)

    assert [(row.state, row.why) for row in shop.rows(Reward)] == [("void", "the friend is the sharer")]
    assert shop.rows(Referral) == []


def test_a_second_account_of_the_same_person_brings_nothing(shop: FakeShop) -> None:
    campaign(shop, new_customers_only=False)
    shop.place(cart_of(Customer(ref="anna", email="anna.m@gmail.com")), "a1")
    shop.pay("a1")
    code = share_code(shop, "a1")

    again = cart_of(Customer(ref="anna2", email="annam+two@gmail.com"))

    assert reason(shop, again, codes=[code]) is Reason.OWN_CODE


def test_one_household_is_noted_and_not_refused(shop: FakeShop) -> None:
    home = "Am Hang 3, 89073 Ulm"
    campaign(shop)
    shop.place(cart_of(Customer(ref="anna", email="anna@shop.example", name="Anna", address=home)), "a1")
    shop.pay("a1")
    code = share_code(shop, "a1")
    ben = Customer(ref="ben", email="ben@shop.example", name="Ben", address="am Hang 3,  89073 ULM")
    shop.place(cart_of(ben), "b1", codes=[code])
    shop.pay("b1")
    work(shop)

    assert rewards_of(shop, "anna") == ["pending"]
    assert shop.rows(Referral)[0].flags == ["household"]


def test_a_ring_of_friends_brings_the_first_one_something_and_the_last_one_nothing(shop: FakeShop) -> None:
    campaign(shop, new_customers_only=False)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))
    buy(shop, "cora", "c1", share_code(shop, "b1"))
    work(shop)

    buy(shop, "anna", "a2", share_code(shop, "c1"))
    work(shop)

    assert rewards_of(shop, "anna") == ["pending"]
    assert rewards_of(shop, "cora") == ["void"]
    assert [row.why for row in shop.rows(Reward, state="void")] == ["the sharer came through the friend"]


def test_a_reward_that_pays_for_the_referred_order_brings_no_other_reward(shop: FakeShop) -> None:
    campaign(shop, hold_days=0, new_customers_only=False)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))
    work(shop)
    for coupon in ("Bring a friend", "Bring a friend 5.00 EUR"):
        _stack(shop, coupon)
    buy(shop, "dora", "d1")
    code = share_code(shop, "d1")

    buy(shop, "anna", "a2", code, *reward_codes(shop, "anna"))
    work(shop)

    assert [(row.state, row.why) for row in shop.rows(Reward, order_ref="a2")] == [
        ("void", "a reward paid for the referred order")
    ]


def _stack(shop: FakeShop, name: str) -> None:
    """Let codes of a coupon stand beside others."""
    coupon = next(row for row in shop.rows(Coupon) if row.name.startswith(name))
    with shop.transaction() as session:
        table = Coupon.__table__
        session.execute(table.update().where(table.c.id == coupon.id).values(stackable=True))


def test_the_end_of_a_campaign_ends_its_codes_and_leaves_rewards(shop: FakeShop) -> None:
    campaign(shop, hold_days=0, ends_at=shop.clock.now.replace(year=shop.clock.now.year + 1))
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    buy(shop, "ben", "b1", code)
    work(shop)
    shop.clock.advance(days=366)

    assert reason(shop, cart_of("cora"), codes=[code]) is Reason.EXPIRED
    assert shop.place(cart_of("anna"), "a2", codes=reward_codes(shop, "anna")).discount == Decimal("5.00")


def test_no_more_codes_are_redeemed_than_a_campaign_allows(shop: FakeShop) -> None:
    campaign(shop, max_redemptions=1)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    buy(shop, "ben", "b1", code)

    assert reason(shop, cart_of("cora"), codes=[code]) is Reason.USED_UP


def test_a_sign_up_with_a_code_starts_the_referral(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    with shop.app.app_context():
        shop.firstline.customer_registered(
            Customer(ref="ben", email="ben@shop.example"), share_code(shop, "a1"), commit=True
        )
    work(shop)

    assert [row.how for row in shop.rows(Referral)] == ["sign-up"]


def test_a_campaign_that_is_used_up_yields_no_more_codes(shop: FakeShop) -> None:
    campaign(shop, max_redemptions=1)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))

    with shop.app.test_request_context():
        assert shop.firstline.share("b1") is None


def test_somebody_known_who_comes_by_a_link_is_referred_once(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    shop.register(Customer(ref="ben", email="ben@shop.example"))
    ben = shop.rows(Contact, ref="ben")[0].id

    for _ in range(2):
        do(shop, lambda ctx: share_acts.visit(ctx, code, None, Visitor(contact_id=ben)))
        work(shop)

    assert [(row.how, row.friend_id) for row in shop.rows(Referral)] == [("link", ben)]


def visit(shop: FakeShop, code: str, channel: str, **who: object) -> None:
    visitor = Visitor(**{"network": "203.0.113.0/24", **who})  # type: ignore[arg-type]
    do(shop, lambda ctx: share_acts.visit(ctx, code, channel, visitor))


def test_sharing_is_rewarded_step_by_step_once_somebody_came(shop: FakeShop) -> None:
    steps = tuple(Worth(amount=amount) for amount in (100, 200))
    campaign(shop, kickback=None, share_steps=steps, hold_days=0)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    promoter = shop.rows(Share)[0].promoter_id

    do(shop, lambda ctx: share_acts.press(ctx, promoter, "whatsapp"))
    work(shop)
    assert rewards_of(shop, "anna") == []

    for channel in ("whatsapp", "whatsapp", "email", "qr"):
        visit(shop, code, channel)
    work(shop)
    assert [row.terms["amount"] for row in shop.rows(Reward)] == [100, 200]
    assert rewards_of(shop, "anna") == ["active", "active"]


def test_nobody_proves_the_own_sharing(shop: FakeShop) -> None:
    campaign(shop, kickback=None, share_steps=(FIVE,))
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    share = shop.rows(Share)[0]
    owner = shop.rows(Code, display=code)[0].owner_id

    do(shop, lambda ctx: share_acts.opened(ctx, share.promoter_id, "203.0.113.0/24"))
    visit(shop, code, "email")
    visit(shop, code, "email", network="198.51.100.0/24", contact_id=owner)
    visit(shop, code, "by pigeon", network="198.51.100.0/24")
    work(shop)
    assert rewards_of(shop, "anna") == []

    visit(shop, code, "email", network="198.51.100.0/24")
    work(shop)
    assert rewards_of(shop, "anna") == ["pending"]


def test_who_was_not_told_by_the_shop_gets_a_mail_of_ours_after_ten_minutes(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    assert mails(shop) == []

    shop.clock.advance(minutes=10)
    (mail,) = mails(shop)

    assert mail["To"] == "anna@shop.example"
    assert mail["Subject"] == "€5.00 for your friends, €5.00 for you"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert share_code(shop, "a1") in text_of(mail)
    shop.clock.advance(days=1)
    assert len(mails(shop)) == 1


def test_no_mail_of_ours_to_who_was_told_by_the_shop_or_wants_none(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    share_code(shop, "a1")
    buy(shop, "ben", "b1")
    work(shop)
    ben = shop.rows(Document, ref="b1")[0].contact_id
    do(shop, lambda ctx: mailings.opt_out(ctx.conn, ben, now=ctx.now))
    shop.clock.advance(hours=1)

    assert mails(shop) == []


def test_a_reminder_comes_to_who_has_not_shared_and_to_nobody_else(shop: FakeShop) -> None:
    campaign(shop, remind_after_days=3)
    for who in ("anna", "ben", "cora"):
        buy(shop, who, f"{who}1")
        share_code(shop, f"{who}1")
    shares = {row.promoter_id: row for row in shop.rows(Share)}
    do(shop, lambda ctx: share_acts.press(ctx, min(shares), "whatsapp"))
    buy(shop, "dora", "d1", share_code(shop, "ben1"), paid=False)
    with shop.app.test_request_context():
        shop.firstline.share("d1")

    shop.clock.advance(days=3)
    told = [(mail["To"], mail["Subject"].split(":")[0]) for mail in mails(shop)]

    assert told == [("cora@shop.example", "Do not forget"), ("dora@shop.example", "Do not forget")]
    shop.clock.advance(days=30)
    assert len(mails(shop)) == 2


def test_no_reminder_once_the_campaign_is_over(shop: FakeShop) -> None:
    made = campaign(shop, remind_after_days=3)
    buy(shop, "anna", "a1")
    share_code(shop, "a1")
    do(shop, lambda ctx: campaigns.set_active(ctx.conn, made, False, who="Ines", now=ctx.now))
    shop.clock.advance(days=3)

    assert mails(shop) == []


def test_the_promoter_gets_a_mail_with_the_reward(shop: FakeShop) -> None:
    campaign(shop, hold_days=0)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))

    (mail,) = mails(shop)

    assert mail["Subject"] == "Your reward: €5.00 for your next order"
    assert reward_codes(shop, "anna")[0] in text_of(mail)


def test_terms_can_be_changed_and_what_was_promised_stays(shop: FakeShop) -> None:
    made = campaign(shop)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))
    work(shop)

    def change(ctx: object) -> bool:
        row = campaigns.get_campaign(ctx.conn, made)  # type: ignore[attr-defined]
        old = campaigns.terms_of(ctx.conn, row)  # type: ignore[attr-defined]
        new = CampaignTerms(**{**vars(old), "kickback": Worth(amount=700), "name": "New name"})
        return campaigns.change_campaign(ctx.conn, made, new, who="Ines", now=ctx.now)  # type: ignore[attr-defined]

    assert do(shop, change) is True
    buy(shop, "cora", "c1", share_code(shop, "a1"))
    work(shop)

    assert [row.terms["amount"] for row in shop.rows(Reward)] == [500, 700]
    assert shop.rows(Coupon, id=shop.rows(Campaign)[0].coupon_id)[0].name == "New name"


def test_two_campaigns_do_not_share_a_name(shop: FakeShop) -> None:
    campaign(shop)

    with pytest.raises(NameTaken):
        campaign(shop)


def test_referrals_are_told_to_others_once(shop: FakeShop) -> None:
    campaign(shop)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    buy(shop, "ben", "b1", code)
    work(shop)
    work(shop)

    assert len(shop.rows(Outbox, topic=referrals.STARTED)) == 1


def told_story(shop: FakeShop) -> None:
    """Anna's reward is used and withdrawn, and made up for by her second; her third is free to use."""
    campaign(shop, hold_days=0)
    buy(shop, "anna", "a1")
    code = share_code(shop, "a1")
    buy(shop, "ben", "b1", code)
    work(shop)
    buy(shop, "anna", "a2", *reward_codes(shop, "anna"))
    work(shop)
    shop.refund("b1")
    work(shop)
    for friend in ("cora", "dora"):
        buy(shop, friend, f"{friend}1", code)
    work(shop)
    assert rewards_of(shop, "anna") == ["owed", "used", "active"]


def checked(shop: FakeShop) -> dict[str, Checked]:
    return do(shop, lambda ctx: {one.name: one for one in check_rewards(ctx)})


def test_the_books_of_rewards_agree(shop: FakeShop) -> None:
    told_story(shop)

    checks = checked(shop)

    assert [finding for one in checks.values() for finding in one.findings] == []
    assert all(one.compared for one in checks.values())


def test_what_the_worker_has_not_seen_is_no_difference(shop: FakeShop) -> None:
    told_story(shop)
    shop.clock.advance(seconds=1)
    shop.cancel("a2")

    assert all(one.ok for one in checked(shop).values())
    work(shop)
    assert all(one.ok for one in checked(shop).values())


TAMPERINGS = {
    "used rewards = redemptions": "UPDATE firstline_reward SET state = 'used' WHERE state = 'active'",
    "rewarded orders = their rewards": "UPDATE firstline_reward SET order_ref = 'b1'",
    "used and withdrawn = owed": "UPDATE firstline_reward SET owed = owed + 1 WHERE state = 'owed'",
    "rewards = their codes and what they made up for": "DELETE FROM firstline_reward_netting",
}


@pytest.mark.parametrize(("name", "change"), TAMPERINGS.items())
def test_each_difference_is_found_by_its_check(shop: FakeShop, name: str, change: str) -> None:
    told_story(shop)
    with shop.transaction() as session:
        session.execute(text(change))

    assert not checked(shop)[name].ok


def test_doubles_that_are_merged_go_on_sharing(shop: FakeShop) -> None:
    campaign(shop, hold_days=0)
    for who in ("anna", "ann"):
        buy(shop, who, f"{who}1")
    codes = [share_code(shop, f"{who}1") for who in ("anna", "ann")]
    buy(shop, "ben", "b1", codes[1])
    work(shop)
    anna, double = (shop.rows(Contact, ref=who)[0].id for who in ("anna", "ann"))

    do(shop, lambda ctx: merging.merge(ctx.conn, double, anna, why="same", who="Ines", now=ctx.now))
    buy(shop, "cora", "c1", codes[1])
    work(shop)

    assert rewards_of(shop, "anna") == ["active", "active"]
    assert {row.sharer_id for row in shop.rows(Referral)} == {anna}


def test_a_merger_of_friend_and_sharer_ends_their_referral(shop: FakeShop) -> None:
    campaign(shop, hold_days=0)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"))
    work(shop)
    anna, ben = (shop.rows(Contact, ref=who)[0].id for who in ("anna", "ben"))

    do(shop, lambda ctx: merging.merge(ctx.conn, ben, anna, why="same", who="Ines", now=ctx.now))

    assert [row.why_ended for row in shop.rows(Referral)] == ["merged"]


def test_a_friend_who_was_merged_away_starts_no_referral_anew(shop: FakeShop) -> None:
    campaign(shop, hold_days=0)
    buy(shop, "anna", "a1")
    buy(shop, "ben", "b1", share_code(shop, "a1"), paid=False)
    work(shop)
    buy(shop, "benny", "x1")
    ben, benny = (shop.rows(Contact, ref=ref)[0].id for ref in ("ben", "benny"))
    do(shop, lambda ctx: merging.merge(ctx.conn, ben, benny, why="same", who="Ines", now=ctx.now))

    shop.pay("b1")
    work(shop)

    assert [row.friend_id for row in shop.rows(Referral)] == [benny]
    assert [row.friend_id for row in shop.rows(Reward)] == [benny]
    assert rewards_of(shop, "anna") == ["active"]
