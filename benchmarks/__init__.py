"""The measured goals: `make bench`."""
