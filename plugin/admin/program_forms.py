"""The forms of products and of commission terms."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Product
from . import product_ways
from .acting import Acting
from .acts import set_product
from .fields import CheckField, ChoiceField, NounForm, TextField
from .nouns import Editor, Values

TAKES_PART = (("", _l("as usual in the shop")), ("yes", _l("yes")), ("no", _l("no")))
_SWITCH = {"": None, "yes": True, "no": False}


class ProductForm(NounForm):
    """The switches of a product."""

    ref = TextField(
        _l("Product number"), needed=True, longest=64, hint=_l("As the shop names it in its orders.")
    )
    title = TextField(_l("Title"))
    takes_part = ChoiceField(_l("Takes part in the partner program"), choices=TAKES_PART)
    absolute_coupons = CheckField(
        _l("Absolute coupons may be used"), default=True, hint=_l("Per cent coupons are not concerned.")
    )
    shown_in_desk = CheckField(
        _l("Shown in the partners' desk"), hint=_l("With its landing pages, for partners to link to.")
    )


def _load_product(session: Session, key: str) -> dict[str, object] | None:
    product = session.get(Product, key)
    if product is None:
        return None
    part = "" if product.takes_part is None else "yes" if product.takes_part else "no"
    return {
        "ref": product.ref,
        "title": product.title,
        "takes_part": part,
        "absolute_coupons": product.absolute_coupons,
        "shown_in_desk": product.shown_in_desk,
    }


def _prepare_product(session: Session, form: NounForm, row: Values) -> None:
    if row:
        del form.ref
    form.takes_part.data = form.takes_part.data or ""


def _save_product(act: Acting, form: NounForm, key: str | None) -> str:
    ref = key if key is not None else form.ref.data
    set_product(
        act,
        ref,
        title=form.title.data or "",
        takes_part=_SWITCH[form.takes_part.data],
        absolute_coupons=form.absolute_coupons.data,
        shown_in_desk=form.shown_in_desk.data,
    )
    return _("The product %(title)s is saved.", title=form.title.data or ref)


PRODUCT_EDITOR = Editor(
    form=ProductForm,
    load=_load_product,
    save=_save_product,
    prepare=_prepare_product,
    title=lambda row: _("Product %(title)s", title=row["title"] or row["ref"]),
    ways=product_ways.ways,
    notes=product_ways.notes,
)
