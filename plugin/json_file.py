"""JSON as a file to keep."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response


def json_response(name: str, content: Mapping[str, object]) -> Response:
    """Send content as a file that people can read, too."""
    response = Response(json.dumps(content, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response
