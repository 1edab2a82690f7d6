"""The plugin's own Alembic environment."""
