"""A credit that two partners share: one code, one sale, two chains, and every cent once."""

from __future__ import annotations

from .. import seeds
from ..scene import Step, Story, ask, expect, give_address, put, type_code

TITLE = "A credit that two share"
EARNED = {"Meier": 197, "Opa": 131 + 20, "Schulz": 98}
"""Cents: Meier and Opa by their halves, Schulz and Opa above Meier."""


def meier_and_opa_share(story: Story) -> None:
    """Meier and Opa stand at the town fair together: what its code brings is shared 60 to 40."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/codes/new")
    coupon = page.form("/codes/new").options["coupon_id", "5 EUR for new customers"]
    filled = {"display": story.fair_code, "owner_id": seeds.MEIER.number, "coupon_id": coupon}
    page = office.send(page, "/codes/new", **filled)
    page = office.open(page.link(story.fair_code))
    page = office.open(page.link("Share"))
    who = {"partner_0": seeds.MEIER.number, "partner_1": seeds.OPA.number, "reason": "Both stood at the fair"}
    refused = office.send(page, page.url, **who, weight_0="60", weight_1="30")
    expect("90 % are refused", refused.status, 422)
    page = office.send(page, page.url, **who, weight_0="60", weight_1="40")
    expect("it is kept", "It is kept." in page.text, True)
    story.say("weights that do not make 100 % were refused")


def fay_orders(story: Story) -> None:
    """Fay buys two towels with it: each half earns by its partner's own terms and line.

    44.00 - 5.00 = 39.00, VAT 6.23, net 32.77. Meier 10 % of 60 % = 1.9662, Opa 10 % of 40 % = 1.3108; above
    Meier Schulz 5 % of 60 % = 0.9831, Opa 1 % of 60 % = 0.1966.
    """
    fay = story.newcomer()
    before = {name: story.on_hold(name) for name in EARNED}
    put(fay, "towel-linen", 2)
    type_code(fay, story.fair_code)
    page = give_address(fay, story, email=f"fay.moser.{story.run}@example.org", name="Fay Moser", house=5)
    page = fay.send(page, "/checkout/place")
    page = fay.send(page, page.url.removeprefix(story.home), way="pay")
    story.kept["fair"] = page.texts[page.texts.index("paid") - 1].removeprefix("Order ")
    expect("earned", {name: story.on_hold(name) - held for name, held in before.items()}, EARNED)
    story.say(
        "Meier 1.97 + Opa 1.31 = 3.28 EUR, as one partner would earn; Schulz 0.98, Opa 0.20 above Meier"
    )


def why_two(story: Story) -> None:
    """The page of the order says whose it is, and what each part brought."""
    page = ask(story, story.kept["fair"])
    for part in ("60%", "40%"):
        expect(f"the part of {part}", part in page.text, True)
    expect("all commissions", page.amount("Commission"), sum(EARNED.values()))
    story.say("1.97 + 1.31 + 0.98 + 0.20 = 4.46 EUR")


STEPS: tuple[Step, ...] = (meier_and_opa_share, fay_orders, why_two)
