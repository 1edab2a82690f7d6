"""The way by which a reader of a mail of the program ends such mails."""

from __future__ import annotations

from ..services import preferences
from ..services.context import Context
from ..services.preferences import MailSort
from ..state import State
from .effects import CannotYet

NO_ADDRESS = "The shop's own address is not known, and such a mail has a link to end them."
NO_ADDRESS_MEND = 'Set SERVER_NAME, such as "shop.example".'


def way_to_leave(state: State, ctx: Context, contact_id: int) -> str:
    """Give the whole address at which a reader ends such mails, or raise CannotYet.

    It is made by hand: a worker may run in an app without pages.
    """
    config = state.app.config
    if not config.get("SERVER_NAME"):
        raise CannotYet(f"{NO_ADDRESS} {NO_ADDRESS_MEND}")
    root = str(config.get("APPLICATION_ROOT") or "/").rstrip("/")
    base = f"{config['PREFERRED_URL_SCHEME']}://{config['SERVER_NAME']}{root}{state.settings.url_prefix}"
    ticket = preferences.sign(ctx.keys, contact_id, MailSort.PROGRAM, now=ctx.now)
    return f"{base}/mails/preferences/{ticket}"
