"""Statements as PDF: read back as a picture and as words; and the e-invoice in them."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import ImageCms

from flask_firstline.admin import statement_pages
from flask_firstline.desk import statements as desk_statements
from flask_firstline.services import holds, statement_reading
from flask_firstline.statements import pdf as pdf_module
from flask_firstline.statements.einvoice import invoice_xml
from flask_firstline.statements.pdf import statement_pdf
from flask_firstline.testing import FakeShop
from tests.service.kit import set_up
from tests.service.pay_kit import act, earned
from tests.service.statement_kit import ABROAD, issue, issuer, reissue, taxed, void

from .card_kit import Pdf
from .office import Office, text

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
MARGIN = 15
"""In mm: nothing is drawn nearer to an edge."""


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with Office() as made:
        set_up(made)
        issuer(made)
        yield made


def with_statement(shop: FakeShop, *refs: str, **given: str) -> int:
    taxed(shop, given=given)
    earned(shop, *(refs or ("o1",)))
    act(shop, holds.release_all_due)
    return issue(shop)[0][0]


def drawn(shop: FakeShop, statement_id: int, **changed: Any) -> bytes:
    """Draw a statement, with other data where some is given."""
    with shop.transaction() as session:
        found = statement_reading.find(session, statement_id)
        assert found is not None
        names = ("number", "kind", "currency", "begins", "ends", "net", "vat", "gross", "data", "issued_at",
                 "voided_at", "objection", "replaces")  # fmt: skip
        values = {name: getattr(found, name) for name in names}
        values["data"] = {**found.data, **changed}
        return statement_pdf(SimpleNamespace(**values), zone=shop.state.settings.zone)  # type: ignore[arg-type]


def xml_of(shop: FakeShop, statement_id: int) -> bytes:
    with shop.transaction() as session:
        found = statement_reading.find(session, statement_id)
        assert found is not None
        return invoice_xml(found, zone=shop.state.settings.zone, terms="Paid with the payouts.")


def ink(content: bytes, page: int = 0) -> tuple[float, tuple[int, int, int, int]]:
    """Give how much of a page is not white, and the box in mm around it."""
    with Pdf(content) as pdf:
        picture = (
            pdf.document[page].render(scale=2).to_pil().convert("L").point(lambda grey: 255 * (grey < 200))
        )
    box = picture.getbbox()
    assert box is not None
    dark = picture.histogram()[255] / (picture.width * picture.height)
    millimetre = picture.width / 210
    return dark, tuple(round(edge / millimetre) for edge in box)


@pytest.mark.parametrize("locale", ["en", "de", "nl", "ru"])
def test_a_statement_is_drawn_inside_its_margins_in_each_language(shop: FakeShop, locale: str) -> None:
    content = drawn(shop, with_statement(shop, "o1", "o2"), locale=locale)

    dark, (left, top, right, bottom) = ink(content)

    assert 0.005 < dark < 0.2
    assert left >= MARGIN and top >= MARGIN and right <= 210 - MARGIN and bottom <= 297 - MARGIN + 10
    with Pdf(content) as pdf:
        assert pdf.pages == 1
        said = pdf.text()
    words = {"en": "Self-billing invoice", "de": "Gutschrift", "nl": "uitgereikt door afnemer", "ru": "НДС"}
    assert words[locale] in said and {"de": "Deutschland", "ru": "Германия"}.get(locale, "") in said
    assert "Lindenhof GmbH" in said and "214/5120/0987" in said and "GS-" in said


def test_many_lines_and_long_words_stay_on_the_pages(shop: FakeShop) -> None:
    one = with_statement(shop)
    line = {"kind": "release", "at": "2026-10-01T10:00:00+00:00", "level": 1, "amount": 123456789}
    lines = [
        {**line, "title": f"{number} " + "Donaudampfschifffahrt" * 8, "document": "R" * 60}
        for number in range(90)
    ]

    content = drawn(shop, one, lines=lines)

    with Pdf(content) as pdf:
        pages = pdf.pages
        assert all(f"{number} Donau" in "".join(pdf.text(at) for at in range(pages)) for number in (0, 89))
        assert "Page 2" in pdf.text(1)
    assert pages > 3
    for page in range(pages):
        _dark, (left, _top, right, bottom) = ink(content, page)
        assert left >= MARGIN and right <= 210 - MARGIN and bottom <= 297 - MARGIN + 10


def test_one_without_effect_says_so_and_its_successor_names_it(shop: FakeShop) -> None:
    one = with_statement(shop)
    void(shop, one, "the rate is wrong")
    new = reissue(shop, one)

    with Pdf(drawn(shop, one)) as old, Pdf(drawn(shop, new)) as fresh:
        assert "Without effect since" in old.text() and "the rate is wrong" in old.text()
        assert "In place of GS-" in fresh.text()


def test_desk_and_admin_send_it_and_nobody_elses(shop: Office) -> None:
    one = with_statement(shop)

    mine = shop.browser("meier").get(f"/firstline/desk/statements/{one}.pdf")
    admins = shop.ines().get(f"/firstline/admin/statements/{one}.pdf")

    assert mine.mimetype == admins.mimetype == "application/pdf"
    assert "GS-" in mine.headers["Content-Disposition"]
    assert shop.browser("schulz").get(f"/firstline/desk/statements/{one}.pdf").status_code == 404


@pytest.mark.parametrize(
    ("given", "category", "rate", "vat"),
    [({}, "S", "19", "1.60"), ({"status": "small"}, "E", "0", "0.00"), (ABROAD, "AE", "0", "0.00")],
)
def test_the_e_invoice_says_the_same_and_keeps_to_its_schema(
    shop: FakeShop, given: dict[str, str], category: str, rate: str, vat: str
) -> None:
    facturx = pytest.importorskip("facturx")
    xml = xml_of(shop, with_statement(shop, **given))

    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    root = ElementTree.fromstring(xml)
    tax = root.find(f".//{RAM}ApplicableHeaderTradeSettlement/{RAM}ApplicableTradeTax")
    assert tax is not None
    assert texts(root, "TypeCode")[0] == "389"
    assert [tax.findtext(f"{RAM}{name}") for name in ("CategoryCode", "RateApplicablePercent")] == [
        category, rate
    ]  # fmt: skip
    assert tax.findtext(f"{RAM}CalculatedAmount") == vat
    assert texts(root, "GrandTotalAmount") == ["10.00"]
    assert texts(root, "Name")[-2:] == [given.get("name", "Hans Meier"), "Lindenhof GmbH"]


def texts(root: ElementTree.Element, name: str) -> list[str | None]:
    return [found.text for found in root.iter(f"{RAM}{name}")] or [
        found.text for found in root.iter() if found.tag.endswith(name)
    ]


def test_lines_of_the_e_invoice_add_up_though_cents_are_rounded(shop: FakeShop) -> None:
    facturx = pytest.importorskip("facturx")
    xml = xml_of(shop, with_statement(shop, "o1", "o2", "o3"))

    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    lines = [Decimal(said or "") for said in texts(ElementTree.fromstring(xml), "LineTotalAmount")]
    assert sum(lines[:-1]) == lines[-1] == Decimal("25.21")


def test_a_correction_is_a_credit_note_about_what_goes_back(shop: FakeShop) -> None:
    facturx = pytest.importorskip("facturx")
    with_statement(shop, "o1", "o2")
    shop.refund("o1")
    xml = xml_of(shop, issue(shop)[0][0])

    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    root = ElementTree.fromstring(xml)
    assert texts(root, "TypeCode")[0] == "261"
    assert texts(root, "GrandTotalAmount") == ["10.00"]


def test_the_new_e_invoice_names_the_old_one(shop: FakeShop) -> None:
    facturx = pytest.importorskip("facturx")
    one = with_statement(shop)
    void(shop, one)
    xml = xml_of(shop, reissue(shop, one))

    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert texts(ElementTree.fromstring(xml), "IssuerAssignedID")[0].endswith("-00001")  # type: ignore[union-attr]


def test_the_pdf_carries_the_e_invoice(shop: FakeShop) -> None:
    facturx = pytest.importorskip("facturx")
    one = with_statement(shop)

    name, found = facturx.get_xml_from_pdf(io.BytesIO(drawn(shop, one)), check_xsd=True)

    assert name == "factur-x.xml"
    assert texts(ElementTree.fromstring(found), "GrandTotalAmount") == ["10.00"]
    assert len(pypdfium2.PdfDocument(drawn(shop, one))) == 1


def test_the_pdf_keeps_to_what_can_be_checked_here_of_pdf_a_3(shop: FakeShop) -> None:
    pypdf = pytest.importorskip("pypdf")
    content = drawn(shop, with_statement(shop, "o1", "o2"))

    read = pypdf.PdfReader(io.BytesIO(content))
    root = read.trailer["/Root"]
    [intent] = root["/OutputIntents"]
    profile = intent.get_object()["/DestOutputProfile"].get_object()
    made = ImageCms.ImageCmsProfile(io.BytesIO(profile.get_data()))

    assert content.startswith(b"%PDF-1.7")
    assert (intent.get_object()["/S"], profile["/N"]) == ("/GTS_PDFA1", 3)
    assert (made.profile.xcolor_space.strip(), made.profile.device_class) == ("RGB", "mntr")
    assert made.profile.version < 5
    assert ImageCms.getProfileDescription(made).startswith("sRGB")
    assert b"<pdfaid:part>3</pdfaid:part>" in root["/Metadata"].get_object().get_data()
    [attached] = root["/AF"]
    assert attached.get_object()["/AFRelationship"] in {"/Alternative", "/Data", "/Source"}
    assert "/Encrypt" not in read.trailer and len(read.trailer["/ID"]) == 2
    for page in read.pages:
        found = [font.get_object() for font in page["/Resources"]["/Font"].values()]
        assert found and all("/FontFile2" in font["/FontDescriptor"].get_object() for font in found)
        assert "/Annots" not in page and "/XObject" not in page["/Resources"]


def test_the_colour_profile_is_the_same_whenever_a_pdf_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypdf")
    colours = importlib.import_module("flask_firstline.statements.colours")
    one = colours._srgb()

    later = bytearray(one)
    later[24:36] = bytes(12)
    monkeypatch.setattr(ImageCms.ImageCmsProfile, "tobytes", lambda _self: bytes(later))
    colours._srgb.cache_clear()

    assert colours._srgb() == one


def test_without_the_extra_the_pdf_has_no_e_invoice_and_the_admins_page_says_so(
    shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = with_statement(shop)
    monkeypatch.setattr(pdf_module, "can_embed", lambda: False)
    monkeypatch.setattr(statement_pages, "can_embed", lambda: False)

    sent = shop.browser("meier").get(f"/firstline/desk/statements/{one}.pdf")

    assert sent.data.startswith(b"%PDF") and b"factur-x.xml" not in sent.data
    said = text(shop.ines().get(f"/firstline/admin/statements/{one}"))
    assert "without the e-invoice" in said and "Flask-Firstline[einvoice]" in said


def test_without_what_pdfs_are_made_with_no_page_offers_one(
    shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = with_statement(shop)
    meier, ines = shop.browser("meier"), shop.ines()
    for module in (statement_pages, desk_statements):
        monkeypatch.setattr(module, "can_print", lambda: False)
    monkeypatch.setattr(statement_pages, "can_embed", lambda: False)

    for browser, page in (
        (meier, f"/firstline/desk/statements/{one}"), (ines, f"/firstline/admin/statements/{one}")
    ):  # fmt: skip
        assert f"{page}.pdf" not in browser.get(page).text
        assert browser.get(f"{page}.pdf").status_code == 404
    assert "For PDF and e-invoice" in text(ines.get(f"/firstline/admin/statements/{one}"))
