"""The sponsor tree as text paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.tree import LONGEST_PATH, child_path, closes_circle, moved, range_below, upline


def path_to(*ids: int) -> str:
    path: str | None = ""
    for contact_id in ids:
        path = child_path(path, contact_id)
    assert path is not None
    return path


def test_a_path_names_who_stands_above_the_topmost_first() -> None:
    assert path_to() == ""
    assert path_to(1, 5) == "1/5/"


def test_the_upline_begins_with_the_nearest() -> None:
    assert upline("1/5/9/") == [9, 5, 1]
    assert upline("") == []


def test_beyond_the_bound_there_is_no_path_for_anybody_below() -> None:
    fitting = "1/" * (LONGEST_PATH // 2 - 1)

    assert child_path(fitting, 7) == fitting + "7/"
    assert child_path(fitting, 77) is None
    assert child_path(None, 7) is None


def test_the_range_holds_all_below_and_nobody_else() -> None:
    low, high = range_below("1/5/", 9)

    assert (low, high) == ("1/5/9/", "1/5/90")
    assert all(low <= path < high for path in ("1/5/9/", "1/5/9/2/", "1/5/9/99/100/"))
    assert not any(low <= path < high for path in ("", "1/5/", "1/5/8/", "1/5/90/", "1/5/91/", "1/59/", "2/"))


PARENTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=40)


@given(PARENTS)
def test_in_any_tree_the_range_finds_just_those_whose_upline_holds_the_contact(parents: list[int]) -> None:
    paths = [""]
    for contact_id, choice in enumerate(parents, 1):
        parent = choice % contact_id
        path = child_path(paths[parent], parent)
        assert path is not None
        paths.append(path)

    for contact_id, path in enumerate(paths):
        low, high = range_below(path, contact_id)
        by_range = [other for other, its in enumerate(paths) if low <= its < high]
        by_upline = [other for other, its in enumerate(paths) if contact_id in upline(its)]
        assert by_range == by_upline


def test_who_moves_takes_along_all_below() -> None:
    assert moved("1/5/", "1/5/", "2/") == "2/"
    assert moved("1/5/9/", "1/5/", "2/") == "2/9/"
    assert moved("5/9/", "", "1/") == "1/5/9/"
    assert moved("1/5/9/", "1/", "") == "5/9/"


def test_who_moves_too_deep_has_no_path_any_more() -> None:
    deep = "1/" * (LONGEST_PATH // 2)

    assert moved("5/", "", deep) is None
    assert moved("1/5/", "1/", None) is None


def test_only_who_stands_below_is_moved_along() -> None:
    with pytest.raises(ValueError, match="'2/9/' does not begin with '1/'"):
        moved("2/9/", "1/", "3/")


def test_nobody_comes_to_stand_above_himself() -> None:
    assert closes_circle(5, [9, 5, 1])
    assert closes_circle(5, iter([5]))
    assert not closes_circle(5, [9, 1])
    assert not closes_circle(5, [])
