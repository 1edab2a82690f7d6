"""The colour profile of a PDF that is kept for years: by it every reader shows the same colours."""

from __future__ import annotations

import io
from functools import cache

from PIL import ImageCms
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

_NAME = "sRGB IEC61966-2.1"
_MADE_AT = slice(24, 36)
_DIGEST = slice(84, 100)
"""Where a profile says when it was made, and its own digest, which may be left out."""
_ALWAYS = b"".join(part.to_bytes(2) for part in (2026, 1, 1, 0, 0, 0))
"""Year to second: one moment for all, so that the profile stays the same."""


def with_colour_profile(content: bytes) -> bytes:
    """Give a PDF with sRGB as what its colours mean (an output intent of PDF/A)."""
    writer = PdfWriter(clone_from=io.BytesIO(content))
    profile = StreamObject()
    profile[NameObject("/N")] = NumberObject(3)
    profile.set_data(_srgb())
    intent = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/OutputIntent"),
            NameObject("/S"): NameObject("/GTS_PDFA1"),
            NameObject("/OutputConditionIdentifier"): TextStringObject(_NAME),
            NameObject("/Info"): TextStringObject(_NAME),
            NameObject("/DestOutputProfile"): writer._add_object(profile.flate_encode()),  # noqa: SLF001
        }
    )
    writer.pdf_header = "%PDF-1.7"
    writer.root_object[NameObject("/OutputIntents")] = ArrayObject([writer._add_object(intent)])  # noqa: SLF001
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@cache
def _srgb() -> bytes:
    """Make a profile of sRGB."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[_MADE_AT] = _ALWAYS
    made[_DIGEST] = bytes(16)
    return bytes(made)
