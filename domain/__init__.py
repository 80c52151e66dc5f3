"""What the ledger's words mean: pure functions from recorded facts to who holds a lead and who owes the next move.

Standard library only: no clock, no I/O, no randomness.
"""
