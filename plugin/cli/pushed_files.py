"""Codes as files for other shops: tables, lines of JSON, or JSON, by the ending of the file's name."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import IO, Any

from ..domain.platforms import Platform
from ..services.mistakes import Mistake

Codes = Sequence[Mapping[str, Any]]


def write_codes(output: IO[str], codes: Codes, platform: Platform, coupon: str, zone: tzinfo) -> None:
    """Write the codes of a coupon. Raises Mistake where the platform's tools read no tables."""
    ending = Path(output.name).suffix.lower()
    if ending == ".csv":
        _write_table(output, codes, platform, coupon, zone)
    elif ending == ".jsonl":
        output.writelines(json.dumps(one, ensure_ascii=False, default=float) + "\n" for one in codes)
    else:
        json.dump({"create": codes}, output, ensure_ascii=False, indent=2, default=float)


def _write_table(output: IO[str], codes: Codes, platform: Platform, coupon: str, zone: tzinfo) -> None:
    """Write a table for programs: cells stay as they are, also where a spreadsheet would see a formula."""
    if platform.table is None:
        raise Mistake(f"{platform.title} reads no tables of codes: give a file that ends in .jsonl or .json.")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(platform.table.columns)
    writer.writerows(platform.table.row(one, coupon, zone) for one in codes)
