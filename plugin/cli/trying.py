"""A sale to try: played with the shop's own settings in one transaction, and taken back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..services import trying
from ..services.trying import Step
from ..services.unit import begin_writing
from ..state import current_state
from .group import Answer, answering, firstline, table

_HEAD = ("step", "what happens")


@firstline.command("try")
@answering
def try_() -> Answer:
    """Play a sale with the shop's own settings and terms, and take all of it back.

    A partner with a code, an order, its payment and a refund: nothing of it stays, nobody hears of it.
    """
    steps = _played()
    text = table(_HEAD, [(step.name, step.said) for step in steps], empty="")
    data = [{"step": step.name, "said": step.said, **step.figures} for step in steps]
    return Answer(text=f"{text}\nAll of it is taken back: no row is left.", data=data)


def _played() -> list[Step]:
    state = current_state()
    session = Session(state.engine())
    try:
        conn = session.connection()
        begin_writing(conn)
        return list(trying.play(state.context(conn)))
    finally:
        session.rollback()
        session.close()
