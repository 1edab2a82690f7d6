"""Tables."""

from __future__ import annotations

from .audit import Audit
from .base import Base, create_all
from .contact import AddressType, Contact, History, HistoryKind, PersonUse
from .coupon import AppliedCode, Attempt, Code, Coupon, Redemption, RedemptionState
from .ledger import AccountKind, Accrual, Balance, Posting, PostingKind
from .order import Call, Document, DocumentKind, DocumentState, Outcome
from .outbox import Notice, Outbox
from .program import CommissionTerms, Product
from .secret import Secret

__all__ = [
    "AccountKind",
    "Accrual",
    "AddressType",
    "AppliedCode",
    "Attempt",
    "Audit",
    "Balance",
    "Base",
    "Call",
    "Code",
    "CommissionTerms",
    "Contact",
    "Coupon",
    "Document",
    "DocumentKind",
    "DocumentState",
    "History",
    "HistoryKind",
    "Notice",
    "Outbox",
    "Outcome",
    "PersonUse",
    "Posting",
    "PostingKind",
    "Product",
    "Redemption",
    "RedemptionState",
    "Secret",
    "create_all",
]
