"""Acts on many codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..services import code_acts
from ..services.code_acts import ENDS_BEFORE_BEGIN, LIMIT_BELOW_USE, Tally
from .acting import Acting
from .acts import ids_of
from .contact_field import ContactField
from .fields import NounForm
from .nouns import Bulk
from .number_fields import MomentField, WholeField


class OwnerForm(NounForm):
    """Whose codes they get."""

    owner_id = ContactField(
        _l("From partner"),
        partners=True,
        hint=_l("Customer number, e-mail or whole name. Empty: they belong to nobody."),
    )


class LimitForm(NounForm):
    """How often each can be redeemed."""

    max_uses = WholeField(_l("Times in all"), hint=_l("For each code. Empty: as the coupon says."))


class EndForm(NounForm):
    """Until when they are valid."""

    valid_until = MomentField(_l("Until day"), ends=True, hint=_l("Empty: as long as the coupon."))


Service = Callable[..., Tally]


def _by(service: Service, field: str = "", **fixed: object) -> Callable[..., Tally]:
    """Act by a service, with a fixed value or with that of a field."""

    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        values = [getattr(form, field).data] if field else list(fixed.values())
        return service(acting.conn, ids_of(keys), *values, who=acting.who, now=acting.now)

    return act


BULK = (
    Bulk(
        name="off",
        label=_l("Switch off"),
        danger=True,
        apply=_by(code_acts.set_active, active=False),
        preview=lambda n: ngettext(
            "%(num)s code is switched off. It stays taken; orders that used it stay as they are.",
            "%(num)s codes are switched off. They stay taken; orders that used them stay as they are.",
            n,
        ),
        done=lambda n: ngettext("%(num)s code is switched off.", "%(num)s codes are switched off.", n),
    ),
    Bulk(
        name="on",
        label=_l("Switch on"),
        apply=_by(code_acts.set_active, active=True),
        preview=lambda n: ngettext(
            "%(num)s code is switched on and can be redeemed again.",
            "%(num)s codes are switched on and can be redeemed again.",
            n,
        ),
        done=lambda n: ngettext("%(num)s code is switched on.", "%(num)s codes are switched on.", n),
    ),
    Bulk(
        name="owner",
        label=_l("Give to a partner"),
        form=OwnerForm,
        apply=_by(code_acts.set_owner, "owner_id"),
        preview=lambda n: ngettext(
            "%(num)s code changes its partner. What was earned with it stays with the one who earned it.",
            "%(num)s codes change their partner. What was earned with them stays with those who earned it.",
            n,
        ),
        done=lambda n: ngettext(
            "%(num)s code has changed its partner.", "%(num)s codes have changed their partner.", n
        ),
    ),
    Bulk(
        name="limit",
        label=_l("Set a limit"),
        form=LimitForm,
        apply=_by(code_acts.set_limit, "max_uses"),
        preview=lambda n: ngettext("%(num)s code gets another limit.", "%(num)s codes get another limit.", n),
        done=lambda n: ngettext("%(num)s code is changed.", "%(num)s codes are changed.", n),
        problems={LIMIT_BELOW_USE: _l("used more often already")},
    ),
    Bulk(
        name="until",
        label=_l("Set an end"),
        form=EndForm,
        apply=_by(code_acts.set_end, "valid_until"),
        preview=lambda n: ngettext("%(num)s code gets another end.", "%(num)s codes get another end.", n),
        done=lambda n: ngettext("%(num)s code is changed.", "%(num)s codes are changed.", n),
        problems={ENDS_BEFORE_BEGIN: _l("begins later only")},
    ),
    Bulk(
        name="link",
        label=_l("With their link only"),
        apply=_by(code_acts.set_link_only, link_only=True),
        preview=lambda n: ngettext(
            "%(num)s code counts with its link only. Typed it is refused as any unknown code.",
            "%(num)s codes count with their links only. Typed they are refused as any unknown code.",
            n,
        ),
        done=lambda n: ngettext(
            "%(num)s code counts with its link only.", "%(num)s codes count with their links only.", n
        ),
    ),
    Bulk(
        name="typed",
        label=_l("Let them be typed again"),
        apply=_by(code_acts.set_link_only, link_only=False),
        preview=lambda n: ngettext(
            "%(num)s code can be typed again.", "%(num)s codes can be typed again.", n
        ),
        done=lambda n: ngettext("%(num)s code can be typed again.", "%(num)s codes can be typed again.", n),
    ),
)
