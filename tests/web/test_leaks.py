"""The leak radar, the page of a code, and acts on whole lists, as the office uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, update
from werkzeug.test import TestResponse

from flask_firstline.models import Audit, CameBy, Code, CodeBatch, Redemption
from flask_firstline.testing import make_cart, make_code, make_coupon, make_partner

from ..service.use_kit import age, code_id, use
from .office import PREFIX, Office, hidden, link, multi, rows, send, story, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        age(shop, "vonmeier", 120)
        for day in range(1, 60):
            use(shop, "vonmeier", days_ago=day)
        yield shop


def leak(office: Office, code: str = "vonmeier", times: int = 30) -> None:
    use(office, code, times, came_by=CameBy.TYPED, touched=False)


def clicked(office: Office, act: str, **given: object) -> str:
    """Click an act about vonmeier; give what the page says after it."""
    return clicked_on(office, code_id(office, "vonmeier"), act, **given)


def clicked_on(office: Office, about: int, act: str, **given: object) -> str:
    browser = office.ines()
    answer = send(browser, f"{PREFIX}/codes/{about}/{act}", given, form_at=f"{PREFIX}/coupons/new")
    assert answer.status_code == 303
    return text(browser.get(answer.location))


def shown(office: Office, address: str, language: str = "en") -> str:
    answer = office.ines(language).get(f"{PREFIX}/{address}")
    assert answer.status_code == 200
    return text(answer).replace("\u202f", " ").replace("\xa0", " ")


# The radar ------------------------------------------------------------------------------------------------


def test_a_quiet_radar_says_what_would_be_here(office: Office) -> None:
    assert "No code looks as if it had leaked." in shown(office, "radar")


def test_the_radar_says_with_figures_why_a_code_is_suspicious(office: Office) -> None:
    leak(office)

    found = shown(office, "radar")

    assert "32 redemptions on May 4, 2026. 28 on the 28 days before; up to 6 would be usual." in found
    assert "30 of 59 redemptions (50%) typed by buyers who had not met the partner." in found
    assert "Before, it was 0% of 32." in found
    assert "Hans Meier" in found


def test_the_radar_speaks_the_readers_language(office: Office) -> None:
    leak(office)

    assert "32 Einlösungen am 04.05.2026. 28 an den 28 Tagen davor; bis zu 6 wären üblich." in shown(
        office, "radar", "de"
    )


def test_one_click_lets_a_code_count_with_its_link_only_and_one_takes_it_back(office: Office) -> None:
    leak(office)

    said = clicked(office, "link-only")
    after = office.rows(Code, display="vonmeier")[0].link_only
    radar = shown(office, "radar")
    back = clicked(office, "typed-too")

    assert "vonmeier counts with its link only from now on." in said
    assert (after, office.rows(Code, display="vonmeier")[0].link_only) == (True, False)
    assert "No code looks as if it had leaked." in radar
    assert "vonmeier can be typed again." in back
    assert office.acts()[-2:] == [("Ines Walter", "link only", "code"), ("Ines Walter", "typed too", "code")]


def test_typed_such_a_code_looks_like_an_unknown_one(office: Office) -> None:
    clicked(office, "link-only")
    cart = make_cart(customer=office.add_customer("neu"), key="k")

    typed, unknown = office.apply(cart, "vonmeier"), office.apply(cart, "no such code")

    assert typed.reason == "inactive"
    assert typed.message == unknown.message


def test_one_click_makes_a_fresh_code_and_the_partner_is_told(office: Office) -> None:
    leak(office)

    said = clicked(office, "fresh")

    fresh = office.rows(Code)[-1]
    assert f"{fresh.display} takes the place of vonmeier." in said
    desk = text(office.browser("meier").get("/firstline/desk/codes"))
    assert f"The shop has made you a fresh code: {fresh.display}" in desk
    assert "It counts with its link only now; please pass on the fresh one." in desk
    assert "The shop has made you a fresh code" not in text(
        office.browser("schulz").get("/firstline/desk/codes")
    )


def test_after_a_month_the_partner_is_not_told_any_more(office: Office) -> None:
    clicked(office, "fresh")
    office.clock.advance(days=31)

    assert "a fresh code" not in text(office.browser("meier").get("/firstline/desk/codes"))


def test_a_fresh_code_with_a_spelling_and_a_percent_sign_in_it(office: Office) -> None:
    said = clicked(office, "fresh", code="100%meier", old="off")

    assert "100%meier takes the place of vonmeier." in said
    assert not office.rows(Code, display="vonmeier")[0].active


def test_a_spelling_that_is_taken_is_told(office: Office) -> None:
    make_code(office.app, "taken")

    said = clicked(office, "fresh", code="TAKEN")

    assert "This code is taken, in this or another spelling." in said
    assert not office.rows(Code, display="vonmeier")[0].link_only


def test_a_second_fresh_code_is_refused_in_words(office: Office) -> None:
    clicked(office, "fresh")

    assert "There is a fresh code for it already." in clicked(office, "fresh")


def test_all_is_well_is_remembered_and_stands_in_the_log(office: Office) -> None:
    leak(office)

    said = clicked(office, "well")

    assert "vonmeier is well." in said
    assert "No code looks as if it had leaked." in shown(office, "radar")
    assert "vonmeier looked at: all is well Redemptions: 91" in shown(office, "audit")


def test_a_code_that_is_gone_is_told(office: Office) -> None:
    assert "Somebody has removed this" in clicked_on(office, 4711, "link-only")


def test_a_viewer_sees_the_radar_and_has_no_buttons(office: Office) -> None:
    leak(office)
    page = office.browser("vera").get(f"{PREFIX}/radar")

    assert "vonmeier" in text(page)
    assert "<form" not in page.get_data(as_text=True).split("<main")[1]
    refused = office.browser("vera").post(f"{PREFIX}/codes/{code_id(office, 'vonmeier')}/link-only")
    assert refused.status_code == 403


# The page of a code ---------------------------------------------------------------------------------------


def code_page(office: Office, code: str = "vonmeier", more: str = "") -> str:
    return shown(office, f"codes/{code_id(office, code)}{more}")


def test_the_page_of_a_code_shows_what_it_brought(office: Office) -> None:
    leak(office)

    found = code_page(office)

    assert "Redemptions 91 on 2 orders that stand" in found
    assert "New customers 2 0 repeat buyers" in found
    assert "Discount given €455.00" in found
    assert "Goods sold €40.00" in found
    assert "Commission posted €2.68" in found
    assert "It may have leaked" in found


def test_its_chart_has_its_figures_in_a_table_by_day_and_by_week(office: Office) -> None:
    by_day, by_week = code_page(office), code_page(office, more="?by=week")

    assert "Redemptions per day" in by_day
    assert "May 3, 2026 1 May 4, 2026 2" in by_day
    assert "Redemptions per week" in by_week
    assert "Apr 27, 2026 7 May 4, 2026 2" in by_week


def test_a_fresh_code_and_the_old_one_lead_to_each_other_and_count_together(office: Office) -> None:
    clicked(office, "fresh", code="meier-neu")
    use(office, "meier-neu", 5)

    alone, together = code_page(office, "meier-neu"), code_page(office, "meier-neu", "?with=old")

    assert "Redemptions 5 on" in alone
    assert "It stands in the place of: vonmeier" in alone
    assert "Redemptions 66 on" in together
    assert "The fresh code meier-neu stands in its place." in code_page(office)


def test_a_code_that_is_not_there_is_not_found(office: Office) -> None:
    assert office.ines().get(f"{PREFIX}/codes/4711").status_code == 404


def test_the_desk_shows_the_same_figures_of_own_codes_and_of_nobody_elses(office: Office) -> None:
    clicked(office, "fresh", code="meier-neu")
    use(office, "meier-neu", 5)
    meier, schulz = office.browser("meier"), office.browser("schulz")
    address = f"/firstline/desk/codes/{code_id(office, 'meier-neu')}"

    own = text(meier.get(address))
    week = text(meier.get(f"{address}?by=week"))
    stranger = schulz.get(address)

    assert "With the figures of vonmeier, in whose place it stands." in own
    assert "Redemptions 66" in own
    assert "Sabine" not in own
    assert "Redemptions per week" in week
    assert stranger.status_code == 302 or stranger.status_code == 303


def test_the_card_of_a_contact_says_what_its_codes_brought(office: Office) -> None:
    meier = office.rows(Code, display="vonmeier")[0].owner_id

    found = shown(office, f"contacts/{meier}")

    assert "What its own codes brought Redemptions 61" in found


def test_the_card_leads_to_all_codes_kept_for_a_contact_and_to_all_it_redeemed(office: Office) -> None:
    make_coupon(office.app, "Kept")
    for n in range(9):
        make_code(office.app, f"KEPT-{n}X", coupon="Kept", holder="sabine")
    sabine = next(row.contact_id for row in office.rows(Redemption) if row.contact_id is not None)
    with office.transaction() as session:
        session.execute(update(Redemption).values(contact_id=sabine))

    page = office.ines().get(f"{PREFIX}/contacts/{sabine}")
    body = page.get_data(as_text=True)

    assert f"codes?holder={sabine}" in body
    assert f"redemptions?buyer={sabine}" in body
    assert len(rows(office.ines().get(f"{PREFIX}/codes?holder={sabine}"))) == 9


# Filters --------------------------------------------------------------------------------------------------


def found(office: Office, address: str) -> list[str]:
    return sorted(rows(office.ines().get(f"{PREFIX}/{address}")))


def test_codes_are_filtered_by_coupon_partner_occasion_state_flag_and_day(office: Office) -> None:
    make_partner(office.app, "roth", name="Julia Roth")
    make_code(office.app, "JULIA", owner="roth")
    make_code(office.app, "FAIR-1X", amount="1.00")
    with office.transaction() as session:
        coupon = office.rows(Code, display="FAIR-1X")[0].coupon_id
        batch = {
            "coupon_id": coupon,
            "how": "generated",
            "occasion": "Spring fair",
            "count": 1,
            "made_by": "x",
        }
        stored = insert(CodeBatch.__table__).values(**batch, created_at=office.clock.now)
        batch_id = session.execute(stored.returning(CodeBatch.id)).scalar_one()
        session.execute(
            update(Code).where(Code.display == "FAIR-1X").values(batch_id=batch_id, link_only=True)
        )
    use(office, "JULIA", 1, state="flagged")

    assert found(office, "codes?of=coupon julia") == ["JULIA"]
    assert found(office, "codes?by=roth") == ["JULIA"]
    assert found(office, "codes?by=roth@shop.example") == []
    assert found(office, "codes?occasion=fair") == ["FAIR-1X"]
    assert found(office, f"codes?batch={batch_id}") == ["FAIR-1X"]
    assert found(office, "codes?state=link") == ["FAIR-1X"]
    assert found(office, "codes?flagged=yes") == ["JULIA"]
    assert found(office, "codes?since=2026-05-04") == ["FAIR-1X", "JULIA"]
    assert found(office, "codes?until=2026-05-03") == ["vonmeier"]
    assert len(found(office, "codes?since=yesterday")) == 3, "what is no day is left out"
    assert len(found(office, "codes?until=9999-12-31")) == 3


def test_codes_that_have_ended_by_their_own_dates_or_their_coupons_are_found(office: Office) -> None:
    make_code(office.app, "OVER", amount="1.00")
    with office.transaction() as session:
        ended = update(Code).where(Code.display == "OVER").values(valid_until=office.clock.now)
        session.execute(ended)

    assert found(office, "codes?state=ended") == ["OVER"]


def test_redemptions_are_filtered_by_way_coupon_partner_and_day(office: Office) -> None:
    use(office, "vonmeier", 1, came_by=CameBy.SIGN_UP)

    assert len(found(office, "redemptions?way=sign-up")) == 1
    assert len(found(office, "redemptions?way=order")) == 2
    assert found(office, "redemptions?of=none") == []
    assert len(found(office, "redemptions?by=Hans&since=2026-05-04")) == 3


# Acts on many ---------------------------------------------------------------------------------------------


def many(office: Office, number: int = 60) -> None:
    make_coupon(office.app, "Standing")
    for n in range(number):
        make_code(office.app, f"CODE-{n:03}X", coupon="Standing")


def preview(
    office: Office, act: str, given: dict[str, object], at: str = "codes?of=Standing"
) -> TestResponse:
    address = f"{PREFIX}/{at.partition('?')[0]}/act"
    return send(office.ines(), address, {"act": act, **given}, form_at=f"{PREFIX}/{at}")


def confirmed(office: Office, page: TestResponse, at: str = "codes", **more: object) -> str:
    browser = office.ines()
    body = page.get_data(as_text=True)
    form = body[body.rindex("<form") :]
    answer = browser.post(f"{PREFIX}/{at}/act", data=multi([*hidden(form), *more.items()]))
    assert answer.status_code == 303, text(answer)
    return text(browser.get(answer.location))


def test_an_act_reaches_all_of_a_filtered_list_beyond_its_first_page(office: Office) -> None:
    many(office)
    office.clock.advance(minutes=1)

    page = preview(office, "off", {"all": "yes"})
    said = confirmed(office, page)

    assert "60 rows are meant. 60 codes are switched off." in text(page)
    assert "60 codes are switched off." in said
    assert [row.display for row in office.rows(Code) if row.active] == ["vonmeier"]
    assert len(office.rows(Audit, act="switch off")) == 60


def test_a_preview_tells_apart_what_changes_and_what_is_so_already_and_changes_nothing(
    office: Office,
) -> None:
    many(office, 3)
    page = preview(office, "off", {"key": [code_id(office, "CODE-000X")]})
    confirmed(office, page)
    before = len(office.rows(Audit))

    page = preview(office, "off", {"all": "yes"})

    assert "3 rows are meant. 2 codes are switched off." in text(page)
    assert "1 is so already." in text(page)
    assert len(office.rows(Audit)) == before
    assert len([row for row in office.rows(Code) if not row.active]) == 1


def test_where_nothing_would_change_there_is_nothing_to_confirm(office: Office) -> None:
    many(office, 2)

    page = preview(office, "on", {"all": "yes"})

    assert "Nothing would change. 2 are so already." in text(page)
    assert 'name="sure"' in page.get_data(as_text=True)
    assert "Switch on (" not in text(page)


def test_a_limit_is_asked_for_then_shown_then_set(office: Office) -> None:
    many(office, 3)
    use(office, "CODE-001X", 4)

    asked = preview(office, "limit", {"all": "yes"})
    faulty = preview(office, "limit", {"all": "yes", "stage": "typed", "max_uses": "none"})
    page = preview(office, "limit", {"all": "yes", "stage": "typed", "max_uses": "3"})
    said = confirmed(office, page)

    assert "Times in all" in text(asked)
    assert "Show what will happen" in text(asked)
    assert faulty.status_code == 422
    assert "Please give a whole number, without signs." in text(faulty)
    assert "2 codes get another limit. 1 is left out (used more often already): CODE-001X" in text(page)
    assert "2 codes are changed." in said
    limits = {row.display: row.max_uses for row in office.rows(Code)}
    assert (limits["CODE-000X"], limits["CODE-001X"], limits["CODE-002X"]) == (3, None, 3)


def test_codes_are_given_to_a_partner_by_name_and_taken_away_again(office: Office) -> None:
    many(office, 3)

    given = preview(office, "owner", {"all": "yes", "stage": "typed", "owner_id": "Petra Schulte"})
    confirmed(office, given)
    owners = {row.owner_id for row in office.rows(Code) if row.display.startswith("CODE")}
    taken = preview(office, "owner", {"all": "yes", "stage": "typed", "owner_id": ""})
    confirmed(office, taken)

    assert "3 codes change their partner." in text(given)
    assert None not in owners
    assert {row.owner_id for row in office.rows(Code) if row.display.startswith("CODE")} == {None}


def test_an_end_counts_to_the_end_of_its_day(office: Office) -> None:
    many(office, 2)

    page = preview(office, "until", {"all": "yes", "stage": "typed", "valid_until": ["2026-05-31", ""]})
    confirmed(office, page)

    ends = {row.valid_until for row in office.rows(Code) if row.display.startswith("CODE")}
    assert [end.isoformat() for end in ends if end] == ["2026-06-01T00:00:00+00:00"]


def test_codes_are_made_to_count_with_their_links_only_and_back(office: Office) -> None:
    many(office, 2)

    said = confirmed(office, preview(office, "link", {"all": "yes"}))
    back = confirmed(office, preview(office, "typed", {"all": "yes"}))

    assert "2 codes count with their links only." in said
    assert "2 codes can be typed again." in back


def test_where_the_list_has_changed_since_the_preview_nothing_is_done(office: Office) -> None:
    many(office, 3)
    page = preview(office, "off", {"all": "yes"})
    make_code(office.app, "LATE-1X", coupon="Standing")
    body = page.get_data(as_text=True)

    again = office.ines().post(f"{PREFIX}/codes/act", data=multi([*hidden(body[body.rindex("<form") :])]))

    assert "The list has changed in the meantime. Nothing was done." in text(again)
    assert "4 codes are switched off." in text(again)
    assert all(row.active for row in office.rows(Code))
    assert "4 codes are switched off." in confirmed(office, again)


def test_a_confirmation_without_a_preview_does_nothing(office: Office) -> None:
    many(office, 1)

    page = preview(office, "off", {"all": "yes", "sure": "yes"})

    assert "The list has changed in the meantime." in text(page)
    assert all(row.active for row in office.rows(Code))


def test_reservations_are_freed_and_flags_cleared_from_the_list(office: Office) -> None:
    make_code(office.app, "ONCE", max_uses=1)
    cart = make_cart(customer=office.add_customer("uwe"), key="k-uwe")
    office.apply(cart, "ONCE")
    office.reserve(cart)
    use(office, "vonmeier", 2, state="flagged")

    freed = preview(office, "release", {"all": "yes"}, "redemptions?state=reserved")
    confirmed(office, freed, "redemptions")
    checked = preview(office, "checked", {"all": "yes"}, "redemptions?state=flagged")
    confirmed(office, checked, "redemptions")

    assert "1 reservation is freed; its cart must win the code anew." in text(freed)
    assert "2 redemptions count as checked" in text(checked)
    assert office.rows(Code, display="ONCE")[0].used == 0
    assert {row.state for row in office.rows(Redemption)} == {"redeemed", "released"}
    log = shown(office, "audit")
    assert "reservation freed" in log
    assert "Redemption use-" in log


def test_all_means_all_of_the_list_as_filtered_and_nothing_else(office: Office) -> None:
    many(office, 2)
    other = make_code(office.app, "OTHER")

    confirmed(office, preview(office, "off", {"all": "yes"}))

    assert [row.id for row in office.rows(Code) if row.active] == [code_id(office, "vonmeier"), other]


def test_the_list_of_codes_leads_to_the_page_of_a_code(office: Office) -> None:
    page = office.ines().get(f"{PREFIX}/codes")

    assert link(page, "vonmeier") == f"{PREFIX}/codes/{code_id(office, 'vonmeier')}"
