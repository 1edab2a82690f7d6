"""Flask-Firstline: a partner program for any Flask shop."""
