"""Witnesses: whoever remembers the head of a log and signs only what extends it, on a machine and under a key of their own."""
