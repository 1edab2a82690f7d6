"""Tags and notes on a contact's card, contacts by their tags, and the tasks of the staff."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from flask_firstline.models import ContactNote, Task
from flask_firstline.testing import make_customer

from .office import PREFIX, VERA, Office, rows, send, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        for ref in ("berta", "carla"):
            shop.register(make_customer(ref))
        yield shop


def card(contact_id: int = 1) -> str:
    return f"{PREFIX}/contacts/{contact_id}"


def post(office: Office, what: str, **given: object) -> str:
    browser = office.ines()
    answer = send(browser, f"{card()}/{what}", given, form_at=card())
    assert answer.status_code == 303, text(answer)
    return text(browser.get(answer.location))


def bulk(office: Office, noun: str, act: str, keys: list[str], **more: object) -> str:
    browser = office.ines()
    at = f"{PREFIX}/{noun}"
    chosen = {"act": act, "key": keys, **({"stage": "1"} if more else {}), **more}
    page = send(browser, f"{at}/act", chosen, form_at=f"{at}?state=")
    seen = re.search(r'name="seen" value="(\d+)"', page.get_data(as_text=True))
    assert seen is not None, text(page)
    answer = send(browser, f"{at}/act", {**chosen, "sure": "yes", "seen": seen[1]}, form_at=f"{at}?state=")
    assert answer.status_code == 303, text(answer)
    return text(browser.get(answer.location))


def test_a_tag_is_put_on_and_taken_off_on_the_card(office: Office) -> None:
    assert "The tag is on the contact." in post(office, "tags", tag=" VIP ")
    assert "has this tag already" in post(office, "tags", tag="vip")
    assert "vip" in text(office.ines().get(card()))
    assert "no comma" in post(office, "tags", tag="a,b")

    assert "The tag is taken off." in post(office, "tags", off="vip")
    assert "no tags yet" in text(office.ines().get(card()))
    assert [act for _who, act, _noun in office.acts()] == ["tag", "untag"]
    page = text(office.ines().get(f"{PREFIX}/audit?noun=contact"))
    assert "tag put on" in page and "Tag: vip" in page


def test_contacts_are_found_by_a_tag_and_tagged_many_at_once(office: Office) -> None:
    assert "2 contacts have the tag now." in bulk(office, "contacts", "tag", ["1", "2"], tag="Fair")
    assert "1 contact is without the tag." in bulk(office, "contacts", "untag", ["2"], tag="fair")

    browser = office.ines()
    assert len(rows(browser.get(f"{PREFIX}/contacts?tag=FAIR"))) == 1
    assert rows(browser.get(f"{PREFIX}/contacts?tag=none")) == []
    assert rows(browser.get(f"{PREFIX}/contacts?tag=a,b")) == []
    head, first, *_more = browser.get(f"{PREFIX}/contacts.csv?tag=fair").get_data(as_text=True).splitlines()
    assert head.endswith("Tags;Language") or "Tags" in head
    assert "fair" in first


def test_a_note_is_written_and_taken_away(office: Office) -> None:
    assert "The note is written." in post(office, "notes", text="Called.\r\nWants <balm>.")
    page = office.ines().get(card()).get_data(as_text=True)
    assert "Called.<br>Wants &lt;balm&gt;." in page
    assert "Ines Walter" in page
    assert "Please write something" in post(office, "notes", text=" ")

    assert "The note is taken away." in post(office, "notes", off="1")
    assert office.rows(ContactNote) == []
    assert ("Ines Walter", "remove", "note") in office.acts()


def test_a_task_is_entered_from_the_card_taken_done_and_opened_again(office: Office) -> None:
    browser = office.ines()
    due = (office.clock.now + timedelta(days=1)).date().isoformat()
    at = f"{PREFIX}/tasks/new?contact_id=1"
    answer = send(
        browser, f"{PREFIX}/tasks/new",
        {"title": "Call back", "contact_id": "berta", "due_at": [due, ""], "assignee": ""}, form_at=at,
    )  # fmt: skip
    assert answer.status_code == 303, text(answer)
    assert 'value="berta"' in browser.get(at).get_data(as_text=True)
    assert "Call back" in text(browser.get(card()))

    bulk(office, "tasks", "take", ["1"])
    assert rows(browser.get(f"{PREFIX}/tasks?whose=mine")) == ["Call back"]
    assert rows(browser.get(f"{PREFIX}/tasks?whose=free")) == []
    assert rows(browser.get(f"{PREFIX}/tasks?state=due")) == []
    office.clock.now += timedelta(days=3)
    assert rows(browser.get(f"{PREFIX}/tasks?state=due")) == ["Call back"]

    assert "1 task is done." in bulk(office, "tasks", "done", ["1"])
    assert rows(browser.get(f"{PREFIX}/tasks")) == []
    assert rows(browser.get(f"{PREFIX}/tasks?state=done")) == ["Call back"]
    bulk(office, "tasks", "reopen", ["1"])
    bulk(office, "tasks", "give back", ["1"])
    [task] = office.rows(Task)
    assert (task.done_at, task.assignee) == (None, None)


def test_a_task_is_changed_and_the_log_says_from_what(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/tasks/new", {"title": "Call"})
    answer = send(browser, f"{PREFIX}/tasks/1/edit", {"title": "Write", "assignee": "Vera Blum"})
    assert answer.status_code == 303

    page = text(browser.get(f"{PREFIX}/audit?noun=task"))
    assert "Call → Write" in page and "Done by: Vera Blum" in page


def test_the_menu_counts_what_is_to_be_done(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/tasks/new", {"title": "Call"})
    page = browser.get(f"{PREFIX}/").get_data(as_text=True)
    assert re.search(r'(?s)href="[^"]*/tasks"[^>]*>.{0,400}?Tasks.{0,120}?>1<', page)


def test_a_viewer_sees_notes_and_tasks_and_changes_nothing(office: Office) -> None:
    post(office, "notes", text="Called.")
    browser = office.browser(VERA)
    page = text(browser.get(card()))
    assert "Called." in page and "New note" not in page and "Put on" not in page
