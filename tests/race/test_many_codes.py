"""Many processes that make many codes at the same moment."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from flask_firstline.models import Code, CodeBatch
from flask_firstline.services import code_forms
from tests.small_shop import SmallShop

from . import code_jobs as jobs
from .racers import Racers, errors

pytestmark = pytest.mark.race
SOME = range(32)


def url(shop: SmallShop) -> str:
    return str(shop.app.config["SQLALCHEMY_DATABASE_URI"])


def per_batch(shop: SmallShop) -> list[int]:
    query = select(func.count()).select_from(Code).group_by(Code.batch_id).order_by(Code.batch_id)
    return list(shop.session.scalars(query))


def test_every_batch_has_exactly_the_codes_that_were_wanted(shop: SmallShop, field: Racers) -> None:
    shop.coupon()

    found = field.run(url(shop), jobs.draw_few_signs, SOME)

    assert errors(found) == ""
    assert found == {"drawn": len(SOME)}
    assert per_batch(shop) == [jobs.DRAWN] * len(SOME)
    assert shop.session.scalar(select(func.count(Code.skeleton.distinct()))) == jobs.DRAWN * len(SOME)


def test_codes_with_check_signs_of_all_processes_hold(shop: SmallShop, field: Racers) -> None:
    shop.coupon()

    found = field.run(url(shop), jobs.draw_with_check_signs, SOME)
    codes = list(shop.session.scalars(select(Code.display)))
    ctx = shop.state.context(shop.session.connection())

    assert errors(found) == ""
    assert len(set(codes)) == jobs.DRAWN * len(SOME)
    assert not any(code_forms.mistyped(ctx, code) for code in codes)


def test_one_file_imported_by_all_makes_its_codes_once(shop: SmallShop, field: Racers) -> None:
    shop.coupon()

    found = field.run(url(shop), jobs.import_file, SOME)

    assert errors(found) == ""
    assert found == {"50 new, 0 there, 0 bad": 1, "0 new, 50 there, 0 bad": len(SOME) - 1}
    assert shop.session.scalar(select(func.count()).select_from(Code)) == 50
    assert [batch.count for batch in shop.session.scalars(select(CodeBatch))] == [50]


def test_codes_made_by_hand_while_a_file_is_imported_are_there_once(shop: SmallShop, field: Racers) -> None:
    shop.coupon()

    found = field.run(url(shop), jobs.make_or_import, range(160))
    counted = shop.session.scalar(select(func.coalesce(func.sum(CodeBatch.count), 0)))
    stored = select(func.count()).select_from(Code)

    assert errors(found) == ""
    assert shop.session.scalar(stored) == 50
    assert shop.session.scalar(stored.where(Code.batch_id.is_not(None))) == counted
