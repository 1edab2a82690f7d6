"""Banners and texts that partners pass on with their own links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, or_, select, update

from ..domain.pictures import MEDIA_TYPES, picture_of
from ..models import Material, MaterialKind, MaterialPicture, Product
from . import audit
from .links import checked_path
from .mistakes import BadLink, BadPicture, Mistake, NotThere

LINK = "{link}"
"""Where a partner's link stands in a text; without it the link comes last."""
LONGEST_TEXT = 5000
_DIGITS = 16
_MATERIAL = Material.__table__
_PICTURE = MaterialPicture.__table__
_PRODUCT = Product.__table__


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What an admin says of a banner or a text; `product_ref` None is for the whole shop."""

    kind: MaterialKind
    title: str
    text: str = ""
    locale: str = ""
    path: str = ""
    product_ref: str | None = None
    listed: bool = True


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A banner or a text as partners find it; a banner has the name of its file and its size."""

    id: int
    kind: str
    title: str
    text: str
    locale: str
    path: str
    product: str
    product_ref: str | None
    file_name: str = ""
    width: int = 0
    height: int = 0


def add(conn: Connection, piece: Piece, picture: bytes | None = None, *, who: str, now: datetime) -> int:
    """Put a banner or a text on the list; raise BadLink, BadPicture or NotThere."""
    values = _checked(conn, piece)
    if piece.kind is MaterialKind.BANNER and picture is None:
        raise BadPicture("A banner needs a picture.")
    made = conn.execute(insert(_MATERIAL), {**values, "created_at": now}).inserted_primary_key
    material_id = int(made[0]) if made else 0
    kept = _keep_picture(conn, material_id, picture, now) if picture is not None else {}
    audit.record(
        conn, who=who, act="create", noun="material", subject=str(material_id), after={**values, **kept},
        now=now,
    )  # fmt: skip
    return material_id


def change(
    conn: Connection, material_id: int, piece: Piece, picture: bytes | None = None, *, who: str, now: datetime
) -> bool:
    """Change a banner or a text but not which of them it is; a picture replaces the one that was there."""
    row = conn.execute(select(_MATERIAL).where(_MATERIAL.c.id == material_id).with_for_update()).one_or_none()
    if row is None or row.kind != piece.kind.value:
        raise NotThere(f"There is no such material with the id {material_id}.")
    values = _checked(conn, piece)
    before = {name: getattr(row, name) for name in values}
    if picture is None and not audit.changed(before, values):
        return False
    conn.execute(update(_MATERIAL).where(_MATERIAL.c.id == material_id).values(**values))
    kept = _keep_picture(conn, material_id, picture, now) if picture is not None else {}
    audit.record(
        conn, who=who, act="change", noun="material", subject=str(material_id), before=before,
        after={**values, **kept}, now=now,
    )  # fmt: skip
    return True


def _checked(conn: Connection, piece: Piece) -> dict[str, object]:
    title, text = piece.title.strip()[:200], piece.text.replace("\r\n", "\n").strip()
    if not title:
        raise Mistake("A title is needed.")
    if len(text) > LONGEST_TEXT or (piece.kind is MaterialKind.TEXT and not text):
        raise Mistake(f"A text has 1 to {LONGEST_TEXT} characters.")
    if piece.product_ref is not None:
        known = select(_PRODUCT.c.ref).where(_PRODUCT.c.ref == piece.product_ref)
        if conn.execute(known).first() is None:
            raise NotThere(f"There is no product {piece.product_ref}.")
    path = checked_path(conn, piece.path)
    if path and not path.startswith("/"):
        raise BadLink("Material leads to a page of the shop itself: give its path, such as /balm.")
    return {
        "kind": piece.kind.value, "title": title, "text": text, "locale": piece.locale, "path": path,
        "product_ref": piece.product_ref, "listed": piece.listed,
    }  # fmt: skip


def _keep_picture(conn: Connection, material_id: int, content: bytes, now: datetime) -> dict[str, object]:
    found = picture_of(content)
    if found is None:
        raise BadPicture("This is no picture that browsers show, or it is too large.")
    kept = {
        "extension": found.extension, "width": found.width, "height": found.height,
        "digest": sha256(content).hexdigest(),
    }  # fmt: skip
    conn.execute(delete(_PICTURE).where(_PICTURE.c.material_id == material_id))
    row = {"material_id": material_id, "content": content, "created_at": now, **kept}
    conn.execute(insert(_PICTURE), row)
    return kept


def shown(conn: Connection) -> Sequence[Shown]:
    """Give what partners find: of the whole shop, then of the products shown in the desk."""
    columns = (_PICTURE.c.extension, _PICTURE.c.width, _PICTURE.c.height, _PICTURE.c.digest)
    rows = conn.execute(
        select(_MATERIAL, *columns, _PRODUCT.c.title.label("product"))
        .outerjoin(_PICTURE, _PICTURE.c.material_id == _MATERIAL.c.id)
        .outerjoin(_PRODUCT, _PRODUCT.c.ref == _MATERIAL.c.product_ref)
        .where(_MATERIAL.c.listed, or_(_MATERIAL.c.product_ref.is_(None), _PRODUCT.c.shown_in_desk))
        .order_by(_MATERIAL.c.product_ref.is_not(None), _PRODUCT.c.title, _MATERIAL.c.product_ref,
                  _MATERIAL.c.kind, _MATERIAL.c.title, _MATERIAL.c.id)
    )  # fmt: skip
    return tuple(
        Shown(
            id=row.id,
            kind=row.kind,
            title=row.title,
            text=row.text,
            locale=row.locale,
            path=row.path,
            product=row.product or row.product_ref or "",
            product_ref=row.product_ref,
            file_name="" if row.digest is None else f"{row.id}-{row.digest[:_DIGITS]}.{row.extension}",
            width=row.width or 0,
            height=row.height or 0,
        )
        for row in rows
    )


def file_name(conn: Connection, material_id: int) -> str:
    """Give the name that a banner's picture is sent under, "" where there is none."""
    query = select(_PICTURE.c.digest, _PICTURE.c.extension).where(_PICTURE.c.material_id == material_id)
    row = conn.execute(query).one_or_none()
    return "" if row is None else f"{material_id}-{row.digest[:_DIGITS]}.{row.extension}"


def content(conn: Connection, material_id: int) -> tuple[bytes, str] | None:
    """Give a banner's picture with its media type."""
    query = select(_PICTURE.c.content, _PICTURE.c.extension).where(_PICTURE.c.material_id == material_id)
    row = conn.execute(query).one_or_none()
    return None if row is None else (bytes(row.content), MEDIA_TYPES[row.extension])


def with_link(text: str, address: str) -> str:
    """Put a partner's link into a text, at its place or at the end."""
    return text.replace(LINK, address) if LINK in text else f"{text}\n\n{address}"
