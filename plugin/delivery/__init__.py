"""What the outside world must hear about: the worker and what it delivers."""
