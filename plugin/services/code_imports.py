"""Import codes from a file: look at it first, then at once, and again without doubling."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from . import audit, code_storing
from .code_importing import Act, Imported, Importing, Source, Told, quiet
from .collecting import uncollected
from .coupons import get_coupon


def look_at(conn: Connection, source: Source, *, progress: Told = quiet) -> Imported:
    """Say what an import would do; nothing is stored."""
    importing = Importing(conn, source)
    with uncollected():
        while importing.read_on(progress):
            importing.count()
    return importing.done


def import_codes(
    conn: Connection, source: Source, act: Act, *, all_or_none: bool = False, progress: Told = quiet
) -> Imported:
    """Import a file at once; with `all_or_none` a single bad line keeps all others out.

    Imported again it makes what is missing by now and leaves the rest as it is.
    """
    code_storing.store_alone(conn)
    with conn.begin_nested() as savepoint, uncollected():
        importing = Importing(conn, source)
        while importing.read_on(progress):
            importing.store(act)
        done = importing.done
        if all_or_none and done.bad:
            savepoint.rollback()
            return replace(done, created=0, changed=0)
    log(conn, source, done, act)
    return done


def log(conn: Connection, source: Source, done: Imported, act: Act) -> None:
    """Note an import that is over in the log of acts."""
    after: dict[str, object] = {name: getattr(done, name) for name in ("created", "changed", "unchanged")}
    after |= {"bad": done.bad_lines, "file": source.file_name}
    subject = get_coupon(conn, source.coupon_id).name
    audit.record(conn, who=act.who, act="import", noun="code", subject=subject, after=after, now=act.now)
