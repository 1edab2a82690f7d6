"""The commands of "Come from another system" do what the page says, and say in JSON what is wrong."""

from __future__ import annotations

from pathlib import Path

from tests.small_shop import SmallShop
from tests.web.cli_kit import CommandLine

from .conftest import said_by

PARTNERS = (
    "affiliate_id,payment_email,first_name,last_name,status,parent_affiliate_id,date_registered,iban\n"
    "7,anna@old.example,Anna,Meier,active,,2024-03-01 10:00:00,DE89370400440532013000\n"
    "8,bert@old.example,Bert,Wolf,active,7,2024-03-05 10:00:00,\n"
)
CONTACTS = "E-Mail;Name;Sponsor;Typ\nclara@old.example;Clara;8;Kunde\n"
BALANCES = "affiliate_id,unpaid_earnings,currency\n7,1250.50,EUR\n8,-3.00,EUR\n"


def test_every_command_of_the_page_works(shop: SmallShop) -> None:
    for name, text in (("partners", PARTNERS), ("contacts", CONTACTS), ("balances", BALANCES)):
        Path(f"{name}.csv").write_text(text, encoding="utf-8-sig")

    said = [text for _command, text in said_by(shop, "legacy.md")]

    new = "2 new, 0 changed, 0 as they were, 1 with a new sponsor, 0 bad lines."
    assert said[0] == f"{new}\nNothing was imported: this was a preview.\n"
    assert said[1] == f"{new}\nImported as number 2.\n"
    assert "1 new, 0 changed, 0 as they were, 1 with a new sponsor" in said[2]
    assert "Balances: 1247.50 EUR." in said[3]
    assert [line.split() for line in said[5].splitlines()[2:]] == [
        ["2", "created", "#1", "Anna", "Meier"],
        ["3", "created", "#2", "Bert", "Wolf", "#1"],
    ]
    run = CommandLine(shop)
    again = ("legacy", "import", "balances.csv", "--kind", "balances", "--origin", "AffiliateWP")
    assert run.json(*again, "--mapping", "none")["error"].startswith("There is no mapping called")
    assert run.json(*again)["unchanged"] == 2
    assert "--map email=COLUMN" in run.refused(
        "legacy", "import", "partners.csv", "--kind", "partners", "--origin", "x", "--map", "email="
    )
    Path("doubt.csv").write_text("email,joined,owner\nx@x.example,01/02/2026,nobody\n")
    doubt = ("legacy", "import", "doubt.csv", "--kind", "partners", "--origin", "AffiliateWP")
    assert "--dates" in run.refused(*doubt)
    bad = run("legacy", *doubt[1:], "--dates", "dmy", "--map", "above=owner", "--all-or-none", "--json")
    assert bad.exit_code == 1
    found = run.json(*doubt, "--dates", "dmy", "--map", "above=owner")["bad"]
    assert [(cell["line"], cell["column"], cell["problem"]) for cell in found] == [(2, "owner", "nobody")]
    saved = ("legacy", "import", "partners.csv", "--kind", "partners", "--origin", "AffiliateWP")
    assert run.json(*saved, "--mapping", "AffiliateWP export")["unchanged"] == 2
