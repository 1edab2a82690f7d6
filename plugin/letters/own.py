"""The letters that the program writes by itself: in our words, or in the shop's where it gave its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .. import i18n
from ..domain.letters import PLANS, Laid, OwnLetter, Plan, as_text, lay_out
from ..domain.places import filled, places_of
from ..services.mails import Receiver
from . import friends, joining, money, postbacks
from .wording import Told, Wording

_OURS: Mapping[OwnLetter, Callable[[Told], Wording]] = {
    OwnLetter.WELCOME: joining.welcome,
    OwnLetter.WELCOME_ACCOUNT: joining.welcome_account,
    OwnLetter.CONFIRM: joining.confirm,
    OwnLetter.PARTNER_ALREADY: joining.partner_already,
    OwnLetter.DECLINED: joining.declined,
    OwnLetter.LOG_IN: joining.log_in,
    OwnLetter.PASSWORD: joining.password,
    OwnLetter.PAID: money.paid,
    OwnLetter.FAILED: money.failed,
    OwnLetter.CHANGED: money.changed,
    OwnLetter.ISSUED: money.issued,
    OwnLetter.POSTBACK_OFF: postbacks.switched_off,
    OwnLetter.SHARE: friends.share,
    OwnLetter.REMINDER: friends.reminder,
    OwnLetter.REWARD: friends.reward,
    OwnLetter.TRIAL: joining.trial,
}


def tongue() -> str:
    """Give the name under which texts in the language that is spoken are kept."""
    return str(i18n.locale())


def worded(letter: OwnLetter, told: Told, texts: Mapping[str, Any]) -> Wording:
    """Give the words of a letter: the shop's, where `texts` has its own in this language, else ours.

    A text of the shop that lacks what a newer version of the letter needs is not taken.
    """
    own = texts.get(tongue())
    if own is None or not PLANS[letter].needed <= places_of(own.text):
        return _OURS[letter](told)
    return edited(letter, told, own.subject, own.text)


def edited(letter: OwnLetter, told: Told, subject: str, text: str) -> Wording:
    """Give the words of a letter in the shop's text; greeting, reason and the way to leave stay ours."""
    words = {**told.values, "name": told.receiver.name, "shop": told.shop}
    laid = lay_out(text, words)
    return replace(
        _OURS[letter](told),
        subject=filled(subject, {**dict.fromkeys(places_of(subject), ""), **words}),
        paragraphs=laid.paragraphs,
        action=laid.action,
        notes=laid.notes,
    )


def our_text(letter: OwnLetter) -> tuple[str, str]:
    """Give our subject and text with their places, in the language that is spoken."""
    plan: Plan = PLANS[letter]
    places = {word: f"{{{word}}}" for word in (*plan.in_text, "leave")}
    told = Told(shop=places["shop"], receiver=Receiver(email="", name=places["name"]), values=places)
    ours = _OURS[letter](told)
    laid = Laid(paragraphs=ours.paragraphs, action=ours.action, notes=ours.notes)
    return ours.subject, as_text(laid)
