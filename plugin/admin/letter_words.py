"""The letters of the program in words: title, when each is sent and to whom, what its places mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..domain.letters import OwnLetter
from ..i18n import lazy_gettext as _l


@dataclass(frozen=True, kw_only=True)
class About:
    """What a letter is called, when it is sent, and to whom."""

    title: str
    when: str
    to: str


_APPLICANTS = _l("Applicants")
_PARTNERS = _l("Partners")
_BUYERS = _l("Buyers")
ABOUT: Mapping[OwnLetter, About] = {
    OwnLetter.WELCOME: About(
        title=_l("You are a partner: set a password"),
        when=_l("When somebody becomes a partner who sets a password of our own"),
        to=_PARTNERS,
    ),
    OwnLetter.WELCOME_ACCOUNT: About(
        title=_l("You are a partner: with the shop's account"),
        when=_l("When somebody becomes a partner who signs in with an account in the shop"),
        to=_PARTNERS,
    ),
    OwnLetter.CONFIRM: About(
        title=_l("Confirm your address"),
        when=_l("When somebody applies to be a partner"),
        to=_APPLICANTS,
    ),
    OwnLetter.PARTNER_ALREADY: About(
        title=_l("You are a partner already"),
        when=_l("When somebody applies with the address of a partner"),
        to=_PARTNERS,
    ),
    OwnLetter.DECLINED: About(
        title=_l("Application declined"), when=_l("When you decline an application"), to=_APPLICANTS
    ),
    OwnLetter.LOG_IN: About(
        title=_l("Link to sign in"), when=_l("When a partner asks for a link to sign in"), to=_PARTNERS
    ),
    OwnLetter.PASSWORD: About(
        title=_l("Set a new password"), when=_l("When a partner asks for a new password"), to=_PARTNERS
    ),
    OwnLetter.PAID: About(
        title=_l("Payout on its way"), when=_l("When a payout was released"), to=_PARTNERS
    ),
    OwnLetter.FAILED: About(
        title=_l("Payout did not arrive"), when=_l("When you mark a payout as failed"), to=_PARTNERS
    ),
    OwnLetter.CHANGED: About(
        title=_l("Payout details changed"),
        when=_l("When payout details are changed; goes to the old address too"),
        to=_PARTNERS,
    ),
    OwnLetter.ISSUED: About(
        title=_l("New statement"), when=_l("When a statement is issued"), to=_PARTNERS
    ),
    OwnLetter.POSTBACK_OFF: About(
        title=_l("Postback switched off"),
        when=_l("When a postback was switched off because its calls were not taken"),
        to=_PARTNERS,
    ),
    OwnLetter.SHARE: About(
        title=_l("A code for friends"), when=_l("Ten minutes after an order with a campaign"), to=_BUYERS
    ),
    OwnLetter.REMINDER: About(
        title=_l("Reminder to share"),
        when=_l("Where a code was not passed on, after the days that the campaign says"),
        to=_BUYERS,
    ),
    OwnLetter.REWARD: About(
        title=_l("A reward can be used"),
        when=_l("When the reward of a campaign becomes active"),
        to=_l("Who passed a code on"),
    ),
    OwnLetter.TRIAL: About(
        title=_l("Trial mail"),
        when=_l("When somebody tries whether mails arrive: flask firstline mail test"),
        to=_l("Who runs the shop"),
    ),
}  # fmt: skip
PLACES: Mapping[str, str] = {
    "name": _l("Name of the reader"),
    "shop": _l("Name of the shop"),
    "link": _l("Address that the button opens"),
    "desk": _l("Address of the desk"),
    "sign_in": _l("Address of the page to sign in"),
    "why": _l("Reason that you gave"),
    "amount": _l("Amount with its currency"),
    "way": _l("How it is paid, and the end of the account's number"),
    "how_long": _l("Sentence: when it is there"),
    "day": _l("Day of the change"),
    "news": _l("Sentence: how payouts go from when on"),
    "number": _l("Number of the statement"),
    "host": _l("Host that was called"),
    "cause": _l("Sentence: why it was switched off"),
    "offer": _l("What friends and the reader get, in short"),
    "lead": _l("Sentences: what friends and the reader get"),
    "conditions": _l("Conditions of the coupon, where it has some"),
    "code": _l("Code"),
    "friend_link": _l("Address for friends"),
    "thanks": _l("Sentence: thank you for a friend's order, or for a visit"),
    "worth": _l("What the reward takes off"),
}
