"""Statements as people and machines read them: on a page, as PDF (extra `pdf`), as e-invoice."""
