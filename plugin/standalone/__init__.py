"""The partner program as an app of its own, for shops that are no Flask apps.

`flask --app flask_firstline.standalone run`, or `gunicorn "flask_firstline.standalone:create_app()"`.
"""

from __future__ import annotations

from .app import create_app

__all__ = ["create_app"]
