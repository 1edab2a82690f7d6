"""Why a code did not hold, and why its owner did not become the sponsor, in a few words."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.eligibility import Bar
from ..errors import Reason
from ..i18n import lazy_gettext as _l
from ..services import campaign_referrals, kickback_suspicions, kickbacks, merging, partners, rewards
from ..services.deals import REJECTED

_WORDS: Mapping[str, str] = {
    Reason.UNKNOWN: _l("unknown code"),
    Reason.INACTIVE: _l("switched off"),
    Reason.NOT_YET: _l("not valid yet"),
    Reason.EXPIRED: _l("expired"),
    Reason.USED_UP: _l("used up"),
    Reason.NOT_YOURS: _l("kept for somebody else"),
    Reason.OWN_CODE: _l("the buyer's own code"),
    Reason.NEW_CUSTOMERS_ONLY: _l("no new customer"),
    Reason.EMAIL_NEEDED: _l("e-mail not known"),
    Reason.MINIMUM: _l("order too small"),
    Reason.MAXIMUM: _l("order too large"),
    Reason.PRODUCTS: _l("not for these articles"),
    Reason.CURRENCY: _l("another currency"),
    Reason.NOT_STACKABLE: _l("not beside another code"),
    Reason.TOO_MANY_TRIES: _l("too many tries"),
    Reason.CHANGED: _l("the discount had changed"),
    Reason.UNAVAILABLE: _l("could not be checked"),
}


def reason_words(reason: str) -> str:
    """Say a reason in a few words; what is none stays as it is."""
    return str(_WORDS.get(reason, reason))


_BARS: Mapping[str, str] = {
    "own order": _l("nobody earns on the own order"),
    Bar.SUSPENDED.value: _l("suspended"),
    Bar.LEFT.value: _l("is no partner any more"),
    Bar.PARENT_ENDED.value: _l("the commission for the partner below has ended"),
    Bar.NO_PARTNER.value: _l("is no partner"),
    Bar.AWAITING.value: _l("waits for approval"),
    REJECTED: _l("rejected after a suspicion"),
}


def bar_name(why: str) -> str:
    """Say why somebody earns nothing."""
    return str(_BARS.get(why, why))


_NOT_JOINED: Mapping[str, str] = {
    "own code": _l("it is the own code"),
    "has a sponsor already": _l("there was a sponsor already"),
    "would close a circle": _l("it would have closed a circle"),
    Bar.SUSPENDED.value: _l("the partner was suspended"),
    Bar.LEFT.value: _l("the partner had left"),
    merging.DOUBLE: _l("came with a double"),
    partners.ENTERED: _l("named when the partner was entered"),
}


_REWARD_WHY: Mapping[str, str] = {
    campaign_referrals.OWN: _l("the friend is the sharer"),
    campaign_referrals.RING: _l("the sharer came through the friend"),
    kickbacks.CYCLE: _l("a reward paid for the order"),
    kickbacks.RETURNED: _l("the order was returned"),
    kickbacks.OWN_RETURNED: _l("the sharer's own order was returned"),
    kickback_suspicions.SUSPECTED: _l("the friend may be the sharer"),
    rewards.NETTED: _l("made up for what was owed"),
    rewards.ERASED: _l("the person was erased"),
    rewards.BY_ADMIN: _l("withdrawn by an admin"),
}


def reward_why(why: str) -> str:
    """Say why a reward stands where it does; what is none of ours stays as it is."""
    return str(_REWARD_WHY.get(why, why))


def reason_name(why: str) -> str:
    """Say why somebody became the sponsor or did not; what an admin wrote stays as it is."""
    return str(_NOT_JOINED.get(why, why))
