"""What our letters say, in the language that is spoken while they are written, and how they look."""
