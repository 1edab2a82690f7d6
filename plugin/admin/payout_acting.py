"""How an act on payouts is done or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..i18n import gettext as _
from ..payout_words import refusal_text
from ..services.context import Context
from ..services.mistakes import Mistake, NotThere
from ..services.payout_credit import CreditUsed
from ..services.payout_runs import Actor, PayoutRefused
from ..shop import KnowsAdmins
from ..state import current_state
from .acting import Acting
from .edge import admin, perform
from .judging import judge
from .sayings import said

Result = TypeVar("Result")


def actor() -> Actor:
    """Give who acts."""
    return Actor(name=admin().name, id=f"admin:{admin().id}")


def is_known_by_name() -> bool:
    """Say whether the shop tells its admins apart, which four eyes need."""
    return isinstance(current_state().shop, KnowsAdmins)


def do(work: Callable[[Context], Result]) -> Result:
    """Act in one transaction, and tell of it."""
    state = current_state()

    def once(acting: Acting) -> Result:
        ctx = state.context(acting.conn, now=acting.now)
        found = work(ctx)
        judge()
        state.send(ctx)
        return found

    return perform(once)


def refusal(mistake: Mistake) -> str:
    """Say in the admin's language why an act on payouts was refused."""
    if isinstance(mistake, PayoutRefused):
        return refusal_text(mistake.problem, str(mistake))
    if isinstance(mistake, CreditUsed):
        return _("Of this store credit something is spent already: it cannot be taken back.")
    if isinstance(mistake, NotThere):
        return said(mistake)[1]
    return str(mistake)
