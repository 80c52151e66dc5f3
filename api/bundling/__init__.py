"""The audit bundle: one file with all that is needed to check what the ledger says of a lead, a period, or everything."""
