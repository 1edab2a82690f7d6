"""The form of a code."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Code
from ..services import codes
from .acting import Acting
from .batch_form import offer_coupons
from .contact_field import ContactField
from .fields import ChoiceField, CodeField, NounForm
from .nouns import Editor, Values, Way
from .number_fields import WholeField
from .show import to


class CodeForm(NounForm):
    """A code, and the coupon it redeems."""

    display = CodeField(
        _l("Code"),
        needed=True,
        longest=64,
        hint=_l("Capitals, blanks and dashes do not matter when it is typed."),
    )
    coupon_id = ChoiceField(_l("Coupon"))
    owner_id = ContactField(
        _l("From partner"),
        partners=True,
        hint=_l("Customer number, e-mail or whole name. New customers join this first line."),
    )
    holder_id = ContactField(
        _l("Kept for"), hint=_l("Only this customer can redeem it. Empty: everybody can.")
    )
    max_uses = WholeField(_l("Times in all"), hint=_l("Empty: as the coupon says."))


def _load(session: Session, key: str) -> dict[str, object] | None:
    code = session.get(Code, int(key)) if key.isdecimal() and len(key) < 18 else None
    if code is None:
        return None
    names = ("id", "display", "coupon_id", "owner_id", "holder_id", "max_uses")
    return {name: getattr(code, name) for name in names}


def _prepare(session: Session, form: NounForm, row: Values) -> None:
    if row:
        # The string and its coupon are what was printed and given away: they stay.
        del form.display, form.coupon_id
        return
    offer_coupons(form.coupon_id)


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    if key is not None:
        codes.change_code(
            act.conn,
            int(key),
            owner_id=form.owner_id.data,
            holder_id=form.holder_id.data,
            max_uses=form.max_uses.data,
            who=act.who,
            now=act.now,
        )
        return _("The code is changed.")
    codes.create_code(
        act.conn,
        form.display.data,
        coupon_id=int(form.coupon_id.data),
        owner_id=form.owner_id.data,
        holder_id=form.holder_id.data,
        max_uses=form.max_uses.data,
        who=act.who,
        now=act.now,
    )
    return _("The code %(code)s can be redeemed now.", code=form.display.data)


def _ways(row: Values) -> list[Way]:
    return [
        Way(icon="print", text=_("Print cards"), href=to("cards", code=row["id"])),
        Way(icon="chart", text=_("Figures"), href=to("code", code_id=row["id"])),
    ]


EDITOR = Editor(
    form=CodeForm,
    load=_load,
    save=_save,
    prepare=_prepare,
    ways=_ways,
    title=lambda row: _("Code %(code)s", code=row["display"]),
    from_address=("coupon_id", "owner_id"),
)
