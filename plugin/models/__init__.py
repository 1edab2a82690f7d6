"""Tables."""

from __future__ import annotations

from .api import ApiAnswer, ApiKey
from .approval import Approval, ApprovalKind, ApprovalRule, ApprovalState
from .audit import Audit
from .base import Base, create_all
from .campaign import (
    Campaign,
    Promoter,
    Referral,
    Reward,
    RewardNetting,
    RewardState,
    Share,
    ShareAct,
)
from .consent import Consent, ConsentView, EndedBy, FollowUp, FollowUpState
from .contact import AddressType, Contact, History, HistoryKind, PersonUse
from .contact_work import ContactNote, ContactTag, Task
from .coupon import AppliedCode, Attempt, CameBy, Code, CodeBatch, Coupon, Redemption, RedemptionState
from .credited import CapClaim, Subscription
from .dispute import Dispute, DisputeState
from .event import Event
from .joining import Application, ApplicationState, Login, PartnerTerms, TermsAcceptance
from .ledger import AccountKind, Accrual, Balance, Posting, PostingKind
from .mailing import MailChoice, Mailing, MailingReceiver, MailOptOut
from .material import CounterHost, Material, MaterialKind, MaterialPicture
from .merged import ChangeState, Merged, SponsorChange
from .messages import (
    MailTemplate,
    MailText,
    MessageState,
    Sms,
    TemplatedMail,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookState,
    WebhookTry,
)
from .notice import NoticeOff
from .order import Call, Document, DocumentKind, DocumentState, Outcome
from .outbox import Notice, Outbox
from .payout import (
    Payout,
    PayoutAccrual,
    PayoutBlock,
    PayoutDetails,
    PayoutFile,
    PayoutRun,
    PayoutSettings,
    PayoutSkip,
    PayoutState,
    RunState,
)
from .program import CommissionTerms, Product
from .proof import BookCheck, Seal
from .rate import ExchangeRate, Waiting
from .report import CreditMove, CreditMoveKind, SaleReturn
from .retention import Retention, RetentionRun
from .rule import Program, Rule, RuleCount, RuleRun, RuleRunState, RuleVersion
from .saved_filter import SavedFilter
from .secret import Secret
from .setting import SettingChange
from .source import Body, BodyState, PushedCode, Source, SourceOrder
from .staff_mail import StaffMail
from .standalone import StandaloneUser
from .statement import Statement, StatementPosting, StatementRange, StatementSettings, TaxRecord
from .suspicion import AllowedPair, Suspicion, SuspicionNight, SuspicionPolicy, Trait
from .tracking import ClickDay, LandingPage, Link, Touch, TouchSource
from .upload import ImportedRow, LegacyRef, SavedMapping, Upload, UploadKind
from .worker_round import Worker, WorkerRound

__all__ = [
    "AccountKind",
    "Accrual",
    "AddressType",
    "AllowedPair",
    "ApiAnswer",
    "ApiKey",
    "Application",
    "Approval",
    "ApprovalKind",
    "ApprovalRule",
    "ApprovalState",
    "ApplicationState",
    "AppliedCode",
    "Attempt",
    "Audit",
    "Balance",
    "Base",
    "Body",
    "BodyState",
    "BookCheck",
    "Call",
    "Campaign",
    "CameBy",
    "CapClaim",
    "ChangeState",
    "ClickDay",
    "Code",
    "CodeBatch",
    "CommissionTerms",
    "Consent",
    "ConsentView",
    "Contact",
    "ContactNote",
    "ContactTag",
    "CounterHost",
    "Coupon",
    "CreditMove",
    "CreditMoveKind",
    "Dispute",
    "DisputeState",
    "Document",
    "DocumentKind",
    "DocumentState",
    "EndedBy",
    "FollowUp",
    "FollowUpState",
    "Event",
    "ExchangeRate",
    "History",
    "HistoryKind",
    "ImportedRow",
    "LandingPage",
    "LegacyRef",
    "Link",
    "Login",
    "MailChoice",
    "MailOptOut",
    "MailTemplate",
    "MailText",
    "Mailing",
    "MailingReceiver",
    "Material",
    "MaterialKind",
    "MaterialPicture",
    "Merged",
    "MessageState",
    "Notice",
    "NoticeOff",
    "Outbox",
    "Outcome",
    "PartnerTerms",
    "Payout",
    "PayoutAccrual",
    "PayoutBlock",
    "PayoutDetails",
    "PayoutFile",
    "PayoutRun",
    "PayoutSettings",
    "PayoutSkip",
    "PayoutState",
    "PersonUse",
    "Posting",
    "PostingKind",
    "Product",
    "Program",
    "PushedCode",
    "Redemption",
    "RedemptionState",
    "Rule",
    "RuleCount",
    "RuleRun",
    "RuleRunState",
    "RuleVersion",
    "Retention",
    "RetentionRun",
    "Promoter",
    "Redemption",
    "RedemptionState",
    "Referral",
    "Reward",
    "RewardNetting",
    "RewardState",
    "RunState",
    "SaleReturn",
    "SavedFilter",
    "SavedMapping",
    "Seal",
    "SettingChange",
    "Secret",
    "Share",
    "ShareAct",
    "Sms",
    "Source",
    "SourceOrder",
    "Subscription",
    "SponsorChange",
    "StaffMail",
    "StandaloneUser",
    "Suspicion",
    "SuspicionNight",
    "SuspicionPolicy",
    "TermsAcceptance",
    "Statement",
    "StatementPosting",
    "StatementRange",
    "StatementSettings",
    "TaxRecord",
    "Task",
    "TemplatedMail",
    "Touch",
    "TouchSource",
    "Trait",
    "Upload",
    "UploadKind",
    "create_all",
    "Waiting",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookState",
    "WebhookTry",
    "Worker",
    "WorkerRound",
]
