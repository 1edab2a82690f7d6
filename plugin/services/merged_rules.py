"""What merging doubles does to the counters of rules: they are added up."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from ..models import RuleCount
from ..models.base import insert_missing

_COUNT = RuleCount.__table__
_OF_ALL = "rule"


def move(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Add what was counted for one that ends to what was counted for the one that goes on.

    Counters are locked in the order in which the worker locks them, and before people, as there.
    """
    both = (_COUNT.c.contact_id.in_((loser_id, winner_id)), _COUNT.c.whose != _OF_ALL)
    order = (_COUNT.c.rule_id, _COUNT.c.whose, _COUNT.c.contact_id)
    rows = conn.execute(select(_COUNT).where(*both).order_by(*order).with_for_update()).all()
    lost = [row for row in rows if row.contact_id == loser_id]
    keys = [{"rule_id": row.rule_id, "whose": row.whose, "contact_id": winner_id} for row in lost]
    insert_missing(conn, _COUNT, [{**key, "met": 0} for key in keys])
    for row, key in zip(lost, keys, strict=True):
        mine = [_COUNT.c[name] == value for name, value in key.items()]
        conn.execute(update(_COUNT).where(*mine).values(met=_COUNT.c.met + row.met))
    gone = (_COUNT.c.contact_id == loser_id, _COUNT.c.whose != _OF_ALL)
    conn.execute(delete(_COUNT).where(*gone))
