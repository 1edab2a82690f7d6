"""Spread the balances of a partner to whom many sales post at once, or bring them together."""

from __future__ import annotations

from collections.abc import Mapping

from .. import i18n
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Contact
from ..services import hot
from .decision_forms import Decision, by_service
from .edge import now, session


def _sentence(contact: Contact) -> str:
    most = hot.busiest_minute(session().connection(), contact.id, now=now())
    seen = ngettext(
        "In the busiest minute of the last day %(num)s call has posted to this partner.",
        "In the busiest minute of the last day %(num)s calls have posted to this partner.",
        most,
    )
    use = _(
        "Sales at the same moment wait for each other at the balance of their partner. Spread over several "
        "places they do not; all amounts stay as they are. It is worth it from about %(bound)s calls a "
        "minute on.",
        bound=i18n.number(hot.BUSY),
    )
    return f"{use} {seen}"


SPREADING: Mapping[str, Decision] = {
    "spread": Decision(
        title=_l("Spread the balances"),
        button=_l("Spread the balances"),
        danger=False,
        sentence=_sentence,
        act=by_service(hot.heat),
        done=lambda name: _("The balances of %(name)s are spread.", name=name),
    ),
    "fold": Decision(
        title=_l("Bring the balances together"),
        button=_l("Bring the balances together"),
        danger=False,
        sentence=lambda contact: _("Each balance is kept in one place again. Its amount stays the same."),
        act=by_service(hot.cool),
        done=lambda name: _("The balances of %(name)s are in one place again.", name=name),
    ),
}
