"""Pictures that browsers show, told by their content and never by their name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 1024 * 1024
MOST_PIXELS: Final = 4000
"""On either side."""
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
}  # fmt: skip
_Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What a file turned out to be; `extension` is one of MEDIA_TYPES."""

    extension: str
    width: int
    height: int


def picture_of(content: bytes) -> Picture | None:
    """Give what picture a file is; None where it is none, or too large in bytes or on a side."""
    if len(content) > MOST_BYTES:
        return None
    for extension, size in _READERS.items():
        try:
            found = size(content)
        except IndexError:
            found = None
        if found is not None and all(0 < side <= MOST_PIXELS for side in found):
            return Picture(extension=extension, width=found[0], height=found[1])
    return None


def _png(content: bytes) -> _Size | None:
    if (
        not content.startswith(b"\x89PNG\r\n\x1a\n")
        or content[12:16] != b"IHDR"
        or b"IEND" not in content[-16:]
    ):
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _gif(content: bytes) -> _Size | None:
    if content[:6] not in {b"GIF87a", b"GIF89a"} or not content.endswith(b";"):
        return None
    return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def _jpeg(content: bytes) -> _Size | None:
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    place = 2
    while content[place] == 0xFF:
        kind = content[place + 1]
        if kind in _FRAMES:
            height, width = content[place + 5 : place + 7], content[place + 7 : place + 9]
            return int.from_bytes(width), int.from_bytes(height)
        if kind == 0xFF:
            place += 1
        elif kind in _ALONE:
            place += 2
        else:
            place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return None


def _webp(content: bytes) -> _Size | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        sides = int.from_bytes(content[26:28], "little"), int.from_bytes(content[28:30], "little")
        return sides[0] & 0x3FFF, sides[1] & 0x3FFF
    return None


_READERS: Final[Mapping[str, Callable[[bytes], _Size | None]]] = {
    "png": _png, "jpg": _jpeg, "gif": _gif, "webp": _webp,
}  # fmt: skip
