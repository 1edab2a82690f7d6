"""Words for files from other systems: their kinds, our columns, and what is not taken."""

from __future__ import annotations

from collections.abc import Mapping

from ..i18n import lazy_gettext as _l
from ..models import UploadKind
from ..services.legacy_cells import DateOrder
from ..services.legacy_fields import Field, Left
from ..services.legacy_sums import DecimalSign

KINDS: Mapping[str, str] = {
    UploadKind.PARTNERS.value: _l("Partners"),
    UploadKind.CONTACTS.value: _l("Contacts"),
    UploadKind.BALANCES.value: _l("Opening balances"),
}
LEADS: Mapping[str, str] = {
    UploadKind.PARTNERS.value: _l(
        "Who is a partner, and who stands above whom. Nobody gets a mail by the import: invite them "
        "afterwards from the list of partners."
    ),
    UploadKind.CONTACTS.value: _l(
        "Prospects and customers, and in whose first line they are. Who has a sponsor here keeps it."
    ),
    UploadKind.BALANCES.value: _l(
        "What was still owed to partners in the other system. Each is posted by hand, once for each "
        "partner and currency, and can be paid out at once."
    ),
}
FIELDS: Mapping[Field, str] = {
    Field.OLD: _l("Number there"),
    Field.NUMBER: _l("Customer number"),
    Field.EMAIL: _l("E-mail address"),
    Field.NAME: _l("Whole name"),
    Field.FIRST_NAME: _l("First name"),
    Field.LAST_NAME: _l("Last name"),
    Field.COMPANY: _l("Company"),
    Field.PHONE: _l("Phone"),
    Field.SITE: _l("Web site"),
    Field.LANGUAGE: _l("Language"),
    Field.STATUS: _l("Status"),
    Field.TYPE: _l("Prospect or customer"),
    Field.SINCE: _l("Joined on"),
    Field.ABOVE: _l("Partner above"),
    Field.PARTNER: _l("Partner"),
    Field.AMOUNT: _l("Amount"),
    Field.CURRENCY: _l("Currency"),
    Field.AS_OF: _l("As of"),
    Field.NOTE: _l("Note"),
}
OF_CONTACTS: Mapping[Field, str] = {Field.SINCE: _l("Has the sponsor since"), Field.ABOVE: _l("Sponsor")}
LEFT: Mapping[Left, str] = {
    Left.BANK: _l("Bank and tax details are not taken: each partner enters them in the desk, with proof."),
    Left.LOG_IN: _l("Passwords are not taken: partners set a new one by the link in the invitation."),
    Left.CODE: _l("Codes have an import of their own, with their owners."),
    Left.LINK: _l("Links there do not lead here: each partner gets links of this shop."),
    Left.SUM: _l("Sums of the past are not taken; what is still owed comes with the opening balances."),
}
DATES: Mapping[str, str] = {
    DateOrder.YEAR_FIRST.value: _l("year, month, day: 2026-12-31"),
    DateOrder.DAY_FIRST.value: _l("day, month, year: 31.12.2026"),
    DateOrder.MONTH_FIRST.value: _l("month, day, year: 12/31/2026"),
}
DECIMALS: Mapping[str, str] = {
    DecimalSign.POINT.value: _l("a point: 1250.00"),
    DecimalSign.COMMA.value: _l("a comma: 1250,00"),
}
OUTCOMES: Mapping[str, str] = {
    "created": _l("New"),
    "changed": _l("Changed"),
    "unchanged": _l("Unchanged"),
    "overtaken": _l("Left out, since something has changed meanwhile"),
}


def field_name(kind: str, field: Field) -> str:
    """Give what one of our columns is called for files of a kind."""
    own = OF_CONTACTS if kind == UploadKind.CONTACTS.value else {}
    return str(own.get(field) or FIELDS[field])
