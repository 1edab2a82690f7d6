"""What all commands share: the group, answers as text or JSON, errors without tracebacks."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

import click
from flask.cli import AppGroup
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from ..errors import FirstlineError
from ..services.context import Context
from ..services.mistakes import Mistake
from ..state import State, current_state
from .held import held

Result = TypeVar("Result")
#: What an id of ours can be.
ID = click.IntRange(1, 2**63 - 1)


class Command(click.Command):
    """A command that says in JSON what is wrong, too, where its answer is wanted so."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read what was typed."""
        typed = list(args)
        with _errors_told(as_json="--json" in typed):
            return super().make_context(info_name, args, parent, **extra)


class Commands(AppGroup):
    """A group of commands."""

    command_class = Command


firstline = Commands("firstline", help="The partner program of this shop.")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command says: text for people, data for programs; not `ok` is exit code 1."""

    text: str
    data: object
    ok: bool = True


def answering(command: Callable[..., Answer]) -> Callable[..., None]:
    """Add `--json` to a command, print its answer, and say errors in one sentence: `{"error": ...}`."""

    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
    @wraps(command)
    def answered(*args: object, as_json: bool, **values: object) -> None:
        with _errors_told(as_json=as_json):
            answer = _guarded(lambda: command(*args, **values))
        click.echo(json.dumps(answer.data, default=_plain, ensure_ascii=False) if as_json else answer.text)
        if not answer.ok:
            raise click.exceptions.Exit(1)

    return answered


@contextmanager
def _errors_told(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        if not as_json:
            raise
        click.echo(json.dumps({"error": error.format_message()}, ensure_ascii=False))
        raise click.exceptions.Exit(error.exit_code) from error


def _guarded(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except Mistake as mistake:
        raise click.UsageError(str(mistake)) from mistake
    except FirstlineError as error:
        raise click.ClickException(str(error)) from error
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(_said(error)) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error


def _said(error: DBAPIError) -> str:
    said = str(error.orig).strip().splitlines()[0]
    missing = "no such table" in said or "no such column" in said or "does not exist" in said
    mend = " Run `flask firstline db upgrade` first." if missing else ""
    return f"The database says: {said}.{mend}"


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")


def in_unit(work: Callable[[State, Connection], Result]) -> Result:
    """Do work in a transaction of our own, committed once; what somebody else must approve is refused."""
    state = current_state()

    def once(session: Session) -> Result:
        conn = session.connection()
        with held(state, conn):
            return work(state, conn)

    done: Result = state.in_own_unit(once)
    return done


def in_context(work: Callable[[Context], Result]) -> Result:
    """Do work that needs the surroundings of a call, in a transaction of our own, committed once."""
    return in_unit(lambda state, conn: work(state.context(conn)))


def who() -> str:
    """Name who acts, for the log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli:unknown"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> str:
    """Set rows out in columns, numbers to the right; `empty` is said where there are none."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return empty
    right = [all(_is_number(row[at]) for row in cells) for at in range(len(head))]
    widths = [max(len(row[at]) for row in [list(head), *cells]) for at in range(len(head))]
    lines = [_line(row, widths, right) for row in [list(head), ["-" * width for width in widths], *cells]]
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = zip(row, widths, right, strict=True)
    aligned = [cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in cells]
    return "  ".join(aligned).rstrip()


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever a row holds
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _is_number(text: str) -> bool:
    return text == "" or text.lstrip("-").replace(".", "", 1).isdecimal()
