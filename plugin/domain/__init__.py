"""The pure core: no Flask, no SQL, no clock of its own."""
