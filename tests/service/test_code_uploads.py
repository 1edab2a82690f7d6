"""Files that an admin sends: looked at, imported at once or by the worker, part by part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Code, Upload
from flask_firstline.services import code_importing, code_uploads
from flask_firstline.services.code_importing import Act
from flask_firstline.services.mistakes import Mistake
from flask_firstline.testing import FakeShop, make_coupon

from .code_kit import BERLIN, batches, count_codes, counts, source
from .program_kit import WHO

LINES = [f"u{number:04}" if number % 5 else "..." for number in range(1, 31)]
TEXT = "code\n" + "\n".join(LINES)


@pytest.fixture
def coupon_id(shop: FakeShop) -> int:
    return make_coupon(shop.app, "From files")


@pytest.fixture
def opened(shop: FakeShop) -> Iterator[FakeShop]:
    with shop.app.app_context():
        yield shop


def act(shop: FakeShop) -> Act:
    return Act(who=WHO, now=shop.state.now())


def send(shop: FakeShop, coupon_id: int, text: str = TEXT) -> int:
    with shop.db.engine.begin() as conn:
        return code_uploads.add(conn, source(text, coupon_id), act(shop))


def start(shop: FakeShop, upload_id: int, *, all_or_none: bool = False) -> None:
    with shop.db.engine.begin() as conn:
        code_uploads.start(conn, upload_id, act(shop), all_or_none=all_or_none, zone=BERLIN)


def upload(shop: FakeShop, upload_id: int = 1) -> Upload:
    (row,) = shop.rows(Upload, id=upload_id)
    return row  # type: ignore[return-value]


def found(shop: FakeShop) -> tuple[int, int, int, int]:
    return counts(code_uploads.looked(upload(shop)).imported)


def stored(shop: FakeShop) -> int:
    with shop.db.engine.connect() as conn:
        return count_codes(conn)


def test_a_file_is_looked_at_and_nothing_but_it_is_stored(opened: FakeShop, coupon_id: int) -> None:
    before = stored(opened)

    upload_id = send(opened, coupon_id)

    row, looked = upload(opened, upload_id), code_uploads.looked(upload(opened, upload_id))
    assert (row.state, row.all_rows, row.done_rows) == ("looked_at", 30, 0)
    assert counts(looked.imported) == (24, 0, 0, 6)
    assert [number for number, _cells in looked.lines] == [2, 3, 4, 6, 11, 16, 21, 26, 31]
    assert stored(opened) == before


def test_a_small_file_is_imported_at_once_and_its_text_forgotten(opened: FakeShop, coupon_id: int) -> None:
    start(opened, send(opened, coupon_id))

    row = upload(opened)
    assert (row.state, row.done_rows, row.content, found(opened)) == ("done", 30, None, (24, 0, 0, 6))
    assert row.finished_at == opened.state.now()


def test_an_import_is_begun_once(opened: FakeShop, coupon_id: int) -> None:
    upload_id = send(opened, coupon_id)
    start(opened, upload_id)

    with pytest.raises(Mistake, match="already"):
        start(opened, upload_id)


def test_all_or_none_imports_none_and_lets_the_admin_choose_again(opened: FakeShop, coupon_id: int) -> None:
    before, upload_id = stored(opened), send(opened, coupon_id)
    start(opened, upload_id, all_or_none=True)
    refused = upload(opened)

    assert (refused.state, stored(opened)) == ("looked_at", before)
    assert code_uploads.looked(refused).refused
    start(opened, upload_id)
    assert found(opened) == (24, 0, 0, 6)


def test_a_large_file_is_imported_by_the_worker_part_by_part(
    opened: FakeShop, coupon_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_uploads, "AT_ONCE", 20)
    monkeypatch.setattr(code_importing, "CHUNK", 10)
    upload_id = send(opened, coupon_id, TEXT + "\nu0001\n")
    start(opened, upload_id)
    seen: list[tuple[str, int]] = []
    work_on = code_uploads.work_on

    def watched(ctx: object, payload: object) -> None:
        work_on(ctx, payload)  # type: ignore[arg-type]
        row = code_uploads.get_upload(ctx.conn, upload_id)  # type: ignore[attr-defined]
        seen.append((row.state, row.done_rows))

    monkeypatch.setitem(_handlers(), code_uploads.IMPORT, (watched,))
    work_once(opened.state)

    assert seen == [("running", 10), ("running", 20), ("running", 30), ("done", 31)]
    assert found(opened) == (24, 0, 0, 7)
    assert code_uploads.looked(upload(opened)).imported.bad[-1].other == "2"
    with opened.db.engine.connect() as conn:
        assert [batch["count"] for batch in batches(conn)] == [24]


def _handlers() -> dict[str, object]:
    from flask_firstline.delivery import topics

    return topics.HANDLERS  # type: ignore[return-value]


def test_a_part_that_fails_is_taken_back_and_done_again(
    opened: FakeShop, coupon_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_uploads, "AT_ONCE", 5)
    monkeypatch.setattr(code_importing, "CHUNK", 10)
    start(opened, send(opened, coupon_id))
    make = code_importing.Importing._make
    failures = iter([False, True])

    def failing(self: object, lines: object, how: object) -> None:
        make(self, lines, how)  # type: ignore[arg-type]
        if next(failures, False):
            raise RuntimeError("the power is off")

    monkeypatch.setattr(code_importing.Importing, "_make", failing)
    first = work_once(opened.state)
    half = upload(opened)
    opened.clock.advance(minutes=1)
    work_once(opened.state)

    assert (first.failed, half.state, half.done_rows) == (1, "running", 10)
    assert (upload(opened).state, found(opened)) == ("done", (24, 0, 0, 6))


def test_a_large_file_of_all_or_none_is_one_transaction_of_the_worker(
    opened: FakeShop, coupon_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_uploads, "AT_ONCE", 5)
    monkeypatch.setattr(code_importing, "CHUNK", 10)
    good = "code\n" + "\n".join(line for line in LINES if line != "...")
    start(opened, send(opened, coupon_id, good), all_or_none=True)
    work_once(opened.state)

    assert (upload(opened).state, found(opened)) == ("done", (24, 0, 0, 0))


def test_the_same_file_part_by_part_leaves_what_was_changed_by_hand(
    opened: FakeShop, coupon_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "code,max\n" + "\n".join(f"{line},1" for line in LINES if line != "...")
    start(opened, send(opened, coupon_id, text))
    with opened.db.engine.begin() as conn:
        table = Code.__table__
        conn.execute(table.update().where(table.c.coupon_id == coupon_id).values(max_uses=9))
        conn.execute(table.delete().where(table.c.display == "u0001"))
    monkeypatch.setattr(code_uploads, "AT_ONCE", 5)
    monkeypatch.setattr(code_importing, "CHUNK", 10)

    start(opened, send(opened, coupon_id, text))
    work_once(opened.state)

    looked = code_uploads.looked(upload(opened, 2)).imported
    assert counts(looked) == (1, 0, 23, 0)
    assert looked.before is not None


def test_files_that_nobody_imported_are_forgotten_after_a_week(opened: FakeShop, coupon_id: int) -> None:
    start(opened, send(opened, coupon_id))
    send(opened, coupon_id, "code\nlater\n")
    opened.clock.advance(days=7, seconds=1)
    work_once(opened.state)

    assert [row.state for row in opened.rows(Upload)] == ["done"]
