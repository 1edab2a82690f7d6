"""What the worker does outside of any transaction, and how it can end."""

from __future__ import annotations

from collections.abc import Callable

Effect = Callable[[], None]
MOST_ATTEMPTS = 12
"""So often something is tried before a person has to look."""


class CannotYet(Exception):  # noqa: N818 - nothing failed
    """It can be done as soon as somebody has mended what the text says; until then the row waits."""


class NotTaken(Exception):  # noqa: N818 - tried again
    """Somebody outside could not be reached, or did not take it; the text says why."""


class Never(Exception):  # noqa: N818 - nothing is to be tried again
    """It can never be done; the text says why."""
