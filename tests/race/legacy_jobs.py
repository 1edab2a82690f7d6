"""What the processes do with files of other systems at once."""

from __future__ import annotations

from flask_firstline.models import UploadKind
from flask_firstline.services import legacy_uploads
from flask_firstline.services.context import Context
from flask_firstline.services.legacy_fields import guessed
from flask_firstline.services.legacy_mapping import ColumnMapping
from flask_firstline.state import State
from tests.small_shop import SmallShop

LINES = 40
PARTNERS = "id,email,parent\n" + "".join(
    f"{number},p{number}@x.example,{number + 1 if number < LINES else ''}\n" for number in range(1, LINES + 1)
)
BALANCES = "partner,balance\n" + "".join(f"{number},{number}.50\n" for number in range(1, LINES + 1))


def import_both(shop: SmallShop, number: int) -> str:
    """Import the same partners, then the same balances, part by part in transactions of their own."""
    for kind, text in ((UploadKind.PARTNERS, PARTNERS), (UploadKind.BALANCES, BALANCES)):
        _import(shop.state, kind, text)
    return "done"


def _import(state: State, kind: UploadKind, text: str) -> None:
    columns = guessed(kind, text.partition("\n")[0].split(","))
    mapping = ColumnMapping(columns=columns, currency="EUR", reason="race")

    def send(ctx: Context) -> int:
        data = text.encode()
        upload_id = legacy_uploads.add(ctx, data, kind=kind, origin="old", file_name="f.csv", who="race")
        legacy_uploads.look(ctx, upload_id, mapping)
        legacy_uploads.begin(ctx, upload_id, all_or_none=False)
        return upload_id

    upload_id = _do(state, send)
    while _do(state, lambda ctx: legacy_uploads.step(ctx, upload_id, who="race")):
        continue


def _do(state: State, work: object) -> int:
    found: int = state.in_own_unit(lambda session: work(state.context(session.connection())))  # type: ignore[operator]
    return found
