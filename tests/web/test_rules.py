"""The rule builder and the log of runs, as admins use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from flask_firstline.models import Contact, Event, Outbox, Reward, Rule, RuleRun, RuleVersion
from flask_firstline.testing import make_code, make_partner, make_terms
from tests.api.kit import Caller, make_key

from .form_reader import fields_of, press
from .office import PREFIX, Office, rows, send, text

NEW = f"{PREFIX}/rules/new"


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(mount=("checkout", "desk", "admin", "api")) as shop:
        make_partner(shop.app, "meier", name="Hans Meier")
        make_terms(shop.app, 10)
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
        yield shop


@pytest.fixture
def ines(office: Office) -> FlaskClient:
    return office.ines()


@pytest.fixture
def crm(office: Office) -> Caller:
    return Caller(office, make_key(office, "crm"))


def work(office: Office) -> None:
    answer = office.app.test_cli_runner().invoke(args=["firstline", "work", "--once"])
    assert answer.exit_code == 0, answer.output


def program(ines: FlaskClient, *, active: bool = True) -> None:
    assert send(ines, f"{PREFIX}/programs/new", {"name": "Friends"}).status_code == 303


def switch_on(ines: FlaskClient) -> TestResponse:
    return send(ines, f"{PREFIX}/programs/1/edit", {"name": "Friends", "active": "y"})


def from_recipe(ines: FlaskClient, recipe: str, **given: Any) -> TestResponse:
    """Make a program with the rule of a recipe and switch it on."""
    program(ines)
    page = ines.get(f"{NEW}?recipe={recipe}")
    saved = press(ines, page, NEW, "save", conversion="y", **given)
    assert saved.status_code == 303, text(saved)
    assert switch_on(ines).status_code == 303
    return saved


def sign_up(office: Office, name: str = "ina") -> str:
    """Let somebody sign up in the shop with meier's code; give the customer's number."""
    browser = office.browser()
    browser.post("/sign-up", data={"email": f"{name}@shop.example", "code": "vonmeier"})
    work(office)
    return str(office.rows(Contact, email=f"{name}@shop.example")[0].ref)


def happened(office: Office, crm: Caller, name: str, customer: str = "c2", **data: object) -> None:
    crm.post("/events", {"name": name, "customer": customer, "data": data})
    work(office)


def mails(office: Office) -> list[tuple[str, str]]:
    """Give whom rules wrote to, and the subjects."""
    refs = {one.id: one.ref for one in office.rows(Contact)}
    written = [row.payload for row in office.rows(Outbox, topic="mail") if row.payload["letter"] == "rule"]
    return [(refs[one["contact_id"]], one["values"]["subject"]) for one in written]


def rewards(office: Office) -> list[tuple[str, int]]:
    refs = {one.id: one.ref for one in office.rows(Contact)}
    return [(refs[one.contact_id], one.terms["amount"]) for one in office.rows(Reward)]


def test_a_rule_is_built_from_scratch_without_script(office: Office, ines: FlaskClient, crm: Caller) -> None:
    program(ines)
    page = ines.get(NEW)

    page = press(ines, page, NEW, "test-c", name="Big demos", on="event", what="demo_done")
    page = press(ines, page, NEW, "act-mail", **{
        "c.0-field": "event.data.seats", "c.0-operator": "at_least", "c.0-value": "10",
    })  # fmt: skip
    page = press(ines, page, NEW, "act-reward")
    page = press(ines, page, NEW, "unact-1")
    saved = press(ines, page, NEW, "save", **{
        "a0-to": "sharer", "a0-subject": "Wow, a {friend.type}", "a0-text": "Big!",
    })  # fmt: skip

    assert saved.status_code == 303, text(saved)
    assert office.rows(RuleVersion)[0].definition == {
        "trigger": {"on": "event", "who": "friend", "name": "demo_done"},
        "condition": {"field": "event.data.seats", "operator": "at_least", "value": "10"},
        "actions": [{"do": "mail", "to": "sharer", "subject": "Wow, a {friend.type}", "text": "Big!"}],
    }
    assert office.rows(Rule)[0].conversion
    switch_on(ines)
    sign_up(office)
    happened(office, crm, "demo_done", seats=4)
    happened(office, crm, "demo_done", seats=12)
    assert mails(office) == [("meier", "Wow, a prospect")]


def test_what_cannot_work_is_said_at_its_place_and_nothing_is_lost(ines: FlaskClient) -> None:
    program(ines)
    page = press(ines, ines.get(NEW), NEW, "test-c", name="Wrong", on="event")
    page = press(ines, page, NEW, "act-mail", **{"c.0-field": "friend.shoe", "c.0-value": "42"})

    refused = press(ines, page, NEW, "save", **{"a0-subject": "Hi {friend.shoe}", "a0-text": "x"})

    assert refused.status_code == 422
    said = text(refused)
    assert "condition.field: There is no field “friend.shoe”." in said
    assert "trigger.name: Please fill this in." in said
    assert "actions[0].subject: Nothing stands for {friend.shoe}." in said
    assert fields_of(refused, NEW)["c.0-value"] == ["42"]
    body = refused.get_data(as_text=True)
    assert 'aria-invalid="true" aria-describedby="e-condition.field"' in body


def test_groups_in_groups_and_counted_friends_are_built_without_script(
    office: Office, ines: FlaskClient
) -> None:
    program(ines)
    page = press(ines, ines.get(NEW), NEW, "test-c", name="Deep", on="field_changed", what="plan")
    page = press(ines, page, NEW, "group-c", **{
        "c.0-field": "friend.country", "c.0-value": "DE",
    })  # fmt: skip
    page = press(ines, page, NEW, "group-c.1", **{
        "c.1.0-field": "friend.data.plan", "c.1.0-value": "pro",
    })  # fmt: skip
    page = press(ines, page, NEW, "friends-c.1.1", **{
        "c.1.1.0-field": "friend.tags", "c.1.1.0-operator": "has", "c.1.1.0-value": "vip", "c.1.1.0-not": "y",
    })  # fmt: skip
    page = press(ines, page, NEW, "test-c.1.1.1.0", **{
        "c.1.1.1.0.0-field": "friend.data.subscription", "c.1.1.1.0.0-value": "active",
        "c.1.1.1-value": "5", "c.1.1.1-days": "183",
    })  # fmt: skip
    page = press(ines, page, NEW, "up-c.1", **{
        "c.1.1.1.0.1-field": "friend.segments", "c.1.1.1.0.1-operator": "has", "c.1.1.1.0.1-value": "shop",
        "c.1-not": "y",
    })  # fmt: skip
    page = press(ines, page, NEW, "act-mail")

    saved = press(ines, page, NEW, "save", **{"a0-subject": "x", "a0-text": "y"})

    assert saved.status_code == 303, text(saved)
    stayed = [
        {"field": "friend.data.subscription", "operator": "is", "value": "active"},
        {"field": "friend.segments", "operator": "has", "value": "shop"},
    ]
    friends = {"friends": {"all": stayed}, "days": 183, "operator": "at_least", "value": "5"}
    no_vip = {"not": {"field": "friend.tags", "operator": "has", "value": "vip"}}
    plan = {"field": "friend.data.plan", "operator": "is", "value": "pro"}
    country = {"field": "friend.country", "operator": "is", "value": "DE"}
    assert office.rows(RuleVersion)[0].definition["condition"] == {
        "all": [{"not": {"any": [plan, {"all": [no_vip, friends]}]}}, country]
    }
    again = press(ines, ines.get(f"{PREFIX}/rules/1"), f"{PREFIX}/rules/1", "save")
    assert "Nothing differs" in text(ines.get(again.location))


def test_a_mistake_deep_in_a_condition_is_said_where_it_is(ines: FlaskClient) -> None:
    program(ines)
    page = press(ines, ines.get(NEW), NEW, "test-c", name="Deep", on="signed_up")
    page = press(ines, page, NEW, "group-c")
    page = press(ines, page, NEW, "act-mail", **{
        "c.0-field": "friend.name", "c.0-value": "x", "c.1.0-field": "friend.shoe", "c.1.0-value": "4",
        "c.1.0-not": "y",
    })  # fmt: skip
    page = press(ines, page, NEW, "test-a0if")
    page = press(ines, page, NEW, "friends-a0if", **{"a0if.0-field": "friend.shoe", "a0if.0-value": "4"})

    refused = press(ines, page, NEW, "save", **{"a0-subject": "x", "a0-text": "y"})

    body = refused.get_data(as_text=True)
    for place in (
        "condition.all[1].any[0].not.field", "actions[0].if.all[0].field", "actions[0].if.all[1].value",
        "actions[0].if.all[1].friends.field",
    ):  # fmt: skip
        assert f'aria-describedby="e-{place}"' in body and f'id="e-{place}"' in body, place


def test_what_rows_cannot_say_is_edited_as_text(office: Office, ines: FlaskClient) -> None:
    program(ines)
    page = press(ines, ines.get(f"{NEW}?recipe=closed_won"), NEW, "text")
    written = fields_of(page, NEW)["text"][0].replace('"all"', '"any"')
    comma = written.replace('"is"', '"in"').replace('"closed-won"', '["won, closed", "lost"]')
    stays = press(ines, page, NEW, "rows", text=comma)

    saved = press(ines, page, NEW, "save", text=written)
    bad = press(ines, page, NEW, "save", text='{"trigger": ', name="Other")
    hostile = press(ines, page, NEW, "save", text='{"condition":' + '{"not":' * 5000, name="Other")

    assert saved.status_code == 303, text(saved)
    assert "any" in office.rows(RuleVersion)[0].definition["condition"]
    assert (bad.status_code, hostile.status_code) == (422, 422)
    assert "This is no JSON from line and column 1:13 on." in text(bad)
    assert len(office.rows(Rule)) == 1
    assert "Rows cannot say this" in text(stays) and "won, closed" in fields_of(stays, NEW)["text"][0]


def test_a_rule_is_tried_against_past_events_without_effects(
    office: Office, ines: FlaskClient, crm: Caller
) -> None:
    from_recipe(ines, "demo_done")
    sign_up(office)
    happened(office, crm, "deal", stage="lost")
    happened(office, crm, "deal", stage="closed-won")

    tried = press(ines, ines.get(f"{NEW}?recipe=closed_won"), NEW, "try")

    said = text(tried)
    assert "met 1 of 2 times" in said
    assert "Event: stage is closed-won found: lost" in said
    assert (rewards(office), len(office.rows(Rule))) == ([], 1)


def test_the_log_of_runs_says_why(office: Office, ines: FlaskClient, crm: Caller) -> None:
    from_recipe(ines, "closed_won")
    sign_up(office)
    happened(office, crm, "deal", stage="lost")
    happened(office, crm, "deal", stage="closed-won")

    page = ines.get(f"{PREFIX}/rule_runs")
    not_met, met = (ines.get(f"{PREFIX}/rule_runs/{run.id}") for run in office.rows(RuleRun))

    assert "Credit for the sharer when a deal is won" in text(page)
    assert "not met Event: stage is closed-won found: lost" in text(not_met)
    assert "Nothing: the conditions were not met." in text(not_met)
    assert "done Give a reward: 500.00 USD, Hans Meier" in text(met)


def test_a_change_is_a_new_version_and_runs_keep_theirs(
    office: Office, ines: FlaskClient, crm: Caller
) -> None:
    from_recipe(ines, "demo_done")
    sign_up(office)
    happened(office, crm, "demo_done")
    address = f"{PREFIX}/rules/1"

    renamed = press(ines, ines.get(address), address, "save", name="Demos")
    changed = press(ines, ines.get(address), address, "save", **{"a0-subject": "Again"})
    same = press(ines, ines.get(address), address, "save")
    happened(office, crm, "demo_done")

    assert [one.status_code for one in (renamed, changed, same)] == [303, 303, 303]
    assert (office.rows(Rule)[0].name, office.rows(Rule)[0].version) == ("Demos", 2)
    assert [run.version for run in office.rows(RuleRun)] == [1, 2]
    assert [subject for _who, subject in mails(office)] == ["A friend of yours has seen the demo", "Again"]
    page = text(ines.get(address))
    assert "Version 2" in page and "When an event is sent in “demo_done”, of a friend; if always" in page


def test_a_rule_is_switched_off_and_on(office: Office, ines: FlaskClient, crm: Caller) -> None:
    from_recipe(ines, "demo_done")
    sign_up(office)
    send(ines, f"{PREFIX}/programs/1/edit", {"name": "Friends"})
    off = send(ines, f"{PREFIX}/rules/1/switch", {"active": "no"}, form_at=f"{PREFIX}/rules/1")
    refused = switch_on(ines)
    happened(office, crm, "demo_done")

    assert off.status_code == 303
    assert (refused.status_code, mails(office)) == (422, [])
    assert "needs at least one rule" in text(refused)
    send(ines, f"{PREFIX}/rules/1/switch", {"active": "yes"}, form_at=f"{PREFIX}/rules/1")
    assert switch_on(ines).status_code == 303
    happened(office, crm, "demo_done")
    assert len(mails(office)) == 1


def test_the_lists_name_programs_rules_and_events(office: Office, ines: FlaskClient, crm: Caller) -> None:
    from_recipe(ines, "demo_done")
    happened(office, crm, "demo_done", "somebody")
    with office.transaction() as session:
        session.execute(update(Event).values(data={"total": "19.90", "first": True, "room": "blue"}))

    assert rows(ines.get(f"{PREFIX}/programs")) == ["Friends"]
    assert rows(ines.get(f"{PREFIX}/rules")) == ["A mail when a demo is done"]
    events = text(ines.get(f"{PREFIX}/rule_events"))
    assert "an event is sent in: demo_done" in events
    assert 'total: 19.90; first order: yes; room: blue As it was told {"total"' in events
    assert "Make a program first" in text(Office().ines().get(NEW, follow_redirects=True))


@pytest.mark.parametrize("language", ["de", "nl", "ru"])
def test_the_builder_speaks_the_readers_language(office: Office, language: str) -> None:
    program(office.ines())

    page = text(office.ines(language).get(f"{NEW}?recipe=five_leads"))

    assert "What happens" not in page and "Give a reward" not in page
