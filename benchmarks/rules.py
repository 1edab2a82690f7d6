"""How fast events are kept and rules judged: 100,000 events with 50 rules, and whether it grows in line."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event, insert, select

from flask_firstline.delivery import facts
from flask_firstline.models import Call, Contact, Outbox, Referral
from flask_firstline.services import programs
from tests.small_shop import SmallShop

EVENTS, RULES, NAMES, FRIENDS = 100_000, 50, 10, 1_000
PER_EVENT = 0.5
"""The most statements for each event, all in all."""
LINEAR = 1.5
"""How much longer the last tenth may take than the first one."""
_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was measured: events a second, statements for each, memory gained, last tenth beside first."""

    pace: float
    statements: float
    gained: float
    growth: float


def judge(shop: SmallShop, events: int = EVENTS) -> Judged:
    """Send events of many friends in, and measure what the worker does with them."""
    _set_up(shop)
    _send(shop, events)
    sent = _count_statements(shop)
    before = _peak()
    tenths: list[float] = []
    done = 0
    while done < events:
        begun, before_tenth = time.perf_counter(), done
        while done < before_tenth + events // 10:
            taken = shop.state.in_own_unit(
                lambda session: facts.take_in_some(shop.state.context(session.connection()))
            )
            if not taken:
                raise AssertionError(f"only {done} of {events} events were taken in")
            done += taken
        tenths.append((time.perf_counter() - begun) / (done - before_tenth))
    return Judged(
        pace=len(tenths) / sum(tenths),
        statements=len(sent) / done,
        gained=(_peak() - before) / 1024,
        growth=tenths[-1] / tenths[0],
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _count_statements(shop: SmallShop) -> list[int]:
    sent: list[int] = []
    event.listen(shop.engine, "before_cursor_execute", lambda *_: sent.append(1))
    return sent


def _set_up(shop: SmallShop) -> None:
    """Make fifty rules over ten events: fields, people, counts, and a mail each hundredth time."""
    sharer = shop.partner("meier")
    with shop.seeding() as conn:
        made = programs.add_program(conn, "Bench", who="bench", now=shop.time)
        for number in range(RULES):
            rule = _rule(number)
            programs.add_rule(
                conn, made, f"Rule {number}", rule, conversion=number == 0, who="bench", now=shop.time
            )
        programs.switch_program(conn, made, active=True, who="bench", now=shop.time)
        blank = {
            "email_verified": False,
            "tags": [],
            "has_bought": False,
            "path": "",
            "created_at": shop.time,
        }
        people = [
            {**blank, "ref": f"f{n}", "country": "DE" if n % 2 else "AT", "data": {"plan": n % 3}}
            for n in range(FRIENDS)
        ]
        conn.execute(insert(Contact.__table__), people)
        ids = conn.execute(select(Contact.__table__.c.id).where(Contact.__table__.c.ref.like("f%"))).scalars()
        open_ = {"program": f"program:{made}", "sharer_id": sharer, "how": "first line", "flags": []}
        rows = [{**open_, "friend_id": one, "started_at": shop.time, "why_ended": ""} for one in ids]
        conn.execute(insert(Referral.__table__), rows)


def _rule(number: int) -> dict[str, Any]:
    tests = [
        {"field": "friend.country", "operator": "is", "value": "DE"},
        {"field": "event.data.seats", "operator": "at_least", "value": number % 7},
        {"any": [{"field": "friend.data.plan", "operator": "less", "value": 2},
                 {"field": "sharer.type", "operator": "is", "value": "customer"}]},
        {"field": "count.friend", "operator": "every", "value": 100},
    ]  # fmt: skip
    mail = {"do": "mail", "to": "sharer", "subject": "News", "text": "{event.data.seats} seats"}
    return {
        "trigger": {"on": "event", "name": f"event {number % NAMES}"},
        "condition": {"all": tests},
        "actions": [mail],
    }


def _send(shop: SmallShop, events: int) -> None:
    """Write calls and facts as the shop's calls leave them."""
    with shop.seeding() as conn:
        for begin in range(0, events, _AT_ONCE):
            _send_some(conn, shop, range(begin, min(events, begin + _AT_ONCE)))


def _send_some(conn: Connection, shop: SmallShop, numbers: range) -> None:
    calls = [
        {
            "id": 1_000_000 + n, "source": "shop", "kind": "event", "key": f"e{n}", "digest": "",
            "outcome": "done", "attempts": 0, "at": shop.time,
            "payload": {"name": f"event {n % NAMES}", "customer": {"ref": f"f{n * 7 % FRIENDS}"},
                        "data": {"seats": n % 11}},
        }
        for n in numbers
    ]  # fmt: skip
    conn.execute(insert(Call.__table__), calls)
    told = [
        {"kind": "event", "key": str(call["id"]), "at": shop.time.isoformat(), "call_id": call["id"]}
        for call in calls
    ]
    rows = [
        {"topic": "fact", "payload": one, "state": "waiting", "run_at": shop.time, "attempts": 0,
         "created_at": shop.time}
        for one in told
    ]  # fmt: skip
    conn.execute(insert(Outbox.__table__), rows)
