"""An admin merges doubles: reads first what moves, does it, and finds the double from the card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.models import Contact, Merged, SponsorChange
from flask_firstline.testing import make_partner

from .office import PREFIX, Office, hidden, multi, rows, send, text


@pytest.fixture
def shop() -> Iterator[Office]:
    with Office() as made:
        make_partner(made.app, "meier", name="Hans Meier")
        make_partner(made.app, "double", name="Hans M.")
        yield made


def number(shop: Office, ref: str) -> int:
    return int(shop.rows(Contact, ref=ref)[0].id)


def test_it_is_shown_in_numbers_before_it_is_done(shop: Office) -> None:
    address = f"{PREFIX}/contacts/{number(shop, 'double')}/merge"
    boss = shop.ines()

    preview = send(boss, address, {"winner_id": "meier", "why": "same tax number"})
    assert "Hans M. ends, Hans Meier goes on." in text(preview)
    assert "0 codes go over." in text(preview)
    assert shop.rows(Merged) == []

    done = send(boss, address, {"winner_id": "meier", "why": "same tax number", "sure": "y"})
    assert done.status_code == 303

    card = boss.get(done.location)
    assert "Merged with Hans M." in text(card)
    assert "This person goes on as another contact" in text(
        boss.get(f"{PREFIX}/contacts/{number(shop, 'double')}")
    )
    assert boss.get(address).status_code == 404
    assert rows(boss.get(f"{PREFIX}/contacts")) == ["Hans Meier"]
    assert rows(boss.get(f"{PREFIX}/contacts?double=yes")) == ["Hans M."]
    assert "merged with a double" in text(boss.get(f"{PREFIX}/audit"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"winner_id": "double", "why": "x"}, "These are one contact already"),
        ({"winner_id": "nobody", "why": "x"}, "Nobody is known under this"),
        ({"winner_id": "meier"}, "Please fill this in"),
        ({"why": "x"}, "Please fill this in"),
    ],
)
def test_what_is_wrong_is_said(shop: Office, fields: dict[str, str], words: str) -> None:
    answer = send(shop.ines(), f"{PREFIX}/contacts/{number(shop, 'double')}/merge", fields)

    assert answer.status_code == 422
    assert words in text(answer)


def test_the_one_below_does_not_go_on_for_the_one_above(shop: Office) -> None:
    make_partner(shop.app, "below", sponsor="double")

    answer = send(
        shop.ines(),
        f"{PREFIX}/contacts/{number(shop, 'double')}/merge",
        {"winner_id": "below", "why": "x"},
    )

    assert "This one stands below the other" in text(answer)


def test_another_sponsor_is_planned_for_a_day_and_called_off(shop: Office) -> None:
    boss = shop.ines()
    card = f"{PREFIX}/contacts/{number(shop, 'double')}"

    planned = send(boss, f"{card}/sponsor", {"sponsor_id": "meier", "why": "moved", "at": ["2099-01-01", ""]})

    assert planned.status_code == 303
    assert "Another sponsor is planned Jan 1, 2099" in text(boss.get(card))
    assert rows(boss.get(f"{PREFIX}/sponsor_changes?state=waiting")) == ["Hans M."]
    again = send(boss, f"{card}/sponsor", {"sponsor_id": "meier", "why": "x", "at": ["2099-02-01", ""]})
    assert "is planned for this contact already" in text(again)

    [change] = shop.rows(SponsorChange)
    address = f"{PREFIX}/sponsor_changes"
    preview = send(boss, f"{address}/act", {"act": "off", "key": [change.id]}, form_at=address)
    assert "1 planned change is called off: the sponsor stays." in text(preview)
    boss.post(f"{address}/act", data=multi([*hidden(preview.get_data(as_text=True))]))

    assert "Another sponsor is planned" not in text(boss.get(card))
    assert [act for _who, act, _noun in shop.acts()][-2:] == ["plan sponsor", "call off sponsor"]
