"""Tags, notes and tasks, on either database: kept once, moved with a double, gone with the person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from flask_firstline import Customer
from flask_firstline.models import Audit, Contact, ContactNote, ContactTag, Task
from flask_firstline.services import contact_notes, merging, tagging, tasks
from flask_firstline.services.context import Context
from flask_firstline.services.mistakes import BadTag, BadText, NotThere
from flask_firstline.testing import FakeShop

Result = TypeVar("Result")


def act(shop: FakeShop, work: Callable[[Context], Result]) -> Result:
    with shop.app.app_context(), shop.transaction() as session:
        return work(shop.state.context(session.connection()))


def add(shop: FakeShop, ref: str) -> int:
    with shop.app.app_context():
        shop.firstline.customer_registered(Customer(ref=ref, email=f"{ref}@post.example"), commit=True)
    return int(shop.rows(Contact, ref=ref)[0].id)


def tag(shop: FakeShop, contact_id: int, name: str) -> bool:
    return act(shop, lambda ctx: tagging.tag(ctx, contact_id, name, who="Ines"))


def test_a_tag_is_kept_once_in_one_spelling_and_the_shop_sees_it(shop: FakeShop) -> None:
    ina = add(shop, "ina")

    assert tag(shop, ina, "  Knows   balm ")
    assert not tag(shop, ina, "knows BALM")
    assert tag(shop, ina, "stammkunde")

    with shop.app.app_context():
        view = shop.firstline.contact("ina")
    assert view is not None
    assert view.tags == ("knows balm", "stammkunde")
    assert [row.after for row in shop.rows(Audit, act="tag")] == [
        {"tag": "knows balm"},
        {"tag": "stammkunde"},
    ]


def test_a_tag_that_is_taken_off_is_gone_and_the_rest_stays(shop: FakeShop) -> None:
    ina = add(shop, "ina")
    tag(shop, ina, "one")
    tag(shop, ina, "two")

    assert act(shop, lambda ctx: tagging.untag(ctx, ina, "One", who="Ines"))
    assert not act(shop, lambda ctx: tagging.untag(ctx, ina, "one", who="Ines"))

    assert shop.rows(Contact, ref="ina")[0].tags == ["two"]
    assert act(shop, lambda ctx: tagging.known(ctx.conn)) == [("two", 1)]


@pytest.mark.parametrize("name", ["", "  ", "a,b", "x" * 65, "a\x07b"])
def test_what_is_no_tag_is_refused(shop: FakeShop, name: str) -> None:
    ina = add(shop, "ina")
    with pytest.raises(BadTag):
        tag(shop, ina, name)


def test_there_are_at_most_fifty_tags_and_the_one_too_many_leaves_nothing(shop: FakeShop) -> None:
    ina = add(shop, "ina")
    act(shop, lambda ctx: [tagging.tag(ctx, ina, f"t{n}", who="Ines") for n in range(50)])

    with pytest.raises(BadTag):
        tag(shop, ina, "one too many")
    assert len(shop.rows(ContactTag)) == len(shop.rows(Contact, ref="ina")[0].tags) == 50


def test_a_note_and_a_task_with_a_key_are_written_once(shop: FakeShop) -> None:
    ina = add(shop, "ina")
    due = shop.clock.now + timedelta(days=2)

    first = act(shop, lambda ctx: contact_notes.add(ctx, ina, "Called.", "rule 1", key="rule 1 event 7"))
    again = act(shop, lambda ctx: contact_notes.add(ctx, ina, "Called.", "rule 1", key="rule 1 event 7"))
    other = act(shop, lambda ctx: contact_notes.add(ctx, ina, "Called.", "Ines"))
    assert first == again != other

    for _ in range(2):
        act(shop, lambda ctx: tasks.add(ctx, "Call back", ina, due, who="rule 1", key="rule 1 event 7"))
    [task] = shop.rows(Task)
    assert (task.title, task.contact_id, task.due_at, task.made_by) == ("Call back", ina, due, "rule 1")


def test_a_task_is_taken_done_once_and_opened_again(shop: FakeShop) -> None:
    task_id = act(shop, lambda ctx: tasks.add(ctx, "Order balm", who="Ines"))

    assert act(shop, lambda ctx: tasks.assign(ctx, task_id, "Ines", who="Ines"))
    assert not act(shop, lambda ctx: tasks.assign(ctx, task_id, "Ines", who="Ines"))
    assert act(shop, lambda ctx: tasks.done(ctx, task_id, who="Ines"))
    assert not act(shop, lambda ctx: tasks.done(ctx, task_id, who="Jan"))
    assert shop.rows(Task)[0].done_by == "Ines"
    assert act(shop, lambda ctx: ctx.conn.scalar(tasks.opened(ctx.now))) == 0

    assert act(shop, lambda ctx: tasks.reopen(ctx, task_id, who="Jan"))
    assert act(shop, lambda ctx: ctx.conn.scalar(tasks.opened(ctx.now))) == 1
    assert [row.act for row in shop.rows(Audit, noun="task")] == ["assign", "done", "reopen"]


def test_a_task_for_a_later_day_is_not_counted_yet(shop: FakeShop) -> None:
    act(shop, lambda ctx: tasks.add(ctx, "Later", due_at=ctx.now + timedelta(hours=1), who="Ines"))
    assert act(shop, lambda ctx: ctx.conn.scalar(tasks.opened(ctx.now))) == 0
    assert act(shop, lambda ctx: ctx.conn.scalar(tasks.opened(ctx.now + timedelta(hours=1)))) == 1


def test_what_has_no_words_or_is_about_nobody_is_refused(shop: FakeShop) -> None:
    ina = add(shop, "ina")
    for wrong in ("", " ", "x" * 4001):
        with pytest.raises(BadText):
            act(shop, lambda ctx, text=wrong: contact_notes.add(ctx, ina, text, "Ines"))  # type: ignore[misc]
    with pytest.raises(BadText):
        act(shop, lambda ctx: tasks.add(ctx, "x" * 201, who="Ines"))
    for work in (
        lambda ctx: tagging.tag(ctx, 99, "x", who="Ines"),
        lambda ctx: contact_notes.add(ctx, 99, "x", "Ines"),
        lambda ctx: tasks.add(ctx, "x", 99, who="Ines"),
        lambda ctx: tasks.done(ctx, 99, who="Ines"),
    ):
        with pytest.raises(NotThere):
            act(shop, work)


def test_a_double_brings_its_tags_notes_and_tasks(shop: FakeShop) -> None:
    ina, jan = add(shop, "ina"), add(shop, "jan")
    for contact_id, name in ((ina, "both"), (jan, "both"), (jan, "only jan")):
        tag(shop, contact_id, name)
    act(shop, lambda ctx: contact_notes.add(ctx, jan, "Called.", "Ines"))
    act(shop, lambda ctx: tasks.add(ctx, "Call back", jan, who="Ines"))

    act(shop, lambda ctx: merging.merge(ctx.conn, jan, ina, why="same", who="Ines", now=ctx.now))

    assert shop.rows(Contact, ref="ina")[0].tags == ["both", "only jan"]
    assert {row.contact_id for row in shop.rows(ContactTag)} == {ina}
    assert [row.contact_id for row in (*shop.rows(ContactNote), *shop.rows(Task))] == [ina, ina]


def test_who_is_erased_leaves_none_of_them(shop: FakeShop) -> None:
    ina = add(shop, "ina")
    tag(shop, ina, "vip")
    act(shop, lambda ctx: contact_notes.add(ctx, ina, "Lives in Ulm.", "Ines"))
    act(shop, lambda ctx: tasks.add(ctx, "Call Ina", ina, who="Ines"))

    with shop.app.app_context():
        shop.firstline.customer_erased("ina", commit=True)

    assert (shop.rows(ContactTag), shop.rows(ContactNote), shop.rows(Task)) == ([], [], [])
