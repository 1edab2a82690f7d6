"""The partner terms: versions that stay, each in some languages, and who accepted which."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from ..models import PartnerTerms, TermsAcceptance
from ..models.base import insert_once
from . import audit
from .mistakes import Mistake

LONGEST = 50_000
"""So many characters a text of the terms may have."""
_TERMS = PartnerTerms.__table__
_ACCEPTANCE = TermsAcceptance.__table__


class SameTerms(Mistake):
    """A new version that says what the last one says."""


class OtherTerms(Mistake):
    """Somebody accepts a version that is not the last one any more."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """A version as somebody reads it."""

    version: int
    locale: str
    text: str
    digest: str
    created_at: datetime

    @property
    def parts(self) -> list[str]:
        """The paragraphs."""
        return [part.strip() for part in self.text.split("\n\n") if part.strip()]


def newest(conn: Connection) -> int | None:
    """Give the number of the last version, None where there is none yet."""
    return conn.execute(select(func.max(_TERMS.c.version))).scalar()


def read(
    conn: Connection, locale: str, *, otherwise: Sequence[str] = (), version: int | None = None
) -> Text | None:
    """Give a version, by default the last one, in the language that is nearest; None where there is none."""
    wanted = newest(conn) if version is None else version
    rows = conn.execute(select(_TERMS).where(_TERMS.c.version == wanted).order_by(_TERMS.c.locale)).all()
    if not rows:
        return None
    by_language = {row.locale.partition("_")[0]: row for row in rows}
    order = [tag.replace("-", "_").partition("_")[0] for tag in (locale, *otherwise)]
    row = next((by_language[language] for language in order if language in by_language), rows[0])
    return Text(
        version=row.version, locale=row.locale, text=row.text, digest=row.digest, created_at=row.created_at
    )


def write(conn: Connection, texts: Mapping[str, str], *, who: str, now: datetime) -> int:
    """Keep a new version, its texts by language, and give its number; raises Mistake for none."""
    given = {locale: _cleaned(text) for locale, text in texts.items() if text.strip()}
    if not given:
        raise Mistake("The partner terms need a text.")
    last = newest(conn) or 0
    before = conn.execute(select(_TERMS.c.locale, _TERMS.c.text).where(_TERMS.c.version == last)).all()
    if {row.locale: row.text for row in before} == given:
        raise SameTerms("The last version says the same.")
    rows = [
        {"version": last + 1, "locale": locale, "text": text, "digest": digest_of(text),
         "written_by": who[:100], "created_at": now}
        for locale, text in sorted(given.items())
    ]  # fmt: skip
    try:
        conn.execute(insert(_TERMS), rows)
    except IntegrityError as error:
        raise Mistake("Somebody else has just written a new version; read it first.") from error
    told = {"version": last + 1, "languages": ", ".join(sorted(given))}
    audit.record(
        conn, who=who, act="create", noun="partner terms", subject=str(last + 1), after=told, now=now
    )
    return last + 1


def _cleaned(text: str) -> str:
    found = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
    if len(found) > LONGEST:
        raise Mistake(f"The partner terms have at most {LONGEST} characters.")
    return found


def digest_of(text: str) -> str:
    """Give the SHA-256 of a wording."""
    return hashlib.sha256(text.encode()).hexdigest()


def accept(conn: Connection, contact_id: int, read_text: Text, *, now: datetime) -> None:
    """Keep that a contact accepted what it read; once per version. Raises OtherTerms for an old version."""
    if read_text.version != newest(conn):
        raise OtherTerms("The partner terms have changed meanwhile.")
    note_accepted(conn, contact_id, read_text.version, read_text.locale, read_text.digest, at=now)


def note_accepted(
    conn: Connection, contact_id: int, version: int, locale: str, digest: str, *, at: datetime
) -> None:
    """Keep an acceptance that was given at some moment."""
    row = {"contact_id": contact_id, "version": version, "locale": locale, "digest": digest, "at": at}
    conn.execute(insert_once(_ACCEPTANCE, conn.dialect.name), row)


def to_accept(conn: Connection, contact_id: int) -> bool:
    """Say whether the last version is one that a partner has not accepted yet."""
    last = select(func.max(_TERMS.c.version)).scalar_subquery()
    mine = select(func.max(_ACCEPTANCE.c.version)).where(_ACCEPTANCE.c.contact_id == contact_id)
    row = conn.execute(select(last.label("last"), mine.scalar_subquery().label("mine"))).one()
    return row.last is not None and (row.mine is None or row.mine < row.last)
