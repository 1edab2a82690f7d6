"""A sale with the seats and terms that are frozen with it, read from and written to its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..domain.basket import vat_on
from ..domain.clauses import PLAIN, Span, pack_clauses, read_clauses
from ..domain.commission import Figure, Frozen, Hit, Limit, Seat, Share, hits, plan
from ..domain.kept import Kept, Progress, kept
from ..domain.money import half_up
from ..domain.portions import WHOLE
from ..domain.sale import SaleLine, line_base
from ..domain.suspicion import Suspected
from ..domain.terms import Terms, TermsBook
from .documents import Paper
from .inbox import Json
from .terms_rows import PLACE

SHIPPING = "(shipping)"
"""The key of the item that shipping is; the shop's own lines come first."""
REJECTED = "rejected"
"""Why a seat gets nothing whose commission was rejected for a suspicion."""
_TERMS_FIELDS = ("id", *PLACE, "fixed", "currency")


@dataclass(frozen=True, kw_only=True)
class Deal:
    """Who earns on what, and by which terms."""

    lines: Sequence[SaleLine]
    grosses: Sequence[int]
    seating: Sequence[Seat]
    book: TermsBook
    frozen: Frozen
    include_vat: bool
    levels_cap: Decimal

    def hits(self) -> list[Hit]:
        """Give the terms that win, per line and level."""
        return list(
            hits(
                self.lines,
                self.grosses,
                self.seating,
                self.book,
                prices_include_vat=self.include_vat,
                frozen=self.frozen,
            )
        )

    def shares(self) -> tuple[Share, ...]:
        """Give what everybody earns when all is paid and kept."""
        return plan(
            self.lines,
            self.grosses,
            self.seating,
            self.book,
            prices_include_vat=self.include_vat,
            levels_cap=self.levels_cap,
            frozen=self.frozen,
        )

    def kept(self, progress: Progress) -> Kept:
        """Give the part of each line that is earned."""
        return kept(self.lines, self.grosses, progress)

    def with_frozen(self, **found: Any) -> Deal:  # noqa: ANN401 - fields of Frozen
        """Give the same deal with more found out of it."""
        return replace(self, frozen=replace(self.frozen, **found))

    def own_sales(self, partner_id: int | None, part: Kept) -> int:
        """Give the net of what takes part, as far as it is earned, where a partner sits on level 1.

        Of a shared credit it is the partner's portion.
        """
        own = [seat for seat in self.seating if seat.level == 1 and seat.partner_id == partner_id]
        weight = sum(seat.weight for seat in own[:1] if seat.barred is None)
        if not weight:
            return 0
        nets = [
            (line, line_base(line, gross, prices_include_vat=self.include_vat))
            for line, gross in zip(self.lines, self.grosses, strict=True)
        ]
        sold = sum(part.of(net, line.key) for line, net in nets if line.takes_part and net > 0)
        return half_up(Fraction(sold * weight, WHOLE))


def deal_of(paper: Paper, packed: Json) -> Deal:
    """Read the deal of a document from a plan."""
    absent = set(packed["absent"])
    return Deal(
        lines=[replace(line, takes_part=line.product_ref not in absent) for line in paper.lines],
        grosses=paper.grosses,
        seating=seating_of(paper, packed),
        book=TermsBook(map(unpack_terms, packed["terms"]), currency=paper.currency),
        frozen=Frozen(
            campaigns=packed.get("campaigns", ()),
            figures={place: unpack_figure(one) for place, one in packed.get("figures", {}).items()},
            limits={
                **unpack_limits(packed.get("limits", {})),
                **unpack_limits(packed.get("part_limits", {})),
            },
            shipping=_shipping(paper),
        ),
        include_vat=paper.sale["include_vat"],
        levels_cap=Decimal(packed["cap"]),
    )


def unpack_limits(packed: Mapping[str, Any]) -> dict[str, Limit]:
    """Read what caps have left."""
    return {place: Limit(full=full, to=to, by=tuple(by)) for place, (full, to, by) in packed.items()}


def pack_limits(limits: Mapping[str, Limit]) -> Json:
    """Turn what caps have left into JSON."""
    return {place: [limit.full, limit.to, list(limit.by)] for place, limit in limits.items()}


def seats_of(packed: Mapping[str, Any]) -> list[Seat]:
    """Read the seats of a plan."""
    return [unpack_seat(seat) for seat in packed["seats"]]


def seating_of(paper: Paper, packed: Mapping[str, Any]) -> list[Seat]:
    """Read the seats of a plan; whose commission was rejected for a suspicion gets nothing on its seat."""
    seats = seats_of(packed)
    if not paper.suspects:
        return seats
    return [
        replace(seat, barred=REJECTED) if paper.suspected(seat.partner_id) is Suspected.REJECTED else seat
        for seat in seats
    ]


def pack_seat(seat: Seat) -> list[object]:
    """Turn a seat into JSON; one of a credit that is not shared needs no more than three values."""
    packed: list[object] = [seat.level, seat.partner_id, seat.barred]
    return packed if (seat.portion, seat.weight) == (0, WHOLE) else [*packed, seat.portion, seat.weight]


def unpack_seat(packed: Sequence[Any]) -> Seat:
    """Read a frozen seat."""
    level, partner_id, barred, *shared = packed
    portion, weight = shared or (0, WHOLE)
    return Seat(level=level, partner_id=partner_id, barred=barred, portion=portion, weight=weight)


def _shipping(paper: Paper) -> SaleLine | None:
    """Give what the buyer pays for shipping as an item, with its VAT inside."""
    sale = paper.sale
    if not sale.get("shipping") or sale.get("shipping_free"):
        return None
    rate = None if sale["shipping_rate"] is None else Decimal(sale["shipping_rate"])
    net_or_gross = int(sale["shipping"])
    gross = net_or_gross if sale["include_vat"] else net_or_gross + vat_on(net_or_gross, rate)
    keys = {line["key"] for line in sale["lines"]}
    key = next(key for key in (SHIPPING, f"({SHIPPING})", f"(({SHIPPING}))") if key not in keys)
    return SaleLine(key=key, product_ref="", quantity=Decimal(1), total=gross, vat_rate=rate)


def pack_terms(terms: Terms) -> Json:
    """Turn terms into JSON; what is not said is left out."""
    packed: Json = {name: getattr(terms, name) for name in _TERMS_FIELDS}
    packed["percent"] = None if terms.percent is None else str(terms.percent)
    packed["clauses"] = pack_clauses(terms.clauses)
    return {name: value for name, value in packed.items() if value is not None}


def unpack_terms(packed: Json) -> Terms:
    """Read frozen terms."""
    percent, clauses = packed.get("percent"), packed.get("clauses")
    return Terms(
        **{
            **packed,
            "percent": None if percent is None else Decimal(percent),
            "clauses": PLAIN if clauses is None else read_clauses(clauses),
        }
    )


def pack_figure(figure: Figure) -> Json:
    """Turn a figure into JSON; what is not said is left out."""
    packed: Json = {"rate": str(figure.rate)}
    if figure.by is not None:
        packed |= {"by": figure.by.value, "reached": figure.reached, "step": list(figure.step)}
        packed |= {"slab": True} if figure.slab else {}
    if figure.payment is not None:
        packed["payment"] = figure.payment
    return packed if figure.ended is None else {**packed, "ended": figure.ended}


def unpack_figure(packed: Mapping[str, Any]) -> Figure:
    """Read a frozen figure."""
    begins, end = packed.get("step", (0, None))
    return Figure(
        rate=Fraction(packed["rate"]),
        by=None if "by" not in packed else Span(packed["by"]),
        reached=packed.get("reached", 0),
        step=(begins, end),
        slab=packed.get("slab", False),
        payment=packed.get("payment"),
        ended=packed.get("ended"),
    )
