"""Signed values of ours: form tokens, and the short-lived note that survives a redirect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

FORM_LIFE = timedelta(hours=12)
NOTE_LIFE = timedelta(minutes=2)


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    fallbacks = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
    keys = [*fallbacks, current_app.secret_key or ""]
    if not keys[-1]:
        raise RuntimeError("Set SECRET_KEY: without it forms and cookies cannot be signed.")
    return URLSafeTimedSerializer(keys, salt=f"firstline:{purpose}")


def form_token(keys: Sequence[bytes], purpose: str, subject: str) -> str:
    """Give the token of a form: it holds for one purpose and one subject, 12 hours; the last key signs."""
    return str(_form_serializer(keys, purpose).dumps(subject))


def holds(keys: Sequence[bytes], token: str, purpose: str, subject: str) -> bool:
    """Tell whether a token was given for this purpose and subject, and is not too old."""
    try:
        signed = _form_serializer(keys, purpose).loads(token, max_age=int(FORM_LIFE.total_seconds()))
    except BadSignature:
        return False
    return bool(signed == subject)


def _form_serializer(keys: Sequence[bytes], purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(list(keys), salt=f"firstline:form:{purpose}")


def sign_note(area: str, note: dict[str, str]) -> str:
    """Sign a note for one area of our pages."""
    return str(_serializer(f"note:{area}").dumps(note))


def read_note(area: str, signed: str) -> dict[str, str] | None:
    """Read a note back; None when it is too old or not ours."""
    try:
        note = _serializer(f"note:{area}").loads(signed, max_age=int(NOTE_LIFE.total_seconds()))
    except BadSignature:
        return None
    return {str(key): str(value) for key, value in note.items()} if isinstance(note, dict) else None


ROW_LIFE = timedelta(days=90)


def sign_row(keys: Sequence[bytes], purpose: str, row_id: int) -> str:
    """Name a row of ours in an address that nobody can make up; it holds 90 days."""
    return str(_form_serializer(keys, f"row:{purpose}").dumps(row_id))


def read_row(keys: Sequence[bytes], purpose: str, signed: str) -> int:
    """Read the id back; raises BadSignature."""
    life = int(ROW_LIFE.total_seconds())
    return int(_form_serializer(keys, f"row:{purpose}").loads(signed, max_age=life))


def sign_link(keys: Sequence[bytes], link_id: int, moment: int) -> str:
    """Name a partner's link and a moment, in seconds, in an address that nobody can make up."""
    return str(_link_serializer(keys).dumps([link_id, moment]))


def read_link(keys: Sequence[bytes], signed: str) -> tuple[int, int]:
    """Read link and moment back; raises BadSignature."""
    link_id, moment = _link_serializer(keys).loads(signed)
    return int(link_id), int(moment)


def _link_serializer(keys: Sequence[bytes]) -> URLSafeSerializer:
    return URLSafeSerializer(list(keys), salt="firstline:link")
