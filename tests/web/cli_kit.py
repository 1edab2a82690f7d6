"""Run commands against a small shop and read what they say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from click.testing import Result

from tests.small_shop import SmallShop


@dataclass(frozen=True)
class CommandLine:
    """`flask firstline` in a shop."""

    shop: SmallShop

    def __call__(self, *args: str) -> Result:
        """Run a command; a traceback fails the test."""
        result = self.shop.app.test_cli_runner().invoke(args=["firstline", *args])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def ok(self, *args: str) -> str:
        """Run a command that must succeed; give what it says."""
        result = self(*args)
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, *args: str) -> Any:
        """Run a command with --json and read its answer."""
        return json.loads(self(*args, "--json").stdout)

    def refused(self, *args: str) -> str:
        """Run a command that must be refused as wrongly used; give the sentence."""
        result = self(*args)
        assert result.exit_code == 2, result.output
        return result.output.partition("Error: ")[2].strip()
