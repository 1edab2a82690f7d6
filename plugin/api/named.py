"""What a body names by id or ref."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..services.address_book import get_contact_id
from ..services.context import Context
from ..services.mistakes import Mistake, NotThere


@contextmanager
def naming() -> Iterator[None]:
    """Tell what a body names in vain from an address at which there is nothing: 422, not 404."""
    try:
        yield
    except NotThere as error:
        raise Mistake(str(error)) from error


def contact_id(ctx: Context, ref: str | None) -> int | None:
    """Give the id of the contact with that ref; None without one. Raises NotThere."""
    return None if ref is None else get_contact_id(ctx.conn, ref)
