"""Tags, notes, tasks, short messages, webhooks, and mails in the shop's own words."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TEXT = sa.Text()


def text(name: str, length: int, *, null: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=null, server_default=default)


def moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=null)


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns or ("id",), name=op.f(f"pk_{table}"))


def of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{table}_{column}"))


def one(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


CONTACT = "firstline_contact.id"
OPEN = sa.text("done_at IS NULL")
MESSAGE = "state IN ('waiting', 'sent', 'skipped')"


def upgrade() -> None:
    _create_work()
    _keep_tags()
    _create_sms()
    _create_webhooks()
    _create_templates()


def _create_work() -> None:
    tag = "firstline_contact_tag"
    op.create_table(
        tag,
        sa.Column("contact_id", BIG_ID, nullable=False),
        text("tag", 64),
        text("who", 100),
        moment("at"),
        check(tag, "not_empty", "tag <> ''"),
        of(tag, "contact_id", CONTACT),
        key(tag, "contact_id", "tag"),
    )
    op.create_index(f"ix_{tag}_tag", tag, ["tag", "contact_id"])
    note = "firstline_contact_note"
    op.create_table(
        note,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        text("once", 100, null=True),
        text("who", 100),
        moment("at"),
        of(note, "contact_id", CONTACT),
        key(note),
        one(note, "once"),
    )
    op.create_index(f"ix_{note}_contact_id", note, ["contact_id", "id"])
    task = "firstline_task"
    op.create_table(
        task,
        sa.Column("id", BIG_ID, nullable=False),
        text("title", 200),
        sa.Column("contact_id", BIG_ID, nullable=True),
        moment("due_at", null=True),
        text("assignee", 100, null=True),
        text("once", 100, null=True),
        text("made_by", 100),
        moment("created_at"),
        text("done_by", 100, null=True),
        moment("done_at", null=True),
        check(task, "title", "title <> ''"),
        check(task, "done", "(done_at IS NULL) = (done_by IS NULL)"),
        of(task, "contact_id", CONTACT),
        key(task),
        one(task, "once"),
    )
    op.create_index(f"ix_{task}_contact_id", task, ["contact_id", "id"])
    op.create_index(f"ix_{task}_open", task, ["due_at", "id"], postgresql_where=OPEN, sqlite_where=OPEN)


def _keep_tags() -> None:
    """Give the tags that contacts have by now a row each."""
    conn = op.get_bind()
    contact = sa.table(
        "firstline_contact", sa.column("id"), sa.column("tags"), sa.column("created_at", MOMENT)
    )
    made = sa.table(
        "firstline_contact_tag", sa.column("contact_id"), sa.column("tag"), sa.column("who"),
        sa.column("at", MOMENT),
    )  # fmt: skip
    tagged = conn.execute(sa.select(contact).where(contact.c.tags != "[]")).all()
    for row in tagged:
        tags = {str(tag).strip()[:64] for tag in json.loads(row.tags or "[]")} - {""}
        for tag in sorted(tags):
            conn.execute(made.insert().values(contact_id=row.id, tag=tag, who="", at=row.created_at))


def _create_sms() -> None:
    sms = "firstline_sms"
    op.create_table(
        sms,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        text("state", 8),
        text("error", 300, default=""),
        text("once", 100, null=True),
        text("who", 100),
        moment("created_at"),
        moment("ended_at", null=True),
        check(sms, "state", MESSAGE),
        of(sms, "contact_id", CONTACT),
        key(sms),
        one(sms, "once"),
    )
    op.create_index(f"ix_{sms}_contact_id", sms, ["contact_id", "id"])


def _create_webhooks() -> None:
    endpoint = "firstline_webhook_endpoint"
    op.create_table(
        endpoint,
        sa.Column("id", BIG_ID, nullable=False),
        text("name", 100),
        text("url", 500),
        sa.Column("events", TEXT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        text("key_id", 64),
        text("nonce", 64),
        text("made_by", 100),
        moment("created_at"),
        check(endpoint, "url", "url <> ''"),
        key(endpoint),
        one(endpoint, "name"),
    )
    delivery = "firstline_webhook_delivery"
    op.create_table(
        delivery,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("endpoint_id", BIG_ID, nullable=False),
        text("webhook_id", 64),
        text("event", 100),
        sa.Column("body", TEXT, nullable=False),
        text("state", 8),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        text("once", 100, null=True),
        moment("created_at"),
        moment("sent_at", null=True),
        check(delivery, "state", "state IN ('waiting', 'sent', 'dead')"),
        of(delivery, "endpoint_id", f"{endpoint}.id"),
        key(delivery),
        one(delivery, "webhook_id"),
        one(delivery, "once"),
    )
    op.create_index(f"ix_{delivery}_endpoint_id", delivery, ["endpoint_id", "id"])
    op.create_index(f"ix_{delivery}_state", delivery, ["state", "id"])
    made = "firstline_webhook_try"
    op.create_table(
        made,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("delivery_id", BIG_ID, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", TEXT, server_default="", nullable=False),
        text("error", 300, default=""),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        moment("at"),
        of(made, "delivery_id", f"{delivery}.id"),
        key(made),
    )
    op.create_index(f"ix_{made}_delivery_id", made, ["delivery_id", "id"])


def _create_templates() -> None:
    template = "firstline_mail_template"
    op.create_table(
        template,
        text("name", 40),
        text("title", 100),
        sa.Column("can_be_left", sa.Boolean(), nullable=False),
        text("made_by", 100),
        moment("created_at"),
        check(template, "name", "name <> ''"),
        key(template, "name"),
    )
    said = "firstline_mail_text"
    op.create_table(
        said,
        text("template", 40),
        text("locale", 35),
        text("subject", 150),
        sa.Column("text", TEXT, nullable=False),
        text("changed_by", 100),
        moment("changed_at"),
        key(said, "template", "locale"),
    )
    mail = "firstline_templated_mail"
    op.create_table(
        mail,
        sa.Column("id", BIG_ID, nullable=False),
        text("template", 40),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("words", TEXT, nullable=False),
        text("state", 8),
        text("once", 100, null=True),
        moment("created_at"),
        moment("ended_at", null=True),
        check(mail, "state", MESSAGE),
        of(mail, "template", f"{template}.name"),
        of(mail, "contact_id", CONTACT),
        key(mail),
        one(mail, "once"),
    )
    op.create_index(f"ix_{mail}_contact_id", mail, ["contact_id", "id"])


def downgrade() -> None:
    for name in (
        "templated_mail", "mail_text", "mail_template", "webhook_try", "webhook_delivery",
        "webhook_endpoint", "sms", "task", "contact_note", "contact_tag",
    ):  # fmt: skip
        op.drop_table(f"firstline_{name}")
