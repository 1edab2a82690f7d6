"""Roles of the shop's staff: what they are allowed, and that the docs say the same."""

from __future__ import annotations

from pathlib import Path

from flask_firstline.domain.roles import Permission, Role, granted, only_looks, who_may

DOCS = Path(__file__).parents[2] / "docs" / "admin.md"


def documented() -> dict[str, set[str]]:
    """Give the roles that the docs name, by permission."""
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head, _rule, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {
        row[0].strip("`"): {role for role, cell in zip(head[2:], row[2:], strict=True) if cell == "yes"}
        for row in rows
    }


def test_the_docs_say_who_may_do_what() -> None:
    assert documented() == {one.value: {role.value for role in who_may(one)} for one in Permission}


def test_owners_may_do_all_and_viewers_only_look() -> None:
    assert granted(["owner"]) == set(Permission)
    assert granted(["viewer"]) == {Permission.LOOK}
    assert only_looks(granted(["viewer"]))
    assert not any(only_looks(granted([role])) for role in set(Role) - {Role.VIEWER})


def test_several_roles_allow_what_any_of_them_does() -> None:
    both = granted(["support", "marketing"])
    assert both == granted(["support"]) | granted(["marketing"])
    assert Permission.MONEY not in both


def test_a_role_that_nobody_knows_only_looks() -> None:
    assert granted(["boss"]) == granted([]) == {Permission.LOOK}
