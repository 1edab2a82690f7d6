"""Coupon codes: one key for many spellings, look-alikes, a partner's own codes, random codes."""

from __future__ import annotations

import hmac
import os
import unicodedata
from collections.abc import Callable, Collection
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from .lookalikes import LOOKS, script

#: 32 signs that nobody mistakes for one another, so that five bits of a random byte make one sign.
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SHORTEST: Final = 3
LONGEST: Final = 40

_RESERVED_WORDS: Final = (
    "admin administrator affiliate api bonus checkout code coupon discount firstline free gift giftcard "
    "help login logout null none partner root sale shop support system test voucher welcome www "
    "aktion gast gratis gutschein gutscheincode hilfe kasse kostenlos neukunde rabatt umsonst willkommen "
    "actie cadeau cadeaubon kassa klant korting kortingscode welkom winkel "
    "админ администратор акция бесплатно бонус даром касса код купон магазин партнер партнёр подарок "
    "поддержка промокод скидка тест"
)
_FORBIDDEN_WORDS: Final = (
    "arschloch fotze fuck hitler klootzak neuken nigger scheiss wichser блядь блять пизд хуй"
)
#: Words that a partner's own code may not be, since a shop uses them itself or they promise too much.
RESERVED: Final = frozenset(_RESERVED_WORDS.split())

#: Words that may not even stand inside a partner's own code; a shop adds its own.
FORBIDDEN: Final = frozenset(_FORBIDDEN_WORDS.split())

_DROPPED_KINDS: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Pd"})
_DROPPED_SIGNS: Final = frozenset(
    "_\N{MINUS SIGN}\N{HYPHEN BULLET}\N{MODIFIER LETTER MINUS SIGN}\N{COMBINING GRAPHEME JOINER}"
    "\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
)
_OWN_SIGNS: Final = frozenset("-_.")
_SIGN_OF_BYTE: Final = bytes(ord(ALPHABET[byte & 31]) for byte in range(256))


class CodeProblem(StrEnum):
    """Why a partner cannot have a code of this spelling."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    MIXED_SCRIPTS = "mixed_scripts"
    RESERVED = "reserved"
    FORBIDDEN = "forbidden"


class _Kept(dict[int, str | None]):
    """What stays of each character in a key; filled as characters are met."""

    def __missing__(self, point: int) -> str | None:
        char = chr(point)
        gone = unicodedata.category(char) in _DROPPED_KINDS or char in _DROPPED_SIGNS or _selects_form(point)
        self[point] = None if gone else char
        return self[point]


_KEPT: Final = _Kept()


def canonical(text: str) -> str:
    """Give the key of a code: the same for every way to type it, "" where nothing is left."""
    if text.isascii():
        return text.lower().translate(_KEPT)
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded.translate(_KEPT))


def in_address(code: str, *, taken: Collection[str] = ()) -> str:
    """Spell a code so that it holds as (a part of) the path of an address, not yet quoted.

    Servers and browsers drop what is empty or only dots between two slashes, and `taken` words mean something
    else there: a dash goes before it, which makes no other code of it.
    """
    parts = code.split("/")
    if len(parts) == 1:
        return code
    return "/".join(f"-{part}" if part in {"", ".", "..", *taken} else part for part in parts)


def skeleton(key: str) -> str:
    """Give what a key looks like; keys with the same skeleton are mistaken for one another."""
    return key.translate(LOOKS)


def own_code_problem(
    text: str, *, reserved: Collection[str] = (), forbidden: Collection[str] = ()
) -> CodeProblem | None:
    """Say what is wrong with a code a partner chose; the shop's own words come beside ours.

    `reserved` words may not be the code, `forbidden` ones may not even stand inside.
    """
    spelling = unicodedata.normalize("NFC", text.strip())
    key = canonical(spelling)
    if not any(char.isalnum() for char in key):
        return CodeProblem.CHARACTERS if key else CodeProblem.EMPTY
    if problem := _spelling_problem(spelling, key):
        return problem
    looks = _bare(key)
    if looks in _reserved() or any(looks == _bare(canonical(word)) for word in reserved):
        return CodeProblem.RESERVED
    words = (_bare(canonical(word)) for word in (*FORBIDDEN, *forbidden))
    return CodeProblem.FORBIDDEN if any(word and word in looks for word in words) else None


def generate(
    count: int,
    *,
    prefix: str = "",
    length: int = 10,
    key: bytes | None = None,
    random: Callable[[int], bytes] = os.urandom,
) -> list[str]:
    """Draw codes unlike each other: prefix, `length` random signs, and with a key one check sign.

    A key has at most 64 bytes.
    """
    return [prefix + signs for signs in draw(count, prefix=prefix, length=length, key=key, random=random)]


def draw(
    count: int,
    *,
    prefix: str = "",
    length: int = 10,
    key: bytes | None = None,
    random: Callable[[int], bytes] = os.urandom,
    first: str = "",
) -> list[str]:
    """Draw what stands behind the prefix in codes unlike each other, all of them beginning with `first`."""
    free = length - len(first)
    if count < 0 or free < 1 or 2 * count > len(ALPHABET) ** free:
        raise ValueError(f"{count} codes of {free} signs are more than can be drawn at random")
    bodies: dict[str, None] = {}
    while missing := count - len(bodies):
        signs = random(missing * free).translate(_SIGN_OF_BYTE).decode("ascii")
        bodies.update(dict.fromkeys(first + signs[at : at + free] for at in range(0, len(signs), free)))
    if key is None:
        return list(bodies)
    start = canonical(prefix)
    return [body + _check_sign(start + body.lower(), key) for body in bodies]


def draw_firsts(count: int, *, random: Callable[[int], bytes] = os.urandom) -> list[tuple[str, int]]:
    """Draw the first signs of so many codes: each sign in order, and how many codes begin with it."""
    firsts = random(count).translate(_SIGN_OF_BYTE)
    return [(sign, firsts.count(sign.encode())) for sign in ALPHABET]


def guesses(count: int, *, length: int, check_sign: bool) -> int:
    """Give how many tries it takes on average to hit one of so many drawn codes.

    Who guesses does not know the key, so that the check sign counts as one more random sign.
    """
    return int(len(ALPHABET) ** (length + check_sign)) // max(count, 1)


def check_sign(body: str, key: bytes) -> str:
    """Give the sign that goes behind prefix and random signs; only who knows the key can."""
    return _check_sign(canonical(body), key)


def has_generated_form(text: str, prefix: str, length: int) -> bool:
    """Tell whether a code could come from `generate` with a key, going by its form alone."""
    code, start = canonical(text), canonical(prefix)
    signs = code.removeprefix(start).upper()
    return code.startswith(start) and len(signs) == length + 1 and all(sign in ALPHABET for sign in signs)


def has_valid_check_sign(text: str, key: bytes, prefix: str, length: int) -> bool:
    """Tell whether a code has the generated form and ends with the sign that only the key makes."""
    code = canonical(text)
    return has_generated_form(text, prefix, length) and hmac.compare_digest(
        code[-1].upper(), _check_sign(code[:-1], key)
    )


def _spelling_problem(spelling: str, key: str) -> CodeProblem | None:
    if not all(char in _OWN_SIGNS or _is_letter_or_digit(char) for char in spelling):
        return CodeProblem.CHARACTERS
    if sum(map(str.isalnum, key)) < SHORTEST:
        return CodeProblem.TOO_SHORT
    if max(len(spelling), len(key)) > LONGEST:
        return CodeProblem.TOO_LONG
    scripts = {script(char) for char in spelling if not char.isascii() or char.isalpha()} - {"COMMON"}
    return CodeProblem.MIXED_SCRIPTS if len(scripts) > 1 else None


def _is_letter_or_digit(char: str) -> bool:
    return unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}


def _bare(key: str) -> str:
    return skeleton(key).replace(".", "")


@lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    return frozenset(_bare(canonical(word)) for word in RESERVED)


def _check_sign(key_of_body: str, key: bytes) -> str:
    # A keyed hash of one byte: three times as fast as HMAC, which counts where a million signs are made.
    return ALPHABET[blake2b(key_of_body.encode(), key=key, digest_size=1).digest()[0] & 31]


def _selects_form(point: int) -> bool:
    return 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF or 0x180B <= point <= 0x180F
