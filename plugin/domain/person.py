"""Who is the same person: the keys under which a new-customer claim is held."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import Final

from .phone import phone_e164

_LONGEST_KEY: Final = 120
_GOOGLE: Final = frozenset({"gmail.com", "googlemail.com"})
_SPELLED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae", "œ": "oe", "ł": "l"})
_STREET: Final = re.compile(r"(?:str(?:asse|aat)?|ул(?:ица)?)\b")
_BLANK_NOT_BETWEEN_DIGITS: Final = re.compile(r"(?<![0-9]) | (?![0-9])")


def email_key(email: str) -> str:
    """Give the identity of an e-mail address: trimmed and casefolded, nothing else."""
    return email.strip().casefold()


def email_folded(email: str) -> str:
    """Give the mailbox behind an e-mail address: without +tag, and without dots where Google ignores them."""
    local, at, domain = email_key(email).rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}{at}{domain}"


def address_folded(name: str | None, address: str | None) -> str | None:
    """Give name and address in one spelling, or None where one of them is missing."""
    names, place = _words(name or ""), _words(address or "")
    if not names or not place:
        return None
    joined = _BLANK_NOT_BETWEEN_DIGITS.sub("", _STREET.sub("str", " ".join(place)))
    return f"{' '.join(sorted(names))}|{joined}"


def keyed_hash(text: str, key: bytes) -> str:
    """Give 32 hex digits that only who knows the key can link to the text."""
    return hmac.digest(key, text.encode(errors="surrogatepass"), "sha256").hex()[:32]


def person_keys(
    ref: str | None,
    email: str | None,
    phone: str | None,
    country: str | None,
    name: str | None,
    address: str | None,
    *,
    key_id: str,
    key: bytes,
) -> tuple[str, ...]:
    """Give every key that is known of a person, sorted; each is claimed and each one taken refuses."""
    mailbox = email_folded(email or "")
    number, home = phone_e164(phone, country), address_folded(name, address)
    plain = {"ref": (ref or "").strip(), "email": mailbox}
    hashed = {"phone": number, "address": home}
    keys = [_fitting(kind, text) for kind, text in plain.items() if text]
    keys += [f"{kind}:{key_id}:{keyed_hash(text, key)}" for kind, text in hashed.items() if text]
    return tuple(sorted(keys))


def _fitting(kind: str, text: str) -> str:
    whole = f"{kind}:{text}"
    return (
        whole if len(whole) <= _LONGEST_KEY else f"{kind}:sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    )


def _words(text: str) -> list[str]:
    """Give the words of a text, casefolded, umlauts written out, accents and punctuation dropped."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SPELLED)
    bare = "".join(char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return "".join(char if char.isalnum() else " " for char in bare).split()
