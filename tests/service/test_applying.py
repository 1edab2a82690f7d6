from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, func, select

from flask_firstline.config import Settings
from flask_firstline.models import Code, Contact, Coupon
from flask_firstline.services.applying import Applied, NotApplied, apply_file
from flask_firstline.services.program import list_history, list_terms

from .program_kit import NOW, WHO, acts

FILE = """
[[partner]]
ref = "opa"

[[partner]]
ref = 7
email = "meier@example.com"
sponsor = "opa"

[[coupon]]
name = "Five euro for new customers"
amount = 5.00
min_order = 20
new_customers_only = true
open_to_partners = true
until = 2026-12-31

[[code]]
code = "vonmeier"
coupon = "Five euro for new customers"
owner = 7

[[terms]]
level = 1
percent = 10

[[terms]]
level = 1
fixed = "1.50"
partner = 7
product = "tea"
"""


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def apply(conn: Connection, text: str) -> Applied:
    return apply_file(conn, tomllib.loads(text), settings=Settings(), who=WHO, now=NOW)


def count(conn: Connection, model: type) -> int:
    return conn.execute(select(func.count()).select_from(model)).scalar_one()


def test_a_file_makes_what_it_states(conn: Connection) -> None:
    applied = apply(conn, FILE)

    assert applied.changed == applied.seen == {"partner": 2, "coupon": 1, "code": 1, "terms": 2}
    code = conn.execute(select(Code.__table__)).one()
    owner = conn.execute(select(Contact.ref).where(Contact.id == code.owner_id)).scalar_one()
    assert (code.display, owner) == ("vonmeier", "7")
    assert [(row.partner_ref, row.percent, row.fixed) for row in list_terms(conn, at=NOW)][1] == (
        "7",
        None,
        150,
    )


def test_the_same_file_again_changes_and_logs_nothing(conn: Connection) -> None:
    apply(conn, FILE)
    logged = acts(conn)

    again = apply(conn, FILE)

    assert again.changed == {"partner": 0, "coupon": 0, "code": 0, "terms": 0}
    assert acts(conn) == logged


def test_a_changed_file_changes_just_that(conn: Connection) -> None:
    apply(conn, FILE)

    changed = apply(
        conn, FILE.replace("min_order = 20", "min_order = 25").replace("percent = 10", "percent = 8")
    )

    assert changed.changed == {"partner": 0, "coupon": 1, "code": 0, "terms": 1}
    assert conn.execute(select(Coupon.min_order)).scalar_one() == 2500


def test_every_mistake_is_named_with_its_place_and_nothing_is_applied(conn: Connection) -> None:
    wrong = (
        FILE
        + """
[[coupon]]
name = "Second"
amount = "lots"

[[code]]
code = "von-Meier"
coupon = "Nothing"

[[code]]
code = "v0nmeier"
coupon = "Five euro for new customers"

[[partner]]
reff = "x"

[[colour]]
red = 1
"""
    )
    with pytest.raises(NotApplied) as refused:
        apply(conn, wrong)

    assert refused.value.problems == (
        "colour: not known; possible are [[partner]], [[coupon]], [[code]], [[terms]], [[campaign]], "
        "[[rule]], [[program]]",
        "[[partner]] 3: reff: not known; possible are ref, email, name, sponsor",
        "[[coupon]] 2: amount: 'lots' is not a plain decimal number such as 1234.50",
        "[[code]] 2: There is no coupon called 'Nothing'.",
        "[[code]] 3: This code looks like one that is taken. Please choose another one.",
    )
    assert (count(conn, Contact), count(conn, Coupon), count(conn, Code), acts(conn)) == (0, 0, 0, [])


def test_one_bracket_instead_of_two_is_explained(conn: Connection) -> None:
    with pytest.raises(NotApplied, match=r"partner: write \[\[partner\]\] with two brackets"):
        apply(conn, '[partner]\nref = "x"\n')


def test_a_table_that_is_none_is_refused(conn: Connection) -> None:
    with pytest.raises(NotApplied, match=r"\[\[code\]\] 1: is no table"):
        apply(conn, "code = [5]\n")


DATED = """
[[terms]]
level = 1
percent = 10
from = 2026-01-01

[[terms]]
level = 1
percent = 10
from = 2027-01-01
tier = ["1000=12", "5000=15"]
tiers_by = "month"
cap_partner = 2000
cap_period = "year"

[[terms]]
level = 1
percent = 5
campaign = "Spring sale"
base = "margin"
payment_rate = [20, 10]
max_months = 12
"""


def test_terms_with_dates_and_clauses_change_nothing_when_they_are_applied_again(conn: Connection) -> None:
    first = apply(conn, DATED)
    again = apply(conn, DATED)

    assert (first.changed, again.changed) == ({"terms": 3}, {"terms": 0})
    assert len(list_history(conn)) == 3
    assert [row.percent for row in list_terms(conn, at=NOW)] == [10, 5]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('tier = ["1000"]\ntiers_by = "month"', "tier: write from which sum on"),
        ('tier = ["1000=12"]', "tiers_by: say what chooses"),
        ("slab = 1", "slab: give true or false"),
        ("cap_order = 1.234", "cap_order: "),
    ],
)
def test_clauses_that_cannot_be_read_are_named(conn: Connection, wrong: str, sentence: str) -> None:
    with pytest.raises(NotApplied, match=sentence):
        apply(conn, f"[[terms]]\nlevel = 1\npercent = 1\n{wrong}")
