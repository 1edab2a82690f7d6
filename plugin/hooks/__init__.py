"""What the shop tells us."""
