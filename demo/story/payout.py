"""A payout run: looked at, confirmed by typing, a file for the bank, a statement as page and PDF."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from facturx import get_xml_from_pdf

from ..scene import DESK, Step, Story, euro, expect

TITLE = "Payouts and statements"
OWED = 488 + 1250
SHOP = {
    "name": "Wiesengrund GmbH", "street": "Hauptstraße 12", "postcode": "89180", "town": "Berghülen",
    "country": "DE", "vat_id": "DE136695976",
}  # fmt: skip


def shop_says_who_it_is(story: Story) -> None:
    """Frieda enters the account of the shop, and who it is on the statements, which a payout writes."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/payout_runs/settings")
    account = {"debtor_name": "Wiesengrund GmbH", "debtor_iban": "DE02 1203 0000 0000 2020 51"}
    page = office.send(page, "/payout_runs/settings", **account)
    expect("the account is kept", page.status, 200)
    page = office.open("/firstline/admin/statements/settings")
    page = office.send(page, "/statements/settings", **SHOP, with_payouts="y")
    expect("the settings are saved", "The settings are saved." in page.text, True)


def run(story: Story) -> None:
    """The run shows whom it pays and whom it skips, and why; nothing is paid yet."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/payout_runs/new")
    page = office.send(page, "/payout_runs/new")
    expect("nothing is paid yet", "Nothing is paid yet. Look at it first." in page.text, True)
    story.kept["run"] = page.url
    expect("Nora's amount", page.amount_of("Nora Lind"), OWED)
    expect("Céline's reason", "No way to be paid is chosen" in page.row_of("Céline Favre"), True)
    story.say("Nora 17.38 EUR by bank; Céline is skipped, since she has not said how she is paid")


def release(story: Story) -> None:
    """A wrong sum releases nothing; typed as it is, it pays."""
    office = story.people["Office"]
    page = office.open(story.kept["run"])
    count = page.after("Will be paid", skip=1).split()[0]
    total = page.amount("Will be paid")
    confirmed = {"count": count, "sum-EUR": f"{(total + 1) / 100:.2f}", "seen": "yes"}
    refused = office.send(page, "/release", **confirmed)
    expect("a wrong sum is refused", "Nothing was done." in refused.text, True)
    page = office.send(page, "/release", **{**confirmed, "sum-EUR": euro(total).removesuffix(" EUR")})
    expect("paid to Nora", story.at_desk("Nora", "Paid out"), OWED)
    expect("payable to Nora", story.at_desk("Nora", "Payable"), 0)
    story.say(f"{euro(total)} released by Frieda Wiese; nothing of it changes any more")


def bank_file(story: Story) -> None:
    """The file for the bank carries Nora's 17.38 EUR, in a form that the bank's schema accepts."""
    office = story.people["Office"]
    page = office.send(office.open(story.kept["run"]), "/sepa.file")
    paid = {name.strip(): amount for amount, name in _transfers(page.body)}
    expect("the transfer to Nora", paid.get("Nora Lind"), "17.38")
    story.say("pain.001.001.09; downloaded twice it is the same file, and who took it is noted")


def _transfers(content: bytes) -> list[tuple[str, str]]:
    """Read amount and receiver of each transfer of a SEPA file."""
    space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
    found = ET.fromstring(content).iterfind(".//p:CdtTrfTxInf", space)  # noqa: S314 - our own file
    return [
        (one.findtext(".//p:InstdAmt", "", space), one.findtext(".//p:Cdtr/p:Nm", "", space)) for one in found
    ]


def statement(story: Story) -> None:
    """Nora's statement says 14.61 net + 2.77 VAT = 17.38 EUR, on the page and in the PDF.

    17.38 x 19 / 119 = 2.7749.
    """
    nora = story.people["Nora"]
    page = nora.open(f"{DESK}statements")
    page = nora.open(page.link("GS-"))
    story.kept["statement"] = page.url
    for what, cents in (("net", 1461), ("VAT", 277), ("total", OWED)):
        expect(f"the {what}", any(f"€{cents / 100:.2f}" in text for text in page.texts), True)
    file = nora.open(page.link("PDF"))
    expect("a PDF", file.body.startswith(b"%PDF"), True)
    name, invoice = get_xml_from_pdf(file.body, check_xsd=True)
    expect("the e-invoice in it", name, "factur-x.xml")
    expect("what it is about", _due(invoice), "17.38")
    story.say("the invoice that Nora would have to write, written by the shop, as PDF with Factur-X in it")


def _due(invoice: bytes) -> str | None:
    """Read what an e-invoice comes to."""
    space = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
    return ET.fromstring(invoice).findtext(f".//{{{space}}}GrandTotalAmount")  # noqa: S314 - our own file


STEPS: tuple[Step, ...] = (shop_says_who_it_is, run, release, bank_file, statement)
