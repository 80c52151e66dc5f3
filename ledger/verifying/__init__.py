"""Whether a ledger is what it was: stages that work everything out again from the entries' bytes, and compare."""
