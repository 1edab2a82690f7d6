"""Secrets of others that must be given back as they are: kept sealed under the shop's keys."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .context import Keyring
from .mistakes import CannotSeal

_PURPOSE = "secrets of others"


def seal(keys: Keyring, secret: str) -> dict[str, str]:
    """Give a secret as it is kept. Raises CannotSeal without the extra that seals."""
    try:
        from cryptography.fernet import Fernet
    except ImportError as error:
        raise CannotSeal(
            "Secrets that the shop gives are kept sealed: install the extra Flask-Firstline[hooks]."
        ) from error
    token = Fernet(_key(keys, keys.signing_id)).encrypt(secret.encode())
    return {"key": keys.signing_id, "sealed": token.decode()}


def unseal(keys: Keyring, kept: Mapping[str, Any]) -> str:
    """Give a secret back; KeyError where the key that it is sealed under is gone, or the extra."""
    try:
        from cryptography.fernet import Fernet, InvalidToken
    except ImportError as error:
        raise KeyError("cryptography") from error
    try:
        return Fernet(_key(keys, str(kept["key"]))).decrypt(str(kept["sealed"]).encode()).decode()
    except InvalidToken as error:
        raise KeyError(kept["key"]) from error


def _key(keys: Keyring, key_id: str) -> bytes:
    return base64.urlsafe_b64encode(keys.secret(key_id, _PURPOSE))
