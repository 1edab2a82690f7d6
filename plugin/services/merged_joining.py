"""What merging doubles does to log-ins, applications and accepted partner terms: they go on too."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, exists, select, update

from ..models import Application, ApplicationState, Login, TermsAcceptance

_LOGIN = Login.__table__
_APPLICATION = Application.__table__
_ACCEPTANCE = TermsAcceptance.__table__


def move(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Let the one that goes on have them; where both have the same, its own stays.

    A log-in of the double opens the other one's desk from now on; sessions have to begin anew.
    """
    if conn.execute(select(_LOGIN.c.contact_id).where(_LOGIN.c.contact_id == winner_id)).first() is not None:
        conn.execute(delete(_LOGIN).where(_LOGIN.c.contact_id == loser_id))
    moved = update(_LOGIN).where(_LOGIN.c.contact_id == loser_id)
    conn.execute(moved.values(contact_id=winner_id, generation=_LOGIN.c.generation + 1))
    _move_applications(conn, loser_id, winner_id)
    other = _ACCEPTANCE.alias()
    same = exists().where(other.c.contact_id == winner_id, other.c.version == _ACCEPTANCE.c.version)
    own = and_(_ACCEPTANCE.c.contact_id == loser_id, ~same)
    conn.execute(update(_ACCEPTANCE).where(own).values(contact_id=winner_id))


def _move_applications(conn: Connection, loser_id: int, winner_id: int) -> None:
    other = _APPLICATION.alias()
    waits = ApplicationState.WAITING.value
    both_wait = and_(
        _APPLICATION.c.contact_id == loser_id,
        _APPLICATION.c.state == waits,
        exists().where(other.c.contact_id == winner_id, other.c.state == waits),
    )
    conn.execute(delete(_APPLICATION).where(both_wait))
    mine = _APPLICATION.c.contact_id == loser_id
    conn.execute(update(_APPLICATION).where(mine).values(contact_id=winner_id))
