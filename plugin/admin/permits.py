"""What each admin page needs: the permission to see it, and the one to change something there.

A page that no table names is the owner's, so that a forgotten one opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..domain.roles import Permission

_CHANGES: Mapping[Permission, str] = {
    Permission.PEOPLE: """
        application contact_notes_add contact_tags contacts_bulk decide merge partners_bulk partners_new
        postback_switch sponsor_changes_bulk legacy_again legacy_columns legacy_new legacy_start""",
    Permission.CODES: """
        code_share codes_edit codes_new do_about_leak redemptions_bulk ticked""",
    Permission.CARE: """
        again all_again bodies_bulk bodies_new body_again outbox_again outbox_bulk
        webhook_deliveries_bulk webhook_replay""",
    Permission.COUPONS: """
        batch_again batches_new codes_bulk coupons_bulk coupons_edit coupons_new import_again imports_new
        start_import""",
    Permission.CAMPAIGNS: """
        campaigns_bulk campaigns_edit campaigns_new programs_edit programs_new rule_page rule_switch
        rules_new""",
    Permission.MATERIAL: """
        counter_hosts_edit counter_hosts_new landing_pages_edit landing_pages_new materials_edit
        materials_new products_bulk products_edit products_new""",
    Permission.MAILS: """
        letter_edit letter_frame_edit letter_preview letter_reset mail_template_remove mail_templates_edit
        mail_templates_new""",
    Permission.TERMS: "partner_terms_new rates_new terms_bulk terms_edit terms_new",
    Permission.MONEY: """
        accruals_new act_on_payout_run allowed_pairs_bulk by_hand_back check_books dispute_close
        dispute_new payout_amounts payout_failed payout_file payout_runs_new payout_settings_page
        payout_single record release_payout_run rewards_bulk suspicion_policy_of suspicion_policy_page
        suspicions_bulk why_share""",
    Permission.STATEMENTS: """
        contact_tax reissue_statement statement_objection statement_settings_page statements_new""",
    Permission.KEYS: """
        api_keys_bulk api_keys_new source_codes source_edit source_pull source_secret sources_new
        webhook_edit webhook_remove webhook_secret webhooks_new""",
    # A filter is an admin's own; whom it may be shown to beside is asked of `to_share`.
    Permission.LOOK: "filter_remove filter_save",
    Permission.PERSON: "contact_export",
    Permission.ERASE: "erase",
    Permission.RETENTION: "retention_kind",
    Permission.SETTINGS: "program_setting setting_changes_bulk",
    Permission.APPROVE: "approval_decide approval_mail_end approval_settings",
    # All who change anything may propose, and take that back.
    Permission.TASKS: "approval_mails_page approval_withdraw tasks_bulk tasks_edit tasks_new",
}
"""By permission, the endpoints where something is changed by it."""
_PARTS: Mapping[str, Mapping[str, Permission]] = {
    "decide": {
        "currency": Permission.TERMS,
        "parent": Permission.TERMS,
        "spread": Permission.MONEY,
        "fold": Permission.MONEY,
        "block": Permission.MONEY,
        "unblock": Permission.MONEY,
    },
    "contacts_bulk": {"mail": Permission.MAILS},
    **dict.fromkeys(
        ("legacy_again", "legacy_columns", "legacy_new", "legacy_start"), {"balances": Permission.MONEY}
    ),
}
"""Acts of an endpoint that need another permission than the endpoint's, by their name."""
_PAGES: Mapping[Permission, str] = {
    Permission.PEOPLE: "card downline downline_search legacy_file",
    Permission.CODES: "code leak_radar",
    Permission.CARE: "body call calls outbox_row webhook_delivery",
    Permission.COUPONS: "batch treatment upload",
    Permission.CAMPAIGNS: "rule_run",
    Permission.MONEY: "allowed_pairs books by_hand payout_run payout_runs suspicions",
    Permission.APPROVE: "approval",
    Permission.SETTINGS: "program_settings",
    Permission.TASKS: "approvals",
    Permission.STATEMENTS: "statement",
    Permission.RETENTION: "retention",
}
"""By permission, the pages that only show things, and what their buttons need."""
_SEEN: Mapping[Permission, str] = {
    Permission.APPROVE: "approval_settings",
    Permission.TASKS: "approval_mails_page",
    Permission.BANK: "statement statement_file",
    Permission.LISTS: "statement_lines_file",
    Permission.MONEY: """
        accruals_new dispute_close dispute_new payout_failed payout_runs_new payout_settings_page
        payout_single record suspicion_policy_of suspicion_policy_page why_share""",
    Permission.STATEMENTS: "contact_tax statement_objection statement_settings_page statements_new",
    Permission.ERASE: "erase",
    Permission.KEYS: """
        api_keys_new source_codes source_edit source_pull source_secret sources_new webhook_edit
        webhook_remove webhook_secret webhooks_new""",
}
"""By permission, the pages and files that are closed without it."""
_FILES = "_csv"
"""How the endpoints of lists as files end."""


def _by_endpoint(table: Mapping[Permission, str]) -> Iterator[tuple[str, Permission]]:
    for permission, endpoints in table.items():
        for endpoint in endpoints.split():
            yield endpoint, permission


CHANGES: Mapping[str, Permission] = dict(_by_endpoint(_CHANGES))
PAGES: Mapping[str, Permission] = dict(_by_endpoint(_PAGES))
SEEN: Mapping[str, Permission] = dict(_by_endpoint(_SEEN))


def to_see(endpoint: str) -> Permission:
    """Say what a page or a file needs to be opened."""
    of_files = Permission.LISTS if endpoint.endswith(_FILES) else Permission.LOOK
    return SEEN.get(endpoint, of_files)


def to_change(endpoint: str, part: str = "") -> Permission:
    """Say what an act needs; `part` is which one of an endpoint that does several."""
    other = _PARTS.get(endpoint, {}).get(part)
    return other or CHANGES.get(endpoint, Permission.SETTINGS)


def of_page(endpoint: str, part: str = "") -> Permission:
    """Say what the buttons of a page need."""
    if endpoint in CHANGES:
        return to_change(endpoint, part)
    return PAGES.get(endpoint) or CHANGES.get(f"{endpoint}_new", Permission.SETTINGS)


def to_share(noun: str) -> frozenset[Permission]:
    """Say what lets an admin share filters of a list with all: any of what changes something there."""
    acts = (CHANGES.get(f"{noun}_{act}") for act in ("new", "edit", "bulk"))
    return frozenset(found for found in (Permission.SETTINGS, PAGES.get(noun), *acts) if found)


def part_of(endpoint: str, values: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """Say which of its acts an endpoint is asked for, by its address or by the form."""
    if endpoint not in _PARTS:
        return ""
    return str(values.get("what") or given.get("act", ""))
