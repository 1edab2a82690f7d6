"""A visitor of the shop: fetches pages over HTTP, keeps cookies, fills in forms as a browser would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

Fields = dict[str, str]
_SILENT = frozenset({"script", "style", "title"})
_AMOUNT = re.compile("(\N{MINUS SIGN}?)€([0-9,]+)[.]([0-9]{2})")


class NotThere(AssertionError):
    """A page lacks what the visitor looked for."""


@dataclass(kw_only=True)
class Form:
    """A form of a page with the values it would send."""

    action: str
    method: str
    values: Fields = field(default_factory=dict)
    choices: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._silent += tag in _SILENT
        if tag == "form":
            self._form = Form(action=given.get("action", ""), method=given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag in ("input", "button") and self._form is not None and given.get("name"):
            self._keep(self._form, tag, given)

    def _keep(self, form: Form, tag: str, given: Fields) -> None:
        kind = given.get("type", "submit" if tag == "button" else "text")
        if kind == "submit":
            form.choices.append((given["name"], given.get("value", "")))
        elif kind in ("radio", "checkbox"):
            form.choices.append((given["name"], given.get("value", "on")))
            if "checked" in given:
                form.values[given["name"]] = given.get("value", "on")
        else:
            form.values[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._silent:
            self.texts.append(text)


class Page:
    """A page as it was read: its texts in order and its forms."""

    def __init__(self, url: str, status: int, html: str) -> None:
        self.url, self.status, self.html = url, status, html
        reader = _Reader()
        reader.feed(html)
        self.texts, self.forms = reader.texts, reader.forms
        self.text = " ".join(self.texts)

    def after(self, label: str, *, skip: int = 0) -> str:
        """Give the text that follows a label, or one further on."""
        for text, following in zip(self.texts, self.texts[1 + skip :], strict=False):
            if text == label:
                return following
        raise NotThere(f"{self.url} does not show “{label}”; it says: {self.text[:600]}")

    def amount(self, label: str, *, skip: int = 0) -> int:
        """Give the amount behind a label, in cents."""
        return read_cents(self.after(label, skip=skip))

    def form(self, action: str) -> Form:
        """Find the form whose address ends so, or is that of the page itself."""
        for form in self.forms:
            if urljoin(self.url, form.action).split("?")[0].endswith(action):
                return form
        raise NotThere(f"{self.url} has no form for {action}; it says: {self.text[:600]}")


def read_cents(text: str) -> int:
    """Read an amount such as €1,234.50 as cents."""
    found = _AMOUNT.search(text.replace("\N{NO-BREAK SPACE}", ""))
    if not found:
        raise NotThere(f"“{text}” is no amount")
    minus, whole, decimals = found.groups()
    return int(whole.replace(",", "") + decimals) * (-1 if minus else 1)


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, home: str) -> None:
        self.home = home
        self._browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        self._browser.addheaders = [("Accept-Language", "en"), ("Accept", "text/html")]

    def open(self, path: str) -> Page:
        """Fetch a page and follow where it leads."""
        return self._fetch(Request(urljoin(self.home, path)))  # noqa: S310 - the shop's own address

    def send(self, page: Page, action: str, **values: str) -> Page:
        """Fill in a form of a page and send it. Values replace what the form holds."""
        form = page.form(action)
        filled = urlencode({**form.values, **values})
        address = urljoin(page.url, form.action)
        if form.method == "post":
            return self._fetch(Request(address, data=filled.encode(), headers={"Referer": page.url}))  # noqa: S310
        return self._fetch(Request(f"{address.split('?')[0]}?{filled}"))  # noqa: S310

    def _fetch(self, request: Request) -> Page:
        try:
            with self._browser.open(request, timeout=60) as answer:
                return Page(answer.url, answer.status, answer.read().decode())
        except HTTPError as error:
            return Page(error.url or request.full_url, error.code, error.read().decode())
