"""Conditions: read with the place of each mistake, judged exactly, and hostile ones refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.condition import MOST_DEPTH, MOST_ITEMS, MOST_TESTS, Faulty, Not, Problem
from flask_firstline.domain.condition_judging import Answer, Step, compiled
from flask_firstline.domain.condition_reading import as_number, read
from flask_firstline.domain.facts import EventFacts, FriendPast, PersonFacts, ReferralFacts, Scope
from flask_firstline.domain.rule import On
from flask_firstline.domain.rule_fields import getter, kind_at, kind_with_history

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def person(number: int = 1, **values: Any) -> PersonFacts:  # noqa: ANN401
    return PersonFacts(id=number, **{"created_at": NOW - timedelta(days=10), **values})


def scope(**values: Any) -> Scope:  # noqa: ANN401
    event = EventFacts(id=1, name="demo_done", at=NOW, data=values.pop("event", {}))
    return Scope(**{"now": NOW, "event": event, "friend": person(), "counts": {}, **values})


def judged(tree: object, at: Scope, on: On = On.EVENT) -> tuple[Answer, list[Step]]:
    steps: list[Step] = []
    judge = compiled(read(tree, kind_at(on), kind_with_history), getter)
    return judge(at, steps), steps


def met(field: str, operator: str, value: object, at: Scope, on: On = On.EVENT) -> bool:
    test = {"field": field, "operator": operator} | ({} if value is None else {"value": value})
    return bool(judged(test, at, on)[0])


def faults(tree: object, on: On = On.EVENT) -> dict[str, Problem]:
    with pytest.raises(Faulty) as refused:
        read(tree, kind_at(on), kind_with_history)
    return {fault.path: fault.problem for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("field", "operator", "value", "found"),
    [
        ("friend.country", "is", "de", True),
        ("friend.country", "is_not", "DE", False),
        ("friend.country", "in", ["AT", "DE"], True),
        ("friend.country", "not_in", ["AT", "DE"], False),
        ("friend.email", "contains", "@shop", True),
        ("friend.name", "starts_with", "ann", True),
        ("friend.name", "not_set", None, False),
        ("friend.segments", "has", "VIP", True),
        ("friend.segments", "has_not", "vip", False),
        ("friend.tags", "is_set", None, False),
        ("friend.created_at", "before", "2026-11-15", True),
        ("friend.created_at", "after", "2026-11-15", False),
        ("friend.days_known", "at_least", 10, True),
        ("friend.days_known", "more", 10, False),
        ("friend.data.seats", "at_least", 5, True),
        ("friend.data.seats", "less", "5", False),
        ("friend.data.plan", "is", "Pro", True),
        ("friend.data.newsletter", "is", True, True),
        ("friend.data.renewal", "after", "2026-12-01", True),
        ("event.data.amount", "more", "19.99", True),
        ("event.name", "is", "demo_done", True),
        ("sharer.country", "is_not", "DE", False),
        ("count.sharer", "every", 5, True),
        ("count.sharer", "is", 1, False),
    ],
)
def test_a_field_is_compared_as_what_it_holds(field: str, operator: str, value: object, found: bool) -> None:
    data = {"segments": ["vip"], "seats": "5", "plan": "pro", "newsletter": True, "renewal": "2027-01-01"}
    friend = person(country="DE", email="anna@shop.example", name="Anna", data=data)
    at = scope(friend=friend, event={"amount": "20.00"}, counts={"sharer": 10})

    assert met(field, operator, value, at) is found


def test_decimals_are_exact() -> None:
    at = scope(event={"sum": "0.3"})

    assert met("event.data.sum", "is", Decimal("0.1") + Decimal("0.2"), at)
    assert met("event.data.sum", "at_most", "0.300", at)


def test_missing_values_meet_nothing_and_the_trace_says_so() -> None:
    answer, steps = judged(
        {"any": [
            {"field": "friend.data.plan", "operator": "is_not", "value": "pro"},
            {"field": "sharer.name", "operator": "contains", "value": "a"},
            {"not": {"field": "friend.country", "operator": "is", "value": "DE"}},
        ]},
        scope(),
    )  # fmt: skip

    assert answer is True
    assert [(step.path, step.met, step.found) for step in steps] == [
        ("any[0]", False, None), ("any[1]", False, None), ("any[2].not", False, None),
    ]  # fmt: skip


def test_every_test_is_in_the_trace_also_when_the_answer_is_known() -> None:
    tree = {"all": [{"field": "friend.name", "operator": "is", "value": "X"}] * 3}

    answer, steps = judged(tree, scope(friend=person(name="Anna")))

    assert answer is False
    assert [step.path for step in steps] == ["all[0]", "all[1]", "all[2]"]


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ([], {"": Problem.NO_TREE}),
        ({"all": []}, {"all": Problem.EMPTY}),
        ({"all": "x"}, {"all": Problem.NO_TREE}),
        ({"all": [], "any": []}, {"": Problem.NO_TREE}),
        ({"field": 5, "operator": "is", "value": 1}, {"field": Problem.UNKNOWN_FIELD}),
        ({"field": "friend.shoe", "operator": "is", "value": 1}, {"field": Problem.UNKNOWN_FIELD}),
        ({"field": "event.total", "operator": "more", "value": 1}, {"field": Problem.NOT_HERE}),
        ({"field": "friend.name", "operator": "more", "value": 1}, {"operator": Problem.OPERATOR}),
        ({"field": "friend.name", "operator": "is"}, {"value": Problem.VALUE_MISSING}),
        ({"field": "friend.name", "operator": "is", "value": 5}, {"value": Problem.VALUE_TEXT}),
        ({"field": "friend.name", "operator": "is_set", "value": 5}, {"value": Problem.VALUE_UNWANTED}),
        ({"field": "friend.name", "operator": "in", "value": "x"}, {"value": Problem.VALUE_LIST}),
        ({"field": "friend.name", "operator": "in", "value": ["a", 5]}, {"value[1]": Problem.VALUE_TEXT}),
        ({"field": "friend.days_known", "operator": "more", "value": "x"}, {"value": Problem.VALUE_NUMBER}),
        ({"field": "friend.days_known", "operator": "more", "value": "NaN"}, {"value": Problem.VALUE_NUMBER}),
        ({"field": "friend.days_known", "operator": "more", "value": "1e9"}, {"value": Problem.VALUE_NUMBER}),
        ({"field": "event.at", "operator": "after", "value": "soon"}, {"value": Problem.VALUE_MOMENT}),
        ({"field": "count.sharer", "operator": "every", "value": 0}, {"value": Problem.VALUE_WHOLE}),
        ({"field": "count.sharer", "operator": "every", "value": "2.5"}, {"value": Problem.VALUE_WHOLE}),
        (
            {"friends": {"field": "friend.country", "operator": "is_set"}, "operator": "is", "value": 1},
            {"friends.field": Problem.WITHOUT_HISTORY},
        ),
        (
            {
                "friends": {"field": "friend.data.plan", "operator": "is_set"},
                "days": -1, "operator": "is", "value": 1,
            },
            {"days": Problem.SPAN},
        ),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_its_place(tree: object, found: dict[str, Problem]) -> None:
    assert faults(tree) == found
    assert faults({"any": [{"field": "friend.name", "operator": "is_set"}, {"not": tree}]}) == {
        f"any[1].not{'.' if path else ''}{path}": problem for path, problem in found.items()
    }


def test_all_mistakes_are_named_at_once() -> None:
    tree = {
        "all": [{"field": "a", "operator": "is", "value": 1}, {"field": "b", "operator": "is", "value": 1}]
    }

    assert faults(tree) == {"all[0].field": Problem.UNKNOWN_FIELD, "all[1].field": Problem.UNKNOWN_FIELD}


def test_deep_trees_are_refused() -> None:
    tree: dict[str, Any] = {"field": "friend.name", "operator": "is_set"}
    for _level in range(MOST_DEPTH - 1):
        tree = {"not": tree}
    assert isinstance(read(tree, kind_at(On.EVENT)), Not)

    for _level in range(50_000):
        tree = {"not": tree}
    assert list(faults(tree).values()) == [Problem.TOO_DEEP]


def test_large_trees_and_lists_are_refused() -> None:
    leaf = {"field": "friend.name", "operator": "is_set"}
    wide = {"any": [{"any": [leaf] * 20}] * 20}
    long = {"field": "friend.name", "operator": "in", "value": ["x"] * (MOST_ITEMS + 1)}

    assert set(faults({"any": [leaf] * (MOST_TESTS + 1)}).values()) == {Problem.TOO_MANY}
    assert list(faults(wide).values()) == [Problem.TOO_MANY]
    assert faults(long) == {"value": Problem.TOO_LONG}
    assert faults({"field": "friend.name", "operator": "is", "value": "x" * 501}) == {
        "value": Problem.TOO_LONG
    }


def test_counts_that_are_not_known_leave_the_answer_open_only_where_it_depends_on_them() -> None:
    fifth = {"field": "count.sharer", "operator": "every", "value": 5}
    german = {"field": "friend.country", "operator": "is", "value": "DE"}
    at = scope(counts=None)

    assert judged(fifth, at)[0] is None
    assert judged({"all": [fifth, german]}, at)[0] is False
    assert judged({"any": [fifth, {"not": german}]}, at)[0] is True
    assert judged({"not": fifth}, at)[0] is None


def test_time_is_measured_from_the_start_of_the_referral() -> None:
    referral = ReferralFacts(id=1, sharer_id=2, friend_id=1, started_at=NOW - timedelta(days=30, hours=12))

    assert met("referral.days", "at_least", "30.5", scope(referral=referral))
    assert not met("referral.days", "more", "30.5", scope(referral=referral))
    assert met("referral.started_at", "before", "2026-11-01", scope(referral=referral))
    assert not met("referral.days", "at_least", 0, scope())


def past(*states: tuple[int, str], referred: int = 400) -> FriendPast:
    return FriendPast(
        person=person(),
        referred_at=NOW - timedelta(days=referred),
        states=[
            (LONG_AGO if days < 0 else NOW - timedelta(days=days), {"plan": plan}) for days, plan in states
        ],
    )


@pytest.mark.parametrize(
    ("states", "referred", "counted"),
    [
        (((200, "pro"), (-1, "free")), 400, True),
        (((180, "pro"), (-1, "free")), 400, True),
        (((179, "pro"), (-1, "free")), 400, False),
        (((10, "pro"), (20, "free"), (-1, "pro")), 400, False),
        (((10, "pro"), (300, "pro"), (-1, "free")), 400, True),
        (((10, "free"), (-1, "pro")), 400, False),
        (((-1, "pro"),), 400, True),
        (((-1, "pro"),), 100, False),
    ],
)
def test_friends_count_who_have_met_it_without_a_break(
    states: tuple[tuple[int, str], ...], referred: int, counted: bool
) -> None:
    active = {"field": "friend.data.plan", "operator": "is", "value": "pro"}
    tree = {"friends": active, "days": 180, "operator": "at_least", "value": 1}

    assert judged(tree, scope(pasts=lambda: [past(*states, referred=referred)]))[0] is counted


def test_it_is_known_when_the_next_span_can_be_over() -> None:
    active = {"field": "friend.data.plan", "operator": "is", "value": "pro"}
    tree = {"friends": active, "days": 180, "operator": "at_least", "value": 2}
    at = scope(pasts=lambda: [past((30, "pro"), (-1, "x")), past((100, "pro"), (-1, "x")), past((-1, "pro"))])

    assert judged(tree, at)[0] is False
    assert at.judge_again == [NOW + timedelta(days=80)]


WORDS = ("all", "any", "not", "field", "operator", "value", "friends", "days", "x")
LEAVES = st.builds(
    lambda field, operator, value: {"field": field, "operator": operator, "value": value},
    st.sampled_from(["friend.data.a", "friend.data.b"]),
    st.sampled_from(["is", "is_not", "less", "at_least"]),
    st.integers(-3, 3),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda part: {"not": part}, inner),
        st.builds(
            lambda word, parts: {word: parts},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=8,
)  # fmt: skip


def by_hand(tree: dict[str, Any], data: dict[str, int]) -> bool:
    """Judge a tree as the docs say it, without anything of ours."""
    if "not" in tree:
        return not by_hand(tree["not"], data)
    if "all" in tree:
        return all(by_hand(part, data) for part in tree["all"])
    if "any" in tree:
        return any(by_hand(part, data) for part in tree["any"])
    found, wanted = data.get(tree["field"].rpartition(".")[2]), tree["value"]
    if found is None:
        return False
    answers: dict[str, bool] = {
        "is": found == wanted, "is_not": found != wanted, "less": found < wanted, "at_least": found >= wanted,
    }  # fmt: skip
    return answers[tree["operator"]]


@given(tree=TREES, data=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(-3, 3)))
def test_trees_are_judged_as_they_are_read(tree: dict[str, Any], data: dict[str, int]) -> None:
    try:
        node = read(tree, kind_at(On.EVENT))
    except Faulty as refused:
        assert {fault.problem for fault in refused.faults} == {Problem.TOO_DEEP}
        return
    steps: list[Step] = []

    assert compiled(node, getter)(scope(friend=person(data=data)), steps) is by_hand(tree, data)
    assert str(tree).count("'field'") == len(steps)


@given(
    tree=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
        max_leaves=20,
    )
)  # fmt: skip
def test_whatever_is_written_is_read_or_refused(tree: object) -> None:
    try:
        read(tree, kind_at(On.EVENT), kind_with_history)
    except Faulty as refused:
        assert refused.faults


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_numbers_are_kept_as_written(number: Decimal) -> None:
    assert as_number(f"{number:f}") == number
