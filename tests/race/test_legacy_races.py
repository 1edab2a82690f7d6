"""Many processes that import one and the same file at the same moment make one set."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from flask_firstline.models import Balance, Contact, LegacyRef, Posting, Upload
from flask_firstline.services.sponsors import wrong_paths
from tests.small_shop import SmallShop

from . import legacy_jobs as jobs
from .racers import Racers, errors
from .test_payout_races import books_agree, url

pytestmark = pytest.mark.race
SOME = range(16)


def test_one_file_imported_by_all_makes_one_set(shop: SmallShop, field: Racers) -> None:
    found = field.run(url(shop), jobs.import_both, SOME)

    assert errors(found) == ""
    assert found == {"done": len(SOME)}
    count = {
        model: shop.session.scalar(select(func.count()).select_from(model)) for model in (LegacyRef, Posting)
    }
    assert count == {LegacyRef: jobs.LINES, Posting: jobs.LINES}
    assert (
        shop.session.scalar(select(func.count()).where(Contact.email_key.like("p%@x.example"))) == jobs.LINES
    )
    owed = shop.session.scalar(select(func.sum(Balance.amount)).where(Balance.kind == "payable"))
    assert owed == sum(number * 100 + 50 for number in range(1, jobs.LINES + 1))
    placed = shop.session.scalar(select(func.count()).where(Contact.sponsor_id.is_not(None)))
    assert (placed, wrong_paths(shop.session.connection())) == (jobs.LINES - 1, 0)
    made = [row.report["created"] for row in shop.session.scalars(select(Upload))]
    assert sum(made) == 2 * jobs.LINES
    shop.session.rollback()
    assert books_agree(shop)
