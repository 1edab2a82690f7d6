"""Pictures are told by their content, as a library that draws them makes them."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from flask_firstline.domain.pictures import MOST_BYTES, MOST_PIXELS, picture_of

KINDS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}


def drawn(kind: str, size: tuple[int, int] = (37, 21), **more: object) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, (200, 30, 90)).save(file, kind, **more)
    return file.getvalue()


@pytest.mark.parametrize("extension", KINDS)
def test_a_picture_is_told_with_its_size(extension: str) -> None:
    found = picture_of(drawn(KINDS[extension]))

    assert found is not None
    assert (found.extension, found.width, found.height) == (extension, 37, 21)


@pytest.mark.parametrize(
    "more", [{"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}]
)
def test_each_kind_of_webp_is_told(more: dict[str, object]) -> None:
    found = picture_of(drawn("WEBP", (300, 200), **more))

    assert found is not None
    assert (found.width, found.height) == (300, 200)


def test_a_progressive_jpeg_with_a_comment_is_told() -> None:
    found = picture_of(drawn("JPEG", (640, 480), progressive=True, comment="x" * 500))

    assert found is not None
    assert (found.width, found.height) == (640, 480)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0",
        b"RIFF\0\0\0\0WEBP",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>",
    ],
)
def test_other_files_and_torn_ones_are_none(content: bytes) -> None:
    assert picture_of(content) is None


@pytest.mark.parametrize("extension", KINDS)
def test_a_picture_that_breaks_off_in_its_head_is_none(extension: str) -> None:
    assert picture_of(drawn(KINDS[extension])[:11]) is None


def test_a_picture_too_large_on_a_side_or_in_bytes_is_none() -> None:
    assert picture_of(drawn("PNG", (MOST_PIXELS + 1, 1))) is None
    assert picture_of(drawn("PNG", (MOST_PIXELS, 1))) is not None
    assert picture_of(drawn("GIF")[:-1] + b"\0" * MOST_BYTES + b";") is None
