"""Landing pages: what partners find in their desk to link to, per product or of the whole shop."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from wtforms import Form

from ..domain.tracking import LONGEST_PATH
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import LandingPage, Product
from ..services import landing_pages
from ..services.links import checked_path
from ..services.listing import AnyRow, Query
from ..services.mistakes import BadLink
from .acting import Acting
from .edge import session
from .fields import CheckField, NounForm, TextField
from .nouns import Column, Editor, Filter, Kind, Noun, State, Values
from .show import name_of, to


class PathField(TextField):
    """The path of a page of this shop."""

    def read(self, typed: str, form: Form) -> str:
        """Refuse what leads elsewhere."""
        try:
            return checked_path(session().connection(), super().read(typed, form)) or "/"
        except BadLink as mistake:
            raise ValueError(_("Please give the path of a page of this shop, such as /balm.")) from mistake


class ProductField(TextField):
    """The number of a product that is known."""

    def read(self, typed: str, form: Form) -> str:
        """Refuse a number that no product has."""
        ref = super().read(typed, form)
        if session().get(Product, ref) is None:
            raise ValueError(_("No product has this number. Enter the product first."))
        return ref


class LandingPageForm(NounForm):
    """A page that partners may link to."""

    path = PathField(
        _l("Page"),
        needed=True,
        longest=LONGEST_PATH,
        hint=_l("Its path in the shop, such as /balm, or its address on a host that carries the counter."),
    )
    title = TextField(_l("Title"), needed=True, hint=_l("As partners read it in their desk."))
    product_ref = ProductField(
        _l("Of this product"), longest=64, hint=_l("Product number. Empty: a page of the whole shop.")
    )
    listed = CheckField(
        _l("On the list of partners"), default=True, hint=_l("Links that exist go on leading there.")
    )


def _load(current: Session, key: str) -> dict[str, object] | None:
    page = current.get(LandingPage, int(key)) if key.isascii() and key.isdecimal() and len(key) < 18 else None
    if page is None:
        return None
    return {name: getattr(page, name) for name in ("path", "title", "product_ref", "listed")}


def _prepare(current: Session, form: NounForm, row: Values) -> None:
    if row:
        del form.path


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    values = {
        "title": form.title.data,
        "product_ref": form.product_ref.data or None,
        "listed": form.listed.data,
    }
    if key is not None:
        landing_pages.change_page(act.conn, int(key), **values, who=act.who, now=act.now)
        return _("The landing page %(title)s is saved.", title=form.title.data)
    landing_pages.add_page(act.conn, path=form.path.data, **values, who=act.who, now=act.now)
    return _("The landing page %(title)s is saved.", title=form.title.data)


def _statement() -> Query:
    return select(LandingPage, Product).join(Product, Product.ref == LandingPage.product_ref, isouter=True)


def _state(row: AnyRow) -> State:
    """Say whether partners see a page; that of a product only with the product."""
    if not row.LandingPage.listed:
        return State("off", str(_l("not on the list")))
    if row.Product is not None and not row.Product.shown_in_desk:
        return State("wait", str(_l("product not shown in the desk")))
    return State("ok", str(_l("on the list")))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return LandingPage.listed.is_(choice == "yes")


NOUN = Noun(
    name="landing_pages",
    title=_l("Landing pages"),
    lead=_l(
        "Pages of the shop that partners find in their desk to link to. They can link to any other page too."
    ),
    icon="link",
    statement=_statement,
    keys=(LandingPage.id.expression,),
    key=lambda row: str(row.LandingPage.id),
    columns=(
        Column(
            name="title",
            label=_l("Title"),
            value=lambda row: row.LandingPage.title,
            href=lambda row: to("landing_pages_edit", key=row.LandingPage.id),
            sort=name_of(LandingPage.title.expression),
        ),
        Column(
            name="path",
            label=_l("Page"),
            value=lambda row: row.LandingPage.path,
            sort=LandingPage.path.expression,
        ),
        Column(
            name="product",
            label=_l("Product"),
            value=lambda row: (row.Product.title or row.Product.ref) if row.Product is not None else "",
            href=lambda row: to("products_edit", key=row.Product.ref) if row.Product is not None else None,
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="title",
    search=lambda text: or_(
        LandingPage.title.icontains(text, autoescape=True),
        LandingPage.path.startswith(text, autoescape=True),
        LandingPage.product_ref == text,
    ),
    search_hint=_l("Title, page or product number"),
    filters=(
        Filter(
            name="listed",
            label=_l("State"),
            where=_by_state,
            choices=(("yes", _l("on the list")), ("no", _l("not on the list"))),
        ),
    ),
    editor=Editor(
        form=LandingPageForm,
        load=_load,
        save=_save,
        prepare=_prepare,
        title=lambda row: _("Landing page %(title)s", title=row["title"]),
        from_address=("product_ref",),
    ),
    new_label=_l("Add a page"),
    empty=_l(
        "Here stand the pages that partners are offered to link to. Without any they link to the start page."
    ),
)
