"""What the words of a check are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the sentences speak of: the code, the sale, and when it was judged.

    `placed` says that it was an order; else it is a cart that is only looked at, and nothing was counted.
    """

    code: str
    coupon: str
    code_id: int | None
    currency: str
    at: str
    kept: bool = False
    codes: int = 1
    lines: int = 0
    discounted: int = 0
    placed: bool = True


@dataclass(frozen=True)
class Said:
    """The words of one check."""

    title: str
    text: str = ""
    evidence: str = ""


Data = Mapping[str, object]
Saying = Callable[[Data, Facts, bool], Said | None]


def figure(data: Data, name: str) -> int:
    """Give a figure that a check looked at; 0 where there is none."""
    return int(str(data.get(name) or 0))
