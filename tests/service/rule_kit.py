"""What the tests of rules share: a program of meier's friends, and the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from flask_firstline import Customer
from flask_firstline.delivery import facts
from flask_firstline.delivery.worker import Worked, work_once
from flask_firstline.models import Contact, Outbox, Rule, RuleRun
from flask_firstline.services import programs
from flask_firstline.testing import FakeShop

WHO = "admin"
Json = dict[str, Any]
MAIL: Json = {"do": "mail", "to": "sharer", "subject": "News of {friend.name}", "text": "It is about you."}


def in_unit(shop: FakeShop, work: Any) -> Any:  # noqa: ANN401
    """Do something with a connection, in a unit of its own."""
    with shop.app.app_context():
        return shop.state.in_own_unit(lambda session: work(session.connection()))


def program(shop: FakeShop, *rules: Mapping[str, Any], name: str = "Friends", **more: Any) -> list[int]:
    """Make a program with these rules, the first its conversion, switch it on, and give the rules' ids."""

    def make(conn: Connection) -> list[int]:
        now = shop.state.now()
        made = programs.add_program(conn, name, who=WHO, now=now)
        ids = [
            programs.add_rule(
                conn, made, f"Rule {number}", rule, conversion=number == 1, who=WHO, now=now, **more
            )
            for number, rule in enumerate(rules, 1)
        ]
        programs.switch_program(conn, made, active=True, who=WHO, now=now)
        return ids

    found: list[int] = in_unit(shop, make)
    return found


def rule(
    on: str = "event",
    *,
    name: str = "",
    who: str = "friend",
    condition: object = None,
    do: object = None,
    **more: Any,
) -> Json:
    """Give a rule as it is written."""
    trigger = {"on": on, "who": who, **({"name": name} if name else {}), **more}
    written = {"trigger": trigger, "actions": do or [MAIL]}
    return written if condition is None else {**written, "condition": condition}


def test(field: str, operator: str, value: object = None) -> Json:
    """Give one test as it is written."""
    return {"field": field, "operator": operator} | ({} if value is None else {"value": value})


test.__test__ = False  # type: ignore[attr-defined]


def work(shop: FakeShop) -> Worked:
    """Let the worker do all that is due."""
    with shop.app.app_context():
        done = work_once(shop.state)
        assert not done.failed
        return done


def take_in(shop: FakeShop) -> None:
    """Let the worker judge what has happened, and deliver nothing."""
    with shop.app.app_context():
        while shop.state.in_own_unit(lambda s: facts.take_in_some(shop.state.context(s.connection()))):
            pass


def friend(shop: FakeShop, ref: str = "ina", code: str = "vonmeier", **more: Any) -> int:
    """Let somebody sign up with meier's code; the worker has heard of it. Give the contact's id."""
    with shop.app.app_context():
        told = Customer(**{"ref": ref, "email": f"{ref}@shop.example", "name": ref.title(), **more})
        shop.firstline.customer_registered(told, code, commit=True)
    work(shop)
    return contact(shop, ref)


def contact(shop: FakeShop, ref: str) -> int:
    return int(shop.rows(Contact, ref=ref)[0].id)


def change(shop: FakeShop, ref: str, **data: object) -> None:
    """Let the shop change its own fields of a customer; the worker has heard of it."""
    with shop.app.app_context():
        shop.firstline.customer_changed(Customer(ref=ref, data=data), commit=True)
    work(shop)


def tell(shop: FakeShop, name: str, ref: str = "ina", key: object = None, **data: object) -> None:
    """Send an event in; the worker has heard of it."""
    with shop.app.app_context():
        shop.firstline.event(name, ref, data, key, commit=True)
    work(shop)


def runs(shop: FakeShop, number: int = 1) -> list[Any]:
    """Give the runs of the rule that was made as this one, in their order."""
    of = shop.rows(Rule)[number - 1].id
    return sorted(shop.rows(RuleRun, rule_id=of), key=lambda run: run.id)


def mailed(shop: FakeShop) -> list[tuple[int, str]]:
    """Give whom rules wrote to, with the subjects."""
    return [(mail["contact_id"], mail["values"]["subject"]) for mail in mails(shop)]


def mails(shop: FakeShop) -> list[Json]:
    """Give the mails that rules wrote, as the worker reads them."""
    rows = sorted(shop.rows(Outbox, topic="mail"), key=lambda row: row.id)
    return [row.payload for row in rows if row.payload["letter"] == "rule"]
