"""Material: banners and texts that partners find in their desk, with their own links in them."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, url_for
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from .. import i18n
from ..domain.pictures import MOST_BYTES
from ..domain.tracking import LONGEST_PATH
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Material, MaterialKind, Product
from ..services import material
from ..services.listing import AnyRow, Query
from .acting import Acting
from .edge import session, settings
from .fields import CheckField, ChoiceField, FileField, NoteField, NounForm, TextField
from .landing_pages import PathField, ProductField
from .nouns import Column, Editor, Filter, Kind, Noun, State, Values
from .show import name_of, to

KINDS = ((MaterialKind.BANNER.value, _l("banner")), (MaterialKind.TEXT.value, _l("text")))


class MaterialForm(NounForm):
    """A banner or a text."""

    kind = ChoiceField(_l("Kind"), choices=KINDS, default=MaterialKind.BANNER.value)
    title = TextField(_l("Title"), needed=True, hint=_l("As partners read it in their desk."))
    picture = FileField(
        _l("Picture"),
        most=MOST_BYTES,
        accept="image/png,image/jpeg,image/gif,image/webp",
        hint=_l("Of a banner: PNG, JPEG, GIF or WebP, at most 1 MB."),
    )
    text = NoteField(
        _l("Text"),
        longest=material.LONGEST_TEXT,
        hint=_l("Write {link} where the partner's link shall stand. Of a banner: what the picture says."),
    )
    locale = ChoiceField(_l("Language"))
    path = PathField(
        _l("Leads to"), longest=LONGEST_PATH, hint=_l("Path in the shop, such as /balm. Empty: the start.")
    )
    product_ref = ProductField(
        _l("Of this product"), longest=64, hint=_l("Product number. Empty: for the whole shop.")
    )
    listed = CheckField(
        _l("Shown to partners"),
        default=True,
        hint=_l("Banners that stand on pages already go on being shown."),
    )

    def validate(self) -> bool:
        """Ask for the picture of a banner and the words of a text."""
        good = bool(super().validate())
        is_text = "kind" in self and self.kind.data == MaterialKind.TEXT.value
        if (is_text or "picture" not in self) and not self.text.data and not self.text.errors:
            self.complain("text", _("Please fill this in."))
            return False
        if "kind" in self and not is_text and self.picture.data is None:
            self.complain("picture", _("Please choose a picture."))
            return False
        return good


def _load(current: Session, key: str) -> dict[str, object] | None:
    row = current.get(Material, int(key)) if key.isascii() and key.isdecimal() and len(key) < 18 else None
    if row is None:
        return None
    names = ("id", "kind", "title", "text", "locale", "path", "product_ref", "listed")
    return {name: getattr(row, name) for name in names}


def _prepare(current: Session, form: NounForm, row: Values) -> None:
    form.locale.choices = [
        ("", _("none or any")),
        *((name, i18n.language_name(name)) for name in settings().locales),
    ]
    form.locale.data = form.locale.data or ""
    if not row:
        return
    del form.kind
    if row["kind"] == MaterialKind.TEXT.value:
        del form.picture
    elif "firstline_checkout" in current_app.blueprints:
        name = material.file_name(current.connection(), int(str(row["id"])))
        form.picture.shown = url_for("firstline_checkout.picture", name=name)


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    kind = MaterialKind(form.kind.data) if key is None else _kind_of(int(key))
    piece = material.Piece(
        kind=kind,
        title=form.title.data,
        text=form.text.data or "",
        locale=form.locale.data or "",
        path=form.path.data or "",
        product_ref=form.product_ref.data or None,
        listed=form.listed.data,
    )
    picture = form.picture.data if kind is MaterialKind.BANNER else None
    if key is None:
        material.add(act.conn, piece, picture, who=act.who, now=act.now)
    else:
        material.change(act.conn, int(key), piece, picture, who=act.who, now=act.now)
    return _("%(title)s is saved.", title=piece.title)


def _kind_of(material_id: int) -> MaterialKind:
    row = session().get(Material, material_id)
    return MaterialKind(row.kind if row is not None else MaterialKind.TEXT)


def _statement() -> Query:
    return select(Material, Product).join(Product, Product.ref == Material.product_ref, isouter=True)


def _state(row: AnyRow) -> State:
    if not row.Material.listed:
        return State("off", str(_l("not shown")))
    if row.Product is not None and not row.Product.shown_in_desk:
        return State("wait", str(_l("product not shown in the desk")))
    return State("ok", str(_l("shown")))


def _by_kind(choice: str, now: datetime) -> ColumnElement[bool]:
    return Material.kind == choice


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return Material.listed.is_(choice == "yes")


NOUN = Noun(
    name="materials",
    title=_l("Material"),
    lead=_l("Banners and texts that partners find in their desk, each with their own link in it."),
    icon="share",
    statement=_statement,
    keys=(Material.id.expression,),
    key=lambda row: str(row.Material.id),
    columns=(
        Column(
            name="title",
            label=_l("Title"),
            value=lambda row: row.Material.title,
            href=lambda row: to("materials_edit", key=row.Material.id),
            sort=name_of(Material.title.expression),
        ),
        Column(name="kind", label=_l("Kind"), value=lambda row: str(dict(KINDS)[row.Material.kind])),
        Column(
            name="product",
            label=_l("Product"),
            value=lambda row: (row.Product.title or row.Product.ref) if row.Product is not None else "",
            href=lambda row: to("products_edit", key=row.Product.ref) if row.Product is not None else None,
        ),
        Column(
            name="locale",
            label=_l("Language"),
            value=lambda row: i18n.language_name(row.Material.locale) if row.Material.locale else "",
            sort=Material.locale.expression,
        ),
        Column(name="path", label=_l("Leads to"), value=lambda row: row.Material.path or "/"),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="title",
    search=lambda text: or_(
        Material.title.icontains(text, autoescape=True),
        Material.text.icontains(text, autoescape=True),
        Material.product_ref == text,
    ),
    search_hint=_l("Title, text or product number"),
    filters=(
        Filter(name="kind", label=_l("Kind"), where=_by_kind, choices=KINDS),
        Filter(
            name="listed",
            label=_l("State"),
            where=_by_state,
            choices=(("yes", _l("shown")), ("no", _l("not shown"))),
        ),
    ),
    editor=Editor(
        form=MaterialForm,
        load=_load,
        save=_save,
        prepare=_prepare,
        title=lambda row: str(row["title"]),
        from_address=("kind", "product_ref"),
    ),
    new_label=_l("Add material"),
    empty=_l("Here stand banners and texts for partners. Add the first one."),
)
