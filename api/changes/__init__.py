"""What the ledger's answer for an instant changed between two moments of knowledge, and the events that changed it."""
