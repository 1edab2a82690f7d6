"""The pages of the shop's admin."""
