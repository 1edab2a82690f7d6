"""Pages of the shop that partners find in their desk to link to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from ..models import LandingPage, Product
from ..models.base import insert_for_id
from . import audit
from .links import checked_path
from .mistakes import NotThere, PageTaken

_PAGE = LandingPage.__table__
_PRODUCT = Product.__table__
_NAMES = ("path", "title", "product_ref", "listed")


def add_page(
    conn: Connection, *, path: str, title: str, product_ref: str | None = None, listed: bool = True,
    who: str, now: datetime,
) -> int:  # fmt: skip
    """Put a page of the shop, or of one product, on the list; raise BadLink, NotThere or PageTaken."""
    values = _checked(conn, path, title, product_ref, listed=listed)
    made = conn.execute(insert_for_id(_PAGE, conn.dialect.name), {**values, "created_at": now}).scalar()
    if made is None:
        raise PageTaken("This page is on the list already.")
    audit.record(
        conn, who=who, act="create", noun="landing page", subject=str(values["path"]), after=values, now=now
    )
    return int(made)


def change_page(
    conn: Connection,
    page_id: int,
    *,
    title: str,
    product_ref: str | None,
    listed: bool,
    who: str,
    now: datetime,
) -> bool:
    """Change a page of the list but not its path; False where nothing differs."""
    row = conn.execute(select(_PAGE).where(_PAGE.c.id == page_id).with_for_update()).one_or_none()
    if row is None:
        raise NotThere(f"There is no landing page with the id {page_id}.")
    values = _checked(conn, row.path, title, product_ref, listed=listed)
    before = {name: getattr(row, name) for name in _NAMES}
    if not audit.changed(before, values):
        return False
    conn.execute(update(_PAGE).where(_PAGE.c.id == page_id).values(**values))
    audit.record(
        conn, who=who, act="change", noun="landing page", subject=row.path, before=before, after=values,
        now=now,
    )  # fmt: skip
    return True


def _checked(
    conn: Connection, path: str, title: str, product_ref: str | None, *, listed: bool
) -> dict[str, object]:
    if product_ref is not None:
        known = select(_PRODUCT.c.ref).where(_PRODUCT.c.ref == product_ref)
        if conn.execute(known).first() is None:
            raise NotThere(f"There is no product {product_ref}.")
    path = checked_path(conn, path) or "/"
    return {"path": path, "title": title.strip()[:200], "product_ref": product_ref, "listed": listed}
