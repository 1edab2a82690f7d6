"""Filters of lists saved under a name: one's own and for all, applied, replaced, removed, forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from flask_firstline.models import Audit, Contact, SavedFilter
from flask_firstline.services import erasing, saved_filters
from flask_firstline.services.saved_filters import MOST, Wanted
from flask_firstline.state import state_of
from tests.service.pay_kit import act

from .office import PREFIX, VERA, Office, hidden, rows, send, story, text

LIST = f"{PREFIX}/contacts"
ASKED = f"{LIST}?q=Meier&sort=-name"
OTHER = f"{LIST}?q=Schulte"
SAVE = f"{PREFIX}/filters/contacts"


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        yield shop


def save(shop: Office, who: str, name: str, *, shared: bool = False, at: str = ASKED) -> TestResponse:
    given = {"filter_name": name} | ({"filter_shared": "yes"} if shared else {})
    return send(shop.browser(who), SAVE, given, form_at=at)


def views(shop: Office, who: str, at: str = LIST) -> dict[str, str]:
    """Give the links above a list by their names."""
    page = shop.browser(who).get(at).get_data(as_text=True)
    found = re.findall(r'(?s)<li class="fl-view[^"]*"><a href="([^"]*)"[^>]*>(.*?)</a>', page)
    return {re.sub(r"(?s)<svg.*?</svg>", "", name): unescape(href) for href, name in found}


def test_a_filter_is_saved_as_a_link_and_gives_the_same_list_again(office: Office) -> None:
    ines = office.ines()
    answer = send(ines, SAVE, {"filter_name": "  My   Meiers "}, form_at=ASKED)
    assert answer.status_code == 303
    assert "The filter is saved: My Meiers." in text(ines.get(answer.location))
    [(name, href)] = views(office, "ines").items()
    assert name == "My Meiers"
    assert rows(office.ines().get(href)) == rows(office.ines().get(ASKED)) == ["Hans Meier"]
    here = office.ines().get(href).get_data(as_text=True)
    assert 'aria-current="page">My Meiers' in here
    assert "Save this filter" not in here
    assert "Save this filter" in text(office.ines().get(f"{LIST}?q=Schulte"))
    assert "Save this filter" not in text(office.ines().get(LIST))
    assert views(office, "sue") == {}
    assert views(office, "ines", f"{PREFIX}/codes") == {}
    assert [row for row in office.acts() if row[2] == "saved filter"] == []


def test_the_same_name_again_replaces_what_it_asked(office: Office) -> None:
    save(office, "ines", "Mine")
    save(office, "ines", "Mine", at=f"{LIST}?q=Schulte")
    save(office, VERA, "Mine")
    assert [(row.owner, row.query["q"]) for row in office.rows(SavedFilter)] == [
        ("admin:1", "Schulte"),
        ("admin:2", "Meier"),
    ]


def test_without_a_name_or_a_question_nothing_is_saved(office: Office) -> None:
    ines = office.ines()
    ((token, value), *_rest) = hidden(ines.get(ASKED).get_data(as_text=True))
    nameless = ines.post(SAVE, data={token: value, "q": "Meier", "filter_name": " "})
    assert "Give the filter a name." in text(ines.get(nameless.location))
    everything = ines.post(SAVE, data={token: value, "filter_name": "All"})
    assert "there is nothing to save" in text(ines.get(everything.location))
    nowhere = ines.post(f"{PREFIX}/filters/nothing", data={token: value, "q": "x", "filter_name": "x"})
    assert nowhere.status_code == 404
    assert office.rows(SavedFilter) == []


def test_who_may_change_something_on_a_list_shares_with_all_and_it_is_logged(office: Office) -> None:
    assert save(office, VERA, "Ours", shared=True).status_code == 403
    assert save(office, "max", "Ours", shared=True).status_code == 403
    assert office.rows(SavedFilter) == []
    assert save(office, "sue", "Ours", shared=True).status_code == 303
    assert list(views(office, VERA)) == ["Ours"]

    for who, status in ((VERA, 403), ("finja", 403), ("ines", 303)):
        gone = send(office.browser(who), f"{PREFIX}/filters/1/remove", {}, form_at=OTHER)
        assert gone.status_code == status, who
    assert office.rows(SavedFilter) == []
    logged = office.rows(Audit, noun="saved filter")
    assert [(row.who, row.act) for row in logged] == [("Sue Port", "create"), ("Ines Walter", "remove")]
    assert logged[1].before["query"] == {"q": "Meier", "sort": "-name"}


def test_nobody_removes_what_only_somebody_else_sees(office: Office) -> None:
    save(office, VERA, "Mine")
    assert send(office.ines(), f"{PREFIX}/filters/1/remove", {}, form_at=ASKED).status_code == 404
    assert send(office.browser(VERA), f"{PREFIX}/filters/1/remove", {}, form_at=ASKED).status_code == 303
    assert office.rows(SavedFilter) == []


def test_a_link_leaves_out_what_the_list_does_not_know(office: Office) -> None:
    def old(query: dict[str, str]) -> None:
        wanted = Wanted(noun="contacts", name="Old", query=query)
        act(office, lambda ctx: saved_filters.save(ctx.conn, wanted, owner="admin:1", who="i", now=ctx.now))

    old({"q": "Meier", "colour": "red", "sort": "-shoe", "state": "purple"})
    assert views(office, "ines") == {"Old": f"{LIST}?q=Meier"}


def test_an_admin_has_so_many_of_a_list_and_no_more(office: Office) -> None:
    def many(number: int) -> bool:
        wanted = Wanted(noun="contacts", name=f"F{number}", query={"q": "a"})
        return act(
            office, lambda ctx: saved_filters.save(ctx.conn, wanted, owner="admin:1", who="i", now=ctx.now)
        )

    assert all(many(number) for number in range(MOST))
    assert not many(MOST)
    assert many(0)
    assert save(office, "ines", "One more").status_code == 303
    assert len(office.rows(SavedFilter)) == MOST


def test_a_list_asks_the_database_once_for_its_saved_filters(office: Office) -> None:
    for number in range(3):
        save(office, "ines", f"F{number}")
    asked: list[str] = []
    with office.app.app_context():
        engine = state_of(office.app).session().get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    office.ines().get(ASKED)
    assert len([statement for statement in asked if "firstline_saved_filter" in statement]) == 1


def test_filters_that_look_for_somebody_go_when_that_person_is_erased(office: Office) -> None:
    save(office, "ines", "Late payers", at=f"{LIST}?q=thomas+wolf")
    save(office, "ines", "Thomas Wolf", at=f"{LIST}?q=x")
    save(office, "ines", "Wolfs", at=f"{LIST}?q=wolf")
    [thomas] = office.rows(Contact, ref="thomas")
    act(office, lambda ctx: erasing.erase_contact(ctx, thomas.id))
    assert [row.name for row in office.rows(SavedFilter)] == ["Wolfs"]
