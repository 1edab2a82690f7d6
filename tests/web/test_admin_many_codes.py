"""Admin pages for many codes: batches, imports, files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from flask_firstline.admin import batch_pages
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Code, CodeBatch, Outbox, Upload
from flask_firstline.services import code_uploads
from flask_firstline.testing import FakeShop

from .office import PREFIX, VERA, Office, hidden, link, multi, rows, send, story, text

NEW, IMPORT = f"{PREFIX}/batches/new", f"{PREFIX}/imports/new"
WANTED = {
    "coupon_id": "1",
    "count": "5",
    "prefix": "FAIR-",
    "length": "8",
    "check_signs": "y",
    "occasion": "Fair",
}


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        story(shop)
        yield shop


def batches(office: Office) -> list[CodeBatch]:
    return office.rows(CodeBatch)  # type: ignore[return-value]


def upload(browser: FlaskClient, content: bytes, coupon: str = "1", name: str = "codes.csv") -> TestResponse:
    fields = dict(hidden(browser.get(IMPORT).get_data(as_text=True)))
    data = {**fields, "coupon_id": coupon, "file": (io.BytesIO(content), name)}
    return browser.post(IMPORT, data=data, content_type="multipart/form-data")


def work(office: FakeShop) -> None:
    with office.app.app_context():
        work_once(office.state)


def test_samples_and_strength_are_shown_before_anything_is_made(office: Office) -> None:
    page = send(office.ines(), NEW, WANTED)

    assert page.status_code == 200
    assert text(page).count("FAIR-") == 3
    assert (
        "practically impossible to guess Who guesses hits one of them once in 7,036,874,417,766 tries."
        in text(page)
    )
    assert batches(office) == []


def test_the_codes_that_were_looked_at_are_made(office: Office) -> None:
    browser = office.ines()
    page = send(browser, NEW, {**WANTED, "max_uses": "1", "valid_until": "2026-12-31", "owner_id": "meier"})
    shown = hidden(page.get_data(as_text=True))

    made = browser.post(NEW, data=multi([*shown]))

    (batch,) = batches(office)
    assert made.headers["Location"] == f"{PREFIX}/batches/{batch.id}"
    assert (batch.count, batch.prefix, batch.occasion, batch.made_by) == (5, "FAIR-", "Fair", "Ines Walter")
    codes = office.rows(Code, batch_id=batch.id)
    assert {(code.max_uses, code.valid_until is None) for code in codes} == {(1, False)}
    said = text(browser.get(made.headers["Location"]))
    assert "5 codes are made." in said
    assert "8, and a check sign" in said


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"count": ""}, "Please fill this in."),
        ({"count": "5000001"}, "At most 5,000,000 codes at a time, please."),
        ({"length": "3"}, "Please give 4 or more."),
        ({"length": "40"}, "A code has at most 40 characters, its beginning among them."),
        ({"count": "900000", "length": "4"}, "So many codes need more random signs, or another beginning."),
        ({"valid_from": "2026-12-31", "valid_until": "2026-12-30"}, "This is before the first day."),
        ({"credit": "5.00"}, "This coupon is no store credit."),
        ({"owner_id": "nobody"}, "No partner is known under this."),
        ({"coupon_id": "77"}, "Please choose one of the list."),
    ],
)
def test_what_cannot_be_made_is_told_at_its_field(
    office: Office, wrong: dict[str, str], sentence: str
) -> None:
    page = send(office.ines(), NEW, {**WANTED, **wrong})

    assert page.status_code == 422
    assert sentence in text(page)
    assert batches(office) == []


def test_a_form_that_other_codes_have_is_told_at_the_beginning(office: Office) -> None:
    browser = office.ines()
    send(browser, NEW, {**WANTED, "sure": "yes"})
    wanted = {name: value for name, value in WANTED.items() if name != "check_signs"}

    page = send(browser, NEW, {**wanted, "length": "9"})

    assert page.status_code == 422
    assert "There are codes that look like these but have no check sign" in text(page)


def test_weak_codes_are_warned_of(office: Office) -> None:
    wanted = {name: value for name, value in WANTED.items() if name != "check_signs"}

    page = send(office.ines(), NEW, {**wanted, "length": "4", "count": "5000"})

    assert "easy to guess Who guesses hits one of them once in 209 tries." in text(page)


def test_a_large_batch_is_made_by_the_worker_while_the_page_comes_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_pages, "AT_ONCE", 4)
    browser = office.ines()
    made = send(browser, NEW, {**WANTED, "sure": "yes"})
    page = browser.get(made.headers["Location"])
    listed = browser.get(f"{PREFIX}/batches")
    work(office)
    after = browser.get(made.headers["Location"])

    assert page.headers["Refresh"] == "3"
    assert "being made" in text(listed)
    assert "Refresh" not in after.headers
    assert len(office.rows(Code, batch_id=1)) == 5


def test_batches_are_listed_with_what_became_of_them(office: Office) -> None:
    browser = office.ines()
    send(browser, NEW, {**WANTED, "sure": "yes"})
    code = office.rows(Code, batch_id=1)[0].display
    from flask_firstline.testing import make_cart

    office.place(make_cart(customer=office.add_customer("late")), "o9", codes=[code])
    listed = browser.get(f"{PREFIX}/batches")

    assert rows(listed) == ["Fair"]
    assert "Fair drawn at random Coupon vonmeier 5 1" in text(listed)
    assert rows(browser.get(f"{PREFIX}/batches?q=nothing")) == []
    assert rows(browser.get(f"{PREFIX}/batches?how=imported")) == []
    assert rows(browser.get(f"{PREFIX}/batches?coupon=1")) == ["Fair"]
    assert browser.get(f"{PREFIX}/batches.csv").data.decode().count("\n") == 2
    assert (
        link(browser.get(f"{PREFIX}/batches/1"), "For the printer (CSV)") == f"{PREFIX}/batches/1/codes.csv"
    )


def test_files_are_streamed_with_links_of_this_very_host(office: Office) -> None:
    browser = office.ines("de")
    send(browser, NEW, {**WANTED, "sure": "yes"})
    code = office.rows(Code, batch_id=1)[0].display

    for_printer = browser.get(f"{PREFIX}/batches/1/codes.csv")
    for_import = browser.get(f"{PREFIX}/coupons/1/codes.csv").data.decode("utf-8-sig")

    assert for_printer.is_streamed
    lines = for_printer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Code,Anlass,Gültig bis,Link"
    assert f"{code},Fair,,http://localhost/firstline/c/{code}" in lines
    assert for_import.splitlines()[:2] == [
        "code,owner,holder,max,from,until,credit,occasion", "vonmeier,meier,,,,,,",
    ]  # fmt: skip
    assert browser.get(f"{PREFIX}/batches/9/codes.csv").status_code == 404
    assert browser.get(f"{PREFIX}/coupons/9/codes.csv").status_code == 404
    assert browser.get(f"{PREFIX}/batches/9").status_code == 404


CSV = "code;owner;max\nabc1;meier;\nabc 1;;\nvonmeier;nobody;x\nabc2;;3;more\n"


def test_a_file_is_looked_at_with_its_mistakes_in_their_places(office: Office) -> None:
    browser = office.ines()
    sent = upload(browser, CSV.encode("utf-8-sig"))
    page = browser.get(sent.headers["Location"])

    said = text(page)
    assert "codes.csv , separator: semicolon, 4 lines, for the coupon Coupon vonmeier" in said
    assert "New 1 will be made Unchanged 0 are there, and stay With mistakes 3" in said
    assert "4 vonmeier nobody x owner: Nobody has this customer number. max: Give a whole number" in said
    assert "What about the 3 lines with mistakes?" in said
    assert office.rows(Code, display="abc1") == []


def test_the_good_lines_are_imported_and_the_mistakes_kept_as_a_file(office: Office) -> None:
    browser = office.ines()
    page = upload(browser, CSV.encode()).headers["Location"]

    done = send(browser, f"{page}/import", {"mode": "good"}, form_at=page)

    assert done.headers["Location"] == page
    assert "The codes are imported." in text(browser.get(page))
    assert len(office.rows(Code, display="abc1")) == 1
    mistakes = office.ines("de").get(f"{page}/mistakes.csv").data.decode("utf-8-sig").splitlines()
    assert mistakes[:2] == [
        "Zeile,Spalte,Wert,Was falsch ist",
        "3,code,abc 1,Derselbe Code steht in Zeile 2.",
    ]
    assert len(mistakes) == 5
    again = send(browser, f"{page}/import", {"mode": "good"}, form_at=IMPORT)
    assert "being imported already" in text(browser.get(again.headers["Location"]))


def test_all_or_none_imports_none_and_asks_again(office: Office) -> None:
    browser = office.ines()
    page = upload(browser, CSV.encode()).headers["Location"]

    send(browser, f"{page}/import", {"mode": "all"}, form_at=page)

    said = text(browser.get(page))
    assert "Nothing was imported: there are mistakes in the file." in said
    assert "You wanted all lines or none, and some have mistakes." in said
    assert office.rows(Code, display="abc1") == []


def test_the_same_file_again_is_told_of(office: Office) -> None:
    browser = office.ines()
    for _ in range(2):
        page = upload(browser, b"code\nabc1\n").headers["Location"]
        said = text(browser.get(page))
        if "Import 1 line" in said:
            send(browser, f"{page}/import", {"mode": "all"}, form_at=page)

    assert "This very file was imported before On 5/4/26" in said
    assert "by Ines Walter. Codes that are there stay as they are" in said
    assert "There is nothing to import" in said


def test_a_large_file_shows_how_far_it_is(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_uploads, "AT_ONCE", 1)
    browser = office.ines()
    page = upload(browser, b"code\nabc1\nabc2\n").headers["Location"]
    send(browser, f"{page}/import", {"mode": "good"}, form_at=page)
    waiting = browser.get(page)
    work(office)
    after = browser.get(page)

    assert waiting.headers["Refresh"] == "3"
    assert "0 of 2 lines" in text(waiting)
    assert '<progress class="fl-progress" max="2" value="0"' in waiting.get_data(as_text=True)
    assert "Refresh" not in after.headers
    assert "New 2 were made" in text(after)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "There is nothing in it."),
        (b"abc1\n", "code is needed; it has abc1."),
        (b";;\nabc1\n", "code is needed; it has abc1."),
        (b"code,colour\n", "Its column colour is not known; possible are code, owner"),
        ("code\nмагазин\n".encode("cp1251"), "It is not in UTF-8."),
        (b'code\n"abc\n', "Line 2 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_of_at_its_field(
    office: Office, content: bytes, sentence: str
) -> None:
    page = upload(office.ines(), content)

    assert page.status_code == 422
    assert sentence in text(page)
    assert office.rows(Upload) == []


def test_no_file_and_a_file_that_is_too_large_are_told_of(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flask_firstline.admin import import_pages

    monkeypatch.setattr(import_pages, "MOST_BYTES", 10)
    browser = office.ines()

    assert "Please choose a file." in text(send(browser, IMPORT, {"coupon_id": "1"}))
    assert "larger than 0 MB" in text(upload(browser, b"code\nabc123456\n"))
    assert "Please choose one of the list." in text(upload(browser, b"code\na\n", coupon="9"))


def test_names_of_files_are_shown_as_text(office: Office) -> None:
    browser = office.ines()
    page = upload(browser, b"code\n<b>x</b>\n", name="<script>.csv").headers["Location"]

    html = browser.get(page).get_data(as_text=True)

    assert "&lt;script&gt;.csv" in html
    assert "<script>.csv" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_imports_are_listed(office: Office) -> None:
    browser = office.ines()
    upload(browser, CSV.encode())

    listed = browser.get(f"{PREFIX}/imports")

    assert rows(listed) == ["codes.csv"]
    assert "codes.csv Coupon vonmeier 4 1 3" in text(listed)
    assert rows(browser.get(f"{PREFIX}/imports?state=done")) == []
    assert browser.get(f"{PREFIX}/imports/9").status_code == 404


def test_who_only_looks_makes_and_imports_nothing(office: Office) -> None:
    upload(office.ines(), CSV.encode())
    viewer = office.browser(VERA)

    assert "change nothing" in text(viewer.get(NEW))
    assert "change nothing" in text(viewer.get(IMPORT))
    assert "Import the good lines" not in text(viewer.get(f"{PREFIX}/imports/1"))
    assert viewer.post(f"{PREFIX}/imports/1/import", data={"mode": "good"}).status_code == 403
    assert viewer.post(NEW, data={**WANTED, "sure": "yes"}).status_code == 403
    assert batches(office) == []


def test_the_pages_speak_the_admins_language(office: Office) -> None:
    browser = office.ines("ru")
    page = upload(browser, CSV.encode()).headers["Location"]

    assert "Такой же код стоит в строке 2." in text(browser.get(page))
    assert "Случайных знаков" in text(browser.get(NEW))


def give_up(office: Office, error: str = "OperationalError: the disk is full") -> None:
    with office.transaction() as session:
        session.execute(update(Outbox).values(state="dead", attempts=12, error=error))


def late_batch(office: Office, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(batch_pages, "AT_ONCE", 2)
    browser = office.ines()
    page = send(browser, NEW, WANTED)
    return browser.post(NEW, data=multi([*hidden(page.get_data(as_text=True))])).headers["Location"]


def late_import(office: Office, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(code_uploads, "AT_ONCE", 2)
    browser = office.ines()
    looked = upload(browser, b"code\nabc1\nabc2\nabc3\n").headers["Location"]
    send(browser, f"{looked}/import", {"mode": "all"}, form_at=looked)
    return looked


@pytest.mark.parametrize(("begin", "made"), [(late_batch, 5), (late_import, 3)])
def test_work_that_was_given_up_says_why_and_is_tried_again_on_demand(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Office, pytest.MonkeyPatch], str],
    made: int,
) -> None:
    page = begin(office, monkeypatch)
    listed = page.rpartition("/")[0]
    before = len(office.rows(Code))
    give_up(office)

    shown = office.ines().get(page)
    assert "given up after 12 tries" in text(shown)
    assert "OperationalError: the disk is full" in text(shown)
    assert "Refresh" not in shown.headers
    assert len(rows(office.ines().get(f"{listed}?state=failed"))) == 1
    assert rows(office.ines().get(f"{listed}?state=making")) == []

    again = send(office.ines(), f"{page}/again", {}, form_at=page)
    assert (again.status_code, "Refresh" in office.ines().get(page).headers) == (303, True)
    assert ("Ines Walter", "replay", "code") in office.acts()
    work(office)

    assert len(office.rows(Code)) == before + made
    assert rows(office.ines().get(f"{listed}?state=failed")) == []


def test_a_try_that_failed_is_told_while_the_worker_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = late_batch(office, monkeypatch)
    with office.transaction() as session:
        session.execute(update(Outbox).values(attempts=1, error="OperationalError: busy"))

    shown = office.ines().get(page)

    assert "The last try failed" in text(shown)
    assert "OperationalError: busy" in text(shown)
    assert "Refresh" in shown.headers
