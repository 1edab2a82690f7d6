"""Under which keys failed tries are counted."""

from __future__ import annotations

import pytest

from flask_firstline.services.attempts import places
from flask_firstline.services.carts import Holders


def address(client: str) -> str:
    [place] = places(Holders(), client)
    return place


@pytest.mark.parametrize(
    ("client", "place"),
    [
        ("203.0.113.7", "address:203.0.113.7"),
        ("::ffff:203.0.113.7", "address:203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("203.0.113.7:51234", "address:203.0.113.7"),
        ("[2001:db8:1:2::6]:51234", "address:2001:db8:1:2::/64"),
        ("[::ffff:203.0.113.7]", "address:203.0.113.7"),
        ("unix:", "address:unix:"),
        ("\x00proxy\ud800", "address:proxy?"),
    ],
)
def test_tries_are_counted_by_what_one_person_has(client: str, place: str) -> None:
    assert address(client) == place


def test_people_behind_a_server_of_both_protocols_are_told_apart() -> None:
    assert address("::ffff:203.0.113.7") != address("::ffff:203.0.113.8")
