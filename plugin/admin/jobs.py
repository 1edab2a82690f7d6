"""Work of the worker that failed, for batches and imports: seen on their pages, and tried again."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, g
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..models import CodeBatch, Upload
from ..services import audit, code_batches, code_uploads, jobs, legacy_uploads
from ..services.jobs import Job
from .acting import Acting
from .edge import blueprint, done, perform, session
from .show import to


def of_batches() -> Mapping[int, Job]:
    """Give the work that is not done by the ids of its batches; read once in a request."""
    return _open(code_batches.DRAW, "batch")


def of_uploads() -> Mapping[int, Job]:
    """Give the work that is not done by the ids of its files; read once in a request."""
    codes = _open(code_uploads.IMPORT, "upload")
    return {**codes, **_open(legacy_uploads.IMPORT, "upload")}


def given_up(found: Mapping[int, Job]) -> list[int]:
    """Give the ids of that whose work is given up."""
    return [about for about, job in found.items() if job.given_up]


def _open(topic: str, about: str) -> Mapping[int, Job]:
    name = f"firstline_jobs_{topic}"
    if name not in g:
        setattr(g, name, jobs.open_jobs(session().connection(), topic, about))
    found: Mapping[int, Job] = g.get(name)
    return found


@blueprint.post("/batches/<firstline_id:batch_id>/again")
def batch_again(batch_id: int) -> BaseResponse:
    """Let the worker try again to draw a batch."""
    batch = session().get(CodeBatch, batch_id)
    if batch is None:
        abort(404)
    subject = batch.occasion or batch.prefix or str(batch_id)
    return again(of_batches().get(batch_id), "code", subject, to("batch", batch_id=batch_id))


@blueprint.post("/imports/<firstline_id:upload_id>/again")
def import_again(upload_id: int) -> BaseResponse:
    """Let the worker try again to import a file; lines that are in stay in."""
    row = session().get(Upload, upload_id)
    if row is None:
        abort(404)
    return again(of_uploads().get(upload_id), "code", row.file_name, to("upload", upload_id=upload_id))


def again(job: Job | None, noun: str, subject: str, way_back: str) -> BaseResponse:
    """Let the worker try something again that it has given up, and go back to its page."""
    if job is None or not perform(lambda act: _let_try(act, job, noun, subject)):
        return done(way_back, _("It is being worked on already."), ok=False)
    return done(way_back, _("The worker tries it again."))


def _let_try(act: Acting, job: Job, noun: str, subject: str) -> bool:
    tried = jobs.try_again(act.conn, job, now=act.now)
    if tried:
        audit.record(act.conn, who=act.who, act="replay", noun=noun, subject=subject, now=act.now)
    return tried
