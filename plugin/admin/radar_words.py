"""What the leak radar sees, in words with its figures."""

from __future__ import annotations

from .. import i18n
from ..domain.leak import Kind, Sign
from ..i18n import gettext as _
from ..i18n import ngettext, number, percent
from ..services.radar import Suspect


def sign_text(sign: Sign, seen: Suspect) -> str:
    """Say what is suspicious, and with what it was compared."""
    if sign.kind is Kind.BURST:
        return f"{_burst(sign)} {_usual(sign)}"
    return f"{_strangers(sign)} {_before(sign, seen)}"


def _burst(sign: Sign) -> str:
    day = i18n.day_text(sign.day) if sign.day is not None else ""
    return ngettext("%(num)s redemption on %(day)s.", "%(num)s redemptions on %(day)s.", sign.uses, day=day)


def _usual(sign: Sign) -> str:
    if not sign.days:
        return _(
            "The code was made that day; up to %(allowed)s would be a good launch.",
            allowed=number(sign.allowed),
        )
    before = ngettext(
        "%(past)s on the %(num)s day before; up to %(allowed)s would be usual.",
        "%(past)s on the %(num)s days before; up to %(allowed)s would be usual.",
        sign.days,
        past=number(sign.past or 0),
        allowed=number(sign.allowed),
    )
    return before


def _strangers(sign: Sign) -> str:
    return _(
        "%(strangers)s of %(uses)s redemptions (%(share)s) typed by buyers who had not met the partner.",
        strangers=number(sign.uses),
        uses=number(sign.out_of),
        share=percent(sign.share),
    )


def _before(sign: Sign, seen: Suspect) -> str:
    if sign.past is None:
        return _("There is no earlier time to compare with.")
    return _(
        "Before, it was %(share)s of %(uses)s.",
        share=percent(sign.past),
        uses=number(seen.record.past.total),
    )
