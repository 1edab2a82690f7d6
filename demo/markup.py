"""Read the markup of a page: its texts, its links, and its forms with the values they would send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Fields = dict[str, str]
_SILENT = frozenset({"script", "style", "title"})


@dataclass(kw_only=True)
class Form:
    """A form of a page with the values it would send; `others`: addresses that its buttons name."""

    action: str
    method: str
    values: Fields = field(default_factory=dict)
    choices: list[tuple[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    options: dict[tuple[str, str], str] = field(default_factory=dict)
    """The value of each option of a list, by the list's name and the option's text."""


class Reader(HTMLParser):
    """Reads a page from its beginning to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._silent = 0
        self._select = self._area = ""
        self._option: str | None = None
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._silent += tag in _SILENT
        if tag == "a":
            self._link = given.get("href")
        elif tag == "form":
            self._form = Form(action=given.get("action", ""), method=given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._part_of(self._form, tag, given)

    def _part_of(self, form: Form, tag: str, given: Fields) -> None:
        if tag in ("input", "button"):
            self._keep(form, tag, given)
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "textarea":
            self._area = given.get("name", "")
            form.values[self._area] = ""
        elif tag == "option" and self._select:
            self._option = given.get("value", "")
            if "selected" in given or self._select not in form.values:
                form.values[self._select] = given.get("value", "")

    def _keep(self, form: Form, tag: str, given: Fields) -> None:
        kind = given.get("type", "submit" if tag == "button" else "text")
        if given.get("formaction"):
            form.others.append(given["formaction"])
        if not given.get("name"):
            return
        if kind == "submit":
            form.choices.append((given["name"], given.get("value", "")))
        elif kind in ("radio", "checkbox"):
            form.choices.append((given["name"], given.get("value", "on")))
            if "checked" in given:
                form.values[given["name"]] = given.get("value", "on")
        elif kind != "file":
            form.values[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT
        if tag == "form":
            self._form = None
        elif tag == "a":
            self._link = None
        elif tag == "select":
            self._select, self._option = "", None
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area:
            self._form.values[self._area] += data
        text = " ".join(data.split())
        if text and self._form is not None and self._option is not None:
            self._form.options[self._select, text] = self._option
        if text and not self._silent:
            self.texts.append(text)
            if self._link is not None:
                self.links.append((self._link, text))
