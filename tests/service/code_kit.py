"""What the tests of many codes share."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from flask_firstline.models import Code, CodeBatch
from flask_firstline.services import code_uploads
from flask_firstline.services.code_drawing import generate_codes
from flask_firstline.services.code_importing import Act, Imported, Source
from flask_firstline.services.code_imports import import_codes
from flask_firstline.services.code_wanted import Wanted
from flask_firstline.services.context import Keyring

from .program_kit import NOW, WHO

KEYS = Keyring({"1": "secret"})
BERLIN = ZoneInfo("Europe/Berlin")
ACT = Act(who=WHO, now=NOW)


def draw(conn: Connection, coupon_id: int, count: int, *, keys: Keyring = KEYS, **wanted: Any) -> list[str]:
    """Draw a batch and give its codes."""
    asked = Wanted(coupon_id=coupon_id, count=count, **{"check_signs": False, **wanted})
    batch_id = generate_codes(conn, asked, keys=keys, who=WHO, now=NOW)
    return codes_of(conn, batch_id)


def codes_of(conn: Connection, batch_id: int) -> list[str]:
    table = Code.__table__
    return list(conn.execute(select(table.c.display).where(table.c.batch_id == batch_id)).scalars())


def count_codes(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(Code.__table__)).scalar_one()


def batches(conn: Connection) -> list[Any]:
    table = CodeBatch.__table__
    return list(conn.execute(select(table).order_by(table.c.id)).mappings())


def source(text: str, coupon_id: int, name: str = "codes.csv") -> Source:
    return code_uploads.source_of(text.encode(), coupon_id=coupon_id, file_name=name, zone=BERLIN)


def imported(conn: Connection, text: str, coupon_id: int, **more: Any) -> Imported:
    return import_codes(conn, source(text, coupon_id), ACT, **more)


def counts(done: Imported) -> tuple[int, int, int, int]:
    """Give new, changed and unchanged codes, and bad lines."""
    return done.created, done.changed, done.unchanged, done.bad_lines


def told(done: Imported) -> list[tuple[int, str, str, str]]:
    """Give the bad cells: line, column, value and reason."""
    return [(cell.line, cell.column, cell.value, cell.text) for cell in done.bad]
