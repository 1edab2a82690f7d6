"""Owners in many processes decide the same changes at the same moment: each is decided and done once."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from flask_firstline.models import Approval, ApprovalKind, Audit, ExchangeRate, Outbox
from flask_firstline.services import approval_mails, approval_rules
from flask_firstline.services.approval_rules import Rule
from flask_firstline.services.approvals import Who
from tests.small_shop import SmallShop
from tests.web.office import PREFIX, Office
from tests.web.test_approvals import propose

from . import approval_jobs
from .racers import PROCESSES, Racers
from .test_races import run

pytestmark = pytest.mark.race

CURRENCIES = ("USD", "CHF", "GBP", "PLN", "SEK", "NOK")


def propose_rates(url: str) -> None:
    """Let finance, who wants to be told by mail, propose a rate for each currency."""
    with Office(url, mount=("admin",)) as office:
        with office.app.app_context(), office.state.own_unit() as session:
            ctx = office.state.context(session.connection())
            finja = Who(name="Finja Nance", id="admin:13")
            approval_mails.choose(ctx, finja, "finja@shop.example", locale="en", decides=False)
            approval_rules.save(ctx.conn, {ApprovalKind.RATES: Rule(active=True)}, who="o", now=ctx.now)
        browser = office.browser("finja")
        for base in CURRENCIES:
            propose(browser, f"{PREFIX}/rates/new", {"base": base, "rate": "0.5", "quote": "EUR"})


def test_what_many_owners_decide_at_once_is_decided_and_done_once(shop: SmallShop, field: Racers) -> None:
    propose_rates(shop.app.config["SQLALCHEMY_DATABASE_URI"])

    done = run(field, shop, approval_jobs.decide, range(PROCESSES * len(CURRENCIES)))

    assert done == Counter({"303": PROCESSES * len(CURRENCIES)})
    decided = Counter(shop.session.scalars(select(Approval.state)))
    assert decided.keys() <= {"approved", "rejected"}
    assert decided.total() == len(CURRENCIES)
    assert shop.session.scalar(select(func.count()).select_from(ExchangeRate)) == decided["approved"]
    acts = Counter((row.act, row.noun) for row in shop.session.scalars(select(Audit)))
    assert acts["set", "rate"] == acts["approve", "approval"] == decided["approved"]
    assert acts["reject", "approval"] == decided["rejected"]
    assert len(shop.session.scalars(select(Outbox).filter_by(topic="mail")).all()) == len(CURRENCIES)
