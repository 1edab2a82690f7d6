"""What a person's file leaves out, table by table and column by column, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    "api_answer": "Answers to programs, kept for a day under the program's own key.",
    "api_key": "Keys of programs.",
    "approval": "Changes that the staff proposed to the shop's terms; what was sent goes with the decision.",
    "approval_rule": "The shop's rules.",
    "attempt": "Counts under keyed hashes, kept for hours; nobody can be found by them.",
    "book_check": "Results of checks, in sums.",
    "campaign": "The shop's terms; which ones the person takes part in stands among its promoters.",
    "code_batch": "How codes were made.",
    "counter_host": "Hosts of the counter.",
    "coupon": "The shop's terms.",
    "landing_page": "Pages of the shop.",
    "mail_template": "Texts of the shop; what was sent stands among the mails.",
    "mail_text": "Texts of the shop.",
    "material": "Texts and pictures of the shop.",
    "material_picture": "Texts and pictures of the shop.",
    "notice": "Warnings to the shop's technicians.",
    "partner_terms": "Texts of the shop; which one was accepted stands in the file.",
    "payout_accrual": "Which commissions a payout is for: both stand in the file.",
    "payout_file": "Files for the bank, by their sums.",
    "payout_run": "Runs over all partners; the person's payouts stand in the file.",
    "payout_settings": "The shop's own account.",
    "product": "The shop's products.",
    "program": "The shop's rules.",
    "pushed_code": "Which codes stand in other shops; the codes are in the file.",
    "rate": "Rates of exchange.",
    "retention": "How long the shop keeps kinds of data.",
    "retention_run": "How much of each kind of data went, and when.",
    "reward_netting": "Which withdrawn reward was set off against which: both stand in the file.",
    "rule": "The shop's rules.",
    "rule_version": "The shop's rules.",
    "saved_filter": "What the staff asks of lists; one that names the person goes with the erasing.",
    "seal": "Digests of the books.",
    "saved_mapping": "How files of other systems are read.",
    "secret": "The program's keys.",
    "setting_change": "The shop's settings.",
    "source": "Other shops.",
    "staff_mail": "Staff who approve changes; they are no contacts.",
    "standalone_user": "Staff who sign in to the standalone app; they are no contacts.",
    "statement_posting": "Which bookings a statement is about: both stand in the file.",
    "statement_range": "Numbers that were given out.",
    "statement_settings": "The shop's own details.",
    "subscription": "How often a subscription was paid, under the shop's name for it.",
    "suspicion_night": "When all partners were looked at.",
    "suspicion_policy": "The shop's rules.",
    "upload": "Files as an admin sent them; gone after the import.",
    "worker_round": "When the worker was last at work.",
    "webhook_try": "How calls of other programs went, without their content.",
}
"""Tables that say nothing about a single person, or nothing that does not stand in the file anyway."""

COLUMNS: Mapping[str, str] = {
    "consent.sponsor_id": "Another one's consent: what it lets the person see is that one's own.",
    "contact.sponsor_id": "Who came through the person is somebody else.",
    "document.partner_id": "Another one's order; what it earned stands among the commissions.",
    "event.partner_id": "Facts about another one, by whose order the person earned.",
    "history.partner_id": "Another one's history, in which the person is the sponsor.",
    "imported_row.sponsor_id": "Lines about another one, who came below the person.",
    "reward.friend_id": "The recommender's reward; the recommendation stands in the file.",
    "sponsor_change.sponsor_id": "Plans for another contact.",
    "touch.partner_id": "Other visitors' clicks on the person's links; their counts stand in the file.",
}
"""Columns that name a contact in rows that are about somebody else."""
