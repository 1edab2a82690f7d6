"""Campaigns of customers for customers: make them, list them, switch them on and off."""

from __future__ import annotations

import click

from ..services import campaigns
from ..services.given import Given
from ..services.written_campaigns import make_campaign, write_campaign
from ..state import current_state
from .group import Answer, Commands, answering, firstline, in_unit, table, who

campaign = Commands("campaign", help="Campaigns: orders yield codes to pass on, and who shares gets rewards.")
firstline.add_command(campaign)
_HEAD = ("campaign", "on", "discount", "kickback", "from", "until")


@campaign.command("add")
@click.argument("name")
@click.option("--discount", required=True, help="What a friend saves: 5.00, or a per cent such as 10%.")
@click.option("--kickback", help="What the sharer gets for each redemption: 5.00, or 10%.")
@click.option("--share", multiple=True, help="What a proven way of sharing brings; repeated for a ladder.")
@click.option("--currency", help="Currency of the amounts; by default FIRSTLINE_CURRENCY.")
@click.option("--min-order", help="The friend's goods for at least this much, without shipping.")
@click.option("--all-customers", is_flag=True, default=None, help="Not for new customers only.")
@click.option("--product", multiple=True, help="Orders with this product yield a code; may be repeated.")
@click.option("--category", multiple=True, help="Orders with this category yield one; may be repeated.")
@click.option("--for-product", multiple=True, help="Codes count for this product; may be repeated.")
@click.option("--for-category", multiple=True, help="Codes count for this category; may be repeated.")
@click.option("--from", help="When it begins; by default now.")
@click.option("--until", help="When it ends; a date includes its day.")
@click.option("--max", help="Redemptions at most.")
@click.option("--kickback-days", help="So many days a kickback can be used.")
@click.option("--remind-after", help="Days after which who has not shared gets a mail.")
@click.option("--hold-days", help="Days in which a friend may return; by default FIRSTLINE_HOLD_DAYS.")
@click.option(
    "--landing", help="Page of the shop to which friends are led, such as /balm; by default its start."
)
@answering
def add(name: str, **options: object) -> Answer:
    """Make a campaign called NAME."""
    typed = {key: value for key, value in options.items() if value not in (None, ())}
    given = Given(values={"name": name, **typed}, settings=current_state().settings)
    campaign_id = in_unit(lambda state, conn: make_campaign(conn, given, who=who(), now=state.now()))
    return Answer(
        text=f"The campaign {name.strip()!r} is made. Each order yields a code from now on.",
        data={"id": campaign_id, "name": name.strip()},
    )


@campaign.command("list")
@answering
def list_() -> Answer:
    """List all campaigns, the one that began last first."""
    conn = current_state().session().connection()
    found = [write_campaign(conn, row) for row in campaigns.all_campaigns(conn)]
    rows = [
        (one["name"], one["active"], one["discount"], one["kickback"], one["from"], one["until"])
        for one in found
    ]
    return Answer(text=table(_HEAD, rows, empty="There is no campaign yet."), data=found)


@campaign.command("on")
@click.argument("name")
@answering
def on(name: str) -> Answer:
    """Switch the campaign NAME with its codes on."""
    return _switched(name, active=True)


@campaign.command("off")
@click.argument("name")
@answering
def off(name: str) -> Answer:
    """Switch the campaign NAME with its codes off; rewards stay."""
    return _switched(name, active=False)


def _switched(name: str, *, active: bool) -> Answer:
    changed = in_unit(
        lambda state, conn: campaigns.set_active(
            conn, campaigns.get_campaign_by_name(conn, name).id, active, who=who(), now=state.now()
        )
    )
    word = "on" if active else "off"
    said = "is" if changed else "was already"
    return Answer(
        text=f"The campaign {name.strip()!r} {said} {word}.", data={"changed": changed, "active": active}
    )
