"""Sheets of A4: where the cards stand on them. Lengths in millimetres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .. import i18n
from ..i18n import gettext as _

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A sheet: so many cards of one size, the first at `left` and `top`, the next `across` and `down` of it.

    `marks` says that the sheet is plain paper and is cut; labels are cut already.
    """

    name: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    across: float
    down: float
    padding: float
    marks: bool = False

    @property
    def per_sheet(self) -> int:
        """Cards on one sheet."""
        return self.columns * self.rows

    def places(self) -> Iterator[tuple[float, float]]:
        """Yield the upper left corner of each card from the upper left corner of the page, row by row."""
        for row in range(self.rows):
            for column in range(self.columns):
                yield self.left + column * self.across, self.top + row * self.down


BUSINESS = Layout(
    name="business", columns=2, rows=5, width=85, height=55, left=20, top=11, across=85, down=55, padding=5,
    marks=True,
)  # fmt: skip
LABELS8 = Layout(
    name="labels8", columns=2, rows=4, width=99.1, height=67.7, left=4.65, top=13.1, across=101.6, down=67.7,
    padding=6,
)  # fmt: skip
LABELS21 = Layout(
    name="labels21", columns=3, rows=7, width=63.5, height=38.1, left=7.21, top=15.15, across=66.04,
    down=38.1, padding=3,
)  # fmt: skip
LAYOUTS: Mapping[str, Layout] = {layout.name: layout for layout in (BUSINESS, LABELS8, LABELS21)}


def layout_text(layout: Layout) -> str:
    """Name a layout for people: what it is, how many on a sheet, of what size."""
    figures = {
        "count": i18n.number(layout.per_sheet),
        "width": i18n.number(Decimal(str(layout.width))),
        "height": i18n.number(Decimal(str(layout.height))),
    }
    if layout.marks:
        return _("Cards on plain paper: %(count)s on A4, %(width)s × %(height)s mm", **figures)
    return _("Labels: %(count)s on A4, %(width)s × %(height)s mm", **figures)
