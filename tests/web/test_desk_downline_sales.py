"""The downline in the desk: sales of a period, search and file, with masked data staying masked."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, func, select

from flask_firstline.domain.consent import Grant
from flask_firstline.models import ConsentView, Contact
from flask_firstline.services import consents, partners
from flask_firstline.services.consents import Wording

from .office import text
from .small_shop import World
from .test_desk import DESK, signed_in

DOWNLINE = f"{DESK}/downline"
READ = Wording(text="Hans Meier may see it.", version="1", locale="en")


@pytest.fixture
def meier(world: World) -> FlaskClient:
    """Sign in as Partner Meier, with Roth below, Anna below her, and Bernd below Meier; all have bought."""
    world.terms({1: 10, 2: 5})
    coupon = world.coupon("5 EUR off")
    world.code("vonroth", coupon, world.partner("roth", "Julia Roth", sponsor="meier"))
    world.buys("anna", "Anna Fischer", number="1", code="vonroth")
    world.buys("bernd", "Bernd Kolb", number="2", code="vonmeier")
    return signed_in(world, "meier")


def agree(world: World, ref: str, *, phone: bool = False) -> None:
    """Let somebody release the e-mail or the phone to the own sponsor."""

    def work(conn: Connection) -> int:
        row = conn.execute(select(Contact.id, Contact.sponsor_id).where(Contact.ref == ref)).one()
        grant = Grant(email=not phone, phone=phone)
        return consents.give(conn, row.id, row.sponsor_id, grant, wording=READ, now=world.now)

    world.in_books(work)


def views(world: World) -> int:
    return world.in_books(lambda conn: conn.scalar(select(func.count()).select_from(ConsentView)) or 0)


def id_of(world: World, ref: str) -> int:
    return world.in_books(lambda conn: conn.scalar(select(Contact.id).where(Contact.ref == ref)) or 0)


def lines(answer: object) -> list[str]:
    return str(getattr(answer, "text", "")).lstrip("\ufeff").splitlines()


def test_the_tree_shows_what_each_line_sold_and_what_it_earned(meier: FlaskClient) -> None:
    page = text(meier.get(f"{DOWNLINE}?show=sales"))

    heads = "Own orders Own net sales Orders below Net sales below Earned"
    assert f"Person {heads} Hans Meier (you)" in page
    # 29.80 less 5.00 with 19 % VAT inside: 20.84 net; Meier has 10 % of Bernd's and 5 % of Anna's.
    assert (
        "B. K. Customer Own orders Own orders 1 Own net sales Own net sales €20.84 "
        "Orders below Orders below 0 Net sales below Net sales below – Earned Earned €2.08" in page
    )
    assert "Orders below Orders below 1 Net sales below Net sales below €20.84 Earned Earned €1.04" in page
    assert "Orders below Orders below 2 Net sales below Net sales below €41.68 Earned Earned €3.12" in page


def test_a_period_without_sales_shows_none_and_stays_while_the_tree_opens(meier: FlaskClient) -> None:
    page = meier.get(f"{DOWNLINE}?show=sales&from=2025-01-01&to=2025-12-31")

    assert "€" not in text(page).split("Hans Meier (you)")[1]
    assert "part=1&amp;show=sales&amp;from=2025-01-01&amp;to=2025-12-31" in page.text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon", "2026-02-30"])
def test_a_day_that_is_none_or_has_no_neighbour_is_no_bound(meier: FlaskClient, day: str) -> None:
    page = meier.get(f"{DOWNLINE}?show=sales&from={day}&to={day}")

    assert page.status_code == 200
    assert "€20.84" in page.text


@pytest.mark.parametrize(
    "asked", ["Anna", "anna@post.example", "anna", "Bernd", "bernd@post.example", "roth"]
)
def test_a_search_says_nothing_about_who_agreed_to_nothing(
    world: World, meier: FlaskClient, asked: str
) -> None:
    page = meier.get(f"{DOWNLINE}/search?q={asked}")

    assert "Nobody who lets you see this was found." in text(page)
    assert text(page) == text(meier.get(f"{DOWNLINE}/search?q=nobody-at-all"))
    assert views(world) == 0


def test_who_agreed_is_found_and_each_look_is_kept(world: World, meier: FlaskClient) -> None:
    agree(world, "bernd")
    agree(world, "anna")

    page = text(meier.get(f"{DOWNLINE}/search?q=post.example"))

    assert "Bernd Kolb Customer bernd@post.example" in page
    assert "Anna" not in page
    assert views(world) == 1


def test_by_the_phone_alone_nobody_is_found_by_e_mail(world: World, meier: FlaskClient) -> None:
    agree(world, "bernd", phone=True)

    assert "Nobody who lets" in text(meier.get(f"{DOWNLINE}/search?q=bernd@"))
    page = text(meier.get(f"{DOWNLINE}/search?q=kolb"))
    assert "Bernd Kolb" in page
    assert "bernd@post.example" not in page


def test_a_partner_who_left_finds_nobody_and_gets_a_masked_file(world: World, meier: FlaskClient) -> None:
    agree(world, "bernd")
    contact_id = world.in_books(
        lambda conn: conn.scalar(select(Contact.id).where(Contact.ref == "meier")) or 0
    )
    world.in_books(
        lambda conn: partners.end_partner(conn, contact_id, why="left", who="admin", now=world.now) or 0
    )

    assert "Nobody who lets" in text(meier.get(f"{DOWNLINE}/search?q=bernd"))
    assert "bernd" not in meier.get(f"{DOWNLINE}.csv").text.lower()
    assert views(world) == 0


def test_the_file_has_everybody_masked_but_who_agreed(world: World, meier: FlaskClient) -> None:
    agree(world, "bernd")

    found = lines(meier.get(f"{DOWNLINE}.csv"))

    assert found[0] == "Level,Person,E-mail,Phone,Address type,Since,Orders,Net sales,Currency"
    assert sorted(found[1:]) == [
        "1,Bernd Kolb,bernd@post.example,,Customer,2026-11-20,1,20.84,EUR",
        "1,J. R.,,,Partner,2026-11-20,0,,",
        "2,A. F.,,,Customer,2026-11-20,1,20.84,EUR",
    ]
    assert views(world) == 1


def test_the_file_may_be_one_level_and_one_branch(world: World, meier: FlaskClient) -> None:
    roth = id_of(world, "roth")
    agree(world, "anna")

    assert len(lines(meier.get(f"{DOWNLINE}.csv?level=2"))) == 2
    assert lines(meier.get(f"{DOWNLINE}/{roth}.csv"))[1:] == ["1,A. F.,,,Customer,2026-11-20,1,20.84,EUR"]
    assert views(world) == 0
    assert signed_in(world, "roth").get(f"{DOWNLINE}/1.csv").status_code == 404


def test_a_name_that_is_a_formula_is_only_a_name_in_the_file(world: World, meier: FlaskClient) -> None:
    world.buys("eve", "=HYPERLINK(1)", number="3", code="vonmeier")
    agree(world, "eve")

    [line] = [line for line in lines(meier.get(f"{DOWNLINE}.csv")) if "HYPERLINK" in line]

    assert line.startswith("1,'=HYPERLINK(1),eve@post.example")
