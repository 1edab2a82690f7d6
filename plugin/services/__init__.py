"""Use cases: a session or connection, facts and `now` in, values out; they flush, never commit."""
