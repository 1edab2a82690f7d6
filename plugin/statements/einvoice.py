"""A statement as structured e-invoice: Factur-X, profile EN 16931, type 389 (self-billed invoice).

A correction is a self-billed credit note, type 261, whose amounts are those that go back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement
from zoneinfo import ZoneInfo

from ..domain.money import major
from ..domain.statement import StatementKind, net_parts
from ..domain.tax import TaxStatus
from ..models import Statement

PROFILE = "urn:cen.eu:en16931:2017"
SELF_BILLED, CREDIT_NOTE = "389", "261"
_SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_CATEGORIES = {TaxStatus.REGULAR.value: "S", TaxStatus.SMALL.value: "E", TaxStatus.FOREIGN.value: "AE"}
_EXEMPT = {
    TaxStatus.SMALL.value: "Small business, Art. 284 of Directive 2006/112/EC",
    TaxStatus.FOREIGN.value: "Reverse charge",
}
_A_MOMENT = timedelta(microseconds=1)


def invoice_xml(statement: Statement, *, zone: ZoneInfo, terms: str) -> bytes:
    """Write a statement as XML; `terms` says how it is paid."""
    for prefix, space in _SPACES.items():
        ElementTree.register_namespace(prefix, space)
    root = Element(_name("rsm:CrossIndustryInvoice"))
    context = _under(root, "rsm:ExchangedDocumentContext")
    _text(_under(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", PROFILE)
    document = _under(root, "rsm:ExchangedDocument")
    _text(document, "ram:ID", statement.number)
    is_back = statement.kind == StatementKind.CORRECTION.value
    _text(document, "ram:TypeCode", CREDIT_NOTE if is_back else SELF_BILLED)
    _date(_under(document, "ram:IssueDateTime"), statement.issued_at, zone)
    deal = _under(root, "rsm:SupplyChainTradeTransaction")
    _lines(deal, statement, sign=-1 if is_back else 1)
    agreement = _under(deal, "ram:ApplicableHeaderTradeAgreement")
    _party(_under(agreement, "ram:SellerTradeParty"), statement.data["partner"])
    _party(_under(agreement, "ram:BuyerTradeParty"), statement.data["shop"])
    _under(deal, "ram:ApplicableHeaderTradeDelivery")
    _settlement(deal, statement, zone, terms, sign=-1 if is_back else 1)
    return bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _name(tag: str) -> str:
    prefix, _colon, local = tag.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


def _under(parent: Element, tag: str, **attributes: str) -> Element:
    return SubElement(parent, _name(tag), attributes)


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    _under(parent, tag, **attributes).text = text


def _date(parent: Element, moment: datetime, zone: ZoneInfo) -> None:
    _text(parent, "udt:DateTimeString", moment.astimezone(zone).strftime("%Y%m%d"), format="102")


def _party(element: Element, party: Mapping[str, str]) -> None:
    _text(element, "ram:Name", party["name"])
    address = _under(element, "ram:PostalTradeAddress")
    _text(address, "ram:PostcodeCode", party["postcode"])
    _text(address, "ram:LineOne", party["street"])
    _text(address, "ram:CityName", party["town"])
    _text(address, "ram:CountryID", party["country"])
    for name, scheme in (("tax_number", "FC"), ("vat_id", "VA")):
        if party[name]:
            _text(_under(element, "ram:SpecifiedTaxRegistration"), "ram:ID", party[name], schemeID=scheme)


def _lines(deal: Element, statement: Statement, *, sign: int) -> None:
    lines, currency = statement.data["lines"], statement.currency
    nets = net_parts([sign * line["amount"] for line in lines], Decimal(statement.data["rate"]))
    for number, (line, net) in enumerate(zip(lines, nets, strict=True), 1):
        item = _under(deal, "ram:IncludedSupplyChainTradeLineItem")
        _text(_under(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(number))
        title = " ".join(filter(None, (line["title"] or "Commission", line["document"])))
        _text(_under(item, "ram:SpecifiedTradeProduct"), "ram:Name", title)
        price = _under(
            _under(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice"
        )  # fmt: skip
        # A price is never below nought: what goes back is a quantity of -1.
        _text(price, "ram:ChargeAmount", str(major(abs(net), currency)))
        delivery = _under(item, "ram:SpecifiedLineTradeDelivery")
        _text(delivery, "ram:BilledQuantity", "1" if net >= 0 else "-1", unitCode="C62")
        settlement = _under(item, "ram:SpecifiedLineTradeSettlement")
        _tax(_under(settlement, "ram:ApplicableTradeTax"), statement)
        sums = _under(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
        _text(sums, "ram:LineTotalAmount", str(major(net, currency)))


def _tax(element: Element, statement: Statement) -> None:
    _text(element, "ram:TypeCode", "VAT")
    _text(element, "ram:CategoryCode", _CATEGORIES[statement.data["status"]])
    _text(element, "ram:RateApplicablePercent", statement.data["rate"])


def _settlement(
    deal: Element, statement: Statement, zone: ZoneInfo, terms: str, *, sign: int
) -> None:  # fmt: skip
    settlement = _under(deal, "ram:ApplicableHeaderTradeSettlement")
    _text(settlement, "ram:InvoiceCurrencyCode", statement.currency)
    _vat(_under(settlement, "ram:ApplicableTradeTax"), statement, sign)
    period = _under(settlement, "ram:BillingSpecifiedPeriod")
    _date(_under(period, "ram:StartDateTime"), statement.begins, zone)
    _date(_under(period, "ram:EndDateTime"), statement.ends - _A_MOMENT, zone)
    _text(_under(settlement, "ram:SpecifiedTradePaymentTerms"), "ram:Description", terms)
    sums = _under(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    for tag, amount, more in (
        ("ram:LineTotalAmount", statement.net, {}),
        ("ram:TaxBasisTotalAmount", statement.net, {}),
        ("ram:TaxTotalAmount", statement.vat, {"currencyID": statement.currency}),
        ("ram:GrandTotalAmount", statement.gross, {}),
        ("ram:DuePayableAmount", statement.gross, {}),
    ):
        _text(sums, tag, _amount(statement, sign * amount), **more)
    if statement.replaces is not None:
        old = _under(settlement, "ram:InvoiceReferencedDocument")
        _text(old, "ram:IssuerAssignedID", statement.replaces.number)


def _vat(element: Element, statement: Statement, sign: int) -> None:
    data: Mapping[str, Any] = statement.data
    _text(element, "ram:CalculatedAmount", _amount(statement, sign * statement.vat))
    _text(element, "ram:TypeCode", "VAT")
    if data["status"] in _EXEMPT:
        _text(element, "ram:ExemptionReason", _EXEMPT[data["status"]])
    _text(element, "ram:BasisAmount", _amount(statement, sign * statement.net))
    _text(element, "ram:CategoryCode", _CATEGORIES[data["status"]])
    _text(element, "ram:RateApplicablePercent", data["rate"])


def _amount(statement: Statement, amount: int) -> str:
    return str(major(amount, statement.currency))
