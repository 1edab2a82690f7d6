"""What the log of acts keeps of values before and after."""

from __future__ import annotations

from datetime import UTC, datetime

from flask_firstline.services.audit import entry

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def logged(before: dict[str, object], after: dict[str, object]) -> tuple[object, object]:
    row = entry(who="admin:1", act="change", noun="code", subject="x", before=before, after=after, now=NOW)
    return row["before"], row["after"]


def test_what_is_the_same_on_both_sides_is_not_kept() -> None:
    assert logged({"a": 1, "b": 2}, {"a": 1, "b": 3}) == ({"b": 2}, {"b": 3})


def test_what_came_or_went_is_kept_on_the_side_where_it_is() -> None:
    assert logged({"a": 1, "gone": 2}, {"a": 1, "came": 3}) == ({"gone": 2}, {"came": 3})


def test_what_came_without_a_value_says_nothing() -> None:
    assert logged({"a": 1, "gone": None}, {"a": 1, "came": None}) == ({}, {})
