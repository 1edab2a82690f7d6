"""What the processes do with many codes at once."""

from __future__ import annotations

from flask_firstline.services import code_uploads
from flask_firstline.services.code_drawing import generate_codes
from flask_firstline.services.code_importing import Act, Imported
from flask_firstline.services.code_imports import import_codes
from flask_firstline.services.code_wanted import Wanted
from flask_firstline.services.codes import create_code
from flask_firstline.services.mistakes import CodeRefused
from flask_firstline.state import State
from tests.small_shop import WHO, SmallShop

DRAWN = 60
FILE = "code,max,occasion\n" + "\n".join(f"file-{number},5,Fair" for number in range(50))


def draw_few_signs(shop: SmallShop, number: int) -> str:
    """Draw codes of three signs: many that are drawn are taken by another process."""
    return _drawn(shop, Wanted(coupon_id=1, count=DRAWN, length=3, check_signs=False))


def draw_with_check_signs(shop: SmallShop, number: int) -> str:
    """Draw codes of one form with check signs."""
    return _drawn(shop, Wanted(coupon_id=1, count=DRAWN, prefix="X", length=4))


def _drawn(shop: SmallShop, wanted: Wanted) -> str:
    state: State = shop.state

    def work(session: object) -> int:
        conn = session.connection()  # type: ignore[attr-defined]
        keys = state.context(conn).keys
        return generate_codes(conn, wanted, keys=keys, who=WHO, now=state.now())

    state.in_own_unit(work)
    return "drawn"


def import_file(shop: SmallShop, number: int) -> str:
    """Import one and the same file."""
    state: State = shop.state

    def work(session: object) -> Imported:
        conn = session.connection()  # type: ignore[attr-defined]
        source = code_uploads.source_of(
            FILE.encode(), coupon_id=1, file_name="f.csv", zone=state.settings.zone
        )
        return import_codes(conn, source, Act(who=WHO, now=state.now()))

    done: Imported = state.in_own_unit(work)
    return f"{done.created} new, {done.unchanged} there, {done.bad_lines} bad"


def make_or_import(shop: SmallShop, number: int) -> str:
    """Import the file, or make single codes of it by hand at the same moment."""
    if number % 4 == 0:
        import_file(shop, number)
        return "done"
    state: State = shop.state
    try:
        state.in_own_unit(
            lambda session: create_code(
                session.connection(), f"FILE {number % 50}", coupon_id=1, who=WHO, now=state.now()
            )
        )
    except CodeRefused:
        return "taken"
    return "done"
