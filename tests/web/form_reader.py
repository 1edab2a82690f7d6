"""Read a form of a page as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Fields = dict[str, list[str]]


class _Form(HTMLParser):
    """Collects the fields of the form at an address."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._action = action
        self._inside = False
        self._select = ""
        self._area = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action") == self._action and given.get("method") == "post"
        if not self._inside:
            return
        if tag == "input":
            self._input(given, checked="checked" in given)
        elif tag == "select":
            self._select = given["name"]
            self.fields[self._select] = []
        elif tag == "option" and ("selected" in given or not self.fields.get(self._select)):
            if self._select:
                self.fields[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._area, self._text = given["name"], []

    def _input(self, given: dict[str, str], *, checked: bool) -> None:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio") and not checked:
            return
        if "name" in given:
            self.fields.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area:
            self.fields[self._area] = ["".join(self._text)]
            self._area = ""


def fields_of(page: TestResponse, action: str) -> Fields:
    """Give the fields of the form that is sent to an address, as they stand."""
    form = _Form(action)
    form.feed(page.get_data(as_text=True))
    assert form.fields, f"there is no form for {action}"
    return form.fields


def press(browser: FlaskClient, page: TestResponse, action: str, button: str, **given: Any) -> TestResponse:
    """Fill in some fields (None takes one away) and press a button; the others go as they stand."""
    fields: dict[str, Any] = {**fields_of(page, action), "do": [button]}
    for name, value in given.items():
        fields.pop(name, None)
        if value is not None:
            fields[name] = value
    return browser.post(action, data=fields)
