"""A visitor of the shop: fetches pages over HTTP, keeps cookies, fills in forms as a browser would."""

from __future__ import annotations

import json
import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from .markup import Form, Reader

_AMOUNT = re.compile("(\N{MINUS SIGN}?)€([0-9,]+)[.]([0-9]{2})")
_SAYS = {
    "Accept-Language": "en",
    "Accept": "text/html",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}


class NotThere(AssertionError):
    """A page lacks what the visitor looked for."""


class Page:
    """A page as it was read: its texts in order, its links and its forms; `body` where it is a file."""

    def __init__(self, url: str, status: int, body: bytes) -> None:
        self.url, self.status, self.body = url, status, body
        self.html = body.decode(errors="replace")
        reader = Reader()
        reader.feed(self.html)
        self.texts, self.forms, self.links = reader.texts, reader.forms, reader.links
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

    def row_of(self, label: str) -> list[str]:
        """Give the figures that follow a label in a table, as they are written."""
        if label not in self.texts:
            raise NotThere(f"{self.url} does not show “{label}”; it says: {self.text[:600]}")
        return self.texts[self.texts.index(label) + 1 :][:12]

    def amount_of(self, label: str) -> int:
        """Give the first amount in the row of a label, in cents."""
        return next((read_cents(text) for text in self.row_of(label) if "€" in text), 0)

    def form(self, action: str) -> Form:
        """Find the form whose address ends so, or is that of the page itself."""
        for form in self.forms:
            if urljoin(self.url, form.action).split("?")[0].endswith(action):
                return form
        raise NotThere(f"{self.url} has no form for {action}; it says: {self.text[:600]}")

    def link(self, text: str) -> str:
        """Find the address of the first link that begins with a text, or whose own address does."""
        for address, words in self.links:
            if words.startswith(text) or address.startswith(text):
                return urljoin(self.url, address)
        raise NotThere(f"{self.url} has no link “{text}”; it says: {self.text[:600]}")


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
        self._browser.addheaders = list(_SAYS.items())

    def open(self, path: str) -> Page:
        """Fetch a page and follow where it leads."""
        return self._fetch(Request(urljoin(self.home, path)))  # noqa: S310 - the shop's own address

    def send(self, page: Page, action: str, *, button: str = "", **values: str) -> Page:
        """Fill in a form of a page and send it. Values replace what the form holds.

        `button` is the end of another address that one of the form's buttons sends to.
        """
        form = page.form(action)
        filled = urlencode({**form.values, **values})
        address = urljoin(page.url, self._by_button(page, form, button) if button else form.action)
        if form.method == "post":
            return self._fetch(Request(address, data=filled.encode(), headers={"Referer": page.url}))  # noqa: S310
        return self._fetch(Request(f"{address.split('?')[0]}?{filled}"))  # noqa: S310

    def call(self, path: str, told: object, *, key: str) -> Page:
        """Call the API as a program does: JSON, and a key."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = json.dumps(told).encode()
        return self._fetch(Request(urljoin(self.home, path), data=body, headers=headers))  # noqa: S310

    def _by_button(self, page: Page, form: Form, wanted: str) -> str:
        for address in form.others:
            if address.endswith(wanted):
                return address
        raise NotThere(f"{page.url} has no button for {wanted}")

    def _fetch(self, request: Request) -> Page:
        try:
            with self._browser.open(request, timeout=60) as answer:
                return Page(answer.url, answer.status, answer.read())
        except HTTPError as error:
            return Page(error.url or request.full_url, error.code, error.read())
